"""A thousand stories in every test run; `make simulate SEEDS=n` plays more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.many import Figures, play_many
from tests.simulation.story import play

SEEDS = 1000
LEAST_EXACT_SHARE = 0.5


@pytest.fixture(scope="module")
def figures() -> Figures:
    return play_many(0, SEEDS)


def test_no_seed_breaks_a_promise(figures: Figures) -> None:
    assert figures.violations == []
    assert figures.seeds == SEEDS


def test_every_fault_fires_and_every_seed_has_three(figures: Figures) -> None:
    assert figures.list_silent() == []
    assert figures.fewest_faults >= 3


def test_most_lines_are_compared_to_the_seat(figures: Figures) -> None:
    lines = sum(figures.compared.values())
    assert figures.compared["exact"] + figures.compared["scheduled"] >= LEAST_EXACT_SHARE * lines
    assert figures.writes >= 5 * SEEDS


def test_the_same_seed_tells_the_same_story() -> None:
    one, other = play(7), play(7)
    assert one.points == other.points
    assert one.fired == other.fired


def test_the_real_client_tells_a_story_too() -> None:
    assert play(3, change_plot=lambda plot: replace(plot, is_short=False)).violations == ()
