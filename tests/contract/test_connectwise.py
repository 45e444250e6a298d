"""Every covered operation of the ConnectWise simulator against the published description."""

from __future__ import annotations

import httpx
import pytest

from tests.contract.checking import BAD_ON_PURPOSE
from tests.contract.running import RunningSimulator

ADDITIONS = "/finance/agreements/1201/additions"
NEW_ADDITION = {
    "product": {"id": 501},
    "billCustomer": "Billable",
    "quantity": 12,
    "effectiveDate": "2026-11-15T00:00:00Z",
    "serialNumber": "SL-CONTRACT-1",
}

READS = [
    "/system/info",
    "/company/companies",
    "/company/companies/count",
    "/company/companies/250",
    "/finance/agreements",
    "/finance/agreements/count",
    "/finance/agreements/1201",
    "/finance/agreements/types",
    "/finance/agreements/types/4",
    ADDITIONS,
    f"{ADDITIONS}/count",
    f"{ADDITIONS}/9001",
    "/finance/agreementrecap/",
    "/finance/agreementrecap/1201",
    "/procurement/catalog",
    "/procurement/catalog/count",
    "/procurement/catalog/501",
    "/finance/invoices",
    "/finance/invoices/count",
    "/finance/billingCycles",
    "/system/audittrail?type=AgreementAddition&id=9001",
]


@pytest.mark.parametrize("path", READS)
async def test_a_read_answers_as_described(connectwise: httpx.AsyncClient, path: str) -> None:
    answer = await connectwise.get(path)
    assert answer.status_code == 200
    assert answer.json()
    assert answer.headers["api-current-version"] == "2026.4"


async def test_an_unknown_company_has_no_codebase(connectwise: httpx.AsyncClient) -> None:
    site = str(connectwise.base_url).partition("/v2026_4")[0]
    known = await connectwise.get(f"{site}/login/companyinfo/demo")
    unknown = await connectwise.get(f"{site}/login/companyinfo/nobody")
    assert known.json()["Codebase"] == "v2026_4/"
    assert unknown.json() is None


async def test_a_filtered_ordered_and_pruned_list(connectwise: httpx.AsyncClient) -> None:
    answer = await connectwise.get(
        "/finance/agreements",
        params={
            "conditions": 'company/id=250 AND (agreementStatus="Active" or name like "Man%")',
            "orderBy": "name asc",
            "fields": "id,name,company/identifier",
            "page": 1,
            "pageSize": 1000,
        },
    )
    expected = {"id": 1201, "name": "Managed Services", "company": {"identifier": "HarbourDental"}}
    assert answer.json() == [expected]


async def test_the_life_of_an_addition(connectwise: httpx.AsyncClient) -> None:
    created = await connectwise.post(ADDITIONS, json=NEW_ADDITION)
    assert created.status_code == 201
    row = created.json()
    assert (row["unitPrice"], row["extPrice"], row["margin"]) == (24.0, 288.0, 50.4)
    assert row["proratePrice"] == 12.8  # 24.00 x 16 of 30 days

    address = f"{ADDITIONS}/{row['id']}"
    patched = await connectwise.patch(address, json=[{"op": "replace", "path": "/quantity", "value": 14}])
    assert patched.json()["quantity"] == 14
    ended = await connectwise.patch(address, json=[{"op": "add", "path": "cancelledDate", "value": "2026-11-30"}])
    assert ended.json()["cancelledDate"] == "2026-11-30T00:00:00Z"
    replaced = await connectwise.put(address, json={**ended.json(), "quantity": 3})
    assert replaced.json()["quantity"] == 3

    trail = await connectwise.get("/system/audittrail", params={"type": "AgreementAddition", "id": row["id"]})
    assert [entry["enteredBy"] for entry in trail.json()] == ["Seatledger"] * len(trail.json())
    assert (await connectwise.delete(address)).status_code == 204
    assert (await connectwise.get(address)).status_code == 404


async def test_an_agreement_can_be_patched(connectwise: httpx.AsyncClient) -> None:
    operations = [{"op": "replace", "path": "prorateFlag", "value": False}]
    answer = await connectwise.patch("/finance/agreements/1201", json=operations)
    assert answer.json()["prorateFlag"] is False


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"billCustomer": "Billable"}, "InvalidObject"),
        ({"product": {"id": 501}}, "InvalidObject"),
        ({"product": {"id": 503}, "billCustomer": "Billable"}, "InvalidObject"),
        ({"product": {"id": 9}, "billCustomer": "Billable"}, "InvalidObject"),
        ({**NEW_ADDITION, "additionalDiscount": 1}, "ConnectWiseApi"),
        ({**NEW_ADDITION, "quantity": "12"}, "ConnectWiseApi"),
        ({**NEW_ADDITION, "billCustomer": "Sometimes"}, "InvalidObject"),
    ],
)
async def test_a_bad_addition_is_refused(connectwise: httpx.AsyncClient, body: dict[str, object], code: str) -> None:
    answer = await connectwise.post(ADDITIONS, json=body, extensions=BAD_ON_PURPOSE)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/finance/agreements?conditions=x/y=1", 400, "ApiFindCondition"),
        ("/finance/agreements?page=first", 400, "InvalidObject"),
        ("/finance/agreements/77", 404, "NotFound"),
        (f"{ADDITIONS}/77", 404, "NotFound"),
    ],
)
async def test_a_bad_read_is_refused(connectwise: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await connectwise.get(path, extensions=BAD_ON_PURPOSE)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_strangers_are_refused(connectwise: httpx.AsyncClient) -> None:
    stranger = await connectwise.get("/system/info", auth=("demo+nobody", "nothing"))
    assert (stranger.status_code, stranger.json()["code"]) == (401, "Unauthorized")
    nameless = await connectwise.get("/system/info", headers={"clientId": ""}, extensions=BAD_ON_PURPOSE)
    assert nameless.status_code == 401


@pytest.mark.parametrize(
    ("fault", "members", "status"),
    [
        ("html_429", {"seconds": 3}, 429),
        ("status", {"detail": "500"}, 500),
        ("status", {"detail": "503"}, 503),
        ("missing_right", {}, 403),
        ("unauthorized", {}, 401),
        ("extra_fields", {}, 200),
        ("nulls_missing", {}, 200),
    ],
)
async def test_faulty_answers_are_still_described(
    connectwise: httpx.AsyncClient,
    connectwise_simulator: RunningSimulator,
    fault: str,
    members: dict[str, object],
    status: int,
) -> None:
    connectwise_simulator.switch_on(fault, times=1, **members)
    assert (await connectwise.get(ADDITIONS)).status_code == status
    assert (await connectwise.get(ADDITIONS)).status_code == 200
