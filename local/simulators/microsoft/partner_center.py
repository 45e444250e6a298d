"""Partner Center's API: customers in pages, a customer's subscriptions in one answer, and consent for a customer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from local.simulators.answers import Answer
from local.simulators.faults import FaultBoard
from local.simulators.microsoft.accounts import find_account
from local.simulators.microsoft.application_consents import ApplicationConsents
from local.simulators.microsoft.partner_answers import PartnerError, partner_answer, partner_headers, rate_limited
from local.simulators.microsoft.partner_rows import customer_details, customer_row, subscription_rows
from local.simulators.microsoft.resources import PARTNER_CENTER
from local.simulators.microsoft.tenants import Row, Tenants
from local.simulators.microsoft.tokens import BadAccessTokenError, Tokens

CUSTOMERS = "GET /v1/customers"
CUSTOMER = "GET /v1/customers/{id}"
SUBSCRIPTIONS = "GET /v1/customers/{id}/subscriptions"
ADD_CONSENT = "POST /v1/customers/{id}/applicationconsents"
REMOVE_CONSENT = "DELETE /v1/customers/{id}/applicationconsents/{application}"
PARTNER_OPERATIONS = (CUSTOMERS, CUSTOMER, SUBSCRIPTIONS, ADD_CONSENT, REMOVE_CONSENT)
UNKNOWN_PARTNER = "GET /v1/(unknown)"
DEFAULT_SIZE = 500
NO_MFA = PartnerError(401, "900421", "MFA is required for this request. The token was obtained without it.")
NOT_FOR_RESELLERS = PartnerError(403, 900308, "Indirect resellers may not use the Partner Center API.")

NOT_ALONE = PartnerError(401, 900329, "This request needs a signed-in account; an application alone may not make it.")
NO_AGENT = PartnerError(403, 900308, "The account has insufficient privileges: it is not a member of Admin agents.")

_CUSTOMER_PATH = re.compile(r"/v1/customers/([^/]+)(?:/(subscriptions|applicationconsents)(?:/([^/]+))?)?")


@dataclass(frozen=True)
class PartnerCall:
    """One request; header names are in lower case."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    now: datetime
    body: bytes = b""

    @property
    def operation(self) -> str:
        if self.path.rstrip("/") == "/v1/customers" and self.method == "GET":
            return CUSTOMERS
        found = _CUSTOMER_PATH.fullmatch(self.path)
        match (self.method, found and found[2], found and found[3]):
            case ("GET", None, None) if found:
                return CUSTOMER
            case ("GET", "subscriptions", None):
                return SUBSCRIPTIONS
            case ("POST", "applicationconsents", None):
                return ADD_CONSENT
            case ("DELETE", "applicationconsents", str()):
                return REMOVE_CONSENT
            case _:
                return UNKNOWN_PARTNER

    @property
    def customer_id(self) -> str | None:
        found = _CUSTOMER_PATH.fullmatch(self.path)
        return None if found is None else found[1]

    @property
    def application_id(self) -> str:
        found = _CUSTOMER_PATH.fullmatch(self.path)
        return "" if found is None else str(found[3] or "")


class PartnerCenter:
    def __init__(self, tenants: Tenants, tokens: Tokens, faults: FaultBoard, consents: ApplicationConsents) -> None:
        self._tenants = tenants
        self._tokens = tokens
        self._faults = faults
        self._consents = consents

    def answer(self, call: PartnerCall) -> Answer:
        if fault := self._faults.take("partner_rate_limit", call.operation, call.customer_id):
            return rate_limited(int(fault.seconds or 57), call.headers)
        try:
            self._check_access(call)
            return self._answer(call)
        except PartnerError as refused:
            return partner_answer(refused.status, refused.body(), call.headers)

    def _answer(self, call: PartnerCall) -> Answer:
        if call.operation == ADD_CONSENT:
            made = self._consents.add(self._customer(call), call.body)
            return partner_answer(201, made, call.headers)
        if call.operation == REMOVE_CONSENT:
            self._consents.remove(self._customer(call), call.application_id)
            return Answer(204, headers=partner_headers(call.headers))
        return partner_answer(200, self._body(call), call.headers)

    def _check_access(self, call: PartnerCall) -> None:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        try:
            access = self._tokens.read_access(token if scheme.lower() == "bearer" else "")
        except BadAccessTokenError as bad:
            raise PartnerError(401, "90000", f"The access token is not valid: {bad}") from bad
        if access.resource not in (PARTNER_CENTER, call.base_url):
            raise PartnerError(401, 900420, "The token was not issued for Partner Center.")
        if access.is_app_only:
            raise NOT_ALONE
        if access.tenant_id != self._tenants.partner_tenant_id:
            raise PartnerError(403, 2032, "Access denied: the token is not of the partner's own tenant.")
        if not access.has_mfa or self._faults.take("partner_without_mfa", call.operation, call.customer_id):
            raise NO_MFA
        account = find_account(access.account)
        if account is None or not account.is_agent:
            raise NO_AGENT
        if self._faults.take("partner_indirect_reseller", call.operation, call.customer_id):
            raise NOT_FOR_RESELLERS
        if fault := self._faults.take("partner_error", call.operation, call.customer_id):
            status, _, code = (fault.detail or "500:800000").partition(":")
            raise PartnerError(int(status), int(code) if code.isdigit() else code, "The request was refused.")

    def _body(self, call: PartnerCall) -> Row:
        match call.operation:
            case "GET /v1/customers":
                return self._customers(call)
            case "GET /v1/customers/{id}":
                return customer_details(self._customer(call))
            case "GET /v1/customers/{id}/subscriptions":
                rows = subscription_rows(self._tenants, self._customer(call), call.now)
                return _collection(rows, call.path.removeprefix("/v1")) | {"totalCount": len(rows)}
            case _:
                raise PartnerError(404, "NotFound", "The resource was not found.")

    def _customer(self, call: PartnerCall) -> Row:
        wanted = (call.customer_id or "").lower()
        found = next((row for row in self._tenants.customers() if row["id"] == wanted), None)
        if found is None:
            raise PartnerError(404, 20002, "The partner has no commerce relationship with this customer.")
        return found

    def _customers(self, call: PartnerCall) -> Row:
        """A full page promises another one; where there is none, asking for it is refused with code 2000."""
        size = int(call.parameters.get("size", DEFAULT_SIZE))
        if fault := self._faults.find("small_pages", call.operation):
            size = min(size, int(fault.use().detail or "10"))
        start = self._start(call)
        rows = self._tenants.customers()[start : start + size]
        if not rows and start:
            raise PartnerError(400, 2000, "There are no more records.")
        body = _collection([customer_row(row) for row in rows], f"/v1/customers?size={size}")
        more = {"continuationToken": f"from-{start + size}"} if len(rows) == size else {}
        return {"totalCount": len(rows), **body, **more}

    def _start(self, call: PartnerCall) -> int:
        token = call.headers.get("ms-continuationtoken")
        if not token or call.parameters.get("seekOperation", "").lower() != "next":
            return 0
        number = token.removeprefix("from-")
        if not number.isdigit():
            raise PartnerError(400, 2001, "The continuation token is not valid.")
        return int(number)


def _collection(rows: list[Row], uri: str) -> Row:
    links = {"self": {"uri": uri, "method": "GET", "headers": []}}
    return {"items": rows, "links": links, "attributes": {"objectType": "Collection"}}
