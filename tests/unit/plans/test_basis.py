"""What one process remembers of a night: for a moment, and for no other run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from plans.basis import REMEMBERED_FOR, Night, RecentNight
from plans.controls import Controls
from plans.runs import Run, RunPhase

NOW = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
RUN = Run("2026-11-22", RunPhase.READING, NOW)
NIGHT = Night(date(2026, 11, 22), Controls(), {}, frozenset({"SL-1"}))


def test_nothing_is_recalled_of_what_was_never_kept() -> None:
    assert RecentNight().recall(RUN.id, NOW) is None


def test_it_is_recalled_for_a_moment() -> None:
    recent = RecentNight()
    recent.keep(RUN, NIGHT, NOW)
    last = NOW + REMEMBERED_FOR - timedelta(microseconds=1)
    assert recent.recall(RUN.id, NOW) == recent.recall(RUN.id, last) == (RUN, NIGHT)
    assert recent.recall(RUN.id, NOW + REMEMBERED_FOR) is None


def test_a_clock_that_was_set_back_recalls_nothing() -> None:
    recent = RecentNight()
    recent.keep(RUN, NIGHT, NOW)
    assert recent.recall(RUN.id, NOW - timedelta(microseconds=1)) is None


def test_another_run_reads_anew() -> None:
    recent = RecentNight()
    recent.keep(RUN, NIGHT, NOW)
    assert recent.recall("2026-11-22-001", NOW) is None
    assert recent.recall("2026-11-23", NOW) is None
