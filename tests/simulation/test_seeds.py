"""Fifty stories in every test run; `make simulate SEEDS=n` plays more."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.simulation.story import Ending, play

SEEDS = range(50)
MUST_FIRE = (
    "delivered twice",
    "engine lost",
    "message twice",
    "psa POST:lost",
    "psa POST:late",
    "psa GET:reset",
    "microsoft batch:part-403",
)


@pytest.fixture(scope="module")
def endings() -> list[Ending]:
    return [play(seed) for seed in SEEDS]


def test_no_seed_breaks_a_promise(endings: list[Ending]) -> None:
    broken = {ending.seed: ending.violations for ending in endings if ending.violations}
    assert broken == {}


def test_the_seeds_write_and_die(endings: list[Ending]) -> None:
    fired: Counter[str] = Counter()
    for ending in endings:
        fired += ending.fired
    assert [name for name in MUST_FIRE if not fired[name]] == []
    assert sum(count for name, count in fired.items() if name.startswith("kill at")) >= 20
    assert sum(ending.writes for ending in endings) >= 100


def test_the_same_seed_tells_the_same_story(endings: list[Ending]) -> None:
    again = play(7)
    assert again.points == endings[7].points
    assert again.fired == endings[7].fired
