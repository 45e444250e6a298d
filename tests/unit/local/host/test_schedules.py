"""When timers fire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.host.schedules import BadSchedule, read_schedule

NOW = datetime(2026, 11, 22, 1, 59, 30, tzinfo=UTC)  # a Sunday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 */15 * * * *", datetime(2026, 11, 22, 2, 0, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 11, 22, 2, 0, tzinfo=UTC)),
        ("45 59 1 * * *", datetime(2026, 11, 22, 1, 59, 45, tzinfo=UTC)),
        ("0 30 9 * * Mon-Fri", datetime(2026, 11, 23, 9, 30, tzinfo=UTC)),
        ("0 0 0 1 * 1", datetime(2027, 2, 1, tzinfo=UTC)),  # the first that is a Monday: both must match
        ("00:05:00", NOW + timedelta(minutes=5)),
    ],
)
def test_next_occurrence(text: str, expected: datetime) -> None:
    assert read_schedule(text).next_after(NOW) == expected


@pytest.mark.parametrize("text", ["", "often", "0 61 * * * *", "* * *", "@daily"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(BadSchedule, match="is not a schedule"):
        read_schedule(text)
