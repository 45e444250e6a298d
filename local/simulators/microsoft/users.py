"""GET /users: filters that need eventual consistency, pages, and a count on the first page only."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from local.simulators.microsoft.exchange import Exchange
from local.simulators.microsoft.graph_errors import GraphError, bad_request, unsupported_query
from local.simulators.microsoft.tenants import Row, assigned_sku_ids
from local.simulators.microsoft.user_rows import DEFAULT_PROPERTIES, KNOWN_PROPERTIES

DEFAULT_TOP = 100
_TOP_RANGE = range(1, 1000)
_KNOWN_PARAMETERS = ("$select", "$filter", "$count", "$top", "$skiptoken")

_COUNT_CLAUSE = re.compile(r"assignedLicenses/\$count (ne|eq) (\d+)")
_ENABLED_CLAUSE = re.compile(r"accountEnabled eq (true|false)")
_TYPE_CLAUSE = re.compile(r"userType eq '(\w+)'")
_SKU_CLAUSE = re.compile(r"assignedLicenses/any\((\w+):\1/skuId eq ([0-9a-fA-F-]{36})\)")


@dataclass(frozen=True)
class UserPage:
    """`count` is None on following pages and where nobody asked for it."""

    users: list[Row]
    properties: list[str]
    count: int | None
    next_link: str | None
    same_link: str


def user_page(tenant: Row, exchange: Exchange) -> UserPage:
    parameters = exchange.parameters
    for name in parameters:
        if name not in _KNOWN_PARAMETERS:
            raise unsupported_query(f"Unsupported query parameter '{name}'.")
    top = _top(parameters.get("$top"))
    found = [user for user in tenant["users"] if _filter(exchange)(user)]
    found.sort(key=lambda user: str(user["id"]))
    after = _read_skip_token(parameters.get("$skiptoken"))
    waiting = [user for user in found if user["id"] > after]
    rows = waiting[:top]
    counted = parameters.get("$count") == "true" and exchange.eventual and not after
    return UserPage(
        users=rows,
        properties=_selected(parameters.get("$select")),
        count=len(found) if counted else None,
        next_link=_link(exchange, rows[-1]["id"]) if len(waiting) > top else None,
        same_link=_link(exchange, after),
    )


def _top(text: str | None) -> int:
    if text is None:
        return DEFAULT_TOP
    if not text.isdigit() or int(text) not in _TOP_RANGE:
        raise bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and 999 inclusive.")
    return int(text)


def _selected(text: str | None) -> list[str]:
    if text is None:
        return list(DEFAULT_PROPERTIES)
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name == "mailboxSettings":
            raise GraphError(501)
        if name not in KNOWN_PROPERTIES:
            raise bad_request(
                "Parsing OData Select and Expand failed: Could not find a property named "
                f"'{name}' on type 'microsoft.graph.user'."
            )
    return list(dict.fromkeys(["id", *names]) if "id" in names else dict.fromkeys(names))


def _filter(exchange: Exchange) -> Callable[[Row], bool]:
    text = exchange.parameters.get("$filter")
    tests = [] if text is None else [_clause(part.strip(), exchange) for part in text.split(" and ")]
    return lambda user: all(test(user) for test in tests)


def _clause(text: str, exchange: Exchange) -> Callable[[Row], bool]:
    if found := _COUNT_CLAUSE.fullmatch(text):
        # An advanced query: on every page it needs the header and the count.
        if not exchange.eventual or exchange.parameters.get("$count") != "true":
            raise unsupported_query(
                "Unsupported or invalid query filter clause specified for property 'assignedLicenses' of "
                "resource 'User'."
            )
        number, wanted = int(found[2]), found[1] == "eq"
        return lambda user: (len(assigned_sku_ids(user)) == number) == wanted
    if found := _ENABLED_CLAUSE.fullmatch(text):
        enabled = found[1] == "true"
        return lambda user: user["accountEnabled"] is enabled
    if found := _TYPE_CLAUSE.fullmatch(text):
        user_type = found[1]
        return lambda user: bool(user["userType"] == user_type)
    if found := _SKU_CLAUSE.fullmatch(text):
        sku_id = found[2].lower()
        return lambda user: sku_id in assigned_sku_ids(user)
    raise unsupported_query(f"Invalid filter clause: '{text}'.")


def _link(exchange: Exchange, after: str) -> str:
    token = base64.urlsafe_b64encode(f"after:{after}".encode()).decode()
    parameters = {**exchange.parameters, "$skiptoken": token}
    return f"{exchange.base_url}/v1.0/users?{urlencode(parameters)}"


def _read_skip_token(token: str | None) -> str:
    """The last id that was given; empty on the first page."""
    if token is None:
        return ""
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    if not text.startswith("after:"):
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
    return text.removeprefix("after:")
