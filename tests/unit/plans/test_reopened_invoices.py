"""Invoices that are deleted and made again, and nights on which nobody knows P: nothing is billed twice (R15).

Deleting an agreement invoice reopens its period (reference connectwise.md 4): what is not dated holds for it again.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plans.counts import Count
from plans.journal import find_invoiced_before
from plans.ledger import sum_additions
from plans.timeline import Timeline, make_timeline
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import World, april, may


def make_world(*, invoices_in_advance: bool = False) -> World:
    world = World()
    world.map()
    if invoices_in_advance:
        world.psas[HOME].invoice()
    return world


def billed(world: World) -> Timeline:
    return sum_additions(kept.addition for kept in world.psas[HOME].kept)


def delete_invoice(world: World, through: date) -> None:
    """A person deletes the newest invoice: the agreement is invoiced through an earlier day again."""
    psa = world.psas[HOME]
    psa.invoiced_through = through
    for kept in psa.kept:
        if kept.billed_through is not None and kept.billed_through > through:
            kept.billed_through = through if (kept.addition.effective_on or through) <= through else None


def test_a_roll_up_before_the_invoice_was_deleted_is_no_reason_to_bill_april_again() -> None:
    """10 from 1 April, 12 from the 10th, rolled up on 2 May. April's invoice is deleted on the 3rd and made again on
    the 6th: 10 to the 9th and 12 from the 10th are 228.00 both times; 2 more for April would be 40.00 too much."""
    world = make_world()
    world.night(april(1), 10)
    world.night(april(10), 12)
    first = world.psas[HOME].invoice()
    world.night(may(2), 12)
    delete_invoice(world, date(2026, 3, 31))
    world.night(may(3), 12)
    again = world.psas[HOME].invoice()
    writes = world.writes
    for day in range(7, 12):
        world.night(may(day), 12)
    assert (first, again) == (Decimal(228), Decimal(228))
    assert world.writes == writes and billed(world).on(may(7)) == 12


def test_a_base_that_was_lowered_before_is_no_reason_for_a_credit() -> None:
    """10 through April, 8 from May. April's invoice is deleted on 3 May and made again: 200.00, and nothing to give
    back."""
    world = make_world()
    world.night(april(1), 10)
    world.night(april(20), 8)
    world.night(april(21), 8)
    assert world.psas[HOME].invoice() == 200
    world.night(may(2), 8)
    delete_invoice(world, date(2026, 3, 31))
    world.night(may(3), 8)
    assert world.psas[HOME].invoice() == 200
    assert not world.night(may(7), 8).proposals


def test_an_increase_taken_back_counts_its_days_although_one_night_did_not_know_p() -> None:
    """10, 15 on 16 April while P is unknown, 10 again on the 18th: two days of 5 seats, as if P had been known."""
    world = make_world(invoices_in_advance=True)
    psa = world.psas[HOME]
    world.night(april(1), 10)
    through, psa.invoiced_through = psa.invoiced_through, None
    world.read(april(16), {"spb": 15})
    psa.invoiced_through = through
    world.night(april(17), 15)
    world.night(april(18), 10)
    world.night(april(19), 10)
    assert billed(world) == make_timeline([(april(1), 10), (april(16), 15), (april(18), 10)])


def test_what_was_invoiced_before_a_day_is_the_most_that_the_nights_before_knew() -> None:
    counts = (
        Count(april(1), 10, april(9), date(2026, 3, 31), 10, invoiced_lately=april(30)),
        Count(april(10), 12, april(12), None, 12),
        Count(april(13), 14, april(13), may(31), 14),
    )
    assert find_invoiced_before(counts, april(13)) == april(30)
    assert find_invoiced_before(counts, april(1)) is None
    assert find_invoiced_before(counts, None) is None
