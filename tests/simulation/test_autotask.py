"""Stories on Autotask: no adjustment twice and none lost; and without a guard some seed must notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from tests.simulation import guards
from tests.simulation.autotask_story import AUTOTASK_ANSWERS, play_autotask
from tests.simulation.endings import SpoilStore, leave_store
from tests.simulation.guards import SetAttribute, keep_all, spoil_with
from tests.simulation.plot import Plot
from tests.simulation.which import AUTOTASK_SHARE, play_seed, plays_autotask

MOST_SEEDS = 60


def draw_as_usual(plot: Plot) -> Plot:
    """The plot as it was drawn."""
    return plot


def edit_every_night(plot: Plot) -> Plot:
    """A person at Autotask, every day and every night."""
    return replace(plot, edit_chance=1.0)


def show_late(plot: Plot) -> Plot:
    """Adjustments that are taken, and shown later."""
    return replace(plot, answers={"psa POST:lag": 0.5}, outage_night=None, edit_chance=0.0)


def read_twice(plot: Plot) -> Plot:
    """A second run beside every night, with other seats."""
    return replace(plot, second_run_chance=1.0, move_chance=0.8)


@dataclass(frozen=True)
class Case:
    """A guard by its name, how it is taken away, the story that needs it, and the promises that break without it."""

    name: str
    broken: tuple[str, ...]
    take_away: Callable[[SetAttribute], None] = keep_all
    spoil: SpoilStore = leave_store
    plot: Callable[[Plot], Plot] = draw_as_usual


CASES = (
    Case("the intent row", ("R8",), spoil=spoil_with(guards.ForgetfulStore)),
    Case("the units tell what became of a promise", ("R1", "R9", "R16"), guards.take_away_key_match),
    Case("the comparison with the plan", ("R13", "R1", "R2"), guards.take_away_comparison, plot=edit_every_night),
    Case("what is taken is waited for", ("R2",), guards.take_away_patience, plot=show_late),
    Case("one adjustment a day", ("R1", "R2"), guards.take_away_adjusted_days, plot=read_twice),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_without_the_guard_some_seed_breaks_a_promise(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        case.take_away(patch.setattr)
        caught = next((seed for seed in range(MOST_SEEDS) if breaks(case, seed)), None)
    assert caught is not None
    assert play_autotask(caught, change_plot=case.plot).violations == ()


def breaks(case: Case, seed: int) -> bool:
    """Whether the seed breaks one of the promises that the guard is for."""
    found = play_autotask(seed, case.spoil, case.plot).violations
    return any(violation.startswith(case.broken) for violation in found)


def test_a_quarter_of_the_seeds_plays_autotask() -> None:
    share = sum(plays_autotask(seed) for seed in range(1000)) / 1000
    assert abs(share - AUTOTASK_SHARE) < 0.05


def test_the_same_seed_tells_the_same_story() -> None:
    seed = next(seed for seed in range(100) if plays_autotask(seed))
    one, other = play_seed(seed), play_autotask(seed)
    assert one.points == other.points
    assert one.fired == other.fired


def test_the_real_client_tells_a_story_too() -> None:
    assert play_autotask(3, change_plot=lambda plot: replace(plot, is_short=False)).violations == ()


def test_what_can_go_wrong_with_an_adjustment_does() -> None:
    endings = [play_autotask(seed, change_plot=read_twice) for seed in range(12)]
    fired = {name for ending in endings for name in ending.fired}
    assert [ending.violations for ending in endings] == [()] * len(endings)
    assert {name for name in AUTOTASK_ANSWERS if name.startswith("psa POST")} <= fired
