"""Every covered operation of the Microsoft simulator against the published description and our own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.contract.checking import BAD_ON_PURPOSE
from tests.contract.running import CUSTOMER_TENANT, RunningSimulator

TOKEN = f"/{CUSTOMER_TENANT}/oauth2/v2.0/token"
LICENSED_USERS = {
    "$select": "id,userPrincipalName,displayName,accountEnabled,userType,assignedLicenses,"
    "licenseAssignmentStates,onPremisesSyncEnabled,department,officeLocation,companyName",
    "$filter": "assignedLicenses/$count ne 0",
    "$count": "true",
    "$top": "4",
}
EVENTUAL = {"ConsistencyLevel": "eventual"}


async def test_a_token_and_its_successor(microsoft: httpx.AsyncClient, token_form: dict[str, str]) -> None:
    first = await microsoft.post(TOKEN, data=token_form)
    assert first.status_code == 200
    rotated = first.json()["refresh_token"]
    second = await microsoft.post(TOKEN, data={**token_form, "refresh_token": rotated})
    third = await microsoft.post(TOKEN, data=token_form)
    assert (second.status_code, third.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("tenant", "changed", "status", "error", "code"),
    [
        (CUSTOMER_TENANT, {"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        (CUSTOMER_TENANT, {"refresh_token": "wrong"}, 400, "invalid_grant", 70008),
        (
            CUSTOMER_TENANT,
            {"client_id": "00000000-0000-4000-8000-000000000001"},
            400,
            "unauthorized_client",
            700016,
        ),
        ("00000000-0000-4000-8000-000000000002", {}, 400, "invalid_request", 90002),
    ],
)
async def test_a_refused_token(
    microsoft: httpx.AsyncClient,
    token_form: dict[str, str],
    tenant: str,
    changed: dict[str, str],
    status: int,
    error: str,
    code: int,
) -> None:
    answer = await microsoft.post(f"/{tenant}/oauth2/v2.0/token", data={**token_form, **changed})
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [code])


@pytest.mark.parametrize("code", [50076, 50173, 65001, 90099, 53003, 7000222, 90033, 700082])
async def test_every_sign_in_trouble_has_the_same_shape(
    microsoft: httpx.AsyncClient,
    microsoft_simulator: RunningSimulator,
    token_form: dict[str, str],
    code: int,
) -> None:
    microsoft_simulator.switch_on("token_error", times=1, detail=str(code))
    answer = await microsoft.post(TOKEN, data=token_form)
    assert answer.json()["error_codes"] == [code]


@pytest.mark.parametrize(
    "path",
    [
        "/v1.0/subscribedSkus",
        "/v1.0/subscribedSkus?$select=skuId,consumedUnits,prepaidUnits,subscriptionIds",
        "/v1.0/directory/subscriptions",
        "/v1.0/organization",
        "/v1.0/users",
        "/v1.0/users?$filter=accountEnabled eq false&$select=id",
    ],
)
async def test_a_read_answers_as_described(graph: httpx.AsyncClient, path: str) -> None:
    answer = await graph.get(path)
    assert answer.status_code == 200
    assert answer.json()["value"]


async def test_all_properties_of_a_user_can_be_selected(graph: httpx.AsyncClient) -> None:
    from local.simulators.microsoft.user_rows import KNOWN_PROPERTIES

    answer = await graph.get("/v1.0/users", params={"$select": ",".join(sorted(KNOWN_PROPERTIES))})
    assert set(answer.json()["value"][0]) == KNOWN_PROPERTIES


async def test_pages_of_users(graph: httpx.AsyncClient) -> None:
    answer = await graph.get("/v1.0/users", params=LICENSED_USERS, headers=EVENTUAL)
    assert answer.json()["@odata.count"] == 11
    rows: list[dict[str, Any]] = answer.json()["value"]
    while link := answer.json().get("@odata.nextLink"):
        assert (await graph.get(link)).status_code == 400
        answer = await graph.get(link, headers=EVENTUAL)
        assert "@odata.count" not in answer.json()
        rows += answer.json()["value"]
    assert len({row["id"] for row in rows}) == len(rows) == 11
    assert [row["accountEnabled"] for row in rows].count(False) == 1


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        (LICENSED_USERS, "Request_UnsupportedQuery"),
        ({"$top": "1000"}, "BadRequest"),
        ({"$select": "shoeSize"}, "BadRequest"),
    ],
)
async def test_a_bad_query_is_refused(graph: httpx.AsyncClient, parameters: dict[str, str], code: str) -> None:
    answer = await graph.get("/v1.0/users", params=parameters)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_no_token_no_answer(microsoft: httpx.AsyncClient) -> None:
    answer = await microsoft.get("/v1.0/organization", headers={"client-request-id": "ours"})
    assert answer.status_code == 401
    assert answer.json()["error"]["innerError"]["client-request-id"] == "ours"


def batch_of(count: int) -> dict[str, Any]:
    return {"requests": [{"id": str(n), "method": "GET", "url": "/organization"} for n in range(count)]}


async def test_the_nightly_batch(graph: httpx.AsyncClient) -> None:
    query = "&".join(f"{name}={value}" for name, value in LICENSED_USERS.items())
    answer = await graph.post(
        "/v1.0/$batch",
        json={
            "requests": [
                {"id": "skus", "method": "GET", "url": "/subscribedSkus"},
                {"id": "subscriptions", "method": "GET", "url": "/directory/subscriptions"},
                {"id": "users", "method": "GET", "url": f"/users?{query}", "headers": EVENTUAL},
                {"id": "careless", "method": "GET", "url": f"/users?{query}"},
            ]
        },
    )
    parts = {part["id"]: part for part in answer.json()["responses"]}
    assert {name: part["status"] for name, part in parts.items()} == {
        "skus": 200,
        "subscriptions": 200,
        "users": 200,
        "careless": 400,
    }
    seats = {row["skuPartNumber"]: row["totalLicenses"] for row in parts["subscriptions"]["body"]["value"]}
    assert seats == {"SPB": 12, "FLOW_FREE": 1_000_000}
    sku = next(row for row in parts["skus"]["body"]["value"] if row["skuPartNumber"] == "SPB")
    assert (sku["prepaidUnits"]["enabled"], sku["consumedUnits"]) == (12, 11)


async def test_the_limits_of_a_batch(graph: httpx.AsyncClient) -> None:
    assert (await graph.post("/v1.0/$batch", json=batch_of(20))).status_code == 200
    too_many = await graph.post("/v1.0/$batch", json=batch_of(21), extensions=BAD_ON_PURPOSE)
    assert (too_many.status_code, too_many.json()["error"]["code"]) == (400, "MaximumValueExceeded")
    twice = {"requests": batch_of(1)["requests"] * 2}
    assert (await graph.post("/v1.0/$batch", json=twice, extensions=BAD_ON_PURPOSE)).status_code == 400


@pytest.mark.parametrize(
    ("detail", "status"), [("organization:403", 403), ("organization:429", 429), ("organization:503", 503)]
)
async def test_a_failing_part_is_still_described(
    graph: httpx.AsyncClient, microsoft_simulator: RunningSimulator, detail: str, status: int
) -> None:
    microsoft_simulator.switch_on("batch_part_status", times=1, detail=detail, seconds=7)
    answer = await graph.post("/v1.0/$batch", json=batch_of(1))
    part = answer.json()["responses"][0]
    assert (answer.status_code, part["status"], part["headers"]["Retry-After"]) == (200, status, "7")
