"""Each fault of the Microsoft simulator does what its name says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

CUSTOMER = "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"
USERS = "/users?$filter=assignedLicenses/$count ne 0&$count=true&$top=6&$select=id,userPrincipalName,displayName"
EVENTUAL = {"ConsistencyLevel": "eventual"}
REQUESTS = [
    {"id": "skus", "method": "GET", "url": "/subscribedSkus"},
    {"id": "subscriptions", "method": "GET", "url": "/directory/subscriptions"},
    {"id": "users", "method": "GET", "url": USERS, "headers": EVENTUAL},
]


def batch(simulator: Any) -> httpx.Response:
    answer: httpx.Response = simulator.client.post("/v1.0/$batch", json={"requests": REQUESTS})
    return answer


def parts(simulator: Any) -> dict[str, Any]:
    return {part["id"]: part for part in batch(simulator).json()["responses"]}


def test_without_faults(microsoft: Any) -> None:
    found = parts(microsoft)
    assert {name: part["status"] for name, part in found.items()} == {
        "skus": 200,
        "subscriptions": 200,
        "users": 200,
    }
    assert found["users"]["body"]["@odata.count"] == 11


@pytest.mark.parametrize(
    ("detail", "status", "error"),
    [
        ("50076", 400, "interaction_required"),
        ("53003", 400, "invalid_grant"),
        ("7000222", 401, "invalid_client"),
        ("90099", 400, "unauthorized_client"),
        ("90033", 503, "temporarily_unavailable"),
    ],
)
def test_token_errors(microsoft: Any, detail: str, status: int, error: str) -> None:
    microsoft.switch_on("token_error", times=1, detail=detail, tenant=CUSTOMER)
    answer = microsoft.client.post(f"/{CUSTOMER}/oauth2/v2.0/token", data={})
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [int(detail)])
    assert body["error_description"].startswith(f"AADSTS{detail}: ")


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503, 504])
def test_the_whole_batch_fails(microsoft: Any, status: int) -> None:
    microsoft.switch_on("status", times=1, detail=str(status), seconds=4, operation="POST /v1.0/$batch")
    answer = batch(microsoft)
    assert (answer.status_code, answer.headers["retry-after"]) == (status, "4")
    assert answer.json()["error"]["code"]


def test_one_part_fails(microsoft: Any) -> None:
    detail = "subscriptions:403:Authorization_IdentityNotFound"
    microsoft.switch_on("batch_part_status", times=1, detail=detail)
    found = parts(microsoft)
    assert (found["skus"]["status"], found["subscriptions"]["status"]) == (200, 403)
    assert found["subscriptions"]["body"]["error"]["code"] == "Authorization_IdentityNotFound"


def test_one_part_is_throttled(microsoft: Any) -> None:
    microsoft.switch_on("batch_part_status", times=1, detail="users:429", seconds=9)
    found = parts(microsoft)
    assert (found["users"]["status"], found["users"]["headers"]["Retry-After"]) == (429, "9")


def test_connections_break_and_hang(microsoft: Any) -> None:
    microsoft.switch_on("reset", times=1)
    with pytest.raises(httpx.TransportError):
        batch(microsoft)
    microsoft.switch_on("hang", times=1)
    with pytest.raises(httpx.ReadTimeout):
        microsoft.client.get("/v1.0/organization", timeout=0.2)
    assert batch(microsoft).status_code == 200


def test_a_body_can_end_too_soon(microsoft: Any) -> None:
    microsoft.switch_on("truncate_body", times=1)
    with pytest.raises(ValueError, match="line 1"):
        batch(microsoft).json()


def test_a_throttled_answer_can_be_html(microsoft: Any) -> None:
    microsoft.switch_on("html_429", times=1)
    assert (batch(microsoft).status_code, batch(microsoft).status_code) == (429, 200)


def test_a_count_that_does_not_match(microsoft: Any) -> None:
    microsoft.switch_on("count_mismatch", times=1, detail="3")
    assert parts(microsoft)["users"]["body"]["@odata.count"] == 14


def test_an_empty_page_that_leads_on(microsoft: Any) -> None:
    microsoft.switch_on("empty_page_with_next_link", times=1)
    body = parts(microsoft)["users"]["body"]
    assert (body["value"], body["@odata.count"]) == ([], 11)
    seen = 0
    while link := body.get("@odata.nextLink"):
        body = microsoft.client.get(link, headers=EVENTUAL).json()
        seen += len(body["value"])
    assert seen == 11


def test_answers_without_content(microsoft: Any) -> None:
    operation = "GET /directory/subscriptions"
    microsoft.switch_on("missing_value", times=1, operation=operation)
    assert "value" not in parts(microsoft)["subscriptions"]["body"]
    microsoft.switch_on("empty_200", times=1, operation=operation)
    assert parts(microsoft)["subscriptions"]["body"]["value"] == []
    microsoft.switch_on("empty_200", times=1, operation=operation, detail="body")
    assert "body" not in parts(microsoft)["subscriptions"]


def test_a_foreign_tenant_answers(microsoft: Any) -> None:
    other = "00000000-0000-4000-8000-00000000000f"
    microsoft.switch_on("wrong_tenant", times=1, detail=other, operation="GET /subscribedSkus")
    row = parts(microsoft)["skus"]["body"]["value"][0]
    assert (row["accountId"], row["id"].partition("_")[0]) == (other, other)


def test_a_part_is_missing(microsoft: Any) -> None:
    microsoft.switch_on("missing_part", times=1, detail="subscriptions")
    assert set(parts(microsoft)) == {"skus", "users"}
    assert set(parts(microsoft)) == {"skus", "users", "subscriptions"}


def test_names_are_concealed(microsoft: Any) -> None:
    microsoft.switch_on("concealed_names", times=1)
    row = parts(microsoft)["users"]["body"]["value"][0]
    assert "@" not in row["userPrincipalName"]
    assert row["displayName"] == row["userPrincipalName"]


def test_faults_of_one_tenant_leave_others_alone(microsoft: Any) -> None:
    microsoft.switch_on("reset", tenant="00000000-0000-4000-8000-00000000000f")
    assert batch(microsoft).status_code == 200


def test_seats_change_in_both_reads(microsoft: Any) -> None:
    address = f"/__simulator/tenants/{CUSTOMER}/subscriptions/b4a3c2d1-6f0e-4b7a-9c58-31d2e7f40a01"
    microsoft.client.post(address, json={"totalLicenses": 14}).raise_for_status()
    found = parts(microsoft)
    assert found["skus"]["body"]["value"][0]["prepaidUnits"]["enabled"] == 14
    assert found["subscriptions"]["body"]["value"][0]["totalLicenses"] == 14
    assert microsoft.client.post(address, json={"seats": 1}).status_code == 400


def test_calls_are_counted_inside_and_outside(microsoft: Any) -> None:
    batch(microsoft)
    microsoft.client.get("/v1.0/organization")
    report = microsoft.client.get("/__simulator/calls").json()
    assert report["by_operation"] == {"GET /v1.0/organization": 1, "POST /v1.0/$batch": 1}
    assert report["inner"] == {
        "GET /directory/subscriptions": 1,
        "GET /subscribedSkus": 1,
        "GET /users": 1,
    }
