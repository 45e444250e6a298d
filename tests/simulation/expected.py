"""What a mapping owes after P, by `tests.oracle` alone, and what a PSA's rows bill. Knows neither product nor world."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from tests.oracle.counting import count_steps, find_owed, list_bands
from tests.oracle.facts import Invoice, Price, Reading, Scenario

ONE_DAY = timedelta(days=1)
HORIZON = timedelta(days=75)
PRICES = (Price(date(2020, 1, 1), Decimal(20)),)


class Told(Protocol):
    """What was read of a mapping, and what was invoiced meanwhile (`tests.simulation.accounts.Account`)."""

    counted: list[tuple[date, int]]
    invoiced: list[tuple[date, date, int]]

    @property
    def gives_credits(self) -> bool: ...

    @property
    def prorates(self) -> bool: ...


@dataclass(frozen=True)
class Levels:
    """Seats by day, as the days on which they change."""

    days: tuple[date, ...]
    seats: tuple[int, ...]

    def on(self, day: date) -> int:
        """The seats of a day."""
        place = bisect_right(self.days, day)
        return self.seats[place - 1] if place else 0

    def __iter__(self) -> Iterator[date]:
        return iter(self.days)


def list_expected(told: Told, first: date) -> Iterator[Levels]:
    """What may be owed. It is one answer, but where an invoice was made on a day on which something was read after it:
    that run may have looked at the PSA before the invoice, and then an increase taken back was not invoiced to it."""
    if not told.counted:
        yield Levels((), ())
        return
    readings = tuple(Reading(day, seats) for day, seats in told.counted)
    for invoices in list_orders(readings, told.invoiced):
        scenario = Scenario(
            readings=readings,
            prices=PRICES,
            start=readings[0].day,
            invoices=tuple(invoices),
            prorates=told.prorates,
            credits_on=told.gives_credits,
        )
        yield find_levels(scenario, first + HORIZON)


def list_orders(readings: Sequence[Reading], invoiced: Sequence[tuple[date, date, int]]) -> Iterator[list[Invoice]]:
    """The invoices, each seen before or after the readings of its own day."""
    if not invoiced:
        yield []
        return
    (period, made, seen), rest = invoiced[0], invoiced[1:]
    latest = max([seen, *(number + 1 for number, reading in enumerate(readings) if reading.day == made)])
    for number in range(seen, latest + 1):
        for others in list_orders(readings, rest):
            if not others or others[0].seen >= number:
                yield [Invoice(period, made, number), *others]


def find_levels(scenario: Scenario, horizon: date) -> Levels:
    """Owed day by day."""
    steps = count_steps(scenario.readings)
    changes: dict[date, int] = {}
    for below, upto in list_bands(scenario):
        for run in find_owed(scenario, steps, upto, horizon):
            changes[run.start] = changes.get(run.start, 0) + upto - below
            if run.end < horizon:
                changes[run.end] = changes.get(run.end, 0) - (upto - below)
    days, seats, level = sorted(changes), [], 0
    for day in days:
        level += changes[day]
        seats.append(level)
    return Levels(tuple(days), tuple(seats))


def sum_rows(rows: Iterable[Mapping[str, Any]], day: date) -> int:
    """What additions of ConnectWise bill on a day. Both dates of a row are inclusive."""
    text = day.isoformat()
    return sum(
        int(row["quantity"])
        for row in rows
        if row["effectiveDate"][:10] <= text and (row["cancelledDate"] is None or text <= row["cancelledDate"][:10])
    )


def list_billed_days(rows: Iterable[Mapping[str, Any]], first: date) -> list[date]:
    """The days from `first` on on which what they bill may change, `first` among them."""
    days = {first}
    for row in rows:
        days.add(date.fromisoformat(row["effectiveDate"][:10]))
        if row["cancelledDate"] is not None:
            days.add(date.fromisoformat(row["cancelledDate"][:10]) + ONE_DAY)
    return sorted(day for day in days if day >= first)
