"""Wrong traffic is caught: the check would be worth nothing otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import CLIENT_ID_HEADER, NO_TLS, VENDOR_ACCEPT

BASE = "http://127.0.0.1/v2026_4/apis/3.0"
ADDITION: dict[str, Any] = {
    "id": 1,
    "product": {"id": 501, "identifier": "M365-BP"},
    "quantity": 12.0,
    "billCustomer": "Billable",
    "effectiveDate": "2026-11-15T00:00:00Z",
}
HEADERS = {"clientId": CLIENT_ID_HEADER, "Accept": VENDOR_ACCEPT}


async def exchange(
    counter: ContractCounter, answer: Callable[[httpx.Request], httpx.Response], **request: Any
) -> httpx.Response:
    transport = CheckingTransport(httpx.MockTransport(answer), counter)
    async with httpx.AsyncClient(transport=transport, headers=HEADERS, auth=("demo+a", "b"), verify=NO_TLS) as client:
        return await client.request(**request)


def vendor_json(value: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(value), headers={"content-type": VENDOR_ACCEPT})


async def test_a_right_answer_passes_unchanged(counter: ContractCounter) -> None:
    answer = await exchange(
        counter,
        lambda _request: vendor_json([ADDITION]),
        method="GET",
        url=f"{BASE}/finance/agreements/1201/additions",
    )
    assert answer.json() == [ADDITION]
    assert (counter.checked, counter.failed) == (1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": "12"},
        {"billCustomer": "Perhaps"},
        {"effectiveDate": "yesterday"},
        {"product": None},
        {"id": 1.5},
    ],
)
async def test_a_wrong_answer_is_caught(counter: ContractCounter, wrong: dict[str, Any]) -> None:
    await exchange(
        counter,
        lambda _request: vendor_json([{**ADDITION, **wrong}]),
        method="GET",
        url=f"{BASE}/finance/agreements/1201/additions",
    )
    assert (counter.checked, counter.failed) == (1, 1)
    assert next(iter(wrong)) in counter.failures[0]


async def test_a_missing_member_is_caught_unless_it_was_not_asked_for(counter: ContractCounter) -> None:
    row = {"id": 1, "quantity": 12.0}
    address = f"{BASE}/finance/agreements/1201/additions"
    await exchange(counter, lambda _request: vendor_json([row]), method="GET", url=address)
    assert counter.failed == 1
    await exchange(counter, lambda _request: vendor_json([row]), method="GET", url=f"{address}?fields=id,quantity")
    assert (counter.checked, counter.failed) == (2, 1)


@pytest.mark.parametrize(
    "request_members",
    [
        {"method": "POST", "url": f"{BASE}/finance/agreements/1201/additions", "json": {"quantity": 1}},
        {"method": "GET", "url": f"{BASE}/finance/agreements?condition=id=1"},
        {"method": "GET", "url": f"{BASE}/finance/agreements", "auth": None},
        {"method": "GET", "url": f"{BASE}/finance/nonsense"},
        {"method": "GET", "url": "http://127.0.0.1/elsewhere"},
    ],
)
async def test_a_wrong_request_is_caught(counter: ContractCounter, request_members: dict[str, Any]) -> None:
    refused = vendor_json({"code": "InvalidObject", "message": "no"}, 400)
    await exchange(counter, lambda _request: refused, **request_members)
    assert (counter.checked, counter.failed) == (1, 1)


async def test_an_error_without_its_shape_is_caught(counter: ContractCounter) -> None:
    url = f"{BASE}/finance/agreements"
    await exchange(counter, lambda _request: vendor_json({"oops": 1}, 500), method="GET", url=url)
    assert counter.failed == 1


async def test_parts_of_a_batch_are_counted_and_caught(counter: ContractCounter) -> None:
    parts = [
        {"id": "1", "status": 200, "body": {"value": [{"id": "x", "totalLicenses": "twelve"}]}},
        {"id": "2", "status": 403, "body": {"error": {"code": "no"}}},
    ]
    json_headers = {"Content-Type": "application/json"}
    body = {"responses": [{**part, "headers": json_headers} for part in parts]}
    await exchange(
        counter,
        lambda _request: httpx.Response(200, json=body),
        method="POST",
        url="http://127.0.0.1/v1.0/$batch",
        headers={"Authorization": "Bearer x"},
        auth=None,
        json={
            "requests": [
                {"id": "1", "method": "GET", "url": "/directory/subscriptions"},
                {"id": "2", "method": "GET", "url": "/subscribedSkus"},
                {"id": "3", "method": "GET", "url": "/organization"},
            ]
        },
    )
    assert (counter.checked, counter.failed) == (4, 3)


async def test_a_connection_that_breaks_still_has_its_request_checked(counter: ContractCounter) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut", request=request)

    with pytest.raises(httpx.ReadError):
        await exchange(counter, broken, method="GET", url=f"{BASE}/system/info")
    assert (counter.checked, counter.failed) == (1, 0)


AUTOTASK = "http://127.0.0.1/atservicesrest/v1.0"
UNIT_ROW: dict[str, Any] = {"id": 1, "units": 2, "startDate": "2026-11-01T00:00:00Z", "approveAndPostDate": None}
LAST_PAGE = {"count": 1, "requestCount": 500, "prevPageUrl": None, "nextPageUrl": None}
QUERY: dict[str, Any] = {"Filter": [{"op": "exist", "field": "id"}]}
AUTOTASK_HEADERS = {"UserName": "a", "Secret": "b", "ApiIntegrationCode": "c"}


async def ask_autotask(counter: ContractCounter, value: object, status: int = 200, **request: Any) -> None:
    """A query of unit rows, or what `request` says instead."""
    asked = {"method": "POST", "url": f"{AUTOTASK}/ContractServiceUnits/query", "json": QUERY, **request}
    asked.setdefault("headers", AUTOTASK_HEADERS)
    await exchange(counter, lambda _request: httpx.Response(status, json=value), auth=None, **asked)


@pytest.mark.parametrize("url", [f"{AUTOTASK}/contractserviceunits/QUERY", f"{AUTOTASK}/ContractServiceUnits/query"])
async def test_a_right_page_of_autotask_passes(counter: ContractCounter, url: str) -> None:
    await ask_autotask(counter, {"items": [UNIT_ROW], "pageDetails": LAST_PAGE}, url=url)
    assert (counter.checked, counter.failures) == (1, [])


@pytest.mark.parametrize(
    "wrong",
    [{"units": "2"}, {"units": 1.5}, {"startDate": "tomorrow"}, {"quantity": 2}],
    ids=lambda row: next(iter(row)),
)
async def test_a_wrong_row_of_autotask_is_caught(counter: ContractCounter, wrong: dict[str, Any]) -> None:
    await ask_autotask(counter, {"items": [{**UNIT_ROW, **wrong}], "pageDetails": LAST_PAGE})
    assert counter.failed == 1


@pytest.mark.parametrize(
    "request_members",
    [
        {"headers": {"UserName": "a", "Secret": "b"}},
        {"json": {**QUERY, "PageSize": 10}},
        {"json": {"Filter": [{"operator": "eq", "field": "id"}]}},
        {"json": {"filter": "id"}},
        {"url": f"{AUTOTASK}/ContractServiceUnits/query?page=2"},
        {"url": f"{AUTOTASK}/ContractServiceUnits/query/next"},
        {"url": f"{AUTOTASK}/ContractServiceAdjustments/query"},
        {"url": f"{AUTOTASK}/ContractServiceAdjustments", "json": {"units": 1}},
        {"url": f"{AUTOTASK}/ContractServiceAdjustments", "json": {"effectiveDate": "1 December"}},
        {"method": "DELETE", "url": f"{AUTOTASK}/Contracts/1201"},
    ],
    ids=lambda members: str(next(iter(members.values())))[-40:],
)
async def test_a_wrong_request_to_autotask_is_caught(counter: ContractCounter, request_members: dict[str, Any]) -> None:
    await ask_autotask(counter, {"errors": ["no"]}, 500, **request_members)
    assert (counter.checked, counter.failed) == (1, 1)


async def test_an_error_of_autotask_without_its_shape_is_caught(counter: ContractCounter) -> None:
    await ask_autotask(counter, {"error": "no"}, 500)
    assert counter.failed == 1
