"""What Graph shows a partner in its own tenant: GDAP relationships, their customers, and contracts."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlencode

from local.simulators.faults import FaultBoard
from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError, bad_request, unsupported_query
from local.simulators.microsoft.tenants import Row, Tenants

RELATIONSHIPS = "/tenantRelationships/delegatedAdminRelationships"
GDAP_CUSTOMERS = "/tenantRelationships/delegatedAdminCustomers"
CONTRACTS = "/contracts"
PARTNER_PATHS = (RELATIONSHIPS, GDAP_CUSTOMERS, CONTRACTS)

_LARGEST_TOP = {RELATIONSHIPS: 300, GDAP_CUSTOMERS: 300, CONTRACTS: 999}
_DEFAULT_TOP = 100
_PARAMETERS = ("$filter", "$top", "$select", "$skiptoken")
_STATUS = re.compile(r"status eq '(\w+)'")


class Partnerships:
    def __init__(self, tenants: Tenants, faults: FaultBoard) -> None:
        self._tenants = tenants
        self._faults = faults

    def body(self, exchange: Exchange) -> Row:
        """One page, with the link to the next where there are more rows."""
        if exchange.tenant_id != self._tenants.partner_tenant_id:
            raise GraphError(403)
        for name in exchange.parameters:
            if name not in _PARAMETERS:
                raise unsupported_query(f"Unsupported query parameter '{name}'.")
        rows = self._filtered(self._rows(exchange), exchange)
        start, top = _start(exchange), self._top(exchange)
        body: Row = {"value": [_selected(row, exchange) for row in rows[start : start + top]]}
        if len(rows) > start + top:
            body["@odata.nextLink"] = _link(exchange, start + top)
        return body

    def _rows(self, exchange: Exchange) -> list[Row]:
        if exchange.path == RELATIONSHIPS:
            return self._tenants.relationships()
        if exchange.path == CONTRACTS:
            return [_contract(row) for row in self._tenants.customers()]
        reachable = {row["customer"]["tenantId"] for row in self._tenants.relationships() if row["status"] == "active"}
        return [
            {"id": row["id"], "tenantId": row["id"], "displayName": row["displayName"]}
            for row in self._tenants.customers()
            if row["id"] in reachable
        ]

    def _filtered(self, rows: list[Row], exchange: Exchange) -> list[Row]:
        text = exchange.parameters.get("$filter")
        if text is None:
            return rows
        found = _STATUS.fullmatch(text.strip())
        if found is None or exchange.path != RELATIONSHIPS:
            raise unsupported_query(f"Invalid filter clause: '{text}'.")
        return [row for row in rows if row["status"] == found[1]]

    def _top(self, exchange: Exchange) -> int:
        text = exchange.parameters.get("$top", str(_DEFAULT_TOP))
        largest = _LARGEST_TOP[exchange.path]
        if not text.isdigit() or not 1 <= int(text) <= largest:
            raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {largest} inclusive.")
        fault = self._faults.find("small_pages", exchange.operation)
        return int(text) if fault is None else min(int(text), int(fault.use().detail or "10"))


def _contract(tenant: Row) -> Row:
    """The names are copies from when the partnership began; later changes do not reach them."""
    return {
        "id": tenant["id"],
        "deletedDateTime": None,
        "contractType": "ResellerPartner",
        "customerId": tenant["id"],
        "defaultDomainName": tenant["domain"],
        "displayName": f"{tenant['displayName']} (old name)",
    }


def _selected(row: Row, exchange: Exchange) -> Row:
    if "$select" not in exchange.parameters:
        return row
    names = [name.strip() for name in exchange.parameters["$select"].split(",")]
    return {name: row[name] for name in names if name in row}


def _link(exchange: Exchange, start: int) -> str:
    token = base64.urlsafe_b64encode(f"start:{start}".encode()).decode()
    return f"{exchange.base_url}/v1.0{exchange.path}?{urlencode({**exchange.parameters, '$skiptoken': token})}"


def _start(exchange: Exchange) -> int:
    token = exchange.parameters.get("$skiptoken")
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("start:"))
    except (binascii.Error, ValueError) as bad:
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from bad
