"""Adopting what a hold advises to adopt, nights after it was read first: what stood is taken over as it stood.

20.00 a seat, April has 30 days, in arrears. 10 were typed in January, and March is invoiced. The licence is mapped and
first read on 5 April, held with "Adopt it", and adopted on the 7th.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plans.changes import HoldRule
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import World, april, held_by, is_still, make_world, may, tell

JANUARY = date(2026, 1, 1)


def adopt_late(seats: int) -> World:
    """10 that were typed in January, read as so many on 5 and 6 April, and adopted on the 7th."""
    world = make_world()
    typed = world.psas[HOME].put(10, JANUARY)
    for day in (april(5), april(6)):
        assert held_by(world.night(day, seats)) == HoldRule.UNADOPTED_ADDITION
    world.adopt([typed], april(7))
    return world


def test_what_is_adopted_as_advised_needs_nothing() -> None:
    """10 read, 10 adopted: nothing to do, nobody is asked. April 10 × 20.00 = 200.00, where 26.67 (1 to 4 April) would
    have been missing."""
    world = adopt_late(10)
    assert is_still(world.night(april(7), 10))
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def test_fewer_than_were_adopted_wait_for_the_end_of_the_period() -> None:
    """9 since 5 April: the high-water mark is April's 10, 200.00. 10 → 9 from 1 May is scheduled until April is
    invoiced, held then as the first change, and approved: May 180.00."""
    world = adopt_late(9)
    line = world.night(april(7), 9)
    assert [(each.quantity, each.takes_effect_on) for each in line.scheduled] == [(9, may(1))]
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("200.00")
    assert held_by(world.night(may(2), 9)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(may(3), 9)) == ["1201: 10→9"]
    assert psa.invoice() == Decimal("180.00")


def test_more_than_were_adopted_are_billed_from_the_night_that_read_them() -> None:
    """12 since 5 April, approved on the 8th: April 200.00 + 2 × 20.00 × 26/30 = 234.67, May 240.00."""
    world = adopt_late(12)
    assert held_by(world.night(april(7), 12)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(april(8), 12)) == ["2 from 2026-04-05 at 20.00"]
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("234.67"), Decimal("240.00"))


def test_what_was_invoiced_before_the_adoption_is_not_judged_again() -> None:
    """Adopted on 3 May only, April invoiced with the 10 that were typed: nothing to do, nothing to give back."""
    world = make_world()
    typed = world.psas[HOME].put(10, JANUARY)
    world.night(april(5), 10)
    assert world.psas[HOME].invoice() == Decimal("200.00")
    world.adopt([typed], may(3))
    assert is_still(world.night(may(3), 10))


def test_in_advance_with_the_last_day_invoiced_behind_the_night_too() -> None:
    """In advance, where April's invoice is late: P is 31 March on the 7th, as in arrears. April 200.00, May 200.00."""
    world = make_world(in_arrears=False)
    typed = world.psas[HOME].put(10, JANUARY)
    world.night(april(5), 10)
    world.adopt([typed], april(7))
    assert is_still(world.night(april(7), 10))
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))
