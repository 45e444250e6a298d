"""Answers one Graph request for one tenant, with the faults that show in a single answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local.simulators.answers import Answer
from local.simulators.faults import Fault, FaultBoard
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError, unsupported_query
from local.simulators.microsoft.licences import company_subscriptions, of_another_tenant, subscribed_skus
from local.simulators.microsoft.organization import organization
from local.simulators.microsoft.partnerships import PARTNER_PATHS, Partnerships
from local.simulators.microsoft.tenants import Row, Tenants
from local.simulators.microsoft.throttling import StandingThrottle, throttle_headers
from local.simulators.microsoft.user_rows import user_row
from local.simulators.microsoft.users import user_page

PATHS = ("/subscribedSkus", "/directory/subscriptions", "/users", "/organization", *PARTNER_PATHS)
INNER_OPERATIONS = tuple(f"GET {path}" for path in PATHS)
MEDIA_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;charset=utf-8"
_DIRECTORY = frozenset(("Directory.Read.All", "Organization.Read.All"))
# One of them has to be granted; a partner's own lists are for accounts, never for an application alone.
_NEEDED = {
    "/subscribedSkus": _DIRECTORY | {"LicenseAssignment.Read.All"},
    "/directory/subscriptions": _DIRECTORY,
    "/organization": _DIRECTORY | {"User.Read"},
    "/users": frozenset(("Directory.Read.All", "User.Read.All")),
}
_COST = {"/subscribedSkus": 3, "/users": 2, "/contracts": 3}


class Graph:
    def __init__(self, tenants: Tenants, faults: FaultBoard) -> None:
        self._tenants = tenants
        self._faults = faults
        self._partnerships = Partnerships(tenants, faults)
        self._throttle = StandingThrottle()

    def answer(self, exchange: Exchange) -> Answer:
        try:
            body = self._body(exchange)
        except GraphError as refused:
            return replace(refused.as_answer(exchange), media_type=MEDIA_TYPE)
        fault = self._take("empty_200", exchange)
        if fault is not None and fault.detail == "body":
            return Answer(200, headers=exchange.headers())
        if fault is not None:
            body["value"] = []
        if self._take("missing_value", exchange):
            del body["value"]
        near = self._take("near_limit", exchange)
        percentage = None if near is None else float(near.detail or "0.8")
        headers = {**exchange.headers(), "x-ms-resource-unit": str(_resource_units(exchange))}
        headers |= throttle_headers(percentage)
        return Answer(200, body, headers, media_type=MEDIA_TYPE)

    def _take(self, name: str, exchange: Exchange) -> Fault | None:
        return self._faults.take(name, exchange.operation, exchange.tenant_id)

    def _body(self, exchange: Exchange) -> dict[str, Any]:
        if exchange.path not in PATHS:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{exchange.path[1:]}'.")
        if exchange.method != "GET":
            raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed.")
        tenant = self._tenants.find(exchange.tenant_id)
        if tenant is None:
            raise GraphError(401)
        if exchange.scopes is not None and not _NEEDED.get(exchange.path, frozenset()) & set(exchange.scopes):
            raise GraphError(403)
        if (throttled := self._throttle.refusal(tenant, exchange)) is not None:
            raise throttled
        name = exchange.path.removeprefix("/").replace("directory/", "")
        body: dict[str, Any] = {"@odata.context": f"{exchange.base_url}/v1.0/$metadata#{name}"}
        if exchange.path in PARTNER_PATHS:
            return body | self._partnerships.body(exchange)
        if exchange.path == "/users":
            return body | self._users(tenant, exchange)
        rows = _selected(self._rows(tenant, exchange), exchange)
        if fault := self._take("wrong_tenant", exchange):
            rows = of_another_tenant(rows, fault.detail or "0b5a3c1e-7f42-4f6d-9d1b-2c6e8a904d77")
        return body | {"value": rows}

    def _rows(self, tenant: Row, exchange: Exchange) -> list[Row]:
        if exchange.path == "/subscribedSkus":
            return subscribed_skus(self._tenants, tenant)
        if exchange.path == "/directory/subscriptions":
            return company_subscriptions(self._tenants, tenant)
        return [organization(tenant)]

    def _users(self, tenant: Row, exchange: Exchange) -> dict[str, Any]:
        page = user_page(tenant, exchange)
        body: dict[str, Any] = {}
        if page.count is not None:
            more = self._take("count_mismatch", exchange)
            body["@odata.count"] = page.count + (int(more.detail or "1") if more else 0)
        if self._take("empty_page_with_next_link", exchange):
            return body | {"@odata.nextLink": page.same_link, "value": []}
        if page.next_link is not None:
            body["@odata.nextLink"] = page.next_link
        concealed = self._take("concealed_names", exchange) is not None
        rows = [user_row(user, page.properties, concealed=concealed) for user in page.users]
        return body | {"value": rows}


def _selected(rows: list[Row], exchange: Exchange) -> list[Row]:
    """These lists know only $select."""
    for name in exchange.parameters:
        if name != "$select":
            raise unsupported_query(f"Unsupported query parameter '{name}'.")
    if "$select" not in exchange.parameters or not rows:
        return rows
    names = [name.strip() for name in exchange.parameters["$select"].split(",")]
    for name in names:
        if name not in rows[0]:
            raise GraphError(400, "BadRequest", f"Could not find a property named '{name}'.")
    return [{name: value for name, value in row.items() if name in names} for row in rows]


def _resource_units(exchange: Exchange) -> int:
    cost = _COST.get(exchange.path, 1) - ("$select" in exchange.parameters)
    return max(cost - (int(exchange.parameters.get("$top", "20")) < 20), 1)
