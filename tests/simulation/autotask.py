"""Autotask in memory: contracts, services, units made of adjustments, posted periods; answers lost, effects late."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from tests.simulation.faults import Faults, Process
from tests.simulation.psa import Row, move_month, spell_day
from tests.simulation.wires import Reply

ORIGIN = "https://webservices5.autotask.net"
API = "/atservicesrest/v1.0"
ONE_DAY = timedelta(days=1)
PAGE = 5
LIMIT = 10_000
CALM, SPENT = 120, 7600
POSTED = (
    "Unable to make changes as it would result in the deletion/modification of an already approved and posted contract "
    "period"
)
DUPLICATE = "Attempt to insert duplicate data into contract_service_period"
TEXT_LENGTH = 100

type Act = Callable[[], Row | None]


class Refused(Exception):
    """What Autotask answers with a 500 and this text."""


@dataclass(frozen=True)
class Adjustment:
    """So many units more or fewer from a day on, and by whom: a person, or the key of nobody's business."""

    number: int
    service_id: int
    effective_on: date
    units: int
    price: float | None
    is_ours: bool


@dataclass
class AutotaskState:
    """What Autotask knows, and what it was asked.

    `posted_through` is the last posted day of each contract, whose periods are calendar months. Where `refuses_second`
    it takes one adjustment a day of each service, and where it `refuses_posted` none of a day whose row is posted.
    `stamped` are the services and first days of the rows that were there when their period was posted. `catalog_price`
    is that of a service that is made without one.
    `bundles` are those on contracts, with their `bundle_units`; `bundled` are the services inside each kind of bundle.
    """

    late_effect_limit: timedelta
    contracts: dict[int, Row] = field(default_factory=dict)
    services: dict[int, Row] = field(default_factory=dict)
    bundles: dict[int, Row] = field(default_factory=dict)
    bundled: dict[int, Row] = field(default_factory=dict)
    bundle_units: dict[int, Row] = field(default_factory=dict)
    adjustments: list[Adjustment] = field(default_factory=list)
    posted_through: dict[int, date] = field(default_factory=dict)
    stamped: set[tuple[int, str]] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    is_out: bool = False
    is_spent: bool = False
    refuses_second: bool = True
    refuses_posted: bool = False
    next_id: int = 9001
    catalog_price: float = 20.0
    made: dict[int, tuple[object, list[Row]]] = field(default_factory=dict)
    on_service: Callable[[Row], None] = lambda row: None
    on_adjusted: Callable[[Adjustment], None] = lambda adjustment: None
    on_asked: Callable[[str, Any], None] = lambda path, body: None

    @property
    def writes(self) -> int:
        """How often it was asked to make or to change something."""
        return self.calls["POST"] + self.calls["PATCH"]

    def take_number(self) -> int:
        """The next id of anything."""
        self.next_id += 1
        return self.next_id - 1

    def add_service(self, contract_id: int, body: Row) -> Row:
        """A contract service without units."""
        row = {
            "id": self.take_number(),
            "contractID": contract_id,
            "unitPrice": self.catalog_price,
            "invoiceDescription": "",
            **body,
        }
        self.services[row["id"]] = row
        self.on_service(row)
        return row

    def change_service(self, body: Row) -> Row:
        """Another text of a contract service."""
        row = self.services[body["id"]]
        row.update(body)
        return row

    def adjust(self, service_id: int, day: date, units: int, price: float | None = None, *, is_ours: bool) -> None:
        """An adjustment, as it lands. Raises Refused."""
        contract = self.contracts[self.services[service_id]["contractID"]]
        if not contract["startDate"][:10] <= day.isoformat() <= contract["endDate"][:10]:
            raise Refused("ContractServiceAdjustment effectiveDate must be between the start date and end date")
        own = [each for each in self.adjustments if each.service_id == service_id]
        if self.refuses_second and any(each.effective_on == day for each in own):
            raise Refused(DUPLICATE)
        self.refuse_posted(service_id, day)
        made = Adjustment(self.take_number(), service_id, day, units, price, is_ours)
        if any(self.sum_units(service_id, each, made) < 0 for each in {day, *(each.effective_on for each in own)}):
            raise Refused("The adjustment would result in a negative number of units.")
        self.adjustments.append(made)
        self.on_adjusted(made)

    def post(self, contract_id: int, through: date) -> None:
        """Post a contract through a day: the rows that there are by now."""
        own = [number for number, row in self.services.items() if row["contractID"] == contract_id]
        due = [row for number in own for row in self.find_rows(number) if row["startDate"] <= spell_day(through)]
        self.stamped |= {(row["contractServiceID"], row["startDate"]) for row in due}
        self.posted_through[contract_id] = through

    def refuse_posted(self, service_id: int, day: date) -> None:
        """Raises Refused where the row of units of a day is posted, and such days are refused."""
        spelled = spell_day(day)
        rows = self.find_rows(service_id) if self.refuses_posted else []
        if any(each["startDate"] <= spelled <= each["endDate"] and each["approveAndPostDate"] for each in rows):
            raise Refused(POSTED)

    def sum_units(self, service_id: int, day: date, more: Adjustment | None = None) -> int:
        """The units of a service on a day; with one more adjustment, if given."""
        known = self.adjustments if more is None else [*self.adjustments, more]
        return sum(each.units for each in known if each.service_id == service_id and each.effective_on <= day)

    def price_of(self, service_id: int, day: date) -> float:
        """What a unit costs on a day."""
        own = [each for each in self.adjustments if each.service_id == service_id and each.effective_on <= day]
        sent = [each.price for each in sorted(own, key=lambda each: each.effective_on) if each.price is not None]
        return sent[-1] if sent else float(self.services[service_id]["unitPrice"])

    def list_rows(self, service_id: int) -> Iterator[Row]:
        """The unit rows of a service: one a month, cut where an adjustment takes effect inside it."""
        service = self.services[service_id]
        contract = self.contracts[service["contractID"]]
        days = sorted(each.effective_on for each in self.adjustments if each.service_id == service_id)
        start, end = (date.fromisoformat(contract[name][:10]) for name in ("startDate", "endDate"))
        posted = self.posted_through.get(service["contractID"], date.min)
        month = start
        while days and month <= end:
            last = min(move_month(month) - ONE_DAY, end)
            cuts = sorted({max(month, day) for day in days if day <= last})
            for place, first in enumerate(cuts):
                until = cuts[place + 1] - ONE_DAY if place + 1 < len(cuts) else last
                units = self.sum_units(service_id, first)
                share = ((until - first).days + 1) / ((move_month(month) - month).days)
                is_posted = last <= posted and (first == month or (service_id, spell_day(first)) in self.stamped)
                yield {
                    "id": int(f"{service_id}{first:%y%m%d}"),
                    "contractID": service["contractID"],
                    "contractServiceID": service_id,
                    "startDate": spell_day(first),
                    "endDate": spell_day(until),
                    "units": units,
                    "price": round(units * self.price_of(service_id, first) * share, 2),
                    "approveAndPostDate": spell_day(first) if is_posted else None,
                }
            month = move_month(month)

    def find_rows(self, service_id: int) -> list[Row]:
        """The unit rows of a service, made anew where something moved since."""
        contract_id = self.services[service_id]["contractID"]
        adjusted = sum(each.service_id == service_id for each in self.adjustments)
        moved = (adjusted, self.posted_through.get(contract_id), self.contracts[contract_id]["endDate"])
        known = self.made.get(service_id)
        if known is None or known[0] != moved:
            known = self.made[service_id] = (moved, list(self.list_rows(service_id)))
        return known[1]

    def list_entity(self, entity: str) -> list[Row]:
        """All rows of an entity, in the order of their ids."""
        match entity:
            case "Companies":
                rows = [{"id": number} for number in {row["companyID"] for row in self.contracts.values()}]
            case "Contracts":
                rows = list(self.contracts.values())
            case "ContractServices":
                rows = list(self.services.values())
            case "Services":
                numbers = {row["serviceID"] for row in self.services.values()}
                rows = [{"id": number, "unitPrice": self.catalog_price} for number in numbers]
            case "ContractServiceUnits":
                rows = [row for service_id in self.services for row in self.find_rows(service_id)]
            case "BillingItems":
                rows = []
            case "ContractServiceBundles":
                rows = list(self.bundles.values())
            case "ContractServiceBundleUnits":
                rows = list(self.bundle_units.values())
            case "ServiceBundleServices":
                rows = list(self.bundled.values())
            case _:
                raise AssertionError(f"the simulated Autotask has no {entity}")
        return sorted(rows, key=lambda row: int(row["id"]))


@dataclass
class AutotaskWire:
    """One process's line to Autotask."""

    state: AutotaskState
    faults: Faults
    process: Process

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], params: Mapping[str, str], body: Any
    ) -> Reply:
        """The status and the body. Raises httpx.TransportError where no answer comes. A query counts as a GET."""
        assert headers["UserName"] and headers["Secret"] and headers["ApiIntegrationCode"]
        path = path.removeprefix(API + "/")
        is_write = method != "GET" and "/query" not in path
        kind = method if is_write else "GET"
        is_calm = not is_write and self.faults.random.random() < 0.5
        await self.faults.pass_point(self.process, f"psa {kind}:before", is_read=is_calm)
        self.state.calls[kind] += 1
        if self.state.is_out:
            self.faults.fired["psa out"] += 1
            raise httpx.ConnectError("connection refused")
        mishap = self.faults.draw_answer(f"psa {kind}")
        if mishap == "reset":
            raise httpx.ConnectError("connection refused")
        if mishap in ("429", "500", "503"):
            return int(mishap), None
        self.state.on_asked(path, body)
        try:
            reply = await self._write(method, path, body, mishap) if is_write else self._read(path, params, body)
        except Refused as error:
            reply = 500, {"errors": [str(error)]}
        if mishap == "short" and isinstance(reply[1], dict) and reply[1].get("items"):
            reply[1]["items"] = reply[1]["items"][:-1]
        await self.faults.pass_point(self.process, f"psa {kind}:after", is_read=True)
        return reply

    async def _write(self, method: str, path: str, body: Row, mishap: str | None) -> Reply:
        act = self._find_act(method, path, body)
        if mishap in ("late", "lag"):
            if mishap == "lag" and path.endswith("ServiceAdjustments"):
                # What is answered as taken was not refused.
                self.state.refuse_posted(body["contractServiceID"], date.fromisoformat(body["effectiveDate"]))
            delay = self.faults.random.uniform(0.0, self.state.late_effect_limit.total_seconds())
            asyncio.get_running_loop().call_later(delay, self._land_late, act)
            if mishap == "lag" and path.endswith("ServiceAdjustments"):
                return 200, {"itemId": None}
            raise httpx.ReadTimeout("no answer")
        row = act()
        if mishap == "404-after":
            return 404, None
        if mishap == "lost":
            raise httpx.ReadError("connection reset")
        if mishap == "slow":
            await asyncio.sleep(self.faults.random.uniform(0.0, 30.0))
            self.process.check()
        return 200, {"itemId": None if row is None else row["id"]}

    def _land_late(self, act: Act) -> None:
        """What lands late may be refused by then; nobody hears of it."""
        try:
            act()
        except Refused:
            self.faults.fired["refused, and nobody heard"] += 1

    def _find_act(self, method: str, path: str, body: Row) -> Act:
        state = self.state
        match method, path.split("/"):
            case "POST", ["Contracts", contract_id, "Services"]:
                return lambda: state.add_service(int(contract_id), body)
            case "PATCH", ["Contracts", _, "Services"]:
                return lambda: state.change_service(body)
            case "POST", ["Contracts", _, "ServiceAdjustments"]:
                day, price = date.fromisoformat(body["effectiveDate"]), body.get("adjustedUnitPrice")
                assert "allowRepeatService" not in body
                return lambda: state.adjust(body["contractServiceID"], day, body["unitChange"], price, is_ours=True)
            case _:
                raise AssertionError(f"the simulated Autotask has no {method} {path}")

    def _read(self, path: str, params: Mapping[str, str], body: Any) -> Reply:
        match path.split("/"):
            case ["ThresholdInformation"]:
                used = SPENT if self.state.is_spent else CALM
                counted = {"currentTimeframeRequestCount": used, "externalRequestThreshold": LIMIT}
                return 200, {**counted, "requestThresholdTimeframe": 60}
            case ["ContractServices", "entityInformation", "fields"]:
                return 200, {"fields": [{"name": "invoiceDescription", "length": TEXT_LENGTH}]}
            case ["Contracts", "entityInformation", "fields"]:
                return 200, {"fields": []}
            case [entity, "query", "count"]:
                return 200, {"queryCount": len(self._select(entity, body))}
            case [entity, "query", *rest]:
                return 200, self._page(entity, body, params if rest else {})
            case _:
                raise AssertionError(f"the simulated Autotask has no {path}")

    def _select(self, entity: str, body: Row) -> list[Row]:
        sets = [{**each, "value": frozenset(each["value"])} if each["op"] == "in" else each for each in body["Filter"]]
        return [row for row in self.state.list_entity(entity) if all(holds(row, each) for each in sets)]

    def _page(self, entity: str, body: Row, params: Mapping[str, str]) -> Row:
        rows = self._select(entity, body)
        after = json.loads(params["paging"])["nextIds"] if params else 0
        left = [row for row in rows if row["id"] > after]
        page, chosen = left[:PAGE], body["IncludeFields"]
        following = None
        if len(left) > PAGE:
            paging = quote(json.dumps({"nextIds": page[-1]["id"]}))
            following = f"{ORIGIN}{API}/{entity}/query/next?paging={paging}"
        items = [{name: row.get(name) for name in chosen} for row in page]
        return {"items": items, "pageDetails": {"count": len(items), "nextPageUrl": following}}


def holds(row: Row, condition: Row) -> bool:
    """Whether a row meets one condition of a filter."""
    value, wanted = row.get(condition["field"]), condition.get("value", "")
    match condition["op"]:
        case "eq":
            return bool(value == wanted)
        case "exist":
            return value is not None
        case "in":
            return value in wanted
        case "gte":
            return str(value) >= str(wanted)
        case _:
            raise AssertionError(f"the simulated Autotask has no {condition['op']}")
