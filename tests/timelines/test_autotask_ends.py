"""What changes in the last period of a contract, and on one of a single long period, is billed: nothing waits for a
period that never comes (billing rules, 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.oracle.facts import Price
from tests.timelines.autotask import draw_ending, find_differences
from tests.timelines.autotask_nights import Nights, through

SEEDS = 12
UNTOLD_PRICES = (14, 30, 31, 49)
"""A new price on a contract that has no whole period after it: its rows hold parts of the price only."""
YEARLY, HALF_YEARLY, QUARTERLY = 5, 4, 3


@pytest.mark.parametrize("seed", [*range(SEEDS), *(each for each in UNTOLD_PRICES if each >= SEEDS)])
def test_every_invoice_of_a_contract_that_ends_is_right_to_the_cent(seed: int) -> None:
    """It ends with the last period of the story, or inside it. Each of them was parked for all of that period."""
    assert find_differences(draw_ending(seed)) == []


def test_a_fall_before_the_last_period_takes_effect_with_it() -> None:
    """In arrears, to 31 May; 10 → 8 on 20 April. May is 8 x 20.00 = 160.00; it was 200.00."""
    story = Nights("arrears", date(2026, 4, 1), endDate="2026-05-31T00:00:00Z")
    story.live(through(date(2026, 4, 1), date(2026, 4, 19)), 10)
    story.live(through(date(2026, 4, 20), date(2026, 5, 31)), 8)
    story.post(date(2026, 5, 31))
    assert story.posted == [("2026-04-01", 10, 200.0), ("2026-05-01", 8, 160.0)]
    assert story.world.troubles == []


def test_what_rises_when_the_last_period_is_posted_already_is_billed() -> None:
    """In advance, to 31 December, which is posted on 20 November; 12 from 25 November, 15 from 10 December:
    2 x 20.00 x 6/30 + 2 x 20.00 + 3 x 20.00 x 22/31 = 8.00 + 40.00 + 42.58, of which nothing was billed."""
    story = Nights("advance", date(2026, 11, 1), endDate="2026-12-31T00:00:00Z")
    story.live(through(date(2026, 11, 1), date(2026, 11, 20)), 10)
    story.post(date(2026, 12, 1))
    story.live(through(date(2026, 11, 21), date(2026, 11, 24)), 10)
    story.live(through(date(2026, 11, 25), date(2026, 12, 9)), 12)
    story.live(through(date(2026, 12, 10), date(2026, 12, 30)), 15)
    story.post(date(2026, 12, 31))
    assert story.posted[2:] == [("2026-11-25", 2, 8.0), ("2026-12-01", 2, 40.0), ("2026-12-10", 3, 42.58)]
    assert story.world.troubles == []


@pytest.mark.parametrize(
    ("period", "start", "end", "posted"),
    [
        # 10 x 20.00 x 275/365, 2 x 20.00 x 266/365
        (YEARLY, "2026-01-01", "2026-12-31", [("2026-04-01", 10, 150.68), ("2026-04-10", 2, 29.15)]),
        # 10 x 20.00 x 91/181, 2 x 20.00 x 82/181
        (HALF_YEARLY, "2026-01-01", "2026-06-30", [("2026-04-01", 10, 100.55), ("2026-04-10", 2, 18.12)]),
        # all of it, 2 x 20.00 x 82/91
        (QUARTERLY, "2026-04-01", "2026-06-30", [("2026-04-01", 10, 200.0), ("2026-04-10", 2, 36.04)]),
    ],
)
def test_a_contract_of_one_long_period_is_billed(
    period: int, start: str, end: str, posted: list[tuple[str, int, float]]
) -> None:
    """10 seats from 1 April, 12 from the 10th, 8 from 1 May, at 20.00 for the period. It was parked from its first day,
    and nothing was ever billed. What falls is owed to its end."""
    dates: dict[str, Any] = {"startDate": f"{start}T00:00:00Z", "endDate": f"{end}T00:00:00Z"}
    story = Nights("advance", date(2026, 4, 1), **dates, contractPeriodType=period)
    story.live(through(date(2026, 4, 1), date(2026, 4, 9)), 10)
    story.live(through(date(2026, 4, 10), date(2026, 4, 30)), 12)
    story.live(through(date(2026, 5, 1), date(2026, 5, 10)), 8)
    story.post(date(2026, 5, 10))
    assert story.posted == posted
    assert story.world.troubles == []


def test_the_second_quarter_begins_with_what_is_owed_then() -> None:
    """A quarterly contract from 15 January to 14 July: 10 seats, 8 from 20 February. The quarter of 15 April is
    8 x 20.00, written three nights before."""
    dates: dict[str, Any] = {"startDate": "2026-01-15T00:00:00Z", "endDate": "2026-07-14T00:00:00Z"}
    story = Nights("advance", date(2026, 1, 15), **dates, contractPeriodType=QUARTERLY)
    story.live(through(date(2026, 1, 15), date(2026, 2, 19)), 10)
    story.live(through(date(2026, 2, 20), date(2026, 4, 11)), 8)
    assert story.adjusted == [("2026-01-15", 10)]
    story.live(through(date(2026, 4, 12), date(2026, 4, 20)), 8)
    assert story.adjusted == [("2026-01-15", 10), ("2026-04-15", -2)]
    assert story.posted == [("2026-01-15", 10, 200.0), ("2026-04-15", 8, 160.0)]
    assert story.world.troubles == []


class Late(Nights):
    """Nothing is posted while somebody is late."""

    is_late = False

    def post(self, day: date, service_ids: list[int] | None = None) -> None:
        if not self.is_late:
            super().post(day, service_ids)


@pytest.mark.parametrize("posted_on", [3, 10, 30])
def test_the_last_days_of_a_line_are_posted_at_their_price(posted_on: int) -> None:
    """20.00, and 22.00 from 1 April; 10 seats, none from 2 April, and March is posted on the 3rd, the 10th, or in the
    last night before they end, so that the price and the end are written together: April is 220.00; it was 200.00."""
    prices = (Price(date(2020, 1, 1), Decimal(20)), Price(date(2026, 4, 1), Decimal(22)))
    story = Late("arrears", date(2026, 3, 1), prices)
    story.live_on(date(2026, 3, 31), 10)
    story.is_late = True
    story.live_on(date(2026, 4, 1), 10)
    story.live_on(date(2026, 4, posted_on), 0)
    story.is_late = False
    story.post(date(2026, 3, 31))
    story.is_late = posted_on == 30
    story.live_on(date(2026, 5, 2), 0)
    story.is_late = False
    story.post(date(2026, 4, 30))
    story.live_on(date(2026, 6, 1), 0)
    assert story.posted == [("2026-03-01", 10, 200.0), ("2026-04-01", 10, 220.0)]
    assert story.adjusted[1:] == [("2026-04-01", 0), ("2026-05-01", -10)]
    assert story.world.troubles == []


def test_after_its_last_day_a_line_waits_for_its_new_place() -> None:
    story = Nights("advance", date(2026, 4, 1), endDate="2026-04-30T00:00:00Z")
    story.world.may_park = True
    story.live(through(date(2026, 4, 1), date(2026, 5, 1)), 10)
    (row,) = [row for (run_id, _), row in story.world.disk.tenants.items() if run_id == "2026-05-01"]
    assert row.agreements[0].sentences == ("Agreement 1201 ended on 30 Apr 2026. Map the licence to the one after it.",)
