"""The protocol of one write that makes an addition, outcome by outcome (R1, R6, R8, R9, R13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.agreements import Addition, Booking, UnreadableAgreement
from plans.changes import Change, FinishIntent
from plans.errors import Bug, Misconfigured, Park, Retry
from plans.journal import Ending, Evidence, LineJournal
from plans.ledger import LedgerEntry
from plans.ports import InDoubt, Refused, WriteAnswer
from plans.results import PushResult, SeatChange
from plans.runs import CustomerState
from plans.timeline import Timeline
from profiles.billing import BillableOption
from sync.outcomes import Again
from tests.unit.sync.desk import (
    AWAY,
    CONNECTION,
    CUSTOMER,
    FACTS,
    HOME,
    LIMITS,
    MAPPING,
    NOW,
    RUN,
    THROUGH,
    TODAY,
    Bench,
    make_addition,
    make_create,
    write,
)

CHANGE = make_create()


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.plan(CHANGE)
    return made


def make_evidence(change: Change = CHANGE, run_id: str = RUN) -> Evidence:
    after = write(make_create())
    entry = LedgerEntry(MAPPING, TODAY, change.sequence, Timeline(((TODAY, 10),)), "9001", THROUGH)
    return Evidence(MAPPING, change.sequence, run_id, "hash", Ending.VERIFIED, NOW, change, (), after, entry, "Done.")


async def test_a_first_write_is_sent_read_back_and_verified(bench: Bench) -> None:
    assert await bench.push() == PushResult(
        bench.plan_hash,
        CUSTOMER,
        HOME,
        CustomerState.CHANGED,
        writes=1,
        verified=1,
        changes=(SeatChange("Business Premium", 0, 10, TODAY, "9001", MAPPING),),
    )
    assert bench.psa.calls == ["read agreements", "count additions", "send", "read back"]
    assert bench.endings == ["verified"]
    assert bench.parked is None


async def test_a_write_leaves_intent_evidence_ledger_and_history(bench: Bench) -> None:
    await bench.push()
    (intent,), (evidence,) = bench.books.intents.values(), bench.books.evidence.values()
    assert (intent.run_id, intent.plan_hash, intent.change, intent.attempt) == (RUN, bench.plan_hash, CHANGE, 0)
    assert (evidence.run_id, evidence.plan_hash, evidence.after) == (RUN, bench.plan_hash, write(CHANGE))
    assert bench.ledger == [LedgerEntry(MAPPING, TODAY, 0, Timeline(((TODAY, 10),)), "9001", THROUGH)]
    assert bench.told == ["Business Premium: 0 → 10 from 22 Nov 2026, addition 9001."]
    (settlement,) = bench.books.settlements
    assert (settlement.last_quantity, settlement.agreement_ids) == (10, (HOME,))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Booking(Decimal("11.25"), False, "3"), ""),
        (Booking(Decimal("11.25"), True, "3"), "taxed sent no, found yes"),
        (Booking(), "cost sent 11.25, found nothing, taxed sent no, found nothing, invoice group sent 3"),
    ],
)
async def test_what_is_copied_from_an_adopted_addition_is_read_back(found: Booking, said: str) -> None:
    """R9: 11.25 a unit, not taxed, group 3. What the PSA made otherwise parks the line."""
    bench = Bench()
    bench.plan(make_create(booking=Booking(Decimal("11.25"), False, "3")))
    bench.psa.read_back = lambda read: None if read is None else replace(read, booking=found)
    await bench.push()
    assert bench.endings == ["mismatch" if said else "verified"] and said in (bench.parked or "")
    assert LineJournal(MAPPING, tuple(bench.books.evidence.values())).written["9001"].is_copied


async def test_what_was_not_copied_is_not_compared() -> None:
    """Only a cost was sent: how it is taxed and grouped is the catalog's."""
    bench = Bench()
    bench.plan(make_create(booking=Booking(Decimal("11.25"))))
    by_catalog = Booking(Decimal("11.25"), True, "7")
    bench.psa.read_back = lambda read: None if read is None else replace(read, booking=by_catalog)
    await bench.push()
    assert bench.endings == ["verified"]


async def test_the_promise_is_committed_before_the_write(bench: Bench) -> None:
    seen: list[int] = []

    async def send(change: Change) -> WriteAnswer:
        seen.append(len(bench.books.intents))
        return InDoubt("x")

    bench.psa.on_send = send
    await bench.push()
    assert seen == [1]


async def test_an_increase_adds_up_in_the_ledger() -> None:
    bench = Bench()
    bench.own(make_addition("8001", 10))
    bench.plan(make_create(quantity=2))
    assert (await bench.push()).changes == (SeatChange("Business Premium", 10, 12, TODAY, "9001", MAPPING),)
    assert bench.ledger[0].quantity == 12
    assert bench.told == ["Business Premium: 10 → 12 from 22 Nov 2026, addition 9001."]


async def test_seats_that_end_are_billed_only_till_then() -> None:
    bench = Bench()
    bench.own(make_addition("8001", 10))
    bench.plan(make_create(quantity=2, ends_on=THROUGH))
    assert (await bench.push()).changes == (SeatChange("Business Premium", 10, 12, TODAY, "9001", MAPPING),)
    assert [bench.ledger[0].levels.on(day) for day in (TODAY, THROUGH, date(2026, 12, 1))] == [12, 12, 10]
    assert bench.told == ["Business Premium: 10 → 12 from 22 Nov 2026 through 30 Nov 2026, addition 9001."]


async def test_an_answer_that_was_lost_is_found_by_its_key_and_never_sent_again(bench: Bench) -> None:
    bench.answer(InDoubt("It did not answer."), acts=True)
    assert (await bench.push_again()).sentence == "It did not answer."
    bench.wait(seconds=1)
    result = await bench.push()
    assert (result.state, result.verified) == (CustomerState.CHANGED, 1)
    assert bench.psa.calls.count("send") == 1
    assert bench.endings == ["verified"]


async def test_an_effect_that_comes_late_is_outwaited(bench: Bench) -> None:
    bench.answer(InDoubt("x"))
    await bench.push()
    bench.outwait()
    bench.wait(seconds=-1)
    assert "may still act" in (await bench.push_again()).sentence
    bench.psa.act(CHANGE)
    assert (await bench.push()).verified == 1
    assert bench.psa.calls.count("send") == 1


async def test_a_write_without_effect_is_sent_again_with_the_same_key_under_an_attempt_of_its_own(bench: Bench) -> None:
    bench.answer(InDoubt("x"))
    await bench.push()
    bench.outwait()
    bench.psa.on_send = None
    assert (await bench.push()).verified == 1
    assert sorted(bench.books.intents) == [(MAPPING, 0, 0), (MAPPING, 0, 1)]
    assert {intent.change.key for intent in bench.books.intents.values()} == {CHANGE.key}
    assert len(bench.psa.done) == 1


async def test_every_attempt_is_outwaited_anew(bench: Bench) -> None:
    bench.answer(InDoubt("x"))
    await bench.push()
    bench.outwait()
    await bench.push()
    bench.wait(minutes=1)
    again = await bench.push_again()
    assert bench.psa.calls.count("send") == 2
    assert again.seconds == (LIMITS.send_window + LIMITS.late_effect_limit).total_seconds() - 60 + 1


async def test_a_promise_that_another_worker_has_just_made_is_left_alone(bench: Bench) -> None:
    real_read = bench.books.read_line

    async def read_line(customer_id: str, mapping_id: str) -> LineJournal:
        journal = await real_read(customer_id, mapping_id)
        bench.promise(CHANGE)
        return journal

    bench.books.read_line = read_line  # type: ignore[method-assign]
    assert "another worker" in (await bench.push_again()).sentence
    assert bench.psa.calls == []


async def test_a_change_that_another_worker_has_just_taken_over_is_left_alone(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.outwait()

    def take_over() -> None:
        bench.promise(CHANGE, attempt=1)

    bench.psa.on_read = take_over
    assert "taken the change over" in (await bench.push_again()).sentence
    assert bench.psa.sent == []


async def test_what_another_plan_promised_and_never_arrived_is_not_sent_again(bench: Bench) -> None:
    theirs = bench.plan(CHANGE, keep=False, is_observed=True)
    bench.promise(CHANGE, theirs)
    bench.outwait()
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert bench.endings == ["overtaken"]
    assert bench.psa.sent == []
    assert bench.parked is None


async def test_a_promise_of_a_plan_that_is_gone_is_our_mistake(bench: Bench) -> None:
    bench.promise(CHANGE, "gone")
    with pytest.raises(Bug, match="There is no plan gone"):
        await bench.push()
    assert bench.books.turns == {}


async def test_a_list_that_is_shorter_than_the_psas_count_proves_nothing(bench: Bench) -> None:
    bench.psa.count = 7
    assert "did not list every addition" in (await bench.push_again()).sentence
    assert bench.psa.sent == []


async def test_an_addition_that_was_accepted_and_then_deleted_is_never_made_again(bench: Bench) -> None:
    bench.psa.read_back = lambda addition: None
    await bench.push_again()
    bench.psa.drop("9001")
    bench.outwait()
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert "it is gone" in (bench.parked or "")
    assert len(bench.psa.done) == 1


async def test_another_agreements_row_is_not_this_one(bench: Bench) -> None:
    bench.psa.agreements[HOME] = bench.psa.agreements[AWAY]
    result = await bench.push()
    assert bench.endings == ["overtaken"]
    assert result.writes == 0


async def test_of_two_workers_one_writes(bench: Bench) -> None:
    async def send(change: Change) -> WriteAnswer:
        await asyncio.sleep(0)
        return InDoubt(bench.psa.act(change))

    bench.psa.on_send = send
    results = await asyncio.gather(bench.push(), bench.push())
    assert len(bench.psa.done) == 1
    assert len(bench.books.intents) == 1
    assert any(isinstance(result, Again) for result in results)


async def test_a_promise_that_grew_old_before_the_write_is_not_kept(bench: Bench) -> None:
    bench.psa.on_read = lambda: bench.wait(seconds=LIMITS.send_window.total_seconds() + 1)
    assert "too much time" in (await bench.push_again()).sentence
    assert bench.psa.sent == []


@pytest.mark.parametrize("is_promised", [False, True])
async def test_two_additions_with_one_key_are_parked(bench: Bench, is_promised: bool) -> None:
    if is_promised:
        bench.promise(CHANGE)
    bench.psa.put(write(CHANGE, "9001"), write(CHANGE, "9002"))
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert bench.endings == ["mismatch"]
    assert bench.parked == f"Additions 9001, 9002 carry the same key {CHANGE.key}. End all but one in the PSA."
    assert bench.psa.calls == ["read agreements", "count additions"]


async def test_an_addition_that_already_carries_the_key_is_taken_without_a_write(bench: Bench) -> None:
    bench.psa.put(write(CHANGE, "9001"))
    assert (await bench.push()).verified == 1
    assert bench.psa.sent == []


def add_another(bench: Bench) -> None:
    bench.psa.put(make_addition("77", 3))


def end_agreement(bench: Bench) -> None:
    bench.psa.change(facts=replace(FACTS, is_active=False))


def stop_proration(bench: Bench) -> None:
    bench.psa.change(facts=replace(FACTS, prorates=False))


def invoice(bench: Bench) -> None:
    bench.psa.invoice(date(2026, 12, 31))


def delete_agreement(bench: Bench) -> None:
    del bench.psa.agreements[HOME]


@pytest.mark.parametrize("edit", [add_another, end_agreement, stop_proration, invoice, delete_agreement])
async def test_an_edit_between_plan_and_push_is_reported_and_nothing_is_written(
    bench: Bench, edit: Callable[[Bench], None]
) -> None:
    edit(bench)
    result = await bench.push()
    assert (result.state, result.writes, result.changes) == (CustomerState.PARKED, 0, ())
    assert bench.endings == ["overtaken"]
    assert bench.psa.sent == []
    assert bench.parked is None
    assert bench.ledger == []


async def test_an_edit_of_another_product_is_nobodys_business(bench: Bench) -> None:
    bench.psa.put(make_addition("77", 3, product_id="777"))
    assert (await bench.push()).verified == 1


async def test_a_refusal_fails_with_the_psas_own_words(bench: Bench) -> None:
    bench.answer(Refused("ConnectWise refused the write."))
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.FAILED, 0, 0)
    assert result.sentences == ("ConnectWise refused the write.",)
    assert bench.endings == ["refused"]
    assert bench.parked is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"product_id": "777"}, "product sent 501, found 777"),
        ({"quantity": Decimal(11)}, "quantity sent 10, found 11"),
        ({"quantity": Decimal("10.5")}, "quantity sent 10, found 10.5"),
        ({"quantity": Decimal("NaN")}, "quantity sent 10, found NaN"),
        ({"quantity": None}, "quantity sent 10, found nothing"),
        ({"effective_on": date(2026, 11, 1)}, "effective date sent 22 Nov 2026, found 1 Nov 2026"),
        ({"effective_on": None}, "effective date sent 22 Nov 2026, found nothing"),
        ({"cancelled_on": TODAY}, "cancelled date sent nothing, found 22 Nov 2026"),
        ({"billable_option": BillableOption.NO_CHARGE}, "billable option sent billable, found no charge"),
        ({"included": Decimal(3)}, "included should be 0, found 3"),
        ({"key": ""}, f"key sent {CHANGE.key}, found nothing"),
    ],
)
async def test_a_field_that_reads_back_differently_parks_the_line(
    bench: Bench, changes: dict[str, Any], sentence: str
) -> None:
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, **changes)
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.PARKED, 1, 0)
    assert bench.endings == ["mismatch"]
    assert bench.parked == f"Addition 9001 is not what was sent: {sentence}."
    assert bench.ledger == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unit_price": Decimal("22.50")}, "price sent 19.99, found 22.5"),
        ({"unit_price": None}, "price sent 19.99, found nothing"),
        ({"description": "Somebody's"}, "description sent For Ada Bob, found Somebody's"),
        ({"cancelled_on": None}, "cancelled date sent 30 Nov 2026, found nothing"),
    ],
)
async def test_a_price_a_text_and_an_end_that_were_sent_are_compared(changes: dict[str, Any], sentence: str) -> None:
    bench = Bench()
    bench.plan(make_create(unit_price=Decimal("19.99"), description="For Ada\nBob", ends_on=THROUGH))
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, **changes)
    await bench.push()
    assert bench.parked == f"Addition 9001 is not what was sent: {sentence}."


async def test_a_text_that_came_back_with_other_white_space_is_the_same() -> None:
    bench = Bench()
    bench.plan(make_create(unit_price=Decimal("20"), description="For Ada\nBob"))
    changes: dict[str, Any] = {"description": " For  Ada\r\nBob ", "unit_price": Decimal("20.00")}
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, **changes)
    assert (await bench.push()).verified == 1


async def test_several_fields_are_named_together(bench: Bench) -> None:
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, product_id="7", key="")
    await bench.push()
    assert bench.parked is not None
    assert "product" in bench.parked
    assert "key" in bench.parked


@pytest.mark.parametrize("spelling", ["10", "10.0", "1E+1"])
async def test_another_spelling_of_the_quantity_is_the_same(bench: Bench, spelling: str) -> None:
    bench.psa.read_back = lambda addition: None if addition is None else replace(addition, quantity=Decimal(spelling))
    assert (await bench.push()).verified == 1


async def test_an_addition_that_cannot_be_read_back_yet_is_looked_for_again(bench: Bench) -> None:
    bench.psa.read_back = lambda _: None
    assert "cannot be read back yet" in (await bench.push_again()).sentence
    bench.psa.read_back = lambda addition: addition
    assert (await bench.push()).verified == 1
    assert len(bench.psa.done) == 1


async def test_a_psa_that_cannot_be_read_is_asked_again_later(bench: Bench) -> None:
    def fail() -> None:
        raise Retry("not now")

    bench.psa.on_read = fail
    assert await bench.push_again() == Again(30, "not now")
    assert bench.psa.sent == []


async def test_an_agreement_that_cannot_be_read_whole_is_asked_again_later(bench: Bench) -> None:
    bench.psa.agreements[HOME] = UnreadableAgreement(HOME, "Half an addition.")
    assert (await bench.push_again()).sentence == "Half an addition."
    assert bench.endings == []


async def test_an_agreement_that_is_not_there_proves_nothing_about_a_promise(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.outwait()
    del bench.psa.agreements[HOME]
    assert "does not read the same twice" in (await bench.push_again()).sentence
    assert bench.endings == []


async def test_an_agreement_that_moves_between_two_looks_proves_nothing(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.outwait()
    names = iter("ab")
    bench.psa.on_read = lambda: bench.psa.change(name=next(names))
    assert "does not read the same twice" in (await bench.push_again()).sentence
    assert bench.psa.sent == []


@pytest.mark.parametrize("error", [Misconfigured("403"), Park("half an addition")])
async def test_the_turn_is_given_back_even_if_a_line_fails(bench: Bench, error: Exception) -> None:
    def fail() -> None:
        raise error

    bench.psa.on_read = fail
    with pytest.raises(type(error)):
        await bench.push()
    assert bench.books.turns == {}


async def test_the_turn_is_given_back(bench: Bench) -> None:
    await bench.push()
    assert bench.books.turns == {}


async def test_the_turn_of_another_run_is_waited_for(bench: Bench) -> None:
    await bench.books.take_turn(CONNECTION, HOME, "another-run", bench.time + timedelta(minutes=5))
    assert "another run" in (await bench.push_again()).sentence
    assert bench.psa.calls == []
    assert bench.books.intents == {}


async def test_the_turn_is_kept_beyond_the_next_look_while_a_line_is_in_doubt(bench: Bench) -> None:
    bench.promise(CHANGE)
    again = await bench.push_again()
    ((_, until),) = bench.books.turns.values()
    assert until > bench.time + timedelta(seconds=again.seconds)


async def test_evidence_that_is_there_already_costs_no_call(bench: Bench) -> None:
    bench.books.evidence[MAPPING, 0] = make_evidence()
    result = await bench.push()
    assert result.state is CustomerState.CHANGED
    assert bench.psa.calls == []


async def test_pushing_twice_writes_once(bench: Bench) -> None:
    first = await bench.push()
    assert await bench.push() == first
    assert len(bench.psa.done) == 1
    assert len(bench.history) == 1


async def test_what_another_run_wrote_is_not_counted_as_ours(bench: Bench) -> None:
    bench.books.evidence[MAPPING, 0] = make_evidence(run_id="2026-11-22-001")
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.CHANGED, 0, 0)


@pytest.mark.parametrize("quantity", [9, 11])
async def test_a_number_that_another_change_took_voids_the_plan(bench: Bench, quantity: int) -> None:
    bench.books.evidence[MAPPING, 0] = make_evidence(make_create(quantity=quantity), run_id="2026-11-22-001")
    result = await bench.push()
    assert (result.state, result.writes) == (CustomerState.PARKED, 0)
    assert result.sentences == ("Run 2026-11-22-001 changed Business Premium after this run was planned.",)
    assert bench.psa.calls == []


async def test_who_settles_second_takes_the_first_evidence(bench: Bench) -> None:
    others = make_evidence(run_id="2026-11-22-001")

    def settle_first(addition: Addition | None) -> Addition | None:
        bench.books.evidence[MAPPING, 0] = others
        return addition

    bench.psa.read_back = settle_first
    result = await bench.push()
    assert result.state is CustomerState.CHANGED
    assert list(bench.books.evidence.values()) == [others]


async def test_books_that_refuse_evidence_and_have_none_are_our_mistake(bench: Bench) -> None:
    async def refuse(*_: Any) -> bool:
        return False

    bench.books.settle = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(Bug, match="refused evidence"):
        await bench.push()


@pytest.mark.parametrize("ending", [Ending.REFUSED, Ending.OVERTAKEN])
async def test_what_was_not_written_has_no_read_back(bench: Bench, ending: Ending) -> None:
    if ending is Ending.REFUSED:
        bench.answer(Refused("No."))
    else:
        add_another(bench)
    await bench.push()
    assert [(entry.ending, entry.after) for entry in bench.books.evidence.values()] == [(ending, None)]


# Finding out about what somebody else promised


async def test_a_promise_that_was_kept_is_proved_and_only_found_out_about(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.psa.act(CHANGE)
    bench.plan(bench.line(decision=FinishIntent(CHANGE)))
    result = await bench.push("2026-11-23")
    assert (result.state, result.verified) == (CustomerState.CHANGED, 1)
    assert bench.psa.sent == []


async def test_a_promise_that_was_not_kept_is_not_kept_by_who_finds_out(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.outwait()
    bench.plan(bench.line(decision=FinishIntent(CHANGE)))
    result = await bench.push("2026-11-23")
    assert result.state is CustomerState.PARKED
    assert bench.endings == ["overtaken"]
    assert "The next run plans it afresh" in result.sentences[0]
    assert bench.psa.sent == []


async def test_a_promise_that_nobody_made_any_more_is_not_made_by_who_finds_out(bench: Bench) -> None:
    bench.plan(bench.line(decision=FinishIntent(CHANGE)))
    result = await bench.push()
    assert result.sentences == ("What was promised for Business Premium was settled before this run looked.",)
    assert bench.books.intents == {}
    assert bench.psa.calls == []


async def test_what_was_invoiced_is_told_by_the_plan_that_promised(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.psa.act(CHANGE)
    bench.psa.invoice(date(2026, 12, 31))
    bench.plan(bench.line(decision=FinishIntent(CHANGE)))
    await bench.push("2026-12-01")
    assert bench.ledger[0].invoiced_through == THROUGH


async def test_another_change_under_the_same_number_is_settled_and_voids_the_plan(bench: Bench) -> None:
    other = make_create(quantity=11)
    bench.promise(other, bench.plan(other, keep=False), run_id="2026-11-22-001")
    bench.psa.act(other)
    result = await bench.push()
    assert result.sentences == ("Run 2026-11-22-001 changed Business Premium after this run was planned.",)
    assert [(each.change, each.ending) for each in bench.books.evidence.values()] == [(other, Ending.VERIFIED)]
    assert bench.ledger[0].quantity == 11
    assert bench.psa.sent == []


async def test_another_change_that_is_in_doubt_is_waited_for(bench: Bench) -> None:
    other = make_create(quantity=11)
    bench.promise(other, bench.plan(other, keep=False))
    assert "may still act" in (await bench.push_again()).sentence


async def test_a_promise_to_an_agreement_whose_turn_is_not_ours_is_left_alone(bench: Bench) -> None:
    bench.promise(make_create(agreement_id=AWAY))
    result = await bench.push()
    assert result.sentences == ("Business Premium was promised to agreement 1202 meanwhile.",)
    assert bench.psa.calls == []


# The line is not the one that was planned


async def test_a_line_that_was_parked_after_planning_is_not_written(bench: Bench) -> None:
    bench.books.parked[MAPPING] = "Look at it."
    result = await bench.push()
    assert (result.state, result.sentences) == (
        CustomerState.PARKED,
        ("Business Premium waits for a person: Look at it.",),
    )
    assert bench.books.intents == {}


async def test_a_line_whose_additions_were_adopted_after_planning_is_not_written() -> None:
    bench = Bench()
    bench.psa.put(make_addition("8001", 10))
    bench.plan(CHANGE)
    bench.adopt(make_addition("8001", 10))
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert "adopted, after this run was planned" in result.sentences[0]
    assert bench.books.intents == {}
    assert bench.psa.calls == []


async def test_a_park_outlives_a_promise_that_came_to_nothing(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.books.parked[MAPPING] = "Look at it."
    bench.outwait()
    bench.plan(bench.line(decision=FinishIntent(CHANGE)))
    result = await bench.push()
    assert bench.endings == ["overtaken"]
    assert bench.parked == "Look at it."
    assert "never arrived" in result.sentences[0]


async def test_a_park_outlives_a_promise_that_was_kept(bench: Bench) -> None:
    bench.promise(CHANGE)
    bench.psa.act(CHANGE)
    bench.books.parked[MAPPING] = "Look at it."
    bench.plan(bench.line(decision=FinishIntent(CHANGE)))
    result = await bench.push()
    assert (result.state, result.verified, result.sentences) == (CustomerState.PARKED, 1, ("Look at it.",))
    assert bench.parked == "Look at it."
    assert await bench.push() == result


async def test_a_plan_that_was_tampered_with_is_never_written() -> None:
    bench = Bench()
    with pytest.raises(Bug, match="There is no plan"):
        await bench.push()
    assert bench.books.turns == {}
