"""Questions that many ask and that are asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

SECONDS_KEPT = 3600.0
"""How long what was read for a run stands: one that had to wait for its PSA reads it again."""


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
    """A question that is asked once for a whole run: what was read when it was first asked stands for that run, for an
    hour at most, and for no other one."""

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._kept: dict[str, tuple[float, T]] = {}

    async def read(self, run_id: str) -> T:
        """What was read for this run. Raises what reading raises; then the next one in line reads."""
        async with self._turn:
            now = asyncio.get_running_loop().time()
            self._kept = {name: kept for name, kept in self._kept.items() if now - kept[0] < SECONDS_KEPT}
            if run_id not in self._kept:
                self._kept[run_id] = now, await self._read()
            return self._kept[run_id][1]
