"""One run: a night (its id is its local date) or an extra run on that date (`DATE-nnn`)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zlib import crc32
from zoneinfo import ZoneInfo

from plans.errors import Bug

NIGHT_WINDOW_HOURS = 6
# How far back somebody looks for the last night that came this far.
NEWEST_NIGHTS = 30
# How far back somebody looks for a run that never ended: a day may have 999 extra ones.
NEWEST_OPEN_RUNS = 1000
# How long after it was opened the timer may start a run again: a night within its window, an extra run while its day
# lasts. A clock change makes either an hour longer.
NIGHT_STARTS_AGAIN = timedelta(hours=NIGHT_WINDOW_HOURS + 1)
EXTRA_RUN_STARTS_AGAIN = timedelta(hours=25)
# The longest that a start takes to its end (`plans.limits`): two hours until a PSA may be asked again, five until the
# tenants' deadline, seven of pushing where every round waits for a late effect, and two for the work itself.
LONGEST_WORK = timedelta(hours=16)
RUN_ID_PATTERN = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-(?!000)([0-9]{3}))?")


class RunPhase(StrEnum):
    """How far a run is. The run row says it, never the orchestration."""

    READING = "reading"
    PUSHING = "pushing"
    CLOSED = "closed"


class TenantState(StrEnum):
    """How far one tenant of a run is."""

    QUEUED = "queued"
    PLANNED = "planned"
    UNKNOWN = "unknown"


class CustomerState(StrEnum):
    """How one customer ended the run; the worst of its lines, worst first."""

    FAILED = "failed"
    PARKED = "parked"
    HELD = "held"
    CHANGED = "changed"
    SCHEDULED = "scheduled"
    UNCHANGED = "unchanged"


WORST_FIRST = {state: place for place, state in enumerate(CustomerState)}


def worst_state(states: Iterable[CustomerState]) -> CustomerState:
    """The one that a person should hear of first; UNCHANGED where there is none."""
    return min(states, key=WORST_FIRST.__getitem__, default=CustomerState.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Totals:
    """customers = read + unknown; read = unchanged + changed + scheduled + held + parked + failed."""

    customers: int = 0
    read: int = 0
    unknown: int = 0
    unchanged: int = 0
    changed: int = 0
    scheduled: int = 0
    held: int = 0
    parked: int = 0
    failed: int = 0
    writes: int = 0
    verified: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """The run row. Times are aware, in UTC.

    `shard_counts` says into how many pieces each PSA connection's agreements were cut for reading. `judged_at` is when
    reading ended and writing began. One that `is_given_up` died, and was closed without its end.
    """

    id: str
    phase: RunPhase
    started_at: datetime
    closed_at: datetime | None = None
    shard_counts: tuple[tuple[str, int], ...] = ()
    totals: Totals = Totals()
    judged_at: datetime | None = None
    is_given_up: bool = False

    @property
    def day(self) -> date:
        """The MSP-local day of the run."""
        return day_of_run(self.id)

    @property
    def dead_from(self) -> datetime:
        """From then on nothing of it can be under way any more: a run that is not closed by then has died."""
        starts_again = NIGHT_STARTS_AGAIN if is_night(self.id) else EXTRA_RUN_STARTS_AGAIN
        return self.started_at + starts_again + LONGEST_WORK


@dataclass(frozen=True, slots=True)
class Waiting:
    """What keeps a run from reading a PSA connection's agreements for now. Times are aware, in UTC.

    `sentence` is what the PSA said. It is asked again at `asks_at`, and until `until` at the latest: one that
    `is_given_up` was not read by then. `follow_up` is the extra run of its customers, empty where there is none.
    """

    connection_id: str
    sentence: str
    asks_at: datetime
    until: datetime
    is_given_up: bool = False
    follow_up: str = ""


def choose_shard(agreement_id: str, shard_count: int) -> int:
    """The piece, counted from 0, in which a run reads this agreement: the same one whoever asks."""
    return crc32(agreement_id.encode()) % shard_count


def number_renewals(run: Run, connection_id: str, shard: int) -> int:
    """The piece, which is none of `choose_shard`, under which a run keeps what renews the agreements of a piece."""
    return dict(run.shard_counts).get(connection_id, 1) + shard


def day_of_run(run_id: str) -> date:
    """The MSP-local day that a run id names."""
    day = find_day(run_id)
    if day is None:
        raise Bug(f"{run_id!r} is not a run id: it should look like 2026-11-22 or 2026-11-22-001.")
    return day


def find_day(run_id: str) -> date | None:
    """The day in a run id; None where it is none, or names a day that does not exist."""
    match = RUN_ID_PATTERN.fullmatch(run_id)
    if match is None:
        return None
    try:
        return date.fromisoformat(match[1])
    except ValueError:
        return None


def is_night(run_id: str) -> bool:
    """Whether the run is a night, not an extra run."""
    day = find_day(run_id)
    return day is not None and run_id == day.isoformat()


def next_extra_run_id(day: date, existing_run_ids: frozenset[str]) -> str:
    """The first free `DATE-nnn` of a day."""
    for number in range(1, 1000):
        run_id = f"{day.isoformat()}-{number:03d}"
        if run_id not in existing_run_ids:
            return run_id
    raise Bug(f"{day.isoformat()} already has 999 extra runs.")


def night_due(now: datetime, zone: ZoneInfo, start_hour: int) -> str | None:
    """The id of the night that should be running at `now` (aware), or None outside its window.

    The window opens at `start_hour` local time and stays open for six hours, so that a clock change or a missed
    tick cannot lose a night. A window that passes midnight belongs to the day on which it opened.
    """
    local = now.astimezone(zone)
    for day in (local.date(), local.date() - timedelta(days=1)):
        opened_hours_ago = (local.date() - day).days * 24 + local.hour - start_hour
        if 0 <= opened_hours_ago < NIGHT_WINDOW_HOURS:
            return day.isoformat()
    return None
