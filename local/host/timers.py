"""Timer triggers: a function runs at the occurrences of its schedule, one occurrence at a time.

As on Azure, the last run is kept (here in the state directory), and an occurrence that was missed while
nothing ran fires at the start, marked as past due.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from local.host.functions import IndexedFunction
from local.host.invocations import Invocations
from local.host.messages import TypedData
from local.host.schedules import Schedule, read_schedule
from local.host.settings import resolve_references

# A sleep is cut into pieces, so that a machine that was asleep meanwhile notices soon after it wakes up.
LONGEST_SLEEP = timedelta(seconds=30)
# Below this interval the Functions host does not keep track of missed occurrences either.
SHORTEST_MONITORED_INTERVAL = timedelta(minutes=1)

# What .NET sends for a moment that never was.
NEVER = "0001-01-01T00:00:00"

_logger = logging.getLogger("host.timers")


@dataclass(frozen=True)
class TimerListener:
    function: IndexedFunction
    schedule: Schedule
    utc_now: Callable[[], datetime]
    invocations: Invocations
    state_file: Path

    async def listen(self) -> None:
        """Fires until it is cancelled."""
        last = self._read_last()
        due = self.schedule.next_after(last or self.utc_now())
        if self.function.trigger.settings.get("runOnStartup") is True:
            due = self.utc_now()
        while True:
            is_past_due = await self._sleep_until(due)
            await self.fire(last, is_past_due)
            last = self.utc_now()
            self._write_last(last)
            due = self.schedule.next_after(last)

    async def fire(self, last: datetime | None = None, is_past_due: bool = False) -> None:
        """Runs the function once, now."""
        now = self.utc_now()
        information = {
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": last.isoformat() if last else NEVER,
                "Next": self.schedule.next_after(now).isoformat(),
                "LastUpdated": last.isoformat() if last else NEVER,
            },
            "IsPastDue": is_past_due,
        }
        await self.invocations.run(self.function, TypedData(json=json.dumps(information)))

    async def _sleep_until(self, due: datetime) -> bool:
        """Waits for the moment; whether it had passed already when asked."""
        remaining = due - self.utc_now()
        is_past_due = remaining < timedelta(0)
        while remaining > timedelta(0):
            await asyncio.sleep(min(remaining, LONGEST_SLEEP).total_seconds())
            remaining = due - self.utc_now()
        return is_past_due

    def _is_monitored(self) -> bool:
        now = self.utc_now()
        first = self.schedule.next_after(now)
        interval = self.schedule.next_after(first) - first
        wanted = self.function.trigger.settings.get("useMonitor") is not False
        return wanted and interval >= SHORTEST_MONITORED_INTERVAL

    def _read_last(self) -> datetime | None:
        """The last run; none where the local clock was set back since, as a new demo does."""
        if not self._is_monitored() or not self.state_file.exists():
            return None
        last = datetime.fromisoformat(self.state_file.read_text("utf-8"))
        return last if last <= self.utc_now() else None

    def _write_last(self, last: datetime) -> None:
        self.state_file.parent.mkdir(parents=True, exist_ok=True)
        self.state_file.write_text(last.isoformat(), "utf-8")


def create_timer_listener(
    function: IndexedFunction,
    invocations: Invocations,
    utc_now: Callable[[], datetime],
    app_settings: Mapping[str, str],
    state_directory: Path,
) -> TimerListener:
    """The listener of a function with a timer trigger; BadSchedule where its schedule is none."""
    schedule = read_schedule(resolve_references(function.trigger.text("schedule"), app_settings))
    state_file = state_directory / "timers" / f"{function.name}.txt"
    return TimerListener(function, schedule, utc_now, invocations, state_file)
