"""What Autotask must have billed: Owed x price, row by row (03 sections 3 and 7; autotask-halo.md 2).

A period is one row, and is cut where Owed changes inside it; a row costs units x price x its days / the days of its
period, rounded once, half up. It knows neither the product nor a simulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.oracle.counting import count_steps, find_owed, list_bands
from tests.oracle.facts import Period, Scenario, find_period, list_days
from tests.oracle.invoicing import round_cents


@dataclass(frozen=True, slots=True)
class Row:
    """`units` from `start` up to `end`, which is not among them, and what they cost together."""

    start: date
    end: date
    units: int
    amount: Decimal


def expect_rows(scenario: Scenario, horizon: date) -> tuple[Row, ...]:
    """Every row with units before `horizon`, in order, by all readings of the scenario."""
    owed = owe_by_day(scenario, horizon)
    rows: list[Row] = []
    for period in list_periods(scenario, horizon):
        days = list_days(period.start, period.end)
        cuts = [day for place, day in enumerate(days) if not place or owed.get(day, 0) != owed.get(days[place - 1], 0)]
        for place, start in enumerate(cuts):
            end = cuts[place + 1] if place + 1 < len(cuts) else period.end
            units = owed.get(start, 0)
            share = Fraction((end - start).days, period.days)
            amount = round_cents(Fraction(price_on(scenario, period.start)) * units * share)
            rows += [Row(start, end, units, amount)] if units else []
    return tuple(rows)


def owe_by_day(scenario: Scenario, horizon: date) -> dict[date, int]:
    """The seats that are owed on each day before `horizon`."""
    steps, owed = count_steps(scenario.readings), dict[date, int]()
    for below, upto in list_bands(scenario):
        for run in find_owed(scenario, steps, upto, horizon):
            for day in list_days(run.start, run.end):
                owed[day] = owed.get(day, 0) + upto - below
    return owed


def list_periods(scenario: Scenario, horizon: date) -> Iterator[Period]:
    """The periods from the first reading's up to the horizon."""
    period = find_period(scenario.readings[0].day, scenario.anchor)
    while period.start < horizon:
        yield period
        period = find_period(period.end, scenario.anchor)


def price_on(scenario: Scenario, day: date) -> Decimal:
    """The price of one unit for the whole period that starts on a day."""
    valid = [price for price in scenario.prices if price.valid_from <= day]
    return (valid[-1] if valid else scenario.prices[0]).amount
