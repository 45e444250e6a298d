"""The mailbox report: which mailboxes are shared, or why nobody knows; the tenant is known all the same."""

from __future__ import annotations

from datetime import date

import httpx
import pytest

from microsoft import mailboxes
from profiles.licences import MailboxReport, SharedMailbox, UnreadMailboxes
from tests.unit.microsoft.graph import ACCESS, GRAPH, Tenant

FILE = "https://reportsweu.office.com/data/download/short-lived?sig=canary"
DAY = date(2026, 11, 20)
HEAD = "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Storage Used (Byte),Has Archive,Recipient Type"
DESK = "2026-11-20,desk@contoso.example,Desk,False,1000,False,SharedMailbox"
FREE = 50 * 1024**3


def make_tenant(*lines: str, status: int = 200, location: str = FILE) -> Tenant:
    """Graph answers with an address, and what stands there."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == httpx.URL(GRAPH).host:
            return httpx.Response(302, headers={"location": location})
        return httpx.Response(status, content=("\ufeff" + "\r\n".join(lines)).encode())

    return Tenant(reports=answer)


def read(*lines: str) -> MailboxReport | UnreadMailboxes | None:
    return make_tenant(*lines).read_known().mailboxes


def test_the_file_is_fetched_from_its_own_address_without_our_token() -> None:
    tenant = make_tenant(HEAD, DESK)
    assert tenant.read_known().mailboxes == MailboxReport(DAY, (SharedMailbox("desk@contoso.example", False),))
    asked, fetched = tenant.site.requests[-2:]
    assert asked.url.raw_path.decode() == "/v1.0/reports/getMailboxUsageDetail(period='D7')"
    assert asked.headers["authorization"] == f"Bearer {ACCESS}" and asked.headers["accept"] == "*/*"
    assert str(fetched.url) == FILE and "authorization" not in fetched.headers


def test_nobody_asks_for_it_unasked() -> None:
    tenant = Tenant()
    assert tenant.read_known().mailboxes is None
    assert tenant.site.count("GET", "(period='D7')") == 0


def test_a_file_that_comes_without_a_detour_is_read_as_well() -> None:
    tenant = Tenant(reports=lambda _: httpx.Response(200, text=f"{HEAD}\n{DESK}"))
    assert isinstance(tenant.read_known().mailboxes, MailboxReport)


@pytest.mark.parametrize("word", ["SharedMailbox", "Shared", "shared", " SHAREDMAILBOX "])
@pytest.mark.parametrize(
    ("stored", "archive", "needs_licence"),
    [
        (FREE - 1, "False", False),
        (FREE, "False", False),
        (FREE + 1, "False", True),
        (0, "True", True),
        (0, "Yes", True),
        (0, "No", False),
        ("", "", False),
        ("-1", "False", False),
        ("9" * 5_000, "False", False),
    ],
)
def test_one_that_is_large_or_has_an_archive_needs_its_licence(
    word: str, stored: object, archive: str, needs_licence: bool
) -> None:
    found = read(HEAD, f"2026-11-20,desk@contoso.example,Desk,False,{stored},{archive},{word}")
    assert found == MailboxReport(DAY, (SharedMailbox("desk@contoso.example", needs_licence),))


def test_others_and_deleted_ones_are_none() -> None:
    kinds = ("User", "UserMailbox", "RoomMailbox", "EquipmentMailbox", "UnsharedMailbox")
    others = [f"2026-11-20,{kind}@contoso.example,X,False,1,False,{kind}" for kind in kinds]
    deleted = ["2026-11-20,old@contoso.example,Old,True,1,False,SharedMailbox"]
    assert read(HEAD, *others, *deleted) == MailboxReport(DAY, ())


def test_columns_are_found_by_their_names_and_names_by_any_spelling() -> None:
    report = read(
        "Recipient Type,Has Archive,Is Deleted,User Principal Name,Report Refresh Date",
        "Shared,,False,Desk@Contoso.example,2026-11-20",
    )
    assert isinstance(report, MailboxReport)
    assert report.find("desk@contoso.EXAMPLE") == SharedMailbox("Desk@Contoso.example", False)
    assert report.find("other@contoso.example") is None


@pytest.mark.parametrize(
    "name", ["A0B1C2D3E4F5A0B1C2D3E4F5A0B1C2D3", "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3", "", "Someone"]
)
def test_hidden_names_are_no_names(name: str) -> None:
    assert read(HEAD, DESK, f"2026-11-20,{name},X,False,1,False,User") == UnreadMailboxes(mailboxes.NAMES_HIDDEN)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], mailboxes.NO_TYPES),
        (["<html>"], mailboxes.NO_TYPES),
        ([HEAD.replace(",Recipient Type", ""), DESK], mailboxes.NO_TYPES),
        ([HEAD], mailboxes.EMPTY),
        ([HEAD, f"2026-11-20,{'x' * 200_000}@contoso.example"], mailboxes.NO_ANSWER),
        ([HEAD, "2026-11-20"], mailboxes.NAMES_HIDDEN),
        ([HEAD, DESK, "2026-11-20,a@contoso.example,A,False,1,False"], mailboxes.NO_TYPES),
        ([HEAD, DESK, "2026-11-20,a@contoso.example,A,False,1,False,"], mailboxes.NO_TYPES),
        ([HEAD, DESK.replace("2026-11-20", "soon")], mailboxes.NO_TYPES),
        ([HEAD, DESK.replace("2026-11-20", "2026-11-07")], "of 7 Nov 2026: too old"),
    ],
)
def test_what_does_not_say_which_are_shared_is_unread(lines: list[str], said: str) -> None:
    found = read(*lines)
    assert isinstance(found, UnreadMailboxes) and said in found.sentence


def test_a_report_of_a_fortnight_ago_is_the_oldest() -> None:
    assert isinstance(read(HEAD, DESK.replace("2026-11-20", "2026-11-08")), MailboxReport)


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, mailboxes.NO_RIGHT), (401, mailboxes.NO_RIGHT), (404, mailboxes.NO_ANSWER), (503, mailboxes.NO_ANSWER)],
)
def test_what_graph_refuses_is_said_and_the_tenant_is_known(status: int, said: str) -> None:
    tenant = Tenant(reports=lambda _: httpx.Response(status, json={"error": {"code": "x"}}))
    snapshot = tenant.read_known()
    assert snapshot.mailboxes == UnreadMailboxes(said)
    assert snapshot.licences and snapshot.users


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/relative",
        "http://[",
        "https://reports.office.com:x/",
        "https://evil.example/x",
        "http://reports.office.com/x",
        "https://graph.microsoft.com@evil/",
    ],
)
def test_an_address_elsewhere_is_never_followed(location: str) -> None:
    tenant = make_tenant(HEAD, DESK, location=location)
    assert tenant.read_known().mailboxes == UnreadMailboxes(mailboxes.NO_ANSWER)
    assert {request.url.host for request in tenant.site.requests} <= {
        "login.microsoftonline.com",
        "graph.microsoft.com",
    }


def test_a_file_that_is_gone_is_unread() -> None:
    assert make_tenant(status=404).read_known().mailboxes == UnreadMailboxes(mailboxes.NO_ANSWER)
