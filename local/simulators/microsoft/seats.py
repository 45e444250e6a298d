"""What a demo or a test changes in a tenant: seats bought and licences assigned."""

from __future__ import annotations

import uuid

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulators.control import PREFIX, refused
from local.simulators.microsoft.tenants import Row, Tenants

_SUBSCRIPTION_MEMBERS = frozenset(
    (
        "skuId",
        "status",
        "totalLicenses",
        "isTrial",
        "createdDateTime",
        "nextLifecycleDateTime",
        "ownerTenantId",
        "commerceSubscriptionId",
        "termDuration",
        "billingCycle",
        "partnerStatus",
        "isLegacy",
        "inDirectory",
        # What subscribedSkus counts of it where that differs, and whether it renews by itself.
        "prepaidLicenses",
        "autoRenew",
    )
)
_USER_NAMES = ("displayName", "givenName", "surname", "userPrincipalName")
_USER_PLACE = ("department", "officeLocation", "companyName")
_USER_MEMBERS = frozenset((*_USER_NAMES, *_USER_PLACE, "accountEnabled", "userType", "licenses", "mailbox"))
# A tenant that becomes a direct one leaves the partner's lists.
_TENANT_MEMBERS = frozenset(("displayName", "signInError", "throttled", "azurePlan", "isDirect", "concealsNames"))
_RELATIONSHIP_MEMBERS = frozenset(("displayName", "status", "endDateTime", "autoExtendDuration", "accessDetails"))


class SeatChanges:
    """Members that are named change, the others stay; an unknown id makes a new row."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def routes(self) -> list[Route]:
        tenant = f"{PREFIX}/tenants/{{tenant}}"
        return [
            Route(tenant, self.tenant, methods=["PATCH"]),
            Route(f"{PREFIX}/relationships/{{id}}", self.relationship, methods=["PATCH"]),
            Route(f"{tenant}/subscriptions/{{id}}", self.subscription, methods=["POST", "PATCH", "DELETE"]),
            Route(f"{tenant}/users/{{id}}", self.user, methods=["POST", "PATCH", "DELETE"]),
        ]

    async def tenant(self, request: Request) -> Response:
        found = self._tenants.find(request.path_params["tenant"])
        return await self._update(request, found, _TENANT_MEMBERS)

    async def relationship(self, request: Request) -> Response:
        found = next((row for row in self._tenants.relationships() if row["id"] == request.path_params["id"]), None)
        return await self._update(request, found, _RELATIONSHIP_MEMBERS)

    async def _update(self, request: Request, row: Row | None, known: frozenset[str]) -> Response:
        if row is None:
            return refused(404, "there is no such row")
        wanted = await request.json()
        if unknown := set(wanted) - known:
            return refused(400, f"unknown member {sorted(unknown)[0]!r}")
        row.update(wanted)
        self._tenants.save()
        return JSONResponse({name: row[name] for name in wanted})

    async def subscription(self, request: Request) -> Response:
        fresh = {
            "status": "Enabled",
            "isTrial": False,
            "createdDateTime": "2026-01-01T00:00:00Z",
            "nextLifecycleDateTime": None,
            "ownerTenantId": self._tenants.partner_tenant_id,
            "commerceSubscriptionId": str(uuid.uuid4()),
        }
        return await self._change(request, "subscriptions", fresh, _SUBSCRIPTION_MEMBERS)

    async def user(self, request: Request) -> Response:
        fresh = {"accountEnabled": True, "userType": "Member", "licenses": []}
        return await self._change(request, "users", fresh, _USER_MEMBERS)

    async def _change(self, request: Request, kind: str, fresh: Row, known: frozenset[str]) -> Response:
        tenant = self._tenants.find(request.path_params["tenant"])
        if tenant is None:
            return refused(404, "unknown tenant")
        row_id = request.path_params["id"]
        old = next((row for row in tenant[kind] if row["id"] == row_id), None)
        if request.method == "DELETE":
            tenant[kind] = [row for row in tenant[kind] if row is not old]
            self._tenants.save()
            return Response(status_code=204)
        wanted = await request.json()
        if unknown := set(wanted) - known:
            return refused(400, f"unknown member {sorted(unknown)[0]!r}")
        row = {**(fresh if old is None else old), **wanted, "id": row_id}
        if old is None:
            tenant[kind].append(row)
        else:
            old.update(row)
        self._tenants.save()
        return JSONResponse(row)
