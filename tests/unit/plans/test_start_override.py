"""A start-date override that lay ahead when its licence was first read (billing rules, 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plans.counts import Count
from plans.owed import OwedPolicy, owe, start_counts
from profiles.periods import ONE_DAY
from tests.unit.plans.agreements import HOME, MONTHLY
from tests.unit.plans.nights import april, is_still, make_world, may, tell


def test_seats_that_come_after_an_invoice_are_not_held_for_a_start_that_was_ahead_of_it() -> None:
    """Mapped on 1 April with 0 seats, to start on the 16th; April is invoiced, then 4 seats come on 3 May."""
    world = make_world()
    world.change(starts_on=april(16))
    assert is_still(world.night(april(1), 0))
    assert world.psas[HOME].invoice() == Decimal("0.00")
    assert is_still(world.night(may(2), 0))
    assert tell(world.night(may(3), 4)) == ["4 from 2026-05-03"]


def test_seats_that_were_invoiced_before_their_start_are_not_taken_back() -> None:
    """4 seats, to start on 3 April, are on April's invoice of 31 March; 3 more come on 2 April; from the 7th there are
    2. The 3 are taken back and count their 4 days, the other 2 are owed to the end of April."""
    march, april_30 = date(2026, 3, 31), april(30)
    counts = (
        Count(march, 4, april(1), march - ONE_DAY, 4),
        Count(april(2), 7, april(6), april_30, 7),
        Count(april(7), 2, april(8), april_30, 2),
    )
    started = start_counts(counts, april(3))
    assert [(each.day, each.quantity, each.invoiced_through) for each in started] == [
        (april(3), 4, march - ONE_DAY),
        (april(3), 7, april_30),
        (april(7), 2, april_30),
    ]
    owed = owe(started, OwedPolicy(MONTHLY))
    assert owed.steps == ((april(3), 7), (april(7), 4), (may(1), 2))


def test_seats_that_came_and_went_before_the_start_say_nothing() -> None:
    """5, 2 and 4 seats before 3 April: 2 stood since the first night, 2 since the last."""
    counts = tuple(
        Count(april(day) - 9 * ONE_DAY, quantity, april(day) - 9 * ONE_DAY, april(day), quantity)
        for day, quantity in ((1, 5), (3, 2), (5, 4))
    )
    started = start_counts(counts, april(3))
    assert [(each.quantity, each.invoiced_through) for each in started] == [(2, april(1)), (4, april(5))]


@pytest.mark.parametrize(("came", "gone", "billed"), [(3, 5, "200.00"), (28, 4, "164.00"), (28, 5, "200.00")])
def test_the_seven_days_of_taking_back_run_from_the_reading_and_not_from_the_start(
    came: int, gone: int, billed: str
) -> None:
    """8 seats, then 10 since a day of March, to start on 1 April, and 8 again in April. Since 3 March the 2 are no
    purchase that Microsoft still takes back on 5 April, and are owed to the end of the month: 10 x 20.00 = 200.00.
    Those of 28 March are 7 days old on 4 April and count 3 days: 8 x 20.00 + 2 x 20.00 x 3/30 = 164.00; on the 5th
    they are 8 days old.
    """
    world = make_world()
    world.psas[HOME].invoiced_through = date(2026, 2, 28)
    world.change(starts_on=april(1))
    world.night(date(2026, 3, 2), 8)
    world.night(date(2026, 3, came), 10)
    assert world.psas[HOME].invoice() == Decimal("0.00")
    for day in (gone, gone + 1, gone + 2):
        world.night(april(day), 8)
    assert world.psas[HOME].invoice() == Decimal(billed)
