"""A wish to take a write back is about that write and the line as it left it: it dies when the line moves on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.adoption import Adopter, adopt
from plans.changes import Apply, Parked
from plans.journal import Adoption, Refusal
from plans.lines import open_line
from plans.undo import TooLate, undo
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import SPB, World, april, in_arrears, make_world, may, tell


def accept(world: World, today: date) -> None:
    """A person accepts the line's additions as they are now; where there are none, it begins again with none."""
    journal = world.journals[SPB]
    answer = adopt(journal, world.psas[HOME].agreement, (), Adopter("Ada", today, "it is right"))
    assert isinstance(answer, Adoption)
    world.journals[SPB] = replace(journal, adoptions=(*journal.adoptions, answer))


def wish(world: World, today: date) -> int:
    """A person wants the line's newest write back, and refuses what the line owes with it."""
    journal = world.journals[SPB]
    newest = journal.evidence[-1]
    before = newest.ledger.quantity - 2 if newest.ledger is not None else 0
    refusal = Refusal(SPB, journal.counts[-1].quantity, before, today, "Bo", "taken back")
    world.journals[SPB] = replace(journal, refusal=refusal)
    world.undos[SPB] = newest.sequence
    return newest.sequence


def test_a_wish_dies_when_the_additions_are_accepted_as_they_are() -> None:
    """10, and 2 more from 10 April that Bo wants back. Before a run comes, the delta is made 3 by hand and Ada accepts
    it: 13 are billed because she says so. The wish was about the 2: nothing is set to 0."""
    world = in_arrears()
    world.night(april(10), 12)
    sequence = wish(world, april(12))
    world.psas[HOME].edit(1, quantity=Decimal(3))
    assert isinstance(world.night(april(12), 12).decision, Parked)
    accept(world, april(12))
    assert tell(world.night(april(13), 13)) == []
    assert world.psas[HOME].kept[1].addition.quantity == Decimal(3)
    answer = undo(open_line(world.make_input(SPB), world.surround(april(13))), sequence, world.surround(april(13)))
    assert isinstance(answer, TooLate)
    assert answer.sentence == (
        "Ada made the additions of spb its own on 12 Apr 2026, as they were then. Change them in the PSA, and accept "
        "them again."
    )


def test_a_wish_about_an_addition_that_is_gone_is_planned_around() -> None:
    """10 seats that Bo wants back. Somebody deletes the addition and Ada lets the line begin again with none: planning
    goes on, and 10 seats wait for a person, as the first write after that."""
    world = make_world()
    world.night(april(1), 10)
    wish(world, april(2))
    world.psas[HOME].kept.clear()
    assert isinstance(world.night(april(2), 10).decision, Parked)
    accept(world, april(2))
    world.journals[SPB] = replace(world.journals[SPB], refusal=None)
    assert tell(world.night(april(3), 10)) == []
    world.approve()
    assert tell(world.night(april(3), 10)) == ["10 from 2026-04-01"]


@pytest.mark.parametrize("is_set", [False, True])
def test_a_wish_about_an_agreement_that_nobody_reads_any_more_is_planned_around(is_set: bool) -> None:
    """The line moved to agreement 13, and 12, which the write was sent to, is no longer among those that are read: P of
    12 is unknown, so that nothing undated can be taken back."""
    world = in_arrears()
    world.night(april(10), 12)
    if is_set:
        world.night(april(10), 13)
        assert world.journals[SPB].evidence[-1].change.kind == "set_addition"
    sequence = wish(world, april(12))
    world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    around = world.surround(april(12))
    around = replace(around, agreements={"13": around.agreements["13"]})
    answer = undo(open_line(world.make_input(SPB), around), sequence, around)
    assert isinstance(answer, TooLate)
    assert "before the last invoice" in answer.sentence


def test_a_wish_that_stands_is_carried_out_and_once() -> None:
    """2 more from 10 April, wanted back on the 12th: the delta goes to 0 seats, and stays there."""
    world = in_arrears()
    world.night(april(10), 12)
    wish(world, april(12))
    world.read(april(12), {SPB: 12})
    line = world.plan(april(12))[SPB]
    assert line.decision == Apply(line.changes, is_asked=True)
    assert tell(line) == ["1202: 2→0"]
    world.apply(line, april(12))
    assert tell(world.night(april(13), 12)) == []
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert tell(world.night(may(2), 12)) == []
