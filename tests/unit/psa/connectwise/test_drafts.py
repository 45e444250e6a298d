"""An addition's last days, and the order of a line's writes (billing rules, 6): worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import april, make_facts, make_own, make_task, may, tell

APRIL_INVOICED = make_facts(april(30))
TWENTY_TWO = Decimal("22.00")


def test_an_addition_bills_its_last_day() -> None:
    """With credits on, 2 that end on 30 April leave on that day: they end with the 29th, for the 30th is billed too."""
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(5), cancelled_on=april(30))]
    task = make_task([(april(1), 10), (april(5), 12), (april(30), 10)], own, today=april(30))
    assert tell(translate_line(task)) == ["addition-1: through 2026-04-29"]


@pytest.mark.parametrize(
    ("last", "told"),
    [(april(30), []), (may(1), ["addition-0: at 22.00"]), (may(2), ["addition-0: at 22.00"])],
)
def test_a_price_is_set_where_a_day_of_the_addition_is_still_to_be_invoiced(last: date, told: list[str]) -> None:
    """April is invoiced: an end on 30 April leaves nothing, one on 1 May leaves that day."""
    own = make_own(0, 10, april(1), cancelled_on=last, uninvoiced_from=may(1), price_due=TWENTY_TWO)
    task = make_task([], [own], today=may(1), facts=APRIL_INVOICED)
    assert tell(translate_line(replace(task, owed=task.billed))) == told


@pytest.mark.parametrize(("seats", "told"), [(0, []), (1, ["addition-0: at 22.00"]), (2, ["addition-0: at 22.00"])])
def test_a_price_is_set_where_any_seat_is_billed(seats: int, told: list[str]) -> None:
    own = make_own(0, seats, april(1), uninvoiced_from=may(1), price_due=TWENTY_TWO)
    task = make_task([], [own], today=may(5), facts=APRIL_INVOICED)
    assert tell(translate_line(replace(task, owed=task.billed))) == told


def test_what_lowers_is_written_newest_first_and_an_end_at_p_last_of_it() -> None:
    """Nothing may stand between the halves of a roll-up. An end on another day than P is none of its halves."""
    own = [make_own(0, 10, april(1)), make_own(1, 2, april(5))]
    owed = [(april(1), 10), (april(5), 12), (may(1), 10)]
    early = make_task(owed, own, today=april(20), description="New")
    assert tell(translate_line(early)) == ["addition-1: through 2026-04-30", "addition-0: “New”"]
    invoiced = tuple(replace(each, uninvoiced_from=may(1)) for each in own)
    late = replace(early, own=invoiced, today=may(5), facts=APRIL_INVOICED)
    assert tell(translate_line(late)) == ["addition-0: “New”", "addition-1: through 2026-04-30"]
