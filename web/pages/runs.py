"""The list of runs."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from plans.ports import Outside
from plans.runs import Run
from web.csv_files import make_csv
from web.pages.listing import read_ask
from web.pages.run_list import CSV_HEADER, SORTERS, make_csv_row, make_list, make_row, select
from web.pages.site import Site

PATH = "/runs"
MOST_RUNS = 5_000


class RunsPage:
    """GET /runs and its CSV: nights and syncs, the newest first."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """One screen of runs."""
        _, runs = await self._site.load(read_runs)
        ask = read_ask(request, PATH, [sorter.name for sorter in SORTERS])
        view = make_list(runs, ask, self._site.now(), self._site.zone)
        return self._site.page(request, "runs/page.html", view=view)

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        _, runs = await self._site.load(read_runs)
        ask = read_ask(request, PATH, [sorter.name for sorter in SORTERS])
        now, zone = self._site.now(), self._site.zone
        rows = (make_csv_row(make_row(run, now, zone)) for run in select(runs, ask))
        return make_csv("runs.csv", [each.replace("{zone}", zone.key) for each in CSV_HEADER], rows)


async def read_runs(outside: Outside) -> tuple[Run, ...]:
    """Every run that a list shows: more than thirteen years of nights."""
    return await outside.runs.list_runs(MOST_RUNS)
