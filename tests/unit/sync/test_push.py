"""The protocol of one write, outcome by outcome (R1, R6, R8, R9, R13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from plans.agreements import Addition, Agreement, UnreadableAgreement
from plans.changes import CreateAddition
from plans.errors import Bug, Misconfigured, Park, Retry
from plans.journal import Ending, LineJournal
from plans.judgement import Verdict
from plans.ports import Accepted, InDoubt, Refused, WriteAnswer
from plans.results import PushResult, SeatChange
from plans.runs import CustomerState
from profiles.billing import BillableOption
from sync import steps
from sync.outcomes import Again
from tests.unit.plans.makers import (
    CONNECTION,
    CUSTOMER,
    INACTIVE,
    MAPPING,
    NOT_PRORATING,
    TODAY,
    make_addition,
    make_agreement,
    make_change,
    make_evidence,
    make_intent,
    make_line,
    make_mapping,
    write,
)
from tests.unit.sync.desk import LIMITS, RUN, Bench, Broken

CHANGE = make_change()


@pytest.fixture
async def bench() -> Bench:
    made = Bench()
    await made.plan()
    return made


def answer(reply: WriteAnswer, acts: bool, bench: Bench) -> Callable[[CreateAddition], Any]:
    async def create(change: CreateAddition) -> WriteAnswer:
        if acts:
            bench.psa.act(change)
        return reply

    return create


async def test_a_first_write_is_sent_read_back_and_verified(bench: Bench) -> None:
    assert await bench.push() == PushResult(
        bench.plan_hash,
        CUSTOMER,
        "1201",
        CustomerState.CHANGED,
        writes=1,
        verified=1,
        changes=(SeatChange("Business Premium", 0, 10, TODAY, "9001"),),
    )
    assert bench.psa.calls == ["read agreements", "count additions", "create", "read back"]
    assert bench.endings == ["verified"]
    assert bench.parked is None


async def test_a_write_leaves_intent_evidence_ledger_and_history(bench: Bench) -> None:
    await bench.push()
    (intent,), (evidence,) = bench.disk.intents.values(), bench.disk.evidence.values()
    assert (intent.run_id, intent.plan_hash, intent.change) == (RUN, bench.plan_hash, CHANGE)
    assert (evidence.run_id, evidence.plan_hash, evidence.after) == (RUN, bench.plan_hash, write(CHANGE))
    assert [(entry.effective_on, entry.quantity, entry.addition_id) for entry in bench.disk.ledger] == [
        (TODAY, 10, "9001")
    ]
    assert [entry.sentence for entry in bench.disk.history] == [
        "Business Premium: 0 → 10 from 2026-11-22, addition 9001."
    ]


async def test_the_promise_is_committed_before_the_write(bench: Bench) -> None:
    seen: list[int] = []

    async def create(change: CreateAddition) -> WriteAnswer:
        seen.append(len(bench.disk.intents))
        return InDoubt("x")

    bench.psa.on_create = create
    await bench.push()
    assert seen == [1]


async def test_an_increase_adds_up_in_the_ledger() -> None:
    bench = Bench()
    first = make_change(effective_on=date(2026, 11, 2))
    evidence = make_evidence(first, write(first, "8001"))
    bench.psa.put(write(first, "8001"))
    bench.disk.evidence[MAPPING, 0] = evidence
    await bench.plan(make_line(12, LineJournal(MAPPING, (evidence,))))
    assert (await bench.push()).changes == (SeatChange("Business Premium", 10, 12, TODAY, "9001"),)
    assert bench.disk.ledger[0].quantity == 12


async def test_an_answer_that_was_lost_is_found_by_its_key_and_never_sent_again(bench: Bench) -> None:
    bench.psa.on_create = answer(InDoubt("It did not answer."), True, bench)
    assert (await bench.push_again()).sentence == "It did not answer."
    bench.wait(seconds=1)
    result = await bench.push()
    assert (result.state, result.verified) == (CustomerState.CHANGED, 1)
    assert bench.psa.calls.count("create") == 1
    assert bench.endings == ["verified"]


async def test_an_effect_that_comes_late_is_outwaited(bench: Bench) -> None:
    bench.psa.on_create = answer(InDoubt("x"), False, bench)
    await bench.push()
    bench.outwait()
    bench.wait(seconds=-1)
    assert "may still act" in (await bench.push_again()).sentence
    bench.psa.act(CHANGE)
    assert (await bench.push()).verified == 1
    assert bench.psa.calls.count("create") == 1


async def test_a_write_without_effect_is_sent_again_with_the_same_key_under_an_attempt_of_its_own(bench: Bench) -> None:
    bench.psa.on_create = answer(InDoubt("x"), False, bench)
    await bench.push()
    bench.outwait()
    bench.psa.on_create = None
    assert (await bench.push()).verified == 1
    assert sorted(bench.disk.intents) == [(MAPPING, 0, 0), (MAPPING, 0, 1)]
    assert {intent.change.key for intent in bench.disk.intents.values()} == {CHANGE.key}
    assert len(bench.psa.created) == 1


async def test_every_attempt_is_outwaited_anew(bench: Bench) -> None:
    bench.psa.on_create = answer(InDoubt("x"), False, bench)
    await bench.push()
    bench.outwait()
    await bench.push()
    bench.wait(minutes=1)
    again = await bench.push_again()
    assert bench.psa.calls.count("create") == 2
    assert again.seconds == (LIMITS.send_window + LIMITS.late_effect_limit).total_seconds() - 60 + 1


async def test_a_promise_that_another_worker_has_just_made_is_left_alone(bench: Bench) -> None:
    real_read = bench.store.read_line

    async def read_line(customer_id: str, mapping_id: str) -> LineJournal:
        journal = await real_read(customer_id, mapping_id)
        bench.disk.intents[MAPPING, 0, 0] = make_intent(CHANGE)
        return journal

    bench.store.read_line = read_line  # type: ignore[method-assign]
    assert "another worker" in (await bench.push_again()).sentence
    assert bench.psa.calls == []


async def test_a_change_that_another_worker_has_just_taken_over_is_left_alone(bench: Bench) -> None:
    ours = replace(make_intent(CHANGE), plan_hash=bench.plan_hash)
    bench.disk.intents[MAPPING, 0, 0] = ours
    bench.outwait()
    bench.psa.on_read = lambda: bench.disk.intents.__setitem__((MAPPING, 0, 1), replace(ours, attempt=1))
    assert "taken the change over" in (await bench.push_again()).sentence
    assert bench.psa.created == []


async def test_what_another_plan_promised_and_never_arrived_is_not_sent_again(bench: Bench) -> None:
    bench.disk.intents[MAPPING, 0, 0] = make_intent(CHANGE)
    bench.outwait()
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert bench.endings == ["overtaken"]
    assert bench.psa.created == []
    assert bench.parked is None


async def test_a_list_that_is_shorter_than_the_psas_count_proves_nothing(bench: Bench) -> None:
    bench.psa.count = 7
    assert "did not list every addition" in (await bench.push_again()).sentence
    assert bench.psa.created == []


async def test_an_addition_that_was_accepted_and_then_deleted_is_never_made_again(bench: Bench) -> None:
    bench.psa.read_back = lambda addition: None
    await bench.push_again()
    assert isinstance(bench.psa.agreement, Agreement)
    bench.psa.agreement = replace(bench.psa.agreement, additions=())
    bench.outwait()
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert "it is gone" in (bench.parked or "")
    assert len(bench.psa.created) == 1


async def test_another_agreements_row_is_not_this_one(bench: Bench) -> None:
    bench.psa.agreement = replace(make_agreement(), id="9999")
    result = await bench.push()
    assert bench.endings == ["overtaken"]
    assert result.writes == 0


async def test_of_two_workers_one_writes(bench: Bench) -> None:
    results = await asyncio.gather(bench.push(), bench.push())
    assert len(bench.psa.created) == 1
    assert sorted(type(result).__name__ for result in results) == ["Again", "PushResult"]


async def test_a_promise_that_grew_old_before_the_write_is_not_kept(bench: Bench) -> None:
    bench.psa.on_read = lambda: bench.wait(seconds=LIMITS.send_window.total_seconds() + 1)
    assert "too much time" in (await bench.push_again()).sentence
    assert "create" not in bench.psa.calls


async def test_two_additions_with_one_key_are_parked(bench: Bench) -> None:
    bench.disk.intents[MAPPING, 0, 0] = make_intent(CHANGE)
    bench.psa.put(write(CHANGE, "9001"), write(CHANGE, "9002"))
    result = await bench.push()
    assert result.state is CustomerState.PARKED
    assert bench.endings == ["mismatch"]
    assert bench.parked == f"Additions 9001, 9002 carry the same key {CHANGE.key}. End all but one in the PSA."
    assert bench.psa.calls == ["read agreements", "count additions"]


async def test_an_addition_that_already_carries_the_key_is_adopted_without_a_write(bench: Bench) -> None:
    bench.psa.put(write(CHANGE, "9001"))
    assert (await bench.push()).verified == 1
    assert "create" not in bench.psa.calls


def edit_quantity(bench: Bench) -> None:
    bench.psa.put(make_addition("77", 3))


def end_agreement(bench: Bench) -> None:
    bench.psa.agreement = make_agreement(facts=INACTIVE)


def stop_proration(bench: Bench) -> None:
    bench.psa.agreement = make_agreement(facts=NOT_PRORATING)


def invoice(bench: Bench) -> None:
    agreement = make_agreement()
    bench.psa.agreement = replace(agreement, facts=replace(agreement.facts, next_invoice_on=date(2027, 1, 1)))


def delete_agreement(bench: Bench) -> None:
    bench.psa.agreement = None


@pytest.mark.parametrize("edit", [edit_quantity, end_agreement, stop_proration, invoice, delete_agreement])
async def test_an_edit_between_plan_and_push_is_reported_and_nothing_is_written(
    bench: Bench, edit: Callable[[Bench], None]
) -> None:
    edit(bench)
    result = await bench.push()
    assert (result.state, result.writes, result.changes) == (CustomerState.PARKED, 0, ())
    assert bench.endings == ["overtaken"]
    assert "create" not in bench.psa.calls
    assert bench.parked is None
    assert bench.disk.ledger == []


async def test_an_edit_of_another_product_is_nobodys_business(bench: Bench) -> None:
    bench.psa.put(make_addition("77", 3, product_id="777"))
    assert (await bench.push()).verified == 1


async def test_a_refusal_fails_with_the_psas_own_words(bench: Bench) -> None:
    bench.psa.on_create = answer(Refused("ConnectWise refused the addition."), False, bench)
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.FAILED, 0, 0)
    assert result.sentences == ("ConnectWise refused the addition.",)
    assert bench.endings == ["refused"]
    assert bench.parked is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"product_id": "777"}, "product sent 501, found 777"),
        ({"quantity": Decimal(11)}, "quantity sent 10, found 11"),
        ({"quantity": Decimal("10.5")}, "quantity sent 10, found 10.5"),
        ({"quantity": None}, "quantity sent 10, found nothing"),
        ({"effective_on": date(2026, 11, 1)}, "effective date sent 2026-11-22, found 2026-11-01"),
        ({"effective_on": None}, "effective date sent 2026-11-22, found nothing"),
        ({"cancelled_on": TODAY}, "cancelled date sent nothing, found 2026-11-22"),
        ({"billable_option": BillableOption.NO_CHARGE}, "billable option sent billable, found no charge"),
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
    assert bench.parked is not None
    assert sentence in bench.parked
    assert bench.disk.ledger == []


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
    assert len(bench.psa.created) == 1


async def test_a_psa_that_cannot_be_read_is_asked_again_later(bench: Bench) -> None:
    def fail() -> None:
        raise Retry("not now")

    bench.psa.on_read = fail
    assert await bench.push_again() == Again(30, "not now")
    assert "create" not in bench.psa.calls


async def test_an_agreement_that_cannot_be_read_whole_is_asked_again_later(bench: Bench) -> None:
    bench.psa.agreement = UnreadableAgreement("1201", "Half an addition.")
    assert (await bench.push_again()).sentence == "Half an addition."
    assert bench.endings == []


async def test_the_turn_of_another_run_is_waited_for(bench: Bench) -> None:
    await bench.store.take_turn(CONNECTION, "1201", "another-run", bench.time + timedelta(minutes=5))
    assert "another run" in (await bench.push_again()).sentence
    assert bench.psa.calls == []
    assert bench.disk.intents == {}


async def test_the_turn_is_kept_beyond_the_next_look_while_a_line_is_in_doubt(bench: Bench) -> None:
    bench.disk.intents[MAPPING, 0, 0] = make_intent(CHANGE)
    again = await bench.push_again()
    ((_, until),) = bench.disk.turns.values()
    assert until > bench.time + timedelta(seconds=again.seconds)


async def test_the_turn_is_given_back(bench: Bench) -> None:
    await bench.push()
    assert bench.disk.turns == {}


@pytest.mark.parametrize("error", [Misconfigured("403"), Park("half an addition")])
async def test_the_turn_is_given_back_even_if_a_line_fails(bench: Bench, error: Exception) -> None:
    def fail() -> None:
        raise error

    bench.psa.on_read = fail
    with pytest.raises(type(error)):
        await bench.push()
    assert bench.disk.turns == {}


async def test_evidence_that_is_there_already_costs_no_call(bench: Bench) -> None:
    bench.disk.evidence[MAPPING, 0] = make_evidence(CHANGE, write(CHANGE))
    result = await bench.push()
    assert result.state is CustomerState.CHANGED
    assert bench.psa.calls == []


async def test_pushing_twice_writes_once(bench: Bench) -> None:
    first = await bench.push()
    assert await bench.push() == first
    assert len(bench.psa.created) == 1
    assert len(bench.disk.history) == 1


async def test_what_another_run_wrote_is_not_counted_as_ours(bench: Bench) -> None:
    bench.disk.evidence[MAPPING, 0] = make_evidence(CHANGE, write(CHANGE), run_id="2026-11-22-001")
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.CHANGED, 0, 0)


@pytest.mark.parametrize("quantity", [9, 11])
async def test_a_number_that_another_change_took_voids_the_plan(bench: Bench, quantity: int) -> None:
    other = make_change(quantity=quantity)
    bench.disk.evidence[MAPPING, 0] = make_evidence(other, write(other), run_id="2026-11-22-001")
    result = await bench.push()
    assert (result.state, result.writes) == (CustomerState.PARKED, 0)
    assert "Run 2026-11-22-001 changed Business Premium" in result.sentences[0]
    assert bench.psa.calls == []


async def test_who_settles_second_takes_the_first_evidence(bench: Bench) -> None:
    others = make_evidence(CHANGE, write(CHANGE), run_id="2026-11-22-001")

    def settle_first(addition: Addition | None) -> Addition | None:
        bench.disk.evidence[MAPPING, 0] = others
        return addition

    bench.psa.read_back = settle_first
    result = await bench.push()
    assert result.state is CustomerState.CHANGED
    assert list(bench.disk.evidence.values()) == [others]


async def test_books_that_refuse_evidence_and_have_none_are_our_mistake(bench: Bench) -> None:
    async def refuse(*_: Any) -> bool:
        return False

    bench.store.settle = refuse  # type: ignore[method-assign, assignment]
    with pytest.raises(Bug, match="refused evidence"):
        await bench.push()


async def test_two_lines_end_as_the_worse_one() -> None:
    bench = Bench()
    await bench.plan(make_line(3), make_line(5, mapping=make_mapping("other")))
    real = bench.psa.act

    async def create(change: CreateAddition) -> WriteAnswer:
        return Refused("No.") if change.quantity == 5 else Accepted(real(change))

    bench.psa.on_create = create
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.FAILED, 1, 1)
    assert [change.quantity_after for change in result.changes] == [3]
    assert result.sentences == ("No.",)


async def test_a_line_in_doubt_does_not_stop_the_other_one() -> None:
    bench = Bench()
    await bench.plan(make_line(3), make_line(5, mapping=make_mapping("other")))
    bench.psa.on_create = answer(InDoubt("x"), True, bench)
    await bench.push_again()
    assert [change.quantity for change in bench.psa.created] == [3, 5]
    assert (await bench.push()).verified == 2
    assert len(bench.psa.created) == 2


@pytest.mark.parametrize("ending", [Ending.REFUSED, Ending.OVERTAKEN])
async def test_what_was_not_written_has_no_read_back(bench: Bench, ending: Ending) -> None:
    if ending is Ending.REFUSED:
        bench.psa.on_create = answer(Refused("No."), False, bench)
    else:
        edit_quantity(bench)
    await bench.push()
    assert [(entry.ending, entry.after) for entry in bench.disk.evidence.values()] == [(ending, None)]


# The step around it


async def test_an_allowed_plan_is_pushed_and_its_result_kept(bench: Bench) -> None:
    pushed = await steps.push_agreement(bench.outside, {"run_id": RUN, "plan_hash": bench.plan_hash})
    assert pushed == {"plan_hash": bench.plan_hash, "again_seconds": None}
    assert [result.verified for result in await bench.store.list_pushes(RUN)] == [1]


async def test_a_plan_in_doubt_is_to_be_looked_at_again(bench: Bench) -> None:
    bench.psa.on_create = answer(InDoubt("x"), False, bench)
    pushed = await steps.push_agreement(bench.outside, {"run_id": RUN, "plan_hash": bench.plan_hash})
    assert pushed == {"plan_hash": bench.plan_hash, "again_seconds": 60}
    assert await bench.store.list_pushes(RUN) == ()


@pytest.mark.parametrize("allowed", [None, ()])
async def test_a_plan_that_the_verdict_does_not_name_is_never_written(allowed: tuple[()] | None) -> None:
    bench = Bench()
    await bench.plan()
    del bench.disk.blobs[f"verdict/{RUN}"]
    if allowed is not None:
        await bench.store.save_verdict(Verdict(RUN, allowed))
    with pytest.raises(Bug, match="not allowed by the verdict"):
        await steps.push_agreement(bench.outside, {"run_id": RUN, "plan_hash": bench.plan_hash})
    assert bench.psa.calls == []


async def test_a_plan_that_was_tampered_with_is_never_written(bench: Bench) -> None:
    broken = Broken(bench.disk, bench.store.faults, bench.store.process, bench.store.now)
    outside = replace(bench.outside, archive=broken)
    with pytest.raises(Bug, match="tampered"):
        await steps.push_agreement(outside, {"run_id": RUN, "plan_hash": bench.plan_hash})
    assert bench.psa.calls == []
    assert bench.disk.turns == {}
