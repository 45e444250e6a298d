"""When what is left or ended ends, and where its day had its one change of units (billing rules, 3 and 7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

import pytest

from plans.agreements import AgreementFacts
from plans.ends import find_last_day
from profiles.periods import Grid

APRIL_END, MAY, MAY_END = date(2026, 4, 30), date(2026, 5, 1), date(2026, 5, 31)
JUNE, JUNE_END = date(2026, 6, 1), date(2026, 6, 30)
TODAY = date(2026, 4, 29)
MONTHLY = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=MAY,
    ends_on=None,
    grid=Grid(2026, 1, 1, 1),
    invoiced_through=APRIL_END,
    bills_late=True,
    starts_on=date(2026, 1, 1),
)


@pytest.mark.parametrize(
    ("taken", "end"),
    [((), APRIL_END), ((date(2026, 4, 10), JUNE), APRIL_END), ((MAY,), MAY_END), ((MAY, JUNE), JUNE_END)],
)
def test_what_had_its_change_on_the_day_after_ends_a_period_later(taken: Collection[date], end: date) -> None:
    assert find_last_day(MONTHLY, TODAY, taken) == end


def test_where_ends_are_dated_no_day_is_taken() -> None:
    """ConnectWise."""
    assert find_last_day(replace(MONTHLY, bills_late=False), TODAY, (MAY,)) == APRIL_END


def test_what_a_renewal_carried_over_began_without_a_change() -> None:
    assert find_last_day(replace(MONTHLY, starts_on=MAY), TODAY, (MAY,)) == APRIL_END


def test_nobody_knows_the_end_where_nobody_knows_what_is_invoiced() -> None:
    assert find_last_day(replace(MONTHLY, invoiced_through=None), TODAY, ()) is None
