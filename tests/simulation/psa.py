"""ConnectWise in memory: agreements, additions and invoices, answers that get lost, effects that come late."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any, override

import httpx

from tests.simulation.faults import Faults, Process
from tests.simulation.wires import Reply, WireTransport

ORIGIN = "https://api-na.myconnectwise.net"
API = "/v2026_4/apis/3.0"
ONE_DAY = timedelta(days=1)
IDS = re.compile(r"(\S+) in \(([0-9,]*)\)")
NAMED = re.compile(r"\bid=(\d+)$")
SINCE = re.compile(r"date>=\[(\d{4}-\d{2}-\d{2})")

HIDDEN = "ended additions are in no list"

BY_CATALOG = {"unitCost": 15.5, "taxableFlag": True}
"""What the catalog says of every product's cost and tax, where a POST says nothing."""

type Operations = list[dict[str, Any]]
type Act = Callable[[], dict[str, Any] | None]
type Row = dict[str, Any]


@dataclass
class PsaState:
    """What ConnectWise knows, and what it was asked.

    `catalog` is what products cost, by their numbers. `in_arrears` are agreements whose invoice covers the month before
    its date. `billed_through` is the last day of each addition that an invoice has billed. Where it `hides_ended`,
    additions that ended before `local_day` are in no list and no count, and are found by their number alone. While
    `is_out` nobody gets an answer. `on_asked` hears of every request that arrives and `on_answered` of every write
    whose answer leaves (or does not).
    """

    late_effect_limit: timedelta
    agreements: dict[int, Row] = field(default_factory=dict)
    additions: dict[int, list[Row]] = field(default_factory=dict)
    catalog: dict[int, float] = field(default_factory=dict)
    next_id: int = 9001
    calls: Counter[str] = field(default_factory=Counter)
    on_created: Callable[[int, Row], None] | None = None
    on_changed: Callable[[int, Row], None] | None = None
    on_asked: Callable[[str, str, Any], None] | None = None
    in_arrears: set[int] = field(default_factory=set)
    invoices: list[Row] = field(default_factory=list)
    billed_through: dict[int, date] = field(default_factory=dict)
    is_out: bool = False
    hides_ended: bool = False
    local_day: Callable[[], date] = lambda: date.min

    @property
    def writes(self) -> int:
        """How often it was asked to make or to change an addition."""
        return self.calls["POST"] + self.calls["PATCH"]

    def create(self, agreement_id: int, body: Row) -> Row:
        """Add the addition, as the POST that landed at last."""
        row = {"id": self.next_id, "agreementId": agreement_id, "cancelledDate": None, **BY_CATALOG, **body}
        self.next_id += 1
        self.additions[agreement_id].append(row)
        if self.on_created is not None:
            self.on_created(agreement_id, row)
        return row

    def find(self, agreement_id: int, addition_id: int) -> Row | None:
        """The addition, if the agreement has it."""
        return next((row for row in self.additions.get(agreement_id, []) if row["id"] == addition_id), None)

    def list_additions(self, agreement_id: int) -> list[Row]:
        """The additions of an agreement that it lists."""
        rows = self.additions[agreement_id]
        if not self.hides_ended:
            return rows
        today = self.local_day()
        return [row for row in rows if row["cancelledDate"] is None or read_day(row["cancelledDate"]) >= today]

    def change(self, agreement_id: int, addition_id: int, operations: Operations) -> Row | None:
        """Set the fields, as the PATCH that landed at last; None where the addition is gone by now."""
        row = self.find(agreement_id, addition_id)
        if row is None:
            return None
        row.update({each["path"].removeprefix("/"): each["value"] for each in operations})
        if self.on_changed is not None:
            self.on_changed(agreement_id, row)
        return row

    def find_payer(self, agreement_id: int) -> int:
        """The agreement that is invoiced for it: its parent, or itself."""
        parent = self.agreements[agreement_id].get("parentAgreement")
        return agreement_id if parent is None else int(parent["id"])

    def invoice(self, agreement_id: int) -> Iterator[tuple[Row, date, date]]:
        """Make the agreement's next invoice, its children's additions included, and move the day of the one after it.

        Each addition with the first and the last day that the invoice bills of it: what no invoice has billed is caught
        up. Money is not played here: `tests.timelines` compares that.
        """
        agreement = self.agreements[agreement_id]
        due = read_day(agreement["nextInvoiceDate"])
        following = move_month(due)
        last = due - ONE_DAY if agreement_id in self.in_arrears else following - ONE_DAY
        agreement["nextInvoiceDate"] = spell_day(following)
        number = len(self.invoices) + 1
        self.invoices.append(
            {"id": number, "type": "Agreement", "date": spell_day(due), "agreement": {"id": agreement_id}}
            | {"invoiceNumber": str(number), "agreementAmount": 0}
        )
        for each, rows in self.additions.items():
            for row in rows if self.find_payer(each) == agreement_id else []:
                start = read_day(row["effectiveDate"])
                billed = self.billed_through.get(row["id"])
                first = start if billed is None else max(start, billed + ONE_DAY)
                end = last if row["cancelledDate"] is None else min(last, read_day(row["cancelledDate"]))
                if first <= end:
                    self.billed_through[row["id"]] = end
                    yield row, first, end

    def find_invoiced_through(self, agreement_id: int) -> date:
        """P: the last day that the agreement's invoices have billed."""
        payer_id = self.find_payer(agreement_id)
        due = read_day(self.agreements[payer_id]["nextInvoiceDate"])
        return (move_month(due, -1) if payer_id in self.in_arrears else due) - ONE_DAY


@dataclass
class PsaWire:
    """One process's line to ConnectWise."""

    state: PsaState
    faults: Faults
    process: Process

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], params: Mapping[str, str], body: Any
    ) -> Reply:
        """The status and the body. Raises httpx.TransportError where no answer comes."""
        operation = f"psa {method}"
        is_calm = method == "GET" and self.faults.random.random() < 0.5
        await self.faults.pass_point(self.process, f"{operation}:before", is_read=is_calm)
        self.state.calls[method] += 1
        if self.state.is_out:
            self.faults.fired["psa out"] += 1
            raise httpx.ConnectError("connection refused")
        mishap = self.faults.draw_answer(operation)
        if mishap == "reset":
            raise httpx.ConnectError("connection refused")
        if mishap in ("429", "500", "503"):
            return int(mishap), None
        path = path.removeprefix(API)
        if self.state.on_asked is not None:
            self.state.on_asked(method, path, body)
        reply = await self._act(method, path, params, body, mishap)
        await self.faults.pass_point(self.process, f"{operation}:after", is_read=True)
        return reply

    async def _act(self, method: str, path: str, params: Mapping[str, str], body: Any, mishap: str | None) -> Reply:
        match method, path.strip("/").split("/"):
            case "POST", ["finance", "agreements", agreement_id, "additions"]:
                return await self._write(partial(self.state.create, int(agreement_id), body), 201, mishap)
            case "PATCH", ["finance", "agreements", agreement_id, "additions", addition_id]:
                if not is_patch(body):
                    return 400, {"code": "InvalidObject", "message": "x"}
                if self.state.find(int(agreement_id), int(addition_id)) is None:
                    return 404, {"code": "NotFound", "message": "x"}
                change = partial(self.state.change, int(agreement_id), int(addition_id), body)
                return await self._write(change, 200, mishap)
            case "GET", parts:
                status, found = self._read(parts, params)
                is_short = mishap == "short" and path.endswith("/additions")
                return status, found[:-1] if is_short else found
            case _:
                raise AssertionError(f"the simulated ConnectWise has no {method} {path}")

    async def _write(self, act: Act, status: int, mishap: str | None) -> Reply:
        if mishap == "late":
            delay = self.faults.random.uniform(0.0, self.state.late_effect_limit.total_seconds())
            asyncio.get_running_loop().call_later(delay, act)
            raise httpx.ReadTimeout("no answer")
        row = act()
        if mishap == "404-after":
            return 404, None
        if mishap == "lost":
            raise httpx.ReadError("connection reset")
        if mishap == "slow":
            await asyncio.sleep(self.faults.random.uniform(0.0, 30.0))
            self.process.check()
        return status, None if row is None else dict(row)

    def _read(self, parts: list[str], params: Mapping[str, str]) -> Reply:
        state = self.state
        match parts:
            case ["login", "companyinfo", _]:
                return 200, {"Codebase": "v2026_4/"}
            case ["company", "companies"]:
                return 200, [{"id": int(number)} for number in NAMED.findall(params["conditions"])]
            case ["finance", "agreements"]:
                return 200, list_agreements(state, params["conditions"])
            case ["procurement", "catalog"]:
                return 200, [{"id": number, "price": price} for number, price in sorted(state.catalog.items())]
            case ["finance", "invoices"]:
                return 200, list_invoices(state, params["conditions"])
            case ["finance", "agreements", agreement_id, "additions", "count"]:
                return 200, {"count": len(state.list_additions(int(agreement_id)))}
            case ["finance", "agreements", agreement_id, "additions"]:
                listed = state.list_additions(int(agreement_id))
                self.faults.fired[HIDDEN] += len(listed) < len(state.additions[int(agreement_id)])
                return 200, [dict(row) for row in listed]
            case ["finance", "agreements", agreement_id, "additions", addition_id]:
                found = state.find(int(agreement_id), int(addition_id))
                return (404, {}) if found is None else (200, dict(found))
            case _:
                raise AssertionError(f"the simulated ConnectWise has no {'/'.join(parts)}")


class PsaTransport(WireTransport):
    """One process's line to ConnectWise below the real client."""

    def __init__(self, state: PsaState, faults: Faults, process: Process) -> None:
        super().__init__(PsaWire(state, faults, process))

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await super().handle_async_request(request)


def list_agreements(state: PsaState, conditions: str) -> list[Row]:
    """Agreements by `id in (…)`, by that of their parent, or of one company."""
    wanted = find_ids(conditions)
    company = NAMED.search(conditions)
    if company is not None:
        return [dict(row) for _, row in sorted(state.agreements.items()) if row["company"]["id"] == int(company[1])]
    return [
        dict(row)
        for key, row in sorted(state.agreements.items())
        if key in wanted.get("id", ())
        or (row.get("parentAgreement") or {}).get("id") in wanted.get("parentAgreement/id", ())
    ]


def list_invoices(state: PsaState, conditions: str) -> list[Row]:
    """Agreement invoices of the named agreements, from a day on."""
    wanted, since = find_ids(conditions)["agreement/id"], SINCE.search(conditions)
    first = "" if since is None else since[1]
    return [dict(row) for row in state.invoices if row["agreement"]["id"] in wanted and row["date"][:10] >= first]


def find_ids(conditions: str) -> dict[str, set[int]]:
    """The ids of each `field in (…)` of the conditions."""
    return {field_name: {int(each) for each in ids.split(",")} for field_name, ids in IDS.findall(conditions)}


def is_patch(operations: Any) -> bool:
    """Whether a body is an array of replacements, which is all that we send."""
    return isinstance(operations, list) and all(
        isinstance(each, dict) and each.keys() == {"op", "path", "value"} and each["op"] == "replace"
        for each in operations
    )


def read_day(text: str) -> date:
    """The day of a ConnectWise date-time."""
    return date.fromisoformat(text[:10])


def spell_day(day: date) -> str:
    """A day as ConnectWise keeps it."""
    return f"{day.isoformat()}T00:00:00Z"


def move_month(day: date, months: int = 1) -> date:
    """The same day some months on; no day after the 28th is used here."""
    month = day.month - 1 + months
    return date(day.year + month // 12, month % 12 + 1, day.day)
