"""Pushing an addition that has ended already: a PSA may leave it out of its lists and counts."""

from __future__ import annotations

from datetime import date

import pytest

from plans.agreements import Addition
from plans.changes import Change, FinishIntent
from plans.errors import Retry
from plans.keys import make_key
from plans.ports import Accepted, InDoubt, WriteAnswer
from plans.runs import CustomerState
from tests.unit.sync.desk import MAPPING, Bench, make_create


@pytest.fixture
def bench() -> Bench:
    return Bench()


ENDED = make_create(quantity=12, effective_on=date(2026, 11, 3), ends_on=date(2026, 11, 5))
"""A rise of two days that is over when it is written: held, and approved after it ended."""


async def test_an_addition_that_has_ended_is_not_made_twice_though_no_list_shows_it(bench: Bench) -> None:
    """The PSA made it, its answer was lost, and it lists nothing that has ended: nobody can tell, and a person is
    asked."""
    bench.plan(ENDED)
    bench.answer(InDoubt("The answer was lost."), acts=True)
    await bench.push_again()
    bench.psa.hidden = {"9001"}
    bench.outwait()
    result = await bench.push()
    assert result.state is CustomerState.PARKED and bench.psa.sent == [ENDED] and bench.endings == ["mismatch"]
    assert bench.parked is not None and "Nobody can tell whether the PSA made the addition" in bench.parked
    assert make_key(MAPPING, 0) in bench.parked


async def test_another_run_does_not_give_an_ended_addition_up_either(bench: Bench) -> None:
    """Given up, the next plan would make it again."""
    bench.plan(ENDED)
    bench.promise(ENDED)
    bench.outwait()
    bench.plan(bench.line(decision=FinishIntent(ENDED)))
    await bench.push()
    assert bench.endings == ["mismatch"] and bench.parked is not None


async def test_an_addition_that_has_ended_is_found_by_its_number_where_the_psa_told_it(bench: Bench) -> None:
    """The PSA took it, and could not be read for a while: its number was kept, and no list shows it."""
    bench.plan(ENDED)

    async def send_and_break(change: Change) -> WriteAnswer:
        addition_id = bench.psa.act(change)
        bench.psa.read_back = refuse_to_read
        return Accepted(addition_id)

    bench.psa.on_send = send_and_break
    await bench.push_again()
    bench.psa.hidden, bench.psa.read_back = {"9001"}, lambda addition: addition
    bench.outwait()
    result = await bench.push()
    assert (result.state, bench.endings, bench.psa.sent) == (CustomerState.CHANGED, ["verified"], [ENDED])


def refuse_to_read(_: Addition | None) -> Addition | None:
    raise Retry("The PSA cannot be read.")
