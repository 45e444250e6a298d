"""The Autotask simulator's manners: zone, headers, filters, pages, budget, threads; all as autotask-halo.md 1 says."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.unit.local.simulators.conftest import NO_TLS, Simulator

V1 = "/atservicesrest/v1.0"
UNITS = f"{V1}/ContractServiceUnits/query"
EVERYTHING: dict[str, Any] = {"op": "exist", "field": "id"}


def number(operator: str, value: int) -> dict[str, Any]:
    return {"op": operator, "field": "id", "value": value}


def ask(autotask: Simulator, entity: str, *conditions: Any, **members: Any) -> httpx.Response:
    return autotask.client.post(f"{V1}/{entity}/query", json={"Filter": list(conditions), **members})


def ids(autotask: Simulator, entity: str, *conditions: Any) -> list[int]:
    answer = ask(autotask, entity, *conditions)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


def errors(answer: httpx.Response) -> str:
    assert answer.status_code == 500, answer.text
    (text,) = answer.json()["errors"]
    return str(text)


def test_the_zone_of_a_user_needs_no_headers(autotask: Simulator) -> None:
    address = f"{autotask.client.base_url}{V1}/zoneInformation"
    user = {"user": "Seatledger@Demo-MSP.example"}
    told = httpx.get(address, params=user, verify=NO_TLS).json()
    assert set(told) == {"zoneName", "url", "webUrl", "ci"}
    assert told["url"].endswith("/ATServicesRest/")
    assert "Zone information" in errors(httpx.get(address, params={"user": "nobody@x.example"}, verify=NO_TLS))
    assert "Zone information" in errors(httpx.get(address, verify=NO_TLS))


def test_versions(autotask: Simulator) -> None:
    assert autotask.client.get("/atservicesrest/versioninformation").json() == {"apiVersions": ["v1.0"]}


@pytest.mark.parametrize(("header", "status"), [("Secret", 401), ("UserName", 401), ("ApiIntegrationCode", 500)])
def test_each_header_has_to_be_right(autotask: Simulator, header: str, status: int) -> None:
    answer = autotask.client.get(f"{V1}/Contracts/1201", headers={header: "wrong"})
    assert answer.status_code == status
    assert bool(answer.content) == (status == 500)


def test_a_zone_that_moved_answers_401_until_it_is_asked_for_again(autotask: Simulator) -> None:
    autotask.switch_on("zone_moved")
    assert autotask.client.get(f"{V1}/Contracts/1201").status_code == 401
    autotask.client.get(f"{V1}/ZoneInformation", params={"user": "seatledger@demo-msp.example"})
    assert autotask.client.get(f"{V1}/Contracts/1201").status_code == 200


@pytest.mark.parametrize("path", [f"{V1}/ThresholdInformation", f"{V1}/zoneInformation"])
def test_what_is_only_read_takes_no_post(autotask: Simulator, path: str) -> None:
    """The published description has GET alone for both."""
    user = {"user": "seatledger@demo-msp.example"}
    assert autotask.client.get(path, params=user).status_code == 200
    assert autotask.client.post(path, params=user).status_code == 405


def test_a_description_of_a_billing_item_cannot_be_asked_for(autotask: Simulator) -> None:
    condition = {"op": "exist", "field": "lineItemFullDescription"}
    assert "lineItemFullDescription" in errors(ask(autotask, "BillingItems", condition))
    told = autotask.client.get(f"{V1}/BillingItems/entityInformation/fields").json()["fields"]
    mute = {field["name"] for field in told if not field["isQueryable"]}
    assert mute == {"lineItemFullDescription", "lineItemGroupDescription"}


def test_a_user_defined_field_that_nobody_made_is_not_found(autotask: Simulator) -> None:
    known = {"op": "exist", "field": "microsoft tenant id", "udf": True}
    assert ask(autotask, "Companies", known).status_code == 200
    assert "Unable to find Nobody's" in errors(ask(autotask, "Companies", {**known, "field": "Nobody's"}))
    assert "Unable to find" in errors(ask(autotask, "ContractServiceUnits", known))


def test_units_are_thirty_two_bits(autotask: Simulator) -> None:
    adjustment = {"contractServiceID": 9101, "effectiveDate": "2026-12-01", "unitChange": 2**31}
    assert "unitChange" in errors(autotask.client.post(f"{V1}/ContractServiceAdjustments", json=adjustment))


def test_paths_and_names_are_matched_without_regard_to_case(autotask: Simulator) -> None:
    body = {"filter": [{"OP": "EQ", "Field": "ContractName", "value": "microsoft 365"}], "maxrecords": 5}
    answer = autotask.client.post("/ATServicesRest/V1.0/contracts/QUERY", json=body)
    assert [row["id"] for row in answer.json()["items"]] == [1201]


def test_one_record_that_is_not_there_is_null(autotask: Simulator) -> None:
    assert autotask.client.get(f"{V1}/Contracts/1201").json()["item"]["contractName"] == "Microsoft 365"
    missing = autotask.client.get(f"{V1}/Contracts/99")
    assert (missing.status_code, missing.json()) == (200, {"item": None})


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"op": "eq", "field": "id", "value": 501}, [501]),
        ({"op": "noteq", "field": "id", "value": 501}, [651]),
        ({"op": "gt", "field": "unitPrice", "value": 24}, [651]),
        ({"op": "gte", "field": "unitPrice", "value": 24}, [501, 651]),
        ({"op": "lt", "field": "unitPrice", "value": 24.0}, []),
        ({"op": "lte", "field": "unitPrice", "value": 24.0}, [501]),
        ({"op": "beginsWith", "field": "name", "value": "server"}, [651]),
        ({"op": "endsWith", "field": "name", "value": "Premium"}, [501]),
        ({"op": "contains", "field": "name", "value": "365"}, [501]),
        ({"op": "in", "field": "id", "value": [501, 99]}, [501]),
        ({"op": "notIn", "field": "id", "value": [501, 99]}, [651]),
        ({"op": "exist", "field": "sku"}, [501]),
        ({"op": "notExist", "field": "sku"}, [651]),
        ({"op": "noteq", "field": "sku", "value": "X"}, [501]),
        ({"op": "eq", "field": "isActive", "value": True}, [501, 651]),
        (
            {
                "op": "or",
                "items": [{"op": "eq", "field": "id", "value": 651}, {"op": "eq", "field": "id", "value": 501}],
            },
            [501, 651],
        ),
        (
            {
                "op": "and",
                "items": [{"op": "gt", "field": "id", "value": 1}, {"op": "lt", "field": "id", "value": 600}],
            },
            [501],
        ),
    ],
    ids=lambda value: value["op"] if isinstance(value, dict) else "",
)
def test_operators(autotask: Simulator, condition: dict[str, Any], found: list[int]) -> None:
    assert ids(autotask, "Services", condition) == found


def test_a_list_of_conditions_is_anded(autotask: Simulator) -> None:
    price = {"op": "gt", "field": "unitPrice", "value": 10}
    assert ids(autotask, "Services", price, {"op": "lt", "field": "unitPrice", "value": 30}) == [501]


def test_dates_are_compared_as_moments(autotask: Simulator) -> None:
    november = (
        {"op": "lte", "field": "startDate", "value": "2026-11-15"},
        {
            "op": "gte",
            "field": "endDate",
            "value": "2026-11-15T00:00:00Z",
        },
    )
    (row,) = ask(autotask, "ContractServiceUnits", *november).json()["items"]
    assert (row["startDate"], row["endDate"], row["units"]) == ("2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z", 2)


def test_user_defined_fields_have_to_be_named_as_such(autotask: Simulator) -> None:
    tenant = {"op": "eq", "field": "Microsoft tenant id", "value": "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"}
    assert ids(autotask, "Companies", {**tenant, "udf": True}) == [250]
    assert errors(ask(autotask, "Companies", tenant)).startswith("Unable to find Microsoft tenant id in the Company")
    twice = ask(autotask, "Companies", {**tenant, "udf": True}, {**tenant, "udf": True})
    assert "one user-defined field" in errors(twice)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Filter": []},
        {"Filter": [{"op": "like", "field": "id", "value": 1}]},
        {"Filter": [{"op": "eq", "field": "isActive", "value": None}]},
        {"Filter": [{"op": "eq", "field": "id", "value": "many"}]},
        {"Filter": [{"op": "in", "field": "id", "value": 501}]},
        {"Filter": [EVERYTHING], "MaxRecords": 501},
        {"Filter": [EVERYTHING], "IncludeFields": ["nonsense"]},
    ],
    ids=str,
)
def test_a_query_without_meaning_is_a_500(autotask: Simulator, body: dict[str, Any]) -> None:
    assert errors(autotask.client.post(f"{V1}/Services/query", json=body))


@pytest.mark.parametrize(("count", "status"), [(499, 200), (500, 200), (501, 500)])
def test_five_hundred_alternatives_a_query(autotask: Simulator, count: int, status: int) -> None:
    answer = ask(autotask, "Services", {"op": "in", "field": "id", "value": list(range(count))})
    assert answer.status_code == status


def test_a_query_by_address(autotask: Simulator) -> None:
    search = {"search": '{"filter":[{"op":"eq","field":"id","value":501}],"includeFields":["name"]}'}
    page = autotask.client.get(f"{V1}/Services/query", params=search).json()
    assert page["items"] == [{"name": "Microsoft 365 Business Premium"}]


def test_counting(autotask: Simulator) -> None:
    body = {"Filter": [EVERYTHING]}
    assert autotask.client.post(f"{V1}/ContractServiceUnits/query/count", json=body).json() == {"queryCount": 24}


def read_pages(autotask: Simulator, body: dict[str, Any]) -> list[list[int]]:
    pages: list[list[int]] = []
    address: str | None = UNITS
    while address is not None:
        page = autotask.client.post(address, json=body).json()
        pages.append([row["id"] for row in page["items"]])
        assert page["pageDetails"]["count"] == len(pages[-1])
        address = page["pageDetails"]["nextPageUrl"]
    return pages


def test_pages_follow_one_another_by_posting_the_same_body(autotask: Simulator) -> None:
    pages = read_pages(autotask, {"Filter": [EVERYTHING], "MaxRecords": 10})
    assert [len(page) for page in pages] == [10, 10, 4]
    together = [number for page in pages for number in page]
    assert together == sorted(set(together))


def test_a_full_last_page_is_the_last_one(autotask: Simulator) -> None:
    assert [len(page) for page in read_pages(autotask, {"Filter": [EVERYTHING], "MaxRecords": 12})] == [12, 12]


def test_the_next_page_of_a_posted_query_cannot_be_fetched(autotask: Simulator) -> None:
    page = ask(autotask, "ContractServiceUnits", EVERYTHING, MaxRecords=10).json()
    following = page["pageDetails"]["nextPageUrl"]
    assert autotask.client.get(following).status_code == 405
    assert errors(autotask.client.post(following))
    back = autotask.client.post(following, json={"Filter": [EVERYTHING], "MaxRecords": 10}).json()
    first = autotask.client.post(back["pageDetails"]["prevPageUrl"], json={"Filter": [EVERYTHING], "MaxRecords": 10})
    assert first.json()["items"] == page["items"]


def test_the_next_page_of_a_query_by_address_is_fetched(autotask: Simulator) -> None:
    search = {"search": '{"filter":[{"op":"exist","field":"id"}],"maxRecords":20}'}
    page = autotask.client.get(UNITS, params=search).json()
    assert len(autotask.client.get(page["pageDetails"]["nextPageUrl"]).json()["items"]) == 4


def test_pages_of_chosen_fields_need_the_id(autotask: Simulator) -> None:
    assert "id" in errors(ask(autotask, "ContractServiceUnits", EVERYTHING, MaxRecords=10, IncludeFields=["units"]))
    answer = ask(autotask, "ContractServiceUnits", EVERYTHING, MaxRecords=10, IncludeFields=["id", "units"])
    assert set(answer.json()["items"][0]) == {"id", "units"}


def test_a_page_that_forgets_its_successor(autotask: Simulator) -> None:
    autotask.switch_on("lost_next_page", times=1)
    page = ask(autotask, "ContractServiceUnits", EVERYTHING, MaxRecords=10).json()
    assert (len(page["items"]), page["pageDetails"]["nextPageUrl"]) == (10, None)


def test_narrowed_rights_show_no_rows_and_no_error(autotask: Simulator) -> None:
    autotask.switch_on("narrowed", operation="POST /V1.0/Contracts/query")
    assert ids(autotask, "Contracts", EVERYTHING) == []
    assert ids(autotask, "Companies", EVERYTHING) == [250]


def test_adjustments_cannot_be_read(autotask: Simulator) -> None:
    assert ask(autotask, "ContractServiceAdjustments", EVERYTHING).status_code == 404
    assert autotask.client.delete(f"{V1}/Contracts/1201").status_code == 405


def test_what_is_told_of_fields(autotask: Simulator) -> None:
    """Lengths and picklists; a picklist's value is a text where the field holds a number."""
    told = autotask.client.get(f"{V1}/ContractServices/entityInformation/fields").json()["fields"]
    lengths = {field["name"]: field["length"] for field in told}
    assert (lengths["invoiceDescription"], lengths["internalDescription"]) == (1000, 100)
    assert {field["name"] for field in told if field["isReadOnly"]} >= {"contractID", "serviceID", "unitPrice"}
    contract = autotask.client.get(f"{V1}/Contracts/entityInformation/fields").json()["fields"]
    (kind,) = [field for field in contract if field["name"] == "contractType"]
    assert ("7", "Recurring Service") in [(each["value"], each["label"]) for each in kind["picklistValues"]]
    own = autotask.client.get(f"{V1}/Companies/entityInformation/userDefinedFields").json()["fields"]
    assert [field["name"] for field in own] == ["Microsoft tenant id"]


def spend(autotask: Simulator, used: int) -> None:
    autotask.client.post("/__simulator/budget", json={"used": used}).raise_for_status()


def test_the_threshold_counts_the_whole_database(autotask: Simulator) -> None:
    spend(autotask, 1200)
    told = autotask.client.get(f"{V1}/ThresholdInformation").json()
    assert told == {
        "externalRequestThreshold": 10_000,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": 1201,
    }


@pytest.mark.parametrize(("used", "least", "most"), [(4999, 0, 0.4), (5000, 0.5, 0.9), (7499, 0.5, 0.9), (7500, 1, 2)])
def test_calls_take_longer_past_half_and_three_quarters(
    autotask: Simulator, used: int, least: float, most: float
) -> None:
    spend(autotask, used)
    answer = autotask.client.get(f"{V1}/Contracts/1201")
    assert least <= answer.elapsed.total_seconds() < most


def test_past_the_threshold_nobody_is_answered(autotask: Simulator) -> None:
    spend(autotask, 9_999)
    assert autotask.client.get(f"{V1}/Contracts/1201").status_code == 200
    assert autotask.client.get(f"{V1}/Contracts/1201").status_code == 429
    assert autotask.client.get(f"{V1}/ThresholdInformation").status_code == 429
    assert autotask.client.get(f"{V1}/ZoneInformation?user=seatledger@demo-msp.example").status_code == 200


@pytest.mark.parametrize(("count", "refused"), [(3, 0), (4, 1)])
async def test_three_requests_of_an_entity_at_a_time(autotask: Simulator, count: int, refused: int) -> None:
    autotask.switch_on("slow", seconds=0.3)
    async with httpx.AsyncClient(
        base_url=autotask.client.base_url, headers=autotask.client.headers, verify=NO_TLS
    ) as client:
        asked = [client.get(f"{V1}/Contracts/1201") for _ in range(count)]
        answers = await asyncio.gather(*asked, client.get(f"{V1}/Companies/250"))
    texts = [answer.json()["errors"][0] for answer in answers if answer.status_code == 429]
    assert len(texts) == refused
    assert all("thread threshold of 3 threads has been exceeded" in text for text in texts)
