"""Periods tile the calendar, and a story that contradicts itself is refused."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracle.facts import Invoice, Period, Price, Reading, Scenario, find_period, list_days
from tests.unit.oracle.stories import read, tell

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(DAYS, st.integers(1, 31))
def test_periods_tile(day: date, anchor: int) -> None:
    period = find_period(day, anchor)
    assert period.start <= day < period.end
    assert 28 <= period.days <= 31
    assert find_period(period.start, anchor) == period == find_period(period.end - timedelta(days=1), anchor)
    following = find_period(period.end, anchor)
    assert following.start == period.end
    assert following.start.day == min(anchor, monthrange(following.start.year, following.start.month)[1])


@pytest.mark.parametrize(
    ("day", "anchor", "start", "end"),
    [
        (date(2026, 2, 27), 31, date(2026, 1, 31), date(2026, 2, 28)),
        (date(2026, 2, 28), 31, date(2026, 2, 28), date(2026, 3, 31)),
        (date(2024, 2, 28), 30, date(2024, 1, 30), date(2024, 2, 29)),
        (date(2024, 2, 29), 30, date(2024, 2, 29), date(2024, 3, 30)),
        (date(2026, 1, 14), 15, date(2025, 12, 15), date(2026, 1, 15)),
        (date(2026, 12, 31), 1, date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_month_ends(day: date, anchor: int, start: date, end: date) -> None:
    assert find_period(day, anchor) == Period(start, end)


def test_days_are_listed_without_the_end() -> None:
    assert list_days(date(2024, 2, 28), date(2024, 3, 1)) == [date(2024, 2, 28), date(2024, 2, 29)]


GOOD = tell(read(("04-01", "05-02", 10)), ("04", "05-01"), ("05", "06-01"))
APRIL, MAY = GOOD.invoices


def change(scenario: Scenario, what: str) -> Scenario:
    """The scenario with one thing wrong."""
    late = Reading(date(2026, 3, 1), 1)
    match what:
        case "order of their days":
            return replace(scenario, readings=(*scenario.readings, late))
        case "quantity must be":
            return replace(scenario, readings=(*scenario.readings, Reading(date(2026, 7, 1), -1)))
        case "There must be a price":
            return replace(scenario, prices=())
        case "oldest to newest":
            return replace(scenario, prices=(Price(APRIL.made, Decimal(1)), Price(APRIL.made, Decimal(2))))
        case "day of the month":
            return replace(scenario, anchor=32, invoices=())
        case "No period starts":
            return replace(scenario, invoices=(replace(APRIL, period=date(2026, 4, 2)),))
        case "cannot have seen":
            return replace(scenario, invoices=(Invoice(APRIL.period, APRIL.made, 99),))
        case "later day":
            return replace(scenario, invoices=(replace(APRIL, seen=APRIL.seen + 1),))
        case "earlier day":
            return replace(scenario, invoices=(replace(APRIL, seen=APRIL.seen - 2),))
        case "must follow":
            return replace(scenario, invoices=(APRIL, replace(MAY, period=date(2026, 6, 1))))
        case _:
            return replace(scenario, invoices=(replace(APRIL, made=date(2026, 6, 2), seen=MAY.seen), MAY))


@pytest.mark.parametrize(
    "what",
    [
        "order of their days",
        "quantity must be",
        "There must be a price",
        "oldest to newest",
        "day of the month",
        "No period starts",
        "cannot have seen",
        "later day",
        "earlier day",
        "must follow",
        "made before the one",
    ],
)
def test_a_story_that_contradicts_itself_is_refused(what: str) -> None:
    with pytest.raises(ValueError, match=what):
        change(GOOD, what)
