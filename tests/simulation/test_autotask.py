"""Stories on Autotask: no adjustment twice and none lost; and without a guard some seed must notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.simulation import guards
from tests.simulation.autotask_story import AUTOTASK_ANSWERS, play_autotask
from tests.simulation.guarding import Case, ask_for_more, check_guard
from tests.simulation.guards import spoil_with
from tests.simulation.plot import Plot
from tests.simulation.which import AUTOTASK_SHARE, play_seed, plays_autotask

MOST_SEEDS = 60


def show_late(plot: Plot) -> Plot:
    """Adjustments that are taken, and shown later."""
    return replace(plot, answers={"psa POST:lag": 0.5}, outage_night=None, edit_chance=0.0)


def post_while_it_lands(plot: Plot) -> Plot:
    """Falls that land late, and December posted meanwhile, three nights before it begins."""
    hours = (24 * 4 + 2.03, 24 * 4 + 2.1)
    invoices = tuple((each.agreement_id, hour) for each in plot.terms for hour in hours)
    seldom = replace(plot, first_day=date(2026, 11, 24), kill_nights=frozenset(), outage_night=None, edit_chance=0.0)
    return replace(seldom, move_chance=0.8, answers={"psa POST:late": 0.9}, invoices=invoices)


def edit_while_it_writes(plot: Plot) -> Plot:
    """A person at the PSA, every day and every night, and seats that move on most of them."""
    return replace(plot, edit_chance=1.0, move_chance=0.8, kill_nights=frozenset(), outage_night=None)


CASES = (
    Case("the intent row", ("R8",), spoil=spoil_with(guards.ForgetfulStore)),
    Case("the units tell what became of a promise", ("R1", "R9", "R16"), guards.take_away_key_match),
    Case(
        "the comparison with the plan",
        ("R13", "R1", "R2"),
        guards.take_away_comparison,
        plot=edit_while_it_writes,
        first_seed=7,
    ),
    Case("what is taken is waited for", ("R2",), guards.take_away_patience, plot=show_late),
    Case("what is posted meanwhile is told", ("told",), guards.take_away_late_posting, plot=post_while_it_lands),
    Case("one adjustment a day", ("R1", "R2"), guards.take_away_adjusted_days, plot=ask_for_more),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_without_the_guard_some_seed_breaks_a_promise(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    check_guard(case, play_autotask, MOST_SEEDS, monkeypatch)


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
    endings = [play_autotask(seed, change_plot=ask_for_more) for seed in range(7, 19)]
    fired = {name for ending in endings for name in ending.fired}
    assert [ending.violations for ending in endings] == [()] * len(endings)
    assert {name for name in AUTOTASK_ANSWERS if name.startswith("psa POST")} <= fired
