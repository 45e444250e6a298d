"""Questions that many ask are asked once."""

from __future__ import annotations

import asyncio

import pytest

from plans.errors import Retry
from psa.sharing import SECONDS_KEPT, ReadingOfARun, SharedReading
from tests.simulation.virtual_time import run_virtually


async def test_whoever_asks_meanwhile_gets_the_same_and_whoever_asks_later_a_new_one() -> None:
    read: list[int] = []

    async def ask() -> int:
        await asyncio.sleep(0)
        read.append(len(read))
        return len(read)

    shared = SharedReading(ask)
    assert await asyncio.gather(*(shared.read() for _ in range(20))) == [1] * 20
    assert await shared.read() == 2


async def test_a_failure_is_the_failure_of_its_asker_alone() -> None:
    answers: list[int | None] = [None, 7]

    async def ask() -> int:
        await asyncio.sleep(0)
        answer = answers.pop(0)
        if answer is None:
            raise Retry("no answer")
        return answer

    shared = SharedReading(ask)
    first, *others = await asyncio.gather(*(shared.read() for _ in range(3)), return_exceptions=True)
    assert isinstance(first, Retry) and others == [7, 7]
    answers.append(None)
    with pytest.raises(Retry):
        await shared.read()


async def test_a_run_is_told_what_was_read_when_it_first_asked_and_another_run_something_new() -> None:
    read: list[int] = []

    async def ask() -> int:
        await asyncio.sleep(0)
        read.append(len(read))
        return len(read)

    shared = ReadingOfARun(ask)
    assert await asyncio.gather(*(shared.read("2026-11-22") for _ in range(20))) == [1] * 20
    assert [await shared.read(each) for each in ("2026-11-22-001", "2026-11-22", "2026-11-22-001")] == [2, 1, 2]


def test_a_run_that_waited_for_an_hour_reads_anew() -> None:
    read: list[int] = []

    async def ask() -> int:
        read.append(len(read))
        return len(read)

    async def wait_for_it() -> list[int]:
        shared = ReadingOfARun(ask)
        told = [await shared.read("2026-11-22")]
        for seconds in (SECONDS_KEPT - 1, 1):
            await asyncio.sleep(seconds)
            told.append(await shared.read("2026-11-22"))
        return told

    assert run_virtually(wait_for_it()) == [1, 1, 2]


async def test_what_could_not_be_read_is_read_by_the_next_one() -> None:
    answers: list[int | None] = [None, 7]

    async def ask() -> int:
        await asyncio.sleep(0)
        answer = answers.pop(0)
        if answer is None:
            raise Retry("no answer")
        return answer

    shared = ReadingOfARun(ask)
    first, *others = await asyncio.gather(*(shared.read("2026-11-22") for _ in range(3)), return_exceptions=True)
    assert isinstance(first, Retry) and others == [7, 7]
