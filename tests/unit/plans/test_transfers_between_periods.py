"""Transfers that periods cut across: halves that end on different days, moves one after another, late news (rules, 3).

A seat costs 20.00, April has 30 days and May 31; every seat is billed exactly once on every day.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plans.brakes import Thresholds
from plans.changes import CreateAddition, HoldRule, Parked
from profiles.billing import BillableOption, CustomPrice, DatedPrice
from profiles.periods import Grid
from tests.unit.plans.agreements import HOME, PRICE, Psa
from tests.unit.plans.nights import (
    SPB,
    World,
    april,
    held_by,
    in_arrears,
    is_still,
    june,
    make_world,
    may,
    tell,
)

MID_MONTH = Grid(2026, 1, 15, 1)


def merge(world: World, today: date) -> None:
    """`spb` and `other` become one mapping: that night ends them, the next one begins it."""
    world.map("merged")
    world.change("merged", follows=(SPB, "other"))
    world.change(SPB, is_ended=True)
    world.change("other", is_ended=True)
    world.read(today, {"merged": 10})
    for line in world.plan(today).values():
        world.apply(line, today)
    world.night(today.replace(day=today.day + 1), merged=10)


def begin_to_merge() -> tuple[World, Psa]:
    """6 seats on agreement 12, invoiced by the month; 4 on 13, invoiced from the 15th to the 14th."""
    world = make_world()
    other = world.psas["13"] = Psa(id="13", grid=MID_MONTH, invoiced_through=april(14))
    world.map("other", "13")
    world.night(april(1), spb=6, other=4)
    return world, other


def test_a_merge_of_halves_that_end_on_different_days_bills_each_seat_every_day() -> None:
    """Merged on 16 April: the 6 end on 30 April, the 4 on 14 May. From 1 May the merged line bills what the others do
    not: 6, and 10 from 15 May. May is 6 x 20.00 + 4 x 20.00 x 17/31 = 163.87 here, and the other agreement's invoice
    is 4 x 20.00 = 80.00 for 15 April to 14 May; in June all 10 are here: 200.00. (14 April and before are 4 seats that
    the other agreement caught up: 4 x 20.00 x 14/31 = 36.13.)"""
    world, other = begin_to_merge()
    merge(world, april(16))
    home = world.psas[HOME]
    made = [(str(each.addition.quantity), each.addition.effective_on) for each in home.kept[1:]]
    assert made == [("6", may(1)), ("4", may(15))]
    assert home.invoice() == Decimal("120.00")
    assert other.invoice() == Decimal("116.13")
    assert home.invoice() == Decimal("163.87")
    assert (other.invoice(), home.invoice()) == (Decimal("0.00"), Decimal("200.00"))


def test_seats_that_leave_while_one_half_still_bills_leave_the_merged_line() -> None:
    """10 become 8 on 20 April: 4 are still billed on 13 through 14 May, so that 4 begin here on 1 May, 8 on 15 May."""
    world, _ = begin_to_merge()
    merge(world, april(16))
    world.night(april(20), merged=8)
    world.night(april(21), merged=8)
    home = world.psas[HOME]
    home.invoice()
    assert home.invoice() == Decimal("123.87")
    assert home.invoice() == Decimal("160.00")


def test_a_merged_seat_that_leaves_within_a_week_was_there_before_and_is_owed_to_the_end_of_its_period() -> None:
    """Merged on 28 April, 10 → 9 on 2 May: no increase is taken back, the seat is as old as what it comes from."""
    world = make_world()
    world.map("other")
    world.night(april(1), spb=6, other=4)
    merge(world, april(28))
    world.night(may(2), merged=9)
    world.night(may(3), merged=9)
    home = world.psas[HOME]
    assert (home.invoice(), home.invoice()) == (Decimal("200.00"), Decimal("200.00"))


def test_a_line_that_follows_nobody_s_seats_starts_with_its_first_count() -> None:
    world = make_world()
    world.map("merged")
    world.change("merged", follows=(SPB, "unknown"))
    world.change(SPB, is_ended=True)
    world.night(april(16), merged=10)
    assert [each.addition.effective_on for each in world.psas[HOME].kept] == [april(16)]


def test_what_was_over_long_ago_begins_with_the_merged_line_s_own_count() -> None:
    """4 seats went to nothing in April; on 16 June they are back, mapped anew: nothing is caught up for May."""
    world = in_arrears(4)
    world.night(april(10), 0)
    world.night(april(11), 0)
    world.approve()
    world.night(april(12), 0)
    world.change(is_ended=True)
    world.map("merged")
    world.change("merged", follows=(SPB,))
    home = world.psas[HOME]
    assert (home.invoice(), home.invoice()) == (Decimal("80.00"), Decimal("0.00"))
    world.night(june(16), merged=4)
    assert home.invoice() == Decimal("40.00")


def test_a_line_that_moves_three_times_while_seats_fall_needs_one_night_for_each() -> None:
    """10 with credits on: on 13 from 3 April, nothing from the 5th to the 7th, 3 from the 8th, back here on the 10th, 6
    from the 13th on the way to 13 again. April is 10 x 4/30 + 3 x 5/30 + 6 x 18/30 of 20.00 = 26.67 + 10.00 + 72.00,
    on whichever agreement; each of its days is billed once."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    home = world.psas[HOME]
    world.thresholds = Thresholds(drop_percent=100, rise_percent=1000)
    world.change(gives_credits=True)
    world.change(agreement_id="13")
    world.night(april(3), 10)
    world.night(april(5), 0)
    world.night(april(6), 0)
    world.approve()
    world.night(april(7), 0)
    world.night(april(8), 3)
    world.change(agreement_id=HOME)
    world.night(april(10), 3)
    world.change(agreement_id="13")
    world.night(april(13), 6)
    home.invoice()
    new.invoice()
    days = [home.asked.get(april(day), 0) + new.asked.get(april(day), 0) for day in range(1, 31)]
    assert days == [10] * 4 + [0] * 3 + [3] * 5 + [6] * 18
    assert home.invoice() + new.invoice() == Decimal("120.00")


def test_a_line_that_came_back_and_left_again_leaves_every_period_where_it_was() -> None:
    """On 13 for May, here for June, on 13 again from July: three invoices of 200.00, each on its own agreement."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    home = world.psas[HOME]
    for day, agreement_id in ((april(16), "13"), (may(16), HOME), (june(16), "13")):
        world.change(agreement_id=agreement_id)
        world.night(day, 10)
    assert [home.invoice() for _ in range(4)] == [PRICE * 10, 0, PRICE * 10, 0]
    assert [new.invoice() for _ in range(4)] == [0, PRICE * 10, 0, PRICE * 10]


def test_an_increase_that_was_approved_after_the_move_is_billed_where_it_was_owed() -> None:
    """10 → 40 on 28 April waits for a person; the line moved on the 16th. On 2 May it is approved: 30 more for 28 to 30
    April there, 30 x 20.00 x 3/30 = 60.00, and 40 here from 1 May."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    assert held_by(world.night(april(28), 40)) == HoldRule.LARGE_RISE
    assert held_by(world.night(may(2), 40)) == HoldRule.LARGE_RISE
    world.approve()
    told = tell(world.night(may(2), 40))
    assert told == ["30 from 2026-04-28 through 2026-04-30", "1301: 10→40"]
    home = world.psas[HOME]
    assert (home.invoice(), new.invoice(), new.invoice()) == (Decimal("260.00"), Decimal("0.00"), Decimal("800.00"))
    assert is_still(world.night(june(2), 40))


def test_an_increase_taken_back_that_is_confirmed_after_the_move_counts_its_days_where_it_was() -> None:
    """10 → 12 on 26 April, 10 again on the 29th, seen again on 2 May: 2 x 20.00 x 3/30 = 4.00 on the old agreement."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    world.night(april(26), 12)
    world.night(april(29), 10)
    assert tell(world.night(may(2), 10)) == ["1202: through 2026-04-28", "1301: 12→10"]
    assert (world.psas[HOME].invoice(), new.invoice()) == (Decimal("204.00"), Decimal("0.00"))
    assert new.invoice() == Decimal("200.00")


def test_seats_owe_by_the_periods_of_the_agreement_that_they_are_on() -> None:
    """10 → 8 on the 10th, moved on the 16th to periods that begin on the 15th: April is 200.00 here all the same, and
    nothing of the two seats that left goes along: 8 x 20.00 x 14/30 = 74.67 for 1 to 14 May on the new one."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13", grid=MID_MONTH, invoiced_through=april(14))
    world.night(april(10), 8)
    world.night(april(11), 8)
    world.change(agreement_id="13")
    world.night(april(16), 8)
    world.night(april(17), 8)
    assert (world.psas[HOME].invoice(), new.invoice()) == (Decimal("200.00"), Decimal("74.67"))
    assert new.invoice() == Decimal("160.00")


def test_seats_that_leave_an_agreement_with_longer_periods_before_the_move_do_not_go_along() -> None:
    """10 → 8 on 20 April, after the move of the 16th: 200.00 for April, 8 from 1 May although 13's period began on 15
    April, when there were 10."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13", grid=MID_MONTH, invoiced_through=april(14))
    world.change(agreement_id="13")
    world.night(april(16), 10)
    world.night(april(20), 8)
    world.night(april(21), 8)
    assert (world.psas[HOME].invoice(), new.invoice()) == (Decimal("200.00"), Decimal("74.67"))


@pytest.mark.parametrize(("quantity", "expected"), [(10, "200.00"), (12, "240.00")])
def test_where_increases_wait_for_the_next_period_a_move_brings_what_was_there_when_it_came(
    quantity: int, expected: str
) -> None:
    world = in_arrears(prorates=False)
    world.night(april(10), quantity)
    new = world.psas["13"] = Psa(id="13", prorates=False)
    world.change(agreement_id="13")
    world.night(april(16), quantity)
    assert (world.psas[HOME].invoice(), new.invoice()) == (Decimal("200.00"), Decimal("0.00"))
    assert new.invoice() == Decimal(expected)


def test_a_product_that_was_left_keeps_its_price_and_its_option() -> None:
    """10 at 20.00 become another product at 30.00 that is no charge: April stays 200.00 and billable, and 2 more on the
    20th cost 20.00 as well: 2 x 20.00 x 11/30 = 14.67; May is 12 at no charge."""
    price = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")),))
    world = make_world(price=price)
    world.night(april(1), 10)
    dearer = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("30.00")),))
    world.sell(product_id="777", price=dearer, billable_option=BillableOption.NO_CHARGE)
    assert tell(world.night(april(16), 10)) == ["1201: through 2026-04-30", "10 from 2026-05-01 at 30.00"]
    line = world.night(april(20), 12)
    assert tell(line) == ["2 from 2026-04-20 through 2026-04-30 at 20.00", "1202: 10→12"]
    created = next(change for change in line.changes if isinstance(change, CreateAddition))
    assert created.billable_option is BillableOption.BILLABLE
    home = world.psas[HOME]
    assert (home.invoice(), home.invoice(), home.asked[may(1)]) == (Decimal("214.67"), Decimal(0), 12)


def test_a_product_that_was_left_at_the_catalog_s_price_is_sent_none() -> None:
    world = in_arrears()
    world.sell(product_id="777", price=CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("30.00")),)))
    world.night(april(16), 10)
    assert tell(world.night(april(20), 12))[0] == "2 from 2026-04-20 through 2026-04-30"


def test_money_for_days_on_an_agreement_that_was_left_is_proposed_there() -> None:
    """With credits on, May is invoiced on 12 when 13 takes over from 1 June; 10 → 8 on 10 May are 2 x 20.00 x 22/31 =
    28.39 that only a person can give back."""
    world = make_world(in_arrears=False)
    world.change(gives_credits=True)
    world.night(april(1), 10)
    home, new = world.psas[HOME], Psa(id="13", in_arrears=False, invoiced_through=april(30))
    world.psas["13"] = new
    home.invoice()
    home.invoice()
    world.change(agreement_id="13")
    world.night(may(2), 10)
    world.night(may(10), 8)
    proposals = world.night(may(11), 8).proposals
    assert [(each.start, each.last, each.seats, each.amount) for each in proposals] == [
        (may(10), may(31), 2, Decimal("28.39"))
    ]


def test_an_addition_that_a_person_changed_after_the_move_is_accepted_where_it_is() -> None:
    """10 moved from 12 to 13 on 16 April; on 13 somebody makes them 12, which a person accepts on 2 May. April's 200.00
    stay on 12; on 13 May is 12 x 20.00, until a person agrees that 1 May owes 10."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    home = world.psas[HOME]
    assert (home.invoice(), new.invoice()) == (Decimal("200.00"), Decimal("0.00"))
    new.edit(0, quantity=Decimal(12))
    assert isinstance(world.night(may(1), 10).decision, Parked)
    world.adopt([new.kept[0].addition], may(2), "13")
    line = world.night(may(2), 12)
    assert line.billed.on(april(30)) == 10
    assert held_by(line) == HoldRule.FIRST_AFTER_ADOPTION
    assert (new.invoice(), home.invoice()) == (Decimal("240.00"), Decimal("0.00"))


def test_a_product_adopted_after_a_move_is_all_that_the_line_has_on_that_agreement() -> None:
    """The line moved to 13 and there to another product, of which a person adopts the addition on 2 May."""
    world = in_arrears()
    new = world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    world.psas[HOME].invoice()
    new.invoice()
    new.edit(0, cancelled_on=april(30))
    new.put(10, may(1), "777")
    world.sell(product_id="777")
    world.adopt([each.addition for each in new.kept], may(2), "13")
    assert is_still(world.night(may(2), 10))
    assert (new.invoice(), world.psas[HOME].invoice()) == (Decimal("200.00"), Decimal("0.00"))


def test_an_adopted_seat_that_leaves_within_a_week_was_invoiced_before_and_is_no_increase_taken_back() -> None:
    """10 since 27 March, April invoiced in advance, adopted on 1 April; 9 from the 3rd: April stays as it is."""
    world = make_world(in_arrears=False)
    home = world.psas[HOME]
    adopted = home.put(10, date(2026, 3, 27))
    home.invoice()
    world.adopt([adopted], april(1))
    world.night(april(1), 10)
    world.night(april(3), 9)
    line = world.night(april(4), 9)
    assert held_by(line) == HoldRule.FIRST_AFTER_ADOPTION
    assert line.proposals == ()


def test_what_was_adopted_inside_a_period_is_owed_from_its_day_where_nothing_prorates() -> None:
    """10 typed on 10 March where whole periods are billed: nobody gives March back."""
    world = make_world(prorates=False)
    world.adopt([world.psas[HOME].put(10, date(2026, 3, 10))], april(1))
    assert is_still(world.night(april(1), 10))
