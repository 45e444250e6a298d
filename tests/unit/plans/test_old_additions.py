"""Additions that Seatledger did not make are ended like any plan: held, written, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from plans.adoption import Adopter, adopt
from plans.agreements import Addition, AgreementFacts
from plans.changes import Held, HoldRule, SetAddition, Unchanged
from plans.inputs import LineInput
from plans.journal import Adoption, LineJournal
from plans.old_additions import (
    explain_not_endable,
    find_line_profile,
    has_marker,
    is_old_line,
    keep_quantity,
    make_old_line,
)
from plans.plan import LinePlan
from plans.planning import plan_line
from profiles.billing import BillableOption, KeptPrice, Mapping
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    CONNECTION,
    CUSTOMER,
    INACTIVE,
    TODAY,
    UNKNOWN_INVOICES,
    make_addition,
    make_agreement,
    make_evidence,
    make_mapping,
    make_profile,
    make_surroundings,
)

TYPED = replace(
    make_addition("9001", 10, effective_on=date(2026, 3, 10), option=BillableOption.NO_CHARGE), description="By hand"
)
SISTER = make_addition("9002", 4, effective_on=date(2026, 5, 1))
PERIOD_END = date(2026, 11, 30)


def adopt_old(*additions: Addition, ends_on: date | None = None, facts: AgreementFacts = ACTIVE) -> LineInput:
    """The first addition as a line of its own, on an agreement that has all of them."""
    agreement = make_agreement(additions, facts)
    mapping = make_old_line(CUSTOMER, AGREEMENT, additions[0], "Addition 9001", ends_on)
    adoption = adopt(LineJournal(mapping.id), agreement, additions[:1], Adopter("Ada", TODAY, "Old"))
    assert isinstance(adoption, Adoption)
    return make_line(mapping, LineJournal(mapping.id, adoptions=(adoption,)))


def make_line(mapping: Mapping, journal: LineJournal) -> LineInput:
    profile = find_line_profile({}, mapping, journal, CONNECTION)
    assert profile is not None
    seats = keep_quantity(mapping, journal)
    assert seats is not None
    return LineInput(mapping, profile, seats, seats, journal)


def plan(line: LineInput, *additions: Addition, today: date = TODAY, facts: AgreementFacts = ACTIVE) -> LinePlan:
    agreement = make_agreement(additions, facts)
    return plan_line(line, AGREEMENT, make_surroundings([line], today=today, agreements=[agreement]))


def hold_of(planned: LinePlan) -> tuple[HoldRule, SetAddition]:
    assert isinstance(planned.decision, Held), planned.decision
    (change,) = planned.decision.changes
    assert isinstance(change, SetAddition)
    return planned.decision.rule, change


def write(line: LineInput, change: SetAddition) -> LineInput:
    """The line once its write was read back."""
    proof = make_evidence(change, change.after, mapping_id=line.mapping.id, journal=line.journal)
    return make_line(line.mapping, replace(line.journal, evidence=(*line.journal.evidence, proof)))


def test_an_end_is_held_and_changes_nothing_but_the_end() -> None:
    rule, change = hold_of(plan(adopt_old(TYPED), TYPED))
    assert rule is HoldRule.FIRST_AFTER_ADOPTION
    assert change.after == replace(TYPED, cancelled_on=PERIOD_END), "no price, text or option of its own"


@pytest.mark.parametrize("ends_on", [TODAY, date(2026, 11, 25), PERIOD_END, date(2026, 12, 14), date(2027, 3, 31)])
def test_an_end_on_a_chosen_day(ends_on: date) -> None:
    _, change = hold_of(plan(adopt_old(TYPED, ends_on=ends_on), TYPED))
    assert change.after.cancelled_on == ends_on


def test_what_is_invoiced_stays() -> None:
    ahead = replace(ACTIVE, invoiced_through=PERIOD_END)
    line = adopt_old(TYPED, ends_on=date(2026, 11, 24), facts=ahead)
    _, change = hold_of(plan(line, TYPED, facts=ahead))
    assert change.after.cancelled_on == PERIOD_END


def test_others_of_the_same_product_are_left_alone_and_hide_nothing() -> None:
    planned = plan(adopt_old(TYPED, SISTER), TYPED, SISTER)
    rule, change = hold_of(planned)
    assert rule is HoldRule.FIRST_AFTER_ADOPTION and change.before.id == TYPED.id
    assert isinstance(planned.decision, Held)
    assert "somebody asked to end it, and Seatledger did not make it" in planned.decision.sentence


def test_once_written_nothing_is_left_to_do_before_and_after_its_last_day() -> None:
    line = adopt_old(TYPED)
    _, change = hold_of(plan(line, TYPED))
    written = write(line, change)
    for today in (TODAY, PERIOD_END, PERIOD_END + timedelta(days=40)):
        through = ACTIVE if today <= PERIOD_END else replace(ACTIVE, invoiced_through=PERIOD_END)
        assert isinstance(plan(written, change.after, today=today, facts=through).decision, Unchanged)


def test_an_end_is_taken_back_while_it_has_not_passed() -> None:
    line = adopt_old(TYPED)
    _, change = hold_of(plan(line, TYPED))
    written = write(line, change)
    back = make_line(replace(line.mapping, is_ended=False), written.journal)
    (restored,) = plan(replace(back, undo_sequence=0), change.after).changes
    assert isinstance(restored, SetAddition) and restored.after == TYPED
    done = make_line(back.mapping, write(back, restored).journal)
    assert isinstance(plan(done, TYPED).decision, Unchanged)


def test_what_is_not_to_end_any_more_is_left_as_it_is() -> None:
    """Never written, or too late to take back: nothing is added for it, whatever comes."""
    line = adopt_old(TYPED)
    quiet = make_line(replace(line.mapping, is_ended=False), line.journal)
    assert isinstance(plan(quiet, TYPED).decision, Unchanged) and quiet.quantity == 10
    _, change = hold_of(plan(line, TYPED))
    ended = make_line(quiet.mapping, write(line, change).journal)
    later, through = PERIOD_END + timedelta(days=20), replace(ACTIVE, invoiced_through=PERIOD_END)
    too_late = replace(ended, undo_sequence=0)
    assert isinstance(plan(too_late, change.after, today=later, facts=through).decision, Unchanged)


def test_somebody_elses_edit_meanwhile_parks_it() -> None:
    planned = plan(adopt_old(TYPED), replace(TYPED, quantity=Decimal(12)))
    assert not planned.changes and type(planned.decision).__name__ == "Parked"


@given(
    some.integers(min_value=0, max_value=400),
    some.integers(min_value=1, max_value=60),
    some.booleans(),
)
def test_nothing_is_billed_after_the_chosen_day_and_everything_before_it(days: int, seats: int, prorates: bool) -> None:
    facts = replace(ACTIVE, prorates=prorates)
    ends_on = TODAY + timedelta(days=days)
    typed = replace(TYPED, quantity=Decimal(seats))
    _, change = hold_of(plan(adopt_old(typed, ends_on=ends_on, facts=facts), typed, facts=facts))
    assert change.after == replace(typed, cancelled_on=ends_on)


def test_the_profile_of_an_old_line_says_what_the_addition_says() -> None:
    line = adopt_old(TYPED)
    assert (line.profile.product_id, line.profile.billable_option) == (TYPED.product_id, BillableOption.NO_CHARGE)
    assert isinstance(line.profile.price, KeptPrice) and line.profile.connection_id == CONNECTION
    profiles = {"spb": make_profile()}
    assert find_line_profile(profiles, make_mapping(), LineJournal("m"), CONNECTION) == make_profile()
    assert find_line_profile(profiles, line.mapping, LineJournal("m"), CONNECTION) is None
    assert is_old_line(line.mapping) and not is_old_line(make_mapping())
    assert keep_quantity(make_mapping(), LineJournal("m")) is None


def test_two_people_come_to_one_line() -> None:
    one, other = (make_old_line(CUSTOMER, AGREEMENT, TYPED, name, None) for name in ("a", "b"))
    assert one.id == other.id != make_old_line(CUSTOMER, AGREEMENT, SISTER, "a", None).id


def test_what_cannot_be_ended_says_why() -> None:
    here = make_agreement()

    def why(addition: Addition, is_taken: bool = False) -> str:
        return explain_not_endable(addition, here, is_taken)

    assert why(TYPED) == ""
    assert why(TYPED, is_taken=True).startswith("Seatledger bills it.")
    assert why(replace(TYPED, key="SL-7F3A9C2B41-0000")).startswith("Seatledger bills it.")
    assert why(replace(TYPED, cancelled_on=PERIOD_END)) == "It has an end already."
    for quantity in (Decimal("1.5"), None, Decimal(0)):
        assert why(replace(TYPED, quantity=quantity)).startswith("Its quantity is no number of seats.")
    assert why(replace(TYPED, included=Decimal(10))).startswith("Its quantity is no number of seats.")
    assert explain_not_endable(TYPED, make_agreement(facts=INACTIVE), is_taken=False) == "Its agreement is not active."
    unknown = explain_not_endable(TYPED, make_agreement(facts=UNKNOWN_INVOICES), is_taken=False)
    assert unknown == "The invoices are not read."
    unnamed = replace(UNKNOWN_INVOICES, invoicing_doubt="")
    assert explain_not_endable(TYPED, make_agreement(facts=unnamed), is_taken=False).startswith("Nobody knows")
    endless = replace(ACTIVE, grid=None)
    assert explain_not_endable(TYPED, make_agreement(facts=endless), is_taken=False).startswith("Nobody knows")


def test_markers() -> None:
    marked = replace(TYPED, key=" CloudConsole 77 ")
    assert has_marker(marked, "any") and has_marker(marked, "cloudconsole") and not has_marker(marked, "blank")
    assert has_marker(TYPED, "blank") and has_marker(TYPED, "any") and not has_marker(TYPED, "unite")
