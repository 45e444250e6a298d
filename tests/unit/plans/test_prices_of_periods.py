"""A price holds for whole periods, also for seats that come after the day on which it changes (billing rules, 3)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plans.proposals import price_days
from profiles.billing import CustomPrice, DatedPrice, PsaPrice
from tests.unit.plans.agreements import HOME, MONTHLY
from tests.unit.plans.nights import april, is_still, make_world, may, tell

PRICES = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(april(10), Decimal("30.00"))))


def test_an_increase_costs_what_the_period_costs_in_which_it_falls() -> None:
    """10 seats at 20.00 and, since 10 April, 30.00; 12 from the 16th: 200.00 + 2 x 20.00 x 15/30 = 220.00 for April,
    and 12 x 30.00 = 360.00 for May."""
    world = make_world(price=PRICES)
    world.night(april(1), 10)
    assert tell(world.night(april(16), 12)) == ["2 from 2026-04-16 at 20.00"]
    assert is_still(world.night(april(17), 12))
    psa = world.psas[HOME]
    assert psa.invoice() == Decimal("220.00")
    world.night(may(2), 12)
    assert psa.invoice() == Decimal("360.00")


def test_a_credit_is_what_the_days_cost_when_they_were_invoiced() -> None:
    """15 days of April at 20.00 and the 1st of May at 30.00: 2 x (20.00 x 15/30 + 30.00 x 1/31) = 21.94. The addition
    costs 30.00 by then; where its price is ConnectWise's, nobody knows another one: 2 x 30.00 x (15/30 + 1/31)."""
    thirty = Decimal("30.00")
    assert price_days(april(16), may(1), 2, thirty, MONTHLY, PRICES) == Decimal("21.94")
    assert price_days(april(16), may(1), 2, thirty, MONTHLY, PsaPrice()) == Decimal("31.94")
