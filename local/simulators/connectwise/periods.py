"""The periods that an agreement is invoiced for: whole months from its next invoice date on, or up to it."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = {"Monthly": 1, "BiMonthly": 2, "Quarterly": 3, "SemiAnnual": 6, "Yearly": 12}


@dataclass(frozen=True)
class Period:
    """Both days are inside."""

    first: date
    last: date

    def months(self) -> Iterator[Period]:
        """The pieces of the period that lie in one calendar month each."""
        first = self.first
        while first <= self.last:
            month_end = first.replace(day=days_in_month(first))
            yield Period(first, min(month_end, self.last))
            first = month_end + timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def days_in_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def move_months(day: date, count: int) -> date:
    """The same day, that many months on; the last of a month where it has no such day."""
    month = day.month - 1 + count
    first = date(day.year + month // 12, month % 12 + 1, 1)
    return first.replace(day=min(day.day, days_in_month(first)))


def cycle_months(cycle_name: str) -> int | None:
    """None for a cycle that is not played."""
    return _MONTHS.get(cycle_name)


def period_due(next_invoice: date, months: int, *, in_arrears: bool) -> Period:
    """What the invoice of that date covers: the time before it in arrears, else the time that begins with it."""
    if in_arrears:
        return Period(move_months(next_invoice, -months), next_invoice - timedelta(days=1))
    return Period(next_invoice, move_months(next_invoice, months) - timedelta(days=1))
