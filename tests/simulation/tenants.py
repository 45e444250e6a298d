"""Microsoft in memory: one token and one batch a tenant, with parts that fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.simulation.faults import Faults, Process
from tests.simulation.wires import Reply

LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com"
WHOLE_BATCH = 3
SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
SECOND_SKU = "f245ecc8-75af-4f8e-b61f-27d8114de5f3"
FREE_SKU = "f30db892-07e9-47e9-837c-80727f46fd3d"
PART_NUMBERS = {SKU: "SPB", SECOND_SKU: "O365_BUSINESS_PREMIUM", FREE_SKU: "FLOW_FREE"}


@dataclass
class TenantsState:
    """Seats bought per tenant and SKU, and how often Microsoft was asked. While `is_out` nobody gets an answer."""

    seats: dict[str, dict[str, int]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    out: set[str] = field(default_factory=set)


@dataclass
class TenantsWire:
    """One process's line to Microsoft, to sign-in as well as to Graph."""

    state: TenantsState
    faults: Faults
    process: Process

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], params: Mapping[str, str], body: Any
    ) -> Reply:
        """The status and the body. Raises httpx.TransportError where no answer comes."""
        operation = "token" if path.endswith("/token") else "batch"
        await self.faults.pass_point(self.process, f"microsoft {operation}:before")
        self.state.calls[operation] += 1
        mishap = self.faults.draw_answer(f"microsoft {operation}")
        if mishap == "reset":
            raise httpx.ReadError("connection reset")
        if mishap == "503":
            return 503, None
        if operation == "token":
            return self._sign_in(path.split("/")[1], mishap)
        authorization = headers.get("Authorization") or headers["authorization"]
        return self._answer_batch(authorization.removeprefix("Bearer token-of-"), body["requests"], mishap)

    def _sign_in(self, tenant_id: str, mishap: str | None) -> Reply:
        if mishap == "refused" or tenant_id in self.state.out:
            self.faults.fired["tenant out"] += tenant_id in self.state.out
            return 400, {"error": "invalid_grant", "error_codes": [50173]}
        return 200, {"access_token": f"token-of-{tenant_id}"}

    def _answer_batch(self, tenant_id: str, requests: list[Any], mishap: str | None) -> Reply:
        parts = make_parts(tenant_id, self.state.seats[tenant_id])
        responses = [
            {
                "id": each["id"],
                "status": 200,
                "body": {"value": parts[each["id"]], "@odata.count": len(parts[each["id"]])},
            }
            for each in requests
        ]
        spoil_batch(responses, mishap)
        self.faults.random.shuffle(responses)
        return 200, {"responses": responses}


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
            for row in responses[0]["body"]["value"]:
                row["accountId"] = "00000000-0000-0000-0000-00000000dead"
        case _:
            return


def make_parts(tenant_id: str, seats: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
    """The rows of the three parts of a batch; a licence of which nothing is left is not listed at all.

    Everybody has a licence that nobody bills, so that a tenant that bought nothing does not look like an empty answer.
    """
    bought = {FREE_SKU: 1} | {sku_id: count for sku_id, count in seats.items() if count}
    licences = [
        {
            "id": f"{tenant_id}_{sku_id}",
            "accountId": tenant_id,
            "skuId": sku_id,
            "skuPartNumber": PART_NUMBERS.get(sku_id, sku_id[:8]),
            "appliesTo": "User",
            "consumedUnits": 0,
            "subscriptionIds": [f"subscription-{tenant_id}-{sku_id}"],
            "prepaidUnits": {"enabled": count, "warning": 0, "suspended": 0, "lockedOut": 0},
        }
        for sku_id, count in bought.items()
    ]
    subscriptions = [
        {
            "id": f"subscription-{tenant_id}-{sku_id}",
            "skuId": sku_id.upper(),
            "skuPartNumber": PART_NUMBERS.get(sku_id, sku_id[:8]),
            "status": "Enabled",
            "totalLicenses": count,
            "isTrial": False,
        }
        for sku_id, count in bought.items()
    ]
    return {"licences": licences, "subscriptions": subscriptions, "users": []}
