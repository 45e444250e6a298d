"""When a delta may become part of the base (billing rules, 6): not before all of its first period is invoiced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import april, make_facts, make_own, make_task, may, tell


def roll_up(delta_uninvoiced_from: date, through: date, base_uninvoiced_from: date) -> list[str]:
    """10 since 1 April and 2 since the 5th, on which invoices saw what they are said to have seen."""
    own = [
        make_own(0, 10, april(1), uninvoiced_from=base_uninvoiced_from),
        make_own(1, 2, april(5), uninvoiced_from=delta_uninvoiced_from),
    ]
    facts = make_facts(through, next_invoice_on=date(2026, 6, 1))
    task = make_task([], own, today=may(5), facts=facts)
    return tell(translate_line(replace(task, owed=task.billed)))


def test_what_is_invoiced_through_p_is_rolled_up() -> None:
    assert roll_up(may(1), april(30), may(1)) == ["addition-1: through 2026-04-30", "addition-0: 10→12"]


@pytest.mark.parametrize(("delta", "base"), [(april(15), may(1)), (may(1), april(15)), (may(2), may(1))])
def test_what_is_not_invoiced_just_through_p_stays_a_line(delta: date, base: date) -> None:
    """Through the 14th only, or beyond P: its end on 30 April would not be its last invoiced day."""
    assert roll_up(delta, april(30), base) == []


def test_half_a_period_that_is_invoiced_is_not_enough() -> None:
    """P is 15 April: the delta of the 5th, invoiced through that day, has most of its first period before it."""
    assert roll_up(april(16), april(15), april(16)) == []


def test_a_first_period_that_is_over_is_enough() -> None:
    """P is 15 May, in the period after the delta's first."""
    assert roll_up(may(16), may(15), may(16)) == ["addition-1: through 2026-05-15", "addition-0: 10→12"]
