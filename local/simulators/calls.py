"""How often each operation of a simulator was called."""

from __future__ import annotations

from collections import Counter
from typing import Any


class CallCounter:
    """`inner` counts the requests that travelled inside a batch."""

    def __init__(self) -> None:
        self._by_operation: Counter[str] = Counter()
        self._inner: Counter[str] = Counter()

    def count(self, operation: str) -> None:
        self._by_operation[operation] += 1

    def count_inner(self, operation: str) -> None:
        self._inner[operation] += 1

    def reset(self) -> None:
        self._by_operation.clear()
        self._inner.clear()

    def report(self) -> dict[str, Any]:
        return {
            "total": self._by_operation.total(),
            "by_operation": dict(sorted(self._by_operation.items())),
            "inner": dict(sorted(self._inner.items())),
        }
