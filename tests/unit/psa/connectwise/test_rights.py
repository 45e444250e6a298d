"""ConnectWise: the permission report."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from plans.permissions import (
    CompanyUnknown,
    Connected,
    KeysRefused,
    NotReached,
    PermissionReport,
    RightReport,
    Standing,
)
from psa.connectwise.rights import RIGHTS
from tests.unit.psa.connectwise.site import ConnectWise

INFO = {"version": "v2026.4.112358", "isCloud": True, "serverTimeZone": "Eastern Standard Time", "cloudRegion": "NA"}
LISTS = [path for right in RIGHTS for path in right.lists]


def make_site(**answers: httpx.Response) -> ConnectWise:
    """A site whose lists hold one row each; `answers` by the last part of a path come first."""
    psa = ConnectWise(lists={path.strip("/"): [{"id": 1}] for path in LISTS})

    def intercept(request: httpx.Request) -> httpx.Response | None:
        last = request.url.path.rpartition("/")[2]
        if last in answers:
            return answers[last]
        if last == "info":
            return httpx.Response(200, json=INFO)
        if "/finance/invoices" in request.url.path:
            return httpx.Response(200, json=[{"id": 1}])
        return None

    psa.intercept = intercept
    return psa


def report(psa: ConnectWise) -> PermissionReport:
    result: PermissionReport = psa.run(lambda port: port.report_permissions())
    return result


def find(found: PermissionReport, name: str, level: str = "Inquire") -> RightReport:
    (right,) = [each for each in found.rights if (each.name, each.level) == (name, level)]
    return right


def test_a_role_that_has_everything() -> None:
    found = report(make_site())
    assert found.connection == Connected("v2026.4.112358", True, "Eastern Standard Time", codebase="v2026_4/")
    assert [each.standing for each in found.rights if each.level == "Inquire"] == [Standing.GRANTED] * 6
    assert found.missing == ()


def test_each_list_is_tried_once_for_one_row_and_nothing_is_written() -> None:
    psa = make_site()
    report(psa)
    asked = [request for request in psa.site.requests if not request.url.path.startswith("/login/")]
    assert {request.method for request in asked} == {"GET"}
    assert [request.url.path.removeprefix("/v2026_4/apis/3.0") for request in asked] == ["/system/info", *LISTS]
    assert all(request.url.params["pageSize"] == "1" for request in asked[1:])


def test_writes_cannot_be_tried_and_the_report_says_so() -> None:
    right = find(report(make_site()), "Finance > Agreements", "Add, Edit")
    assert right.standing is Standing.UNTRIED
    assert right.sentence == (
        "Finance > Agreements (Add, Edit) cannot be tried without writing; the first write will tell."
    )


@pytest.mark.parametrize(
    ("last", "name"),
    [
        ("companies", "Companies > Company Maintenance"),
        ("agreements", "Finance > Agreements"),
        ("invoices", "Finance > Invoicing"),
        ("catalog", "Procurement > Product Catalog"),
        ("billingCycles", "System > Table Setup"),
        ("types", "System > Table Setup"),
    ],
)
def test_a_403_is_a_missing_right_and_the_others_are_still_told(last: str, name: str) -> None:
    found = report(make_site(**{last: httpx.Response(403)}))
    right = find(found, name)
    assert found.missing == (right,)
    assert right.sentence == (
        f"{name} (Inquire) is missing. Set it to All in the security role of the API member; it is needed for "
        f"{right.needed_for}."
    )
    assert sum(each.standing is Standing.GRANTED for each in found.rights) == 5


def test_a_right_that_only_some_features_need_is_not_called_missing() -> None:
    found = report(make_site(contacts=httpx.Response(403)))
    assert find(found, "Companies > Contacts").standing is Standing.REFUSED
    assert found.missing == ()


@pytest.mark.parametrize("response", [httpx.Response(404), httpx.Response(500), httpx.Response(200, json={})])
def test_what_is_neither_yes_nor_no_says_nothing_about_the_right(response: httpx.Response) -> None:
    right = find(report(make_site(invoices=response)), "Finance > Invoicing")
    assert right.standing is Standing.UNREAD
    assert right.sentence.startswith("Finance > Invoicing could not be read: ")


def test_a_list_that_opens_empty_is_granted_with_a_hint() -> None:
    right = find(report(make_site(agreements=httpx.Response(200, json=[]))), "Finance > Agreements")
    assert right.standing is Standing.GRANTED
    assert "narrowed by 'customize'" in right.sentence


@pytest.mark.parametrize("last", ["info", "companies", "types"])
def test_refused_keys_speak_for_the_whole_report(last: str) -> None:
    body = {"code": "Unauthorized", "message": "UserNotAuthenticated"}
    found = report(make_site(**{last: httpx.Response(401, json=body)}))
    assert isinstance(found.connection, KeysRefused)
    assert found.connection.sentence.startswith(
        "ConnectWise refuses the keys. Check company id, public and private key"
    )
    assert {each.standing for each in found.rights} == {Standing.UNREAD}
    assert {each.sentence for each in found.rights} == {found.connection.sentence}


@pytest.mark.parametrize(
    ("answers", "company_info", "kind"),
    [
        ({"info": httpx.Response(503)}, None, NotReached),
        ({"info": httpx.Response(200, html="<html>")}, None, NotReached),
        ({}, lambda: httpx.Response(200, content=b"null"), CompanyUnknown),
    ],
    ids=["down", "no ConnectWise", "unknown company"],
)
def test_a_site_that_cannot_be_read_is_not_asked_for_rights(
    answers: dict[str, Any], company_info: Any, kind: type[NotReached | CompanyUnknown]
) -> None:
    psa = make_site(**answers)
    psa.company_info = company_info
    found = report(psa)
    assert isinstance(found.connection, kind)
    assert len(found.rights) == len(RIGHTS)
    assert {each.standing for each in found.rights} == {Standing.UNREAD}
    assert not [path for path in psa.paths("GET") if "/finance/" in path]


@pytest.mark.parametrize(("status", "words"), [(403, "would not say its version"), (404, "does not say its version")])
def test_a_site_that_does_not_describe_itself_is_still_asked_for_rights(status: int, words: str) -> None:
    found = report(make_site(info=httpx.Response(status)))
    assert isinstance(found.connection, Connected)
    assert words in found.connection.sentence
    assert find(found, "Finance > Agreements").standing is Standing.GRANTED


@pytest.mark.parametrize("info", [{}, {"version": None, "isCloud": None, "serverTimeZone": None}, {"isCloud": "yes"}])
def test_a_site_may_leave_things_unsaid(info: dict[str, Any]) -> None:
    assert report(make_site(info=httpx.Response(200, json=info))).connection == Connected(codebase="v2026_4/")


@pytest.mark.parametrize("target", ["https://evil.example/", "http://169.254.169.254/metadata", "/elsewhere"])
def test_a_redirect_is_never_followed(target: str) -> None:
    psa = make_site(info=httpx.Response(302, headers={"Location": target}))
    psa.company_info = lambda: httpx.Response(302, headers={"Location": target})
    found = report(psa)
    assert isinstance(found.connection, NotReached)
    assert "sends Seatledger on to another address, and that is never followed" in found.connection.sentence
    assert {request.url.host for request in psa.site.requests} == {psa.site.requests[0].url.host}
    assert not [path for path in psa.paths("GET") if "metadata" in path or "elsewhere" in path]
