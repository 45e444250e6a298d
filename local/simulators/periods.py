"""The periods that something is invoiced for: whole months from one day of a month to the same day of another."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

_MONTHS = {"Monthly": 1, "BiMonthly": 2, "Quarterly": 3, "SemiAnnual": 6, "Yearly": 12}


@dataclass(frozen=True)
class Period:
    """Both days are inside."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def move_months(day: date, count: int, anchor: int | None = None) -> date:
    """The day `anchor` of its month, or the same day, that many months on; a shorter month's last day."""
    month = day.month - 1 + count
    first = date(day.year + month // 12, month % 12 + 1, 1)
    return first.replace(day=min(anchor or day.day, days_in_month(first)))


def list_periods_before(period: Period, months: int, anchor: int | None = None) -> Iterator[Period]:
    """The periods before this one, of so many months each, the last one first; there is no end of them."""
    for number in count(1):
        first = move_months(period.first, -months * number, anchor)
        following = move_months(period.first, -months * (number - 1), anchor)
        yield Period(first, following - timedelta(days=1))


def cycle_months(cycle_name: str) -> int | None:
    """None for a cycle that is not played."""
    return _MONTHS.get(cycle_name)


def period_due(next_invoice: date, months: int, *, in_arrears: bool, anchor: int | None = None) -> Period:
    """What the invoice of that date covers: the time before it in arrears, else the time that begins with it."""
    if in_arrears:
        return Period(move_months(next_invoice, -months, anchor), next_invoice - timedelta(days=1))
    return Period(next_invoice, move_months(next_invoice, months, anchor) - timedelta(days=1))
