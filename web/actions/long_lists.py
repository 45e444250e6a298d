"""Lists of a PSA that may take longer than a page waits: read once for everybody, and read on for the next look."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from plans.errors import Retry

LOGGER = logging.getLogger(__name__)

SECONDS_REMEMBERED = 60.0
# What took long to read is kept for so many times as long.
TIMES_REMEMBERED = 10
LONGEST_LIST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ReadList[T]:
    """One list, when it had been read (monotonic seconds), and how long that took."""

    value: T
    read_at: float
    took: float

    @property
    def is_fresh(self) -> bool:
        """Whether it need not be asked for again."""
        return time.monotonic() - self.read_at < max(SECONDS_REMEMBERED, TIMES_REMEMBERED * self.took)


@dataclass(slots=True)
class LongLists[T]:
    """One for each kind of list, by PSA connection."""

    _kept: dict[str, ReadList[T]] = field(default_factory=dict)
    _reading: dict[str, asyncio.Task[T]] = field(default_factory=dict)

    def forget(self) -> None:
        """Ask the PSA again next time."""
        self._kept.clear()

    def is_reading(self, connection_id: str) -> bool:
        """Whether somebody has waited for it already."""
        return connection_id in self._reading

    async def read(self, connection_id: str, ask: Callable[[], Awaitable[T]], patience_seconds: float) -> T | None:
        """The list; None where it is still being read after that long. Raises what asking raises, and Retry where it
        has no end.
        """
        kept = self._kept.get(connection_id)
        if kept is not None and kept.is_fresh:
            return kept.value
        reading = self._reading.get(connection_id)
        if reading is None:
            reading = asyncio.create_task(self._read(connection_id, ask))
            self._reading[connection_id] = reading
            reading.add_done_callback(lambda ended: self._end(connection_id, ended))
        await asyncio.wait({reading}, timeout=max(patience_seconds, 0.0))
        return reading.result() if reading.done() else None

    async def _read(self, connection_id: str, ask: Callable[[], Awaitable[T]]) -> T:
        began = time.monotonic()
        try:
            async with asyncio.timeout(LONGEST_LIST_SECONDS):
                value = await ask()
        except TimeoutError as error:
            raise Retry(f"It does not answer, or takes longer than {LONGEST_LIST_SECONDS // 60} minutes.") from error
        ended = time.monotonic()
        self._kept[connection_id] = ReadList(value, ended, ended - began)
        return value

    def _end(self, connection_id: str, ended: asyncio.Task[T]) -> None:
        """Whoever waits is told what went wrong; the next one asks anew."""
        self._reading.pop(connection_id, None)
        if not ended.cancelled() and ended.exception() is not None:
            LOGGER.warning("A list of PSA connection %s cannot be read: %s", connection_id, ended.exception())
