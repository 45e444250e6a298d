"""Somebody sets back what we write: once it is an edit, time after time it is a second writer, and nobody fights it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plans.changes import Parked
from plans.flips import SetBack, find_set_back
from plans.ledger import sum_additions
from tests.unit.plans.agreements import HOME, Kept
from tests.unit.plans.nights import SPB, World, april, in_arrears

A_DAY = timedelta(days=1)


def set_back(world: World, *, accepted_on: date | None = None) -> None:
    """Another tool takes our newest addition away; a person may accept that."""
    psa = world.psas[HOME]
    psa.kept.pop()
    if accepted_on is not None:
        world.adopt([kept.addition for kept in psa.kept], accepted_on)


def find(world: World) -> SetBack | None:
    """What is found with the additions as they are now."""
    return find_set_back(world.journals[SPB], sum_additions(kept.addition for kept in world.psas[HOME].kept).final)


def write(world: World, today: date, seats: int) -> None:
    """A night that writes; what is held before it is approved."""
    world.night(today, seats)
    if find(world) is None and world.journals[SPB].is_first_after_adoption:
        world.approve()
        world.night(today, seats)


def play(times: int) -> World:
    """2 more seats are written again and again; each time they are taken away, and a person accepts that."""
    world = in_arrears(10)
    for number in range(times):
        today = april(5) + number * A_DAY
        write(world, today, 12)
        set_back(world, accepted_on=today if number < times - 1 else None)
    return world


@pytest.mark.parametrize("times", [1, 2, 3])
def test_each_write_that_is_set_back_in_a_row_counts(times: int) -> None:
    days = tuple(april(5) + number * A_DAY for number in range(times))
    assert find(play(times)) == SetBack(days, 12, 10)


def test_nothing_is_set_back_where_our_last_write_stands_or_is_changed_to_something_else() -> None:
    world = in_arrears(10)
    assert find(world) is None
    world.night(april(5), 12)
    assert find(world) is None
    world.psas[HOME].put(3, april(6))
    assert find(world) is None, "15 is what it never was"


def test_a_line_that_nobody_wrote_is_set_back_by_nobody() -> None:
    world = in_arrears(10)
    world.adopt([kept.addition for kept in world.psas[HOME].kept], april(3))
    assert find(world) is None, "the first write was accepted as it stood"


def test_what_is_accepted_set_back_waits_for_the_next_write() -> None:
    """It stands no more where a person accepted it; the next write that is set back goes on counting."""
    world = play(2)
    world.adopt([kept.addition for kept in world.psas[HOME].kept], april(7))
    assert find(world) is None
    write(world, april(8), 12)
    assert find(world) is None
    set_back(world)
    assert find(world) == SetBack((april(5), april(6), april(8)), 12, 10)


def test_a_write_that_stands_begins_the_count_anew() -> None:
    world = play(2)
    world.adopt([kept.addition for kept in world.psas[HOME].kept], april(7))
    write(world, april(8), 12)
    write(world, april(9), 13)
    set_back(world)
    assert find(world) == SetBack((april(9),), 13, 12)


def test_what_is_accepted_with_other_seats_begins_the_count_anew() -> None:
    world = play(1)
    world.psas[HOME].put(1, april(6))
    before = [kept.addition for kept in world.psas[HOME].kept]
    world.adopt(before, april(6))
    write(world, april(7), 12)
    world.psas[HOME].kept[:] = [Kept(addition) for addition in before]
    assert find(world) == SetBack((april(7),), 12, 11)


def test_seatledger_never_writes_again_by_itself_what_somebody_sets_back() -> None:
    """The tool comes after each night; one write is all that there is, until a person decides about the line."""
    world = in_arrears(10)
    world.night(april(5), 12)
    writes = world.writes
    for number in range(1, 11):
        if number == 1:
            set_back(world)
        line = world.night(april(5) + number * A_DAY, 12)
        assert isinstance(line.decision, Parked)
    assert world.writes == writes


def test_a_write_that_changes_no_seats_is_passed_over() -> None:
    """A new price on the 7th is no sign that the 12 seats of the 5th stood."""
    world = play(1)
    journal = world.journals[SPB]
    proof = journal.evidence[-1]
    assert proof.ledger is not None
    entry = replace(proof.ledger, sequence=proof.ledger.sequence + 1)
    priced = replace(proof, run_id="2026-04-07", ledger=entry, change=replace(proof.change, sequence=entry.sequence))
    unproved = replace(priced, run_id="2026-04-08", ledger=None)
    for later in (priced, unproved):
        assert find_set_back(replace(journal, evidence=(*journal.evidence, later)), 10) == SetBack((april(5),), 12, 10)
