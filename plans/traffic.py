"""What a run asked of the outside world: calls, repetitions, and how long it waited. Nothing is decided by it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests to Microsoft and PSAs. `throttled` answers said that we ask too much; `waited_ms` are the milliseconds
    between an answer that did not help and the next try.
    """

    calls: int = 0
    retries: int = 0
    throttled: int = 0
    waited_ms: int = 0

    def plus(self, other: Traffic) -> Traffic:
        """Both together."""
        return Traffic(
            self.calls + other.calls,
            self.retries + other.retries,
            self.throttled + other.throttled,
            self.waited_ms + other.waited_ms,
        )
