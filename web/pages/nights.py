"""When a night starts, and whether one is missing. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plans.runs import Run, night_due
from web.wording import write_clock, write_day

GRACE = timedelta(hours=1)
LONGEST_NIGHT = timedelta(hours=8)


def find_next_start(now: datetime, zone: ZoneInfo, start_hour: int) -> datetime:
    """When the next night starts, in the MSP's zone."""
    today = now.astimezone(zone).date()
    starts = (datetime.combine(today + timedelta(days=ahead), time(start_hour), zone) for ahead in range(3))
    return next(start for start in starts if start > now)


def write_next_night(now: datetime, zone: ZoneInfo, start_hour: int) -> str:
    """The next night starts at 02:00 on Monday 23 November 2026 (Europe/Dublin)."""
    start = find_next_start(now, zone, start_hour)
    return f"The next night starts at {write_clock(start)} on {write_day(start.date())} ({zone.key})."


def write_first_night(now: datetime, zone: ZoneInfo, start_hour: int) -> str:
    """The same before there has been any night; one that is due begins with the next tick."""
    if night_due(now, zone, start_hour) is not None:
        return "The first night is due now and starts within 15 minutes."
    return write_next_night(now, zone, start_hour).replace("next", "first", 1)


def write_missed_night(now: datetime, zone: ZoneInfo, start_hour: int, last: Run | None) -> str | None:
    """A sentence where a night should have started by now and did not."""
    if last is None:
        return None
    expected = find_latest_expected(now, zone, start_hour)
    if last.day >= expected:
        return None
    return (
        f"The night of {write_day(expected)} did not start. It was due at {start_hour:02d}:00 ({zone.key}); "
        f"the last one is of {write_day(last.day)}. Check that the Function App is running."
    )


def find_latest_expected(now: datetime, zone: ZoneInfo, start_hour: int) -> date:
    """The day of the latest night that must have started by now."""
    today = now.astimezone(zone).date()
    start = datetime.combine(today, time(start_hour), zone)
    return today if now >= start + GRACE else today - timedelta(days=1)
