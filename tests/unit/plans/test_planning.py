"""What planning decides about one line, case by case (billing rules 3, 5, 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import Apply, Change, CreateAddition, Decision, FinishIntent, Held, HoldRule, Parked, Unchanged
from plans.edits import select_basis
from plans.inputs import LineInput
from plans.journal import Ending, LineJournal
from plans.keys import make_key
from profiles.billing import BillableOption
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    INACTIVE,
    MAPPING,
    NOT_PRORATING,
    PRODUCT,
    TODAY,
    UNKNOWN_INVOICES,
    count_anew,
    journal_of,
    make_addition,
    make_agreement,
    make_change,
    make_evidence,
    make_intent,
    make_line,
    make_mapping,
    make_profile,
    plan,
    plan_one,
    write,
)

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
NEXT_PERIOD = date(2026, 12, 1)
FIRST = make_change(quantity=10, effective_on=date(2026, 11, 2))
SECOND = make_change(sequence=1, quantity=2, effective_on=date(2026, 11, 9))
OURS = write(FIRST)


def decide(line: LineInput, agreement: Agreement | None) -> Decision:
    return plan_one(line, agreement).decision


def make_increase(sequence: int, quantity: int, effective_on: date = TODAY) -> Apply:
    return Apply((make_change(sequence, quantity, effective_on=effective_on),))


def rule_of(decision: Decision) -> HoldRule | None:
    return decision.rule if isinstance(decision, Held) else None


def only_change(decision: Decision) -> Change:
    assert isinstance(decision, Apply)
    (change,) = decision.changes
    return change


@pytest.mark.parametrize(
    ("seats", "additions", "journal", "facts", "expected"),
    [
        pytest.param(0, (), LineJournal(MAPPING), ACTIVE, Unchanged(), id="nothing owed, nothing billed"),
        pytest.param(10, (), LineJournal(MAPPING), ACTIVE, make_increase(0, 10), id="no line yet"),
        pytest.param(
            1, (), LineJournal(MAPPING), NOT_PRORATING, make_increase(0, 1, NEXT_PERIOD), id="first line, no proration"
        ),
        pytest.param(10, (OURS,), journal_of(FIRST), ACTIVE, Unchanged(), id="equal"),
        pytest.param(11, (OURS,), journal_of(FIRST), ACTIVE, make_increase(1, 1), id="increase by one"),
        pytest.param(
            15,
            (OURS, write(SECOND, "9002")),
            journal_of(FIRST, SECOND),
            ACTIVE,
            make_increase(2, 3),
            id="increase above base and delta",
        ),
        pytest.param(
            12, (OURS, write(SECOND, "9002")), journal_of(FIRST, SECOND), ACTIVE, Unchanged(), id="base plus delta"
        ),
        pytest.param(12, (OURS,), journal_of(FIRST), UNKNOWN_INVOICES, make_increase(1, 2), id="invoices unknown"),
    ],
)
def test_a_line_becomes_what_is_owed(
    seats: int,
    additions: tuple[Addition, ...],
    journal: LineJournal,
    facts: AgreementFacts,
    expected: Decision,
) -> None:
    agreement = replace(make_agreement(additions), facts=facts)
    assert decide(make_line(seats, journal), agreement) == expected


@pytest.mark.parametrize(("seats", "rule"), [(0, HoldRule.TO_ZERO), (9, None)])
def test_a_decrease_is_written_once_the_period_is_invoiced_unless_a_brake_bites(
    seats: int, rule: HoldRule | None
) -> None:
    facts = replace(ACTIVE, invoiced_through=date(2026, 11, 30), next_invoice_on=NEXT_PERIOD)
    decision = decide(make_line(seats, journal_of(FIRST)), make_agreement((OURS,), facts))
    assert rule_of(decision) == rule
    if rule is None:
        assert only_change(decision).kind == "set_addition"
    else:
        assert isinstance(decision, Held)
        assert decision.sentence.startswith("10 → 0 Business Premium: nothing would be billed any more.")


def test_a_decrease_before_the_invoice_is_scheduled() -> None:
    line = plan_one(make_line(9, journal_of(FIRST)), make_agreement((OURS,)))
    assert line.decision == Unchanged()
    assert [(each.quantity, each.takes_effect_on) for each in line.scheduled] == [(9, NEXT_PERIOD)]


@pytest.mark.parametrize("agreement", [None, make_agreement((OURS,), INACTIVE)], ids=["missing", "inactive"])
@pytest.mark.parametrize("seats", [0, 10, 12])
def test_a_line_on_an_agreement_that_is_not_active_is_parked(agreement: Agreement | None, seats: int) -> None:
    decision = decide(make_line(seats, journal_of(FIRST)), agreement)
    assert isinstance(decision, Parked)
    assert "not found in the PSA tonight, or is not active" in decision.sentence


def test_a_first_line_beside_an_addition_that_nobody_adopted_waits_for_a_person() -> None:
    decision = decide(make_line(10), make_agreement((make_addition(quantity=10),)))
    assert isinstance(decision, Held)
    assert decision.rule is HoldRule.UNADOPTED_ADDITION


@pytest.mark.parametrize(
    "foreign",
    [
        make_addition(cancelled_on=YESTERDAY, effective_on=date(2026, 1, 1)),
        make_addition(product_id="777"),
        make_addition(key=make_key("another-mapping", 0)),
    ],
    ids=["ended yesterday", "of another product", "made for another mapping"],
)
def test_a_first_line_is_not_stopped_by_an_addition(foreign: Addition) -> None:
    assert decide(make_line(10), make_agreement((foreign,))) == make_increase(0, 10)


@pytest.mark.parametrize(
    "foreign",
    [
        make_addition(effective_on=None),
        make_addition(cancelled_on=TODAY),
        make_addition(cancelled_on=TOMORROW),
        make_addition(quantity=None),
        make_addition(quantity="0.5"),
        make_addition(key="Cloudconsole"),
    ],
    ids=["without a date", "ends today", "ends tomorrow", "without a quantity", "of half a seat", "of another tool"],
)
def test_a_first_line_is_stopped_by_an_addition_that_bills_today(foreign: Addition) -> None:
    decision = decide(make_line(10), make_agreement((foreign,)))
    assert isinstance(decision, Held)
    assert decision.rule is HoldRule.UNADOPTED_ADDITION


def test_a_first_line_is_stopped_by_an_unadopted_addition_that_starts_tomorrow() -> None:
    decision = decide(make_line(10), make_agreement((make_addition(effective_on=TOMORROW),)))
    assert isinstance(decision, Held)


@pytest.mark.parametrize(
    "edited",
    [
        replace(OURS, quantity=Decimal(12)),
        replace(OURS, quantity=Decimal("10.5")),
        replace(OURS, quantity=None),
        replace(OURS, product_id="777"),
        replace(OURS, effective_on=TODAY),
        replace(OURS, effective_on=None),
        replace(OURS, cancelled_on=TOMORROW),
        replace(OURS, billable_option=BillableOption.NO_CHARGE),
    ],
    ids=["quantity", "fraction", "no quantity", "product", "start", "no start", "end", "billable option"],
)
@pytest.mark.parametrize("seats", [0, 10, 12])
def test_a_line_that_a_person_edited_is_parked(edited: Addition, seats: int) -> None:
    decision = decide(make_line(seats, journal_of(FIRST)), make_agreement((edited,)))
    assert isinstance(decision, Parked)
    assert "was changed in the PSA" in decision.sentence


@pytest.mark.parametrize("spelling", ["10", "10.0", "1E+1", "10.000"])
def test_another_spelling_of_the_same_quantity_is_no_edit(spelling: str) -> None:
    same = replace(OURS, quantity=Decimal(spelling))
    assert decide(make_line(10, journal_of(FIRST)), make_agreement((same,))) == Unchanged()


@pytest.mark.parametrize("seats", [0, 10, 12])
def test_a_line_that_a_person_deleted_is_parked_with_its_key(seats: int) -> None:
    decision = decide(make_line(seats, journal_of(FIRST)), make_agreement())
    assert decision == Parked(f"Addition 9001 is gone from agreement {AGREEMENT}. Somebody deleted it in the PSA.")


def test_a_line_that_lost_two_additions_names_the_first_one() -> None:
    decision = decide(make_line(12, journal_of(FIRST, SECOND)), make_agreement())
    assert isinstance(decision, Parked)
    assert "9001" in decision.sentence


def test_an_addition_that_has_an_end_may_leave_the_list() -> None:
    """ConnectWise may leave additions with a cancelled date out of its lists: they bill on as they were."""
    ended = replace(SECOND, ends_on=date(2026, 11, 30))
    line = make_line(12, journal_of(FIRST, ended))
    assert decide(line, make_agreement((OURS,))) == decide(line, make_agreement((OURS, write(ended, "9002"))))


def test_a_key_of_ours_that_the_ledger_does_not_know_is_parked() -> None:
    unknown = make_addition(key=make_key(MAPPING, 7))
    decision = decide(make_line(10), make_agreement((unknown,)))
    assert isinstance(decision, Parked)
    assert "the ledger does not know it" in decision.sentence


def test_an_addition_of_ours_that_was_made_anew_is_parked() -> None:
    decision = decide(make_line(10, journal_of(FIRST)), make_agreement((replace(OURS, id="9999"),)))
    assert isinstance(decision, Parked)
    assert "the ledger does not know it" in decision.sentence


def test_an_addition_of_another_product_with_our_key_is_found_as_an_edit() -> None:
    moved = replace(OURS, product_id="777")
    assert isinstance(decide(make_line(10, journal_of(FIRST)), make_agreement((moved,))), Parked)


def test_an_intent_that_was_refused_leaves_nothing_to_compare_and_takes_its_number() -> None:
    journal = LineJournal(MAPPING, (make_evidence(FIRST, None, Ending.REFUSED),))
    assert decide(make_line(10, journal), make_agreement()) == make_increase(1, 10)


@pytest.mark.parametrize("seats", [0, 9, 10, 50])
@pytest.mark.parametrize("agreement", [None, make_agreement(facts=INACTIVE), make_agreement(), make_agreement((OURS,))])
def test_an_open_intent_is_found_out_about_before_anything_new(seats: int, agreement: Agreement | None) -> None:
    journal = LineJournal(MAPPING, open_intents=(make_intent(FIRST), make_intent(FIRST, attempt=1)))
    assert decide(make_line(seats, journal), agreement) == FinishIntent(FIRST)


def test_a_mapping_that_moved_waits_for_what_was_sent_to_the_old_agreement() -> None:
    journal = LineJournal(MAPPING, open_intents=(make_intent(FIRST),))
    moved = make_line(10, journal, replace(make_mapping(), agreement_id="1202"))
    assert isinstance(decide(moved, make_agreement()), Parked)


def test_a_line_of_ours_that_no_mapping_owns_stops_a_write() -> None:
    orphan = replace(OURS, key="SL-0123456789-0000")
    decision = decide(make_line(10), make_agreement((orphan,)))
    assert isinstance(decision, Held)
    assert decision.rule is HoldRule.UNADOPTED_ADDITION


def test_a_hand_made_line_beside_ours_stops_an_increase() -> None:
    decision = decide(make_line(12, journal_of(FIRST)), make_agreement((OURS, make_addition("9100", quantity=5))))
    assert isinstance(decision, Held)
    assert decision.rule is HoldRule.UNADOPTED_ADDITION


def test_an_agreement_of_another_company_is_never_written_to() -> None:
    agreement = replace(make_agreement(), company_id="999")
    assert isinstance(decide(make_line(10), agreement), Parked)


def test_a_count_that_is_doubted_is_held_but_only_if_it_would_change_something() -> None:
    doubted = replace(make_line(12, journal_of(FIRST)), doubt="Microsoft counts 14.")
    decision = decide(doubted, make_agreement((OURS,)))
    assert isinstance(decision, Held)
    assert decision.rule is HoldRule.COUNT_MISMATCH
    assert decision.changes == ()
    right = replace(make_line(10, journal_of(FIRST)), doubt="Microsoft counts 14.")
    assert decide(right, make_agreement((OURS,))) == Unchanged()


def test_what_an_open_intent_already_put_there_is_not_counted_as_before() -> None:
    journal = LineJournal(MAPPING, open_intents=(make_intent(FIRST),))
    line = plan_one(make_line(10, journal), make_agreement((OURS,)))
    assert (line.quantity_billed, line.quantity_owed) == (0, 10)


def test_a_parked_line_stays_parked_with_its_own_sentence() -> None:
    journal = LineJournal(MAPPING, parked_sentence="Look at this.")
    assert decide(make_line(99, journal), make_agreement()) == Parked("Look at this.")


def test_two_mappings_on_one_agreement_do_not_see_each_other() -> None:
    other = make_mapping("contoso-e3", "sku-e3")
    theirs = make_change(mapping_id=other.id, quantity=4)
    proved = make_evidence(theirs, write(theirs, "9100"), mapping_id=other.id)
    journal = count_anew(LineJournal(other.id, (proved,)), 4, TOMORROW)
    made = plan(
        make_agreement((OURS, write(theirs, "9100"))),
        make_line(12, journal_of(FIRST)),
        make_line(4, journal, other),
    )
    assert {line.mapping_id: line.decision for line in made.lines} == {
        MAPPING: make_increase(1, 2),
        "contoso-e3": Unchanged(),
    }
    assert sorted([each.id for each in line.before[0].additions] for line in made.lines) == [["9001"], ["9100"]]


def test_two_new_mappings_of_one_product_both_get_their_own_line() -> None:
    made = plan(make_agreement(), make_line(3), make_line(5, mapping=make_mapping("contoso-e3", "sku-e3")))
    keys = [change.key for line in made.lines for change in line.changes]
    assert sorted(keys) == sorted([make_key(MAPPING, 0), make_key("contoso-e3", 0)])


@pytest.mark.parametrize("option", list(BillableOption))
def test_the_profile_decides_product_and_billable_option(option: BillableOption) -> None:
    decision = decide(make_line(3, profile=make_profile("888", option)), make_agreement())
    change = only_change(decision)
    assert isinstance(change, CreateAddition)
    assert (change.product_id, change.billable_option) == ("888", option)


def test_a_plan_rests_on_our_additions_and_on_foreign_ones_of_the_product_in_the_order_of_their_ids() -> None:
    additions = (
        make_addition("9005"),
        make_addition("9004", product_id="777"),
        OURS,
        make_addition("9003", key=make_key("another-mapping", 0)),
    )
    basis = select_basis(make_agreement(additions), MAPPING, PRODUCT, journal_of(FIRST).written)
    assert [each.id for each in basis] == ["9001", "9005"]
    assert {(each.unit_price, each.description) for each in basis} == {(None, "")}


def test_a_plan_keeps_what_the_agreement_said() -> None:
    assert plan(make_agreement(facts=NOT_PRORATING), make_line(1)).facts == ((AGREEMENT, NOT_PRORATING),)


def test_a_plan_of_a_missing_agreement_has_no_facts_and_no_changes() -> None:
    made = plan(None, make_line(1))
    assert made.facts == ()
    assert made.facts_of(AGREEMENT) is None
    assert made.changes == ()


def test_only_changes_are_changes() -> None:
    made = plan(make_agreement((OURS,)), make_line(10, journal_of(FIRST)), make_line(3, mapping=make_mapping("new")))
    assert [line.mapping_id for line in made.changes] == ["new"]


def test_a_run_for_an_earlier_day_does_not_bill_the_same_seats_again() -> None:
    tomorrows = make_change(quantity=10, effective_on=TOMORROW)
    line = plan_one(make_line(10, journal_of(tomorrows)), make_agreement((write(tomorrows),)))
    assert not any(isinstance(change, CreateAddition) and change.ends_on is None for change in line.wanted)


def test_an_observed_plan_is_shown_and_only_finds_out_about_promises() -> None:
    made = plan(make_agreement((OURS,)), make_line(12, journal_of(FIRST)))
    observed = replace(made, is_observed=True)
    assert (len(made.changes), observed.changes) == (1, ())
    promised = plan(make_agreement(), make_line(10, LineJournal(MAPPING, open_intents=(make_intent(FIRST),))))
    (line,) = replace(promised, is_observed=True).changes
    assert (line.changes, line.wanted) == ((FIRST,), ())


def test_a_fraction_that_the_psa_leaves_out_is_a_persons_business() -> None:
    addition = replace(make_addition(quantity=10, effective_on=date(2026, 11, 2)), included=Decimal("0.5"))
    change = replace(make_change(quantity=10, effective_on=date(2026, 11, 2)), key="")
    journal = LineJournal(MAPPING, (make_evidence(change, addition),))
    decision = decide(make_line(12, journal), make_agreement((addition,)))
    assert isinstance(decision, Parked)
    assert "10 less 0.5 included, which is no count of seats" in decision.sentence


@pytest.mark.parametrize("quantity", ["NaN", "Infinity"])
def test_a_quantity_that_is_no_number_parks_its_line(quantity: str) -> None:
    edited = replace(OURS, quantity=Decimal(quantity))
    assert isinstance(decide(make_line(10, journal_of(FIRST)), make_agreement((edited,))), Parked)
