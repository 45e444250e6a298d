"""What holds for every plan: the same world gives the same hash, another world another one, and one pass is enough."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import (
    AdjustUnits,
    Apply,
    CreateAddition,
    CreditProposal,
    FinishIntent,
    Held,
    HoldRule,
    Parked,
    Scheduled,
    SetAddition,
    Unchanged,
)
from plans.journal import Ending, LineJournal
from plans.keys import KEY_LENGTH_LIMIT, belongs_to_line, find_by_key, is_ours, make_key
from plans.ledger import add_effects
from plans.plan import AgreementPlan, LinePlan, hash_line, hash_plan, spell
from plans.standing import Standing
from plans.timeline import Timeline, make_timeline
from profiles.billing import BillableOption
from profiles.periods import Grid
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    COMPANY,
    MAPPING,
    PRODUCT,
    TODAY,
    make_addition,
    make_agreement,
    make_change,
    make_evidence,
    make_line,
    make_mapping,
    plan,
    write,
)

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
QUANTITIES = st.none() | st.integers(0, 5000).map(Decimal) | st.decimals(0, 500, places=3)
KEYS = st.sampled_from(["", "Cloudconsole", make_key("another", 0), make_key(MAPPING, 0), make_key(MAPPING, 1)])
ADDITIONS = st.builds(
    Addition,
    id=st.integers(1, 9999).map(str),
    product_id=st.sampled_from([PRODUCT, "777"]),
    quantity=QUANTITIES,
    effective_on=st.none() | DAYS,
    cancelled_on=st.none() | DAYS,
    billable_option=st.sampled_from(BillableOption),
    key=KEYS,
)
GRIDS = st.builds(Grid, st.just(2026), st.integers(1, 12), st.integers(1, 31), st.sampled_from([1, 3, 12]))
FACTS = st.builds(
    AgreementFacts,
    is_active=st.booleans(),
    prorates=st.booleans(),
    next_invoice_on=st.none() | DAYS,
    ends_on=st.none() | DAYS,
    company_id=st.just(COMPANY),
    grid=st.none()
    | st.builds(Grid, st.just(2026), st.integers(1, 12), st.integers(1, 31), st.sampled_from([1, 3, 12])),
    invoiced_through=st.none() | DAYS,
)
AGREEMENTS = st.builds(
    lambda additions, facts: make_agreement(additions, facts),
    st.lists(ADDITIONS, max_size=6, unique_by=lambda addition: addition.id),
    FACTS,
)
WHOLE = make_addition(quantity=10, effective_on=date(2026, 11, 2)).without_words_and_price()
LEVELS = make_timeline([(date(2026, 11, 2), 10)])
BASE_LINE = LinePlan(
    mapping_id=MAPPING,
    licence_name="Business Premium",
    product_id=PRODUCT,
    quantity_billed=0,
    quantity_owed=10,
    seats=10,
    before=(Standing(AGREEMENT, (WHOLE,)),),
    billed=Timeline(),
    owed=LEVELS,
    decision=Apply((make_change(),)),
)
BASE = AgreementPlan("contoso", "connectwise", AGREEMENT, ((AGREEMENT, ACTIVE),), (BASE_LINE,))
SET = SetAddition(AGREEMENT, 0, make_key(MAPPING, 0), WHOLE, replace(WHOLE, quantity=Decimal(8)), TODAY)
ADJUST = AdjustUnits(AGREEMENT, 0, make_key(MAPPING, 0), "7", TODAY, 10, 12)


def with_line(**changes: object) -> AgreementPlan:
    return replace(BASE, lines=(replace(BASE_LINE, **changes),))  # type: ignore[arg-type]


def with_facts(**changes: object) -> AgreementPlan:
    return replace(BASE, facts=((AGREEMENT, replace(ACTIVE, **changes)),))  # type: ignore[arg-type]


def with_before(**changes: object) -> AgreementPlan:
    return with_line(before=(Standing(AGREEMENT, (replace(WHOLE, **changes),)),))  # type: ignore[arg-type]


def with_change(**changes: object) -> AgreementPlan:
    return with_line(decision=Apply((replace(make_change(), **changes),)))  # type: ignore[arg-type]


MOVED = {
    "customer": replace(BASE, customer_id="fabrikam"),
    "connection": replace(BASE, connection_id="other"),
    "agreement": replace(BASE, agreement_id="1202"),
    "observed": replace(BASE, is_observed=True),
    "no facts": replace(BASE, facts=()),
    "facts of another": replace(BASE, facts=(*BASE.facts, ("1202", ACTIVE))),
    "status": with_facts(is_active=False),
    "proration": with_facts(prorates=False),
    "next invoice": with_facts(next_invoice_on=date(2027, 1, 1)),
    "no next invoice": with_facts(next_invoice_on=None),
    "end": with_facts(ends_on=date(2027, 1, 1)),
    "invoiced": with_facts(invoiced_through=date(2026, 11, 30)),
    "invoices unknown": with_facts(invoiced_through=None),
    "periods": with_facts(grid=Grid(2026, 1, 15, 1)),
    "company": with_facts(company_id="43"),
    "parent": with_facts(parent_id="1100"),
    "mapping": with_line(mapping_id="other"),
    "product": with_line(product_id="777"),
    "quantity billed": with_line(quantity_billed=1),
    "owed": with_line(quantity_owed=11),
    "raw count": with_line(seats=11),
    "billed by day": with_line(billed=LEVELS),
    "owed by day": with_line(owed=Timeline()),
    "transfer": with_line(transfer=("old",)),
    "nothing before": with_line(before=()),
    "before on another agreement": with_line(before=(Standing("1202", (WHOLE,)),)),
    "one more before": with_line(before=(Standing(AGREEMENT, (WHOLE, replace(WHOLE, id="9002"))),)),
    "before: id": with_before(id="9002"),
    "before: quantity": with_before(quantity=Decimal(11)),
    "before: half a seat": with_before(quantity=Decimal("10.5")),
    "before: no quantity": with_before(quantity=None),
    "before: start": with_before(effective_on=TODAY),
    "before: end": with_before(cancelled_on=TODAY),
    "before: option": with_before(billable_option=BillableOption.NO_CHARGE),
    "before: key": with_before(key="Cloudconsole"),
    "before: included": with_before(included=Decimal(1)),
    "change: agreement": with_change(agreement_id="1202"),
    "change: number": with_change(sequence=1),
    "change: key": with_change(key=make_key(MAPPING, 1)),
    "change: product": with_change(product_id="777"),
    "change: quantity": with_change(quantity=11),
    "change: start": with_change(effective_on=date(2026, 11, 23)),
    "change: end": with_change(ends_on=date(2026, 11, 30)),
    "change: option": with_change(billable_option=BillableOption.DO_NOT_BILL),
    "change: price": with_change(unit_price=Decimal("20.00")),
    "change: text": with_change(description="Ada"),
    "set": with_line(decision=Apply((SET,))),
    "set: after": with_line(decision=Apply((replace(SET, after=replace(WHOLE, quantity=Decimal(7))),))),
    "set: from": with_line(decision=Apply((replace(SET, describes_from=date(2026, 12, 1)),))),
    "adjust": with_line(decision=Apply((ADJUST,))),
    "adjust: units": with_line(decision=Apply((replace(ADJUST, units_after=13),))),
    "two changes": with_line(decision=Apply((make_change(), make_change(1)))),
    "unchanged": with_line(decision=Unchanged()),
    "parked": with_line(decision=Parked("Look.")),
    "finish": with_line(decision=FinishIntent(make_change())),
    "held": with_line(decision=Held(HoldRule.TO_ZERO, "Look.")),
    "held by another rule": with_line(decision=Held(HoldRule.LARGE_DROP, "Look.")),
    "held with changes": with_line(decision=Held(HoldRule.LARGE_DROP, "Look.", (make_change(),))),
    "no lines": replace(BASE, lines=()),
    "two lines": replace(BASE, lines=(BASE_LINE, replace(BASE_LINE, mapping_id="other"))),
}
FORECAST = {
    "scheduled": with_line(scheduled=(Scheduled(8, date(2026, 12, 1), date(2026, 12, 1), "8 from 1 December."),)),
    "proposed": with_line(proposals=(CreditProposal(TODAY, TODAY, 1, Decimal("0.67"), "Give it back."),)),
    "price": with_line(unit_price=Decimal("20.00")),
}


@pytest.mark.parametrize("name", MOVED)
def test_the_hash_moves_with_everything_that_a_plan_rests_on(name: str) -> None:
    assert hash_plan(MOVED[name]) != hash_plan(BASE)


@pytest.mark.parametrize("name", FORECAST)
def test_the_hash_does_not_move_with_a_forecast(name: str) -> None:
    assert hash_plan(FORECAST[name]) == hash_plan(BASE)


def test_no_two_of_these_plans_share_a_hash() -> None:
    assert len({hash_plan(each) for each in MOVED.values()}) == len(MOVED)


APPROVED_MOVES = {name: each for name, each in MOVED.items() if name.startswith(("change", "set", "adjust", "before"))}


@pytest.mark.parametrize("name", APPROVED_MOVES)
def test_an_approval_moves_with_the_writes_and_what_they_rest_on(name: str) -> None:
    made = APPROVED_MOVES[name]
    assert hash_line(made, made.lines[0]) != hash_line(BASE, BASE_LINE)


@pytest.mark.parametrize("name", ["status", "proration", "next invoice", "end", "invoiced", "periods"])
def test_an_approval_moves_with_the_facts_that_it_rests_on(name: str) -> None:
    assert hash_line(MOVED[name], BASE_LINE) != hash_line(BASE, BASE_LINE)


def test_an_approval_of_what_was_held_is_one_of_what_is_written() -> None:
    held = MOVED["held with changes"]
    assert hash_line(held, held.lines[0]) == hash_line(BASE, BASE_LINE)


def test_an_approval_does_not_move_with_other_lines_or_agreements() -> None:
    other = replace(MOVED["facts of another"], lines=(BASE_LINE, replace(BASE_LINE, mapping_id="other")))
    assert hash_line(other, BASE_LINE) == hash_line(BASE, BASE_LINE)


@pytest.mark.parametrize("spelling", ["10", "10.0", "1E+1", "10.000"])
def test_the_hash_does_not_depend_on_how_a_quantity_is_spelled(spelling: str) -> None:
    assert hash_plan(with_before(quantity=Decimal(spelling))) == hash_plan(BASE)


def test_the_hash_is_the_same_on_every_machine() -> None:
    empty = AgreementPlan("a", "b", "c", (), ())
    text = '{"agreement_id":"c","connection_id":"b","customer_id":"a","facts":[],"is_observed":false,"lines":[]}'
    assert hash_plan(empty) == hashlib.sha256(text.encode()).hexdigest()


@given(agreement=st.none() | AGREEMENTS, seats=st.integers(0, 5000))
def test_planning_twice_gives_the_same_hash(agreement: Agreement | None, seats: int) -> None:
    assert hash_plan(plan(agreement, make_line(seats))) == hash_plan(plan(agreement, make_line(seats)))


@given(agreement=AGREEMENTS, seats=st.integers(0, 50), data=st.data())
def test_the_order_in_which_the_psa_lists_additions_does_not_matter(
    agreement: Agreement, seats: int, data: st.DataObject
) -> None:
    shuffled = replace(agreement, additions=tuple(data.draw(st.permutations(agreement.additions))))
    assert hash_plan(plan(shuffled, make_line(seats))) == hash_plan(plan(agreement, make_line(seats)))


def test_the_order_in_which_mappings_are_read_does_not_matter() -> None:
    first, second = make_line(3), make_line(5, mapping=make_mapping("contoso-e3"))
    assert hash_plan(plan(make_agreement(), first, second)) == hash_plan(plan(make_agreement(), second, first))


@given(agreement=AGREEMENTS, seats=st.integers(0, 50))
def test_additions_that_are_not_the_lines_business_do_not_move_the_hash(agreement: Agreement, seats: int) -> None:
    other = (make_addition("77777", product_id="777"), make_addition("77778", key=make_key("another", 3)))
    wider = replace(agreement, additions=agreement.additions + other)
    assert hash_plan(plan(wider, make_line(seats))) == hash_plan(plan(agreement, make_line(seats)))


@given(agreement=AGREEMENTS, seats=st.integers(0, 5000))
def test_what_would_be_written_brings_the_line_to_what_is_owed(agreement: Agreement, seats: int) -> None:
    line = plan(agreement, make_line(seats)).lines[0]
    assert not line.wanted or add_effects(line.billed, line.wanted).final == line.quantity_owed


@given(agreement=AGREEMENTS, seats=st.integers(0, 5000))
def test_a_first_change_never_starts_in_the_past_and_never_touches_an_inactive_agreement(
    agreement: Agreement, seats: int
) -> None:
    decision = plan(agreement, make_line(seats)).lines[0].decision
    if isinstance(decision, Apply):
        assert all(isinstance(change, CreateAddition) and change.effective_on >= TODAY for change in decision.changes)
        assert agreement.facts.is_active


@pytest.mark.parametrize("ending", list(Ending))
def test_a_finished_intent_takes_its_number_however_it_ended(ending: Ending) -> None:
    assert LineJournal(MAPPING, (make_evidence(make_change(), None, ending),)).next_sequence == 1


def test_what_was_written_is_found_by_its_key_and_what_was_refused_is_not() -> None:
    change, refused = make_change(), make_change(1)
    journal = LineJournal(MAPPING, (make_evidence(change, write(change)), make_evidence(refused, None)))
    assert {each.addition.id: each.addition for each in journal.written.values()} == {"9001": write(change)}


@given(mapping_id=st.text(max_size=300), sequence=st.integers(0, 999_999))
def test_a_key_fits_the_field_that_carries_it(mapping_id: str, sequence: int) -> None:
    key = make_key(mapping_id, sequence)
    assert len(key) <= KEY_LENGTH_LIMIT
    assert key.isascii()


@given(
    lines=st.lists(st.tuples(st.text(max_size=40), st.integers(0, 20_000)), min_size=2, max_size=40, unique=True),
)
def test_no_two_intents_share_a_key(lines: list[tuple[str, int]]) -> None:
    assert len({make_key(*line) for line in lines}) == len(lines)


@given(mapping_id=st.text(max_size=40), other_id=st.text(max_size=40), sequence=st.integers(0, 20_000))
def test_an_addition_belongs_to_the_one_line_that_its_key_names(mapping_id: str, other_id: str, sequence: int) -> None:
    addition = make_addition(key=make_key(mapping_id, sequence))
    assert is_ours(addition)
    assert belongs_to_line(addition, mapping_id)
    assert belongs_to_line(addition, other_id) == (other_id == mapping_id)


@pytest.mark.parametrize("key", ["", "Cloudconsole", "Unite", "sl-7F3A9C2B41-0000", "LSYNC-3F9A2C71D0"])
def test_the_marks_of_other_tools_are_not_ours(key: str) -> None:
    assert not is_ours(make_addition(key=key))


def test_additions_are_found_by_the_whole_key_only() -> None:
    key = make_key(MAPPING, 1)
    twins = (make_addition("1", key=key), make_addition("2", key=key))
    others = (make_addition("3", key=key + "0"), make_addition("4", key=key.lower()), make_addition("5"))
    assert find_by_key(twins + others, key) == twins


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 11, 2), "2026-11-02"),
        (datetime(2026, 11, 2, 3, 4), "2026-11-02T03:04:00"),  # noqa: DTZ001 - only its spelling matters
        (Decimal("1E+3"), "1000"),
        (Decimal("0.50"), "0.5"),
        (Decimal(0), "0"),
    ],
)
def test_every_value_has_one_spelling(value: object, text: str) -> None:
    assert spell(value) == text


def test_a_mapping_is_spelled_as_a_plain_dictionary() -> None:
    class Frozen(dict[str, int]):
        pass

    assert type(spell(Frozen(a=1))) is dict


@pytest.mark.parametrize("value", [b"x", 1j, object()], ids=["bytes", "complex", "object"])
def test_a_plan_may_not_hold_what_has_no_spelling(value: object) -> None:
    with pytest.raises(TypeError, match="a plan may not hold"):
        spell(value)


def test_a_plan_may_not_hold_a_set() -> None:
    with pytest.raises(TypeError, match="frozenset"):
        hash_plan(with_line(before=frozenset({1})))
