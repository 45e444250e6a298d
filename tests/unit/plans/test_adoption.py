"""Adopting what somebody typed, and accepting what somebody changed: the ledger of invoiced days stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import CreateAddition
from plans.journal import Adoption, Ending, Evidence, Intent, LineJournal
from plans.keys import make_key
from plans.ledger import Proof, derive_billed, make_entry
from plans.timeline import Timeline
from profiles.billing import BillableOption
from profiles.periods import Grid

TODAY = date(2026, 4, 20)
BY = Adopter("Ada", TODAY, "billed by hand since 2023")
FACTS = AgreementFacts(True, True, date(2026, 5, 1), None, "1", Grid(2026, 1, 1, 1), date(2026, 3, 31))
TYPED = Addition("9001", "501", Decimal(25), date(2023, 4, 1), None, BillableOption.BILLABLE, "")
CREATE = CreateAddition("100", 0, make_key("m", 0), "501", 10, date(2026, 3, 10), BillableOption.BILLABLE)
OURS = Addition("9002", "501", Decimal(10), CREATE.effective_on, None, BillableOption.BILLABLE, CREATE.key)
MADE = Evidence(
    "m",
    0,
    "2026-03-10",
    "hash",
    Ending.VERIFIED,
    datetime(2026, 3, 10, 2, tzinfo=UTC),
    CREATE,
    (),
    OURS,
    make_entry("m", CREATE, Timeline(), Proof("9002", date(2026, 2, 28))),
    "made",
)


def agreement(*additions: Addition) -> Agreement:
    return Agreement("cw", "100", "Microsoft 365", "1", FACTS, additions)


def take(journal: LineJournal, found: Agreement, *additions: Addition) -> Adoption:
    answer = adopt(journal, found, additions, BY)
    assert isinstance(answer, Adoption)
    return answer


def test_what_was_typed_years_ago_is_billed_since_then() -> None:
    adoption = take(LineJournal("m"), agreement(TYPED), TYPED)
    assert (adoption.sequence, adoption.additions, adoption.adopted_by) == (0, (TYPED,), "Ada")
    assert adoption.ledger.levels == Timeline(((date(2023, 4, 1), 25),))
    assert LineJournal("m", adoptions=(adoption,)).written["9001"].addition == TYPED


def test_what_the_psa_leaves_out_is_not_billed() -> None:
    typed = replace(TYPED, included=Decimal(4))
    assert take(LineJournal("m"), agreement(typed), typed).ledger.quantity == 21


def test_a_changed_quantity_is_accepted_from_the_first_day_not_invoiced() -> None:
    """10 since 10 March, invoiced through 31 March; somebody typed 14 over it in April."""
    changed = replace(OURS, quantity=Decimal(14))
    adoption = take(LineJournal("m", (MADE,), parked_sentence="edited"), agreement(changed))
    assert adoption.sequence == 1
    assert adoption.ledger.effective_on == date(2026, 4, 1)
    accepted = LineJournal("m", (MADE,), adoptions=(adoption,))
    billed = derive_billed(accepted.ledger)
    assert (billed.on(date(2026, 3, 31)), billed.on(date(2026, 4, 1)), billed.final) == (10, 14, 14)
    assert accepted.written["9002"].addition == changed
    assert accepted.is_first_after_adoption


def test_a_deleted_addition_is_let_go_with_the_one_that_replaced_it() -> None:
    adoption = take(LineJournal("m", (MADE,)), agreement(TYPED), TYPED)
    journal = LineJournal("m", (MADE,), adoptions=(adoption,))
    assert set(journal.written) == {"9001"}
    assert derive_billed(journal.ledger).on(TODAY) == 25


def test_a_line_whose_only_addition_was_deleted_begins_again_with_none() -> None:
    """10 since 10 March, invoiced through 31 March; April is billed by nobody until it is written again."""
    adoption = take(LineJournal("m", (MADE,)), agreement())
    journal = LineJournal("m", (MADE,), adoptions=(adoption,))
    billed = derive_billed(journal.ledger)
    assert (billed.on(date(2026, 3, 31)), billed.on(date(2026, 4, 1))) == (10, 0)
    assert journal.written == {}
    assert journal.is_first_after_adoption


def test_where_nobody_knows_what_is_invoiced_it_counts_from_today() -> None:
    unknown = replace(agreement(replace(OURS, quantity=Decimal(9))), facts=replace(FACTS, invoiced_through=None))
    assert take(LineJournal("m", (MADE,)), unknown).ledger.effective_on == TODAY


def intend() -> Intent:
    return Intent("m", 1, 0, "cw", "2026-04-20", "hash", datetime(2026, 4, 20, 2, tzinfo=UTC), CREATE, ())


@pytest.mark.parametrize(
    ("journal", "found", "word"),
    [
        (LineJournal("m", open_intents=(intend(),)), agreement(TYPED), "still on its way"),
        (LineJournal("m"), agreement(), "no addition"),
        (LineJournal("m", (MADE,)), replace(agreement(TYPED), id="200"), "agreement 100 as well"),
        (LineJournal("m"), agreement(replace(TYPED, quantity=Decimal("2.5"))), "no count of seats"),
    ],
)
def test_what_cannot_be_adopted_says_why(journal: LineJournal, found: Agreement, word: str) -> None:
    answer = adopt(journal, found, found.additions, BY)
    assert isinstance(answer, NotAdoptable)
    assert word in answer.sentence
