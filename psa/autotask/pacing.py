"""How fast Autotask is asked: few requests at once, one write at a time, and within the database's own budget.

Facts: reference autotask-halo.md 1, "Limits": three requests at once for each entity, 10,000 an hour for everything
that uses the database; rules: billing rules 7. The counter is Autotask's own. It is read before the first request and
again after every `REQUESTS_PER_LOOK` of ours or `SECONDS_PER_LOOK`, for others ask as well. Where the API user may not
read it, Seatledger counts its own requests instead, against a quarter of what Autotask allows: others are not seen,
another process of ours counts for itself, and what a request repeats after a passing error is not counted.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from plans.budget import Pace, RequestBudget
from plans.errors import Retry, Spent

REQUESTS_AT_ONCE = 2
WRITES_AT_ONCE = 1
REQUESTS_PER_LOOK = 100
SECONDS_PER_LOOK = 60.0
SLOW_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 20.0
OWN_LIMIT = 2500
OWN_MINUTES = 60

type ReadBudget = Callable[[], Awaitable[RequestBudget | CounterRefused]]


@dataclass(frozen=True, slots=True)
class CounterRefused:
    """Autotask does not let the API user read its counter; what it said, without a full stop."""

    said: str


class Pacer:
    """Lets one connection's requests through, for one event loop."""

    def __init__(self, read_budget: ReadBudget) -> None:
        """`read_budget` asks Autotask for its counter; its own request passes no pacer."""
        self._read_budget = read_budget
        self._entities: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(REQUESTS_AT_ONCE))
        self._writes = asyncio.Semaphore(WRITES_AT_ONCE)
        self._look = asyncio.Lock()
        self._budget: RequestBudget | CounterRefused | None = None
        self._own: deque[float] = deque()
        self._looked_at = 0.0
        self._since_look = 0

    @asynccontextmanager
    async def reading(self, entity: str) -> AsyncIterator[None]:
        """Room for one read of an entity. Raises Spent where the budget says stop."""
        async with self._entities[entity]:
            await self._obey()
            yield

    @asynccontextmanager
    async def writing(self, entity: str) -> AsyncIterator[None]:
        """Room for one write, and nothing else is written meanwhile. Raises like `reading`, and Retry where there was
        none for long: whoever promised the write counts on its leaving soon (`Limits.send_window`)."""
        asked_at = asyncio.get_running_loop().time()
        async with self._writes, self.reading(entity):
            waited = asyncio.get_running_loop().time() - asked_at
            if waited > LONGEST_WAIT_SECONDS:
                raise Retry(f"Autotask had no room for a write for {waited:.0f} seconds, and it was not sent.")
            yield

    async def look(self) -> RequestBudget:
        """The counter as Autotask has it now; our own where it may not be read. Raises like the reading of it."""
        self._note_own()
        budget = await self._read_budget()
        self._budget, self._since_look = budget, 0
        self._looked_at = asyncio.get_running_loop().time()
        return self._find_own(budget)

    def look_next_time(self) -> None:
        """Have the counter read before the next request: somebody just said that there are too many."""
        self._budget = None

    async def _obey(self) -> None:
        """Wait or stop, as the counter says. While it says stop it is read again before every request: that is how the
        stop ends by itself."""
        async with self._look:
            is_fresh = self._budget is not None and not self._is_stale(self._budget)
            budget = self._find_own(self._budget) if self._budget is not None and is_fresh else await self.look()
            self._since_look += 1
            if budget.pace is not Pace.STOPPED:
                self._note_own()
        if budget.pace is Pace.STOPPED:
            raise Spent(f"Autotask: {budget.describe()}")
        if budget.pace is Pace.SLOW:
            await asyncio.sleep(SLOW_SECONDS)

    def _note_own(self) -> None:
        """Count one request of ours."""
        self._own.append(asyncio.get_running_loop().time())
        self._forget_old()

    def _forget_old(self) -> None:
        since = asyncio.get_running_loop().time() - OWN_MINUTES * 60
        while self._own and self._own[0] <= since:
            self._own.popleft()

    def _find_own(self, budget: RequestBudget | CounterRefused) -> RequestBudget:
        """What was read; where that was a refusal, our own count as it is now."""
        if isinstance(budget, RequestBudget):
            return budget
        self._forget_old()
        return RequestBudget(len(self._own), OWN_LIMIT, OWN_MINUTES, budget.said)

    def _is_stale(self, budget: RequestBudget | CounterRefused) -> bool:
        age = asyncio.get_running_loop().time() - self._looked_at
        is_old = age >= SECONDS_PER_LOOK or self._since_look >= REQUESTS_PER_LOOK
        is_stopped = isinstance(budget, RequestBudget) and budget.pace is Pace.STOPPED
        return is_old or (is_stopped and age >= SLOW_SECONDS)
