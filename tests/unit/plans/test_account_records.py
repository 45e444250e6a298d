"""Whether a reading that a person asked for still goes on, at the limit of three silent minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plans.account_records import LONGEST_SILENCE, PartnerRefresh

TOLD = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
REFRESH = PartnerRefresh("p", "Ada", TOLD - timedelta(minutes=10), TOLD)


@pytest.mark.parametrize(("seconds", "is_running"), [(0, True), (179, True), (180, True), (181, False)])
def test_three_minutes_of_silence_are_the_most(seconds: int, is_running: bool) -> None:
    """What counts is when it was last heard of, not when it began."""
    assert timedelta(minutes=3) == LONGEST_SILENCE
    now = TOLD + timedelta(seconds=seconds)
    assert (REFRESH.is_running(now), REFRESH.has_died(now)) == (is_running, not is_running)


@pytest.mark.parametrize("seconds", [1, 3600])
def test_what_has_ended_neither_runs_nor_died(seconds: int) -> None:
    ended, now = replace(REFRESH, ended_at=TOLD), TOLD + timedelta(seconds=seconds)
    assert (ended.is_running(now), ended.has_died(now)) == (False, False)
