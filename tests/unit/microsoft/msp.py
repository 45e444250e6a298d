"""A partner in memory: sign-in, GDAP list, Partner Center and one tenant, on a clock that a test moves."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from microsoft.adapter import ContractAccess, GraphLicenceReader
from microsoft.partner import PartnerAccountReader, PartnerLines
from microsoft.tokens import PartnerCredentials
from net.client import open_client
from net.hosts import AllowedHosts
from plans.raw_answers import RawAnswer
from profiles.licences import Snapshot
from profiles.partners import PartnerReading
from profiles.readings import Known, Reading
from tests.unit.microsoft.graph import GRAPH, LOGIN, TENANT, make_batch, make_parts, make_subscription
from tests.unit.net.answers import Site, run_timed

PARTNER = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
READER_ROLE = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
OTHER_ROLE = "4a5d8f65-41da-4de4-8968-e035b65339cf"
SUBSCRIPTION = "a4c1340d-6911-4758-bba3-0c4c6007d161"
START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

type Json = dict[str, Any]


def make_relationship(tenant_id: str = TENANT, **changes: Any) -> Json:
    """Graph docs, `tenantrelationship-list-delegatedadminrelationships`."""
    row = {
        "id": f"relationship-{tenant_id}",
        "displayName": "MSP access",
        "status": "active",
        "customer": {"tenantId": tenant_id, "displayName": "Contoso"},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": READER_ROLE}]},
        "duration": "P730D",
        "activatedDateTime": "2026-01-01T00:00:00Z",
        "endDateTime": "2027-12-31T00:00:00Z",
        "autoExtendDuration": "PT0S",
    }
    return row | changes


def make_customer(tenant_id: str = TENANT, name: str = "Contoso Ltd") -> Json:
    """PC docs 2021, `get-a-list-of-customers`."""
    return {
        "id": tenant_id,
        "companyProfile": {"tenantId": tenant_id, "domain": "contoso.onmicrosoft.com", "companyName": name},
        "relationshipToPartner": "reseller",
    }


def make_contract_row(**changes: Any) -> Json:
    """PC docs 2021, `get-a-subscription-by-id`, the new commerce sample."""
    row = {
        "id": SUBSCRIPTION,
        "offerId": "CFQ7TTC0LH18:0001:CFQ7TTC0K971",
        "offerName": "Microsoft 365 Business Premium",
        "productType": {"id": "OnlineServicesNCE", "displayName": "OnlineServicesNCE"},
        "quantity": 12,
        "unitType": "Licenses",
        "commitmentEndDate": "2027-01-13T00:00:00Z",
        "cancellationAllowedUntilDate": "2026-11-29T23:59:00Z",
        "status": "active",
        "autoRenewEnabled": True,
        "isTrial": False,
        "billingType": "license",
        "billingCycle": "monthly",
        "termDuration": "P1Y",
    }
    return row | changes


def joined_parts() -> dict[str, Json]:
    """What Graph shows of the same purchase."""
    parts = make_parts()
    parts["subscriptions"]["value"] = [make_subscription(commerceSubscriptionId=SUBSCRIPTION.upper())]
    return parts


def ok(body: Any, **headers: str) -> httpx.Response:
    """An answer with a byte order mark, as Partner Center sends."""
    return httpx.Response(200, content=b"\xef\xbb\xbf" + json.dumps(body).encode(), headers=headers)


def collection(*items: Json, **members: Any) -> httpx.Response:
    return ok({"totalCount": len(items), "items": list(items), "attributes": {"objectType": "Collection"}} | members)


@dataclass
class Vault:
    """The stored refresh token and everything that was put over it."""

    token: str = "refresh-0"
    stored: list[tuple[str | None, str]] = field(default_factory=list)

    async def read(self) -> PartnerCredentials:
        return PartnerCredentials("client-id", "client-secret-canary", self.token, f"stamp-{len(self.stored)}")

    async def store(self, used: PartnerCredentials, refresh_token: str) -> bool:
        self.stored.append((used.stamp, refresh_token))
        self.token = refresh_token
        return True


@dataclass
class Msp:
    """Answers by path; every member may be replaced. `expires_in` None leaves it out."""

    parts: dict[str, Json] = field(default_factory=joined_parts)
    graph: Callable[[httpx.Request], httpx.Response] | None = None
    partner_center: Callable[[httpx.Request], httpx.Response] = lambda _: collection(make_contract_row())
    relationships: list[Json] = field(default_factory=lambda: [make_relationship()])
    expires_in: int | None = 3599
    refuse: Callable[[str], Json | None] = lambda _: None
    has_contract: bool = True
    lists_gdap: bool = True
    time: datetime = START
    vault: Vault = field(default_factory=Vault)
    remembered: list[str] = field(default_factory=list)
    raw: list[RawAnswer] = field(default_factory=list)
    tokens_given: int = 0
    site: Site = field(init=False)

    def __post_init__(self) -> None:
        self.site = Site(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host == httpx.URL(LOGIN).host:
            return self._sign_in(request)
        if host == httpx.URL(PARTNER_CENTER).host:
            return self.partner_center(request)
        if self.graph is not None:
            return self.graph(request)
        if request.url.path == "/v1.0/$batch":
            return httpx.Response(200, json=make_batch(self.parts))
        return httpx.Response(200, json={"value": self.relationships})

    def _sign_in(self, request: httpx.Request) -> httpx.Response:
        tenant_id = request.url.path.split("/")[1]
        error = self.refuse(tenant_id)
        if error is not None:
            return httpx.Response(400, json=error)
        self.tokens_given += 1
        body: Json = {"access_token": f"access-{self.tokens_given}", "refresh_token": f"refresh-{self.tokens_given}"}
        return httpx.Response(200, json=body | ({"expires_in": self.expires_in} if self.expires_in else {}))

    def reader(self) -> GraphLicenceReader:
        hosts = AllowedHosts()
        contract = ContractAccess(open_client(PARTNER_CENTER, hosts, self.site), PARTNER)
        return GraphLicenceReader(
            open_client(LOGIN, hosts, self.site),
            open_client(GRAPH, hosts, self.site),
            self.vault.read,
            lambda: self.time,
            self.remembered.append,
            contract if self.has_contract else None,
        )

    def partner_reader(self) -> PartnerAccountReader:
        hosts = AllowedHosts()
        lines = PartnerLines(
            open_client(LOGIN, hosts, self.site),
            open_client(GRAPH, hosts, self.site),
            open_client(PARTNER_CENTER, hosts, self.site) if self.has_contract else None,
            self.lists_gdap,
        )
        return PartnerAccountReader(
            "main", PARTNER, lines, self.vault.read, self.vault.store, lambda: self.time, self.remembered.append
        )

    def read(self, reader: GraphLicenceReader | None = None) -> Reading[Snapshot]:
        return run_timed((reader or self.reader()).read_tenant(TENANT, None, self.raw.append))[0]

    def read_known(self, reader: GraphLicenceReader | None = None) -> Snapshot:
        reading = self.read(reader)
        assert isinstance(reading, Known), reading
        return reading.value

    def read_partner(self) -> Reading[PartnerReading]:
        return run_timed(self.partner_reader().read_partner())[0]

    def read_partner_known(self) -> PartnerReading:
        reading = self.read_partner()
        assert isinstance(reading, Known), reading
        return reading.value

    def wait(self, **duration: float) -> None:
        self.time += timedelta(**duration)

    @property
    def calls(self) -> list[str]:
        """Every request, shortly: the resource of a token, or the path."""
        return [describe(request) for request in self.site.requests]


def describe(request: httpx.Request) -> str:
    if request.url.path.endswith("/token"):
        scope = parse_qs(request.content.decode())["scope"][0].split("/.default")[0]
        return f"token {request.url.path.split('/')[1]} {scope}"
    return f"{request.method} {request.url.path}"


def read_in_turn[T](*works: Callable[[], Awaitable[T]]) -> list[T]:
    """One after another on one loop, for a reader that keeps its tokens."""

    async def run() -> list[T]:
        return [await work() for work in works]

    return run_timed(run())[0]
