"""ConnectWise as a transport: agreements and additions in memory, answers that get lost, effects that come late."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, override
from urllib.parse import unquote_plus

import httpx

from tests.simulation.faults import Faults, Process

ORIGIN = "https://api-na.myconnectwise.net"
API = "/v2026_4/apis/3.0"


@dataclass
class PsaState:
    """What ConnectWise knows, and what it was asked."""

    late_effect_limit: timedelta
    agreements: dict[int, dict[str, Any]] = field(default_factory=dict)
    additions: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    next_id: int = 9001
    calls: Counter[str] = field(default_factory=Counter)
    on_created: Callable[[int, dict[str, Any]], None] | None = None

    def create(self, agreement_id: int, body: dict[str, Any]) -> dict[str, Any]:
        """Add the addition, as the POST that landed at last."""
        row = {"id": self.next_id, "agreementId": agreement_id, "cancelledDate": None, **body}
        self.next_id += 1
        self.additions[agreement_id].append(row)
        if self.on_created is not None:
            self.on_created(agreement_id, row)
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
        if request.method == "POST":
            return await self._create(request, int(path.split("/")[3]), mishap)
        response = self._read(request, path)
        if mishap == "short" and path.endswith("/additions"):
            return httpx.Response(200, json=response.json()[:-1], request=request)
        return response

    async def _create(self, request: httpx.Request, agreement_id: int, mishap: str | None) -> httpx.Response:
        body = json.loads(request.content)
        if mishap == "late":
            delay = self.faults.random.uniform(0.0, self.state.late_effect_limit.total_seconds())
            asyncio.get_running_loop().call_later(delay, self.state.create, agreement_id, body)
            raise httpx.ReadTimeout("no answer", request=request)
        row = self.state.create(agreement_id, body)
        if mishap == "404-after":
            return httpx.Response(404, request=request)
        if mishap == "lost":
            raise httpx.ReadError("connection reset", request=request)
        if mishap == "slow":
            await asyncio.sleep(self.faults.random.uniform(0.0, 30.0))
            self.process.check()
        return httpx.Response(201, json=row, request=request)

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
