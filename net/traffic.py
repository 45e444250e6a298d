"""Counts requests for whoever began to count, however deep below it they are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from plans.traffic import Traffic


@dataclass(slots=True)
class Counter:
    """What was counted so far. Tasks that are started while it counts share it."""

    traffic: Traffic = field(default_factory=Traffic)

    def add(self, traffic: Traffic) -> None:
        """Count that as well."""
        self.traffic = self.traffic.plus(traffic)


COUNTER: ContextVar[Counter | None] = ContextVar("counter", default=None)


@contextmanager
def counting() -> Iterator[Counter]:
    """Count every request that is made inside the block."""
    counter = Counter()
    token = COUNTER.set(counter)
    try:
        yield counter
    finally:
        COUNTER.reset(token)


def note(traffic: Traffic) -> None:
    """Count it, where somebody counts."""
    counter = COUNTER.get()
    if counter is not None:
        counter.add(traffic)
