"""Nights on one Autotask contract told by hand: 10 seats at 20.00 where nothing else is said, and what is posted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from local.simulators.autotask.contract_periods import term_of
from local.simulators.autotask.posting import Accountant
from tests.oracle.facts import ONE_DAY, Price, Reading, Scenario, list_days, place_invoices
from tests.timelines.autotask import AutotaskWorld
from tests.timelines.reader import SKU
from tests.timelines.world import AGREEMENT, PRODUCT

type Mode = Literal["advance", "arrears"]


def through(first: date, last: date) -> list[date]:
    """Every day from one through the other."""
    return list_days(first, last + ONE_DAY)


class Nights:
    """The contract has `members` besides its usual ones. On the first day of each period, after the night, what began
    by then is posted in advance, what began before it in arrears. `posted` are the licence's items: the day that each
    is for, its units, its amount.
    """

    def __init__(self, mode: Mode, start: date, prices: Iterable[Price] = (), /, **members: Any) -> None:
        readings = (Reading(start, 10),)
        in_force = tuple(prices) or (Price(date(2020, 1, 1), Decimal("20.00")),)
        invoices = place_invoices(readings, [(start, start)])
        self.world = AutotaskWorld(Scenario(readings, in_force, start, invoices, mode=mode, anchor=start.day))
        self.mode, self.posted = mode, list[tuple[str, int, float]]()
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

    def live(self, days: Iterable[date], seats: int | None) -> None:
        """Nights that all read so many seats; None for nights that read nothing."""
        terms = [term_of(each) for each in self.records.all("Contracts")]
        starts = {period.first for term in terms for period in term.periods()} | {term.last + ONE_DAY for term in terms}
        for day in days:
            asyncio.run(self.world.read_on(day, None if seats is None else {SKU: seats}))
            if day in starts:
                self.post(day if self.mode == "advance" else day - ONE_DAY)

    def post(self, day: date) -> None:
        """Approve and post what began by that day."""
        items = [each for each in self.accountant.post(day) if each["serviceID"] == PRODUCT]
        self.posted += [(each["itemDate"][:10], int(each["quantity"]), each["totalAmount"]) for each in items]

    @property
    def adjusted(self) -> list[tuple[str, int]]:
        """The adjustments that were made of the licence, in their order: from which day, how many units."""
        rows = [row for row in self.records.all("ContractServiceAdjustments") if row["serviceID"] == PRODUCT]
        return [(row["effectiveDate"][:10], row["unitChange"]) for row in rows]
