"""Autotask's simulator against the published description: every operation that it plays, and what it refuses."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.simulators.autotask.entities import entities
from tests.contract.checking import BAD_ON_PURPOSE
from tests.contract.running import AUTOTASK_USER, RunningSimulator

EVERYTHING = {"Filter": [{"op": "exist", "field": "id"}]}
READABLE = [name for name, entity in entities().items() if "R" in entity.rights]
ADJUSTMENT = {"contractServiceID": 9101, "effectiveDate": "2026-12-01", "unitChange": 1}


@pytest.fixture
async def filled(autotask: httpx.AsyncClient, autotask_simulator: RunningSimulator) -> httpx.AsyncClient:
    """A database in which every kind of record is there that the simulator makes."""
    await autotask.post("/ContractServiceAdjustments", json=ADJUSTMENT)
    autotask_simulator.act("invoice", {"date": "2026-12-01"})
    return autotask


@pytest.mark.parametrize("entity", READABLE)
async def test_reading_an_entity(filled: httpx.AsyncClient, entity: str) -> None:
    answer = await filled.post(f"/{entity}/query", json=EVERYTHING)
    assert answer.status_code == 200
    rows = answer.json()["items"]
    count = await filled.post(f"/{entity}/query/count", json=EVERYTHING)
    assert count.json() == {"queryCount": len(rows)}
    single = await filled.get(f"/{entity}/{rows[0]['id'] if rows else 99}")
    assert single.json() == {"item": rows[0] if rows else None}


@pytest.mark.parametrize("entity", entities())
async def test_what_is_told_of_an_entity(autotask: httpx.AsyncClient, entity: str) -> None:
    for kind in ("", "/fields", "/userDefinedFields"):
        assert (await autotask.get(f"/{entity}/entityInformation{kind}")).status_code == 200


async def test_zone_threshold_and_versions(autotask: httpx.AsyncClient) -> None:
    zone = await autotask.get("/zoneInformation", params={"user": AUTOTASK_USER})
    assert zone.json()["url"].endswith("/ATServicesRest/")
    assert (await autotask.get("/ThresholdInformation")).json()["externalRequestThreshold"] == 10_000
    assert (await autotask.get("/../versioninformation")).json() == {"apiVersions": ["v1.0"]}


async def test_pages(filled: httpx.AsyncClient) -> None:
    body = {**EVERYTHING, "MaxRecords": 10}
    address, numbers = "/ContractServiceUnits/query", []
    while address:
        page = (await filled.post(address, json=body)).json()
        numbers += [row["id"] for row in page["items"]]
        address = page["pageDetails"]["nextPageUrl"]
    assert numbers == list(range(1, 25))


async def test_writes(autotask: httpx.AsyncClient) -> None:
    """An adjustment's number is null, which the published description does not say."""
    assert (await autotask.post("/ContractServiceAdjustments", json=ADJUSTMENT)).json() == {"itemId": None}
    below: dict[str, Any] = {**ADJUSTMENT, "effectiveDate": "2027-01-01T00:00:00Z", "adjustedUnitPrice": 70.0}
    assert (await autotask.post("/Contracts/1201/ServiceAdjustments", json=below)).json() == {"itemId": None}
    made = (await autotask.post("/Contracts/1201/Services", json={"serviceID": 501})).json()
    changed = {"id": made["itemId"], "invoiceDescription": "Seats"}
    assert (await autotask.patch("/Contracts/1201/Services", json=changed)).json() == made
    listed = await autotask.get("/Contracts/1201/Services")
    assert [row["id"] for row in listed.json()["items"]] == [9101, made["itemId"]]
    contract = await autotask.patch("/Contracts", json={"id": 1201, "endDate": "2028-12-31"})
    assert contract.json() == {"itemId": 1201}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**ADJUSTMENT, "effectiveDate": "2025-12-31"}, 500),
        ({**ADJUSTMENT, "unitChange": -3}, 500),
        ({"contractServiceID": 99, "effectiveDate": "2026-12-01", "unitChange": 1}, 500),
    ],
)
async def test_refusals_are_described(autotask: httpx.AsyncClient, body: dict[str, Any], status: int) -> None:
    assert (await autotask.post("/ContractServiceAdjustments", json=body)).status_code == status


@pytest.mark.parametrize("header", ["UserName", "Secret", "ApiIntegrationCode"])
async def test_strangers(autotask: httpx.AsyncClient, header: str) -> None:
    answer = await autotask.get("/Contracts/1201", headers={header: "wrong"})
    assert answer.status_code in (401, 500)


@pytest.mark.parametrize(
    ("fault", "members", "status"),
    [
        ("html_429", {"seconds": 3}, 429),
        ("thread_limit", {}, 429),
        ("status", {"detail": "500:Transaction was deadlocked"}, 500),
        ("status", {"detail": "503"}, 503),
        ("status", {"detail": "403"}, 403),
        ("missing_right", {}, 500),
        ("unauthorized", {}, 401),
        ("lost_next_page", {}, 200),
        ("overlapping_rows", {}, 200),
        ("narrowed", {}, 200),
    ],
)
async def test_faulty_answers_are_still_described(
    autotask: httpx.AsyncClient,
    autotask_simulator: RunningSimulator,
    fault: str,
    members: dict[str, object],
    status: int,
) -> None:
    autotask_simulator.switch_on(fault, times=1, **members)
    body = {**EVERYTHING, "MaxRecords": 10}
    assert (await autotask.post("/ContractServiceUnits/query", json=body)).status_code == status
    assert (await autotask.post("/ContractServiceUnits/query", json=body)).status_code == 200


async def test_a_page_cannot_be_fetched_that_was_asked_for_by_post(autotask: httpx.AsyncClient) -> None:
    page = (await autotask.post("/ContractServiceUnits/query", json={**EVERYTHING, "MaxRecords": 10})).json()
    following = page["pageDetails"]["nextPageUrl"]
    assert (await autotask.get(following, extensions=BAD_ON_PURPOSE)).status_code == 405
    assert (await autotask.post(following, extensions=BAD_ON_PURPOSE)).status_code == 500
