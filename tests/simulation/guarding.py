"""A guard taken away: some seed must break a promise without it, and that seed holds with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.simulation.endings import Ending, SpoilStore, leave_store
from tests.simulation.guards import SetAttribute, keep_all
from tests.simulation.nights import ChangePlot
from tests.simulation.plot import Plot

type Play = Callable[[int, SpoilStore, ChangePlot | None], Ending]


def draw_as_usual(plot: Plot) -> Plot:
    """The plot as it was drawn."""
    return plot


def edit_every_night(plot: Plot) -> Plot:
    """A person at the PSA, every day and every night."""
    return replace(plot, edit_chance=1.0)


def ask_for_more(plot: Plot) -> Plot:
    """A second run beside every night, with other seats."""
    return replace(plot, second_run_chance=1.0, move_chance=0.8)


@dataclass(frozen=True)
class Case:
    """A guard by its name, how it is taken away, the story that needs it, and the promises that break without it.

    `first_seed` is where to begin to look: where a guard is seldom needed, the first seed that was seen to need it.
    """

    name: str
    broken: tuple[str, ...]
    take_away: Callable[[SetAttribute], None] = keep_all
    spoil: SpoilStore = leave_store
    plot: ChangePlot = draw_as_usual
    first_seed: int = 0


def check_guard(case: Case, play: Play, seeds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of so many seeds breaks one of the promises that the guard is for, and none with the guard in place."""
    with monkeypatch.context() as patch:
        case.take_away(patch.setattr)
        caught = next(
            (seed for seed in range(case.first_seed, case.first_seed + seeds) if breaks(case, play, seed)), None
        )
    assert caught is not None
    assert play(caught, leave_store, case.plot).violations == ()


def breaks(case: Case, play: Play, seed: int) -> bool:
    """Whether the seed breaks one of the promises that the guard is for."""
    found = play(seed, case.spoil, case.plot).violations
    return any(violation.partition(":")[0] in case.broken for violation in found)
