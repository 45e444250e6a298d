"""Billing rules 3 and 6 as stories: 20.00 a seat, April has 30 days, periods begin on the 1st, invoices in arrears.

`night` reads the seats, translates and writes; `invoice` asks for what ConnectWise would.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from plans.owed import OwedPolicy
from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import MONTHLY, World, april, may, price_lines, tell

PER_PERIOD = OwedPolicy(MONTHLY)
MARCH_END = date(2026, 3, 31)


def in_arrears(policy: OwedPolicy = PER_PERIOD) -> World:
    """Ten seats since 1 April; April's invoice is made in May."""
    world = World(policy, MARCH_END, in_arrears=True)
    assert tell(world.night(april(1), 10)) == ["10 from 2026-04-01"]
    return world


def in_advance(policy: OwedPolicy = PER_PERIOD) -> World:
    """Ten seats since 1 April; April's invoice is made on that day, May's on 1 May."""
    world = World(policy, MARCH_END, in_arrears=False)
    world.night(april(1), 10)
    assert price_lines(world.invoice(), 30) == Decimal("200.00")
    return world


def is_still(world: World, day: date, seats: int) -> bool:
    """Whether a night with these seats writes nothing and waits for nothing."""
    translation = world.night(day, seats)
    return (translation.changes, translation.scheduled, translation.hold) == ((), (), None)


def test_an_increase_before_the_invoice() -> None:
    """10 → 12 on the 16th is an addition of 2 from the 16th: 10 x 20.00 + 2 x 20.00 x 15/30 = 220.00 for April."""
    world = in_arrears()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    assert price_lines(world.invoice(), 30) == Decimal("220.00")


def test_an_increase_after_the_invoice() -> None:
    """The same in advance, where April's 200.00 are invoiced: the next invoice asks 20.00 for April, 240.00 for May."""
    world = in_advance()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    lines = world.invoice()
    assert price_lines({day: seats for day, seats in lines.items() if day < may(1)}, 30) == Decimal("20.00")
    assert price_lines({day: seats for day, seats in lines.items() if day >= may(1)}, 31) == Decimal("240.00")


def test_a_dip_and_return_in_one_period() -> None:
    """10 → 8 on the 10th, 10 again on the 20th: free up to the high-water mark. What waited for May is forgotten."""
    world = in_arrears()
    world.night(april(10), 8)
    assert [entry.quantity for entry in world.night(april(11), 8).scheduled] == [8]
    assert is_still(world, april(20), 10)
    assert price_lines(world.invoice(), 30) == Decimal("200.00")


def test_a_decrease_in_arrears() -> None:
    """10 → 8 on the 10th counts from 1 May. April is not invoiced yet, and a quantity has no date: lowering it now
    would take 40.00 off April's 200.00. It is written when April is invoiced, and May costs 8 x 20.00 = 160.00."""
    world = in_arrears()
    world.night(april(10), 8)
    for day in (april(11), april(30), may(2)):
        translation = world.night(day, 8)
        assert translation.changes == ()
        (waiting,) = translation.scheduled
        assert (waiting.quantity, waiting.takes_effect_on) == (8, may(1))
        assert waiting.writable_on == (may(1) if day < may(1) else None)
    assert waiting.sentence == (
        "10 → 8 Business Premium from 1 May 2026: agreement 12 must first be invoiced through 30 Apr 2026, or the "
        "seats would be missing from that invoice. Nothing to do: it is tried again every night."
    )
    assert price_lines(world.invoice(), 30) == Decimal("200.00")
    assert tell(world.night(may(3), 8)) == ["addition-0: 10→8"]
    assert price_lines(world.invoice(), 31) == Decimal("160.00")


def test_a_decrease_in_advance_lands_at_once() -> None:
    """April is invoiced, so the quantity speaks of 1 May, from which 8 are owed."""
    world = in_advance()
    world.night(april(10), 8)
    assert tell(world.night(april(11), 8)) == ["addition-0: 10→8"]
    assert price_lines(world.invoice(), 31) == Decimal("160.00")


def test_a_decrease_of_a_delta_is_an_end_and_right_at_once() -> None:
    """12 → 10 on the 20th, 2 of them a delta of the 5th that ends with April: 200.00 + 2 x 20.00 x 26/30 = 234.67."""
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(20), 10)
    assert tell(world.night(april(21), 10)) == ["addition-1: through 2026-04-30"]
    assert price_lines(world.invoice(), 30) == Decimal("234.67")
    assert price_lines(world.invoice(), 31) == Decimal("200.00")


def test_a_decrease_to_zero_and_return_before_the_end() -> None:
    """10 → 0 on the 10th ends the base on 30 April; 10 again on the 20th takes that end back, and nothing is new."""
    world = in_arrears()
    world.night(april(10), 0)
    assert tell(world.night(april(11), 0)) == ["addition-0: through 2026-04-30"]
    assert tell(world.night(april(20), 10)) == ["addition-0: no end"]
    assert price_lines(world.invoice(), 30) == Decimal("200.00")
    assert price_lines(world.invoice(), 31) == Decimal("200.00")


def test_a_decrease_to_zero_and_return_after_the_end() -> None:
    """10 → 0 in April, 10 again on 11 May: an end that has passed stays. 10 x 20.00 x 21/31 = 135.48 for May."""
    world = in_arrears()
    world.night(april(10), 0)
    world.night(april(11), 0)
    assert tell(world.night(may(11), 10)) == ["10 from 2026-05-11"]
    assert price_lines(world.invoice(), 30) == Decimal("200.00")
    assert price_lines(world.invoice(), 31) == Decimal("135.48")


def test_all_ends_are_taken_back_before_anything_is_made() -> None:
    """10 + 2 end with April; 13 on the 20th: both stay, and one is new. 200.00 + 34.67 + 1 x 20.00 x 11/30 = 242.00."""
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(14), 0)
    assert tell(world.night(april(15), 0)) == ["addition-1: through 2026-04-30", "addition-0: through 2026-04-30"]
    assert tell(world.night(april(20), 13)) == ["addition-0: no end", "addition-1: no end", "1 from 2026-04-20"]
    assert price_lines(world.invoice(), 30) == Decimal("242.00")


def test_two_increases_in_a_day_are_one_delta() -> None:
    """10 → 12 → 15 on the 16th: one addition, 5 x 20.00 x 15/30 = 50.00 of April's 250.00."""
    world = in_arrears()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    assert tell(world.night(april(16), 15)) == ["addition-1: 2→5"]
    assert price_lines(world.invoice(), 30) == Decimal("250.00")


def test_up_and_down_and_up_in_one_day_are_three_writes() -> None:
    """10 → 12 → 10 → 12 on the 16th: made, lowered to 0, raised again; each is a write of its own number."""
    world = in_arrears()
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16"]
    assert tell(world.night(april(16), 10)) == ["addition-1: 2→0"]
    assert tell(world.night(april(16), 12)) == ["addition-1: 0→2"]
    assert world.sequence == 4
    assert price_lines(world.invoice(), 30) == Decimal("220.00")


def test_an_increase_taken_back_within_seven_days() -> None:
    """10 → 15 on the 10th, 10 again on the 13th: three days of use, 5 x 20.00 x 3/30 = 10.00."""
    world = in_arrears()
    world.night(april(10), 15)
    world.night(april(13), 10)
    assert tell(world.night(april(14), 10)) == ["addition-1: through 2026-04-12"]
    assert price_lines(world.invoice(), 30) == Decimal("210.00")


def test_an_increase_taken_back_after_the_periods_invoice() -> None:
    """The same in advance: the three days are caught up on May's invoice, and April's was right."""
    world = in_advance()
    world.night(april(10), 15)
    world.night(april(13), 10)
    assert tell(world.night(april(14), 10)) == ["addition-1: through 2026-04-12"]
    lines = world.invoice()
    assert price_lines({day: seats for day, seats in lines.items() if day < may(1)}, 30) == Decimal("10.00")


def test_a_part_of_an_increase_taken_back_within_seven_days() -> None:
    """10 → 15 on the 10th, 13 on the 13th. Waiting for April's invoice would bill 5 to its end, so the delta is 3 from
    the 10th, and 2 from the 10th through the 12th: 200.00 + 3 x 20.00 x 21/30 + 2 x 20.00 x 3/30 = 246.00."""
    world = in_arrears()
    world.night(april(10), 15)
    world.night(april(13), 13)
    assert tell(world.night(april(14), 13)) == ["addition-1: 5→3", "2 from 2026-04-10 through 2026-04-12"]
    assert price_lines(world.invoice(), 30) == Decimal("246.00")


def test_a_delta_bigger_than_the_decrease() -> None:
    """10 + 5, 13 from May on: the delta of 5 cannot end, and its quantity has no date. It waits like the base does:
    200.00 + 5 x 20.00 x 26/30 = 286.67 for April, then 13 x 20.00 = 260.00."""
    world = in_arrears()
    world.night(april(5), 15)
    world.night(april(20), 13)
    translation = world.night(april(21), 13)
    assert translation.changes == ()
    assert [(entry.quantity, entry.takes_effect_on) for entry in translation.scheduled] == [(13, may(1))]
    assert price_lines(world.invoice(), 30) == Decimal("286.67")
    # With April invoiced the delta is rolled up as well: what is left of it becomes part of the base.
    assert tell(world.night(may(2), 13)) == ["addition-1: through 2026-04-30", "addition-0: 10→13"]
    assert price_lines(world.invoice(), 31) == Decimal("260.00")


def test_a_delta_made_after_the_invoice_and_lowered_before_the_next() -> None:
    """In advance, 10 → 15 on the 5th, 13 from May on. The next invoice bills the delta's April and May together, so it
    can wait for none: 3 from the 5th, and 2 from the 5th through the 30th. April 5 x 20.00 x 26/30 = 86.67 more."""
    world = in_advance()
    world.night(april(5), 15)
    world.night(april(20), 13)
    assert tell(world.night(april(21), 13)) == ["addition-1: 5→3", "2 from 2026-04-05 through 2026-04-30"]
    lines = world.invoice()
    assert price_lines({day: seats for day, seats in lines.items() if day < may(1)}, 30) == Decimal("86.67")
    assert price_lines({day: seats for day, seats in lines.items() if day >= may(1)}, 31) == Decimal("260.00")


def test_with_credits_on_a_decrease_counts_its_day() -> None:
    """10 → 8 on the 11th, April not invoiced: 8, and 2 through the 10th: 160.00 + 2 x 20.00 x 10/30 = 173.33."""
    world = in_arrears(OwedPolicy(MONTHLY, gives_credits=True))
    world.night(april(11), 8)
    assert tell(world.night(april(12), 8)) == ["addition-0: 10→8", "2 from 2026-04-01 through 2026-04-10"]
    assert price_lines(world.invoice(), 30) == Decimal("173.33")


def test_what_was_invoiced_and_not_owed_is_left_to_a_person() -> None:
    """With credits on and April's 200.00 invoiced, 8 from the 11th: nothing of April is written, May is 160.00."""
    world = in_advance(OwedPolicy(MONTHLY, gives_credits=True))
    world.night(april(11), 8)
    assert tell(world.night(april(12), 8)) == ["addition-0: 10→8"]
    assert world.billed.on(april(30)) == 10
    assert is_still(world, april(13), 8)
    assert price_lines(world.invoice(), 31) == Decimal("160.00")


def test_without_proration_an_increase_waits_for_its_period() -> None:
    """10 → 12 on the 16th is an addition from 1 May, of 0 while 10 is read and of 2 again: 200.00, then 240.00."""
    world = in_arrears(OwedPolicy(MONTHLY, prorates=False))
    assert tell(world.night(april(16), 12)) == ["2 from 2026-05-01"]
    world.night(april(18), 10)
    assert tell(world.night(april(19), 10)) == ["addition-1: 2→0"]
    assert tell(world.night(april(20), 12)) == ["addition-1: 0→2"]
    assert price_lines(world.invoice(), 30) == Decimal("200.00")
    assert price_lines(world.invoice(), 31) == Decimal("240.00")


def test_a_roll_up() -> None:
    """10 + 2 + 3, April invoiced: both deltas end on 30 April and the base becomes 15; May is 300.00 on one line."""
    world = in_arrears()
    world.night(april(5), 12)
    world.night(april(16), 15)
    world.invoice()
    before = world.billed
    assert tell(world.night(may(2), 15)) == [
        "addition-2: through 2026-04-30",
        "addition-1: through 2026-04-30",
        "addition-0: 10→15",
    ]
    assert world.billed == before
    assert is_still(world, may(3), 15)
    assert price_lines(world.invoice(), 31) == Decimal("300.00")


def test_no_roll_up_within_three_days_before_the_invoice() -> None:
    """April is invoiced on 25 May, May's invoice is due on 1 June: 28 May is 4 days before it, 29 May is 3."""
    for day, is_rolled_up in ((may(28), True), (may(29), False), (date(2026, 6, 1), False), (date(2026, 6, 9), False)):
        world = in_arrears()
        world.night(april(5), 12)
        world.invoice()
        assert (world.night(day, 12).changes != ()) is is_rolled_up


def test_an_invoice_that_is_late_lets_the_next_decrease_wait_longer() -> None:
    """On 5 May April is not invoiced. 10 → 8 on 5 May counts from 1 June, which needs April's invoice and May's: no
    date can be told until April's is made."""
    world = in_arrears()
    world.night(may(5), 8)
    (waiting,) = world.night(may(6), 8).scheduled
    assert (waiting.takes_effect_on, waiting.writable_on) == (date(2026, 6, 1), None)
    world.invoice()
    (waiting,) = world.night(may(7), 8).scheduled
    assert (waiting.takes_effect_on, waiting.writable_on) == (date(2026, 6, 1), date(2026, 6, 1))


def test_a_month_of_nights_with_the_same_seats_writes_once() -> None:
    world = in_arrears()
    for days in range(1, 60):
        day = april(1) + timedelta(days=days)
        if day.day == 1:
            world.invoice()
        assert is_still(world, day, 10)
    assert world.writes == 1
    assert translate_line(world.ask(date(2026, 6, 2))).changes == ()
