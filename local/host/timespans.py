"""Durations as .NET writes them in host.json and in timer schedules: `hh:mm:ss`, `d.hh:mm:ss`, `hh:mm:ss.fff`."""

from __future__ import annotations

import re
from datetime import timedelta

_TIMESPAN = re.compile(r"^(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?$")


def is_timespan(text: str) -> bool:
    return _TIMESPAN.match(text) is not None


class BadDuration(ValueError):
    """The text is no duration."""


def parse_timespan(text: str) -> timedelta:
    """The duration that `text` says; BadDuration with a plain sentence where it says none."""
    match = _TIMESPAN.match(text)
    if match is None:
        raise BadDuration(f"'{text}' is not a duration such as 00:01:30")
    days, hours, minutes, seconds, fraction = match.groups()
    return timedelta(
        days=int(days or 0),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds or 0) + float(f"0.{fraction or 0}"),
    )
