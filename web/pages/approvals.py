"""Approvals: what the brakes stopped, and a person's word about it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from plans.approvals import OpenHold
from plans.errors import Bug
from plans.plan import AgreementPlan
from plans.ports import Outside
from plans.runs import Run, RunPhase, is_night
from web.actions.asking import make_actor
from web.actions.deciding import Ticked, Word, decide
from web.context import WebContext
from web.csv_files import make_csv
from web.errors import RecordsUnreadable
from web.forms import Form, read_form
from web.pages.approval_answer import Told, find_moved, make_answer, read_told, write_answer_address
from web.pages.approval_list import (
    CSV_HEADER,
    SORTERS,
    Around,
    count_undecided,
    digest_ticks,
    list_ticks,
    make_csv_row,
    make_list,
    make_tabs,
    select,
)
from web.pages.hold_counts import read_counts
from web.pages.hold_view import make_hold_view
from web.pages.holds_reader import HoldsReader
from web.pages.listing import Ask, read_ask
from web.pages.site import Site
from web.pages.view import PAGE_SIZE
from web.security.permissions import Permission, is_allowed

LOGGER = logging.getLogger(__name__)

PATH = "/approvals"
NEWEST_RUNS = 20
LONGEST_REASON = 500
NO_REASON = "Say why: the reason stands in the history beside your name."
NOTHING_TICKED = "Tick the changes that you mean first."
LIST_MOVED = (
    "The list has changed since this page was shown, so nothing was decided about the other pages. "
    "Look at it again, then repeat it."
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the page rests on. `at_work` are the customers that some run of today is about and has not ended."""

    holds: tuple[OpenHold, ...]
    runs: tuple[Run, ...]
    at_work: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was wrong with a form: the sentence, and beside which field it stands."""

    sentence: str
    field: str


class ApprovalsPage:
    """GET /approvals, its CSV, the count in the bar, one hold's plan, and the two answers."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._holds = HoldsReader()

    async def show(self, request: Request) -> Response:
        """What waits, the oldest first."""
        told = read_told(request.query_params)
        return await self._page(request, self._ask(request), told=told)

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, holds = await self._site.load(self._holds.read)
        zone = self._site.zone
        header = [each.replace("{zone}", zone.key) for each in CSV_HEADER]
        return make_csv(
            "approvals.csv", header, (make_csv_row(hold, zone) for hold in select(holds, self._ask(request)))
        )

    async def count(self, request: Request) -> Response:
        """The number in the bar; nothing where it cannot be told, because the bar stands on error pages as well."""
        try:
            _, holds = await self._site.load(self._holds.read)
        except RecordsUnreadable:
            return HTMLResponse("")
        return self._site.page(request, "approvals/count.html", count=count_undecided(holds))

    async def show_hold(self, request: Request) -> Response:
        """One change that waits, with everything that an approval would write."""
        hold_id = request.path_params["hold_id"]
        outside, holds = await self._site.load(lambda outside: outside.open_items.list_holds())
        hold = next((each for each in holds if each.id == hold_id), None)
        if hold is None:
            raise HTTPException(404)
        plan = await read_plan(outside, hold.line.plan_hash)
        counts = await read_counts(outside, hold, await outside.runs.list_runs(NEWEST_RUNS))
        view = make_hold_view(hold, plan, counts, self._site.zone, self._site.currency)
        return self._site.page(request, "approvals/hold.html", view=view, may_decide=may_operate(request))

    async def approve(self, request: Request) -> Response:
        """Allow what was ticked."""
        return await self._decide(request, Word.APPROVE)

    async def refuse(self, request: Request) -> Response:
        """Refuse what was ticked."""
        return await self._decide(request, Word.REFUSE)

    async def _decide(self, request: Request, word: Word) -> Response:
        form, ask = await read_form(request), self._ask(request)
        actor = make_actor(request.state.principal, self._site.now(), form.one("reason")[:LONGEST_REASON])
        ticked = [Ticked(rest, digest) for digest, _, rest in (each.partition(":") for each in form.all("hold"))]
        trouble = Trouble(NO_REASON, "reason") if not actor.reason else None
        if form.one("whole"):
            _, holds = await self._site.load(lambda outside: outside.open_items.list_holds())
            ticked = list_ticks(select(holds, ask))
            if digest_ticks(ticked) != form.one("whole"):
                trouble = Trouble(LIST_MOVED, "ticks")
        if not ticked:
            trouble = Trouble(NOTHING_TICKED, "ticks")
        if trouble is not None:
            return await self._page(request, ask, form=form, trouble=trouble)
        outside = await self._context.outside()
        decided = await decide(outside, await self._context.run_requests(), word, ticked, actor)
        return RedirectResponse(write_answer_address(decided, ask), status_code=303)

    def _ask(self, request: Request) -> Ask:
        return read_ask(request, PATH, [sorter.name for sorter in SORTERS], extra=("customer",))

    async def _page(
        self,
        request: Request,
        ask: Ask,
        *,
        told: Told | None = None,
        form: Form | None = None,
        trouble: Trouble | None = None,
    ) -> Response:
        """The list; after a form that could not be taken, with everything that was typed and ticked."""
        outside, waiting = await self._site.load(lambda outside: read_waiting(outside, self._holds, told))
        around = Around(
            zone=self._site.zone,
            currency=self._site.currency,
            at_work=waiting.at_work,
            ticked=frozenset(() if form is None else form.all("hold")),
            ticks_all=request.query_params.get("tick") == "all",
            moved=find_moved(told),
            agreement_names=await self._name_agreements(outside, waiting, ask),
        )
        view = make_list(waiting.holds, ask, around)
        run = None if told is None else next((each for each in waiting.runs if each.id == told.run_id), None)
        page = self._site.page(
            request,
            "approvals/page.html",
            view=view,
            tabs_shown=make_tabs(PATH),
            answer=None if told is None else make_answer(told, run),
            answer_address=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            reason="" if form is None else form.one("reason")[:LONGEST_REASON],
            trouble=trouble,
            may_decide=may_operate(request),
            query=ask.query,
        )
        page.status_code = 200 if trouble is None else 422
        return page

    async def _name_agreements(self, outside: Outside, waiting: Waiting, ask: Ask) -> dict[tuple[str, str], str]:
        """What the agreements on this screen are called, as the newest run read them that kept them."""
        chosen = select(waiting.holds, ask)
        start = (min(ask.page, -(-len(chosen) // PAGE_SIZE) or 1) - 1) * PAGE_SIZE
        names: dict[tuple[str, str], str] = {}
        night = next((run for run in waiting.runs if is_night(run.id)), None)
        for hold in chosen[start : start + PAGE_SIZE]:
            place = (hold.connection_id, hold.agreement_id)
            if night is not None and place not in names:
                names[place] = await self._site.agreement_names.find(outside, night, *place)
        return names


def may_operate(request: Request) -> bool:
    """Whether the person may do what changes something; who may only look sees no buttons."""
    return is_allowed(request.state.principal, Permission.OPERATE)


async def read_plan(outside: Outside, plan_hash: str) -> AgreementPlan | None:
    """The plan behind a hold; None where it is not kept, or not what it was: the page shows the rest."""
    try:
        return await outside.archive.read_plan(plan_hash)
    except Bug as error:
        LOGGER.warning("A plan cannot be shown: %s", error)
        return None


async def read_waiting(outside: Outside, reader: HoldsReader, told: Told | None) -> Waiting:
    """The holds, and whom the open extra runs of today are about. After a decision they are read anew."""
    holds = await reader.read(outside, afresh=told is not None)
    runs = await outside.runs.list_runs(NEWEST_RUNS)
    closed = {run.id for run in runs if run.phase is RunPhase.CLOSED}
    open_runs = {run.id for run in runs if run.id not in closed and not is_night(run.id)}
    if told is not None and told.run_id and told.run_id not in closed:
        open_runs.add(told.run_id)
    scopes = [await outside.archive.read_scope(run_id) for run_id in sorted(open_runs)]
    return Waiting(holds, runs, frozenset().union(*(scope for scope in scopes if scope is not None)))
