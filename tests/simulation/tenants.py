"""Microsoft as a transport: one token and one batch a tenant, with parts that fail."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, override

import httpx

from tests.simulation.faults import Faults, Process

LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"
WHOLE_BATCH = 3
SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"


@dataclass
class TenantsState:
    """Seats bought per tenant, and how often Microsoft was asked."""

    seats: dict[str, int] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)


@dataclass
class TenantsTransport(httpx.AsyncBaseTransport):
    """One process's line to Microsoft."""

    state: TenantsState
    faults: Faults
    process: Process

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = "token" if request.url.path.endswith("/token") else "batch"
        await self.faults.pass_point(self.process, f"microsoft {operation}:before")
        self.state.calls[operation] += 1
        mishap = self.faults.draw_answer(f"microsoft {operation}")
        if mishap == "reset":
            raise httpx.ReadError("connection reset", request=request)
        if mishap == "503":
            return httpx.Response(503, request=request)
        if operation == "token":
            return self._sign_in(request, mishap)
        return self._answer_batch(request, mishap)

    def _sign_in(self, request: httpx.Request, mishap: str | None) -> httpx.Response:
        if mishap == "refused":
            body = {"error": "invalid_grant", "error_codes": [50173]}
            return httpx.Response(400, json=body, request=request)
        tenant_id = request.url.path.split("/")[1]
        return httpx.Response(200, json={"access_token": f"token-of-{tenant_id}"}, request=request)

    def _answer_batch(self, request: httpx.Request, mishap: str | None) -> httpx.Response:
        tenant_id = request.headers["authorization"].removeprefix("Bearer token-of-")
        parts = make_parts(tenant_id, self.state.seats[tenant_id])
        responses = [
            {"id": each["id"], "status": 200, "body": {"value": parts[each["id"]], "@odata.count": 0}}
            for each in json.loads(request.content)["requests"]
        ]
        for response in responses:
            rows: list[Any] = response["body"]["value"]
            response["body"]["@odata.count"] = len(rows)
        spoil_batch(responses, mishap)
        self.faults.random.shuffle(responses)
        return httpx.Response(200, json={"responses": responses}, request=request)


def spoil_batch(responses: list[dict[str, Any]], mishap: str | None) -> None:
    """What a batch that answers 200 may still get wrong; a repeated part alone always comes."""
    match mishap if len(responses) == WHOLE_BATCH else None:
        case "part-403":
            responses[1] |= {"status": 403, "body": {"error": {"code": "Authorization_RequestDenied"}}}
        case "part-429":
            responses[2] |= {"status": 429, "body": {"error": {"code": "TooManyRequests"}}}
        case "part-empty":
            responses[1] |= {"body": {}}
        case "part-missing":
            responses.pop(1)
        case "wrong-tenant":
            responses[0]["body"]["value"][0]["accountId"] = "00000000-0000-0000-0000-00000000dead"
        case _:
            return


def make_parts(tenant_id: str, seats: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of the three parts of a batch."""
    units = {"enabled": seats, "warning": 0, "suspended": 0, "lockedOut": 0}
    licence = {
        "id": f"{tenant_id}_{SKU}",
        "accountId": tenant_id,
        "skuId": SKU,
        "skuPartNumber": "SPB",
        "appliesTo": "User",
        "consumedUnits": 0,
        "subscriptionIds": [f"subscription-{tenant_id}"],
        "prepaidUnits": units,
    }
    subscription = {
        "id": f"subscription-{tenant_id}",
        "skuId": SKU.upper(),
        "skuPartNumber": "SPB",
        "status": "Enabled",
        "totalLicenses": seats,
        "isTrial": False,
    }
    return {"licences": [licence], "subscriptions": [subscription], "users": []}
