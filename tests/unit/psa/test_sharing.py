"""A question that many ask at once is asked once."""

from __future__ import annotations

import asyncio

import pytest

from plans.errors import Retry
from psa.sharing import SharedReading


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
