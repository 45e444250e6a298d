"""What Autotask invoices is what is owed (R15): random seats over months, nights, postings, against the oracle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.oracle.facts import Price, Reading, Scenario, list_days, place_invoices
from tests.oracle.invoicing import expect
from tests.timelines.autotask import draw_calm, draw_habits, draw_rising, draw_unknown, find_differences, is_right, play

SEEDS = 24
UNREAD, RISING = (2, 4, 5, 6, 7, 9), range(6)
PRICED_BESIDE_FALLS = (142, 367, 1136, 1233)
"""In arrears, with another price from a period on whose first day seats fall, or come for the first time."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_invoice_is_right_to_the_cent(seed: int) -> None:
    scenario = draw_calm(seed)
    assert find_differences(scenario, draw_habits(seed, scenario)) == []


@pytest.mark.parametrize("seed", UNREAD)
def test_nights_that_read_nothing_change_nothing_of_what_is_owed(seed: int) -> None:
    assert find_differences(draw_unknown(seed)) == []


@pytest.mark.parametrize("seed", RISING)
def test_more_seats_are_billed_from_whichever_day_they_come(seed: int) -> None:
    """The first and the last days of a period among them, those on which it is posted, and those that were not read."""
    assert find_differences(draw_rising(seed)) == []


def test_the_other_stories_hold_what_they_are_told_for() -> None:
    for drawn in map(draw_unknown, UNREAD):
        assert any(each.quantity is None for each in drawn.readings)
    rising = [draw_rising(seed) for seed in RISING]
    days = [later.day for each in rising for later in list_changes(each)]
    assert {1, 2} & {each.day for each in days} and {28, 29, 30, 31} & {each.day for each in days}


def list_changes(scenario: Scenario) -> list[Reading]:
    """The readings of more seats than the one before."""
    known = [each for each in scenario.readings if each.quantity is not None]
    return [later for earlier, later in pairwise(known) if later.quantity != earlier.quantity]


@pytest.mark.parametrize("seed", PRICED_BESIDE_FALLS)
def test_a_price_comes_with_the_period_that_it_begins_with(seed: int) -> None:
    """What was written for the first day of a period took the old price along: 6,500.00 for 337.74 in seed 1233."""
    assert find_differences(draw_calm(seed)) == []


def test_the_stories_hold_what_there_is_to_hold() -> None:
    """Both modes, both kinds of proration, credits, rises and falls, and periods that begin on another day."""
    drawn = [draw_calm(seed) for seed in range(SEEDS)]
    assert {each.mode for each in drawn} == {"advance", "arrears"}
    assert {each.prorates for each in drawn} == {True, False}
    assert {each.credits_on for each in drawn} == {True, False}
    assert any(each.anchor != 1 for each in drawn)
    assert any(len(each.prices) > 1 for each in drawn)
    steps = [
        later.quantity - earlier.quantity
        for each in drawn
        for earlier, later in zip(each.readings, each.readings[1:], strict=False)
        if earlier.quantity is not None and later.quantity is not None
    ]
    assert min(steps) < 0 < max(steps)


def test_a_story_by_hand() -> None:
    """10 seats at 20.00, 12 from the 10th, 8 from the 20th: 200.00 and 2 x 20.00 x 21/30, and 160.00 in December."""
    seats = [10] * 9 + [12] * 10 + [8] * 20
    days = list_days(date(2026, 11, 1), date(2026, 12, 10))
    readings = tuple(Reading(day, count) for day, count in zip(days, seats, strict=True))
    months = [(date(2026, 11, 1), date(2026, 12, 1)), (date(2026, 12, 1), date(2026, 12, 9))]
    prices = (Price(date(2026, 1, 1), Decimal("20.00")),)
    scenario = Scenario(readings, prices, date(2026, 11, 1), place_invoices(readings, months), mode="arrears")
    assert find_differences(scenario) == []
    _, invoices = play(scenario)
    assert [[(item.units, item.amount) for item in items] for items in invoices] == [
        [(10, Decimal("200.0")), (2, Decimal("28.0"))],
        [(8, Decimal("160.0"))],
    ]


def test_a_price_of_ours_outlives_its_units() -> None:
    """10 seats, from November at another price, and none from the 15th on: nobody edited anything."""
    seats = [10] * 45 + [0] * 25
    days = list_days(date(2026, 10, 1), date(2026, 12, 10))
    readings = tuple(Reading(day, count) for day, count in zip(days, seats, strict=True))
    months = [(date(2026, month, 1), made) for month, made in ((10, date(2026, 11, 1)), (11, date(2026, 12, 1)))]
    prices = (Price(date(2026, 1, 1), Decimal("20.00")), Price(date(2026, 11, 1), Decimal("22.00")))
    start, invoices = date(2026, 10, 1), place_invoices(readings, months)
    assert find_differences(Scenario(readings, prices, start, invoices, mode="arrears", credits_on=True)) == []


def test_a_wrong_item_is_a_difference() -> None:
    scenario = draw_calm(1)
    _, invoices = play(scenario)
    expected = expect(scenario).invoices
    place = next(number for number, items in enumerate(invoices) if items)
    (first, *others), wanted = invoices[place], expected[place]
    assert is_right(scenario, wanted, (first, *others))
    for wrong in (
        replace(first, amount=first.amount + Decimal("0.01")),
        replace(first, units=first.units + 1),
    ):
        assert not is_right(scenario, wanted, (wrong, *others))
    assert not is_right(scenario, wanted, tuple(others))
