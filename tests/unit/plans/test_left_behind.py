"""A mapping that was read and never written, and is then split or merged: its days before that are billed nowhere, and
a person is asked about them.

20.00 a seat, April has 30 days. 10 seats are read from 10 April, and held; the licence is split on the 20th.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from plans.changes import Held, HoldRule, Unchanged
from tests.unit.plans.agreements import HOME, MARCH_END
from tests.unit.plans.nights import SPB, World, april, held_by, in_arrears, is_still, make_world, may
from tests.unit.plans.test_merged_back import follow, list_ours

ASKED = HoldRule.LEFT_BEHIND


def read_and_held(*, prorates: bool = True, day: int = 10) -> World:
    """10 seats from 10 April that nobody let through: somebody else's addition billed the product, too."""
    world = make_world(prorates=prorates)
    world.psas[HOME].put(3, april(1))
    assert held_by(world.night(april(day), 10)) == HoldRule.UNADOPTED_ADDITION
    world.psas[HOME].kept.clear()
    return world


def split(world: World, **fields: object) -> None:
    follow(world, "ab", SPB, **fields)
    world.night(april(20), a=6, b=4)


def test_days_of_a_split_that_nobody_wrote_are_asked_about_and_billed_once_approved() -> None:
    """10 from 10 to 19 April and 6 and 4 from the 20th: 10 × 20.00 × 21/30 = 140.00 for April, and 200.00 for May.
    Without the days before the split April were 10 × 20.00 × 11/30 = 73.33, and nobody was told."""
    world = read_and_held()
    split(world)
    held = world.plan(april(20))[SPB].decision
    assert isinstance(held, Held) and held.rule is ASKED
    assert "from 10 Apr 2026 through 19 Apr 2026" in held.sentence
    world.approve()
    world.night(april(21), a=6, b=4)
    assert list_ours(world) == [(6, april(20), None), (4, april(20), None), (10, april(10), april(19))]
    assert all(is_still(line) for line in world.plan(april(22)).values())
    assert world.psas[HOME].invoice() == Decimal("140.00")
    assert all(is_still(line) for line in world.plan(may(2)).values())
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_they_are_asked_about_after_their_invoice_too() -> None:
    """Approved on 2 May, once April is invoiced with 73.33: May asks 200.00 + 10 × 20.00 × 10/30 = 266.67."""
    world = read_and_held()
    split(world)
    assert world.psas[HOME].invoice() == Decimal("73.33")
    world.night(may(2), a=6, b=4)
    world.approve()
    world.night(may(3), a=6, b=4)
    assert world.psas[HOME].invoice() == Decimal("266.67")


def test_who_refuses_them_is_asked_no_more() -> None:
    """Something else billed the ten days: April is 73.33, and the line is still."""
    world = read_and_held()
    split(world)
    world.refuse(april(21))
    assert all(is_still(line) for line in world.plan(april(22)).values())
    world.night(may(2), a=7, b=4)
    assert is_still(world.plan(may(3))[SPB])


def test_what_was_refused_before_the_split_stays_refused() -> None:
    """The 10 were refused on 12 April, and were still 10 when they were split: nothing of them is owed."""
    world = read_and_held()
    world.refuse(april(12))
    split(world)
    assert is_still(world.plan(april(21))[SPB])


def test_what_came_after_a_refusal_is_asked_about() -> None:
    """10 are refused on 12 April, 12 are read on the 15th: 12 from 15 to 19 April, and nothing before."""
    world = read_and_held()
    world.refuse(april(12))
    world.psas[HOME].put(3, april(1))
    world.night(april(15), 12)
    world.psas[HOME].kept.clear()
    split(world)
    held = world.plan(april(21))[SPB].decision
    assert isinstance(held, Held) and held.rule is ASKED
    assert "0 → 12 from 15 Apr 2026 through 19 Apr 2026" in held.sentence


def test_halves_that_nobody_wrote_leave_their_days_when_they_are_merged() -> None:
    """10 since 1 April, split on the 8th: their end was written, and the halves never were. Merged on 10 May, 6 and 4
    from 1 to 9 May are asked about, 10 × 20.00 × 9/31 = 58.06; the merged one bills 10 from the 10th, 141.94."""
    world = in_arrears()
    world.change(SPB, is_ended=True)
    follow(world, "ab", SPB)
    world.night(april(8), spb=10, a=6, b=4)
    for name in "ab":
        world.journals[name] = type(world.journals[name])(name, counts=world.journals[name].counts)
    del world.psas[HOME].kept[1:]
    assert world.psas[HOME].invoice() == Decimal("200.00")
    follow(world, "c", "a", "b")
    world.night(may(10), c=10)
    lines = world.plan(may(11))
    assert [held_by(lines[name]) for name in "ab"] == [ASKED, ASKED]
    for name in "ab":
        world.approve(name)
    world.night(may(11), c=10)
    assert list_ours(world)[1:] == [(10, may(10), None), (6, may(1), may(9)), (4, may(1), may(9))]
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_without_proration_the_days_through_the_period_are_those_that_the_halves_do_not_bill() -> None:
    """10 read on 1 April, split on the 20th: the halves begin with May, so April's 200.00 is asked about; of 10 that
    were read on 10 April nothing is owed before May."""
    world = read_and_held(prorates=False, day=1)
    split(world)
    held = world.plan(april(20))[SPB].decision
    assert isinstance(held, Held) and held.rule is ASKED
    assert "from 1 Apr 2026 through 30 Apr 2026" in held.sentence
    late = read_and_held(prorates=False)
    split(late)
    assert is_still(late.plan(april(20))[SPB])


def test_an_agreement_that_was_over_bills_no_day_after_its_end() -> None:
    """The agreement ends on 14 April, and the halves go to another one: 10 from 10 to 14 April are asked about."""
    world = read_and_held()
    world.psas["13"] = type(world.psas[HOME])(id="13")
    follow(world, "ab", SPB, agreement_id="13")
    world.psas[HOME].ends_on = april(14)
    world.night(april(20), a=6, b=4)
    held = world.plan(april(20))[SPB].decision
    assert isinstance(held, Held) and "from 10 Apr 2026 through 14 Apr 2026" in held.sentence


def test_nobody_is_asked_where_nobody_takes_over_or_was_read_or_all_is_long_past() -> None:
    world = read_and_held()
    world.change(SPB, is_ended=True)
    assert is_still(world.plan(april(11))[SPB])
    follow(world, "ab", SPB)
    assert is_still(world.plan(april(11))[SPB])
    split(world)
    long_after = april(20) + timedelta(days=150)
    assert held_by(world.plan(long_after)[SPB]) == ASKED
    assert is_still(world.plan(long_after + timedelta(days=1))[SPB])


def test_a_half_waits_where_nobody_knows_when_what_it_follows_ends() -> None:
    """P of the agreement is unknown: when the 10 end that the halves were to follow is, too."""
    world = in_arrears()
    follow(world, "ab", SPB)
    world.read(april(8), {"a": 6, "b": 4})
    follow(world, "c", "a", "b")
    world.read(april(9), {"c": 10})
    world.psas[HOME].invoiced_through = None
    assert held_by(world.plan(april(9))["a"]) == HoldRule.INVOICING_UNKNOWN


def test_a_mapping_that_was_read_as_nothing_leaves_nothing() -> None:
    world = make_world()
    world.night(april(10), 0)
    split(world)
    assert world.psas[HOME].invoiced_through == MARCH_END
    assert world.plan(april(20))[SPB].decision == Unchanged()
