"""Questions that many ask and that are asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

RUNS_KEPT = 3


class SharedReading[T]:
    """Whoever asks while somebody is reading gets what that one read; whoever asks later reads anew."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._done: tuple[int, T | None] = (0, None)

    async def read(self) -> T:
        """What is read. Raises what reading raises; then the next one in line reads."""
        number, _ = self._done
        async with self._turn:
            finished, value = self._done
            if finished == number or value is None:
                value = await self._read()
                self._done = (finished + 1, value)
            return value


class ReadingOfARun[T]:
    """A question that is asked once for a whole run: what was read when it was first asked stands for that run, and
    for no other one. The newest few runs are kept."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._kept: dict[str, T] = {}

    async def read(self, run_id: str) -> T:
        """What was read for this run. Raises what reading raises; then the next one in line reads."""
        async with self._turn:
            if run_id not in self._kept:
                self._kept[run_id] = await self._read()
            while len(self._kept) > RUNS_KEPT:
                del self._kept[next(iter(self._kept))]
            return self._kept[run_id]
