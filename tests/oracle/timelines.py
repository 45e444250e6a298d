"""Random stories of one mapping's seats over two to four months, from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal

from tests.oracle.facts import ONE_DAY, Price, Reading, Scenario, find_period, place_invoices
from tests.oracle.telling import NIGHTS_TO_ACT, judge_scope

YEARS = (2023, 2024, 2025, 2026, 2027, 2028)
ANCHORS = (1, 1, 1, 1, 1, 15, 28, 29, 30, 31)
PRICES = ("4.10", "7.77", "12.99", "20.00", "22.00", "33.33", "57.05", "250.00")
LARGEST = 400


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is drawn first: the grid, the first day on which a run may read, and the last."""

    mode: Literal["advance", "arrears"]
    anchor: int
    periods: tuple[date, ...]
    first: date
    last: date


def draw_scenario(seed: int) -> Scenario:
    """The scenario of a seed; the same one every time. Its `judge_scope` is empty and its agreement does not end.

    It draws the grid (leap Februaries among them), the mode, proration, credits, a price or two, seats that rise and
    fall (small and large steps, dips and spikes that return within days, to zero and back, on the edges of periods),
    nights on all or some days, some of them unknown, second readings on a day, and invoices made on their day, up to 3
    days early or up to 9 days late.
    """
    dice = Random(seed)
    frame = _draw_frame(dice)
    seats = _draw_seats(dice, frame)
    made = _draw_invoice_days(dice, frame)
    readings = _draw_readings(dice, frame, seats, made)
    is_morning = dice.random() < 0.7
    scenario = Scenario(
        readings=readings,
        prices=_draw_prices(dice, frame),
        start=frame.first + timedelta(days=dice.choice((0, 0, 0, 0, 3, 12))),
        invoices=place_invoices(readings, zip(frame.periods, made, strict=True), is_morning),
        prorates=dice.random() < 0.75,
        credits_on=dice.random() < 0.3,
        mode=frame.mode,
        anchor=frame.anchor,
    )
    if judge_scope(scenario):
        scenario = replace(scenario, start=frame.first)
    return _second_readings(dice, scenario, is_morning)


def _draw_frame(dice: Random) -> _Frame:
    anchor = dice.choice(ANCHORS)
    month = dice.choice((1, 1, 2, *range(1, 13)))
    period = find_period(date(dice.choice(YEARS), month, 28), anchor)
    length = period.days
    first = period.start + timedelta(days=dice.choice((0, 0, 1, length - 1, dice.randrange(length))))
    periods = []
    for _ in range(dice.randint(2, 4)):
        periods.append(period.start)
        period = find_period(period.end, anchor)
    mode: Literal["advance", "arrears"] = dice.choice(("advance", "arrears"))
    if mode == "advance":
        periods.append(period.start)
    return _Frame(mode, anchor, tuple(periods), first, period.start + timedelta(days=dice.randint(3, 14)))


def _draw_seats(dice: Random, frame: _Frame) -> dict[date, int]:
    """How many seats there are on each day, whoever looks."""
    seats: dict[date, int] = {}
    level = dice.choice((1, 2, 5, 8, 10, 25, 120))
    back: tuple[date, int] | None = None
    pace = dice.choice((0.04, 0.1, 0.25))
    day = frame.first
    while day <= frame.last:
        is_edge = abs((find_period(day + 2 * ONE_DAY, frame.anchor).start - day).days) <= 2
        if back is not None and day >= back[0]:
            level, back = back[1], None
        elif dice.random() < (3 * pace if is_edge else pace):
            new = _draw_level(dice, level)
            if back is None and dice.random() < 0.5:
                back = (day + timedelta(days=dice.randint(1, 10)), level)
            level = new
        seats[day] = level
        day += ONE_DAY
    return seats


def _draw_level(dice: Random, level: int) -> int:
    match dice.randrange(10):
        case 0:
            return 0
        case 1:
            return min(LARGEST, level + dice.randint(20, 200))
        case 2:
            return level // 2
        case 3 | 4 | 5:
            return max(0, level - dice.randint(1, 3))
        case _:
            return level + dice.randint(1, 3)


def _draw_invoice_days(dice: Random, frame: _Frame) -> list[date]:
    habit = dice.choice(("on time", "early", "late", "mixed"))
    made = []
    for start in frame.periods:
        due = start if frame.mode == "advance" else find_period(start, frame.anchor).end
        how = dice.choice(("on time", "early", "late")) if habit == "mixed" else habit
        days = {"on time": 0, "early": -dice.randint(1, 3), "late": dice.randint(1, 9)}[how]
        made.append(due + timedelta(days=days))
    return made


def _draw_readings(dice: Random, frame: _Frame, seats: dict[date, int], made: list[date]) -> tuple[Reading, ...]:
    """One reading for each night that ran; after each invoice there is a known one before long."""
    runs = dice.choice((1.0, 1.0, 0.6, 0.3))
    unknown = dice.choice((0.0, 0.05, 0.25))
    readings: dict[date, Reading] = {}
    is_out = False
    for day, quantity in seats.items():
        is_out = dice.random() < (0.6 if is_out else unknown)
        if day == frame.first or dice.random() < runs:
            readings[day] = Reading(day, None if is_out else quantity)
    for invoiced in made:
        wanted = [day for day in (invoiced + n * ONE_DAY for n in range(1, NIGHTS_TO_ACT.days + 1)) if day in seats]
        if wanted and all(day not in readings or readings[day].quantity is None for day in wanted):
            day = dice.choice(wanted)
            readings[day] = Reading(day, seats[day])
    return tuple(readings[day] for day in sorted(readings))


def _draw_prices(dice: Random, frame: _Frame) -> tuple[Price, ...]:
    first = Price(date(2020, 1, 1), Decimal(dice.choice(PRICES)))
    if dice.random() < 0.8:
        return (first,)
    return (
        first,
        Price(dice.choice(frame.periods[1:]) + dice.choice((0, 0, 9)) * ONE_DAY, Decimal(dice.choice(PRICES))),
    )


def _second_readings(dice: Random, scenario: Scenario, is_morning: bool) -> Scenario:
    """The scenario with some days read twice, where the rules decide what that means."""
    for _ in range(dice.choice((0, 0, 1, 3, 6))):
        place = dice.randrange(len(scenario.readings))
        night = scenario.readings[place]
        if night.quantity is None:
            continue
        again = Reading(night.day, dice.choice((None, night.quantity, _draw_level(dice, night.quantity))))
        readings = (*scenario.readings[: place + 1], again, *scenario.readings[place + 1 :])
        made = [(invoice.period, invoice.made) for invoice in scenario.invoices]
        invoices = place_invoices(readings, made, is_morning)
        candidate = replace(scenario, readings=readings, invoices=invoices)
        if not judge_scope(candidate):
            scenario = candidate
    return scenario
