"""Reading a tenant: complete, or unknown with the right reason; never an exception, never a zero (R4)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microsoft.clouds import CLOUDS
from net.hosts import MICROSOFT_ORIGINS
from profiles.billing import Basis, Mapping
from profiles.licences import Licence, LicensedUser, Snapshot, Subscription, SubscriptionStatus
from profiles.quantity import count_seats
from profiles.readings import Known, Unknown, UnknownReason
from tests.unit.microsoft.graph import (
    ACCESS,
    E3,
    GRAPH,
    READ_AT,
    REFRESH,
    SECRET,
    SPB,
    TENANT,
    Answerer,
    Tenant,
    make_batch,
    make_parts,
    make_sku,
    make_state,
    make_subscription,
    make_user,
)
from tests.unit.net.answers import damaged_gzip

PARTS = ("licences", "subscriptions", "users")
MAPPING = Mapping("m", "c", SPB, "Business Premium", "spb", "1201", Basis.PURCHASED)
ASSIGNED = replace(MAPPING, basis=Basis.ASSIGNED)
NEXT = f"{GRAPH}/v1.0/users?$skiptoken=page2"


def failing_tenant(which: str, answer: Answerer) -> Tenant:
    return Tenant(token=answer) if which == "token" else Tenant(batch=answer)


def page(*users: Any, link: str | None = None) -> httpx.Response:
    body: dict[str, Any] = {"value": list(users)}
    return httpx.Response(200, json=body | ({"@odata.nextLink": link} if link else {}))


def with_second_page(answer: httpx.Response, count: Any = 2) -> Tenant:
    tenant = Tenant()
    tenant.parts["users"] = {"value": [make_user()], "@odata.count": count, "@odata.nextLink": NEXT}
    tenant.pages["$skiptoken=page2"] = answer
    return tenant


def test_a_tenant_is_read_whole() -> None:
    assert Tenant().read() == Known(
        Snapshot(
            tenant_id=TENANT,
            read_at=READ_AT,
            licences=(Licence(SPB, "SPB", 7, 10, 1, 2, 3),),
            subscriptions=(
                Subscription(
                    "sub-1", SPB, "SPB", SubscriptionStatus.ENABLED, 10, False, None, datetime(2027, 1, 31, tzinfo=UTC)
                ),
            ),
            users=(LicensedUser("user-1", "user-1@contoso.example", "Ana", True, (SPB,)),),
        )
    )


def test_reading_takes_exactly_one_token_and_one_batch() -> None:
    tenant = Tenant()
    tenant.read_known()
    assert [(each.method, each.url.path) for each in tenant.site.requests] == [
        ("POST", f"/{TENANT}/oauth2/v2.0/token"),
        ("POST", "/v1.0/$batch"),
    ]


def test_the_token_is_asked_of_the_tenants_own_authority_for_this_cloud() -> None:
    tenant = Tenant()
    tenant.read_known()
    form = {name: values[0] for name, values in parse_qs(tenant.site.requests[0].content.decode()).items()}
    assert form == {
        "grant_type": "refresh_token",
        "client_id": "client-id",
        "client_secret": SECRET,
        "refresh_token": REFRESH,
        "scope": f"{GRAPH}/.default offline_access",
    }


def test_the_batch_carries_the_token_and_asks_for_three_parts_side_by_side() -> None:
    tenant = Tenant()
    tenant.read_known()
    request = tenant.site.requests[1]
    parts = {each["id"]: each for each in json.loads(request.content)["requests"]}
    assert request.headers["authorization"] == f"Bearer {ACCESS}"
    assert set(parts) == set(PARTS)
    assert {each["method"] for each in parts.values()} == {"GET"}
    assert not any("dependsOn" in each for each in parts.values())


def test_licensed_users_are_counted_by_graph_with_the_header_that_it_needs() -> None:
    tenant = Tenant()
    tenant.read_known()
    users = next(each for each in json.loads(tenant.site.requests[1].content)["requests"] if each["id"] == "users")
    assert users["headers"] == {"ConsistencyLevel": "eventual"}
    for piece in ("$count=true", "$top=999", "assignedLicenses/$count%20ne%200", "licenseAssignmentStates"):
        assert piece in users["url"]


def test_the_parts_may_come_in_any_order() -> None:
    tenant = Tenant()
    tenant.answer_batch({"responses": list(reversed(make_batch(make_parts())["responses"]))})
    assert tenant.read_known().licences


# What one part answers


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, UnknownReason.ACCESS_DENIED),
        (403, UnknownReason.ACCESS_DENIED),
        (404, UnknownReason.TENANT_GONE),
        (429, UnknownReason.THROTTLED),
        (500, UnknownReason.UNREACHABLE),
        (503, UnknownReason.UNREACHABLE),
        (424, UnknownReason.UNREACHABLE),
        (302, UnknownReason.UNREACHABLE),
        (400, UnknownReason.UNREACHABLE),
        ("200", UnknownReason.UNREACHABLE),
        (None, UnknownReason.UNREACHABLE),
    ],
)
@pytest.mark.parametrize(
    "body", [{"error": {"code": "SomeCode", "message": "text"}}, None, "text", {"value": []}], ids=repr
)
def test_a_part_that_failed_makes_the_tenant_unknown(name: str, status: Any, reason: UnknownReason, body: Any) -> None:
    tenant = Tenant()
    tenant.answer_part(name, body, status)
    assert tenant.read_unknown().reason is reason


def test_a_part_that_failed_is_named_with_graphs_own_code() -> None:
    tenant = Tenant()
    tenant.answer_part("users", {"error": {"code": "Authorization_RequestDenied", "message": "secret text"}}, 403)
    assert tenant.read_unknown().detail == (
        "The part users answered 403 (Authorization_RequestDenied). Check the GDAP roles and the app's consent."
    )


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        [],
        5,
        {},
        {"value": None},
        {"value": {}},
        {"value": "x"},
        {"value": ["x"]},
        {"value": [None]},
        {"value": [{}]},
    ],
    ids=repr,
)
def test_a_part_without_proper_rows_is_incomplete(name: str, body: Any) -> None:
    tenant = Tenant()
    tenant.answer_part(name, body)
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_missing_is_named(name: str) -> None:
    tenant = Tenant()
    del tenant.parts[name]
    unknown = tenant.read_unknown()
    assert unknown.reason is UnknownReason.INCOMPLETE
    assert name in unknown.detail


@pytest.mark.parametrize(
    "body", [None, [], "text", 5, {}, {"responses": None}, {"responses": {}}, {"responses": []}], ids=repr
)
def test_a_batch_without_parts_is_incomplete(body: Any) -> None:
    tenant = Tenant()
    tenant.answer_batch(body)
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


@pytest.mark.parametrize("response", ["text", None, 5, []], ids=repr)
def test_a_part_that_is_no_object_is_incomplete(response: Any) -> None:
    tenant = Tenant()
    tenant.answer_batch({"responses": [*make_batch(make_parts())["responses"], response]})
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("headers", [{"Retry-After": "7"}, {"retry-after": 7}, None, {"Retry-After": "soon"}], ids=repr)
def test_a_part_that_graph_was_too_busy_for_is_asked_again_alone(status: int, headers: Any) -> None:
    tenant = Tenant()
    busy = make_batch(make_parts(), {"subscriptions": status})
    next(each for each in busy["responses"] if each["id"] == "subscriptions").update(headers=headers, body={})
    rest = make_batch({"subscriptions": make_parts()["subscriptions"]})
    answers = [busy, rest]
    tenant.batch = lambda _: httpx.Response(200, json=answers.pop(0))
    assert len(tenant.read_known().subscriptions) == 1
    batches = [request for request in tenant.site.requests if request.url.path.endswith("/$batch")]
    asked = [[each["id"] for each in json.loads(request.content)["requests"]] for request in batches]
    assert asked == [["licences", "subscriptions", "users"], ["subscriptions"]]


def test_a_part_that_stays_busy_is_asked_three_times() -> None:
    tenant = Tenant()
    tenant.answer_part("users", {}, 429)
    assert tenant.read_unknown().reason is UnknownReason.THROTTLED
    assert tenant.site.count("POST", "/$batch") == 3


# What the batch itself answers


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(401, json={"error": {"code": "InvalidAuthenticationToken"}}), UnknownReason.ACCESS_DENIED),
        (httpx.Response(403), UnknownReason.ACCESS_DENIED),
        (httpx.Response(404), UnknownReason.TENANT_GONE),
        (httpx.Response(500), UnknownReason.UNREACHABLE),
        (httpx.Response(503, html="<html>"), UnknownReason.UNREACHABLE),
        (httpx.Response(302, headers={"location": "https://evil.example"}), UnknownReason.UNREACHABLE),
        (httpx.Response(200), UnknownReason.INCOMPLETE),
        (httpx.Response(204), UnknownReason.INCOMPLETE),
        (httpx.Response(200, html="<html>hello</html>"), UnknownReason.INCOMPLETE),
        (httpx.Response(200, content=b'{"responses": [{"id": "lic'), UnknownReason.INCOMPLETE),
    ],
    ids=["401", "403", "404", "500", "503 HTML", "redirect", "empty", "204", "HTML", "cut off"],
)
def test_a_batch_that_failed_makes_the_tenant_unknown(response: httpx.Response, reason: UnknownReason) -> None:
    tenant = Tenant(batch=lambda _: response)
    assert tenant.read_unknown().reason is reason


@pytest.mark.parametrize("which", ["token", "batch"])
def test_throttling_that_does_not_end_is_called_throttling(which: str) -> None:
    html = httpx.Response(429, html="<html>Too many requests</html>")
    tenant = failing_tenant(which, lambda _: html)
    assert tenant.read_unknown().reason is UnknownReason.THROTTLED


@pytest.mark.parametrize("which", ["token", "batch"])
@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.ConnectError("no"), httpx.ReadError("reset")])
def test_no_answer_makes_the_tenant_unknown(which: str, error: Exception) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    unknown = failing_tenant(which, fail).read_unknown()
    assert unknown.reason is UnknownReason.UNREACHABLE
    assert type(error).__name__ in unknown.detail


@pytest.mark.parametrize("which", ["token", "batch"])
def test_an_answer_that_cannot_be_unpacked_makes_the_tenant_unknown(which: str) -> None:
    failing_tenant(which, lambda _: damaged_gzip()).read_unknown()


def test_a_read_that_fails_once_is_read_again() -> None:
    replies = [httpx.Response(429, headers={"retry-after": "2"}), httpx.Response(200, json=make_batch(make_parts()))]
    tenant = Tenant(batch=lambda _: replies.pop(0))
    tenant.read_known()
    assert tenant.site.count("POST", "/$batch") == 2


def test_a_byte_order_mark_is_no_reason() -> None:
    content = b"\xef\xbb\xbf" + json.dumps(make_batch(make_parts())).encode()
    assert Tenant(batch=lambda _: httpx.Response(200, content=content)).read_known().users


# Pages


def test_the_second_page_is_asked_with_the_token_and_the_consistency_level_again() -> None:
    tenant = with_second_page(page(make_user("user-2")))
    assert [user.id for user in tenant.read_known().users] == ["user-1", "user-2"]
    request = tenant.site.requests[-1]
    assert (request.method, request.url.path, request.url.query) == ("GET", "/v1.0/users", b"$skiptoken=page2")
    assert request.headers["ConsistencyLevel"] == "eventual"
    assert request.headers["Authorization"] == f"Bearer {ACCESS}"


def test_an_empty_page_may_have_a_next_one() -> None:
    tenant = with_second_page(page(link=f"{GRAPH}/v1.0/users?$skiptoken=page3"))
    tenant.pages["$skiptoken=page3"] = page(make_user("user-2"))
    assert len(tenant.read_known().users) == 2


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (httpx.Response(200, json={}), UnknownReason.INCOMPLETE),
        (httpx.Response(200, json={"value": None}), UnknownReason.INCOMPLETE),
        (httpx.Response(200, content=b""), UnknownReason.INCOMPLETE),
        (httpx.Response(200, content=b'{"value": [{"id"'), UnknownReason.INCOMPLETE),
        (httpx.Response(200, json=[]), UnknownReason.INCOMPLETE),
        (httpx.Response(401), UnknownReason.ACCESS_DENIED),
        (httpx.Response(403), UnknownReason.ACCESS_DENIED),
        (httpx.Response(404), UnknownReason.TENANT_GONE),
        (httpx.Response(400, json={"error": {"code": "Request_ExpiredPageToken"}}), UnknownReason.UNREACHABLE),
        (httpx.Response(500), UnknownReason.UNREACHABLE),
        (page(), UnknownReason.INCOMPLETE),
        (page(make_user("user-2"), make_user("user-3")), UnknownReason.INCOMPLETE),
        (page(make_user("user-1")), UnknownReason.INCOMPLETE),
    ],
)
def test_a_second_page_that_is_not_whole_makes_the_tenant_unknown(
    answer: httpx.Response, reason: UnknownReason
) -> None:
    assert with_second_page(answer).read_unknown().reason is reason


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/users",
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
        "//evil.example/users",
        "/v1.0/users",
        "",
        5,
        {},
    ],
    ids=repr,
)
def test_a_next_page_on_another_host_is_never_asked(name: str, link: Any) -> None:
    tenant = Tenant()
    tenant.parts[name]["@odata.nextLink"] = link
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE
    assert {request.url.host for request in tenant.site.requests} == {
        "login.microsoftonline.com",
        "graph.microsoft.com",
    }
    assert len(tenant.site.requests) == 2


def test_a_next_page_without_an_address_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["users"]["@odata.nextLink"] = "https://[::1"
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


def test_pages_without_end_are_given_up() -> None:
    tenant = with_second_page(page(link=NEXT))
    assert "more than 200 pages" in tenant.read_unknown().detail


@pytest.mark.parametrize("count", [0, 2, None, "1", -1], ids=repr)
def test_another_count_than_graphs_own_is_incomplete(count: Any) -> None:
    tenant = Tenant()
    tenant.parts["users"]["@odata.count"] = count
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


def test_a_missing_count_of_users_is_incomplete() -> None:
    tenant = Tenant()
    del tenant.parts["users"]["@odata.count"]
    assert "without a count" in tenant.read_unknown().detail


def test_a_count_that_another_part_offers_is_checked_too() -> None:
    tenant = Tenant()
    tenant.parts["subscriptions"]["@odata.count"] = 2
    assert "Graph counted 2 and sent 1" in tenant.read_unknown().detail


# Rows


@pytest.mark.parametrize(
    "sku",
    [
        make_sku(accountId="another"),
        make_sku(id=f"another_{SPB}"),
        make_sku(id=SPB),
        make_sku(id=f"{TENANT}x_{SPB}"),
    ],
)
def test_rows_of_another_tenant_are_refused(sku: Any) -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(E3), sku]
    assert tenant.read_unknown().reason is UnknownReason.WRONG_TENANT


def test_a_subscription_without_its_licence_row_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(E3)]
    assert "but not the licence" in tenant.read_unknown().detail


def test_a_subscription_in_grace_without_its_licence_row_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = []
    tenant.parts["subscriptions"]["value"] = [make_subscription(status="Warning")]
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


def test_a_licence_that_names_a_subscription_which_is_missing_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(subscriptionIds=["sub-1", "sub-2"])]
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


def test_a_licence_whose_subscriptions_are_all_missing_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["subscriptions"]["value"] = []
    assert "left out every subscription" in tenant.read_unknown().detail


@pytest.mark.parametrize(
    "sku",
    [
        make_sku(subscriptionIds=[]),
        make_sku(prepaidUnits={"enabled": 0, "warning": 0, "suspended": 5, "lockedOut": 5}),
    ],
    ids=["names none", "has no usable unit"],
)
def test_a_licence_without_usable_subscriptions_needs_none(sku: Any) -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [sku]
    tenant.parts["subscriptions"]["value"] = []
    assert tenant.read_known().subscriptions == ()


def test_assigned_licences_without_any_user_are_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["users"] = {"value": [], "@odata.count": 0}
    assert "7 assigned licences but sent no licensed user" in tenant.read_unknown().detail


def test_licences_of_the_company_are_assigned_to_nobody() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(appliesTo="Company")]
    tenant.parts["users"] = {"value": [], "@odata.count": 0}
    assert tenant.read_known().users == ()


def test_the_tenant_may_be_spelled_in_upper_case() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(accountId=TENANT.upper(), id=f"{TENANT.upper()}_{SPB}")]
    assert tenant.read_known().tenant_id == TENANT


@pytest.mark.parametrize("name", ["0123456789abcdef0123456789ABCDEF", "F" * 32])
def test_concealed_names_are_no_names(name: str) -> None:
    tenant = Tenant()
    tenant.parts["users"] = {"value": [make_user(), make_user("u-2", userPrincipalName=name)], "@odata.count": 2}
    assert tenant.read_unknown().reason is UnknownReason.NAMES_CONCEALED


@pytest.mark.parametrize("name", ["F" * 31, "F" * 33, "G" * 32, "F" * 31 + "@", "<script>alert(1)</script>", "=cmd|x"])
def test_odd_names_are_names(name: str) -> None:
    tenant = Tenant()
    tenant.parts["users"]["value"] = [make_user(userPrincipalName=name)]
    assert tenant.read_known().users[0].principal_name == name


def test_a_user_that_came_twice_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["users"] = {"value": [make_user(), make_user()], "@odata.count": 2}
    assert tenant.read_unknown() == Unknown(UnknownReason.INCOMPLETE, "Graph sent a user twice.")


def test_a_licence_that_came_twice_is_incomplete_in_whatever_case() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(), make_sku(SPB.upper())]
    assert tenant.read_unknown() == Unknown(UnknownReason.INCOMPLETE, "Graph sent a licence twice.")


def test_a_subscription_that_came_twice_is_incomplete() -> None:
    tenant = Tenant()
    tenant.parts["subscriptions"]["value"] = [make_subscription(), make_subscription()]
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE


MISFITS: list[tuple[str, Any]] = [
    ("licences", make_sku(consumedUnits=-1)),
    ("licences", make_sku(consumedUnits="7")),
    ("licences", make_sku(consumedUnits=7.5)),
    ("licences", make_sku(consumedUnits=True)),
    ("licences", make_sku(consumedUnits=None)),
    ("licences", make_sku(prepaidUnits=None)),
    ("licences", make_sku(prepaidUnits={"enabled": 1, "warning": 0, "suspended": 0})),
    ("licences", make_sku(prepaidUnits={"enabled": -1, "warning": 0, "suspended": 0, "lockedOut": 0})),
    ("licences", make_sku(skuId=None)),
    ("licences", make_sku(accountId=5)),
    ("subscriptions", make_subscription(status="Paused")),
    ("subscriptions", make_subscription(status="enabled")),
    ("subscriptions", make_subscription(status=None)),
    ("subscriptions", make_subscription(totalLicenses=-1)),
    ("subscriptions", make_subscription(totalLicenses="10")),
    ("subscriptions", make_subscription(totalLicenses=1e300)),
    ("subscriptions", make_subscription(totalLicenses=None)),
    ("subscriptions", make_subscription(isTrial=None)),
    ("subscriptions", make_subscription(isTrial="false")),
    ("subscriptions", make_subscription(nextLifecycleDateTime="soon")),
    ("subscriptions", make_subscription(skuId=5)),
    ("users", make_user(assignedLicenses=None)),
    ("users", make_user(assignedLicenses=[{}])),
    ("users", make_user(assignedLicenses=["x"])),
    ("users", make_user(licenseAssignmentStates=None)),
    ("users", make_user(licenseAssignmentStates=[{"skuId": SPB}])),
    ("users", make_user(licenseAssignmentStates=[{"skuId": None, "state": "Active"}])),
    ("users", make_user(userPrincipalName=None)),
    ("users", make_user(id=None)),
    ("users", make_user(accountEnabled="yes")),
]


@pytest.mark.parametrize(("name", "row"), MISFITS)
def test_a_row_that_does_not_fit_makes_the_tenant_unknown(name: str, row: Any) -> None:
    tenant = Tenant()
    tenant.parts[name]["value"] = [row]
    unknown = tenant.read_unknown()
    assert unknown.reason is UnknownReason.INCOMPLETE
    assert "does not fit" in unknown.detail


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("licences", "skuPartNumber"),
        ("licences", "consumedUnits"),
        ("subscriptions", "totalLicenses"),
        ("subscriptions", "isTrial"),
        ("subscriptions", "status"),
        ("users", "assignedLicenses"),
        ("users", "licenseAssignmentStates"),
        ("users", "userPrincipalName"),
    ],
)
def test_a_missing_field_makes_the_tenant_unknown_and_is_named(name: str, field: str) -> None:
    tenant = Tenant()
    del tenant.parts[name]["value"][0][field]
    assert field in tenant.read_unknown().detail


def test_a_row_that_does_not_fit_is_described_without_its_value() -> None:
    tenant = Tenant()
    tenant.parts["users"]["value"] = [make_user(accountEnabled="ana@contoso.example")]
    assert "ana@contoso.example" not in tenant.read_unknown().detail


def test_unknown_fields_do_no_harm() -> None:
    tenant = Tenant()
    tenant.parts["licences"]["value"] = [make_sku(accountName="x", servicePlans=[{}])]
    tenant.parts["subscriptions"]["value"] = [make_subscription(serviceStatus=None)]
    tenant.parts["users"]["value"] = [make_user(department="x")]
    assert tenant.read() == Tenant().read()


@pytest.mark.parametrize("field", ["displayName", "accountEnabled"])
def test_what_graph_leaves_out_of_a_user_is_no_reason(field: str) -> None:
    tenant = Tenant()
    del tenant.parts["users"]["value"][0][field]
    assert len(tenant.read_known().users) == 1


@pytest.mark.parametrize(
    "moment", ["2027-01-31T00:00:00Z", "2027-01-31T00:00:00.0000000Z", "2027-01-31T01:00:00+01:00"]
)
def test_a_moment_is_read_in_every_spelling_of_graph(moment: str) -> None:
    tenant = Tenant()
    tenant.parts["subscriptions"]["value"] = [make_subscription(nextLifecycleDateTime=moment)]
    assert tenant.read_known().subscriptions[0].next_lifecycle_at == datetime(2027, 1, 31, tzinfo=UTC)


def test_a_subscription_without_an_end_has_none() -> None:
    tenant = Tenant()
    tenant.parts["subscriptions"]["value"] = [make_subscription(nextLifecycleDateTime=None)]
    assert tenant.read_known().subscriptions[0].next_lifecycle_at is None


@pytest.mark.parametrize("status", list(SubscriptionStatus))
def test_every_described_status_is_read(status: SubscriptionStatus) -> None:
    tenant = Tenant()
    tenant.parts["subscriptions"]["value"] = [make_subscription(status=status.value)]
    assert tenant.read_known().subscriptions[0].status is status


def test_a_licence_is_found_whatever_case_each_part_spells_it_in() -> None:
    tenant = Tenant()
    upper = SPB.upper()
    tenant.parts["subscriptions"]["value"] = [make_subscription(skuId=upper)]
    tenant.parts["users"]["value"] = [
        make_user(assignedLicenses=[{"skuId": upper}], licenseAssignmentStates=[make_state(SPB)])
    ]
    snapshot = tenant.read_known()
    assert snapshot.licences[0].sku_id == SPB
    assert (count_seats(snapshot, MAPPING), count_seats(snapshot, ASSIGNED)) == (10, 1)


@pytest.mark.parametrize(
    ("states", "seats"),
    [
        ([make_state()], 1),
        ([make_state(), make_state(group="g")], 1),
        ([make_state(state="Error")], 0),
        ([make_state(state="Error"), make_state(group="g")], 1),
        ([make_state(), make_state(state="Error", group="g")], 1),
        ([make_state(state="Error"), make_state(state="Error", group="g")], 0),
        ([make_state(state="ActiveWithError")], 1),
        ([make_state(state="Disabled")], 1),
        ([], 1),
        ([make_state(E3, "Error")], 1),
    ],
    ids=[
        "directly",
        "directly and by group",
        "failed",
        "failed directly, given by group",
        "given directly, failed by group",
        "failed twice",
        "active with an error",
        "disabled",
        "no states",
        "another licence failed",
    ],
)
def test_a_user_counts_once_unless_every_assignment_failed(states: list[Any], seats: int) -> None:
    tenant = Tenant()
    tenant.parts["users"]["value"] = [make_user(licenseAssignmentStates=states)]
    assert count_seats(tenant.read_known(), ASSIGNED) == seats


def test_a_tenant_that_has_nothing_at_all_is_unknown() -> None:
    """Nobody can tell it from an answer that lost its rows, and a customer without a licence bills nothing new."""
    tenant = Tenant()
    for name in PARTS:
        tenant.parts[name]["value"] = []
    tenant.parts["users"]["@odata.count"] = 0
    assert isinstance(tenant.read(), Unknown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(PARTS), data=st.data())
def test_whatever_stands_in_one_field_the_answer_is_known_or_unknown(name: str, data: st.DataObject) -> None:
    tenant = Tenant()
    row = tenant.parts[name]["value"][0]
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JSON)
    assert isinstance(tenant.read(), Known | Unknown)


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=CLOUDS)
def test_every_cloud_may_be_called(cloud: Any) -> None:
    assert {cloud.login_url, cloud.graph_url} <= MICROSOFT_ORIGINS


def test_the_snapshot_says_when_it_was_read() -> None:
    assert replace(Tenant().read_known(), licences=(), subscriptions=(), users=()).read_at == READ_AT
