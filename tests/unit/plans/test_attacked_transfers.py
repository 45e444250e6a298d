"""Transfers whose halves are on their own: nothing ends that nothing follows, and nothing in between is lost.

20.00 a seat, April has 30 days, 10 seats since 1 April. In advance April's 200.00 are invoiced on 1 April.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.changes import Held, HoldRule, Parked
from plans.planning import plan_agreement
from profiles.periods import Grid
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import (
    SPB,
    World,
    april,
    held_by,
    in_advance,
    in_arrears,
    is_still,
    june,
    make_world,
    may,
    tell,
)

OTHER = "13"
MID_MONTH = Grid(2026, 1, 15, 1)
HERE_AND_THERE = pytest.mark.parametrize("agreement_id", [HOME, OTHER], ids=["same agreement", "another agreement"])


def follow(world: World, agreement_id: str = HOME, **fields: object) -> Psa:
    """The licence gets a new mapping of another product that follows the old one, which is ended; its agreement."""
    if agreement_id not in world.psas:
        world.psas[agreement_id] = Psa(id=agreement_id, in_arrears=world.psas[HOME].in_arrears)
        world.psas[agreement_id].invoiced_through = world.psas[HOME].invoiced_through
    world.map("new", agreement_id, product_id="502")
    world.change("new", follows=(SPB,), **fields)
    world.change(SPB, is_ended=True)
    return world.psas[agreement_id]


def test_what_follows_a_line_whose_agreement_ends_waits_for_no_other_end() -> None:
    """The old agreement ends on 30 April, so that no end is written there: the new half waited for one for ever. April
    200.00 on the old, May 200.00 on the new; it is planned also once the old one is over."""
    world = in_arrears()
    world.psas[HOME].ends_on = april(30)
    new = follow(world, OTHER)
    for day in (april(16), may(2)):
        lines = {each.mapping_id: each for each in world.plan(day).values()}
        assert "new" not in lines or not isinstance(lines["new"].decision, Held)
        world.night(day, spb=10, new=10)
    assert [(each.addition.effective_on, each.addition.cancelled_on) for each in new.kept] == [(may(1), None)]
    assert (world.psas[HOME].invoice(), new.invoice(), new.invoice()) == (
        Decimal("200.00"),
        Decimal("0.00"),
        Decimal("200.00"),
    )


@HERE_AND_THERE
def test_the_old_half_does_not_end_while_the_new_one_is_held(agreement_id: str) -> None:
    """3 seats of the new product that nobody adopted hold the new half: the old 10 go on, 200.00 for May. Approved on
    2 May, the old half ends on 31 May and the new one begins on 1 June: May 200.00, June 200.00, nothing twice."""
    world = in_advance()
    new = follow(world, agreement_id)
    new.put(3, april(1), product_id="502")
    for day in (april(12), april(13)):
        world.night(day, spb=10, new=10)
        lines = world.plan(day)
        assert held_by(lines["new"]) == HoldRule.UNADOPTED_ADDITION
        assert held_by(lines[SPB]) == HoldRule.TRANSFER
        old = lines[SPB].decision
        assert isinstance(old, Held)
        assert old.sentence == "10 → 0 spb: it is one transfer with new, which waits. Look at that one first."
    assert world.psas[HOME].kept[0].addition.cancelled_on is None
    for psa in world.psas.values():
        psa.invoice()
    world.plan(may(2))
    world.approve("new")
    for _ in range(2):
        for line in world.plan(may(2)).values():
            world.apply(line, may(2))
    own = [each.addition for psa in world.psas.values() for each in psa.kept if each.addition.key]
    assert [(each.effective_on, each.cancelled_on) for each in own] == [(april(1), may(31)), (june(1), None)]


def test_the_old_half_does_not_end_while_the_new_one_is_parked() -> None:
    """The new half's agreement is not active: it is parked, and the old one bills on until that is put right."""
    world = in_advance()
    new = follow(world, OTHER)
    new.is_active = False
    world.night(april(12), spb=10, new=10)
    lines = world.plan(april(12))
    assert isinstance(lines["new"].decision, Parked)
    assert held_by(lines[SPB]) == HoldRule.TRANSFER
    new.is_active = True
    assert tell(world.plan(april(13))[SPB]) == ["1201: through 2026-04-30"]


def test_the_old_half_does_not_end_while_the_new_one_cannot_be_planned() -> None:
    """Its agreement could not be read: there is no plan of it tonight, and the old half waits."""
    world = in_advance()
    follow(world, OTHER)
    world.read(april(12), {SPB: 10, "new": 10})
    around = world.surround(april(12))
    alone = replace(around, lines={SPB: around.lines[SPB]})
    for surroundings, rule in ((around, ""), (alone, HoldRule.TRANSFER)):
        (line,) = plan_agreement("contoso", HOME, [around.lines[SPB]], surroundings).lines
        assert held_by(line) == rule


def test_the_old_half_does_not_end_while_the_new_one_is_refused() -> None:
    """A person refuses the new half on 12 April: the old one goes on billing."""
    world = in_advance()
    new = follow(world)
    new.put(3, april(1), product_id="502")
    world.night(april(12), spb=10, new=10)
    world.plan(april(12))
    world.refuse(april(12), "new")
    world.night(april(13), spb=10, new=10)
    assert held_by(world.plan(april(13))["new"]) == HoldRule.REFUSED
    assert held_by(world.plan(april(13))[SPB]) == HoldRule.TRANSFER


def test_one_half_of_a_merge_does_not_end_while_the_other_is_parked() -> None:
    """6 and 4 become 10 here; somebody edited the 4. The merged line cannot begin, so the 6 do not end either."""
    world = make_world()
    world.map("other")
    world.night(april(1), spb=6, other=4)
    world.map("new")
    world.change("new", follows=(SPB, "other"))
    world.change(SPB, is_ended=True)
    world.change("other", is_ended=True)
    world.psas[HOME].edit(0, quantity=Decimal(5))
    world.night(april(16), spb=6, other=4, new=10)
    lines = world.plan(april(16))
    assert isinstance(lines["other"].decision, Parked)
    assert [held_by(lines[name]) for name in (SPB, "new")] == [HoldRule.TRANSFER, HoldRule.TRANSFER]
    world.psas[HOME].edit(0, quantity=Decimal(4))
    world.night(april(17), spb=6, other=4, new=10)
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def test_a_new_half_that_is_held_later_does_not_stop_the_old_one() -> None:
    """The transfer is through. The new half's rise to 40 waits for a person; what 2 seats of 28 April cost here is
    2 × 20.00 × 3/30 = 4.00, on the old half."""
    world = in_arrears()
    follow(world)
    world.night(april(16), spb=10, new=10)
    world.night(april(28), spb=12, new=40)
    assert held_by(world.plan(april(28))["new"]) == HoldRule.LARGE_RISE
    assert world.psas[HOME].invoice() == Decimal("204.00")


def test_an_ended_mapping_that_nobody_follows_is_asked_for_once() -> None:
    """Down to nothing: held until a person approves, ended on 30 April then, and never asked for again."""
    world = in_advance()
    world.change(is_ended=True)
    assert held_by(world.night(april(10), spb=10)) == HoldRule.TO_ZERO
    assert held_by(world.night(april(11), spb=10)) == HoldRule.TO_ZERO
    world.approve()
    assert tell(world.night(april(12), spb=10)) == ["1201: through 2026-04-30"]
    for day in (april(13), may(2)):
        assert tell(world.night(day, spb=10)) == []
        assert held_by(world.plan(day)[SPB]) == ""
    assert world.psas[HOME].invoice() == Decimal("0.00")


@pytest.mark.parametrize(
    ("seats", "rule"),
    [(6, HoldRule.LARGE_DROP), (7, ""), (8, ""), (20, ""), (21, HoldRule.LARGE_RISE), (0, HoldRule.TO_ZERO)],
)
def test_a_transfer_is_compared_as_a_whole(seats: int, rule: str) -> None:
    """10 were invoiced: a mapping that takes over 6 hides a drop of 40 %, one of 21 a rise of 11 and 110 %."""
    world = in_advance()
    follow(world)
    world.night(april(12), spb=10, new=seats)
    assert held_by(world.plan(april(12))[SPB]) == rule


def test_both_halves_of_a_split_are_compared_together() -> None:
    """10 become 6 and 4: nothing is lost, and nobody is asked."""
    world = in_advance()
    for name in ("monthly", "annual"):
        world.map(name)
        world.change(name, follows=(SPB,))
    world.change(SPB, is_ended=True)
    assert tell(world.night(april(16), spb=10, monthly=6, annual=4)) == ["1201: through 2026-04-30"]


@HERE_AND_THERE
def test_a_rise_between_the_mapping_and_the_end_is_billed_on_the_old_half(agreement_id: str) -> None:
    """10 → 12 on 20 April, after a mapping of 12 April: April 200.00 + 2 × 20.00 × 11/30 = 214.67 on the old one, May
    240.00 on the new one."""
    world = in_arrears()
    new = follow(world, agreement_id)
    for _ in range(2):
        world.read(april(12), {SPB: 10, "new": 10})
        for line in world.plan(april(12)).values():
            world.apply(line, april(12))
    world.night(april(20), spb=12, new=12)
    asked = [psa.invoice() for psa in world.psas.values()]
    assert sum(asked) == Decimal("214.67")
    for psa in world.psas.values():
        psa.invoice()
    assert new.asked[may(1)] == new.asked[may(31)] == 12
    assert world.psas[HOME].asked[april(19)] == 10
    assert world.psas[HOME].asked[april(20)] == world.psas[HOME].asked[april(30)] == 12


def test_a_rise_in_the_half_of_a_merge_that_ends_later_is_billed_once() -> None:
    """6 here and 4 on an agreement invoiced from the 15th are merged here on 16 April: the 4 end on 14 May. On 5 May
    they are 6: they are billed there through 14 May and here from the 15th, so that 12 are billed on every day."""
    world = make_world()
    world.psas[OTHER] = Psa(id=OTHER, grid=MID_MONTH, invoiced_through=april(14))
    world.map("other", OTHER)
    world.night(april(15), spb=6, other=4)
    world.map("new")
    world.change("new", follows=(SPB, "other"))
    world.change(SPB, is_ended=True)
    world.change("other", is_ended=True)
    for _ in range(2):
        world.read(april(16), {SPB: 6, "other": 4, "new": 10})
        for line in world.plan(april(16)).values():
            world.apply(line, april(16))
    world.night(april(17), spb=6, other=4, new=10)
    world.night(may(5), other=6, new=12)
    for _ in range(3):
        for psa in world.psas.values():
            psa.invoice()
    here, there = world.psas[HOME].asked, world.psas[OTHER].asked
    billed = [here.get(day, 0) + there.get(day, 0) for day in (april(30), may(1), may(4), may(5), may(14), may(15))]
    assert billed == [10, 10, 10, 12, 12, 12]
    assert (there[may(14)], here[may(14)], here[may(15)]) == (6, 6, 12)


def test_what_was_split_and_merged_again_before_a_night_follows_what_bills() -> None:
    """Split at noon on 16 April and merged again before any night: the last mapping takes over from the first, that
    bills through 30 April. April 200.00, May 200.00."""
    world = in_arrears()
    world.map("half")
    world.change("half", follows=(SPB,), is_ended=True)
    world.change(SPB, is_ended=True)
    world.map("whole")
    world.change("whole", follows=("half",))
    world.night(april(16), spb=10, whole=10)
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def move_to_mid_month() -> tuple[World, Psa]:
    """10 since 1 April, moved on the 16th to an agreement that does not prorate, with periods from the 15th."""
    world = in_arrears()
    world.psas[OTHER] = Psa(id=OTHER, grid=MID_MONTH, invoiced_through=april(14), prorates=False)
    world.change(agreement_id=OTHER)
    world.night(april(16), 10)
    return world, world.psas[OTHER]


def test_a_move_into_a_period_that_is_not_prorated_says_what_it_is_and_cannot_be_half_approved() -> None:
    """It is held as by hand only, with nothing to approve: approved, the old end of 30 April would have been written
    alone. The old agreement bills on: April 200.00, May 200.00."""
    world, _ = move_to_mid_month()
    for today, day, start, last in (
        (april(17), "1 May 2026", "15 Apr 2026", "14 May 2026"),
        (may(3), "1 Jun 2026", "15 May 2026", "14 Jun 2026"),
    ):
        line = world.plan(today)[SPB]
        assert line.decision == Held(
            HoldRule.NOT_EXPRESSIBLE,
            f"10 spb cannot begin on {day} on agreement 13: it does not prorate, and would bill all of its period from "
            f"{start} through {last}. What bills now goes on. Switch proration on there until {last} is invoiced, or "
            f"map the licence to an agreement that prorates or whose periods begin on {day}.",
        )
    assert [world.psas[HOME].invoice() for _ in range(2)] == [Decimal("200.00")] * 2


def test_a_move_into_a_period_goes_on_once_proration_is_switched_on_for_it() -> None:
    """On from 17 April until 14 May is invoiced: April 200.00 here, 1 to 14 May 10 × 20.00 × 14/30 = 93.33 there, then
    200.00 a period, and nothing is held when it is off again."""
    world, there = move_to_mid_month()
    there.prorates = True
    world.night(april(17), 10)
    assert (world.psas[HOME].invoice(), there.invoice()) == (Decimal("200.00"), Decimal("93.33"))
    there.prorates = False
    assert is_still(world.night(may(16), 10))
    assert (world.psas[HOME].invoice(), there.invoice()) == (Decimal("0.00"), Decimal("200.00"))


def test_a_move_into_a_period_can_be_taken_back() -> None:
    """Mapped to where it was on the 17th, with 12: April 200.00 + 2 × 20.00 × 14/30 = 218.67."""
    world, there = move_to_mid_month()
    world.change(agreement_id=HOME)
    world.night(april(17), 12)
    assert (world.psas[HOME].invoice(), there.kept) == (Decimal("218.67"), [])


def test_what_cannot_end_is_not_begun_elsewhere_by_an_approval() -> None:
    """10 → 12 on the 10th, then the agreement prorates no more: the 2 are held, and approving cannot help. Moved to
    another agreement on the 16th, the hold could be approved: 12 began there on 1 May, and 12 went on here."""
    world = in_arrears()
    world.psas[OTHER] = Psa(id=OTHER)
    world.night(april(10), 12)
    world.psas[HOME].prorates = False
    world.change(agreement_id=OTHER)
    line = world.night(april(16), 12)
    assert (held_by(line), line.wanted) == ("proration_switched", ())
    world.psas[HOME].prorates = True
    world.night(april(17), 12)
    assert world.psas[HOME].invoice() == Decimal("228.00")
    assert [psa.invoice() for psa in (world.psas[OTHER], world.psas[HOME], world.psas[OTHER])] == [
        Decimal("0.00"),
        Decimal("0.00"),
        Decimal("240.00"),
    ]


def run(world: World, today: date, seats: int) -> None:
    """A run in which what begins on another agreement still waits for the end that it writes."""
    world.read(today, {SPB: seats, "new": seats})
    for line in world.plan(today).values():
        world.apply(line, today)


def test_what_takes_over_where_its_first_days_are_invoiced_and_never_caught_up_waits_for_a_person() -> None:
    """The new half is on an agreement that does not prorate and whose May was invoiced on 27 April. It began on 1 June,
    the old one ended on 30 April, and 200.00 of May were billed nowhere, with not a word. It waits now, the old one
    bills on, and on 1 May both are written by themselves: May 200.00 here, June 200.00 there."""
    world = in_arrears()
    new = follow(world, OTHER)
    new.in_arrears, new.invoiced_through, new.prorates = False, may(31), False
    world.read(april(28), {SPB: 10, "new": 10})
    lines = world.plan(april(28))
    assert [held_by(lines[each]) for each in ("new", SPB)] == ["to_zero", "transfer"]
    assert isinstance(lines["new"].decision, Held)
    assert lines["new"].decision.sentence == (
        "0 → 10 new: 10 of them would be billed nowhere from 1 May 2026 through 31 May 2026: agreement 13 is invoiced "
        "that far already and does not prorate, and what they come from ends before. Approve it, or refuse it."
    )
    for day in (may(1), may(2)):
        run(world, day, 10)
    home = world.psas[HOME]
    assert [home.invoice(), home.invoice(), home.invoice()] == [Decimal("200.00"), Decimal("200.00"), Decimal("0.00")]
    assert new.invoice() == Decimal("200.00")


def test_days_that_a_person_lets_go_are_not_asked_for_again() -> None:
    """Approved on 28 April, the old half ends on the 30th and the new one begins on 1 June, in the run after it."""
    world = in_arrears()
    new = follow(world, OTHER)
    new.in_arrears, new.invoiced_through, new.prorates = False, may(31), False
    world.read(april(28), {SPB: 10, "new": 10})
    world.plan(april(28))
    world.approve("new")
    for day in (april(28), april(29)):
        run(world, day, 10)
    assert [(each.addition.effective_on, each.addition.cancelled_on) for each in new.kept] == [(june(1), None)]
    assert world.psas[HOME].kept[0].addition.cancelled_on == april(30)
    run(world, may(2), 12)
    assert [held_by(each) for each in world.plan(may(2)).values()] == ["", ""]
    assert [str(each.addition.quantity) for each in new.kept] == ["12"]
