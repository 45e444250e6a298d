"""What planning every customer of a run rests on alike, and how one process remembers it for a moment (P9)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from plans.controls import Controls
from plans.results import StampedTenant
from plans.runs import Run
from profiles.billing import BillingProfile
from profiles.licences import Snapshot

REMEMBERED_FOR = timedelta(seconds=5)
HANDED_ON_FOR = timedelta(minutes=1)
MOST_HANDED_ON = 64
MOST_USERS_HANDED_ON = 20_000


@dataclass(frozen=True, slots=True)
class Night:
    """What planning one customer rests on: the day, what administrators set, every profile, and every line's name.

    `run_id` is the run's; empty where a preview plans, which asks everything anew.
    """

    day: date
    controls: Controls
    profiles: dict[str, BillingProfile]
    line_names: frozenset[str]
    run_id: str = ""


@dataclass(slots=True)
class RecentNight:
    """What was read last for planning, by one process: what people change counts a few seconds later at most, as if the
    tenant had been planned those seconds earlier. Another run always reads anew. Whoever has the turn reads, and those
    who wait for it find what was read."""

    turn: AbstractAsyncContextManager[object] = field(default_factory=nullcontext)
    _kept: tuple[Run, Night, datetime] | None = None

    def recall(self, run_id: str, now: datetime) -> tuple[Run, Night] | None:
        """What was kept for this run, if that is not too long ago; `now` is aware."""
        if self._kept is None:
            return None
        run, night, kept_at = self._kept
        is_fresh = run.id == run_id and timedelta(0) <= now - kept_at < REMEMBERED_FOR
        return (run, night) if is_fresh else None

    def keep(self, run: Run, night: Night, now: datetime) -> None:
        """Remember it in place of what was kept before."""
        self._kept = (run, night, now)


@dataclass(frozen=True, slots=True)
class FetchedTenant:
    """What reading a tenant hands on to planning it: its row as it was read before, and the snapshot that is kept."""

    stamped: StampedTenant
    snapshot: Snapshot


@dataclass(slots=True)
class JustRead:
    """What one process read last, until it is planned: once, within a minute, and so many users at most. Whoever finds
    nothing here reads what was kept. The row may be another one by now, and then its stamp says so when it is ended."""

    _kept: dict[tuple[str, str], tuple[FetchedTenant, datetime]] = field(default_factory=dict)

    def keep(self, run_id: str, fetched: FetchedTenant, now: datetime) -> None:
        """Hand it on; the oldest make room. `now` is aware."""
        key = run_id, fetched.snapshot.tenant_id
        self._kept.pop(key, None)
        self._kept[key] = fetched, now
        while len(self._kept) > MOST_HANDED_ON or self._count_users() > MOST_USERS_HANDED_ON:
            del self._kept[next(iter(self._kept))]

    def take(self, run_id: str, tenant_id: str, now: datetime) -> FetchedTenant | None:
        """What was handed on for this tenant, for the first who asks; None after a minute. `now` is aware."""
        fetched, kept_at = self._kept.pop((run_id, tenant_id), (None, now))
        return fetched if timedelta(0) <= now - kept_at < HANDED_ON_FOR else None

    def _count_users(self) -> int:
        return sum(len(fetched.snapshot.users) for fetched, _ in self._kept.values())
