"""GET /search: one search over customers, licences and additions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from plans.agreements import Agreement
from plans.ports import Outside
from plans.runs import Run, RunPhase
from web.pages.listing import LONGEST_SEARCH
from web.pages.recent_runs import list_recent_runs
from web.pages.records import choose_settled_run
from web.pages.search_index import Hit, list_additions, list_customers, list_licences, search
from web.pages.shelf import Shelf
from web.pages.tools.ground import Ground
from web.pages.tools.supply import Supply
from web.wording import clean

SHARDS_AT_ONCE = 8


@dataclass(slots=True)
class SearchPage:
    """Additions are listed once for each run that has closed; customers and licences as other pages know them."""

    ground: Ground
    _read_of: str = ""
    _agreements: list[Agreement] = field(default_factory=list)

    async def show(self, request: Request) -> Response:
        """The search, and what it finds."""
        site = self.ground.site
        asked = clean(request.query_params.get("q", "")[:LONGEST_SEARCH])
        kinds = []
        if asked.strip():
            _, supply = await self.ground.read_supply()
            _, shelf = await site.load(site.shelf.read)
            _, additions = await site.load(lambda outside: self._list_additions(outside, supply))
            kinds = [search(kind, hits, asked) for kind, hits in list_all(supply, shelf, additions)]
        total = sum(each.total for each in kinds)
        return site.page(request, "search.html", asked=asked, kinds=[each for each in kinds if each.total], total=total)

    async def _list_additions(self, outside: Outside, supply: Supply) -> list[Hit]:
        runs = [run for run in await list_recent_runs(outside) if run.phase is RunPhase.CLOSED]
        if runs:
            run = choose_settled_run(runs)
            if run.id != self._read_of:
                self._agreements, self._read_of = await read_all(outside, run), run.id
        return list_additions(self._agreements, list(supply.overviews.values()))


def list_all(supply: Supply, shelf: Shelf, additions: list[Hit]) -> list[tuple[str, list[Hit]]]:
    """Everything that can be found, by its kind."""
    customers = [each.customer for each in supply.overviews.values()]
    return [
        ("Customers", list_customers(customers, shelf.domains)),
        ("Licences", list_licences(supply.holdings)),
        ("Additions", additions),
    ]


async def read_all(outside: Outside, run: Run) -> list[Agreement]:
    """Every agreement that a run read."""
    gate = asyncio.Semaphore(SHARDS_AT_ONCE)

    async def read(connection_id: str, shard: int) -> list[Agreement]:
        async with gate:
            found = await outside.archive.read_agreements(run.id, connection_id, shard)
            return [each for each in found or () if isinstance(each, Agreement)]

    pieces = [(name, shard) for name, count in run.shard_counts for shard in range(count)]
    return [each for found in await asyncio.gather(*(read(*piece) for piece in pieces)) for each in found]
