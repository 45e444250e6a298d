"""Customers as pages need them."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field

from plans.agreements import Agreement
from plans.ports import CustomerOverview, Outside
from plans.runs import Run, RunPhase, choose_shard, number_renewals
from profiles.billing import Customer
from profiles.exclusions import Exclusion

SECONDS_REMEMBERED = 5.0
SHARDS_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Shelf:
    """Every customer, the default domains of their tenants as far as a partner account lists them, and exclusions."""

    overviews: dict[str, CustomerOverview]
    domains: dict[str, str]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def customers(self) -> dict[str, Customer]:
        """The customers alone."""
        return {customer_id: overview.customer for customer_id, overview in self.overviews.items()}


@dataclass(slots=True)
class ShelfReader:
    """Customers and exclusions are as they are at the moment; domains, which only nights change, a few seconds old."""

    _shelf: Shelf | None = None
    _found: tuple[CustomerOverview, ...] = ()
    _domains: dict[str, str] = field(default_factory=dict)
    _domains_until: float = -math.inf
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def forget(self) -> None:
        """Read domains afresh as well: somebody has just changed something."""
        self._domains_until = -math.inf

    async def read(self, outside: Outside) -> Shelf:
        """The very same value as long as nothing changed."""
        async with self._lock:
            found, controls = await asyncio.gather(outside.books.list_overviews(), outside.profiles.read_controls())
            if time.monotonic() > self._domains_until:
                self._domains = await find_domains(outside)
                self._domains_until = time.monotonic() + SECONDS_REMEMBERED
            read = (found, self._domains, controls.exclusions)
            if self._shelf is None or read != (self._found, self._shelf.domains, self._shelf.exclusions):
                overviews = {overview.customer.id: overview for overview in found}
                self._shelf, self._found = Shelf(overviews, self._domains, controls.exclusions), found
            return self._shelf


async def find_domains(outside: Outside) -> dict[str, str]:
    """Default domains by tenant, from the newest reading of every partner account."""
    readings = [await outside.archive.read_newest_partner(account_id) for account_id in outside.partners]
    return {
        tenant.tenant_id: tenant.default_domain
        for reading in readings
        if reading is not None
        for tenant in reading.tenants
        if tenant.default_domain
    }


@dataclass(slots=True)
class AgreementNames:
    """What agreements are called, from the pieces in which a run read them; a piece never changes."""

    _shards: dict[tuple[str, str, int], dict[str, str]] = field(default_factory=dict)

    async def find(self, outside: Outside, run: Run, connection_id: str, agreement_id: str) -> str:
        """The agreement's name in the PSA; nothing where the run did not read it, not even as what renews another."""
        count = dict(run.shard_counts).get(connection_id, 1)
        name = await self._look(outside, run, connection_id, choose_shard(agreement_id, count), agreement_id)
        renewals = (number_renewals(run, connection_id, shard) for shard in range(count))
        while not name and (piece := next(renewals, None)) is not None:
            name = await self._look(outside, run, connection_id, piece, agreement_id)
        return name

    async def _look(self, outside: Outside, run: Run, connection_id: str, piece: int, agreement_id: str) -> str:
        key = (run.id, connection_id, piece)
        if key not in self._shards:
            found = await outside.archive.read_agreements(*key)
            if found is None and run.phase is not RunPhase.CLOSED:
                return ""
            while len(self._shards) >= SHARDS_REMEMBERED:
                del self._shards[next(iter(self._shards))]
            self._shards[key] = {each.id: each.name for each in found or () if isinstance(each, Agreement)}
        return self._shards[key].get(agreement_id, "")
