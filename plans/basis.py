"""What planning every customer of a run rests on alike, and how one process remembers it for a moment (P9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plans.controls import Controls
from plans.runs import Run
from profiles.billing import BillingProfile

REMEMBERED_FOR = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Night:
    """What planning one customer rests on: the day, what administrators set, every profile, and every line's name."""

    day: date
    controls: Controls
    profiles: dict[str, BillingProfile]
    line_names: frozenset[str]


@dataclass(slots=True)
class RecentNight:
    """What was read last for planning, by one process: what people change counts a few seconds later at most, as if the
    tenant had been planned those seconds earlier. Another run always reads anew."""

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
