"""Rows of units that are for the same days: what they come to, and what tells (reference autotask-halo.md 2)."""

from __future__ import annotations

from datetime import date

import pytest

from plans.timeline import Timeline
from psa.autotask.units import UnitRow, adds_up, bill_rows

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
APRIL_10, APRIL_20 = date(2026, 4, 10), date(2026, 4, 20)


def row(start: date, last: date, units: int) -> UnitRow:
    return UnitRow(start, last, units, None, is_posted=False)


def month(start: date, units: int) -> UnitRow:
    """A row for the rest of the month of a day."""
    return row(start, date(2026, start.month, 30 if start.month in (4, 6) else 31), units)


TOTALS = [month(APRIL, 10), month(APRIL_10, 12), month(APRIL_20, 15), month(MAY, 15)]
DELTAS = [month(APRIL, 10), month(APRIL_10, 2), month(APRIL_20, 3), month(MAY, 15)]
BILLED = Timeline(((APRIL, 10), (APRIL_10, 12), (APRIL_20, 15)))


@pytest.mark.parametrize(("rows", "add_up"), [(TOTALS, False), (DELTAS, True)])
def test_a_posted_row_may_stay_whole_beside_what_came_after_it(rows: list[UnitRow], add_up: bool) -> None:
    """10, 12 from the 10th and 15 from the 20th of April: what May has tells how April's rows are to be read."""
    assert adds_up([rows]) is add_up
    assert bill_rows(rows, add_up=add_up) == BILLED


def test_rows_that_are_cut_tell_nothing_and_need_not() -> None:
    cut = [row(APRIL, date(2026, 4, 9), 10), row(APRIL_10, date(2026, 4, 19), 12), month(APRIL_20, 15), month(MAY, 15)]
    assert adds_up([cut]) is False
    assert bill_rows(cut, add_up=False) == bill_rows(cut, add_up=True) == BILLED


def test_another_service_of_the_contract_may_tell() -> None:
    """10 and 2 more, and 8 from May on: whether there were 12 or 2 of them, nobody could say from these alone."""
    mute = [month(APRIL, 10), month(APRIL_10, 2), month(MAY, 8)]
    assert adds_up([mute]) is False
    assert adds_up([mute, DELTAS]) is True
    assert adds_up([DELTAS, mute, TOTALS]) is False, "what contradicts itself proves nothing"


def test_units_that_are_taken_away_can_only_add_up() -> None:
    rows = [month(APRIL, 10), month(APRIL_10, -3), month(MAY, 4)]
    assert adds_up([rows]) is True
    assert bill_rows(rows, add_up=True) == Timeline(((APRIL, 10), (APRIL_10, 7), (MAY, 4)))


def test_rows_that_nothing_follows_tell_nothing() -> None:
    assert adds_up([DELTAS[:3]]) is False
    assert bill_rows(TOTALS[:3], add_up=False) == BILLED


def test_of_two_rows_that_begin_on_one_day_nobody_can_tell_which_holds() -> None:
    rows = [month(APRIL, 10), month(APRIL, 12), month(MAY, 12)]
    assert bill_rows(rows, add_up=False) is None
    assert bill_rows(rows, add_up=True) == Timeline(((APRIL, 22), (MAY, 12)))


def test_a_gap_after_whole_rows_bills_nothing() -> None:
    rows = [month(APRIL, 10), month(APRIL_10, 12), month(JUNE, 12)]
    assert bill_rows(rows, add_up=False) == Timeline(((APRIL, 10), (APRIL_10, 12), (MAY, 0), (JUNE, 12)))


def test_no_rows_bill_nothing() -> None:
    assert bill_rows((), add_up=False) == Timeline()
