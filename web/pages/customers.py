"""The list of customers."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from plans.approvals import OpenHold
from plans.ports import Outside
from plans.runs import Run, RunPhase
from web.csv_files import make_csv
from web.pages.customer_list import CSV_HEADER, SORTERS, CustomerRow, make_csv_row, make_list, make_rows, select
from web.pages.listing import read_ask
from web.pages.recent_runs import list_recent_runs
from web.pages.records import choose_settled_run
from web.pages.shelf import Shelf
from web.pages.site import Site
from web.security.permissions import Permission, is_allowed

PATH = "/customers"
TOLD = {
    "removed": "The customer is removed. Nothing of it is read, planned or written any more.",
    "nothing": "Tick the customers that should be synced first.",
    "notstarted": "The run could not be started. Try again in a minute; the next night does it otherwise.",
}


@dataclass(frozen=True, slots=True)
class Directory:
    """Every customer with how it stands in the last night; `run` is None before the first one."""

    rows: tuple[CustomerRow, ...]
    run: Run | None


@dataclass(slots=True)
class CustomersPage:
    """GET /customers and its CSV. The rows are made once for each read of the customers and state of the run."""

    site: Site
    _made_of: tuple[Shelf, tuple[Run, ...], tuple[OpenHold, ...]] | None = None
    _directory: Directory = field(default_factory=lambda: Directory((), None))

    async def show(self, request: Request) -> Response:
        """One screen of customers."""
        _, directory = await self.site.load(self._read)
        ask = read_ask(request, PATH, [sorter.name for sorter in SORTERS])
        view = make_list(directory.rows, directory.run, ask, self.site.zone)
        may_operate = is_allowed(request.state.principal, Permission.OPERATE)
        told = TOLD.get(request.query_params.get("told", ""), "")
        return self.site.page(request, "customers/page.html", view=view, may_operate=may_operate, told=told)

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, directory = await self.site.load(self._read)
        ask = read_ask(request, PATH, [sorter.name for sorter in SORTERS])
        return make_csv("customers.csv", CSV_HEADER, map(make_csv_row, select(directory.rows, ask)))

    async def read(self) -> Directory:
        """Every customer as it stands."""
        _, directory = await self.site.load(self._read)
        return directory

    async def _read(self, outside: Outside) -> Directory:
        runs = await list_recent_runs(outside)
        shelf = await self.site.shelf.read(outside)
        run = choose_settled_run(runs) if runs else None
        holds = await outside.open_items.list_holds()
        made_of = (shelf, tuple(each for each in runs if each.phase is RunPhase.CLOSED), holds)
        is_settled = run is None or run.phase is RunPhase.CLOSED
        if not is_settled or self._made_of is None or self._made_of[0] is not shelf or self._made_of != made_of:
            self._directory = await self._make(outside, shelf, run, runs, holds)
            self._made_of = made_of
        return self._directory

    async def _make(
        self, outside: Outside, shelf: Shelf, run: Run | None, runs: tuple[Run, ...], holds: tuple[OpenHold, ...]
    ) -> Directory:
        if run is None:
            return Directory(make_rows(shelf, None), None)
        records = await self.site.records.read_run(outside, run, runs, shelf, holds)
        return Directory(make_rows(shelf, records), run)
