"""What waits on ConnectWise, until when, and what need not wait (billing rules, 3): worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import april, make_facts, make_own, make_task, may, tell

BLIND = make_facts(None, doubt="The invoices are not read.")


@pytest.mark.parametrize(("today", "told"), [(april(30), may(1)), (may(1), may(1)), (may(2), None)])
def test_an_invoice_that_is_due_today_is_still_to_come(today: date, told: date | None) -> None:
    """8 from May on waits for April's invoice, due on 1 May; on the 2nd nobody can tell any more when it is made."""
    task = make_task([(april(1), 10), (may(1), 8)], [make_own(0, 10, april(1))], today=today)
    (waiting,) = translate_line(task).scheduled
    assert (waiting.quantity, waiting.takes_effect_on, waiting.writable_on) == (8, may(1), told)


def test_without_p_seats_that_came_and_went_are_added_for_their_days() -> None:
    """10, and 12 from the 10th through the 19th: that 10 are owed again is no decrease of what is billed."""
    task = make_task(
        [(april(1), 10), (april(10), 12), (april(20), 10)], [make_own(0, 10, april(1))], today=april(20), facts=BLIND
    )
    assert tell(translate_line(task)) == ["2 from 2026-04-10 through 2026-04-19"]
