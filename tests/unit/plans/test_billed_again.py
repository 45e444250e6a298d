"""A billable option that changes while days through P may still be caught up: the days keep the option that they had.

20.00 a seat, 10 seats, April has 30 days. Whether ConnectWise bills the months once more during which an addition was
not to be billed is written nowhere: the addition is left as it was through P, and another one begins on P + 1.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plans.brakes import Thresholds
from plans.counts import Count
from profiles.billing import BillableOption, CustomPrice, DatedPrice
from tests.unit.plans.agreements import HOME, MARCH_END
from tests.unit.plans.nights import SPB, World, april, in_arrears, is_still, june, make_world, may, tell

BILLABLE, DO_NOT_BILL, NO_CHARGE = BillableOption.BILLABLE, BillableOption.DO_NOT_BILL, BillableOption.NO_CHARGE


def unbilled(option: BillableOption = DO_NOT_BILL) -> World:
    """10 seats since 1 April that cost nothing; April and May are invoiced."""
    world = make_world()
    world.sell(billable_option=option)
    world.night(april(1), 10)
    assert [world.psas[HOME].invoice() for _ in range(2)] == [0, 0]
    assert is_still(world.night(june(2), 10))
    return world


@pytest.mark.parametrize("option", [DO_NOT_BILL, NO_CHARGE])
def test_months_that_were_not_to_be_billed_are_not_caught_up(option: BillableOption) -> None:
    """Billable from June on: June is 10 × 20.00 = 200.00. Set in place, ConnectWise might ask 600.00 for April through
    June."""
    world = unbilled(option)
    world.sell(billable_option=BILLABLE)
    assert tell(world.night(june(10), 10)) == ["1201: through 2026-05-31", "10 from 2026-06-01 at 20.00"]
    assert is_still(world.night(june(11), 10))
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_what_begins_after_p_is_set_in_place() -> None:
    """10 from 1 June, before any invoice of them: nothing can be caught up, and June is 200.00."""
    world = make_world()
    world.sell(billable_option=DO_NOT_BILL)
    world.night(april(1), 10)
    world.sell(billable_option=BILLABLE)
    assert tell(world.night(april(10), 10)) == ["1201: "]
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert world.psas[HOME].invoiced_through != MARCH_END


def test_what_is_not_to_be_billed_any_more_is_set_in_place_where_all_of_it_is_invoiced() -> None:
    """April's 200.00 is invoiced: May costs nothing."""
    world = in_arrears()
    assert world.psas[HOME].invoice() == Decimal("200.00")
    world.sell(billable_option=DO_NOT_BILL)
    assert tell(world.night(may(10), 10)) == ["1201: "]
    assert world.psas[HOME].invoice() == 0


def test_a_catch_up_that_waits_is_billed_although_what_follows_is_not() -> None:
    """12 of 20 April are approved on 2 May, when April is invoiced without the 2. From May on nothing is to be billed:
    April's 2 × 20.00 × 11/30 = 14.67 is asked for all the same, and set in place it were lost."""
    world = in_arrears()
    assert world.psas[HOME].invoice() == Decimal("200.00")
    late(world)
    world.sell(billable_option=DO_NOT_BILL)
    assert tell(world.night(may(3), 12)) == [
        "1201: ",
        "1202: through 2026-04-30",
        "2 from 2026-05-01 at 20.00",
    ]
    assert is_still(world.night(may(4), 12))
    assert world.psas[HOME].invoice() == Decimal("14.67")
    assert tell(world.night(june(2), 12)) == ["1203: through 2026-05-31", "1201: 10→12"]
    assert world.psas[HOME].invoice() == 0


def late(world: World) -> None:
    """12 that were read on 20 April, and written on 2 May."""
    journal = world.journals[SPB]
    world.journals[SPB] = replace(journal, counts=(replace(journal.counts[0], known_through=april(19)), count(world)))
    assert tell(world.night(may(2), 12)) == ["2 from 2026-04-20"]


def count(world: World) -> Count:
    first = world.journals[SPB].counts[0]
    return replace(first, day=april(20), known_through=april(20), quantity=12, seats=12)


def test_a_catch_up_that_waits_is_not_billed_although_what_follows_is() -> None:
    """The same the other way: nothing was to be billed when the 2 came, and from May on all is: 12 × 20.00 = 240.00,
    and nothing for April. Fewer of the 2 at once: 11 are 220.00 in June."""
    for seats, asked in ((12, "240.00"), (11, "220.00")):
        world = make_world()
        world.sell(billable_option=DO_NOT_BILL)
        world.night(april(1), 10)
        world.psas[HOME].invoice()
        late(world)
        world.sell(billable_option=BILLABLE)
        world.night(may(3), seats)
        world.night(may(4), seats)
        for day in (5, 6):
            assert is_still(world.night(may(day), seats)) or seats == 11
        world.psas[HOME].invoice()
        world.night(june(2), seats)
        assert world.psas[HOME].invoice() == Decimal(asked)


def test_what_has_an_end_keeps_it() -> None:
    """10 end with June: billable from June on, they are one month's 200.00, and July's nothing."""
    world = unbilled()
    world.change(SPB, is_ended=True)
    world.night(june(3), 10)
    world.approve()
    world.night(june(4), 10)
    world.sell(billable_option=BILLABLE)
    assert tell(world.night(june(5), 10)) == [
        "1201: through 2026-05-31",
        "10 from 2026-06-01 through 2026-06-30 at 20.00",
    ]
    assert is_still(world.night(june(6), 10))
    assert [world.psas[HOME].invoice() for _ in range(2)] == [Decimal("200.00"), Decimal(0)]


def test_a_price_of_ours_is_the_one_that_is_due() -> None:
    """22.00 from June on: June is 10 × 22.00 = 220.00."""
    world = unbilled()
    price = CustomPrice((DatedPrice(april(1), Decimal("22.00")),))
    world.sell(billable_option=BILLABLE, price=price)
    assert tell(world.night(june(10), 10)) == ["1201: through 2026-05-31", "10 from 2026-06-01 at 22.00"]
    assert world.psas[HOME].invoice() == Decimal("220.00")


def test_a_night_that_died_between_the_halves_is_made_up_for() -> None:
    """The end was written and the other one was not: the next night makes it, and June is 200.00."""
    world = unbilled()
    world.sell(billable_option=BILLABLE)
    line = world.plan(june(10))[SPB]
    world.write(line, line.changes[0], june(10))
    assert tell(world.night(june(11), 10)) == ["10 from 2026-06-01"]
    assert is_still(world.night(june(12), 10))
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_in_advance_too() -> None:
    """April is invoiced on 1 April, at nothing. Billable from the 10th on: May is 200.00, and April stays nothing."""
    world = make_world(in_arrears=False)
    world.sell(billable_option=DO_NOT_BILL)
    world.night(april(1), 10)
    assert world.psas[HOME].invoice() == 0
    world.sell(billable_option=BILLABLE)
    assert tell(world.night(april(10), 10)) == ["1201: through 2026-04-30", "10 from 2026-05-01 at 20.00"]
    assert is_still(world.night(april(11), 10))
    assert world.psas[HOME].invoice() == Decimal("200.00")


def test_who_refuses_seats_has_the_option_written() -> None:
    """12 are refused, and the 10 are billable from June on: June is 200.00."""
    world = unbilled()
    world.thresholds = Thresholds(rise_seats=1, rise_percent=1)
    world.night(june(3), 12)
    world.refuse(june(3))
    world.sell(billable_option=BILLABLE)
    assert tell(world.night(june(4), 12)) == ["1201: through 2026-05-31", "10 from 2026-06-01 at 20.00"]
    assert world.psas[HOME].invoice() == Decimal("200.00")
