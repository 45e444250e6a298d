"""Of an approval and a refusal of one line, the word that was spoken last is heard (billing rules, 9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from plans.approvals import Approval, ends, outlives
from plans.journal import Refusal

MOMENT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def approve(seconds: int) -> Approval:
    return Approval("m", "hash", "Ada", MOMENT + timedelta(seconds=seconds), "they asked for it")


def refuse(moment: datetime | None) -> Refusal:
    return Refusal("m", 12, 10, date(2026, 11, 20), "Bo", "a mistake", moment)


@pytest.mark.parametrize(("seconds", "expected"), [(-1, False), (0, False), (1, True)])
def test_the_last_word_counts_and_of_one_moment_the_refusal(seconds: int, expected: bool) -> None:
    assert outlives(approve(seconds), refuse(MOMENT)) is expected
    assert ends(refuse(MOMENT), approve(seconds)) is not expected


def test_a_refusal_whose_moment_nobody_kept_ends_what_it_finds_and_stops_nothing_later() -> None:
    assert ends(refuse(None), approve(0))
    assert outlives(approve(0), refuse(None))


def test_without_a_refusal_an_approval_stands() -> None:
    assert outlives(approve(0), None)
