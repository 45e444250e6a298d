"""Short stories to calculate with: 20.00 a seat, nights read in runs of days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tests.oracle.facts import Price, Reading, Scenario, find_period, place_invoices

YEAR = 2026


def read(*runs: tuple[str, str, int | None]) -> list[Reading]:
    """One reading a night: ("04-01", "04-09", 10) reads 10 on each of the nine nights; None reads unknown."""
    readings = []
    for first, last, quantity in runs:
        start, end = make_date(first), make_date(last)
        readings += [Reading(start + timedelta(days=n), quantity) for n in range((end - start).days + 1)]
    return readings


def make_date(text: str) -> date:
    return date(YEAR, int(text[:2]), int(text[3:]))


def tell(
    readings: list[Reading],
    *made: tuple[str, str],
    price: str = "20.00",
    prices: tuple[Price, ...] = (),
    prorates: bool = True,
    credits_on: bool = False,
    mode: Literal["advance", "arrears"] = "arrears",
    start: date | None = None,
    ends: date | None = None,
    night_is_first: bool = True,
) -> Scenario:
    """A scenario on calendar months; `made` is (month of the period, day on which its invoice was made)."""
    days = [(find_period(make_date(f"{month}-01"), 1).start, make_date(day)) for month, day in made]
    return Scenario(
        tuple(readings),
        prices or (Price(date(2020, 1, 1), Decimal(price)),),
        start or date(2020, 1, 1),
        place_invoices(readings, days, night_is_first),
        prorates=prorates,
        credits_on=credits_on,
        mode=mode,
        ends=ends,
    )
