"""What a line is compared with, and at which price, where that is not plain: each of these was once written unseen.

The limits are those of the defaults: more than 10 seats and 50 %, 2 seats and 30 %, 500.00 up and 250.00 down a month.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plans.changes import HoldRule
from profiles.billing import CustomPrice, DatedPrice
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import World, april, held_by, in_advance, june, make_world, may, tell

NONE = ""
JULY = date(2026, 7, 1)


# The PSA does not say tonight what it has invoiced


@pytest.mark.parametrize(
    ("seats", "rule"), [(19, NONE), (20, NONE), (21, HoldRule.LARGE_RISE)], ids=["limit - 1", "limit", "limit + 1"]
)
def test_a_rise_is_compared_with_the_last_invoice_that_was_known(seats: int, rule: str) -> None:
    """100 seats fall to 10 in April, approved, and May asks for 10. On 5 June nobody knows P: 10 → 21 is a rise of 11,
    more than 10 and than half, and not a fall from the 100 of the first night."""
    world = in_advance(100)
    world.night(april(10), 10)
    world.night(april(11), 10)
    world.approve()
    assert tell(world.night(april(12), 10)) == ["1201: 100→10"]
    for day in (may(1), june(1)):
        world.psas[HOME].invoice()
        world.night(day, 10)
    world.psas[HOME].doubt = "The invoices are not read."
    assert held_by(world.night(june(5), seats)) == rule


@pytest.mark.parametrize(("second", "rule"), [(20, NONE), (21, HoldRule.LARGE_RISE)], ids=["limit", "limit + 1"])
def test_small_steps_add_up_while_nobody_knows_what_is_invoiced(second: int, rule: str) -> None:
    """10 in advance, April invoiced; from 2 April on nobody knows P. +5 on the 3rd and +6 on the 4th are 11 together,
    although the PSA never said that the 5 are on no invoice."""
    world = in_advance(10)
    world.night(april(2), 10)
    world.psas[HOME].doubt = "The invoices are not read."
    assert tell(world.night(april(3), 15)) == ["5 from 2026-04-03"]
    assert held_by(world.night(april(4), second)) == rule


# The price that seats are weighed at


def price_from_june(new: str) -> CustomPrice:
    return CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(june(1), Decimal(new))))


def roll_up_at(new: str) -> World:
    """60 seats at 20.00 and 2 more on 10 April, rolled up for May; the base costs `new` from 1 June on, and 62 seats
    are invoiced at that for June."""
    world = make_world(in_arrears=False)
    world.map(price=price_from_june(new))
    world.night(april(1), 60)
    world.psas[HOME].invoice()
    world.night(april(10), 62)
    for day in (may(1), june(1), JULY):
        world.psas[HOME].invoice()
        world.night(day, 62)
    ended, base = world.psas[HOME].kept[1].addition, world.psas[HOME].kept[0].addition
    assert (ended.cancelled_on, ended.unit_price) == (may(31), Decimal("20.00"))
    assert (base.quantity, base.unit_price) == (Decimal(62), Decimal(new))
    return world


@pytest.mark.parametrize(
    ("new", "rule"), [("24.99", NONE), ("25.00", NONE), ("25.01", HoldRule.LARGE_RISE)], ids=["-1", "0", "+1"]
)
def test_a_rise_is_weighed_at_the_price_that_bills_not_at_that_of_a_delta_that_ended(new: str, rule: str) -> None:
    """20 more seats: 499.80, 500.00 and 500.20 a month by the base; the delta that has ended had 20.00."""
    assert held_by(roll_up_at(new).night(date(2026, 7, 10), 82)) == rule


@pytest.mark.parametrize(
    ("new", "rule"), [("24.99", NONE), ("25.00", NONE), ("25.01", HoldRule.LARGE_DROP)], ids=["-1", "0", "+1"]
)
def test_a_fall_is_weighed_at_the_price_that_bills_not_at_that_of_a_delta_that_ended(new: str, rule: str) -> None:
    """10 of 62 seats: 249.90, 250.00 and 250.10 a month by the base; 200.00 by the delta that has ended."""
    world = roll_up_at(new)
    world.night(date(2026, 7, 10), 52)
    assert held_by(world.night(date(2026, 7, 11), 52)) == rule


@pytest.mark.parametrize(
    ("new", "rule"), [("49.99", NONE), ("50.00", NONE), ("50.01", HoldRule.LARGE_RISE)], ids=["-1", "0", "+1"]
)
def test_a_rise_is_weighed_at_the_price_that_is_sent_with_it(new: str, rule: str) -> None:
    """30 seats at 20.00, invoiced in advance through May; 2 June reads 40 when the price of June is sent as well:
    10 × 50.01 = 500.10 a month is held; by the price that stood they would be 200.00."""
    world = make_world(in_arrears=False)
    world.map(price=price_from_june(new))
    for day in (april(1), may(1)):
        world.night(day, 30)
        world.psas[HOME].invoice()
    line = world.night(june(2), 40)
    assert held_by(line) == rule
    assert line.unit_price == Decimal(new)
