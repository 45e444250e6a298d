"""How much a database may be asked: requests of all integrations in the last hour, and threads of one entity.

10,000 requests in 60 minutes; from half of them on each call takes 0.5 s longer, from three quarters on 1.0 s, and past
all of them nobody is answered until the hour has moved on (autotask-halo.md 1, Limits). What such an answer looks like
is not known: here it is a 429.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from local.simulators.autotask.errors import THREADS_EXCEEDED, ApiError

THRESHOLD = 10_000
TIMEFRAME_MINUTES = 60
MOST_THREADS = 3
SUSPENDED = "The API request threshold of this database has been exceeded. Requests are suspended until usage falls."
TOO_MANY = 429


class Budget:
    """Counts requests by the clock of the local world."""

    def __init__(self, utc_now: Callable[[], datetime]) -> None:
        self._utc_now = utc_now
        self._spent: deque[tuple[datetime, int]] = deque()

    def used(self) -> int:
        """How many requests there were in the last hour."""
        since = self._utc_now() - timedelta(minutes=TIMEFRAME_MINUTES)
        while self._spent and self._spent[0][0] <= since:
            self._spent.popleft()
        return sum(count for _, count in self._spent)

    def spend_elsewhere(self, count: int) -> None:
        """What other integrations of the same database asked just now."""
        self._spent.append((self._utc_now(), count))

    def forget(self) -> None:
        self._spent.clear()

    def spend(self) -> float:
        """One request; the seconds by which it is delayed. Raises ApiError where nobody is answered."""
        used = self.used()
        if used >= THRESHOLD:
            raise ApiError(SUSPENDED, TOO_MANY)
        self._spent.append((self._utc_now(), 1))
        return 1.0 if 4 * used >= 3 * THRESHOLD else 0.5 if 2 * used >= THRESHOLD else 0.0

    def report(self) -> dict[str, int]:
        return {
            "externalRequestThreshold": THRESHOLD,
            "requestThresholdTimeframe": TIMEFRAME_MINUTES,
            "currentTimeframeRequestCount": self.used(),
        }


class Threads:
    """Requests that are being answered, by entity. Calls about an entity's fields count as well."""

    def __init__(self) -> None:
        self._running: Counter[str] = Counter()

    @contextmanager
    def enter(self, entity: str) -> Iterator[None]:
        """Raises ApiError for a fourth one at a time."""
        if self._running[entity] >= MOST_THREADS:
            raise ApiError(THREADS_EXCEEDED, TOO_MANY)
        self._running[entity] += 1
        try:
            yield
        finally:
            self._running[entity] -= 1
