"""An event loop whose clock jumps: a night of sleeps takes milliseconds, and one seed gives one order of events."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, override


class Stuck(Exception):
    """Every task waits for something that nobody will do."""


class JumpingSelector(selectors.SelectSelector):
    """Waits by moving the clock instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now_seconds = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("every task waits, and no timer is set")
        self.now_seconds += max(timeout, 0.0)
        return []

    @override
    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return super().get_map()


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop on virtual seconds, starting at 0."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now_seconds


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
