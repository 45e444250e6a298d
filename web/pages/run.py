"""One run: its customers, its changes, its log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from plans.ports import Outside
from web.context import WebContext
from web.csv_files import make_csv
from web.pages import run_changes, run_log, run_view
from web.pages.diff_view import AgreementView
from web.pages.listing import Ask, read_ask
from web.pages.names import is_run_id
from web.pages.night_view import Moment
from web.pages.run_view import RunRecords
from web.pages.set_up import SetUpReader
from web.pages.site import Site


class RunPage:
    """GET /runs/{run_id}, its tabs and their CSVs."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._set_up = SetUpReader(site, context)

    async def show(self, request: Request) -> Response:
        """The customers of the run, the worst first."""
        outside, records = await self.read(request)
        listing = run_view.list_results(records, self._ask(request, ""))
        next_step = await self._set_up.find_next(request)
        return self._page(request, outside, records, "", "run/customers.html", listing=listing, next_step=next_step)

    async def download(self, request: Request) -> Response:
        """The same customers, all of them."""
        _, records = await self.read(request)
        chosen = run_view.select_results(run_view.make_results(records), self._ask(request, ""))
        rows = (cells for row in chosen for cells in run_view.make_result_csv_rows(row))
        return make_csv(f"run-{records.run.id}-customers.csv", run_view.RESULT_CSV_HEADER, rows)

    async def show_changes(self, request: Request) -> Response:
        """The diff: what each agreement said, and what it should say."""
        outside, records = await self.read(request)
        chosen = run_changes.list_agreements(records, self._ask(request, "/changes", "customer"))
        shown = await self.read_diff(records, chosen.page.rows)
        only = run_changes.name_only(records, chosen.ask)
        nothing = run_changes.write_nothing(records)
        return self._page(
            request,
            outside,
            records,
            "/changes",
            "run/changes.html",
            listing=chosen,
            agreements=shown,
            only=only,
            nothing=nothing,
        )

    async def download_changes(self, request: Request) -> Response:
        """The lines of the same agreements, all of them."""
        _, records = await self.read(request)
        chosen = run_changes.select_agreements(records, self._ask(request, "/changes", "customer"))
        found = await self.read_diff(records, chosen)
        rows = (cells for agreement in found for cells in run_changes.make_csv_rows(agreement))
        return make_csv(f"run-{records.run.id}-changes.csv", run_changes.CSV_HEADER, rows)

    async def show_log(self, request: Request) -> Response:
        """What happened when."""
        outside, records = await self.read(request)
        listing = run_log.list_log(records, self._ask(request, "/log"), self.moment(outside))
        return self._page(request, outside, records, "/log", "run/log.html", listing=listing)

    async def download_log(self, request: Request) -> Response:
        """The same entries, all of them."""
        outside, records = await self.read(request)
        moment = self.moment(outside)
        chosen = run_log.select_log(run_log.make_log(records, moment), self._ask(request, "/log"))
        header = [each.replace("{zone}", moment.zone.key) for each in run_log.LOG_CSV_HEADER]
        rows = (run_log.make_log_csv_row(row, moment) for row in chosen)
        return make_csv(f"run-{records.run.id}-log.csv", header, rows)

    def _page(
        self, request: Request, outside: Outside, records: RunRecords, here: str, template: str, **values: object
    ) -> Response:
        opening = run_view.make_opening(records, self.moment(outside), here)
        return self._site.page(request, template, view=opening, **values)

    def moment(self, outside: Outside) -> Moment:
        """Now, as the run's times are told."""
        return Moment(self._site.now(), self._site.zone, outside.night_start_hour, self._site.currency)

    async def read_diff(self, records: RunRecords, chosen: Sequence[run_changes.Planned]) -> tuple[AgreementView, ...]:
        """The plans behind these agreements."""
        names, currency = self._site.agreement_names, self._site.currency
        _, found = await self._site.load(partial(run_changes.read_agreements, names, currency, records, chosen))
        return found

    def _ask(self, request: Request, tab: str, *extra: str) -> Ask:
        path = f"/runs/{request.path_params['run_id']}"
        return read_ask(request, path + tab, extra=extra, csv_path=f"{path}{tab or '/customers'}.csv")

    async def read(self, request: Request) -> tuple[Outside, RunRecords]:
        """The run that the address names. Raises HTTPException 404 where there is none."""
        run_id = request.path_params["run_id"]
        if not is_run_id(run_id):
            raise HTTPException(404)
        return await self._site.load(partial(self._read, run_id))

    async def _read(self, run_id: str, outside: Outside) -> RunRecords:
        run = await outside.runs.read_run(run_id)
        if run is None:
            raise HTTPException(404)
        shelf = await self._site.shelf.read(outside)
        pushes = await outside.runs.list_pushes(run_id)
        return RunRecords(
            run=run,
            tenants=await outside.runs.list_tenants(run_id),
            pushes=pushes,
            aftermath=await self._site.records.read_aftermath(outside, run, pushes),
            customers=shelf.customers,
            overviews=shelf.overviews,
            traffic=await outside.runs.read_traffic(run_id),
            waiting=await outside.runs.list_waiting(run_id),
        )
