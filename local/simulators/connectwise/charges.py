"""What one addition costs on one invoice: ConnectWise's documented proration and catch-up (connectwise.md 4).

Proration counts actual days, the effective day included: price x days / days of the period, summed over the periods
and rounded once per line, half up. $22.00 effective 15 March, in advance, on the invoice of April:
22.00 x 17/31 + 22.00 = 12.0645 + 22.00 = 34.06. A cancelled date is the last billed day. Without proration a period
costs its full price, whenever in it the addition began. Nothing that was billed is ever given back.

The source divides by the days of the month, which is the period. Periods that begin on another day than the first, or
last longer, are described nowhere: a period that is billed late costs here what it would have cost on its own invoice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile

from local.simulators.connectwise.records import Record
from local.simulators.periods import Period, list_periods_before
from local.simulators.rounding import round_cents


@dataclass(frozen=True)
class Charge:
    """One line: the days it covers, and its amount."""

    covers: Period
    amount: Decimal
    note: str


def charge_addition(
    addition: Record,
    period: Period,
    billed_through: date | None,
    *,
    prorates: bool,
    months: int = 1,
    anchor: int | None = None,
) -> Charge | None:
    """What the invoice of `period` asks for an addition that was billed through a day; None where it asks nothing.

    Periods last so many `months` and begin on the day `anchor` of their month; None is the day of this one.
    """
    effective = _day(addition.get("effectiveDate")) or period.first
    cancelled = _day(addition.get("cancelledDate"))
    open_from = effective if billed_through is None else max(effective, billed_through + timedelta(days=1))
    last = period.last if cancelled is None else min(cancelled, period.last)
    if addition["billCustomer"] == "DoNotBill" or open_from > last:
        return None
    if not prorates:
        return _full_charge(addition, period, last)
    covers = Period(open_from, last)
    earlier = takewhile(lambda each: each.last >= covers.first, list_periods_before(period, months, anchor))
    share = sum((_share_of(covers, each) for each in (period, *earlier)), Fraction())
    is_partial = open_from == effective and open_from != period.first and open_from.day != 1
    note = f"This item has been prorated with a start date of: {open_from:%m/%d/%Y}" if is_partial else ""
    return Charge(covers, round_cents(Fraction(_unit_total(addition)) * share), note)


def _share_of(covers: Period, period: Period) -> Fraction:
    """How much of a period the covered days are; how ConnectWise prorates inside a quarter or a year is not known."""
    first, last = max(covers.first, period.first), min(covers.last, period.last)
    return Fraction(Period(first, last).days, period.days) if first <= last else Fraction()


def _full_charge(addition: Record, period: Period, last: date) -> Charge | None:
    """A period is billed in full if any day of it is; those before it are not caught up."""
    return None if last < period.first else Charge(period, round_cents(Fraction(_unit_total(addition))), "")


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
