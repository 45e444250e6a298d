"""An event loop whose clock jumps: a night of sleeps takes milliseconds, and one seed gives one order of events."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Coroutine
from typing import Any, override


class Stuck(Exception):
    """Every task waits for something that nobody will do."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on virtual seconds, starting at 0, that waits by moving its clock. Nothing from outside wakes it."""

    def __init__(self) -> None:
        super().__init__()
        self._now_seconds = 0.0
        self._ready: deque[asyncio.Handle]
        self._scheduled: list[asyncio.TimerHandle]

    @override
    def time(self) -> float:
        return self._now_seconds

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled
        if not ready:
            if not scheduled:
                raise Stuck("every task waits, and no timer is set")
            self._now_seconds = max(self._now_seconds, scheduled[0].when())
        while scheduled and scheduled[0].when() <= self._now_seconds:
            ready.append(heapq.heappop(scheduled))
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()


async def nap(seconds: float) -> None:
    """`asyncio.sleep`, cheaper: for tasks that are cancelled only when their world is over."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[None] = loop.create_future()
    loop.call_later(seconds, wake, waiting)
    await waiting


def wake(waiting: asyncio.Future[None]) -> None:
    """End a nap."""
    if not waiting.done():
        waiting.set_result(None)


def run_virtually[T](main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop of its own."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        drop_tasks(loop)
        loop.close()


def drop_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """End what is still waiting: watchers and workers of a world that is over."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
