"""A customer that is removed, or only observed, while a run is between plan and push is written no more."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plans.agreements import Agreement
from plans.changes import Change
from plans.controls import Controls, Pause
from plans.judgement import PlannedAgreement, PlannedLine, Verdict
from plans.ports import Accepted, InDoubt, WriteAnswer
from plans.results import AgreementResult, PushResult, TenantResult, end_plan
from plans.runs import CustomerState, TenantState
from sync.outcomes import Again
from sync.totals import add_up
from tests.unit.sync.desk import (
    CONNECTION,
    CUSTOMER,
    HOME,
    MAPPING,
    RUN,
    Bench,
    make_addition,
    make_create,
    make_set,
    write,
)
from web.pages.aftermath import make_aftermath

CHANGE = make_create()
WITHDRAWALS = (("removed", "was removed"), ("observed", "is only observed"), ("paused", "Ada paused all writing"))


def withdraw(bench: Bench, how: str) -> None:
    if how == "paused":
        bench.profiles.controls = Controls(pause=Pause("Ada", bench.time, "Stop."))
        return
    customer = bench.books.customer
    assert customer is not None
    bench.books.customer = None if how == "removed" else replace(customer, is_observed=True)


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.plan(CHANGE)
    return made


@pytest.mark.parametrize(("how", "words"), WITHDRAWALS)
async def test_nothing_is_promised_or_sent_after_it(bench: Bench, how: str, words: str) -> None:
    withdraw(bench, how)
    result = await bench.push()
    assert (result.state, result.writes, result.changes) == (CustomerState.UNCHANGED, 0, ())
    assert [words in sentence for sentence in result.sentences] == [True]
    assert bench.psa.calls == []
    assert bench.books.intents == {}
    assert bench.books.turns == {}, "the agreement is free again"


@pytest.mark.parametrize(("how", "words"), WITHDRAWALS)
async def test_a_promise_that_was_just_made_is_ended_and_not_sent(bench: Bench, how: str, words: str) -> None:
    bench.psa.on_read = lambda: withdraw(bench, how)
    result = await bench.push()
    assert (result.state, bench.psa.sent) == (CustomerState.UNCHANGED, [])
    assert bench.endings == ["overtaken"]
    assert [words in sentence for sentence in bench.told] == [True]
    assert bench.parked is None


@pytest.mark.parametrize(("how", "words"), WITHDRAWALS)
async def test_the_second_change_of_a_line_is_not_written_after_it(how: str, words: str) -> None:
    bench = Bench()
    addition = make_addition()
    bench.own(addition)
    bench.plan(make_set(addition, 1, quantity=Decimal(8)), make_create(2, 5))

    async def send(change: Change) -> WriteAnswer:
        bench.psa.act(change)
        withdraw(bench, how)
        return Accepted("8001")

    bench.psa.on_send = send
    result = await bench.push()
    assert (result.state, result.writes, result.verified) == (CustomerState.CHANGED, 1, 1)
    assert len(bench.psa.sent) == 1
    assert words in result.sentences[0]


@pytest.mark.parametrize(("how", "words"), WITHDRAWALS)
async def test_what_was_sent_before_it_is_still_found_out_about(bench: Bench, how: str, words: str) -> None:
    bench.answer(InDoubt("no answer"), acts=True)
    assert isinstance(await bench.push(), Again)
    withdraw(bench, how)
    result = await bench.push()
    assert (result.state, result.verified) == (CustomerState.CHANGED, 1)
    assert bench.endings == ["verified"], "the evidence says what happened"


@pytest.mark.parametrize(("how", "words"), WITHDRAWALS)
async def test_what_never_arrived_is_not_sent_again(bench: Bench, how: str, words: str) -> None:
    bench.answer(InDoubt("no answer"), acts=False)
    assert isinstance(await bench.push(), Again)
    withdraw(bench, how)
    bench.outwait()
    result = await bench.push()
    assert (result.state, result.writes) == (CustomerState.UNCHANGED, 0)
    assert len(bench.psa.sent) == 1
    assert bench.endings == ["overtaken"]


@pytest.mark.parametrize(("how", "words"), WITHDRAWALS)
async def test_both_halves_of_a_transfer_are_withdrawn(how: str, words: str) -> None:
    bench = Bench()
    addition = make_addition()
    bench.own(addition)
    old = bench.line(make_set(addition, 1, quantity=Decimal(8)))
    new = bench.line(make_create(mapping_id="new"), mapping_id="new", transfer=(MAPPING,))
    bench.plan(old, new)
    withdraw(bench, how)
    result = await bench.push()
    assert (result.state, len(result.sentences), bench.psa.calls) == (CustomerState.UNCHANGED, 2, [])


def test_the_run_and_its_pages_say_that_nothing_changed() -> None:
    line = PlannedLine(MAPPING, 10)
    agreement = AgreementResult(CUSTOMER, CONNECTION, HOME, "hash", CustomerState.CHANGED, 1, writing=(line,))
    tenant = TenantResult("tenant-1", (CUSTOMER,), TenantState.PLANNED, agreements=(agreement,))
    push = PushResult("hash", CUSTOMER, HOME, CustomerState.UNCHANGED, 0, 0, sentences=("It was removed.",))
    verdict = Verdict(RUN, (PlannedAgreement(CUSTOMER, CONNECTION, HOME, "hash", (line,)),))
    totals = add_up([tenant], [push], verdict)
    assert (totals.unchanged, totals.changed, totals.failed) == (1, 0, 0)
    aftermath = make_aftermath([push], verdict, is_closed=True)
    assert aftermath.state_of(agreement) is CustomerState.UNCHANGED
    assert not aftermath.is_unwritten(agreement)


def test_what_else_was_planned_keeps_its_state() -> None:
    push = PushResult("hash", CUSTOMER, HOME, CustomerState.UNCHANGED, 0, 0)
    for state in (CustomerState.HELD, CustomerState.PARKED, CustomerState.FAILED, CustomerState.SCHEDULED):
        assert end_plan(state, push) is state
    assert end_plan(CustomerState.CHANGED, replace(push, state=CustomerState.PARKED)) is CustomerState.PARKED


async def test_a_customer_that_is_still_there_is_written(bench: Bench) -> None:
    result = await bench.push()
    assert (result.state, result.verified) == (CustomerState.CHANGED, 1)
    agreement = bench.psa.agreements[HOME]
    assert isinstance(agreement, Agreement) and agreement.additions == (write(CHANGE),)
