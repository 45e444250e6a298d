"""What one addition costs on one invoice: ConnectWise's documented proration and catch-up (connectwise.md 4).

Proration counts actual days, the effective day included: price x days / days of the month, summed over the months
and rounded once per line, half up. $22.00 effective 15 March, in advance, on the invoice of April:
22.00 x 17/31 + 22.00 = 12.0645 + 22.00 = 34.06. A cancelled date is the last billed day. Without proration a period
costs its full price, whenever in it the addition began. Nothing that was billed is ever given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from local.simulators.connectwise.periods import Period, days_in_month
from local.simulators.connectwise.records import Record


@dataclass(frozen=True)
class Charge:
    """One line: the days it covers, and its amount."""

    covers: Period
    amount: Decimal
    note: str


def charge_addition(
    addition: Record, period: Period, billed_through: date | None, *, prorates: bool, months: int = 1
) -> Charge | None:
    """What the invoice of `period` asks for an addition that was billed through a day; None where it asks nothing."""
    effective = _day(addition.get("effectiveDate")) or period.first
    cancelled = _day(addition.get("cancelledDate"))
    open_from = effective if billed_through is None else max(effective, billed_through + timedelta(days=1))
    last = period.last if cancelled is None else min(cancelled, period.last)
    if addition["billCustomer"] == "DoNotBill" or open_from > last:
        return None
    if not prorates:
        return _full_charge(addition, period, last)
    covers = Period(open_from, last)
    share = _share_before(covers, period, months) + _share_inside(covers, period)
    is_partial = open_from == effective and open_from.day != 1
    note = f"This item has been prorated with a start date of: {open_from:%m/%d/%Y}" if is_partial else ""
    return Charge(covers, _cents(_unit_total(addition) * share), note)


def _share_before(covers: Period, period: Period, months: int) -> Decimal:
    """Catch-up: how much of earlier periods, each of so many months."""
    if covers.first >= period.first:
        return Decimal(0)
    before = Period(covers.first, min(covers.last, period.first - timedelta(days=1)))
    shares = (Decimal(piece.days) / days_in_month(piece.first) for piece in before.months())
    return sum(shares, Decimal(0)) / months


def _share_inside(covers: Period, period: Period) -> Decimal:
    """How much of the period itself; how ConnectWise prorates inside a quarter or a year is not known."""
    if covers.last < period.first:
        return Decimal(0)
    inside = Period(max(covers.first, period.first), covers.last)
    return Decimal(inside.days) / period.days


def _full_charge(addition: Record, period: Period, last: date) -> Charge | None:
    """A period is billed in full if any day of it is; those before it are not caught up."""
    return None if last < period.first else Charge(period, _cents(_unit_total(addition)), "")


def _unit_total(addition: Record) -> Decimal:
    """Quantity times price for a period; nothing where the customer is not charged."""
    if addition["billCustomer"] == "NoCharge":
        return Decimal(0)
    quantity = _decimal(addition.get("quantity")) - _decimal(addition.get("lessIncluded"))
    return quantity * _decimal(addition.get("unitPrice"))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text[:10])


def _decimal(value: float | None) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
