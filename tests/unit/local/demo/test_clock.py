"""A clock in a file: all who share it see it move, and it stands still while nobody runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import ENVIRONMENT_NAME, clock_from_environment, clock_kept_in, clock_starting_at

FIRST = datetime(2026, 11, 1, 7, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 7, 5, tzinfo=UTC)
A_MOMENT = timedelta(seconds=5)


def test_everybody_sees_it_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = clock_kept_in(tmp_path / "clock.json", FIRST)
    monkeypatch.setenv(ENVIRONMENT_NAME, clock.as_environment()[ENVIRONMENT_NAME])
    other = clock_from_environment()
    assert FIRST <= other.utc_now() < FIRST + A_MOMENT
    clock.move_to(LATER)
    assert LATER <= other.utc_now() < LATER + A_MOMENT
    assert LATER <= clock.utc_now() < LATER + A_MOMENT


def test_it_goes_on_from_where_it_was_set(tmp_path: Path) -> None:
    clock_kept_in(tmp_path / "clock.json", FIRST).move_to(LATER)
    assert LATER <= clock_kept_in(tmp_path / "clock.json", FIRST).utc_now() < LATER + A_MOMENT


def test_a_clock_without_a_file_cannot_be_moved() -> None:
    with pytest.raises(ValueError, match="no file"):
        clock_starting_at(FIRST).move_to(LATER)
