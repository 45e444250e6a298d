"""What waits, remembered for a few seconds: the number in the bar stands on every page, and after a night with a brake
there are thousands of rows behind it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from plans.approvals import OpenHold
from plans.ports import Outside

SECONDS_REMEMBERED = 3.0


@dataclass(slots=True)
class HoldsReader:
    """Whoever asks while a read is under way gets that read. Decisions never use it: they read afresh."""

    _holds: tuple[OpenHold, ...] = ()
    _read_at: float | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self, outside: Outside, *, afresh: bool = False) -> tuple[OpenHold, ...]:
        """The holds as they are, or were a few seconds ago; the oldest first."""
        async with self._lock:
            is_old = self._read_at is None or time.monotonic() - self._read_at > SECONDS_REMEMBERED
            if afresh or is_old:
                self._holds = await outside.open_items.list_holds()
                self._read_at = time.monotonic()
            return self._holds
