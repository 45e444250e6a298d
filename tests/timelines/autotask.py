"""The same nights on one Autotask contract: its simulator without HTTP, its posting, its items against the oracle."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, override

import httpx

from local.simulators.autotask.budget import THRESHOLD, TIMEFRAME_MINUTES
from local.simulators.autotask.contract_periods import read_day, spell_day
from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.operations import THRESHOLD as THRESHOLD_PATH
from local.simulators.autotask.operations import find_target, operation_names
from local.simulators.autotask.posting import Accountant
from local.simulators.autotask.records import Records, complete
from local.simulators.autotask.service import Call, Service
from local.simulators.autotask.units import PostedRows
from local.simulators.faults import FaultBoard
from net.client import Answer, WebClient, make_answer
from plans.changes import HoldRule
from plans.controls import Controls
from plans.ports import Psa
from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import AutotaskClient, Credentials
from tests.oracle.facts import ONE_DAY, Reading, Scenario, find_period, list_days, place_invoices
from tests.oracle.invoicing import ExpectedInvoice, agrees, expect, find_price
from tests.oracle.telling import describe, explain
from tests.oracle.timelines import draw_scenario
from tests.timelines.comparing import count_seat_days
from tests.timelines.playing import Story, tell
from tests.timelines.world import AGREEMENT, CONNECTION, CUSTOMER, PRODUCT, ZONE, World

ORIGIN = "https://webservices5.autotask.net"
ROOT = "/atservicesrest"
BACKUP = 651
BACKUP_SERVICE = 9100
CALM_DAYS = 7
BRAKES = frozenset({HoldRule.TO_ZERO, HoldRule.LARGE_DROP, HoldRule.LARGE_RISE})
FIRST_YEAR, LAST_YEAR = 2021, 2030
CALM = {
    "externalRequestThreshold": THRESHOLD,
    "requestThresholdTimeframe": TIMEFRAME_MINUTES,
    "currentTimeframeRequestCount": 1,
}


class DirectAutotask(WebClient):
    """`net.client.WebClient` straight into the simulator's service; nothing fails, and no read is repeated."""

    def __init__(self, service: Service) -> None:
        self.origin = ORIGIN
        self.writes = 0
        self._service = service

    @override
    async def send(self, method: str, path: str, **request: Any) -> Answer:
        target = find_target(method, path[len(ROOT) :])
        self.writes += target.is_write
        body = json.dumps(request.get("json_body")).encode()
        call = Call(target, f"{ORIGIN}{ROOT}/V1.0", request.get("params") or {}, body)
        is_threshold = target.address is not None and target.address.kind == THRESHOLD_PATH
        status, content = (200, json.dumps(CALM).encode()) if is_threshold else self._ask(call)
        response = httpx.Response(status, request=httpx.Request(method, f"{ORIGIN}{path}"))
        return make_answer(response, content)

    def _ask(self, call: Call) -> tuple[int, bytes]:
        answer = self._service.answer(call)
        return answer.status, answer.content()

    @override
    async def read(
        self,
        method: str,
        path: str,
        *,
        is_definite: Callable[[Answer], bool] | None = None,
        explain: Callable[[Answer], str] | None = None,
        **request: Any,
    ) -> Answer:
        answer = await self.send(method, path, **request)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer


@dataclass(frozen=True)
class Item:
    """One billing item of the licence, for units on the days `first` through `last`."""

    units: int
    first: date
    last: date
    amount: Decimal


@dataclass(frozen=True)
class Habits:
    """What differs between MSPs and databases, and changes nothing of what is owed.

    The service that was there before is posted so many periods further than the licence. `posted_rows` is what becomes
    of a posted row when its period is adjusted. `refusals` are what Autotask refuses, of `contracts.SWITCHES`. Where a
    person `approves_brakes`, the usual thresholds stop what is unusual, and it is approved as soon as it is shown, long
    before its night.
    """

    periods_ahead: int = 0
    posted_rows: PostedRows = PostedRows.CUT
    refusals: tuple[str, ...] = ()
    approves_brakes: bool = False


ORDINARY = Habits()


@dataclass
class ContractDesk:
    """The MSP's accounting: posts the contract through the end of a period, and invoices what was posted."""

    records: Records
    scenario: Scenario
    habits: Habits = ORDINARY
    invoices: list[tuple[Item, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._post_ahead(self.scenario.invoices[0].period)

    def invoice(self) -> None:
        """The next invoice of the scenario."""
        period = find_period(self.scenario.invoices[len(self.invoices)].period, self.scenario.anchor)
        items = Accountant(self.records).post(period.end - ONE_DAY)
        ours = [item for item in items if item["serviceID"] == PRODUCT]
        self.invoices.append(tuple(self._read(item) for item in ours))
        self._post_ahead(period.end)

    def _post_ahead(self, start: date) -> None:
        """The other service alone, so many periods from that day on."""
        for _ in range(self.habits.periods_ahead):
            start = find_period(start, self.scenario.anchor).end
            Accountant(self.records).post(start - ONE_DAY, service_ids=[BACKUP_SERVICE])

    def _read(self, item: Mapping[str, Any]) -> Item:
        first = read_day(item["itemDate"])
        end = find_period(first, self.scenario.anchor).end
        last = min(end, self.scenario.ends or end) - ONE_DAY
        return Item(int(item["quantity"]), first, last, Decimal(str(item["totalAmount"])))


@dataclass
class AutotaskWorld(World):
    """A world whose one connection is an Autotask. `contract` are members of its contract besides the usual ones."""

    contract: dict[str, Any] = field(default_factory=dict)
    habits: Habits = ORDINARY

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.habits.approves_brakes:
            self.disk.controls = Controls()
            self.approved_rules = BRAKES

    @override
    def start_psa(self) -> Psa:
        database = make_database(self.scenario, self.contract) | {"postedRows": self.habits.posted_rows}
        self.records = Records(complete(database, self.now), self.now)
        self.board = FaultBoard(FAULT_NAMES, operation_names())
        for name in self.habits.refusals:
            self.board.add({"name": name})
        contracts = Contracts(self.records, self.board)
        self.line = DirectAutotask(Service(self.records, contracts))
        self.desk = ContractDesk(self.records, self.scenario, self.habits)
        customer = self.disk.customers[CUSTOMER]
        self.disk.customers[CUSTOMER] = replace(customer, prorates=self.scenario.prorates)
        return AutotaskPsa(CONNECTION, AutotaskClient(self.line, Credentials("user", "secret", "code")), self.local_day)

    def local_day(self) -> date:
        return self.now().astimezone(ZONE).date()

    @override
    def count_writes(self) -> int:
        return self.line.writes

    @override
    def invoice(self) -> None:
        self.desk.invoice()


def make_database(scenario: Scenario, contract: Mapping[str, Any]) -> dict[str, Any]:
    """One contract whose periods begin on the anchor's day, with a service that was there before, and the catalogue."""
    start = contract.get("startDate") or spell_day(date(FIRST_YEAR, 1, scenario.anchor))
    ends = scenario.ends or date(LAST_YEAR + 1, 1, 1)
    link = {"contractID": AGREEMENT, "serviceID": BACKUP}
    service = {**link, "id": BACKUP_SERVICE, "unitPrice": 65.0, "unitCost": 0.0, "internalDescription": None}
    names = {"name": "Licence", "invoiceDescription": "Licence", "billingCodeID": 71, "unitCost": 0.0}
    return {
        "companies": [],
        "contracts": [
            {
                "id": AGREEMENT,
                "companyID": 1,
                "contractName": "Microsoft 365",
                "contractType": 7,
                "contractPeriodType": 2,
                "status": 1,
                "startDate": start,
                "endDate": spell_day(ends - ONE_DAY),
                **contract,
            }
        ],
        "services": [
            {**names, "id": PRODUCT, "unitPrice": float(scenario.prices[0].amount)},
            {**names, "id": BACKUP, "unitPrice": 65.0},
        ],
        "contractServices": [{**service, "invoiceDescription": "Backup"}],
        "contractServiceAdjustments": [
            {**link, "id": 1, "contractServiceID": BACKUP_SERVICE, "effectiveDate": start, "unitChange": 1}
        ],
    }


def play(scenario: Scenario, habits: Habits = ORDINARY, **contract: Any) -> tuple[Story, list[tuple[Item, ...]]]:
    """The story on Autotask, on a contract with these members, and the items of each invoice."""
    world = AutotaskWorld(scenario, habits=habits, contract=contract)
    story = asyncio.run(tell(world))
    return story, world.desk.invoices


def find_differences(scenario: Scenario, habits: Habits = ORDINARY, **contract: Any) -> list[str]:
    """What is not as the oracle says: days, seats, money of each invoice; troubles; a second run that writes (R3)."""
    story, invoices = play(scenario, habits, **contract)
    found = list(story.troubles)
    if story.rewrites:
        found.append(f"R3: the last night was run again, and wrote {story.rewrites} times.")
    for expected, items in zip(expect(scenario).invoices, invoices, strict=True):
        if not is_right(scenario, expected, items):
            found.append("\n".join([explain(expected), "Autotask:", *(f"  {item}" for item in items)]))
    return [describe(scenario), *found, repr(scenario), repr(habits)] if found else []


def is_right(scenario: Scenario, expected: ExpectedInvoice, items: tuple[Item, ...]) -> bool:
    """The same seats on the same days, and each item its own share of its price, rounded once."""
    wanted = count_seat_days((line.seats, span.first, span.last) for line in expected.lines for span in line.spans)
    found = count_seat_days((item.units, item.first, item.last) for item in items)
    amount = sum((item.amount for item in items), Decimal(0))
    price = find_price(scenario, expected.invoice)
    own = all(item.amount == price_item(scenario, item, price) for item in items)
    return wanted == found and own and agrees(expected, amount, len(items) + len(expected.lines))


def price_item(scenario: Scenario, item: Item, price: Decimal) -> Decimal:
    """Units x price x days / days of the period, half up, whatever its sign."""
    days = len(list_days(item.first, item.last + ONE_DAY))
    exact = Fraction(price) * item.units * Fraction(days, find_period(item.first, scenario.anchor).days)
    cents = int(abs(exact) * 100 + Fraction(1, 2))
    return Decimal(cents if exact >= 0 else -cents).scaleb(-2)


def draw_habits(seed: int, scenario: Scenario) -> Habits:
    """The habits of a seed's MSP and database.

    Where another service alone says what is posted, a first price is that of the period after it, which the oracle does
    not know. It knows no PSA that refuses either: what is refused is drawn where nothing of it is owed.
    """
    dice = Random(f"habits {seed}")
    ahead = dice.choice((0, 0, 1, 2)) if len(scenario.prices) == 1 else 0
    rows = dice.choice((PostedRows.CUT, PostedRows.CUT, PostedRows.WHOLE_BESIDE_TOTALS))
    is_open = scenario.mode == "arrears" or not scenario.prorates
    possible = {
        "duplicate_period": True,
        "posted_period_refused": is_open and ahead == 0,
        "zero_refused": all(each.quantity for each in scenario.readings),
    }
    refusals = tuple(name for name, may_be in possible.items() if may_be and dice.random() < 0.5)
    return Habits(ahead, rows, refusals, approves_brakes=dice.random() < 0.5)


def draw_calm(seed: int) -> Scenario:
    """The scenario of a seed as Autotask can be told of it to the cent: a known reading every night, seats that change
    well inside a period, and no posting before its day.

    A service takes one adjustment a day, and what begins with a period is written a few nights before it is posted:
    what changes just then is billed a day later, or until the next period (billing rules, 7). What was posted already
    Autotask gives back by itself where credits are on, and catches up at the price of its own period; the oracle knows
    a PSA that does neither, so such stories are told without credits and at one price.
    """
    drawn = draw_scenario(seed)
    known = {each.day: each.quantity for each in drawn.readings if each.quantity is not None}
    readings, level, told = [], known[min(known)], known[min(known)]
    for day in list_days(min(known), drawn.readings[-1].day + ONE_DAY):
        told = known.get(day, told)
        level = told if is_calm(day, drawn.anchor) else level
        readings.append(Reading(day, level))
    in_arrears, has_seats = drawn.mode == "arrears", all(each.quantity for each in readings)
    return replace(
        drawn,
        start=readings[0].day,
        readings=tuple(readings),
        invoices=place_invoices(readings, list_postings(drawn)),
        prices=drawn.prices if in_arrears and has_seats else drawn.prices[:1],
        credits_on=drawn.credits_on and in_arrears,
    )


def is_calm(day: date, anchor: int) -> bool:
    """Whether a day is well inside its period."""
    period = find_period(day, anchor)
    return CALM_DAYS <= (day - period.start).days < period.days - CALM_DAYS


def list_postings(scenario: Scenario) -> list[tuple[date, date]]:
    """The first day of each period that is posted, and the day on which it is, never before it is due."""
    made = []
    for invoice in scenario.invoices:
        period = find_period(invoice.period, scenario.anchor)
        made.append((invoice.period, max(invoice.made, period.start if scenario.mode == "advance" else period.end)))
    return made


def draw_ending(seed: int) -> Scenario:
    """The story of a seed on a contract that ends: with the period of the last reading, or inside it."""
    drawn, dice = draw_calm(seed), Random(f"ends {seed}")
    period = find_period(drawn.readings[-1].day, drawn.anchor)
    is_whole = not drawn.prorates or dice.random() < 0.5
    ends = period.end if is_whole else period.start + timedelta(days=dice.randrange(1, period.days))
    readings = tuple(each for each in drawn.readings if each.day < ends)
    made = [each for each in list_postings(drawn) if each[0] < ends]
    return replace(drawn, readings=readings, invoices=place_invoices(readings, made), ends=ends)


def draw_unknown(seed: int) -> Scenario:
    """The calm story of a seed with its nights that read nothing, but for those around the posting: what falls is
    written then, and a posting without it is a credit that only a person can give."""
    drawn, calm = draw_scenario(seed), draw_calm(seed)
    known = {each.day for each in drawn.readings if each.quantity is not None}
    unread = {each.day for each in drawn.readings if each.day not in known and is_calm(each.day, calm.anchor)}
    readings = tuple(Reading(each.day, None) if each.day in unread else each for each in calm.readings)
    return replace(calm, readings=readings, invoices=place_invoices(readings, list_postings(calm)))


def draw_rising(seed: int) -> Scenario:
    """Seats that only come, on any day of a period, its first and its last ones too, and nights that read nothing on
    any day; more seats count from their day. A service takes one adjustment a day, and one reading a day is told."""
    drawn = draw_scenario(seed)
    last_of = {each.day: each.quantity for each in drawn.readings}
    first = min(day for day, quantity in last_of.items() if quantity is not None)
    readings, level = [], 0
    for day in list_days(first, drawn.readings[-1].day + ONE_DAY):
        quantity = last_of.get(day, level)
        level = max(level, quantity or 0)
        readings.append(Reading(day, None if quantity is None else level))
    invoices = place_invoices(readings, list_postings(drawn))
    told = replace(drawn, start=first, readings=tuple(readings), invoices=invoices)
    return replace(told, prices=drawn.prices[:1], prorates=True, credits_on=False)
