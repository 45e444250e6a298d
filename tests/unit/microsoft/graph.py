"""Microsoft in memory: one tenant whose every answer a test can replace."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from microsoft.adapter import GraphLicenceReader
from microsoft.mailboxes import MailboxReports
from microsoft.tokens import PartnerCredentials
from net.client import WebClient, open_client
from net.hosts import AllowedHosts
from profiles.licences import Snapshot
from profiles.readings import Known, Reading, Unknown
from tests.unit.net.answers import Site, run_timed

LOGIN, GRAPH = "https://login.microsoftonline.com", "https://graph.microsoft.com"
TENANT = "0f0e0d0c-0b0a-4909-8807-060504030201"
SPB, E3 = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "05e9a617-0261-4cee-bb44-138d3ef5d965"
READ_AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECRET, REFRESH, ACCESS = "client-secret-canary", "refresh-token-canary", "access-token-canary"

type Json = dict[str, Any]
type Answerer = Callable[[httpx.Request], httpx.Response]


def make_sku(sku_id: str = SPB, **changes: Any) -> Json:
    row = {
        "id": f"{TENANT}_{sku_id}",
        "accountId": TENANT,
        "skuId": sku_id,
        "skuPartNumber": "SPB",
        "appliesTo": "User",
        "subscriptionIds": ["sub-1"],
        "consumedUnits": 7,
        "prepaidUnits": {"enabled": 10, "warning": 1, "suspended": 2, "lockedOut": 3},
    }
    return row | changes


def make_subscription(subscription_id: str = "sub-1", **changes: Any) -> Json:
    row = {
        "id": subscription_id,
        "skuId": SPB,
        "skuPartNumber": "SPB",
        "status": "Enabled",
        "totalLicenses": 10,
        "isTrial": False,
        "ownerTenantId": None,
        "nextLifecycleDateTime": "2027-01-31T00:00:00Z",
    }
    return row | changes


def make_state(sku_id: str = SPB, state: str = "Active", group: str | None = None) -> Json:
    return {"skuId": sku_id, "state": state, "assignedByGroup": group}


def make_user(user_id: str = "user-1", **changes: Any) -> Json:
    row = {
        "id": user_id,
        "userPrincipalName": f"{user_id}@contoso.example",
        "displayName": "Ana",
        "accountEnabled": True,
        "assignedLicenses": [{"skuId": SPB, "disabledPlans": []}],
        "licenseAssignmentStates": [make_state()],
    }
    return row | changes


def make_parts() -> dict[str, Json]:
    return {
        "licences": {"value": [make_sku()]},
        "subscriptions": {"value": [make_subscription()]},
        "users": {"value": [make_user()], "@odata.count": 1},
    }


def make_batch(parts: dict[str, Any], statuses: dict[str, Any] | None = None) -> Json:
    statuses = statuses or {}
    responses = [{"id": name, "status": statuses.get(name, 200), "body": body} for name, body in parts.items()]
    return {"responses": responses}


@dataclass
class Tenant:
    """What this tenant answers; `pages` are the next pages by their query. Where `reports` answers, the mailbox report
    is asked for, on Graph and wherever that leads."""

    parts: dict[str, Json] = field(default_factory=make_parts)
    batch: Answerer | None = None
    token: Answerer | None = None
    reports: Answerer | None = None
    pages: dict[str, httpx.Response] = field(default_factory=dict)
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.site = Site(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == httpx.URL(LOGIN).host:
            return self.token(request) if self.token else httpx.Response(200, json={"access_token": ACCESS})
        if self.reports is not None and "report" in f"{request.url.host}{request.url.path}":
            return self.reports(request)
        if request.url.path == "/v1.0/$batch":
            return self.batch(request) if self.batch else httpx.Response(200, json=make_batch(self.parts))
        return copy.copy(self.pages[request.url.query.decode()])

    def answer_batch(self, body: Any, status: int = 200) -> None:
        self.batch = lambda _: httpx.Response(status, content=json.dumps(body))

    def answer_part(self, name: str, body: Any, status: Any = 200) -> None:
        self.answer_batch(make_batch(self.parts | {name: body}, {name: status}))

    def read(self, tenant_id: str = TENANT) -> Reading[Snapshot]:
        """Read the tenant with the real reader, on a clock that jumps."""

        async def credentials() -> PartnerCredentials:
            return PartnerCredentials("client-id", SECRET, REFRESH)

        def open_here(url: str) -> WebClient:
            return open_client(url, AllowedHosts(), self.site)

        mailboxes = None if self.reports is None else MailboxReports(open_here, READ_AT.date)
        reader = GraphLicenceReader(
            open_here(LOGIN), open_here(GRAPH), credentials, lambda: READ_AT, mailboxes=mailboxes
        )
        return run_timed(reader.read_tenant(tenant_id))[0]

    def read_known(self) -> Snapshot:
        reading = self.read()
        assert isinstance(reading, Known), reading
        return reading.value

    def read_unknown(self) -> Unknown:
        reading = self.read()
        assert isinstance(reading, Unknown), reading
        return reading
