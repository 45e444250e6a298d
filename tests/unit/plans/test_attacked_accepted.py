"""Accepting what somebody changed while an addition still waits for its catch-up (billing rules, 3 and 5).

In advance: April was invoiced on 1 April with 10 seats; a delta of 5 from 16 April is on none until May is invoiced.
A seat costs 20.00, so half of April is 10.00 a seat.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.adoption import Adopter, adopt
from plans.changes import Parked
from plans.journal import Adoption
from plans.ledger import derive_billed
from tests.unit.plans.agreements import HOME, Kept, Psa
from tests.unit.plans.nights import SPB, World, april, held_by, in_advance, june, make_world, may, tell

DELTA = "1202"


def accept(world: World, today: date) -> Adoption:
    """A person accepts the line's additions as they are now."""
    journal, psa = world.journals[SPB], world.psas[HOME]
    answer = adopt(journal, psa.agreement, (), Adopter("Ada", today, "it is right"))
    assert isinstance(answer, Adoption)
    world.journals[SPB] = replace(journal, adoptions=(*journal.adoptions, answer))
    return answer


def find(psa: Psa, addition_id: str) -> Kept:
    return next(each for each in psa.kept if each.addition.id == addition_id)


def set_quantity(psa: Psa, addition_id: str, quantity: int) -> None:
    """What a person does in ConnectWise."""
    kept = find(psa, addition_id)
    kept.addition = replace(kept.addition, quantity=Decimal(quantity))


def risen() -> tuple[World, Psa]:
    """10 seats, 15 since 16 April."""
    world = in_advance()
    assert tell(world.night(april(16), 15)) == ["5 from 2026-04-16"]
    return world, world.psas[HOME]


def edit_and_accept(change: Callable[[Psa], None]) -> tuple[World, Psa]:
    """On 18 April somebody changes ConnectWise; the line is parked, and Ada accepts what is there."""
    world, psa = risen()
    change(psa)
    assert isinstance(world.night(april(18), 15).decision, Parked)
    accept(world, april(18))
    return world, psa


def billed(world: World) -> list[tuple[date, int]]:
    """What the line bills, by its ledger, from which day on."""
    return list(derive_billed(world.journals[SPB].ledger).steps)


def test_what_waits_for_its_catch_up_is_not_billed_again() -> None:
    """The delta is made 6 by hand and accepted; that night counts 16. It is caught up from 16 April: of the sixth seat
    two days too many. May's invoice asks 5 x 20.00 x 15/30 = 50.00 and 20.00 x 13/30 = 8.67 for April, and
    16 x 20.00 = 320.00 for May: 378.67. A second delta from 18 April would have billed 8.67 twice."""
    world, psa = edit_and_accept(lambda psa: set_quantity(psa, DELTA, 6))
    assert billed(world) == [(april(1), 10), (april(16), 16)]
    assert held_by(world.night(april(18), 16)) == "first_after_adoption"
    world.approve()
    assert tell(world.night(april(18), 16)) == ["1202: 6→5", "1 from 2026-04-18 at 20.00"]
    assert psa.invoice() == Decimal("378.67")
    assert world.night(may(2), 16).proposals == ()
    assert psa.asked[april(17)] == 15 and psa.asked[april(18)] == 16


def test_seats_accepted_as_they_are_owe_what_they_bill() -> None:
    """The delta is made 6 on 18 April, and the count stays 15: one seat too many waits for a person. Nobody decides;
    May's invoice asks 6 x 10.00 = 60.00 for April, and 1 seat, 16 to 30 April and May, is proposed: 10.00 + 20.00."""
    world, psa = edit_and_accept(lambda psa: set_quantity(psa, DELTA, 6))
    held = world.night(april(18), 15)
    assert held_by(held) == "first_after_adoption"
    assert psa.invoice() == Decimal("380.00")
    proposed = world.night(may(2), 15).proposals
    assert [(each.start, each.last, each.seats, each.amount) for each in proposed] == [
        (april(16), may(31), 1, Decimal("30.00"))
    ]


def test_a_fall_after_it_was_accepted_keeps_the_days_that_were_owed() -> None:
    """10 + 5 accepted unchanged after somebody set the text back; 12 seats from 25 April. Of the delta 3 seats are owed
    through 30 April only: 2 stay, and 3 end with April. The catch-up is 5 x 10.00 = 50.00 and May 12 x 20.00 = 240.00.
    Had the delta been taken for invoiced, April's catch-up would have been 2 x 10.00 = 20.00, and nobody had known."""
    world, psa = risen()
    set_quantity(psa, DELTA, 6)
    world.night(april(18), 15)
    set_quantity(psa, DELTA, 5)
    accept(world, april(18))
    world.night(april(24), 15)
    world.night(april(25), 12)
    assert held_by(world.night(april(26), 12)) == "first_after_adoption"
    world.approve()
    assert tell(world.night(april(26), 12)) == ["1202: 5→2", "3 from 2026-04-16 through 2026-04-30 at 20.00"]
    assert psa.invoice() == Decimal("290.00")
    assert world.night(may(2), 12).proposals == ()


def test_a_delta_that_was_deleted_before_its_catch_up_was_never_billed() -> None:
    """Somebody deletes the delta, and Ada lets the line go on with 10. 15 are owed from 16 April: 5 seats from that day
    are held for her, 50.00 of April among them. By the old ledger April's half was billed and would have been lost."""
    world, psa = edit_and_accept(lambda psa: psa.kept.remove(find(psa, DELTA)))
    assert billed(world) == [(april(1), 10)]
    assert held_by(world.night(april(18), 15)) == "first_after_adoption"
    world.approve()
    assert tell(world.night(april(18), 15)) == ["5 from 2026-04-16 at 20.00"]
    assert psa.invoice() == Decimal("350.00")


def test_what_is_invoiced_stays_as_it_was_billed() -> None:
    """May's invoice has caught the delta up; then it is made 6 and accepted: 15 for April and May, 16 from June on."""
    world, psa = risen()
    assert psa.invoice() == Decimal("350.00")
    world.read(may(2), {SPB: 15})
    set_quantity(psa, DELTA, 6)
    assert isinstance(world.night(may(3), 15).decision, Parked)
    accept(world, may(3))
    assert billed(world) == [(april(1), 10), (april(16), 15), (june(1), 16)]


@pytest.mark.parametrize("through", [None, april(30)])
def test_what_somebody_else_made_waits_for_nothing(through: date | None) -> None:
    """What a person typed and a line adopted is billed by whoever typed it: nobody knows of a catch-up."""
    world = make_world(in_arrears=False)
    psa = world.psas[HOME]
    typed = psa.put(10, april(1))
    world.adopt([typed], april(2))
    assert not world.journals[SPB].written[typed.id].waits_for_catch_up(through)
