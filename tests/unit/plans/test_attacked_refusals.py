"""What a person refused or took back stays so on odd nights: the first night of a fall, the night on which the count is
back, and after a start date (billing rules, 3 and 9). A seat costs 20.00, April has 30 days, March is invoiced."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.changes import Held, HoldRule
from plans.journal import Refusal
from profiles.billing import BillableOption, CustomPrice, DatedPrice
from tests.unit.plans.agreements import HOME, PRICE
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


def take_back(world: World, today: date, quantity: int, level: int) -> None:
    """Ada wants the newest write back: what the line owes is refused with it."""
    journal = world.journals[SPB]
    world.undos[SPB] = journal.evidence[-1].sequence
    world.journals[SPB] = replace(journal, refusal=Refusal(SPB, quantity, level, today, "Ada", "taken back"))


def refuse_rise() -> World:
    """10; 12 on 10 April, written, and taken back on the 11th."""
    world = in_arrears()
    assert tell(world.night(april(10), 12)) == ["2 from 2026-04-10"]
    take_back(world, april(11), 12, 10)
    assert tell(world.night(april(11), 12)) == ["1202: 2→0"]
    return world


def refuse_fall() -> World:
    """10; 9 on 29 and 30 April. April's 200.00 are made, 9 are written on 2 May and taken back on the 4th."""
    world = in_arrears()
    world.night(april(29), 9)
    world.night(april(30), 9)
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert tell(world.night(may(2), 9)) == ["1201: 10→9"]
    take_back(world, may(4), 9, 10)
    assert tell(world.night(may(4), 9)) == ["1201: 9→10"]
    assert held_by(world.night(may(5), 9)) == HoldRule.REFUSED
    return world


def test_a_refused_rise_is_not_written_in_a_night_that_reads_one_seat_less() -> None:
    """12 are refused. 11 on 20 April is no fall before a second night sees it, and the 21st reads 12 again: the line
    still owes the very 12 that were refused, and April is 200.00, not 200.00 + 2 x 20.00 x 21/30 = 228.00."""
    world = refuse_rise()
    held = [held_by(world.night(april(day), seats)) for day, seats in ((12, 12), (20, 11), (21, 12))]
    assert held == [HoldRule.REFUSED] * 3
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_a_fall_that_a_second_night_confirms_ends_the_refusal_of_a_rise() -> None:
    """11 on 20 and 21 April is another target: 1 from the 20th, and nothing for the days before:
    200.00 + 20.00 x 11/30 = 207.33."""
    world = refuse_rise()
    assert held_by(world.night(april(20), 11)) == HoldRule.REFUSED
    assert tell(world.night(april(21), 11)) == ["1 from 2026-04-20"]
    assert world.psas[HOME].invoice() == Decimal("207.33")


def test_a_refused_fall_is_not_written_in_a_night_that_reads_one_seat_less() -> None:
    """9 are refused. 8 on 10 May is no fall before a second night sees it: May stays 200.00."""
    world = refuse_fall()
    assert held_by(world.night(may(10), 8)) == HoldRule.REFUSED
    assert held_by(world.night(may(11), 9)) == HoldRule.REFUSED
    assert world.psas[HOME].invoice() == Decimal("200.00")


@pytest.mark.parametrize("is_kept_as_read", [False, True], ids=["kept as confirmed", "kept by an older version"])
def test_a_refusal_in_the_first_night_of_a_fall_is_about_the_quantity_before_it(is_kept_as_read: bool) -> None:
    """25 on 10 April is held. 24 on the 11th is no fall yet: the plan still is 10 → 25, and that is what Ada refuses.
    On the 12th there are 25 again: nothing is written, and April is 200.00. Older versions kept 24."""
    world = in_arrears()
    assert held_by(world.night(april(10), 25)) == HoldRule.LARGE_RISE
    line = world.night(april(11), 24)
    assert isinstance(line.decision, Held) and "10 → 25" in line.decision.sentence
    world.refuse(april(11))
    refusal = world.journals[SPB].refusal
    assert refusal is not None and refusal.quantity == 25
    if is_kept_as_read:
        world.journals[SPB] = replace(world.journals[SPB], refusal=replace(refusal, quantity=24))
    assert held_by(world.night(april(11), 24)) == HoldRule.REFUSED
    assert held_by(world.night(april(12), 25)) == HoldRule.REFUSED
    assert held_by(world.night(april(13), 25)) == HoldRule.REFUSED
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_a_refused_fall_is_not_caught_up_when_the_count_is_back() -> None:
    """9 are refused; 10 again on 20 May: nothing is to be written, and May is 200.00, not 9 x 20.00 + 20.00 x 12/31 =
    187.74."""
    world = refuse_fall()
    assert is_still(world.night(may(20), 10))
    assert is_still(world.night(may(21), 10))
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert is_still(world.night(june(2), 10))


def test_a_refusal_of_a_fall_covers_its_own_days_before_the_invoice_too() -> None:
    """9 are refused through 19 May; 8 on the 20th and 21st end the refusal. May owes the refused 10 through the 19th,
    then 9, for the 10th seat left in April: 20.00 x (10 x 19/31 + 9 x 12/31) = 192.26. June is 160.00."""
    world = refuse_fall()
    assert held_by(world.night(may(20), 8)) == HoldRule.REFUSED
    world.night(may(21), 8)
    assert world.psas[HOME].invoice() == Decimal("192.26")
    world.night(june(2), 8)
    assert world.psas[HOME].invoice() == Decimal("160.00")


def test_a_refused_fall_bills_no_more_than_was_billed() -> None:
    """8 since 1 April; a person makes them 10 on the 15th, Ada adopts that and refuses, on the 16th, that they are made
    8 again. 11 on the 20th ends the refusal: 3 from then on come to what is billed, and 1 to 14 April stay 8."""
    world = in_arrears(8)
    psa = world.psas[HOME]
    more = psa.put(2, april(15))
    world.adopt([psa.kept[0].addition, more], april(15))
    assert held_by(world.night(april(16), 8)) == HoldRule.FIRST_AFTER_ADOPTION
    world.refuse(april(16))
    assert held_by(world.night(april(17), 8)) == HoldRule.REFUSED
    line = world.night(april(20), 11)
    assert [line.owed.on(april(day)) for day in (1, 14, 15, 19, 20)] == [8, 8, 10, 10, 11]


def test_the_same_fall_again_is_held_and_catches_nothing_up() -> None:
    """9 are refused, 10 are back on 20 May, and 9 again on 10 June: held as before. Approved, June ends with 9, and
    nothing is given back of May."""
    world = refuse_fall()
    world.night(may(20), 10)
    assert world.psas[HOME].invoice() == Decimal("200.00")
    world.night(june(10), 9)
    line = world.night(june(11), 9)
    assert [line.owed.on(day) for day in (may(10), may(31), june(30), date(2026, 7, 1))] == [10, 10, 10, 9]
    assert line.proposals == ()


def test_a_start_date_leaves_an_open_credit_proposal_as_it_is() -> None:
    """Credits on, April's 200.00 are made: 10 → 8 on 10 April, 2 x 20.00 x 21/30 = 28.00 are proposed. A start of 1
    May, set on the 13th, takes nothing of it away and adds nothing: April was settled before."""
    world = in_advance()
    world.change(gives_credits=True)
    world.night(april(9), 10)
    world.night(april(10), 8)
    proposed = world.night(april(11), 8).proposals
    assert [(each.start, each.last, each.seats, each.amount) for each in proposed] == [
        (april(10), april(30), 2, Decimal("28.00"))
    ]
    world.change(starts_on=may(1))
    assert world.night(april(13), 8).proposals == proposed
    world.psas[HOME].invoice()
    assert world.night(may(2), 8).proposals == proposed


def refuse_large_fall(price: CustomPrice) -> World:
    """10 → 5 on 10 and 11 April; April's 200.00 are made, and the fall is refused on 2 May. May's 200.00 are made."""
    world = make_world(price=price)
    world.night(april(1), 10)
    world.night(april(10), 5)
    world.night(april(11), 5)
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert held_by(world.night(may(2), 5)) == HoldRule.LARGE_DROP
    world.refuse(may(2))
    assert world.psas[HOME].invoice() == Decimal("200.00")
    return world


def test_a_new_price_is_written_although_a_person_refused_the_seats() -> None:
    """22.00 from 1 June: the refusal of May stood for the price too, and every invoice after it was 20.00 short of
    220.00. The seats stay refused."""
    world = refuse_large_fall(CustomPrice((DatedPrice(april(1), PRICE), DatedPrice(june(1), Decimal(22)))))
    line = world.night(june(2), 5)
    assert (tell(line), line.quantity_billed) == (["1201: at 22"], 10)
    assert [held_by(each) for each in world.plan(june(2)).values()] == [HoldRule.REFUSED]
    assert world.psas[HOME].invoice() == Decimal("220.00")
    assert held_by(world.night(date(2026, 7, 2), 5)) == HoldRule.REFUSED


def test_what_was_refused_and_is_approved_after_all_is_written_with_the_price_that_is_due() -> None:
    """The approval of 1 June is of the 5 seats; that it is written as it was approved comes before the price alone."""
    world = refuse_large_fall(CustomPrice((DatedPrice(april(1), PRICE), DatedPrice(june(1), Decimal(22)))))
    world.read(june(2), {SPB: 5})
    journal = world.journals[SPB]
    refused = journal.refusal
    world.journals[SPB] = replace(journal, refusal=None)
    world.plan(june(2))
    world.approve()
    world.journals[SPB] = replace(world.journals[SPB], refusal=refused)
    assert tell(world.night(june(2), 5)) == ["1201: 10→5, at 22"]


def test_a_refused_line_at_an_old_price_is_held_and_nothing_else() -> None:
    world = refuse_large_fall(CustomPrice((DatedPrice(april(1), PRICE),)))
    assert held_by(world.night(june(2), 5)) == HoldRule.REFUSED


def test_a_refused_rise_gives_back_no_seat_of_a_line_that_was_about_to_end() -> None:
    """10 → 0 on 10 April, approved: they end on the 30th. 30 on the 20th are refused, 12 on the 22nd are another count:
    April is 200.00 + 2 × 20.00 × 9/30 = 212.00. The 0 that it billed in the end was taken for every day through the
    refusal: 10 seats of 1 to 21 April were taken off again, unasked, and April was 72.00."""
    world = in_arrears()
    for day in (10, 11):
        world.night(april(day), 0)
    world.approve()
    assert tell(world.night(april(12), 0)) == ["1201: through 2026-04-30"]
    assert held_by(world.night(april(20), 30)) == HoldRule.LARGE_RISE
    world.refuse(april(20))
    world.night(april(22), 12)
    assert tell(world.night(april(23), 12)) == ["1201: no end", "2 from 2026-04-22"]
    assert world.psas[HOME].invoice() == Decimal("212.00")


def split_with_credits() -> World:
    """10 with credits on, on 5 April taken over by another mapping from 1 May on: they end on 30 April."""
    world = in_arrears()
    world.change(gives_credits=True)
    world.map("new")
    world.change("new", follows=(SPB,), gives_credits=True)
    world.change(SPB, is_ended=True)
    world.night(april(5), spb=10, new=10)
    assert world.psas[HOME].kept[0].addition.cancelled_on == april(30)
    return world


def test_a_refused_fall_of_a_line_that_has_its_end_keeps_what_it_bills_until_the_next_count() -> None:
    """10 → 4 on 10 April is refused on the 11th, 5 on the 20th are approved: 10 through the 19th, and 5 then. April is
    10 × 20.00 × 19/30 + 5 × 20.00 × 11/30 = 163.33."""
    world = split_with_credits()
    for day in (10, 11):
        world.night(april(day), spb=4, new=4)
    for each in (SPB, "new"):
        world.refuse(april(11), each)
    assert held_by(world.night(april(12), spb=4, new=4)) == HoldRule.REFUSED
    world.night(april(20), spb=5, new=5)
    for each in (SPB, "new"):
        world.approve(each)
    world.night(april(20), spb=5, new=5)
    assert [world.psas[HOME].invoice() for _ in range(2)] == [Decimal("163.33"), Decimal("100.00")]


def test_a_line_that_has_its_end_is_not_emptied_before_it_without_a_person() -> None:
    """10 → 0 on 10 and 11 April, with credits on: the new half was held, the old one ended on the 9th unasked, and 21
    days of 10 seats were 140.00."""
    world = split_with_credits()
    for day in (10, 11):
        line = world.night(april(day), spb=0, new=0)
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        "0 → 0 spb: nothing would be billed from 10 Apr 2026 through 30 Apr 2026, which it still bills until its end. "
        "Approve it, or refuse it."
    )
    assert [held_by(each) for each in world.plan(april(12)).values()] == [HoldRule.TO_ZERO] * 2
    for each in (SPB, "new"):
        world.approve(each)
    world.night(april(12), spb=0, new=0)
    assert world.psas[HOME].invoice() == Decimal("60.00")


def test_a_billable_option_is_written_although_a_person_refused_the_seats() -> None:
    """Not to be billed any more from June on: the refusal of seats says nothing of that."""
    world = refuse_large_fall(CustomPrice((DatedPrice(april(1), PRICE),)))
    world.sell(billable_option=BillableOption.DO_NOT_BILL)
    world.night(june(2), 5)
    assert world.psas[HOME].kept[0].addition.billable_option is BillableOption.DO_NOT_BILL
    assert held_by(world.night(june(3), 5)) == HoldRule.REFUSED
