"""ConnectWise as a transport: agreements and additions in memory, answers that get lost, effects that come late."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, override
from urllib.parse import unquote_plus

import httpx

from tests.simulation.faults import Faults, Process

ORIGIN = "https://api-na.myconnectwise.net"
API = "/v2026_4/apis/3.0"

type Operations = list[dict[str, Any]]
type Act = Callable[[], dict[str, Any] | None]


@dataclass
class PsaState:
    """What ConnectWise knows, and what it was asked."""

    late_effect_limit: timedelta
    agreements: dict[int, dict[str, Any]] = field(default_factory=dict)
    additions: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    next_id: int = 9001
    calls: Counter[str] = field(default_factory=Counter)
    on_created: Callable[[int, dict[str, Any]], None] | None = None
    on_changed: Callable[[int, dict[str, Any]], None] | None = None

    @property
    def writes(self) -> int:
        """How often it was asked to make or to change an addition."""
        return self.calls["POST"] + self.calls["PATCH"]

    def create(self, agreement_id: int, body: dict[str, Any]) -> dict[str, Any]:
        """Add the addition, as the POST that landed at last."""
        row = {"id": self.next_id, "agreementId": agreement_id, "cancelledDate": None, **body}
        self.next_id += 1
        self.additions[agreement_id].append(row)
        if self.on_created is not None:
            self.on_created(agreement_id, row)
        return row

    def find(self, agreement_id: int, addition_id: int) -> dict[str, Any] | None:
        """The addition, if the agreement has it."""
        return next((row for row in self.additions.get(agreement_id, []) if row["id"] == addition_id), None)

    def change(self, agreement_id: int, addition_id: int, operations: Operations) -> dict[str, Any] | None:
        """Set the fields, as the PATCH that landed at last; None where the addition is gone by now."""
        row = self.find(agreement_id, addition_id)
        if row is None:
            return None
        row.update({each["path"].removeprefix("/"): each["value"] for each in operations})
        if self.on_changed is not None:
            self.on_changed(agreement_id, row)
        return row


@dataclass
class PsaTransport(httpx.AsyncBaseTransport):
    """One process's line to ConnectWise."""

    state: PsaState
    faults: Faults
    process: Process

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = f"psa {request.method}"
        await self.faults.pass_point(self.process, f"{operation}:before")
        self.state.calls[request.method] += 1
        mishap = self.faults.draw_answer(operation)
        if mishap == "reset":
            raise httpx.ConnectError("connection refused", request=request)
        if mishap in ("429", "500", "503"):
            return httpx.Response(int(mishap), html="<html>try later</html>", request=request)
        response = await self._act(request, mishap)
        await self.faults.pass_point(self.process, f"{operation}:after")
        return response

    async def _act(self, request: httpx.Request, mishap: str | None) -> httpx.Response:
        path = request.url.path.removeprefix(API)
        parts = path.strip("/").split("/")
        match request.method, parts:
            case "POST", ["finance", "agreements", agreement_id, "additions"]:
                body = json.loads(request.content)
                return await self._write(request, lambda: self.state.create(int(agreement_id), body), 201, mishap)
            case "PATCH", ["finance", "agreements", agreement_id, "additions", addition_id]:
                operations = json.loads(request.content)
                if not is_patch(operations):
                    return httpx.Response(400, json={"code": "InvalidObject", "message": "x"}, request=request)
                if self.state.find(int(agreement_id), int(addition_id)) is None:
                    return httpx.Response(404, json={"code": "NotFound", "message": "x"}, request=request)
                change = partial(self.state.change, int(agreement_id), int(addition_id), operations)
                return await self._write(request, change, 200, mishap)
            case "GET", _:
                response = self._read(request, path)
            case _:
                raise AssertionError(f"the simulated ConnectWise has no {request.method} {path}")
        if mishap == "short" and path.endswith("/additions"):
            return httpx.Response(200, json=response.json()[:-1], request=request)
        return response

    async def _write(self, request: httpx.Request, act: Act, status: int, mishap: str | None) -> httpx.Response:
        if mishap == "late":
            delay = self.faults.random.uniform(0.0, self.state.late_effect_limit.total_seconds())
            asyncio.get_running_loop().call_later(delay, act)
            raise httpx.ReadTimeout("no answer", request=request)
        row = act()
        if mishap == "404-after":
            return httpx.Response(404, request=request)
        if mishap == "lost":
            raise httpx.ReadError("connection reset", request=request)
        if mishap == "slow":
            await asyncio.sleep(self.faults.random.uniform(0.0, 30.0))
            self.process.check()
        return httpx.Response(status, json=row, request=request)

    def _read(self, request: httpx.Request, path: str) -> httpx.Response:
        parts = path.strip("/").split("/")
        match parts:
            case ["login", "companyinfo", _]:
                return httpx.Response(200, json={"Codebase": "v2026_4/"}, request=request)
            case ["finance", "agreements"]:
                wanted = parse_ids(request)
                rows = [row for key, row in sorted(self.state.agreements.items()) if key in wanted]
                return httpx.Response(200, json=rows, request=request)
            case ["finance", "invoices"]:
                return httpx.Response(200, json=[], request=request)
            case ["finance", "agreements", agreement_id, "additions", "count"]:
                count = len(self.state.additions[int(agreement_id)])
                return httpx.Response(200, json={"count": count}, request=request)
            case ["finance", "agreements", agreement_id, "additions"]:
                return httpx.Response(200, json=self.state.additions[int(agreement_id)], request=request)
            case ["finance", "agreements", agreement_id, "additions", addition_id]:
                found = [row for row in self.state.additions[int(agreement_id)] if row["id"] == int(addition_id)]
                return httpx.Response(200 if found else 404, json=found[0] if found else {}, request=request)
            case _:
                raise AssertionError(f"the simulated ConnectWise has no {path}")


def parse_ids(request: httpx.Request) -> set[int]:
    """The ids of an `id in (…)` condition."""
    conditions = unquote_plus(request.url.params["conditions"])
    return {int(each) for each in conditions.partition("(")[2].rstrip(")").split(",")}


def is_patch(operations: Any) -> bool:
    """Whether a body is an array of replacements, which is all that we send."""
    return isinstance(operations, list) and all(
        isinstance(each, dict) and each.keys() == {"op", "path", "value"} and each["op"] == "replace"
        for each in operations
    )
