"""What is posted on Autotask, when, and what may still be billed then: amounts at 20.00 a seat (billing rules, 3, 7).

April is posted on 1 April and May on 1 May, in advance, unless a test says otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest

from local.simulators.autotask.posting import Accountant
from local.simulators.autotask.units import PostedRows
from plans.journal import Ending
from tests.oracle.facts import ONE_DAY, Price, Reading, Scenario, list_days, place_invoices
from tests.timelines.autotask import BACKUP_SERVICE, ORDINARY, AutotaskWorld, Habits
from tests.timelines.reader import SKU
from tests.timelines.world import CUSTOMER, PRODUCT

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
TWENTY = (Price(date(2020, 1, 1), Decimal(20)),)
DEARER = (*TWENTY, Price(MAY, Decimal(25)))


@dataclass
class Nights:
    """Nights from `first` on, and what was posted of the licence: `items` by their first days, with units and money."""

    first: date = MARCH
    prices: tuple[Price, ...] = TWENTY
    mode: Literal["advance", "arrears"] = "advance"
    habits: Habits = ORDINARY
    gives_credits: bool = False
    items: list[tuple[str, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        readings = (Reading(self.first, 10),)
        invoices = place_invoices(readings, [(self.first.replace(day=1), self.first)])
        scenario = Scenario(readings, self.prices, self.first, invoices, credits_on=self.gives_credits, mode=self.mode)
        self.world = AutotaskWorld(scenario, habits=self.habits)
        self.today = self.first

    def live(self, through: date, seats: int, posted: Mapping[date, date] | None = None) -> None:
        """Nights through that day with so many seats. After the night of the first of a month everything is posted that
        is due; `posted` names other days, with the day through which everything is posted then."""
        for day in list_days(self.today, through + ONE_DAY):
            asyncio.run(self.world.read_on(day, {SKU: seats}))
            if day.day == 1:
                self.post(day if self.mode == "advance" else day - ONE_DAY)
            if posted and day in posted:
                self.post(posted[day])
        self.today = through + ONE_DAY

    @property
    def unbilled(self) -> str:
        """What the last run says is never billed."""
        tenants = asyncio.run(self.world.outside.runs.list_tenants(max(self.world.disk.runs)))
        told = [said for tenant in tenants for agreement in tenant.agreements for said in agreement.sentences]
        return next((each for each in told if "are not billed" in each), "")

    def post(self, through: date, service_ids: list[int] | None = None) -> None:
        """Everything that began by that day, of those services."""
        for item in Accountant(self.world.records).post(through, service_ids=service_ids):
            if item["serviceID"] == PRODUCT:
                self.items.append((item["itemDate"][5:10], int(item["quantity"]), item["totalAmount"]))


def test_a_service_that_is_posted_early_takes_nothing_from_another_one() -> None:
    """The backup's May is posted on 20 April, and 2 of 10 seats go on the 22nd: May is 160.00, and was 200.00."""
    nights = Nights()
    nights.live(date(2026, 4, 20), 10)
    nights.post(MAY, [BACKUP_SERVICE])
    nights.live(date(2026, 4, 21), 10)
    nights.live(date(2026, 4, 25), 8)
    assert nights.world.proposals == (), "nothing of the licence's May is posted"
    nights.live(JUNE, 8)
    assert nights.items[1:] == [("04-01", 10, 200.0), ("05-01", 8, 160.0), ("06-01", 8, 160.0)]
    assert nights.world.troubles == []


def test_a_service_that_is_posted_early_keeps_no_price_from_another_one() -> None:
    """20.00 and 25.00 from 1 May: May is 250.00, and was 200.00."""
    nights = Nights(prices=DEARER)
    nights.live(date(2026, 4, 20), 10)
    nights.post(MAY, [BACKUP_SERVICE])
    nights.live(JUNE, 10)
    assert nights.items[1:] == [("04-01", 10, 200.0), ("05-01", 10, 250.0), ("06-01", 10, 250.0)]
    assert nights.world.troubles == []


@pytest.mark.parametrize("posted", [{}, {date(2026, 4, 12): date(2026, 4, 9)}])
def test_a_rise_that_is_taken_back_before_it_is_posted_counts_its_days(posted: dict[date, date]) -> None:
    """5 from 10 through 12 April are 5 x 20.00 x 3/30 = 10.00; what was posted on the 12th ended with the 9th."""
    nights = Nights()
    nights.live(date(2026, 4, 9), 10)
    nights.live(date(2026, 4, 12), 15, posted)
    nights.live(JUNE, 10)
    assert nights.items[1:] == [
        *(("04-01", 10, 200.0), ("04-10", 5, 70.0), ("04-13", -5, -60.0)),
        *(("05-01", 10, 200.0), ("06-01", 10, 200.0)),
    ]
    assert nights.world.troubles == []


def test_a_rise_that_was_posted_is_not_given_back() -> None:
    """5 from 10 April, posted on the 12th: 70.00, which are owed to the end of April. 60.00 were given back."""
    nights = Nights()
    nights.live(date(2026, 4, 9), 10)
    nights.live(date(2026, 4, 12), 15, {date(2026, 4, 12): date(2026, 4, 12)})
    nights.live(JUNE, 10)
    assert nights.items[1:] == [
        *(("04-01", 10, 200.0), ("04-10", 5, 70.0), ("05-01", 10, 200.0), ("06-01", 10, 200.0)),
    ]
    assert nights.world.troubles == []


@pytest.mark.parametrize("kind", PostedRows)
def test_whatever_a_posted_row_becomes_when_its_period_is_adjusted(kind: PostedRows) -> None:
    """10, 12 from 10 April, 15 from the 20th and 16 from 21 May: 28.00, 3 x 20.00 x 11/30 = 22.00, 20.00 x 11/31.

    A row that stayed whole made the contract unreadable until July.
    """
    nights = Nights(habits=Habits(posted_rows=kind))
    nights.live(date(2026, 4, 9), 10)
    nights.live(date(2026, 4, 19), 12, {date(2026, 4, 15): date(2026, 4, 15)})
    nights.live(date(2026, 5, 20), 15)
    nights.live(JUNE, 16)
    assert nights.items[1:] == [
        *(("04-01", 10, 200.0), ("04-10", 2, 28.0), ("04-20", 3, 22.0)),
        *(("05-01", 15, 300.0), ("05-21", 1, 7.1), ("06-01", 16, 320.0)),
    ]
    assert nights.world.troubles == []


def test_rows_that_nothing_tells_how_to_read_park_one_line() -> None:
    """12 from 10 April, 9 from May on: beside a row that stayed whole 2 may be all there are. It is never billed on."""
    nights = Nights(habits=Habits(posted_rows=PostedRows.WHOLE_BESIDE_DELTAS))
    nights.live(date(2026, 4, 9), 10)
    nights.live(date(2026, 4, 19), 12)
    nights.live(MAY, 9)
    assert nights.items[1:] == [("04-01", 10, 200.0), ("04-10", 2, 28.0), ("05-01", 9, 180.0)]
    (trouble, *_) = nights.world.troubles
    assert "12 from 10 Apr 2026, 9 from 1 May 2026, found 10 from 1 Mar 2026, 2 from 10 Apr 2026" in trouble


def test_where_autotask_refuses_to_change_what_is_posted_a_rise_begins_with_the_next_period() -> None:
    """12 from 10 April and 13 from 10 May: refused once, and then dated on the first day that is not posted. It was
    sent every night, and never billed where the next period was posted before it began."""
    nights = Nights(habits=Habits(refusals=("posted_period_refused",)))
    nights.live(date(2026, 4, 9), 10)
    nights.live(date(2026, 4, 27), 12, {date(2026, 4, 27): MAY})
    nights.live(date(2026, 5, 9), 12)
    writes = nights.world.count_writes()
    assert nights.unbilled == (
        "2 more Business Premium from 10 Apr 2026 through 31 May 2026 are not billed: these days are posted, and "
        "Autotask refused to change what is posted. Bill them by hand."
    )
    nights.live(date(2026, 5, 28), 13)
    assert nights.world.count_writes() == writes
    nights.live(JUNE, 13)
    assert nights.items[1:] == [("04-01", 10, 200.0), ("05-01", 10, 200.0), ("06-01", 13, 260.0)]
    (refusal,) = (each for each in nights.world.disk.evidence.values() if each.ending is Ending.POSTED)
    assert "already approved and posted contract period" in refusal.sentence
    assert refusal.sentence.endswith("It is written from the next period on: bill the days before by hand.")
    assert nights.world.troubles == []


def test_where_autotask_refuses_no_units_it_says_so_every_night_and_nothing_else_happens() -> None:
    """The mapping is ended on 16 April: no units from 1 May are refused on 28, 29 and 30 April. Then May is posted."""
    nights = Nights(habits=Habits(refusals=("zero_refused",)))
    nights.live(date(2026, 4, 15), 10)
    (mapping,) = nights.world.disk.mappings[CUSTOMER]
    nights.world.disk.mappings[CUSTOMER] = (replace(mapping, is_ended=True),)
    nights.live(MAY, 10)
    assert nights.items[1:] == [("04-01", 10, 200.0), ("05-01", 10, 200.0)]
    assert len(nights.world.troubles) == 3
    assert all("The number of units must be greater than zero" in each for each in nights.world.troubles)
