"""A large MSP on virtual time: the real repositories over one file, Microsoft and ConnectWise played in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import override

from bench.account import Database, open_account
from bench.msp import FIRST_AGREEMENT, WRITTEN_ON, Line, Msp, make_addition_row, make_agreement_row, sku_id, tenant_id
from bench.seeding import make_rows
from plans.counts import Count
from plans.keys import name_line
from plans.ports import Outside
from plans.runs import Run, RunPhase, next_extra_run_id
from store.alerts import TableAlerts
from store.archive import BlobArchive
from store.books import TableBooks
from store.configuration import TableConfiguration
from store.invoices import TableForecasts
from store.open_items import TableOpenItems
from store.runs import TableRuns
from store.storage import Storage
from store.tables import put_batches
from tests.simulation.faults import Process
from tests.simulation.world import TICK_SECONDS, World

INVOICED_THROUGH = date(2026, 11, 30)
LOOKS_A_TICK = 15


@dataclass
class Account:
    """One line as the world sees it (`tests.simulation.expected.Told`): its readings, its invoices, its seats."""

    line: Line
    highest: int
    levels: set[int]
    counted: list[tuple[date, int]]
    invoiced: list[tuple[date, date, int]] = field(default_factory=list)
    is_raced: bool = False
    gives_credits: bool = False
    prorates: bool = True

    @property
    def agreement_id(self) -> int:
        """The id of its agreement."""
        return FIRST_AGREEMENT + self.line.customer


class ToldBooks(TableBooks):
    """The books, which tell the world of every reading that a run keeps."""

    accounts: Mapping[str, Account]
    violations: list[str]

    @override
    async def save_counts(self, customer_id: str, counts: Mapping[str, Sequence[Count]]) -> None:
        for mapping_id, of_line in counts.items():
            account, newest = self.accounts[mapping_id], of_line[-1]
            account.counted.append((newest.known_through, newest.quantity))
            if newest.quantity not in account.levels:
                self.violations.append(f"R4: {mapping_id} was read as {newest.quantity}, which it never had")
        await super().save_counts(customer_id, counts)


@dataclass
class LargeWorld(World):
    """A world whose memory is a file, as a storage account is somewhere else."""

    database: Database | None = None
    by_id: dict[str, Account] = field(default_factory=dict)
    by_prefix: dict[str, Account] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    @property
    def storage(self) -> Storage:
        """The account."""
        if self.database is None:
            raise ValueError("this world has no file to remember in")
        return open_account(self.database)

    @property
    def runs(self) -> TableRuns:
        """What is known of runs."""
        return TableRuns(self.storage.table("runs"), self.storage.table("runtenants"), self.storage.container())

    @override
    def _wire(self, process: Process) -> Outside:
        storage = self.storage
        config, container = storage.table("config"), storage.container()
        books = ToldBooks(storage.table("books"), config, container, self.now)
        books.accounts, books.violations = self.by_id, self.violations
        return replace(
            super()._wire(process),
            books=books,
            profiles=TableConfiguration(config),
            runs=self.runs,
            archive=BlobArchive(container),
            open_items=TableOpenItems(storage.table("open")),
            forecasts=TableForecasts(storage.table("invoices")),
            alerts=TableAlerts(storage.table("open"), config),
        )

    async def populate(self, msp: Msp) -> None:
        """Everybody as earlier nights left them."""
        storage = self.storage
        for profile in msp.make_profiles():
            await TableConfiguration(storage.table("config")).save_profile(profile, None)
        for number in range(msp.customers):
            await put_batches(storage.table("books"), make_rows(msp, number))
            lines = msp.lines_of(number)
            self.tenants.seats[tenant_id(number)] = {sku_id(each.licence): each.seats for each in lines}
            self.psa.agreements[FIRST_AGREEMENT + number] = make_agreement_row(number)
            self.psa.additions[FIRST_AGREEMENT + number] = [
                {"cancelledDate": None, **make_addition_row(each)} for each in lines
            ]
            for line in lines:
                self.psa.billed_through[line.addition_id] = INVOICED_THROUGH
                account = Account(line, line.seats, {line.seats}, [(WRITTEN_ON, line.seats)])
                self.by_id[line.mapping_id] = self.by_prefix[name_line(line.mapping_id)] = account
        self.psa.next_id = 10 * next(iter(self.psa.billed_through))

    def set_seats(self, account: Account, seats: int) -> None:
        """The customer buys or gives back."""
        self.tenants.seats[tenant_id(account.line.customer)][sku_id(account.line.licence)] = seats
        account.highest = max(account.highest, seats)
        account.levels.add(seats)

    def get_seats(self, account: Account) -> int:
        """The seats there are now."""
        return self.tenants.seats[tenant_id(account.line.customer)][sku_id(account.line.licence)]

    @override
    async def run_extra(self, day: date) -> Run | None:
        known = frozenset(run.id for run in await self.runs.list_runs(1000))
        run_id = next_extra_run_id(day, known)
        self.engine.start("night", f"night:{run_id}", run_id)
        return await self.see_through(run_id)

    @override
    async def see_through(self, run_id: str) -> Run | None:
        for _ in range(24):
            await self.tick()
            for _ in range(LOOKS_A_TICK):
                await asyncio.sleep(TICK_SECONDS / LOOKS_A_TICK)
                run = await self.runs.read_run(run_id)
                if run is not None and run.phase is RunPhase.CLOSED:
                    return run
        return await self.runs.read_run(run_id)
