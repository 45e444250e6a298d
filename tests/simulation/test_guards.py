"""Each guard is taken away from outside, one at a time, and some seed must notice; with the guard, the seed holds.

Where another guard covers one, the case says which, and both are taken away together.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation import guards
from tests.simulation.guarding import Case, ask_for_more, check_guard, edit_every_night
from tests.simulation.guards import SetAttribute, spoil_with
from tests.simulation.plot import Plot
from tests.simulation.story import play

MOST_SEEDS = 150


def read_twice(plot: Plot) -> Plot:
    """The same, and no invoice between two changes of a day."""
    return replace(ask_for_more(plot), invoices=(), adopted=None)


def write_side_by_side(plot: Plot) -> Plot:
    """Two runs at one agreement with two mappings, in workers that stall."""
    return replace(
        plot,
        terms=plot.terms[:1],
        second_run_chance=1.0,
        beside_seconds=10.0,
        move_chance=1.0,
        stall_chance=0.1,
        invoices=(),
        edit_chance=0.0,
        answers={},
        outage_night=None,
        adopted=None,
    )


def stall_in_doubt(plot: Plot) -> Plot:
    """Writes that get no answer, from workers that stall."""
    answers = {"psa POST:lost": 0.2, "psa POST:late": 0.2, "psa POST:500": 0.4, "psa PATCH:500": 0.4}
    return replace(plot, move_chance=1.0, stall_chance=0.3, edit_chance=0.0, outage_night=None, answers=answers)


def take_away_look_and_match(set_attribute: SetAttribute) -> None:
    """Nobody looks, and nobody would find it."""
    guards.take_away_reread(set_attribute)
    guards.take_away_key_match(set_attribute)


CASES = (
    Case("the intent row", ("R8",), spoil=spoil_with(guards.ForgetfulStore)),
    Case(
        "the intent row is insert-only",
        ("R1", "R9"),
        spoil=spoil_with(guards.CarelessStore),
        plot=ask_for_more,
        first_seed=342,
    ),
    Case("the re-read", ("R1", "R13"), guards.take_away_reread),
    # The comparison after the re-read covers it: nothing is billed twice, but what was written has no evidence.
    Case("the key match", ("R16", "R9", "R2"), guards.take_away_key_match),
    Case("the re-read and the key match", ("R1",), take_away_look_and_match),
    Case(
        "the comparison with the plan", ("R13", "R1"), guards.take_away_comparison, plot=edit_every_night, first_seed=66
    ),
    Case("unknown is never zero", ("R4",), guards.take_away_unknown),
    Case("the last reading of a day is the day's", ("R2",), spoil=spoil_with(guards.StubbornStore), plot=ask_for_more),
    Case("a day's changes are one addition", ("netting",), guards.take_away_twins, plot=read_twice),
    Case("a message that comes again", ("R2", "R11"), guards.take_away_message_guard, first_seed=11),
    Case("the agreement's turn", ("turn",), spoil=spoil_with(guards.FreeStore), plot=write_side_by_side),
    Case("the send window", ("R1",), guards.take_away_send_window, plot=stall_in_doubt),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_without_the_guard_some_seed_breaks_a_promise(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    check_guard(case, play, MOST_SEEDS, monkeypatch)
