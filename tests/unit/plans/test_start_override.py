"""A start-date override that lay ahead when its licence was first read (billing rules, 3)."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import april, is_still, make_world, may, tell


def test_seats_that_come_after_an_invoice_are_not_held_for_a_start_that_was_ahead_of_it() -> None:
    """Mapped on 1 April with 0 seats, to start on the 16th; April is invoiced, then 4 seats come on 3 May."""
    world = make_world()
    world.change(starts_on=april(16))
    assert is_still(world.night(april(1), 0))
    assert world.psas[HOME].invoice() == Decimal("0.00")
    assert is_still(world.night(may(2), 0))
    assert tell(world.night(may(3), 4)) == ["4 from 2026-05-03"]
