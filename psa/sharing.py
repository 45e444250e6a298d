"""A question that many ask at once and that is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


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
