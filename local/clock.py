"""The clock of the local world: the wall clock, moved to where the demo stands.

Every process of the local stack is told the same origin, so that the worker, the simulators and the
sign-in page agree on what time it is. A clock may be kept in a file; then it can be moved while all of them
run. Times are aware datetimes in UTC.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

ENVIRONMENT_NAME = "SEATLEDGER_LOCAL_CLOCK"
FILE_PREFIX = "file:"


@dataclass(frozen=True)
class LocalClock:
    """`origin` is what the clock showed at `started_at_unix_seconds` of the wall clock; a `file` overrules both."""

    origin: datetime
    started_at_unix_seconds: float
    file: Path | None = None

    def utc_now(self) -> datetime:
        if self.file is not None:
            return _clock_in(self.file, self.file.stat().st_mtime_ns).utc_now()
        elapsed_seconds = time.time() - self.started_at_unix_seconds
        return self.origin + timedelta(seconds=elapsed_seconds)

    def move_to(self, moment: datetime) -> None:
        """Sets the clock for every process that shares its file."""
        if self.file is None:
            raise ValueError("This clock has no file, so nobody could be told that it moved.")
        _write(self.file, clock_starting_at(moment))

    def as_environment(self) -> dict[str, str]:
        if self.file is not None:
            return {ENVIRONMENT_NAME: f"{FILE_PREFIX}{self.file}"}
        return {ENVIRONMENT_NAME: f"{self.origin.isoformat()}@{self.started_at_unix_seconds}"}


def clock_starting_at(origin: datetime) -> LocalClock:
    return LocalClock(origin.astimezone(UTC), time.time())


def clock_kept_in(file: Path, origin: datetime) -> LocalClock:
    """The clock of that file, going on from where it was last set; set to `origin` where there is none yet.

    The time that passed while nobody looked does not count.
    """
    shown = _read(file).origin if file.exists() else origin
    file.parent.mkdir(parents=True, exist_ok=True)
    clock = clock_starting_at(shown)
    _write(file, clock)
    return LocalClock(clock.origin, clock.started_at_unix_seconds, file.resolve())


def clock_from_environment() -> LocalClock:
    """The clock that the stack was started with; the wall clock where none was given."""
    text = os.environ.get(ENVIRONMENT_NAME)
    if text is None:
        return clock_starting_at(datetime.now(UTC))
    if text.startswith(FILE_PREFIX):
        file = Path(text.removeprefix(FILE_PREFIX))
        kept = _read(file)
        return LocalClock(kept.origin, kept.started_at_unix_seconds, file)
    origin, _, started_at = text.partition("@")
    return LocalClock(datetime.fromisoformat(origin).astimezone(UTC), float(started_at))


@cache
def _clock_in(file: Path, changed_at_ns: int) -> LocalClock:
    """Read once for each time the file changed."""
    return _read(file)


def _read(file: Path) -> LocalClock:
    kept = json.loads(file.read_text(encoding="utf-8"))
    return LocalClock(datetime.fromisoformat(kept["origin"]).astimezone(UTC), float(kept["started_at_unix_seconds"]))


def _write(file: Path, clock: LocalClock) -> None:
    kept = {"origin": clock.origin.isoformat(), "started_at_unix_seconds": clock.started_at_unix_seconds}
    half_written = file.with_suffix(".tmp")
    half_written.write_text(json.dumps(kept), encoding="utf-8")
    half_written.replace(file)
