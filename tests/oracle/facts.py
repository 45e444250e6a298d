"""What happened: readings, prices, terms and the days on which the accounting made its invoices."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Dates in the MSP's zone, `[start, end)`."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run read for the mapping, in seats, on the MSP's local `day`; None is unknown, and never zero.

    Minimum, maximum, included seats and shares are applied already (03 section 2).
    """

    day: date
    quantity: int | None


@dataclass(frozen=True, slots=True)
class Price:
    """What one seat costs for a whole period, from `valid_from` on."""

    valid_from: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Invoice:
    """The invoice of the period that starts on `period`, made on the day `made`.

    `seen` says how many of the scenario's readings had happened, and their changes been written, before it was made.
    """

    period: date
    made: date
    seen: int


@dataclass(frozen=True, slots=True)
class Window:
    """Days `[start, end)` on which a mapping's seats belong to one agreement and product; `known` is the number of the
    reading with which it came there, -1 where it was there from the first."""

    start: date
    end: date
    known: int = -1


@dataclass(frozen=True, slots=True)
class Scenario:
    """One mapping on one agreement, from its first reading to its last invoice.

    Input: readings in the order in which they happened (several on a day are allowed); prices from oldest to newest,
    the first one also holds for every day before it; `start` is the first day that may be billed; `anchor` is the day
    of the month on which periods start (29 to 31 move to the last day of a shorter month, and back again); invoices of
    consecutive periods in the order in which they were made; `ends` is the first day that the agreement no longer
    covers. `days` are the windows of a mapping that moves (`tests.oracle.transfers`); None where it never does. `mode`
    is for the reader and the generator only: what has been invoiced follows from the invoices
    (connectwise.md section 4: "Advance or arrears is not one flag").
    Errors: ValueError with a sentence when the story contradicts itself.
    """

    readings: tuple[Reading, ...]
    prices: tuple[Price, ...]
    start: date
    invoices: tuple[Invoice, ...]
    prorates: bool = True
    credits_on: bool = False
    mode: Literal["advance", "arrears"] = "arrears"
    anchor: int = 1
    ends: date | None = None
    days: tuple[Window, ...] | None = None

    def __post_init__(self) -> None:
        complaints = [*_check_readings(self), *_check_invoices(self)]
        if complaints:
            raise ValueError(" ".join(complaints))


def find_period(day: date, anchor: int) -> Period:
    """The monthly period that holds `day`; each boundary comes from the anchor and its month (anchors.md 3.3)."""
    start = _find_boundary(day.year, day.month, anchor)
    if day < start:
        last_month = day.replace(day=1) - ONE_DAY
        return Period(_find_boundary(last_month.year, last_month.month, anchor), start)
    next_month = day.replace(day=28) + timedelta(days=4)
    return Period(start, _find_boundary(next_month.year, next_month.month, anchor))


def list_days(start: date, end: date) -> list[date]:
    """Every day of `[start, end)`."""
    return [start + timedelta(days=number) for number in range((end - start).days)]


def place_invoices(
    readings: Sequence[Reading], made: Iterable[tuple[date, date]], night_is_first: bool = True
) -> tuple[Invoice, ...]:
    """Invoices from (first day of the period, day on which it was made), with the readings that came before each.

    `night_is_first` says whether the readings of an invoice's own day came before it.
    """
    return tuple(
        Invoice(period, day, sum(reading.day < day or (night_is_first and reading.day == day) for reading in readings))
        for period, day in made
    )


def _find_boundary(year: int, month: int, anchor: int) -> date:
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))


def _check_readings(scenario: Scenario) -> list[str]:
    complaints = []
    if any(later.day < earlier.day for earlier, later in pairwise(scenario.readings)):
        complaints.append("Readings must stand in the order of their days.")
    if any(reading.quantity is not None and reading.quantity < 0 for reading in scenario.readings):
        complaints.append("A quantity must be 0 or more.")
    if not scenario.prices or any(price.amount < 0 for price in scenario.prices):
        complaints.append("There must be a price, and it must be 0 or more.")
    if any(later.valid_from <= earlier.valid_from for earlier, later in pairwise(scenario.prices)):
        complaints.append("Prices must stand from oldest to newest.")
    if not 1 <= scenario.anchor <= 31:
        complaints.append(f"The anchor must be a day of the month, and is {scenario.anchor}.")
    return complaints


def _check_invoices(scenario: Scenario) -> list[str]:
    complaints = []
    for invoice in scenario.invoices:
        if find_period(invoice.period, scenario.anchor).start != invoice.period:
            complaints.append(f"No period starts on {invoice.period}.")
        if not 0 <= invoice.seen <= len(scenario.readings):
            complaints.append(f"The invoice of {invoice.period} cannot have seen {invoice.seen} readings.")
        elif any(reading.day > invoice.made for reading in scenario.readings[: invoice.seen]):
            complaints.append(f"The invoice of {invoice.period} has seen a reading of a later day.")
        elif any(reading.day < invoice.made for reading in scenario.readings[invoice.seen :]):
            complaints.append(f"The invoice of {invoice.period} has not seen a reading of an earlier day.")
    for earlier, later in pairwise(scenario.invoices):
        if find_period(earlier.period, scenario.anchor).end != later.period:
            complaints.append(f"The invoice of {later.period} must follow the one of the period before it.")
        if later.made < earlier.made or later.seen < earlier.seen:
            complaints.append(f"The invoice of {later.period} was made before the one of {earlier.period}.")
    return complaints
