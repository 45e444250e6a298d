"""The clock of the local world: the wall clock, moved to where the demo stands.

Every process of the local stack is told the same origin, so that the worker, the simulators and the
sign-in page agree on what time it is. Times are aware datetimes in UTC.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ENVIRONMENT_NAME = "SEATLEDGER_LOCAL_CLOCK"


@dataclass(frozen=True)
class LocalClock:
    """`origin` is what the clock showed at `started_at_unix_seconds` of the wall clock."""

    origin: datetime
    started_at_unix_seconds: float

    def utc_now(self) -> datetime:
        elapsed_seconds = time.time() - self.started_at_unix_seconds
        return self.origin + timedelta(seconds=elapsed_seconds)

    def as_environment(self) -> dict[str, str]:
        return {ENVIRONMENT_NAME: f"{self.origin.isoformat()}@{self.started_at_unix_seconds}"}


def clock_starting_at(origin: datetime) -> LocalClock:
    return LocalClock(origin.astimezone(UTC), time.time())


def clock_from_environment() -> LocalClock:
    """The clock that the stack was started with; the wall clock where none was given."""
    text = os.environ.get(ENVIRONMENT_NAME)
    if text is None:
        return clock_starting_at(datetime.now(UTC))
    origin, _, started_at = text.partition("@")
    return LocalClock(datetime.fromisoformat(origin).astimezone(UTC), float(started_at))
