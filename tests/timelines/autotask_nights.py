"""Nights on one Autotask contract told by hand: 10 seats at 20.00 where nothing else is said, and what is posted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from local.simulators.autotask.contract_periods import term_of
from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.operations import operation_names
from local.simulators.autotask.posting import Accountant
from local.simulators.faults import FaultBoard
from tests.oracle.facts import ONE_DAY, Price, Reading, Scenario, list_days, place_invoices
from tests.timelines.autotask import BACKUP, ORDINARY, AutotaskWorld, Habits
from tests.timelines.reader import SKU
from tests.timelines.world import AGREEMENT, PRODUCT

type Mode = Literal["advance", "arrears"]


def through(first: date, last: date) -> list[date]:
    """Every day from one through the other."""
    return list_days(first, last + ONE_DAY)


class Nights:
    """The contract has `members` besides its usual ones. On the first day of each period, after the night, what began
    by then is posted in advance, what began before it in arrears. `posted` are the licence's items: the day that each
    is for, its units, its amount. `day` is the first one that nobody lived yet.
    """

    def __init__(
        self,
        mode: Mode,
        start: date,
        prices: Iterable[Price] = (),
        /,
        *,
        habits: Habits = ORDINARY,
        gives_credits: bool = False,
        **members: Any,
    ) -> None:
        readings = (Reading(start, 10),)
        in_force = tuple(prices) or (Price(date(2020, 1, 1), Decimal("20.00")),)
        invoices = place_invoices(readings, [(start, start)])
        scenario = Scenario(readings, in_force, start, invoices, mode=mode, anchor=start.day, credits_on=gives_credits)
        self.world = AutotaskWorld(scenario, habits=habits)
        self.mode, self.day, self.posted = mode, start, list[tuple[str, int, float]]()
        self.records = self.world.records
        self.accountant = Accountant(self.records)
        contract = self.records.find("Contracts", AGREEMENT)
        assert contract is not None
        self.contract = contract
        self.change_contract(**members)

    def change_contract(self, **members: Any) -> None:
        """Somebody changes it in Autotask; what was there begins with it."""
        self.contract.update(members)
        for row in self.records.all("ContractServiceAdjustments"):
            if row["contractID"] == AGREEMENT and row["effectiveDate"] < self.contract["startDate"]:
                row["effectiveDate"] = self.contract["startDate"]
        for row in self.records.all("ContractServices"):
            self.records.rebuild_units(row)

    def live(self, days: Iterable[date], seats: int | None, posted: Mapping[date, date] | None = None) -> None:
        """Nights that all read so many seats; None for nights that read nothing. `posted` names days after whose night
        something else is posted: all that began by another day."""
        terms = [term_of(each) for each in self.records.all("Contracts")]
        starts = {period.first for term in terms for period in term.periods()} | {term.last + ONE_DAY for term in terms}
        for day in days:
            asyncio.run(self.world.read_on(day, None if seats is None else {SKU: seats}))
            if day in starts:
                self.post(day if self.mode == "advance" else day - ONE_DAY)
            if posted and day in posted:
                self.post(posted[day])
            self.day = day + ONE_DAY

    def live_on(self, last: date, seats: int | None, posted: Mapping[date, date] | None = None) -> None:
        """The nights that follow, through that one."""
        self.live(through(self.day, last), seats, posted)

    def post(self, day: date, service_ids: list[int] | None = None) -> None:
        """Approve and post what began by that day, of those services where some are named."""
        made = self.accountant.post(day, service_ids=service_ids)
        items = [each for each in made if each["serviceID"] == PRODUCT]
        self.posted += [(each["itemDate"][:10], int(each["quantity"]), each["totalAmount"]) for each in items]

    def add_service(self, first: date, service_id: int = BACKUP, units: int = 1) -> int:
        """A person puts one more service on the contract, with units from that day on; its number."""
        contracts = Contracts(self.records, FaultBoard(FAULT_NAMES, operation_names()))
        number = int(contracts.add_service({"serviceID": service_id}, AGREEMENT)["id"])
        begins = {"contractServiceID": number, "effectiveDate": first.isoformat(), "unitChange": units}
        contracts.adjust(begins, "A person", 7)
        return number

    def unpost(self, number: int) -> None:
        """Nothing of a contract service was approved and posted after all."""
        for row in self.records.all("ContractServiceUnits"):
            if row["contractServiceID"] == number:
                row["approveAndPostDate"] = None

    @property
    def adjusted(self) -> list[tuple[str, int]]:
        """The adjustments that were made of the licence, in their order: from which day, how many units."""
        rows = [row for row in self.records.all("ContractServiceAdjustments") if row["serviceID"] == PRODUCT]
        return [(row["effectiveDate"][:10], row["unitChange"]) for row in rows]

    @property
    def told(self) -> list[str]:
        """What the last run says beside its numbers."""
        tenants = asyncio.run(self.world.outside.runs.list_tenants(max(self.world.disk.runs)))
        return [said for tenant in tenants for agreement in tenant.agreements for said in agreement.sentences]
