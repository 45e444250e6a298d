"""A mapping that never billed, and whose follower never did either: what bills its days is what follows that one.

10 seats are billed on contract 12, by months; contract 13 is billed by quarters. A seat costs 20.00 a month on 12.
"""

from __future__ import annotations

from datetime import date

from plans.changes import Held, HoldRule, Unchanged
from plans.plan import LinePlan
from tests.unit.plans.nights import SPB, april
from tests.unit.psa.autotask.contracts import Contract
from tests.unit.psa.autotask.world import AutotaskWorld

START, YEAR_END = date(2026, 1, 1), date(2026, 12, 31)


def make_world() -> AutotaskWorld:
    """10 seats since 1 April on contract 12, posted in advance as 13 is. Increases of what follows wait."""
    contracts = {
        number: Contract(number, START, YEAR_END, months, in_arrears=False, through=date(2025, 12, 31))
        for number, months in (("12", 1), ("13", 3))
    }
    for each in contracts.values():
        while (due := each.find_due()) is not None and due <= april(1):
            each.post(due)
    world = AutotaskWorld(psas={}, contracts=contracts)
    world.map()
    world.night(april(1), 10)
    return world


def follow(world: AutotaskWorld, new: str, old: str, agreement_id: str, today: date) -> dict[str, LinePlan]:
    """Another mapping takes over; the plans of the night, in which nothing is written."""
    world.map(new, agreement_id=agreement_id)
    world.change(new, follows=(old,), prorates=agreement_id == "12")
    world.change(old, is_ended=True)
    world.read(today, dict.fromkeys(world.mappings, 10))
    return world.plan(today)


def test_what_takes_over_from_one_that_never_began_bills_the_days_before_it_was_to() -> None:
    """`m1` on 13 was to begin on 1 May, and `m2`, which takes over from it, on 1 July: the two months between are asked
    about. Once `m3` takes over on 12, it bills them from 1 May: approving them all the same billed 10 seats twice,
    400.00."""
    world = make_world()
    follow(world, "m1", SPB, "13", april(20))
    held = follow(world, "m2", "m1", "13", april(21))["m1"].decision
    assert isinstance(held, Held)
    assert held.rule is HoldRule.LEFT_BEHIND
    assert "0 → 10 from 1 May 2026 through 30 Jun 2026" in held.sentence
    lines = follow(world, "m3", "m2", "12", april(22))
    assert lines["m1"].decision == Unchanged()
    assert [each.quantity for each in lines["m3"].scheduled] == [10]


def test_what_ended_before_it_began_and_nobody_follows_changes_nothing() -> None:
    world = make_world()
    follow(world, "m1", SPB, "13", april(20))
    follow(world, "m2", "m1", "13", april(21))
    world.change("m2", is_ended=True)
    held = world.plan(april(21))["m1"].decision
    assert isinstance(held, Held)
    assert "0 → 10 from 1 May 2026 through 30 Jun 2026" in held.sentence
