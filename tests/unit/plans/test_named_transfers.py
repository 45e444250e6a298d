"""Transfers (billing rules, 3): the old ends on E, the new starts on E + 1, and every seat is billed exactly once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.changes import Apply, FinishIntent, Held, HoldRule, Parked, SetAddition
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


def split(world: World, today: date, **seats: int) -> None:
    """The licence is split into mappings that follow it."""
    for name in seats:
        world.map(name)
        world.change(name, follows=(SPB,))
    world.change(SPB, is_ended=True)
    world.night(today, **seats)


def test_a_split_in_the_middle_of_a_period() -> None:
    """10 merged seats are split into 6 monthly and 4 annual ones on 16 April: the old 10 end on 30 April, the new ones
    start on 1 May. April is 200.00 for the old, May 120.00 + 80.00 for the new."""
    world = in_arrears()
    split(world, april(16), monthly=6, annual=4)
    lines = world.plan(april(17))
    assert [tell(line) for line in lines.values()] == [[], [], []]
    psa = world.psas[HOME]
    assert [each.addition.cancelled_on for each in psa.kept] == [april(30), None, None]
    assert [each.addition.effective_on for each in psa.kept] == [april(1), may(1), may(1)]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def test_an_increase_after_a_split_starts_with_the_new_half() -> None:
    """6 → 7 monthly seats on 20 April: the old line has ended its counting, so that the seat is billed from 1 May."""
    world = in_arrears()
    split(world, april(16), monthly=6, annual=4)
    world.night(april(20), monthly=7, annual=4)
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("220.00"))


def test_a_merge_in_the_middle_of_a_period() -> None:
    """6 and 4 seats become one mapping of 10 on 16 April: 200.00 for April, 200.00 for May, one addition in the end."""
    world = make_world()
    world.map("other")
    world.night(april(1), spb=6, other=4)
    world.map("merged")
    world.change("merged", follows=(SPB, "other"))
    world.change(SPB, is_ended=True)
    world.change("other", is_ended=True)
    world.night(april(16), merged=10)
    psa = world.psas[HOME]
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))
    assert [each.addition.cancelled_on for each in psa.kept] == [april(30), april(30), None]


def test_a_split_in_advance_starts_when_what_is_invoiced_ends() -> None:
    """April's 200.00 are invoiced: the halves start on 1 May and cost 200.00 together."""
    world = in_advance()
    split(world, april(16), monthly=6, annual=4)
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_the_new_half_waits_where_the_old_one_is_held_or_parked() -> None:
    world = in_arrears()
    world.psas[HOME].edit(0, quantity=Decimal(11))
    world.map("monthly")
    world.change("monthly", follows=(SPB,))
    world.change(SPB, is_ended=True)
    world.night(april(16), monthly=6)
    lines = world.plan(april(16))
    assert isinstance(lines[SPB].decision, Parked)
    assert held_by(lines["monthly"]) == HoldRule.TRANSFER
    assert isinstance(lines["monthly"].decision, Held)
    assert "one transfer with spb" in lines["monthly"].decision.sentence
    assert len(world.psas[HOME].kept) == 1


def test_the_new_half_waits_while_nobody_knows_what_became_of_the_old_one() -> None:
    world = in_arrears()
    world.map("monthly")
    world.change("monthly", follows=(SPB,))
    world.change(SPB, is_ended=True)
    world.read(april(16), {"monthly": 8})
    line = world.plan(april(16))[SPB]
    assert isinstance(line.decision, Apply)
    world.promise(line, line.decision.changes[0], april(16))
    lines = world.plan(april(16))
    assert isinstance(lines[SPB].decision, FinishIntent)
    assert held_by(lines["monthly"]) == HoldRule.TRANSFER


def test_e3_to_e5_moves_no_seat_twice() -> None:
    """10 E3; on 16 April 4 of them become E5. E3 owes 10 through April, E5 4 from the 16th: 20.00 each makes April
    200.00 + 4 x 20.00 x 15/30 = 240.00, May 6 x 20.00 + 4 x 20.00 = 200.00. The fall of 4 of 10 waits for a person."""
    world = in_arrears()
    world.map("e5")
    world.night(april(15), spb=10, e5=0)
    world.night(april(16), spb=6, e5=4)
    lines = world.plan(april(16))
    assert lines[SPB].moves_with == ("e5",)
    assert lines["e5"].moves_with == (SPB,)
    assert world.night(april(17), spb=6, e5=4).scheduled
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("240.00")
    world.night(may(2), spb=6, e5=4)
    assert held_by(world.plan(may(2))[SPB]) == HoldRule.LARGE_DROP
    world.approve()
    assert tell(world.night(may(3), spb=6, e5=4)) == ["1201: 10→6"]
    assert psa.invoice() == Decimal("200.00")


def test_e3_is_never_lowered_while_e5_is_unmapped() -> None:
    """10 → 9 E3 would be written without a person; E5 rose and is unmapped, so it waits, and is free once it is."""
    world = in_advance()
    world.rises[SPB] = "SPE_E5"
    world.night(april(16), 9)
    line = world.night(april(17), 9)
    assert held_by(line) == HoldRule.UNMAPPED_RISE
    assert isinstance(line.decision, Held)
    assert "SPE_E5 rose on the same nights" in line.decision.sentence
    world.rises.clear()
    assert tell(world.night(april(18), 9)) == ["1201: 10→9"]


def test_an_agreement_that_moved() -> None:
    """10 seats are mapped to another agreement on 16 April: 200.00 for April on the old one, 200.00 for May on the new
    one, nothing on both, nothing on neither."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    assert tell(world.night(april(16), 10)) == ["1201: through 2026-04-30", "10 from 2026-05-01"]
    old = world.psas[HOME]
    assert (old.invoice(), new.invoice()) == (Decimal("200.00"), Decimal("0.00"))
    assert (old.invoice(), new.invoice()) == (Decimal("0.00"), Decimal("200.00"))


@pytest.mark.parametrize("increase_on", [17, 30])
def test_an_increase_while_an_agreement_moves_is_on_both_sides_of_the_border(increase_on: int) -> None:
    """10 → 12 on the 17th (30th): 2 x 20.00 x 14/30 = 18.67 (1/30: 1.33) on the old one, 12 from 1 May on the new."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    world.night(april(increase_on), 12)
    old = world.psas[HOME]
    assert old.invoice() == {17: Decimal("218.67"), 30: Decimal("201.33")}[increase_on]
    assert (new.invoice(), new.invoice()) == (Decimal("0.00"), Decimal("240.00"))


def test_an_agreement_that_moved_to_one_that_is_invoiced_further() -> None:
    """The new one is invoiced through May when the line moves on 16 April: its May is caught up by June's invoice:
    200.00 + 200.00. One addition says so, and a second plan of the day has nothing to add."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13", in_arrears=False, invoiced_through=may(31))
    world.change(agreement_id="13")
    assert tell(world.night(april(16), 10)) == ["1201: through 2026-04-30", "10 from 2026-05-01"]
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert new.invoice() == Decimal("400.00")


def test_an_agreement_that_moved_beside_an_addition_that_nobody_adopted_waits_for_a_person() -> None:
    """The same seats end here and begin there: no seat more or less, and yet the first write beside a stranger."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    new.put(10, april(1))
    world.change(agreement_id="13")
    assert held_by(world.night(april(16), 10)) == HoldRule.UNADOPTED_ADDITION
    assert (len(new.kept), world.writes) == (1, 1)


def test_an_agreement_that_moved_there_and_back_bills_increases_again() -> None:
    """Moved on the 10th and back on the 11th: 12 from 10 May are billed from that day: May is 200.00 + 2 x 20.00 x
    22/31 = 228.39."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(10), 10)
    world.change(agreement_id=HOME)
    world.night(april(11), 10)
    old = world.psas[HOME]
    assert (old.invoice(), new.invoice()) == (Decimal("200.00"), Decimal("0.00"))
    world.night(may(10), 12)
    assert (old.invoice(), new.invoice()) == (Decimal("228.39"), Decimal("0.00"))


def test_an_agreement_that_ends_inside_a_period_hands_over_on_its_last_day() -> None:
    """It ends on 15 May; on 5 May the line is parked and then mapped to the renewal: the old one bills through the
    15th, the new one from the 16th: 10 x 20.00 x 15/31 = 96.77 and 10 x 20.00 x 16/31 = 103.23."""
    world = in_arrears()
    old = world.psas[HOME]
    old.ends_on = may(15)
    old.invoice()
    assert isinstance(world.night(may(5), 10).decision, Parked)
    new = world.psas["13"] = Psa(id="13", invoiced_through=april(30))
    world.change(agreement_id="13")
    assert tell(world.night(may(6), 10)) == ["1201: through 2026-05-15", "10 from 2026-05-16"]
    assert (old.invoice(), new.invoice()) == (Decimal("96.77"), Decimal("103.23"))


def test_another_product_ends_with_the_period_and_the_new_one_starts_after_it() -> None:
    world = in_arrears()
    world.sell(product_id="777")
    assert tell(world.night(april(16), 10)) == ["1201: through 2026-04-30", "10 from 2026-05-01"]
    psa = world.psas[HOME]
    assert psa.kept[1].addition.product_id == "777"
    assert (psa.invoice(), psa.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def test_a_decrease_after_a_move_lands_on_the_new_agreement() -> None:
    """10 → 8 on the 20th, after the move: 200.00 for April on the old, 160.00 for May on the new."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    world.night(april(20), 8)
    line = world.night(april(21), 8)
    assert not line.scheduled
    old = world.psas[HOME]
    assert (old.invoice(), new.invoice()) == (Decimal("200.00"), Decimal("0.00"))
    assert new.invoice() == Decimal("160.00")


@pytest.mark.parametrize("doubt", ["The invoices are not read.", ""])
def test_a_move_waits_where_nobody_knows_when_the_running_period_ends(doubt: str) -> None:
    world = in_arrears()
    world.psas["13"] = Psa(id="13")
    old = world.psas[HOME]
    if doubt:
        old.doubt = doubt
    else:
        old.grid = None
    world.change(agreement_id="13")
    line = world.night(april(16), 10)
    assert held_by(line) == HoldRule.INVOICING_UNKNOWN


def test_an_old_agreement_that_is_gone_parks_the_line_until_its_end_has_passed() -> None:
    world = in_arrears()
    world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    del world.psas[HOME]
    assert isinstance(world.plan(april(17))[SPB].decision, Parked)
    assert is_still(world.plan(may(1))[SPB])


def test_a_follower_of_what_was_never_billed_starts_at_once() -> None:
    world = make_world()
    world.change(is_ended=True)
    world.map("monthly")
    world.change("monthly", follows=(SPB,))
    world.night(april(16), monthly=6)
    assert [each.addition.effective_on for each in world.psas[HOME].kept] == [april(16)]


def test_a_follower_of_a_line_on_an_agreement_that_nobody_reads_waits() -> None:
    world = in_arrears()
    world.psas["13"] = Psa(id="13")
    world.map("monthly", "13")
    world.change("monthly", follows=(SPB,))
    world.change(SPB, is_ended=True)
    world.psas[HOME].doubt = "The invoices are not read."
    world.night(april(16), monthly=6)
    assert held_by(world.plan(april(16))["monthly"]) == HoldRule.INVOICING_UNKNOWN


def test_an_ended_mapping_stays_ended() -> None:
    world = in_arrears()
    split(world, april(16), monthly=10)
    world.psas[HOME].invoice()
    world.night(may(2), monthly=10)
    world.psas[HOME].invoice()
    assert is_still(world.night(june(2), monthly=10))
    assert [each.addition.cancelled_on for each in world.psas[HOME].kept] == [april(30), None]


def test_the_halves_of_a_move_name_both_agreements() -> None:
    world = in_arrears()
    world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    line = world.night(april(16), 10)
    assert [standing.agreement_id for standing in line.before] == [HOME, "13"]
    assert isinstance(line.changes[0], SetAddition)
    assert {change.agreement_id for change in line.changes} == {HOME, "13"}
    assert replace(line, mapping_id="x").wanted == line.changes


def test_a_new_half_on_another_agreement_waits_until_the_end_of_the_old_one_is_proved() -> None:
    """The old half is parked: the new one must not begin beside it. Once it has ended, the new one starts on 1 May."""
    world = in_arrears()
    old, new = world.psas[HOME], Psa(id="13")
    world.psas["13"] = new
    old.edit(0, quantity=Decimal(11))
    world.map("monthly", "13")
    world.change("monthly", follows=(SPB,))
    world.change(SPB, is_ended=True)
    world.night(april(16), monthly=8)
    lines = world.plan(april(16))
    assert isinstance(lines[SPB].decision, Parked)
    assert held_by(lines["monthly"]) == HoldRule.TRANSFER
    old.edit(0, quantity=Decimal(10))
    world.apply(world.plan(april(17))[SPB], april(17))
    assert tell(world.plan(april(18))["monthly"]) == ["8 from 2026-05-01"]
