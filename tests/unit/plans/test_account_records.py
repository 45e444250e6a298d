"""Whether what a person asked for still goes on, at the limit of three silent minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plans.account_records import LONGEST_SILENCE, Errand

TOLD = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
ERRAND = Errand("p", "Ada", TOLD - timedelta(minutes=10), TOLD)


@pytest.mark.parametrize(("seconds", "is_running"), [(0, True), (179, True), (180, True), (181, False)])
def test_three_minutes_of_silence_are_the_most(seconds: int, is_running: bool) -> None:
    """What counts is when it was last heard of, not when it began."""
    assert timedelta(minutes=3) == LONGEST_SILENCE
    now = TOLD + timedelta(seconds=seconds)
    assert (ERRAND.is_running(now), ERRAND.has_died(now)) == (is_running, not is_running)


@pytest.mark.parametrize("seconds", [1, 3600])
def test_what_has_ended_neither_runs_nor_died(seconds: int) -> None:
    ended, now = replace(ERRAND, ended_at=TOLD), TOLD + timedelta(seconds=seconds)
    assert (ended.is_running(now), ended.has_died(now)) == (False, False)


def test_what_nobody_has_begun_waits() -> None:
    asked = Errand("p", "Ada", TOLD, TOLD)
    assert asked.waits and asked.is_running(TOLD)
    assert not replace(asked, told_at=TOLD + timedelta(seconds=1)).waits and not replace(asked, ended_at=TOLD).waits
