"""What all customers hold and have mapped: what every tool for many of them begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plans.mapping_rules import OpenLine, find_open_lines
from plans.ports import CustomerOverview, Outside
from plans.runs import Run, RunPhase
from profiles.billing import BillingProfile
from profiles.exclusions import Exclusion
from profiles.holdings import Holding
from web.pages.recent_runs import list_recent_runs, select_standing_runs
from web.pages.records import choose_settled_run
from web.pages.shelf import ShelfReader


@dataclass(frozen=True, slots=True)
class Supply:
    """Every customer, what its tenant holds by the newest run that read it (by tenant), and how anything is billed."""

    overviews: Mapping[str, CustomerOverview]
    holdings: Mapping[str, tuple[Holding, ...]]
    profiles: Mapping[str, BillingProfile]
    exclusions: tuple[Exclusion, ...]

    def open_lines(self, overview: CustomerOverview) -> tuple[OpenLine, ...]:
        """What of a customer's licences nobody decided about."""
        tenant_id = overview.customer.tenant_id
        held = self.holdings.get(tenant_id, ())
        return find_open_lines(tenant_id, overview.mappings, held, self.exclusions)

    def part_numbers(self) -> dict[str, str]:
        """Microsoft's part number of every licence that anybody holds, by its id in lower case."""
        return {each.sku_id.lower(): each.part_number for held in self.holdings.values() for each in held}


@dataclass(slots=True)
class SupplyReader:
    """Holdings are remembered for as long as no further run has closed; customers as long as the shelf has them."""

    shelf: ShelfReader
    _made_of: tuple[Run, ...] = ()
    _holdings: dict[str, tuple[Holding, ...]] = field(default_factory=dict)

    async def read(self, outside: Outside) -> Supply:
        """What there is now."""
        runs = await list_recent_runs(outside)
        closed = tuple(run for run in runs if run.phase is RunPhase.CLOSED)
        if closed and closed != self._made_of:
            found: dict[str, tuple[Holding, ...]] = {}
            for run in select_standing_runs(choose_settled_run(closed), closed):
                rows = await outside.runs.list_tenants(run.id)
                found |= {row.tenant_id: row.holdings for row in rows if row.holdings}
            self._holdings, self._made_of = found, closed
        shelf = await self.shelf.read(outside)
        profiles = await outside.profiles.list_profiles()
        return Supply(shelf.overviews, self._holdings, profiles, shelf.exclusions)
