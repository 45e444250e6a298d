"""`/api/v1/runs`: nights and syncs, what each planned, wrote and proved."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.runs import Run
from web.api.answering import cut
from web.api.operations import NOT_THERE, ROOT, Operation
from web.api.run_shapes import (
    AgreementItem,
    AgreementPage,
    LineItem,
    LogItem,
    LogPage,
    ResultItem,
    ResultPage,
    RunItem,
    RunPage,
    SeatStep,
)
from web.context import WebContext
from web.pages import run_changes, run_list, run_log, run_view
from web.pages.diff_view import AgreementView, LineView
from web.pages.listing import read_ask
from web.pages.run import RunPage as RunReader
from web.pages.runs import read_runs
from web.pages.site import Site

PATH = f"{ROOT}/runs"
ONE = f"{PATH}/{{run_id}}"


class RunsApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_runs", "Nights and syncs, the newest first, 50 a page",
            {200: (RunPage, "One page")}, query=("state", "sort", "page"),
            pages=("/runs", "/runs.csv"),
        ),
        Operation("GET", ONE, "show_run", "One run and its totals", {200: (RunItem, "The run"), **NOT_THERE},
            pages=("/runs/{run_id}",),
        ),
        Operation(
            "GET", f"{ONE}/customers", "list_results", "How each customer ended it, the worst first, 50 a page",
            {200: (ResultPage, "One page"), **NOT_THERE}, query=("q", "state", "page"),
            pages=("/runs/{run_id}", "/runs/{run_id}/customers.csv"),
        ),
        Operation(
            "GET", f"{ONE}/changes", "list_changes", "The diff: what each agreement said and what it should say",
            {200: (AgreementPage, "One page"), **NOT_THERE}, query=("q", "state", "customer", "page"),
            pages=("/runs/{run_id}/changes", "/runs/{run_id}/changes.csv"),
        ),
        Operation(
            "GET", f"{ONE}/log", "list_log", "What happened when, 50 entries a page",
            {200: (LogPage, "One page"), **NOT_THERE}, query=("q", "state", "page"),
            pages=("/runs/{run_id}/log", "/runs/{run_id}/log.csv"),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._run = RunReader(site, context)

    async def list_runs(self, request: Request) -> Response:
        """Filtered, ordered and paged like the page."""
        _, runs = await self._site.load(read_runs)
        ask = read_ask(request, "", [each.name for each in run_list.SORTERS])
        page = cut(ask, run_list.select(runs, ask))
        rows = [make_item(each) for each in page.rows]
        return JSONResponse(RunPage(runs=rows, page=page.number, total=page.total).write())

    async def show_run(self, request: Request) -> Response:
        """One run."""
        _, records = await self._run.read(request)
        return JSONResponse(make_item(records.run).write())

    async def list_results(self, request: Request) -> Response:
        """The customers of the run."""
        _, records = await self._run.read(request)
        ask = read_ask(request, "")
        page = cut(ask, run_view.select_results(run_view.make_results(records), ask))
        rows = [make_result(each) for each in page.rows]
        return JSONResponse(ResultPage(results=rows, page=page.number, total=page.total).write())

    async def list_changes(self, request: Request) -> Response:
        """Agreements where something moves or waits; all of a customer's where one is asked for."""
        _, records = await self._run.read(request)
        ask = read_ask(request, "", extra=("customer",))
        page = cut(ask, run_changes.select_agreements(records, ask))
        shown = await self._run.read_diff(records, page.rows)
        rows = [make_agreement(each) for each in shown]
        return JSONResponse(AgreementPage(agreements=rows, page=page.number, total=page.total).write())

    async def list_log(self, request: Request) -> Response:
        """The run's log."""
        outside, records = await self._run.read(request)
        ask = read_ask(request, "")
        page = cut(ask, run_log.select_log(run_log.make_log(records, self._run.moment(outside)), ask))
        rows = [make_log_item(each) for each in page.rows]
        return JSONResponse(LogPage(entries=rows, page=page.number, total=page.total).write())


def make_item(run: Run) -> RunItem:
    """One run and its totals."""
    return RunItem(
        id=run.id,
        phase=run.phase,
        started_at=run.started_at,
        judged_at=run.judged_at,
        closed_at=run.closed_at,
        **asdict(run.totals),
    )


def make_result(row: run_view.ResultRow) -> ResultItem:
    """One customer's result."""
    changes = [
        SeatStep(licence=each.licence_name, seats_before=each.before, seats_after=each.after, detail=each.detail)
        for each in row.lines
    ]
    return ResultItem(
        customer_id=row.customer_id,
        customer=row.name,
        state=row.standing,
        changes=changes,
        sentences=list(row.sentences),
    )


def make_agreement(view: AgreementView) -> AgreementItem:
    """One agreement of the diff, what is unchanged included."""
    return AgreementItem(
        customer_id=view.customer_id,
        customer=view.customer_name,
        agreement=view.agreement,
        lines=[make_line(each) for each in (*view.moving, *view.unchanged)],
        sentence=view.sentence,
    )


def make_line(line: LineView) -> LineItem:
    """One line of it."""
    return LineItem(
        mapping_id=line.mapping_id,
        licence=line.licence_name,
        product=line.product,
        seats_before=line.before,
        seats_after=line.after,
        effective_on=line.effective_on,
        state=line.standing,
        why=line.why,
        outcome=line.outcome,
        writes=list(line.writes),
        scheduled=list(line.scheduled),
        credit_proposals=list(line.proposals),
    )


def make_log_item(row: run_log.LogRow) -> LogItem:
    """One entry of the log."""
    return LogItem(at=row.at, about=row.kind, customer_id=row.customer_id, customer=row.name, sentence=row.sentence)
