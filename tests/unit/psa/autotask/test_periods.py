"""Which periods rows of units show. The contract begins on 15 January 2026; a row is its first and its last day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.periods import ONE_DAY, Grid
from psa.autotask.periods import find_grid, show

TODAY, END = date(2026, 4, 20), date(2026, 12, 31)
STATED = Grid(2026, 1, 15, 1)
CALENDAR = Grid(2026, 1, 1, 1).as_one()

type Span = tuple[date, date]


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def find(*services: list[Span], stated: Grid = STATED) -> Grid | None:
    grid = find_grid(stated, show(services, TODAY, END))
    return None if grid is None else grid.as_one()


APRIL, MAY = (day(4, 1), day(4, 30)), (day(5, 1), day(5, 31))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(day(4, 15), day(5, 14))],
        [(day(4, 15), day(4, 19)), (day(4, 20), day(5, 14))],
        [(day(1, 15), day(1, 20))],  # it was ended on a day of its own
        [(day(12, 15), END)],  # the contract ends
    ],
)
def test_rows_that_keep_to_the_contracts_periods_change_nothing(rows: list[Span]) -> None:
    assert find(rows) == STATED.as_one()


@pytest.mark.parametrize(
    "services",
    [
        [[APRIL, MAY]],
        [[(day(4, 10), day(4, 30)), MAY]],  # begun on a day of its own
        [[(day(4, 1), day(4, 9)), (day(4, 10), day(4, 30))]],  # no row after it is there yet
        [[(day(4, 10), day(4, 30))], [MAY]],
    ],
)
def test_rows_that_span_two_periods_or_end_inside_one_show_others(services: list[list[Span]]) -> None:
    assert find(*services) == CALENDAR


def test_rows_that_fit_no_periods_or_several_show_none() -> None:
    """A row of 40 days; rows that months from the 2nd would hold, and months from the 10th."""
    assert find([(day(4, 1), day(5, 10))]) is None
    assert find([(day(3, 2), day(3, 5))], [(day(4, 10), day(4, 18))]) is None


def test_a_31st_that_became_a_28th_is_told_from_one_that_did_not() -> None:
    stated = Grid(2026, 1, 31, 1)
    assert find([(day(2, 28), day(3, 30)), (day(3, 31), day(4, 29))], stated=stated) == stated.as_one()
    assert find([(day(2, 28), day(3, 27)), (day(3, 28), day(4, 27))], stated=stated) == Grid(2026, 1, 28, 1).as_one()


def test_longer_periods_are_told_by_their_month_as_well() -> None:
    """Quarters from 1 February, where the contract says January."""
    rows = [(day(2, 1), day(4, 30)), (day(5, 1), day(7, 31))]
    assert find(rows, stated=Grid(2026, 1, 1, 3)) == Grid(2026, 2, 1, 3).as_one()


@given(
    anchor=st.integers(1, 31),
    stated=st.integers(1, 31),
    cuts=st.frozensets(st.integers(0, 200), max_size=8),
    first=st.integers(0, 40),
)
def test_whoever_cuts_rows_anywhere_shows_the_periods_that_they_are_cut_from(
    anchor: int, stated: int, cuts: frozenset[int], first: int
) -> None:
    """Rows of eight months from some day on, cut on any days: what they show are their own periods, or others that no
    row contradicts; and those that are stated wherever they fit."""
    grid, begin = Grid(2026, 1, anchor, 1), date(2026, 1, 1) + timedelta(days=first)
    end = grid.period_of(date(2026, 9, 15)).end
    starts = {begin, end} | {begin + timedelta(days=each) for each in cuts}
    starts |= {grid.boundary(number) for number in range(9)}
    ordered = sorted(each for each in starts if begin <= each <= end)
    rows = [(one, other - ONE_DAY) for one, other in pairwise(ordered)]
    assert find(rows, stated=grid) == grid.as_one()
    found = find(rows, stated=Grid(2026, 1, stated, 1))
    assert found is not None
    assert all(last < found.period_of(start).end for start, last in rows)
    assert found.period_of(end - ONE_DAY).end == end
