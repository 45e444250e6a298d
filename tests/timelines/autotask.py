"""Seat timelines on Autotask: real nights write adjustments, the simulator's rows are what they cost.

Only stories that the rules decide to the day: one reading a night, every night, and nothing moves from four days before
a period begins through the day after, where a period may have had its one adjustment (billing rules, 7).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Literal, override

from local.simulators.autotask.contract_periods import Term
from local.simulators.autotask.units import Adjustment, make_parts
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import AutotaskClient, Credentials
from tests.oracle.autotask import Row, expect_rows
from tests.oracle.facts import ONE_DAY, Price, Reading, Scenario, find_period, list_days, place_invoices
from tests.simulation.autotask import ORIGIN, AutotaskState, AutotaskWire
from tests.simulation.faults import Process
from tests.simulation.psa import spell_day
from tests.simulation.wires import ShortClient
from tests.timelines.reader import SKU
from tests.timelines.world import AGREEMENT, CONNECTION, CUSTOMER, ZONE, NothingBreaks, World

PERIODS = 3
QUIET_BEFORE, QUIET_AFTER = 4, 1
KEYS = Credentials("api@msp.example", "secret", "TRACKING")
LAST_DAY = date(2031, 12, 31)


@dataclass
class AutotaskTimeline(World):
    """The world of a timeline with a contract in place of an agreement."""

    autotask: AutotaskState = field(default_factory=lambda: AutotaskState(timedelta(minutes=10)))

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        scenario = self.scenario
        starts_on = find_period(scenario.readings[0].day, scenario.anchor).start
        self.autotask.contracts[AGREEMENT] = {
            "id": AGREEMENT,
            "contractName": "Managed Services",
            "companyID": 1,
            "contractType": 7,
            "contractPeriodType": 2,
            "status": 1,
            "startDate": spell_day(starts_on),
            "endDate": spell_day(LAST_DAY),
        }
        self.autotask.posted_through[AGREEMENT] = scenario.invoices[0].period - ONE_DAY
        self.autotask.catalog_price = float(scenario.prices[0].amount)
        faults = NothingBreaks(Random(0))
        web = ShortClient(ORIGIN, AutotaskWire(self.autotask, faults, Process("worker")), faults)
        psa = AutotaskPsa(CONNECTION, AutotaskClient(web, KEYS), self.local_day)
        self.outside = replace(self.outside, connections={CONNECTION: psa})
        customer = self.disk.customers[CUSTOMER]
        self.disk.customers[CUSTOMER] = replace(customer, prorates=scenario.prorates)

    def local_day(self) -> date:
        """Today in the MSP's zone."""
        return self.clock.astimezone(ZONE).date()


def draw_autotask(seed: int) -> Scenario:
    """The scenario of a seed; the same one every time."""
    dice = Random(f"autotask {seed}")
    anchor = dice.choice((1, 1, 15, 28))
    mode: Literal["advance", "arrears"] = dice.choice(("advance", "arrears"))
    period = find_period(date(dice.choice((2026, 2027, 2028)), dice.randint(1, 12), 28), anchor)
    first = period.start + timedelta(days=dice.choice((2, 5, 12)))
    starts = [period.start]
    while len(starts) < PERIODS:
        starts.append(find_period(find_period(starts[-1], anchor).end, anchor).start)
    last = find_period(starts[-1], anchor).end + timedelta(days=3)
    readings, level = [], dice.choice((1, 5, 10, 25))
    for day in list_days(first, last):
        if day != first and not is_quiet(day, anchor) and dice.random() < 0.15:
            level = max(1, level + dice.choice((-3, -2, -1, 1, 2, 5)))
        readings.append(Reading(day, level))
    posted = starts[1:] if mode == "advance" else starts[:-1]
    made = [(start, start if mode == "advance" else find_period(start, anchor).end) for start in posted]
    prices = [Price(date(2020, 1, 1), Decimal(dice.choice(("4.10", "12.99", "20.00", "33.33"))))]
    if mode == "advance" and dice.random() < 0.4:
        prices.append(Price(starts[-1], Decimal(dice.choice(("5.00", "19.99")))))
    return Scenario(
        readings=tuple(readings),
        prices=tuple(prices),
        start=first,
        invoices=place_invoices(readings, made),
        prorates=dice.random() < 0.7,
        credits_on=dice.random() < 0.3,
        mode=mode,
        anchor=anchor,
    )


def is_quiet(day: date, anchor: int) -> bool:
    """Whether nothing moves on a day: a period begins soon, or has just begun."""
    near = (day + timedelta(days=number) for number in range(-QUIET_AFTER, QUIET_BEFORE + 1))
    return any(find_period(each, anchor).start == each for each in near)


def play_autotask_timeline(scenario: Scenario) -> tuple[AutotaskTimeline, int]:
    """The world at the end, and how many writes the run made that was repeated on the last day."""
    return asyncio.run(tell(scenario))


async def tell(scenario: Scenario) -> tuple[AutotaskTimeline, int]:
    """Every reading in its order, and each posting after those that it has seen."""
    world, done = AutotaskTimeline(scenario), 0
    for invoice in scenario.invoices:
        await read(world, done, invoice.seen)
        world.autotask.posted_through[AGREEMENT] = find_period(invoice.period, scenario.anchor).end - ONE_DAY
        done = invoice.seen
    await read(world, done, len(scenario.readings))
    before = world.autotask.writes
    day = scenario.readings[-1].day
    await world.read_on(day, {SKU: scenario.readings[-1].quantity or 0})
    return world, world.autotask.writes - before


async def read(world: AutotaskTimeline, first: int, end: int) -> None:
    """The readings numbered from `first` up to `end`."""
    for reading in world.scenario.readings[first:end]:
        await world.read_on(reading.day, None if reading.quantity is None else {SKU: reading.quantity})


def bill(world: AutotaskTimeline, horizon: date) -> tuple[Row, ...]:
    """What the local simulator's arithmetic makes of the adjustments that landed, before the horizon."""
    contract = world.autotask.contracts[AGREEMENT]
    term = Term(date.fromisoformat(contract["startDate"][:10]), horizon - ONE_DAY, 1)
    rows: list[Row] = []
    for service in world.autotask.services.values():
        landed = [
            Adjustment(each.number, each.effective_on, each.units, None if each.price is None else money(each.price))
            for each in world.autotask.adjustments
            if each.service_id == service["id"]
        ]
        parts = make_parts(term, money(service["unitPrice"]), Decimal(0), landed)
        rows += [Row(part.first, part.last + ONE_DAY, part.units, part.price) for part in parts if part.units]
    return tuple(rows)


def money(amount: float) -> Decimal:
    """An amount as Autotask keeps it."""
    return Decimal(str(amount))


def find_horizon(scenario: Scenario) -> date:
    """The first day that is not compared: the end of the last period that was read to its end."""
    return find_period(scenario.readings[-1].day, scenario.anchor).start


def compare(scenario: Scenario) -> tuple[tuple[Row, ...], tuple[Row, ...], list[str]]:
    """What was billed and what had to be, before the horizon, and what must never happen."""
    world, rewrites = play_autotask_timeline(scenario)
    horizon = find_horizon(scenario)
    troubles = [*world.troubles, *([f"{rewrites} writes of the repeated run"] if rewrites else [])]
    return bill(world, horizon), expect_rows(scenario, horizon), troubles
