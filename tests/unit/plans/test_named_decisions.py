"""What people decide, from reading to invoice: adoption, approval, refusal, undo. 20.00 a seat, April has 30 days.

April's invoice is made in May (arrears) or on 1 April (advance). Every night is planned twice, and the second plan
writes nothing (tests.unit.plans.nights).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plans.changes import CreateAddition, Held, HoldRule
from plans.journal import Ending
from profiles.billing import CustomPrice, DatedPrice
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import (
    SPB,
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


def test_an_adoption_of_25_against_21_is_held_first_and_lands_after_the_invoice() -> None:
    """A hand-made addition of 25 since March; Microsoft says 21. April stays 25 x 20.00 = 500.00, May is 420.00."""
    world = make_world()
    psa = world.psas[HOME]
    world.adopt([psa.put(25, date(2026, 3, 1))], april(2))
    assert is_still(world.night(april(2), 21))
    assert [each.quantity for each in world.night(april(3), 21).scheduled] == [21]
    assert psa.invoice() == Decimal("500.00")
    assert held_by(world.night(may(2), 21)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(may(3), 21)) == ["1201: 25→21"]
    assert psa.invoice() == Decimal("420.00")
    assert tell(world.night(june(2), 22)) == ["1 from 2026-06-02 at 20.00"]


def test_an_adoption_in_advance_lowers_on_the_second_night_once_a_person_agreed() -> None:
    """The same in advance: April's 500.00 are invoiced and 21 are owed from the first reading's period on."""
    world = make_world(in_arrears=False)
    psa = world.psas[HOME]
    addition = psa.put(25, date(2026, 3, 1))
    assert psa.invoice() == Decimal("500.00")
    world.adopt([addition], april(2))
    assert is_still(world.night(april(2), 21))
    assert held_by(world.night(april(3), 21)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(april(4), 21)) == ["1201: 25→21"]
    assert psa.invoice() == Decimal("420.00")


def test_the_first_price_for_an_adopted_addition_is_held_like_any_first_change() -> None:
    """A profile with a price of its own takes over an addition at 20.00: 22.00 is a change that a person must see."""
    world = make_world(price=CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("22.00")),)))
    world.adopt([world.psas[HOME].put(25, date(2026, 3, 1))], april(2))
    assert held_by(world.night(april(2), 25)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(april(3), 25)) == ["1201: at 22.00"]


def test_an_approval_five_days_later_writes_what_was_shown() -> None:
    """10 → 25 on the 10th is held; a person agrees on the 15th: the same writes, effective on the day it counted, so
    that April costs 200.00 + 15 x 20.00 x 21/30 = 410.00."""
    world = in_arrears()
    held = world.night(april(10), 25)
    assert held_by(held) == HoldRule.LARGE_RISE
    first = world.approve()
    world.approved.clear()
    for day in range(11, 15):
        world.night(april(day), 25)
        assert world.approve() == first
        world.approved.clear()
    world.approved.add(first)
    line = world.night(april(15), 25)
    assert isinstance(held.decision, Held)
    assert line.changes == held.decision.changes
    assert tell(line) == ["15 from 2026-04-10"]
    assert world.psas[HOME].invoice() == Decimal("410.00")


def test_an_approval_does_not_fit_a_world_that_moved() -> None:
    world = in_arrears()
    world.night(april(10), 25)
    world.approve()
    assert held_by(world.night(april(11), 26)) == HoldRule.LARGE_RISE
    world.psas[HOME].ends_on = date(2027, 1, 1)
    assert held_by(world.night(april(12), 25)) == HoldRule.LARGE_RISE


def test_a_refusal_stands_until_the_target_changes_and_is_never_caught_up() -> None:
    """10 → 25 on the 10th is refused on the 12th and shown again. 12 on the 14th is another target: 2 from the 14th,
    nothing for the days before, the refused one of the 13th among them: 200.00 + 2 x 20.00 x 17/30 = 222.67."""
    world = in_arrears()
    world.night(april(10), 25)
    world.refuse(april(12))
    line = world.night(april(13), 25)
    assert held_by(line) == HoldRule.REFUSED
    assert isinstance(line.decision, Held)
    assert "Ada refused this on 12 Apr 2026: It is a mistake." in line.decision.sentence
    world.read(april(14), {SPB: 12})
    assert tell(world.night(april(15), 12)) == ["2 from 2026-04-14"]
    assert world.psas[HOME].invoice() == Decimal("222.67")


def test_ten_twelve_ten_twelve_in_one_day_are_three_intents() -> None:
    """10 → 12 → 10 → 12 on the 16th; a fall counts after a second night, so that the day writes once. Where a person
    takes the write back and it rises again, three intents have three numbers, and April is 220.00."""
    world = in_arrears()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    world.undos[SPB] = 1
    world.read(april(16), {SPB: 10})
    line = world.plan(april(16))[SPB]
    assert tell(line) == ["1202: 2→0"]
    world.apply(line, april(16))
    world.undos.clear()
    assert tell(world.night(april(16), 12)) == ["1202: 0→2"]
    evidence = world.journals[SPB].evidence
    assert [each.sequence for each in evidence] == [0, 1, 2, 3]
    assert len({each.change.key for each in evidence if isinstance(each.change, CreateAddition)}) == 2
    assert all(each.ending is Ending.VERIFIED for each in evidence)
    assert world.psas[HOME].invoice() == Decimal("220.00")


def test_ten_twelve_ten_twelve_by_readings_alone_nets_to_one_write() -> None:
    world = in_arrears()
    for seats in (12, 10, 12):
        world.night(april(16), seats)
    assert world.psas[HOME].invoice() == Decimal("220.00")


def test_what_a_person_changed_and_had_accepted_is_the_lines_own_again() -> None:
    """12 become 11 by hand: parked. Accepted as it is, 11 of the 12 that are owed are billed, and the twelfth is a
    first change after adoption."""
    world = in_arrears(12)
    psa = world.psas[HOME]
    psa.edit(0, quantity=Decimal(11))
    assert world.night(april(2), 12).decision.kind == "parked"
    world.adopt([psa.kept[0].addition], april(3))
    assert world.journals[SPB].written[psa.kept[0].addition.id].addition.quantity == Decimal(11)
    assert held_by(world.night(april(3), 12)) == HoldRule.FIRST_AFTER_ADOPTION
    world.approve()
    assert tell(world.night(april(4), 12))
    assert psa.invoice() == Decimal("240.00")


def test_seats_that_are_suspended_are_held_and_not_dropped() -> None:
    """11 seats, 1 of them suspended from 10 April: 11 → 10 is no ordinary decrease, and May is invoiced as it was, 11 x
    20.00 = 220.00. 2 more are written meanwhile: 13 x 20.00 less the suspended one are 12 x 20.00 = 240.00. Once it is
    enabled again nothing was lost.
    """
    world = in_advance(11)
    world.suspended[SPB] = 1
    world.night(april(10), 10)
    line = world.night(april(11), 10)
    assert held_by(line) == HoldRule.SUSPENDED
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        "11 → 10 spb: 1 seat of it is suspended, for which Microsoft may go on asking; see in the admin centre whether "
        "they come back. Approve it, or refuse it."
    )
    assert world.psas[HOME].invoice() == Decimal("220.00")
    assert tell(world.night(may(1), 12)) == ["1 from 2026-05-01"]
    world.suspended.clear()
    assert tell(world.night(may(2), 13)) == ["1 from 2026-05-02"]


def test_a_person_says_that_suspended_seats_are_gone() -> None:
    """The same, approved: 10 x 20.00 = 200.00 for May. Where the seats are suspended no more, an ordinary decrease."""
    for is_suspended in (True, False):
        world = in_advance(11)
        world.suspended[SPB] = 1
        world.night(april(10), 10)
        assert held_by(world.night(april(11), 10)) == HoldRule.SUSPENDED
        if is_suspended:
            world.approve()
        else:
            world.suspended.clear()
        assert tell(world.night(april(12), 10)) == ["1201: 11→10"]
        assert world.psas[HOME].invoice() == Decimal("200.00")


def test_a_floor_that_nobody_reads_any_more_does_not_fall_unseen() -> None:
    """8 assigned, 10 committed: 10 x 20.00 = 200.00. From 10 April on the customer is read through an account that does
    not see Partner Center, and 8 are counted. That waits, and May is 200.00 as well; approved, June is 160.00. A rise
    to 11 does not wait: 220.00.
    """
    for is_approved in (True, False):
        world = in_advance(10)
        world.lost_floors[SPB] = 10
        world.night(april(10), 8)
        line = world.night(april(11), 8)
        assert held_by(line) == HoldRule.FLOOR_UNREAD
        assert isinstance(line.decision, Held)
        assert line.decision.sentence == (
            "10 → 8 spb: 10 seats of it were committed to the end of a term by the last reading of Partner Center, and "
            "it is read here no more. Approve it, or refuse it."
        )
        assert world.psas[HOME].invoice() == Decimal("200.00")
        if is_approved:
            assert held_by(world.night(may(1), 8)) == HoldRule.FLOOR_UNREAD
            world.approve()
            assert tell(world.night(may(2), 8)) == ["1201: 10→8"]
            assert world.psas[HOME].invoice() == Decimal("160.00")
        else:
            assert tell(world.night(may(1), 11)) == ["1 from 2026-05-01"]
            assert world.psas[HOME].invoice() == Decimal("220.00") + Decimal("20.00")
