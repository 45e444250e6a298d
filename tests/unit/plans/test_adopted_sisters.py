"""A line beside an addition of the same product that another licence of the customer adopted (billing rules, 5)."""

from __future__ import annotations

from plans.changes import Held
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, held_by, make_world, tell


def adopted_for_another(product_id: str = "501", seats: int = 10) -> World:
    """10 typed in by hand in March, adopted for the licence `old`; nothing of it was written since."""
    world = make_world()
    world.map("old", product_id=product_id)
    world.adopt([world.psas[HOME].put(10, april(1), product_id)], april(10), mapping_id="old")
    world.read(april(10), {SPB: seats, "old": 10})
    return world


def test_what_a_sister_adopted_may_bill_these_very_seats() -> None:
    """10 seats of a second licence would be billed beside the 10 that were typed: 400.00 a month, or 200.00 twice."""
    line = adopted_for_another().plan(april(10))[SPB]
    assert held_by(line) == "first_after_adoption"
    assert isinstance(line.decision, Held)
    assert (
        "addition 1201 of the same product was adopted for another licence of this customer and not written since; it "
        "may bill these very seats"
    ) in line.decision.sentence


def test_another_product_is_another_matter() -> None:
    assert tell(adopted_for_another(product_id="777").plan(april(10))[SPB]) == ["10 from 2026-04-10"]


def test_once_the_sister_was_written_the_line_is_its_own() -> None:
    """The 10 become 12 with somebody's approval, at the price that was typed: what they bill is known from then on."""
    world = adopted_for_another()
    world.read(april(11), {SPB: 10, "old": 12})
    assert held_by(world.plan(april(11))["old"]) == "first_after_adoption"
    world.approve("old")
    lines = world.plan(april(11))
    assert tell(lines["old"]) == ["2 from 2026-04-11 at 20.00"]
    world.apply(lines["old"], april(11))
    assert tell(world.plan(april(12))[SPB]) == ["10 from 2026-04-10"]
