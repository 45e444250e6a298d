"""Periods tile all time, whatever their anchor; money is rounded once (R14; billing rules, 3 and 10)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.exclusions import LicenceExclusion, TenantExclusion, find_exclusion
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid, Period

YEARS = 100
DAYS = st.dates(date(1990, 1, 1), date(2120, 12, 31))
GRIDS = st.builds(
    Grid, st.integers(1990, 2100), st.integers(1, 12), st.integers(1, 31), st.sampled_from([1, 2, 3, 6, 12])
)


@pytest.mark.parametrize("months", [1, 3, 12])
@pytest.mark.parametrize("anchor_day", range(1, 32))
def test_periods_tile_a_hundred_years(anchor_day: int, months: int) -> None:
    """Each ends where the next one starts, on the anchor's day or the last day of a shorter month."""
    grid = Grid(2026, 1, anchor_day, months)
    for number in range(-YEARS * 12 // months, YEARS * 12 // months):
        start, end = grid.boundary(number), grid.boundary(number + 1)
        assert start.day == min(anchor_day, calendar.monthrange(start.year, start.month)[1])
        period = Period(start, end)
        assert grid.period_of(start) == grid.period_of(end - ONE_DAY) == period
        assert period.days == (end - start).days > 0
        assert period.last == end - ONE_DAY


@given(GRIDS, DAYS)
def test_a_day_is_in_its_period(grid: Grid, day: date) -> None:
    period = grid.period_of(day)
    assert period.start <= day <= period.last
    assert grid.period_of(period.start) == grid.period_of(period.last) == period
    assert grid.period_of(period.end).start == period.end
    assert grid.period_of(period.start - ONE_DAY).end == period.start


@given(GRIDS, DAYS, st.integers(0, 1000), st.integers(0, 1000))
def test_days_add_up(grid: Grid, day: date, one: int, other: int) -> None:
    middle = day + timedelta(days=one)
    whole = Period(day, middle + timedelta(days=other))
    assert whole.days == Period(day, middle).days + Period(middle, whole.end).days


@given(GRIDS, st.integers(1, 400))
def test_a_grid_does_not_depend_on_where_its_anchor_was_taken(grid: Grid, number: int) -> None:
    """The same day of another of its months is the same grid."""
    month = grid.anchor_year * 12 + grid.anchor_month - 1 + number * grid.months
    later = Grid(month // 12, month % 12 + 1, grid.anchor_day, grid.months)
    assert [later.boundary(each) for each in range(12)] == [grid.boundary(each + number) for each in range(12)]


@pytest.mark.parametrize("anchor_day", [1, 15, 31])
def test_time_starts_with_year_one(anchor_day: int) -> None:
    """An addition without a first day has always been there."""
    period = Grid(2026, 1, anchor_day, 1).period_of(date.min)
    assert period.start == date.min <= period.last


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        (Fraction(1, 200), "0.01"),
        (Fraction(-1, 200), "-0.01"),
        (Fraction(1, 201), "0.00"),
        (Fraction(1, 3), "0.33"),
        (Fraction(2, 3), "0.67"),
        (Fraction(0), "0.00"),
        (10**18 + Fraction(1, 3), "1000000000000000000.33"),
        (Decimal("0.005"), "0.01"),
        (Decimal("2.675"), "2.68"),
        (Decimal("-2.675"), "-2.68"),
    ],
)
def test_money_is_rounded_half_up(amount: Fraction | Decimal, rounded: str) -> None:
    assert round_money(amount) == Decimal(rounded)


@given(st.fractions(-(10**9), 10**9))
def test_rounding_moves_by_at_most_half_a_cent_and_is_symmetric(amount: Fraction) -> None:
    rounded = round_money(amount)
    assert abs(Fraction(rounded) - amount) <= Fraction(1, 200)
    assert round_money(-amount) == -rounded
    assert round_money(rounded) == rounded


def test_what_is_excluded_is_found_in_any_spelling() -> None:
    licence, tenant = LicenceExclusion("SKU-A", "free"), TenantExclusion("Tenant-1", "ours")
    assert find_exclusion((licence, tenant), "tenant-2", "sku-a") == licence
    assert find_exclusion((licence, tenant), "TENANT-1", "sku-b") == tenant
    assert find_exclusion((licence, tenant), "tenant-2", "sku-b") is None


@given(
    st.integers(1, 4000), st.integers(1, 12), st.integers(1, 31), st.sampled_from([1, 2, 3, 4, 6, 12, 24, 36]),
    st.integers(-5, 5), st.dates(date(1990, 1, 1), date(2060, 1, 1)),
)  # fmt: skip
def test_grids_that_tile_time_alike_are_one(
    year: int, month: int, day: int, months: int, periods: int, when: date
) -> None:
    grid = Grid(year, month, day, months)
    moved_month = year * 12 + month - 1 + periods * months
    moved = Grid(moved_month // 12, moved_month % 12 + 1, day, months)
    assert grid.as_one() == moved.as_one()
    assert grid.as_one().period_of(when) == grid.period_of(when)
