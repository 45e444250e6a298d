"""What a write that is taken back puts back, field by field, and from which day on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, SetAddition
from plans.journal import LineJournal
from plans.keys import make_key
from plans.lines import open_line
from plans.undo import TooLate, undo
from profiles.billing import BillableOption
from tests.unit.plans.agreements import HOME
from tests.unit.plans.makers import (
    AGREEMENT,
    MAPPING,
    UNKNOWN_INVOICES,
    journal_of,
    make_agreement,
    make_change,
    make_evidence,
    make_line,
    make_surroundings,
    write,
)
from tests.unit.plans.nights import SPB, april, in_advance, may, tell_change

OCTOBER_10, NOVEMBER_1, NEW_YEARS_EVE = date(2026, 10, 10), date(2026, 11, 1), date(2026, 12, 31)
MADE = make_change(quantity=10, effective_on=OCTOBER_10)
BEFORE = replace(write(MADE), cancelled_on=NEW_YEARS_EVE, description="Ten people")


def take_back(journal: LineJournal, sequence: int, *additions: Addition) -> Change | TooLate:
    """The answer to a person who wants that write of the line taken back."""
    line = make_line(10, journal)
    around = make_surroundings((line,), agreements=(make_agreement(additions),))
    return undo(open_line(line, around), sequence, around)


def change_once(before: Addition, after: Addition) -> LineJournal:
    """The line made 10 on 10 October, and changed them once."""
    journal = journal_of(MADE)
    change = SetAddition(AGREEMENT, 1, make_key(MAPPING, 1), before, after, NOVEMBER_1)
    entry = replace(make_evidence(change, after, journal=journal), plan_hash="another")
    return replace(journal, evidence=(*journal.evidence, entry))


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal(8)},
        {"billable_option": BillableOption.NO_CHARGE},
        {"unit_price": Decimal("22.00")},
        {"description": "Eleven people"},
        {"quantity": Decimal(8), "unit_price": Decimal("22.00"), "description": "Eight people"},
    ],
)
def test_whatever_was_written_is_put_back_and_all_else_stays(changes: dict[str, object]) -> None:
    """The end on 31 December stays as well. It speaks of the day that the write spoke of, under the next number."""
    after = replace(BEFORE, **changes)  # type: ignore[arg-type]
    assert take_back(change_once(BEFORE, after), 1, after) == SetAddition(
        AGREEMENT, 2, make_key(MAPPING, 2), after, BEFORE, NOVEMBER_1
    )


def test_an_end_goes_back_to_the_day_it_was() -> None:
    """31 December became 30 November."""
    after = replace(BEFORE, cancelled_on=date(2026, 11, 30))
    answer = take_back(change_once(BEFORE, after), 1, after)
    assert isinstance(answer, SetAddition)
    assert (answer.before, answer.after, answer.is_dated) == (after, BEFORE, True)


def test_an_increase_dated_before_the_last_invoice_and_made_after_it_is_on_none() -> None:
    """In advance April is invoiced on the 1st; 2 more on the 16th are caught up in May, and may be taken back until
    then."""
    world = in_advance()
    world.night(april(16), 12)

    def ask(today: date) -> Change | TooLate:
        around = world.surround(today)
        return undo(open_line(world.make_input(SPB), around), 1, around)

    answer = ask(april(17))
    assert not isinstance(answer, TooLate)
    assert tell_change(answer) == "1202: 2→0"
    world.psas[HOME].invoice()
    late = ask(may(2))
    assert isinstance(late, TooLate)
    assert late.sentence.startswith("It was created before the last invoice: addition 1202 is invoiced through")


def test_an_addition_without_a_first_day_goes_to_nothing_from_the_first_reading_on() -> None:
    found = replace(write(MADE), effective_on=None)
    entry = make_evidence(MADE, found)
    answer = take_back(LineJournal(MAPPING, evidence=(entry,)), 0, found)
    assert isinstance(answer, SetAddition)
    assert (answer.after.quantity, answer.describes_from) == (Decimal(0), OCTOBER_10)


def test_it_says_what_a_person_can_do_where_it_is_too_late() -> None:
    journal = journal_of(MADE)
    adjusted = replace(journal.evidence[0], change=AdjustUnits(AGREEMENT, 0, "", "9001", OCTOBER_10, 0, 10))
    assert take_back(replace(journal, evidence=(adjusted,)), 0, write(MADE)) == TooLate(
        "An adjustment cannot be taken back. Make the opposite one in the PSA, and accept it here."
    )
    line = make_line(10, journal)
    around = make_surroundings((line,), agreements=(make_agreement([write(MADE)], UNKNOWN_INVOICES),))
    unknown = undo(open_line(line, around), 0, around)
    assert isinstance(unknown, TooLate)
    assert unknown.sentence == (
        "It was created, and the PSA does not say what it has invoiced of addition 9001 since. Correct it there."
    )
