"""Several changes of a line, several lines of a plan, and the turns of all agreements they touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.changes import Change, CreateAddition, FinishIntent, Held, HoldRule, SetAddition, Unchanged
from plans.errors import Retry
from plans.ports import Accepted, InDoubt, Refused, WriteAnswer
from plans.results import SeatChange
from plans.runs import CustomerState
from sync.outcomes import Again
from tests.unit.sync.desk import (
    AWAY,
    CONNECTION,
    HOME,
    MAPPING,
    NEXT,
    THROUGH,
    TODAY,
    Bench,
    make_addition,
    make_create,
    make_set,
)

BASE = make_addition("8001", 10)
DELTA = make_addition("8002", 2, effective_on=date(2026, 11, 10))
END_DELTA = make_set(DELTA, 0, cancelled_on=THROUGH)
RAISE_BASE = make_set(BASE, 1, quantity=Decimal(12))
OTHER = "contoso-e3"


@pytest.fixture
def roll_up() -> Bench:
    """Ten seats and two, which are to become one addition of twelve after the last invoice."""
    bench = Bench()
    bench.own(BASE, DELTA)
    bench.plan(END_DELTA, RAISE_BASE)
    return bench


async def test_changes_are_written_one_after_the_other(roll_up: Bench) -> None:
    result = await roll_up.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.CHANGED, 2, 2)
    assert roll_up.psa.sent == [END_DELTA, RAISE_BASE]
    assert sorted(roll_up.books.intents) == [(MAPPING, 0, 0), (MAPPING, 1, 0)]
    assert roll_up.told == [
        "Business Premium: 12 → 10 from 1 Dec 2026, addition 8002 ends on 30 Nov 2026. "
        "It is a roll-up: the same seats, in fewer additions.",
        "Business Premium: 10 → 12 from 1 Dec 2026, addition 8001. "
        "It is a roll-up: the same seats, in fewer additions.",
    ]


async def test_a_line_of_several_changes_is_shown_once_with_what_it_comes_to(roll_up: Bench) -> None:
    assert (await roll_up.push()).changes == (SeatChange("Business Premium", 12, 12, NEXT, "8002", MAPPING),)


async def test_the_ledger_follows_every_change(roll_up: Bench) -> None:
    await roll_up.push()
    assert [(entry.effective_on, entry.quantity) for entry in roll_up.ledger] == [(NEXT, 10), (NEXT, 12)]
    assert [settlement.last_quantity for settlement in roll_up.books.settlements] == [10, 12]


async def test_each_promise_is_made_after_the_one_before_was_proved(roll_up: Bench) -> None:
    seen: list[tuple[int, int]] = []

    async def send(change: Change) -> WriteAnswer:
        seen.append((len(roll_up.books.intents), len(roll_up.books.evidence)))
        return Accepted(roll_up.psa.act(change))

    roll_up.psa.on_send = send
    await roll_up.push()
    assert seen == [(1, 0), (2, 1)]


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(("acts", "sent_at_last"), [(True, 2), (False, 3)])
async def test_a_push_goes_on_where_it_was(roll_up: Bench, number: int, acts: bool, sent_at_last: int) -> None:
    async def send(change: Change) -> WriteAnswer:
        if len(roll_up.psa.sent) == number:
            if acts:
                roll_up.psa.act(change)
            return InDoubt("lost")
        return Accepted(roll_up.psa.act(change))

    roll_up.psa.on_send = send
    await roll_up.push_again()
    assert len(roll_up.psa.sent) == number
    roll_up.outwait()
    result = await roll_up.push()
    assert (result.state, result.verified) == (CustomerState.CHANGED, 2)
    assert len(roll_up.psa.sent) == sent_at_last
    assert len(roll_up.history) == 2


def refuse(bench: Bench) -> None:
    bench.answer(Refused("No."))


def misread(bench: Bench) -> None:
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, quantity=Decimal(1))


def add_another(bench: Bench) -> None:
    bench.psa.put(make_addition("77", 3))


@pytest.mark.parametrize(
    ("trouble", "ending", "state"),
    [
        (refuse, "refused", CustomerState.FAILED),
        (misread, "mismatch", CustomerState.PARKED),
        (add_another, "overtaken", CustomerState.PARKED),
    ],
)
async def test_a_line_stops_at_its_first_change_that_does_not_end_well(
    roll_up: Bench, trouble: Callable[[Bench], None], ending: str, state: CustomerState
) -> None:
    trouble(roll_up)
    result = await roll_up.push()
    assert roll_up.endings == [ending]
    assert (result.state, len(result.sentences), result.changes) == (state, 1, ())
    assert sorted(roll_up.books.intents) == [(MAPPING, 0, 0)]


async def test_what_was_proved_before_a_line_stopped_is_shown_and_kept(roll_up: Bench) -> None:
    async def send(change: Change) -> WriteAnswer:
        return Refused("No.") if change == RAISE_BASE else Accepted(roll_up.psa.act(change))

    roll_up.psa.on_send = send
    result = await roll_up.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.FAILED, 1, 1)
    assert result.changes == (SeatChange("Business Premium", 12, 10, NEXT, "8002", MAPPING),)
    assert result.sentences == ("No.",)
    assert [settlement.last_quantity for settlement in roll_up.books.settlements] == [10, 10]


@pytest.mark.parametrize(
    ("through", "endings", "parked"),
    [
        # It may have billed the delta, whose end the invoice did not know: a person must look.
        (date(2026, 12, 31), ["verified"], "1 Dec 2026 through 31 Dec 2026 may have been billed with 2 seats too many"),
        # One that was deleted has billed nothing, and the plan rests on another P.
        (date(2026, 10, 31), ["verified", "overtaken"], ""),
    ],
)
async def test_an_invoice_between_two_changes_stops_the_second(
    roll_up: Bench, through: date, endings: list[str], parked: str
) -> None:
    def invoice(addition: Any) -> Any:
        roll_up.psa.invoice(through)
        return addition

    roll_up.psa.read_back = invoice
    await roll_up.push()
    assert roll_up.endings == endings
    assert parked in (roll_up.parked or "")
    assert roll_up.psa.sent == [END_DELTA]


async def test_a_park_of_a_verified_change_stops_the_next() -> None:
    bench = Bench()
    bench.own(BASE, DELTA)
    raise_first, end_last = make_set(BASE, 0, quantity=Decimal(12)), make_set(DELTA, 1, cancelled_on=THROUGH)
    bench.plan(raise_first, end_last)

    def invoice(addition: Any) -> Any:
        bench.psa.invoice(date(2026, 12, 31))
        return addition

    bench.psa.read_back = invoice
    result = await bench.push()
    assert (result.state, result.verified) == (CustomerState.PARKED, 1)
    assert result.sentences == (bench.parked,)
    assert bench.psa.sent == [raise_first]
    assert await bench.push() == result


# What an earlier change left behind is no edit


async def test_an_addition_may_be_changed_twice() -> None:
    ended = make_set(BASE, 0, cancelled_on=date(2026, 12, 31))
    lowered = SetAddition(HOME, 1, "k", ended.after, replace(ended.after, quantity=Decimal(8)), NEXT)
    bench = Bench()
    bench.own(BASE)
    bench.plan(ended, lowered)
    assert (await bench.push()).verified == 2
    assert bench.psa.additions()[0] == lowered.after


async def test_an_addition_that_moved_between_its_two_changes_is_left_alone() -> None:
    ended = make_set(BASE, 0, cancelled_on=date(2026, 12, 31))
    lowered = SetAddition(HOME, 1, "k", ended.after, replace(ended.after, quantity=Decimal(8)), NEXT)
    bench = Bench()
    bench.own(BASE)
    bench.plan(ended, lowered)

    async def send(change: Change) -> WriteAnswer:
        bench.psa.act(change)
        bench.psa.on_read = lambda: bench.psa.edit("8001", quantity=Decimal(9))
        return Accepted("8001")

    bench.psa.on_send = send
    result = await bench.push()
    assert bench.psa.sent == [ended]
    assert bench.endings == ["verified", "overtaken"]
    assert "quantity was 10, found 9" in result.sentences[0]


async def test_additions_made_by_earlier_changes_are_no_edit() -> None:
    bench = Bench()
    bench.own(BASE)
    bench.plan(make_create(0, 2), make_create(1, 3, ends_on=THROUGH), make_set(BASE, 2, description="x"))
    result = await bench.push()
    assert (result.verified, bench.parked) == (3, None)
    assert result.changes == (SeatChange("Business Premium", 10, 12, TODAY, "9001", MAPPING),)


async def test_an_edit_of_any_other_addition_between_two_changes_is_found(roll_up: Bench) -> None:
    third = make_addition("8003", 1)
    bench = Bench()
    bench.own(BASE, DELTA, third)
    bench.plan(END_DELTA, RAISE_BASE)

    async def send(change: Change) -> WriteAnswer:
        bench.psa.edit("8003", quantity=Decimal(5))
        return Accepted(bench.psa.act(change))

    bench.psa.on_send = send
    await bench.push()
    assert bench.endings == ["verified", "overtaken"]


async def test_an_ended_addition_that_no_list_shows_any_more_is_no_edit(roll_up: Bench) -> None:
    async def send(change: Change) -> WriteAnswer:
        roll_up.psa.act(change)
        roll_up.psa.hidden.add("8002")
        return Accepted("")

    roll_up.psa.on_send = send
    assert (await roll_up.push()).verified == 2


# Several agreements


def make_move() -> tuple[SetAddition, CreateAddition]:
    old = make_addition("7001", 10)
    return replace(make_set(old, 0, cancelled_on=THROUGH), agreement_id=AWAY), make_create(1, 10, effective_on=NEXT)


@pytest.fixture
def move() -> Bench:
    """A line that leaves one agreement for another."""
    bench = Bench()
    bench.own(make_addition("7001", 10), agreement_id=AWAY)
    bench.plan(*make_move())
    return bench


async def test_a_line_is_written_on_every_agreement_it_touches(move: Bench) -> None:
    result = await move.push()
    assert (result.verified, move.books.turns) == (2, {})
    assert move.books.turns_taken == [HOME, AWAY]
    assert [each.cancelled_on for each in move.psa.additions(AWAY)] == [THROUGH]
    assert [each.quantity for each in move.psa.additions(HOME)] == [10]
    assert [settlement.agreement_ids for settlement in move.books.settlements] == [(AWAY,), (HOME, AWAY)]
    assert move.told == [
        "Business Premium: 10 → 0 from 1 Dec 2026, addition 7001 ends on 30 Nov 2026.",
        "Business Premium: 0 → 10 from 1 Dec 2026, addition 9001.",
    ]


@pytest.mark.parametrize("changed", [HOME, AWAY])
async def test_the_facts_of_each_agreement_are_compared_before_its_write(move: Bench, changed: str) -> None:
    move.psa.invoice(date(2026, 12, 31), changed)
    await move.push()
    assert move.endings == (["overtaken"] if changed == AWAY else ["verified", "overtaken"])


async def test_an_agreement_that_the_plan_does_not_rest_on_is_not_written(move: Bench) -> None:
    plan = move.archive.plans[move.plan_hash]
    move.archive.plans[move.plan_hash] = replace(plan, facts=plan.facts[:1])
    await move.push()
    assert move.endings == ["overtaken"]
    assert move.psa.sent == []


@pytest.mark.parametrize("taken", [HOME, AWAY])
async def test_where_one_turn_cannot_be_had_the_others_are_given_back(move: Bench, taken: str) -> None:
    until = move.time + timedelta(minutes=5)
    await move.books.take_turn(CONNECTION, taken, "another-run", until)
    again = await move.push_again()
    assert again == Again(60, f"another run is writing to agreement {taken}")
    assert move.books.turns == {(CONNECTION, taken): ("another-run", until)}
    assert move.psa.calls == []


async def test_all_turns_are_kept_while_a_line_is_in_doubt(move: Bench) -> None:
    move.answer(InDoubt("lost"))
    again = await move.push_again()
    assert sorted(move.books.turns) == [(CONNECTION, HOME), (CONNECTION, AWAY)]
    assert all(until > move.time + timedelta(seconds=again.seconds) for _, until in move.books.turns.values())


async def test_two_plans_of_one_run_and_customer_take_turns(move: Bench) -> None:
    """The plan of the agreement that the line leaves has lines of its own."""
    theirs = move.plan(move.line(make_create(agreement_id=AWAY, mapping_id=OTHER), mapping_id=OTHER), agreement_id=AWAY)
    move.answer(InDoubt("lost"))
    await move.push_again()
    move.plan_hash = next(each for each in move.archive.plans if each != theirs)
    assert "another run is writing to agreement 1202" in (await move.push_again()).sentence


# What the verdict allows


async def test_only_allowed_lines_are_written() -> None:
    bench = Bench()
    one, other = make_create(quantity=3), make_create(quantity=5, mapping_id=OTHER)
    bench.plan(bench.line(one), bench.line(other, mapping_id=OTHER))
    result = await bench.push(allowed=frozenset({OTHER}))
    assert bench.psa.sent == [other]
    assert [change.mapping_id for change in result.changes] == [OTHER]


async def test_an_observed_plan_only_finds_out() -> None:
    bench = Bench()
    bench.plan(make_create(), is_observed=True)
    result = await bench.push()
    assert (result.writes, result.state) == (0, CustomerState.CHANGED)
    assert bench.psa.calls == []


async def test_two_lines_end_as_the_worse_one() -> None:
    bench = Bench()
    bench.plan(bench.line(make_create(quantity=3)), bench.line(make_create(0, 5, OTHER), mapping_id=OTHER))

    async def send(change: Change) -> WriteAnswer:
        is_five = isinstance(change, CreateAddition) and change.quantity == 5
        return Refused("No.") if is_five else Accepted(bench.psa.act(change))

    bench.psa.on_send = send
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.FAILED, 1, 1)
    assert [change.quantity_after for change in result.changes] == [3]
    assert result.sentences == ("No.",)


async def test_a_line_in_doubt_does_not_stop_the_other_one() -> None:
    bench = Bench()
    bench.plan(bench.line(make_create(quantity=3)), bench.line(make_create(0, 5, OTHER), mapping_id=OTHER))
    bench.answer(InDoubt("x"), acts=True)
    await bench.push_again()
    assert len(bench.psa.sent) == 2
    assert (await bench.push()).verified == 2
    assert len(bench.psa.sent) == 2


async def test_the_soonest_next_look_is_the_one(roll_up: Bench) -> None:
    bench = Bench()
    bench.plan(bench.line(make_create(quantity=3)), bench.line(make_create(0, 5, OTHER), mapping_id=OTHER))

    async def send(change: Change) -> WriteAnswer:
        if len(bench.psa.sent) == 1:
            return InDoubt("x")
        raise Retry("not now")

    bench.psa.on_send = send
    assert await bench.push_again() == Again(30, "not now")


async def test_a_push_ends_while_its_turns_are_still_its_own(roll_up: Bench) -> None:
    async def send(change: Change) -> WriteAnswer:
        roll_up.wait(minutes=4)
        return Accepted(roll_up.psa.act(change))

    roll_up.psa.on_send = send
    assert await roll_up.push_again() == Again(1, "the writes of agreement 1201 take longer than one turn")
    assert roll_up.endings == ["verified"]
    assert (await roll_up.push()).verified == 2


# Transfers


def make_transfer(bench: Bench, **parts: Any) -> str:
    """The new half first, which waits for the old one."""
    bench.own(BASE)
    old = bench.line(make_set(BASE, cancelled_on=THROUGH), **parts)
    new = bench.line(make_create(0, 10, OTHER, product_id="502"), mapping_id=OTHER, transfer=(MAPPING,))
    return bench.plan(new, old)


async def test_the_new_half_of_a_transfer_is_written_after_the_old() -> None:
    bench = Bench()
    make_transfer(bench)
    result = await bench.push()
    assert [change.kind for change in bench.psa.sent] == ["set_addition", "create_addition"]
    assert [change.mapping_id for change in result.changes] == [OTHER, MAPPING]


@pytest.mark.parametrize("trouble", [refuse, misread, add_another])
async def test_the_new_half_is_not_begun_where_the_old_did_not_end_well(trouble: Callable[[Bench], None]) -> None:
    bench = Bench()
    make_transfer(bench)
    trouble(bench)
    result = await bench.push()
    assert (OTHER, 0, 0) not in bench.books.intents
    assert result.sentences[0] == (
        "Licence contoso-e3 was not written: it is one transfer with Business Premium, which has not ended. "
        "The next run plans both."
    )


async def test_the_new_half_waits_while_the_old_is_in_doubt() -> None:
    bench = Bench()
    make_transfer(bench)
    bench.answer(InDoubt("x"), acts=True)
    await bench.push_again()
    assert len(bench.psa.sent) == 1
    bench.psa.on_send = None
    assert (await bench.push()).verified == 2


async def test_the_new_half_is_not_begun_where_the_old_is_not_allowed() -> None:
    bench = Bench()
    make_transfer(bench)
    result = await bench.push(allowed=frozenset({OTHER}))
    assert (result.state, bench.psa.sent) == (CustomerState.PARKED, [])


@pytest.mark.parametrize(
    ("decision", "is_written"),
    [
        (Unchanged(), True),
        (Held(HoldRule.LARGE_DROP, "Look."), False),
        (FinishIntent(make_set(BASE, cancelled_on=THROUGH)), False),
    ],
)
async def test_the_new_half_needs_an_old_one_that_has_nothing_to_write(decision: Any, is_written: bool) -> None:
    bench = Bench()
    make_transfer(bench, decision=decision)
    result = await bench.push()
    assert len(bench.psa.sent) == is_written
    assert result.state is (CustomerState.CHANGED if is_written else CustomerState.PARKED)


async def test_a_promise_of_the_new_half_is_found_out_about_whatever_the_old_does() -> None:
    bench = Bench()
    bench.own(BASE)
    made = make_create(0, 10, OTHER, product_id="502")
    bench.promise(made, bench.plan(bench.line(made, mapping_id=OTHER), keep=False), OTHER)
    bench.psa.act(made)
    old = bench.line(decision=Held(HoldRule.LARGE_DROP, "Look."))
    bench.plan(old, bench.line(mapping_id=OTHER, decision=FinishIntent(made), transfer=(MAPPING,)))
    assert (await bench.push()).verified == 1


async def test_halves_that_wait_for_each_other_are_not_begun() -> None:
    bench = Bench()
    bench.own(BASE)
    old = bench.line(make_set(BASE, cancelled_on=THROUGH), transfer=(OTHER,))
    new = bench.line(make_create(0, 10, OTHER), mapping_id=OTHER, transfer=(MAPPING,))
    bench.plan(old, new)
    result = await bench.push()
    assert (result.state, len(result.sentences), bench.psa.sent) == (CustomerState.PARKED, 2, [])
