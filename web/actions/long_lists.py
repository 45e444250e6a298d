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
# A failure is remembered as well: pages that anybody may open must not ask a PSA in trouble without end.
FAILURE_SECONDS = 20.0
# What took long to read is kept for so many times as long.
TIMES_REMEMBERED = 10
LONGEST_LIST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class ReadList[T]:
    """One list, when it had been read (monotonic seconds), and how long that took."""

    value: T
    read_at: float
    took: float

    def is_fresh(self, seconds: float) -> bool:
        """Whether it need not be asked for again, where it is good for so long at least."""
        return time.monotonic() - self.read_at < max(seconds, TIMES_REMEMBERED * self.took)


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a list could not be read, and when that was (monotonic seconds)."""

    error: BaseException
    at: float

    @property
    def is_fresh(self) -> bool:
        """Whether it is too early to try again."""
        return time.monotonic() - self.at < FAILURE_SECONDS


@dataclass(slots=True)
class LongLists[T]:
    """One for each kind of list, by PSA connection, or by what of it the list is about."""

    _kept: dict[str, ReadList[T]] = field(default_factory=dict)
    _reading: dict[str, asyncio.Task[T]] = field(default_factory=dict)
    _failed: dict[str, Failed] = field(default_factory=dict)

    def forget(self) -> None:
        """Ask the PSA again next time."""
        self._kept.clear()
        self._failed.clear()

    def is_reading(self, connection_id: str) -> bool:
        """Whether somebody has waited for it already."""
        return connection_id in self._reading

    async def read(
        self,
        connection_id: str,
        ask: Callable[[], Awaitable[T]],
        patience_seconds: float,
        *,
        good_for_seconds: float = SECONDS_REMEMBERED,
        suits: Callable[[T], bool] = lambda value: True,
    ) -> T | None:
        """The list; None where it is still being read after that long. One that is remembered and does not suit is
        asked for again. Raises what asking raises, for a while without asking again, and Retry where it has no end.
        """
        kept, failed = self._kept.get(connection_id), self._failed.get(connection_id)
        if kept is not None and kept.is_fresh(good_for_seconds) and suits(kept.value):
            return kept.value
        if failed is not None and failed.is_fresh:
            raise failed.error.with_traceback(None)
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
        self._failed.pop(connection_id, None)
        return value

    def _end(self, connection_id: str, ended: asyncio.Task[T]) -> None:
        """Whoever waits, and whoever asks in the next seconds, is told what went wrong."""
        self._reading.pop(connection_id, None)
        error = None if ended.cancelled() else ended.exception()
        if error is not None:
            self._failed[connection_id] = Failed(error, time.monotonic())
            LOGGER.warning("A list of PSA connection %s cannot be read: %s", connection_id, error)
