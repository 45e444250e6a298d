"""Everything that the large demo holds, read as a night reads it, against the descriptions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from local.demo.msp.customers import ADDED, IN_CONNECTWISE, REACHED, Tenant
from local.demo.msp.psa import microsoft_agreement, services_agreement
from local.simulators.start import create_secrets, start_simulator
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import CLIENT_ID_HEADER, NO_TLS, PARTNER_CLIENT, VENDOR_ACCEPT, RunningSimulator

EVENTUAL = {"ConsistencyLevel": "eventual"}
USERS = "/v1.0/users?$select=id,displayName,assignedLicenses&$filter=assignedLicenses/$count ne 0&$count=true&$top=999"
PARTNER_TENANT = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
GRAPH, PARTNER_CENTER = "https://graph.microsoft.com/.default", "https://api.partnercenter.microsoft.com/.default"


@pytest.fixture(scope="module")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningSimulator]]:
    folder = tmp_path_factory.mktemp("large")
    create_secrets(folder / "secrets")
    started: dict[str, RunningSimulator] = {}
    try:
        for name in ("microsoft", "connectwise"):
            process = start_simulator(name, 0, folder / "state", folder / "secrets", demo="msp")
            started[name] = RunningSimulator(process.base_url, folder / "secrets", process)
        yield started
    finally:
        for simulator in started.values():
            simulator.process.stop()


@pytest.fixture
async def client(contract: ContractCounter) -> AsyncIterator[httpx.AsyncClient]:
    transport = CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    async with httpx.AsyncClient(transport=transport, verify=NO_TLS) as checked:
        yield checked


async def sign_in(client: httpx.AsyncClient, microsoft: RunningSimulator, tenant_id: str, scope: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": PARTNER_CLIENT,
        "client_secret": microsoft.secret("microsoft-client-secret"),
        "refresh_token": microsoft.secret("microsoft-refresh-token"),
        "scope": scope,
    }
    return await client.post(f"{microsoft.base_url}/{tenant_id}/oauth2/v2.0/token", data=form)


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_every_company_agreement_and_addition(
    client: httpx.AsyncClient, simulators: dict[str, RunningSimulator]
) -> None:
    connectwise = simulators["connectwise"]
    added = [tenant for tenant in IN_CONNECTWISE if tenant.added]
    user = f"demo+{connectwise.secret('connectwise-public-key')}"
    client.auth = httpx.BasicAuth(user, connectwise.secret("connectwise-private-key"))
    client.headers.update({"clientId": CLIENT_ID_HEADER, "Accept": VENDOR_ACCEPT})
    api = f"{connectwise.base_url}/v2026_4/apis/3.0"
    lists = ("company/companies", "finance/agreements", "procurement/catalog", "finance/invoices")
    found: dict[str, list[dict[str, Any]]] = {
        path: (await client.get(f"{api}/{path}?pageSize=1000")).json() for path in (*lists, "finance/agreementrecap/")
    }
    assert len(found["company/companies"]) == len(IN_CONNECTWISE)
    assert len(found["finance/agreementrecap/"]) == len(found["finance/agreements"]) > 2 * len(added)
    for tenant in added:
        for agreement in (services_agreement(tenant), microsoft_agreement(tenant)):
            assert (await client.get(f"{api}/finance/agreements/{agreement}/additions")).status_code == 200


@pytest.mark.parametrize("tenant", [each for each in ADDED if each.sign_in_error is None], ids=lambda each: each.key)
async def test_every_tenant(client: httpx.AsyncClient, simulators: dict[str, RunningSimulator], tenant: Tenant) -> None:
    microsoft = simulators["microsoft"]
    headers = bearer(await sign_in(client, microsoft, tenant.id, GRAPH))
    skus = await client.get(f"{microsoft.base_url}/v1.0/subscribedSkus", headers=headers)
    subscriptions = await client.get(f"{microsoft.base_url}/v1.0/directory/subscriptions", headers=headers)
    users = await client.get(f"{microsoft.base_url}{USERS}", headers={**headers, **EVENTUAL})
    assert skus.json()["value"]
    assert subscriptions.status_code == (200 if tenant.throttled is None else 429)
    assert users.json()["@odata.count"] > 0
    partner = bearer(await sign_in(client, microsoft, PARTNER_TENANT, PARTNER_CENTER))
    address = f"{microsoft.base_url}/v1/customers/{tenant.id}/subscriptions"
    assert (await client.get(address, headers=partner)).status_code == 200


@pytest.mark.parametrize("tenant", [each for each in ADDED if each.sign_in_error], ids=lambda each: each.key)
async def test_who_has_no_access(
    client: httpx.AsyncClient, simulators: dict[str, RunningSimulator], tenant: Tenant
) -> None:
    answer = await sign_in(client, simulators["microsoft"], tenant.id, GRAPH)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [tenant.sign_in_error])


async def test_the_partners_lists(client: httpx.AsyncClient, simulators: dict[str, RunningSimulator]) -> None:
    microsoft = simulators["microsoft"]
    headers = bearer(await sign_in(client, microsoft, PARTNER_TENANT, GRAPH))
    address = f"{microsoft.base_url}/v1.0/tenantRelationships/delegatedAdminRelationships"
    first = await client.get(address, params={"$filter": "status eq 'active'", "$top": "20"}, headers=headers)
    rows, page = first.json()["value"], first.json()
    while "@odata.nextLink" in page:
        page = (await client.get(page["@odata.nextLink"], headers=headers)).json()
        rows += page["value"]
    reached = [row["customer"]["tenantId"] for row in rows]
    assert len(set(reached)) == sum(tenant.sign_in_error != 50020 for tenant in REACHED) < len(reached)
    partner = bearer(await sign_in(client, microsoft, PARTNER_TENANT, PARTNER_CENTER))
    customers = await client.get(f"{microsoft.base_url}/v1/customers?size=500", headers=partner)
    assert json.loads(customers.content.decode("utf-8-sig"))["totalCount"] == len(REACHED)
