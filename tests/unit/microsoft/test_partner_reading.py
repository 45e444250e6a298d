"""Reading a partner account: both lists whole, the refresh token stored once, and nothing raised (S6, R4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from profiles.partners import ActiveGdap, LapsedGdap, NoGdap, PartnerTenant, TenantSource, UnlistedGdap, carry_lapsed
from profiles.readings import Unknown, UnknownReason
from tests.unit.microsoft.graph import GRAPH, TENANT
from tests.unit.microsoft.msp import (
    OTHER_ROLE,
    PARTNER,
    PARTNER_CENTER,
    READER_ROLE,
    START,
    Msp,
    collection,
    make_customer,
    make_relationship,
    ok,
)

OTHER = "11111111-2222-4333-8444-555555555555"
END = datetime(2027, 12, 31, tzinfo=UTC)
LIST = "GET /v1.0/tenantRelationships/delegatedAdminRelationships"


def pages(*responses: httpx.Response) -> Any:
    """Partner Center's answers in turn."""
    waiting = list(responses)
    return lambda _: waiting.pop(0)


def test_a_partner_is_read_from_both_lists() -> None:
    msp = Msp(partner_center=lambda _: collection(make_customer(), make_customer(OTHER, "Fabrikam")))
    assert msp.read_partner_known().tenants == (
        PartnerTenant(
            TENANT,
            "Contoso Ltd",
            "contoso.onmicrosoft.com",
            ActiveGdap(END, (READER_ROLE,), False),
            (TenantSource.GDAP, TenantSource.PARTNER_CENTER),
        ),
        PartnerTenant(OTHER, "Fabrikam", "contoso.onmicrosoft.com", NoGdap(), (TenantSource.PARTNER_CENTER,)),
    )


def test_reading_takes_one_token_and_one_list_each() -> None:
    msp = Msp(partner_center=lambda _: collection(make_customer()))
    msp.read_partner_known()
    assert msp.calls == [f"token {PARTNER} {GRAPH}", LIST, f"token {PARTNER} {PARTNER_CENTER}", "GET /v1/customers"]
    assert msp.site.requests[1].url.params["$filter"] == "status eq 'active'"
    assert msp.site.requests[1].url.params["$top"] == "300"


def test_an_indirect_reseller_never_asks_partner_center() -> None:
    msp = Msp(has_contract=False)
    assert [tenant.sources for tenant in msp.read_partner_known().tenants] == [(TenantSource.GDAP,)]
    assert msp.calls == [f"token {PARTNER} {GRAPH}", LIST]


def test_a_cloud_without_the_list_still_renews_the_refresh_token() -> None:
    msp = Msp(lists_gdap=False, partner_center=lambda _: collection(make_customer()))
    reading = msp.read_partner_known()
    assert reading.relationships is None
    assert reading.tenants[0].gdap == UnlistedGdap()
    assert msp.vault.stored == [("stamp-0", "refresh-1")]


# GDAP


def test_several_relationships_are_united_and_leftovers_skipped() -> None:
    msp = Msp(has_contract=False)
    both = {"unifiedRoles": [{"roleDefinitionId": OTHER_ROLE.upper()}]}
    msp.relationships = [
        make_relationship(endDateTime="2026-12-01T00:00:00Z"),
        make_relationship(id="second", accessDetails=both),
        make_relationship(OTHER, displayName="MLT_20230101"),
        make_relationship(OTHER, status="expired"),
    ]
    (tenant,) = msp.read_partner_known().tenants
    assert tenant.gdap == ActiveGdap(END, (OTHER_ROLE, READER_ROLE), False)


@pytest.mark.parametrize(
    ("extension", "end", "is_soon"),
    [
        ("PT0S", "2026-12-22T07:00:00Z", True),
        ("PT0S", "2026-12-22T07:00:01Z", False),
        ("P0D", "2026-12-01T00:00:00Z", True),
        (None, "2026-12-01T00:00:00Z", True),
        ("P180D", "2026-12-01T00:00:00Z", False),
    ],
)
def test_a_relationship_that_ends_within_a_month_expires_soon(extension: Any, end: str, is_soon: bool) -> None:
    msp = Msp(has_contract=False)
    msp.relationships = [make_relationship(autoExtendDuration=extension, endDateTime=end)]
    gdap = msp.read_partner_known().tenants[0].gdap
    assert isinstance(gdap, ActiveGdap)
    assert gdap.expires_soon(START) is is_soon


def test_a_relationship_that_has_ended_is_lapsed_whatever_its_status_says() -> None:
    msp = Msp(has_contract=False)
    msp.relationships = [make_relationship(endDateTime="2026-11-01T00:00:00Z")]
    assert msp.read_partner_known().tenants[0].gdap == LapsedGdap(datetime(2026, 11, 1, tzinfo=UTC))


def test_all_pages_of_relationships_are_followed_even_an_empty_one() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        link: str | None
        match request.url.params.get("$skiptoken"):
            case None:
                rows, link = [make_relationship()], f"{GRAPH}/v1.0/x?$skiptoken=2"
            case "2":
                rows, link = [], f"{GRAPH}/v1.0/x?$skiptoken=3"
            case _:
                rows, link = [make_relationship(OTHER)], None
        return httpx.Response(200, json={"value": rows} | ({"@odata.nextLink": link} if link else {}))

    msp = Msp(has_contract=False, graph=answer)
    assert {tenant.tenant_id for tenant in msp.read_partner_known().tenants} == {TENANT, OTHER}


@pytest.mark.parametrize("field", ["id", "status", "customer", "accessDetails", "endDateTime"])
def test_a_relationship_without_a_field_makes_the_reading_unknown(field: str) -> None:
    msp = Msp(has_contract=False)
    del msp.relationships[0][field]
    reading = msp.read_partner()
    assert isinstance(reading, Unknown)
    assert reading.reason is UnknownReason.INCOMPLETE


def test_access_that_was_there_and_is_gone_has_lapsed() -> None:
    before = Msp(has_contract=False)
    before.relationships = [make_relationship(), make_relationship(OTHER, endDateTime="2026-11-23T00:00:00Z")]
    old = before.read_partner_known()
    after = Msp(partner_center=lambda _: collection(make_customer()), time=datetime(2026, 11, 24, 7, tzinfo=UTC))
    after.relationships = []
    merged = carry_lapsed(old, after.read_partner_known())
    assert {tenant.tenant_id: tenant.gdap for tenant in merged.tenants} == {
        TENANT: LapsedGdap(after.time),
        OTHER: LapsedGdap(datetime(2026, 11, 23, tzinfo=UTC)),
    }
    assert carry_lapsed(merged, after.read_partner_known()).tenants == merged.tenants
    assert carry_lapsed(merged, old).tenants == old.tenants


# Partner Center's customers


def test_customers_are_paged_by_header_until_the_token_is_empty() -> None:
    msp = Msp()
    msp.partner_center = pages(
        collection(make_customer(), continuationToken="token-1"),
        collection(make_customer(OTHER), continuationToken=""),
    )
    assert len(msp.read_partner_known().tenants) == 2
    first, second = msp.site.requests[-2:]
    assert (dict(first.url.params), "ms-continuationtoken" in first.headers) == ({"size": "500"}, False)
    assert dict(second.url.params) == {"size": "500", "seekOperation": "next"}
    assert second.headers["ms-continuationtoken"] == "token-1"
    assert first.headers["ms-correlationid"] != second.headers["ms-correlationid"]
    assert first.headers["ms-contract-version"] == "v1"


@pytest.mark.parametrize("code", [2000, "2000"])
def test_an_error_2000_is_the_end_of_the_customers(code: Any) -> None:
    end = httpx.Response(400, json={"code": code, "description": "No more records", "data": [], "source": "PartnerFD"})
    msp = Msp(partner_center=pages(collection(make_customer(), continuationToken="token-1"), end))
    assert len(msp.read_partner_known().tenants) == 1


def test_keys_are_read_in_whatever_case() -> None:
    row = {"Id": TENANT, "CompanyProfile": {"TenantId": TENANT.upper(), "Domain": "d.example", "CompanyName": "Name"}}
    msp = Msp(partner_center=lambda _: ok({"TotalCount": 1, "Items": [row]}))
    assert msp.read_partner_known().tenants[0].name == "Name"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(400, json={"code": 2001, "description": "x"}), UnknownReason.UNREACHABLE),
        (httpx.Response(403, json={"code": "2032", "description": "x"}), UnknownReason.ACCESS_DENIED),
        (httpx.Response(403, json={"code": 900308}), UnknownReason.ACCESS_DENIED),
        (httpx.Response(401, json={"code": 90000}), UnknownReason.SIGN_IN_REFUSED),
        (
            httpx.Response(429, json={"statusCode": 429, "message": "Try again in 57 seconds."}),
            UnknownReason.THROTTLED,
        ),
        (httpx.Response(403, json={"statusCode": 429, "message": "Try again."}), UnknownReason.THROTTLED),
        (httpx.Response(403, html="<html>no</html>"), UnknownReason.ACCESS_DENIED),
        (httpx.Response(200, content=b'{"items": [{"id"'), UnknownReason.INCOMPLETE),
        (httpx.Response(200, json={}), UnknownReason.INCOMPLETE),
        (httpx.Response(200, json={"items": ["x"]}), UnknownReason.INCOMPLETE),
        (collection({"id": "x"}), UnknownReason.INCOMPLETE),
    ],
)
def test_what_is_no_list_makes_the_reading_unknown(response: httpx.Response, reason: UnknownReason) -> None:
    reading = Msp(
        partner_center=lambda _: httpx.Response(
            response.status_code, content=response.content, headers={"retry-after": "57"}
        )
    ).read_partner()
    assert isinstance(reading, Unknown)
    assert reading.reason is reason


def test_the_same_page_again_is_no_list() -> None:
    reading = Msp(partner_center=lambda _: collection(make_customer(), continuationToken="same")).read_partner()
    assert isinstance(reading, Unknown)
    assert "again" in reading.detail


def test_a_refused_token_is_renewed_once_in_the_middle_of_the_customers() -> None:
    msp = Msp()
    msp.partner_center = pages(
        collection(make_customer(), continuationToken="token-1"), httpx.Response(401), collection(make_customer(OTHER))
    )
    assert len(msp.read_partner_known().tenants) == 2
    assert msp.calls.count(f"token {PARTNER} {PARTNER_CENTER}") == 2


# The refresh token


def test_the_first_new_refresh_token_is_stored_with_the_stamp_of_the_old_one() -> None:
    msp = Msp(partner_center=lambda _: collection())
    msp.read_partner_known()
    assert msp.vault.stored == [("stamp-0", "refresh-1")]
    assert {"access-1", "refresh-1", "access-2", "refresh-2"} <= set(msp.remembered)


def test_it_is_stored_before_anything_is_listed() -> None:
    msp = Msp(graph=lambda _: httpx.Response(403))
    assert isinstance(msp.read_partner(), Unknown)
    assert msp.vault.stored == [("stamp-0", "refresh-1")]


def test_a_refused_sign_in_stores_nothing() -> None:
    msp = Msp(refuse=lambda _: {"error": "invalid_grant", "error_codes": [50173]})
    reading = msp.read_partner()
    assert isinstance(reading, Unknown)
    assert reading.reason is UnknownReason.SIGN_IN_REFUSED
    assert msp.vault.stored == []


def test_reading_tenants_stores_nothing() -> None:
    msp = Msp()
    msp.read_known()
    assert msp.vault.stored == []
