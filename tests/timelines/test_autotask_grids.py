"""Contracts whose periods do not step from their first day: their rows of units tell (billing rules, 7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from local.simulators.autotask.contract_periods import BY_CALENDAR, FROM_LAST_PERIOD
from tests.oracle.facts import Scenario
from tests.timelines.autotask import draw_calm, find_differences
from tests.timelines.autotask_nights import Nights, through

SEEDS = range(40)
BEGUN_ON_THE_15TH: dict[str, Any] = {"startDate": "2021-01-15T00:00:00Z", "steps": BY_CALENDAR}
BEGUN_ON_THE_31ST: dict[str, Any] = {"startDate": "2021-01-31T00:00:00Z", "steps": FROM_LAST_PERIOD}


def draw_from(anchor: int, stories: int) -> list[Scenario]:
    """The first stories whose periods begin on a day of the month."""
    return [drawn for drawn in map(draw_calm, SEEDS) if drawn.anchor == anchor][:stories]


@pytest.mark.parametrize("scenario", draw_from(1, 3), ids=lambda each: each.mode)
def test_calendar_months_of_a_contract_that_begins_inside_one(scenario: Scenario) -> None:
    assert find_differences(scenario, **BEGUN_ON_THE_15TH) == []


@pytest.mark.parametrize("scenario", draw_from(28, 2), ids=lambda each: each.mode)
def test_a_31st_that_becomes_a_28th_for_good(scenario: Scenario) -> None:
    assert find_differences(scenario, **BEGUN_ON_THE_31ST) == []


def test_a_fall_is_dated_on_the_period_that_the_rows_show() -> None:
    """From 15 January, by calendar months; 10 → 8 on 20 April. It was dated 15 May, inside a posted period: May was
    billed 200.00, and 21.94 of it given back though credits are off."""
    story = Nights("advance", date(2026, 4, 1), startDate="2026-01-15T00:00:00Z", steps=BY_CALENDAR)
    story.live(through(date(2026, 4, 1), date(2026, 4, 19)), 10)
    story.live(through(date(2026, 4, 20), date(2026, 6, 1)), 8)
    assert story.adjusted == [("2026-04-01", 10), ("2026-05-01", -2)]
    assert story.posted == [("2026-04-01", 10, 200.0), ("2026-05-01", 8, 160.0), ("2026-06-01", 8, 160.0)]
    assert story.world.troubles == []


def test_the_first_days_of_such_a_contract_are_billed_from_its_own_first_day() -> None:
    """From 15 April by calendar months, and 12 seats from 1 May. What Autotask asks for that first part is its own."""
    story = Nights("advance", date(2026, 4, 15), startDate="2026-04-15T00:00:00Z", steps=BY_CALENDAR)
    story.live(through(date(2026, 4, 15), date(2026, 4, 30)), 10)
    story.live(through(date(2026, 5, 1), date(2026, 5, 2)), 12)
    assert story.adjusted == [("2026-04-15", 10), ("2026-05-01", 2)]
    assert story.posted[1:] == [("2026-05-01", 12, 240.0)]
    assert story.world.troubles == []
