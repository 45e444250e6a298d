"""What takes over from lines that were themselves to begin after E, and never did: a split that is merged back, a split
of what was to begin later.

20.00 a seat, April has 30 days, 10 seats since 1 April. The split of 8 April is written from 1 May.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest

from plans.changes import HoldRule, Parked
from plans.editing import MappingChange
from plans.mapping_changes import LineWish, MappedLicence, Wish, end_changes, make_changes
from profiles.licences import Term
from profiles.periods import Grid
from tests.unit.plans.agreements import HOME, MARCH_END, MONTHLY, Psa
from tests.unit.plans.nights import SPB, World, april, held_by, in_advance, in_arrears, is_still, june, make_world, may

OTHER = "13"
MID_MONTH = Grid(2026, 1, 15, 1)
START = {True: in_arrears, False: in_advance}


def follow(world: World, names: str, *follows: str, **fields: object) -> None:
    """Lines of those names, a letter each, take over from others."""
    for name in names:
        world.map(name)
        world.change(name, follows=follows, **fields)
    for each in follows:
        world.change(each, is_ended=True)


def split_and_merge(*, bills_arrears: bool = True) -> World:
    """10 since 1 April, split into 6 and 4 on the 8th, merged on the 10th before any night."""
    world = START[bills_arrears]()
    follow(world, "ab", SPB)
    world.night(april(8), spb=10, a=6, b=4)
    assert list_ours(world)[1:] == [(6, may(1), None), (4, may(1), None)]
    follow(world, "c", "a", "b")
    return world


def list_ours(world: World) -> list[tuple[int, object, object]]:
    """The seats, first and last day of what is billed at home, in the order in which it was made."""
    own = [each.addition for each in world.psas[HOME].kept]
    return [(int(each.quantity or 0), each.effective_on, each.cancelled_on) for each in own]


@pytest.mark.parametrize("bills_arrears", [True, False], ids=["in arrears", "in advance"])
def test_a_split_that_is_merged_back_in_its_period_takes_over_from_what_was_split(bills_arrears: bool) -> None:
    """6 and 4 from 1 May never bill, and are ended in the night that writes 10 from 1 May: nobody is asked, for 10 stay
    10. April 10 × 20.00 = 200.00 (in advance that was invoiced on 1 April), May 200.00."""
    world = split_and_merge(bills_arrears=bills_arrears)
    world.night(april(10), spb=10, a=6, b=4, c=10)
    assert all(is_still(line) for line in world.plan(april(11)).values())
    assert list_ours(world) == [(10, april(1), april(30)), (0, may(1), None), (0, may(1), None), (10, may(1), None)]
    bills = [world.psas[HOME].invoice() for _ in range(1 + bills_arrears)]
    assert bills == [Decimal("200.00")] * len(bills)
    assert [world.psas[HOME].asked[day] for day in (april(30), may(1), may(31))] == [10, 10, 10]


def test_seats_that_come_after_the_merge_are_billed_once_and_from_their_day() -> None:
    """12 on 20 April: April 200.00 + 2 × 20.00 × 11/30 = 214.67 on what was split, May 12 × 20.00 = 240.00."""
    world = split_and_merge()
    world.night(april(10), spb=10, a=6, b=4, c=10)
    world.night(april(20), spb=12, c=12)
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("214.67"), Decimal("240.00"))


def test_the_halves_of_a_split_that_is_merged_back_wait_for_each_other() -> None:
    """Somebody made the 4 seats 5: none of the three is written, and 6 + 4 bill in May as they were. Put right on 2
    May, they end on 31 May, and 10 begin on 1 June: April, May and June 200.00 each, nothing twice and nothing lost."""
    world = split_and_merge()
    psa = world.psas[HOME]
    psa.edit(2, quantity=Decimal(5))
    world.night(april(10), spb=10, a=6, b=4, c=10)
    lines = world.plan(april(11))
    assert isinstance(lines["b"].decision, Parked)
    assert [held_by(lines[name]) for name in "ac"] == [HoldRule.TRANSFER, HoldRule.TRANSFER]
    psa.edit(2, quantity=Decimal(4))
    april_bill = psa.invoice()
    world.night(may(2), spb=10, a=6, b=4, c=10)
    assert list_ours(world)[1:] == [(6, may(1), may(31)), (4, may(1), may(31)), (10, june(1), None)]
    assert [april_bill, psa.invoice(), psa.invoice()] == [Decimal("200.00")] * 3


@pytest.mark.parametrize(
    ("grid", "through", "before_may"),
    [(MONTHLY, MARCH_END, 14), (MID_MONTH, april(14), 10)],
    ids=["all end on 30 April", "4 end on 14 April"],
)
def test_a_merge_of_what_never_began_and_of_what_billed_bills_nothing_twice(
    grid: Grid, through: date, before_may: int
) -> None:
    """The 6 of a split and 4 of another agreement are merged on 10 April: 10 + 4 through 30 April, and from 1 May 10
    and the 4 of the split. Where the others' 4 end on 14 April, nobody knows until 30 April which of the 10 are the 6:
    no seat is billed twice (20 would be), and the 4 come on 1 May."""
    world = in_arrears()
    world.psas[OTHER] = Psa(id=OTHER, grid=grid, invoiced_through=through)
    world.map("other", OTHER)
    world.night(april(2), spb=10, other=4)
    follow(world, "ab", SPB)
    world.night(april(8), spb=10, other=4, a=6, b=4)
    follow(world, "c", "a", "other")
    for day in (april(10), april(11), may(2)):
        world.read(day, {SPB: 10, "other": 4, "a": 6, "b": 4, "c": 10})
        for line in world.plan(day).values():
            world.apply(line, day)
    for _ in range(3):
        for psa in world.psas.values():
            psa.invoice()
    here, there = world.psas[HOME].asked, world.psas[OTHER].asked
    days = (april(16), april(30), may(1), may(14), may(15), may(31))
    assert [here[day] + there.get(day, 0) for day in days] == [before_may, before_may, 14, 14, 14, 14]


@pytest.mark.parametrize(
    ("fields", "day", "first"),
    [({"starts_on": june(1)}, april(8), june(1)), ({"prorates": False}, april(12), may(1))],
    ids=["a start on 1 June", "without proration, from 1 May"],
)
def test_a_split_of_what_was_to_begin_later_begins_when_that_would_have(
    fields: dict[str, object], day: date, first: date
) -> None:
    """10 that were to begin on 1 June, or on 1 May, never bill; 6 and 4 begin on that day instead, and nobody is asked:
    0.00 before it, 200.00 a month from it on."""
    world = make_world()
    world.change(SPB, **fields)
    world.night(day.replace(day=day.day - 2), 10)
    follow(world, "ab", SPB, **fields)
    world.night(day, spb=10, a=6, b=4)
    assert all(is_still(line) for line in world.plan(day).values())
    assert list_ours(world) == [(0, first, None), (6, first, None), (4, first, None)]
    bills = [world.psas[HOME].invoice() for _ in range(3)]
    assert bills == [Decimal("200.00") if month >= first.month else Decimal(0) for month in (4, 5, 6)]


def test_a_split_that_is_ended_and_mapped_anew_in_its_period_goes_on_where_what_was_split_ends() -> None:
    """Split on the 8th, ended on the 10th, so that its halves of 1 May never bill, and mapped as one on the 12th: what
    was split bills through 30 April. The new line followed nobody and began on the 12th beside it: April was 10 × 20.00
    + 10 × 20.00 × 19/30 = 326.67. April is 200.00, and so is May."""
    world = in_arrears()
    world.change(SPB, sku_id="sku")
    terms = [LineWish(term, SPB, HOME) for term in (Term.ANNUAL, Term.MONTHLY)]
    annual, monthly = remap(world, make_changes(find_mapped(world), Wish(tuple(terms)), april(8)))[1:]
    world.night(april(8), **{SPB: 10, annual: 6, monthly: 4})
    remap(world, end_changes(find_mapped(world)))
    world.read(april(10), {SPB: 10, annual: 6, monthly: 4})
    world.plan(april(10))
    for each in (annual, monthly):
        world.approve(each)
    world.night(april(10), **{SPB: 10, annual: 6, monthly: 4})
    (new,) = remap(world, make_changes(find_mapped(world), Wish((LineWish(None, SPB, HOME),)), april(12)))
    world.night(april(12), **{SPB: 10, new: 10})
    assert [world.psas[HOME].invoice() for _ in range(2)] == [Decimal("200.00")] * 2


def find_mapped(world: World) -> MappedLicence:
    """The licence with every mapping that it ever had."""
    return MappedLicence("contoso", "sku", SPB, tuple(world.mappings.values()), world.journals)


def remap(world: World, changes: Sequence[MappingChange]) -> list[str]:
    """What a person changes about the mappings, as the page commits it; their ids."""
    for _, after in changes:
        if after.id not in world.mappings:
            world.map(after.id)
        world.mappings[after.id] = after
    return [after.id for _, after in changes]
