"""Partner Center and the partner's own lists in Graph, against their descriptions."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.contract.checking import BAD_ON_PURPOSE
from tests.contract.running import CUSTOMER_TENANT, RunningSimulator

PARTNER_TENANT = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
PARTNER_SCOPE = "https://api.partnercenter.microsoft.com/.default offline_access"
SUBSCRIPTIONS = f"/v1/customers/{CUSTOMER_TENANT}/subscriptions"
RELATIONSHIPS = "/v1.0/tenantRelationships/delegatedAdminRelationships"


async def sign_in(client: httpx.AsyncClient, form: dict[str, str], tenant: str, scope: str) -> httpx.Response:
    return await client.post(f"/{tenant}/oauth2/v2.0/token", data={**form, "scope": scope})


@pytest.fixture
async def partner_center(microsoft: httpx.AsyncClient, token_form: dict[str, str]) -> httpx.AsyncClient:
    answer = await sign_in(microsoft, token_form, PARTNER_TENANT, PARTNER_SCOPE)
    microsoft.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return microsoft


@pytest.fixture
async def partner_graph(microsoft: httpx.AsyncClient, token_form: dict[str, str]) -> httpx.AsyncClient:
    answer = await sign_in(microsoft, token_form, PARTNER_TENANT, token_form["scope"])
    microsoft.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return microsoft


def read(answer: httpx.Response) -> dict[str, Any]:
    assert answer.content.startswith("\ufeff".encode())
    body: dict[str, Any] = json.loads(answer.content.decode("utf-8-sig"))
    return body


async def test_customers_and_their_subscriptions(partner_center: httpx.AsyncClient) -> None:
    customers = read(await partner_center.get("/v1/customers?size=500"))
    assert [row["id"] for row in customers["items"]] == [CUSTOMER_TENANT]
    assert read(await partner_center.get(f"/v1/customers/{CUSTOMER_TENANT}"))["relationshipToPartner"] == "reseller"
    subscriptions = read(await partner_center.get(SUBSCRIPTIONS))
    (seats,) = subscriptions["items"]
    assert (seats["quantity"], seats["status"], seats["termDuration"]) == (12, "active", "P1Y")
    assert seats["offerId"].count(":") == 2


async def test_a_purchase_has_one_id_in_both_places(
    partner_center: httpx.AsyncClient, token_form: dict[str, str]
) -> None:
    (seats,) = read(await partner_center.get(SUBSCRIPTIONS))["items"]
    answer = await sign_in(partner_center, token_form, CUSTOMER_TENANT, token_form["scope"])
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    rows = (await partner_center.get("/v1.0/directory/subscriptions", headers=headers)).json()["value"]
    assert seats["id"] in [row["commerceSubscriptionId"] for row in rows]


async def test_the_list_of_customers_ends_with_a_refusal(
    partner_center: httpx.AsyncClient, microsoft_simulator: RunningSimulator
) -> None:
    microsoft_simulator.switch_on("small_pages", detail="1")
    first = read(await partner_center.get("/v1/customers?size=500"))
    headers = {"MS-ContinuationToken": first["continuationToken"]}
    answer = await partner_center.get("/v1/customers?size=500&seekOperation=next", headers=headers)
    assert (answer.status_code, read(answer)["code"]) == (400, 2000)


async def test_ids_come_back(partner_center: httpx.AsyncClient) -> None:
    ours = "0f8fad5b-d9cb-469f-a165-70867728950e"
    answer = await partner_center.get(SUBSCRIPTIONS, headers={"MS-CorrelationId": ours, "MS-RequestId": ours})
    assert (answer.headers["ms-correlationid"], answer.headers["ms-requestid"]) == (ours, ours)


@pytest.mark.parametrize(
    ("fault", "detail", "status", "code"),
    [
        ("partner_without_mfa", None, 401, "900421"),
        ("partner_indirect_reseller", None, 403, 900308),
        ("partner_error", "400:800090", 400, 800090),
        ("partner_error", "500:internal", 500, "internal"),
    ],
)
async def test_refusals(
    partner_center: httpx.AsyncClient,
    microsoft_simulator: RunningSimulator,
    fault: str,
    detail: str | None,
    status: int,
    code: int | str,
) -> None:
    microsoft_simulator.switch_on(fault, times=1, detail=detail)
    answer = await partner_center.get(SUBSCRIPTIONS)
    assert (answer.status_code, read(answer)["code"]) == (status, code)


async def test_the_throttle_has_a_shape_of_its_own(
    partner_center: httpx.AsyncClient, microsoft_simulator: RunningSimulator
) -> None:
    microsoft_simulator.switch_on("partner_rate_limit", times=1)
    answer = await partner_center.get(SUBSCRIPTIONS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "57")
    assert answer.json() == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}


async def test_a_token_of_another_resource_or_tenant_is_refused(
    partner_graph: httpx.AsyncClient, token_form: dict[str, str]
) -> None:
    assert (await partner_graph.get(SUBSCRIPTIONS)).status_code == 401
    answer = await sign_in(partner_graph, token_form, CUSTOMER_TENANT, PARTNER_SCOPE)
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [500011])


async def test_a_stranger_is_no_customer(partner_center: httpx.AsyncClient) -> None:
    answer = await partner_center.get("/v1/customers/00000000-0000-4000-8000-000000000002/subscriptions")
    assert (answer.status_code, read(answer)["code"]) == (404, 20002)


@pytest.mark.parametrize("path", ["/v1.0/contracts", "/v1.0/tenantRelationships/delegatedAdminCustomers"])
async def test_the_partners_own_lists(partner_graph: httpx.AsyncClient, path: str) -> None:
    rows = (await partner_graph.get(path)).json()["value"]
    assert [row.get("customerId") or row["tenantId"] for row in rows] == [CUSTOMER_TENANT]


async def test_relationships(partner_graph: httpx.AsyncClient, microsoft_simulator: RunningSimulator) -> None:
    microsoft_simulator.switch_on("small_pages", detail="1")
    answer = await partner_graph.get(RELATIONSHIPS, params={"$filter": "status eq 'active'", "$top": "300"})
    (row,) = answer.json()["value"]
    assert row["accessDetails"]["unifiedRoles"]
    gone = await partner_graph.get(RELATIONSHIPS, params={"$filter": "status eq 'expired'"})
    assert gone.json()["value"] == []
    too_many = await partner_graph.get(RELATIONSHIPS, params={"$top": "301"}, extensions=BAD_ON_PURPOSE)
    assert too_many.status_code == 400


async def test_a_customers_tenant_has_no_such_lists(graph: httpx.AsyncClient) -> None:
    assert (await graph.get(RELATIONSHIPS)).status_code == 403
