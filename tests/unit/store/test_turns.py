"""Turns: every agreement has one writer at a time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from store import tables
from store.books import TableBooks
from tests.unit.store.conftest import AnyBooks, Clock
from tests.unit.store.values import CONNECTION


async def test_a_turn_has_one_holder(books: AnyBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    assert await books.take_turn(CONNECTION, "1201", "run-a", until) is True
    assert await books.take_turn(CONNECTION, "1201", "run-b", until) is False


async def test_of_many_runs_exactly_one_takes_the_turn(books: AnyBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    taken = await asyncio.gather(*(books.take_turn(CONNECTION, "1201", f"run-{n}", until) for n in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_a_run_may_take_its_own_turn_again_and_make_it_longer(books: AnyBooks, clock: Clock) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now() + timedelta(minutes=5))
    assert await books.take_turn(CONNECTION, "1201", "run-a", clock.now() + timedelta(minutes=9)) is True
    clock.move(minutes=6)
    assert await books.take_turn(CONNECTION, "1201", "run-b", clock.now() + timedelta(minutes=5)) is False


@pytest.mark.parametrize(("seconds", "is_free"), [(299, False), (300, True), (301, True)])
async def test_a_turn_ends_by_itself(books: AnyBooks, clock: Clock, seconds: int, is_free: bool) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now() + timedelta(minutes=5))
    clock.move(seconds=seconds)
    assert await books.take_turn(CONNECTION, "1201", "run-b", clock.now() + timedelta(minutes=5)) is is_free


async def test_of_many_runs_exactly_one_takes_over_a_turn_that_ended(books: AnyBooks, clock: Clock) -> None:
    await books.take_turn(CONNECTION, "1201", "run-a", clock.now())
    until = clock.now() + timedelta(minutes=5)
    taken = await asyncio.gather(*(books.take_turn(CONNECTION, "1201", f"run-{n}", until) for n in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_a_turn_that_was_given_back_is_free(books: AnyBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    await books.take_turn(CONNECTION, "1201", "run-a", until)
    await books.end_turn(CONNECTION, "1201", "run-a")
    assert await books.take_turn(CONNECTION, "1201", "run-b", until) is True


async def test_nobody_gives_back_the_turn_of_another(books: AnyBooks, clock: Clock) -> None:
    until = clock.now() + timedelta(minutes=5)
    await books.take_turn(CONNECTION, "1201", "run-a", until)
    await books.end_turn(CONNECTION, "1201", "run-b")
    assert await books.take_turn(CONNECTION, "1201", "run-b", until) is False


async def test_giving_back_a_turn_that_is_gone_does_nothing(books: AnyBooks) -> None:
    await books.end_turn(CONNECTION, "1201", "run-a")


async def test_a_turn_that_was_taken_over_meanwhile_is_not_given_back(
    table_books: TableBooks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await table_books.take_turn(CONNECTION, "1201", "run-a", clock.now())
    real_read = tables.read
    until = clock.now() + timedelta(minutes=5)

    async def read_slowly(*arguments: Any) -> Any:
        row = await real_read(*arguments)
        assert await table_books.take_turn(CONNECTION, "1201", "run-b", until)
        return row

    monkeypatch.setattr("store.turns.read", read_slowly)
    await table_books.end_turn(CONNECTION, "1201", "run-a")
    assert await table_books.take_turn(CONNECTION, "1201", "run-c", until) is False


@pytest.mark.parametrize(("connection_id", "agreement_id"), [("other", "1201"), (CONNECTION, "1202")])
async def test_every_agreement_has_its_own_turn(
    books: AnyBooks, clock: Clock, connection_id: str, agreement_id: str
) -> None:
    until = clock.now() + timedelta(minutes=5)
    await books.take_turn(CONNECTION, "1201", "run-a", until)
    assert await books.take_turn(connection_id, agreement_id, "run-b", until) is True
