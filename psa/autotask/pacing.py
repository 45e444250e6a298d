"""How fast Autotask is asked: few requests at once, one write at a time, and within the database's own budget.

Facts: reference autotask-halo.md 1, "Limits": three requests at once for each entity, 10,000 an hour for everything
that uses the database; rules: billing rules 7. The counter is Autotask's own. It is read before the first request and
again after every `REQUESTS_PER_LOOK` of ours or `SECONDS_PER_LOOK`, for others ask as well.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from plans.budget import Pace, RequestBudget
from plans.errors import Retry, Spent

REQUESTS_AT_ONCE = 2
WRITES_AT_ONCE = 1
REQUESTS_PER_LOOK = 100
SECONDS_PER_LOOK = 60.0
SLOW_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 20.0

type ReadBudget = Callable[[], Awaitable[RequestBudget]]


class Pacer:
    """Lets one connection's requests through, for one event loop."""

    def __init__(self, read_budget: ReadBudget) -> None:
        """`read_budget` asks Autotask for its counter; its own request passes no pacer."""
        self._read_budget = read_budget
        self._entities: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(REQUESTS_AT_ONCE))
        self._writes = asyncio.Semaphore(WRITES_AT_ONCE)
        self._look = asyncio.Lock()
        self._budget: RequestBudget | None = None
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
        """The counter as Autotask has it now. Raises like the reading of it."""
        budget = await self._read_budget()
        self._budget, self._since_look = budget, 0
        self._looked_at = asyncio.get_running_loop().time()
        return budget

    async def _obey(self) -> None:
        """Wait or stop, as the counter says. While it says stop it is read again before every request: that is how the
        stop ends by itself."""
        async with self._look:
            budget = await self.look() if self._budget is None or self._is_stale(self._budget) else self._budget
            self._since_look += 1
        if budget.pace is Pace.STOPPED:
            raise Spent(f"Autotask: {budget.describe()}")
        if budget.pace is Pace.SLOW:
            await asyncio.sleep(SLOW_SECONDS)

    def _is_stale(self, budget: RequestBudget) -> bool:
        age = asyncio.get_running_loop().time() - self._looked_at
        is_old = age >= SECONDS_PER_LOOK or self._since_look >= REQUESTS_PER_LOOK
        return is_old or (budget.pace is Pace.STOPPED and age >= SLOW_SECONDS)
