"""Billing periods: `[start, end)` of dates in the MSP's zone, each computed from its anchor (anchors.md 3.3)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

ONE_DAY = timedelta(days=1)
MONTHS_A_YEAR = 12
ANCHOR_YEAR = 2000
SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, and without, `end`."""

    start: date
    end: date

    @property
    def last(self) -> date:
        """The period's last day."""
        return self.end - ONE_DAY

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Grid:
    """Periods of so many whole months that tile all time.

    A boundary is the anchor's day in its month, or the month's last day where it has no such day; it is computed from
    the anchor and never from the boundary before it, so that an anchor on the 31st stays one (anchors.md 3.2).
    """

    anchor_year: int
    anchor_month: int
    anchor_day: int
    months: int

    def as_one(self) -> Grid:
        """The same periods, anchored in or just after January 2000: two that tile time alike are equal."""
        first = ANCHOR_YEAR * MONTHS_A_YEAR
        ahead = (self.anchor_year * MONTHS_A_YEAR + self.anchor_month - 1 - first) % self.months
        year, month_index = divmod(first + ahead, MONTHS_A_YEAR)
        return Grid(year, month_index + 1, self.anchor_day, self.months)

    def boundary(self, number: int) -> date:
        """The start of period `number`; number 0 starts in the anchor's month. Time itself starts with year 1."""
        month = self.anchor_year * 12 + self.anchor_month - 1 + number * self.months
        year, month_index = divmod(month, 12)
        if year < date.min.year:
            return date.min
        if self.anchor_day <= SHORTEST_MONTH:
            return date(year, month_index + 1, self.anchor_day)
        last_day = calendar.monthrange(year, month_index + 1)[1]
        return date(year, month_index + 1, min(self.anchor_day, last_day))

    def period_of(self, day: date) -> Period:
        """The period that holds `day`."""
        months_apart = (day.year - self.anchor_year) * 12 + day.month - self.anchor_month
        number = months_apart // self.months
        if self.boundary(number) > day:
            number -= 1
        return Period(self.boundary(number), self.boundary(number + 1))


def share_month(amount: Decimal, grid: Grid) -> Fraction:
    """What of an amount for a whole period is for one month of it; exact."""
    return Fraction(amount) / grid.months


def write_short_day(day: date) -> str:
    """22 Nov 2026, as every sentence for people writes a day."""
    return f"{day.day} {day:%b %Y}"
