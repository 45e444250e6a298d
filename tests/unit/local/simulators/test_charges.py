"""What one addition costs on one invoice, with the numbers worked out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from local.simulators.connectwise.charges import Charge, charge_addition
from local.simulators.periods import Period, move_months, period_due

APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
MARCH_LAST = date(2026, 3, 31)


def addition(**members: Any) -> dict[str, Any]:
    return {"quantity": 1.0, "unitPrice": 22.0, "billCustomer": "Billable", **members}


def amount(charge: Charge | None) -> Decimal:
    assert charge is not None
    return charge.amount


def test_an_addition_made_after_the_invoice_is_caught_up_in_one_line() -> None:
    """22.00 x 17/31 + 22.00 = 12.0645 + 22.00 = 34.06: the 15th to the 31st of March are 17 days."""
    charge = charge_addition(addition(effectiveDate="2026-03-15T00:00:00Z"), APRIL, None, prorates=True)
    assert amount(charge) == Decimal("34.06")
    assert charge is not None
    assert charge.covers == Period(date(2026, 3, 15), date(2026, 4, 30))
    assert charge.note == "This item has been prorated with a start date of: 03/15/2026"


def test_several_seats_are_rounded_once() -> None:
    """7 x 22.00 x (17/31 + 1) = 84.4516 + 154.00 = 238.45; seven times 34.06 would be 238.42."""
    wanted = addition(effectiveDate="2026-03-15T00:00:00Z", quantity=7.0)
    assert amount(charge_addition(wanted, APRIL, None, prorates=True)) == Decimal("238.45")


def test_half_a_cent_goes_up() -> None:
    """0.01 x 15/30 = 0.005 -> 0.01."""
    wanted = addition(effectiveDate="2026-04-16T00:00:00Z", unitPrice=0.01)
    assert amount(charge_addition(wanted, APRIL, None, prorates=True)) == Decimal("0.01")


def test_what_was_billed_costs_one_full_period() -> None:
    """10 x 22.00 = 220.00."""
    wanted = addition(effectiveDate="2023-04-01T00:00:00Z", quantity=10.0)
    charge = charge_addition(wanted, APRIL, MARCH_LAST, prorates=True)
    assert (amount(charge), charge and charge.note) == (Decimal("220.00"), "")


def test_included_units_are_free() -> None:
    """(10 - 3) x 22.00 = 154.00."""
    wanted = addition(effectiveDate="2023-04-01T00:00:00Z", quantity=10.0, lessIncluded=3.0)
    assert amount(charge_addition(wanted, APRIL, MARCH_LAST, prorates=True)) == Decimal("154.00")


def test_in_arrears_the_first_period_is_a_part() -> None:
    """In arrears, nothing is caught up: 22.00 x 16/30 = 11.73 for the 15th to the 30th of April."""
    wanted = addition(effectiveDate="2026-04-15T00:00:00Z")
    assert amount(charge_addition(wanted, APRIL, None, prorates=True)) == Decimal("11.73")


def test_the_cancelled_day_is_billed() -> None:
    """22.00 x 10/30 = 7.33: the 1st to the 10th."""
    wanted = addition(effectiveDate="2023-04-01T00:00:00Z", cancelledDate="2026-04-10T00:00:00Z")
    assert amount(charge_addition(wanted, APRIL, MARCH_LAST, prorates=True)) == Decimal("7.33")


def test_a_bounded_catch_up_ends_on_its_cancelled_day() -> None:
    """22.00 x 17/31 = 12.06: the 15th to the 31st of March, and nothing of April."""
    wanted = addition(effectiveDate="2026-03-15T00:00:00Z", cancelledDate="2026-03-31T00:00:00Z")
    assert amount(charge_addition(wanted, APRIL, None, prorates=True)) == Decimal("12.06")


@pytest.mark.parametrize("cancelled", ["2026-03-31T00:00:00Z", "2026-03-20T00:00:00Z"])
def test_what_is_billed_is_never_given_back(cancelled: str) -> None:
    wanted = addition(effectiveDate="2023-04-01T00:00:00Z", cancelledDate=cancelled)
    assert charge_addition(wanted, APRIL, MARCH_LAST, prorates=True) is None


def test_without_proration_a_period_costs_its_full_price() -> None:
    """22.00 for April, whether it began in March, on the 1st or on the 20th; March is not caught up."""
    for effective in ("2026-03-15T00:00:00Z", "2026-04-01T00:00:00Z", "2026-04-20T00:00:00Z"):
        wanted = addition(effectiveDate=effective)
        assert amount(charge_addition(wanted, APRIL, None, prorates=False)) == Decimal("22.00")


def test_what_begins_after_the_period_is_not_on_its_invoice() -> None:
    assert charge_addition(addition(effectiveDate="2026-05-01T00:00:00Z"), APRIL, None, prorates=True) is None


@pytest.mark.parametrize(("option", "expected"), [("NoCharge", Decimal("0.00")), ("DoNotBill", None)])
def test_the_billable_option(option: str, expected: Decimal | None) -> None:
    wanted = addition(effectiveDate="2026-04-01T00:00:00Z", billCustomer=option)
    charge = charge_addition(wanted, APRIL, None, prorates=True)
    assert (None if charge is None else charge.amount) == expected


def test_a_period_that_begins_in_the_middle_of_a_month_is_a_whole_one() -> None:
    """The 15th of November to the 14th of December: 30 days, 22.00."""
    period = period_due(date(2026, 11, 15), 1, in_arrears=False)
    wanted = addition(effectiveDate="2023-04-01T00:00:00Z")
    assert period == Period(date(2026, 11, 15), date(2026, 12, 14))
    assert amount(charge_addition(wanted, period, date(2026, 11, 14), prorates=True)) == Decimal("22.00")


def test_a_period_that_is_caught_up_costs_what_it_would_have_cost() -> None:
    """Periods from the 15th: 20 March to 14 April are 26 of 31 days. 22.00 x (26/31 + 1) = 18.4516 + 22.00 = 40.45."""
    period = period_due(date(2026, 4, 15), 1, in_arrears=False)
    wanted = addition(effectiveDate="2026-03-20T00:00:00Z")
    assert amount(charge_addition(wanted, period, None, prorates=True)) == Decimal("40.45")


def test_half_a_cent_of_a_thirtieth_goes_up() -> None:
    """5 x 12.99 x 1/30 = 2.165 -> 2.17; a thirtieth cut off after any number of places gives 2.16."""
    wanted = addition(effectiveDate="2026-04-30T00:00:00Z", quantity=5.0, unitPrice=12.99)
    assert amount(charge_addition(wanted, APRIL, None, prorates=True)) == Decimal("2.17")


def test_a_billing_start_on_the_31st_stays_one() -> None:
    """28 February to 30 March, then 31 March to 29 April."""
    march = period_due(date(2026, 3, 31), 1, in_arrears=True, anchor=31)
    assert march == Period(date(2026, 2, 28), date(2026, 3, 30))
    assert period_due(date(2026, 3, 31), 1, in_arrears=False, anchor=31) == Period(date(2026, 3, 31), date(2026, 4, 29))
    assert move_months(date(2026, 2, 28), 1, 31) == date(2026, 3, 31)


def test_the_period_of_an_invoice_date() -> None:
    assert period_due(date(2026, 4, 1), 1, in_arrears=False) == APRIL
    assert period_due(date(2026, 5, 1), 1, in_arrears=True) == APRIL
    assert move_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert move_months(date(2026, 11, 1), 12) == date(2027, 11, 1)
