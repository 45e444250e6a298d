"""What an adoption puts into the ledger and tells of itself, and what a person reads where it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Addition, Agreement
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, derive_billed
from plans.timeline import Timeline
from tests.unit.plans.makers import (
    AGREEMENT,
    INVOICED_THROUGH,
    MAPPING,
    TODAY,
    journal_of,
    make_addition,
    make_agreement,
    make_change,
    make_intent,
)

SINCE, NOVEMBER_1 = date(2023, 4, 1), date(2026, 11, 1)
BY = Adopter("Ada", TODAY, "billed by hand since 2023")
TYPED = make_addition("9000", 25, effective_on=SINCE)


def take(journal: LineJournal, found: Agreement, *additions: Addition) -> Adoption:
    answer = adopt(journal, found, additions, BY)
    assert isinstance(answer, Adoption)
    return answer


def refuse(journal: LineJournal, *additions: Addition) -> str:
    answer = adopt(journal, make_agreement(additions), additions, BY)
    assert isinstance(answer, NotAdoptable)
    return answer.sentence


def test_an_adoption_tells_who_when_why_and_what_the_line_bills_from_then_on() -> None:
    levels = Timeline(((SINCE, 25),))
    assert take(LineJournal(MAPPING), make_agreement([TYPED]), TYPED) == Adoption(
        mapping_id=MAPPING,
        sequence=0,
        agreement_id=AGREEMENT,
        additions=(TYPED,),
        ledger=LedgerEntry(MAPPING, SINCE, 0, levels, "9000", INVOICED_THROUGH),
        adopted_on=TODAY,
        adopted_by="Ada",
        reason="billed by hand since 2023",
    )


def test_beside_what_the_line_has_only_days_on_no_invoice_are_counted_anew() -> None:
    """10 of ours since 10 October, 25 typed in 2023, October invoiced: October stays 10, November is 35.

    The entry names the first addition by its id, and what was invoiced by then.
    """
    change = make_change(quantity=10, effective_on=date(2026, 10, 10))
    journal = journal_of(change)
    ours = journal.written["9001"].addition
    adoption = take(journal, make_agreement([ours, TYPED]), TYPED)
    assert adoption.additions == (TYPED, ours)
    assert adoption.ledger == LedgerEntry(
        MAPPING, NOVEMBER_1, 1, Timeline(((NOVEMBER_1, 35),)), "9000", INVOICED_THROUGH
    )
    billed = derive_billed(replace(journal, adoptions=(adoption,)).ledger)
    assert billed.steps == ((date(2026, 10, 10), 10), (NOVEMBER_1, 35))


def test_what_begins_later_is_adopted_from_today_on() -> None:
    later = make_addition("9000", 5, effective_on=date(2026, 12, 1))
    entry = take(LineJournal(MAPPING), make_agreement([later]), later).ledger
    assert (entry.effective_on, entry.levels.steps) == (TODAY, ((date(2026, 12, 1), 5),))


def test_an_adoption_of_nothing_names_no_addition() -> None:
    entry = take(journal_of(make_change(quantity=10)), make_agreement()).ledger
    assert (entry.addition_id, entry.quantity, entry.invoiced_through) == ("", 0, INVOICED_THROUGH)


def test_a_refusal_says_what_to_do_instead() -> None:
    """Where a write is on its way, where nothing is there, and where a number is no number of seats."""
    on_its_way = LineJournal(MAPPING, open_intents=(make_intent(make_change()),))
    assert refuse(on_its_way, TYPED) == (
        "A write of this licence is still on its way. Wait until the next night has found it."
    )
    assert refuse(LineJournal(MAPPING)) == "There is no addition of this licence on agreement 1201. Map it anew."
    assert refuse(LineJournal(MAPPING), replace(TYPED, quantity=Decimal("2.5"))) == (
        "Addition 9000 has the quantity 2.5, which is no count of seats. Make it a whole number, 0 or more, in the PSA "
        "first."
    )
    assert refuse(LineJournal(MAPPING), replace(TYPED, quantity=Decimal(3), included=Decimal(5))) == (
        "Addition 9000 has the quantity 3 less 5 included, which is no count of seats. Make it a whole number, 5 or "
        "more, in the PSA first."
    )


def test_what_is_billed_elsewhere_as_well_must_end_there_first() -> None:
    answer = adopt(journal_of(make_change(agreement_id="1300")), make_agreement([TYPED]), [TYPED], BY)
    assert answer == NotAdoptable(
        "The licence is still billed on agreement 1300 as well. Wait until it has ended there."
    )
