"""Which additions a forecast has and which days each line bills, by hand: 20.00 a seat, and April has 30 days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.forecast import InvoiceForecast, combine_forecasts, forecast_invoice, forecast_month
from profiles.billing import BillableOption
from tests.unit.plans.makers import ACTIVE, make_addition, make_agreement

APRIL_1, APRIL_30 = date(2026, 4, 1), date(2026, 4, 30)
MARCH_INVOICED = replace(ACTIVE, next_invoice_on=APRIL_1, invoiced_through=date(2026, 3, 31))


def seat(addition_id: str, effective_on: date = date(2026, 1, 1), cancelled_on: date | None = None) -> Addition:
    return make_addition(addition_id, 1, effective_on=effective_on, cancelled_on=cancelled_on)


def april(*additions: Addition, facts: AgreementFacts = MARCH_INVOICED, agreement_id: str = "1201") -> Agreement:
    return make_agreement(additions, facts, agreement_id)


def forecast(
    *additions: Addition, facts: AgreementFacts = MARCH_INVOICED, agreement_id: str = "1201"
) -> InvoiceForecast:
    made = forecast_invoice(april(*additions, facts=facts, agreement_id=agreement_id), {})
    assert isinstance(made, InvoiceForecast)
    return made


@pytest.mark.parametrize(
    "first",
    [
        seat("1", cancelled_on=date(2026, 3, 31)),
        replace(seat("1"), billable_option=BillableOption.NO_CHARGE),
        replace(seat("1"), quantity=Decimal(0)),
    ],
)
def test_what_costs_nothing_hides_nothing_that_follows_it(first: Addition) -> None:
    """One that ended, one at no charge, one of no seats; then one seat at 20.00."""
    made = forecast(first, seat("2"))
    assert [line.addition_id for line in made.lines] == ["2"]
    assert (made.amount, made.quantity, made.missing) == (Decimal("20.00"), Decimal(1), ())


@pytest.mark.parametrize(
    ("prorates", "days", "amount"),
    [(True, (date(2026, 4, 16), APRIL_30), "10.00"), (False, (APRIL_1, APRIL_30), "20.00")],
)
def test_a_line_says_which_days_it_bills(prorates: bool, days: tuple[date, date], amount: str) -> None:
    """From the 16th, 15 of 30 days are 10.00; without proration it is all of April."""
    [line] = forecast(seat("1", date(2026, 4, 16)), facts=replace(MARCH_INVOICED, prorates=prorates)).lines
    assert (line.first, line.last) == days
    assert (line.amount, line.catch_up) == (Decimal(amount), Decimal("0.00"))


@pytest.mark.parametrize(
    ("effective_on", "cancelled_on", "monthly"),
    [
        (date(2026, 4, 29), None, "20.00"),
        (APRIL_30, None, "20.00"),
        (date(2026, 5, 1), None, "0.00"),
        (APRIL_1, date(2026, 4, 29), "0.00"),
        (APRIL_1, APRIL_30, "20.00"),
        (APRIL_1, date(2026, 5, 1), "20.00"),
    ],
)
def test_a_month_is_what_bills_on_the_periods_last_day(
    effective_on: date, cancelled_on: date | None, monthly: str
) -> None:
    addition = seat("1", effective_on, cancelled_on)
    assert forecast_month(april(addition)) == Decimal(monthly)
    assert forecast(addition).per_month == Decimal(monthly)


def test_what_a_part_lacks_is_told_beside_the_payer_that_is_not_mapped() -> None:
    """The child lacks a price, and the agreement that pays for it is not among the parts."""
    child = forecast(replace(seat("1"), unit_price=None), agreement_id="1202")
    assert combine_forecasts("1201", [child]).missing == (
        "Addition 1 has no price that can be read.",
        "The invoice is made for agreement 1201, on which nothing is mapped: its own part is left out.",
    )
