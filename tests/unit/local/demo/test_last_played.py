"""`make run` shows what was played last."""

from __future__ import annotations

import os
from pathlib import Path

from local.run import find_last_played


def play(folder: Path, demo: str, at_seconds: int) -> None:
    (folder / demo).mkdir()
    (folder / demo / "lock").touch()
    os.utime(folder / demo / "lock", (at_seconds, at_seconds))


def test_where_nothing_was_played_the_large_demo_is_shown(tmp_path: Path) -> None:
    assert find_last_played(tmp_path) == "msp"


def test_the_newest_is_shown(tmp_path: Path) -> None:
    play(tmp_path, "first", 100)
    play(tmp_path, "msp", 200)
    assert find_last_played(tmp_path) == "msp"
    os.utime(tmp_path / "first/lock", (300, 300))
    assert find_last_played(tmp_path) == "first"
