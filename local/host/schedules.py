"""Timer schedules: NCRONTAB with six fields (seconds first), five fields, or a .NET TimeSpan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from croniter import croniter

from local.host.timespans import is_timespan, parse_timespan

FIELDS_WITH_SECONDS = 6
FIELDS_WITHOUT_SECONDS = 5


class BadSchedule(ValueError):
    """The text is no schedule."""


@dataclass(frozen=True)
class Schedule:
    """Either `expression` (six cron fields) or `interval` is set."""

    expression: str | None = None
    interval: timedelta | None = None

    def next_after(self, moment: datetime) -> datetime:
        """The first occurrence later than `moment` (UTC)."""
        if self.interval is not None:
            return moment + self.interval
        # NCRONTAB wants day of month and day of week both to match; cron would take either.
        times = croniter(self.expression or "", moment, second_at_beginning=True, day_or=False)
        occurrence: datetime = times.get_next(datetime)
        return occurrence


def read_schedule(text: str) -> Schedule:
    """The schedule that `text` says; BadSchedule with a plain sentence where it says none."""
    if is_timespan(text):
        return Schedule(interval=parse_timespan(text))
    fields = text.split()
    if len(fields) == FIELDS_WITHOUT_SECONDS:
        fields = ["0", *fields]
    expression = " ".join(fields)
    valid = croniter.is_valid(expression, second_at_beginning=True)
    if len(fields) != FIELDS_WITH_SECONDS or not valid:
        raise BadSchedule(f"'{text}' is not a schedule of six fields such as '0 */15 * * * *'.")
    return Schedule(expression=expression)
