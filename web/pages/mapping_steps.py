"""What becomes of fewer seats, night by night: a decrease waits until a second night has seen it. Pure."""

from __future__ import annotations

from datetime import datetime

from plans.ports import Outside
from profiles.periods import ONE_DAY
from web.wording import write_short_day


def find_next_night(outside: Outside, now: datetime) -> datetime:
    """When the next night starts, in the MSP's time zone. `now` is aware."""
    local = now.astimezone(outside.zone)
    night = local.replace(hour=outside.night_start_hour, minute=0, second=0, microsecond=0)
    return night if night > local else night + ONE_DAY


def list_steps(outside: Outside, now: datetime, *, is_held: bool) -> tuple[str, ...]:
    """What the next two nights do, and what a person has to, with their days. `is_held`: a brake stops it then."""
    first = find_next_night(outside, now).date()
    second = write_short_day(first + ONE_DAY)
    seen = f"Night of {write_short_day(first)}: it sees the fewer seats first, and writes nothing."
    if is_held:
        asked = f"Night of {second}: it sees them again, and puts the change under Approvals."
        return (
            seen,
            asked,
            "Once somebody approves it, it is written as it stands below. Until then what is billed goes on.",
        )
    return (seen, f"Night of {second}: it sees them again, and writes what stands below.")
