"""Only people whom the platform announces and a verified ID token proves (S1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import (
    NOW,
    OBJECT_ID,
    PUBLIC_URL,
    SIGN_IN,
    World,
    announce,
    make_claims,
    make_key_set,
    sign,
    sign_in_headers,
    signing_key,
)
from web.application import create_application

TOKEN = "X-MS-TOKEN-AAD-ID-TOKEN"
PRINCIPAL = "X-MS-CLIENT-PRINCIPAL"
LONG_AGO = NOW - timedelta(hours=3)
OTHER_ID = "5ea71ed9-0000-4000-8000-0000000000b2"


async def test_a_proven_sign_in_sees_the_page_with_name_and_role(browse: Open) -> None:
    async with browse(nights.quiet_world()) as client:
        answer = await client.get("/", headers=sign_in_headers(["Reader"]))
    assert answer.status_code == 200
    assert "Ada Administrator" in answer.text
    assert ">Reader<" in answer.text


async def test_without_the_platform_nothing_is_served_whatever_the_headers_say(browse: Open) -> None:
    async with browse(create_application(World().context(sign_in=None))) as client:
        for headers in ({}, sign_in_headers()):
            answer = await client.get("/", headers=headers)
            assert answer.status_code == 503
            assert "Sign-in is not switched on for this app" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example/v2.0"},
        {"aud": "another-app"},
        {"aud": [SIGN_IN.audience, "another-app"]},
        {"tid": OTHER_ID},
        {"oid": None},
        {"oid": ""},
        {"tid": None},
        {"exp": None},
        {"nbf": NOW + timedelta(hours=1)},
    ],
    ids=str,
)
async def test_a_token_that_is_wrong_in_one_claim_is_refused(changes: dict[str, Any], browse: Open) -> None:
    async with browse(World()) as client:
        answer = await client.get("/", headers=sign_in_headers(**changes) if "aud" not in changes else bad(changes))
    assert answer.status_code == 401
    assert "Sign-in refused" in answer.text


def bad(changes: dict[str, Any]) -> dict[str, str]:
    return {TOKEN: sign(make_claims() | changes), PRINCIPAL: announce()}


@pytest.mark.parametrize(
    "token",
    [
        "not-a-token",
        jwt.encode(make_claims(), "secret-secret-secret-secret-secret", "HS256", headers={"kid": "test-key"}),
        jwt.encode(make_claims(), "", "none", headers={"kid": "test-key"}),
        sign(make_claims(), key_id=None),
        sign(make_claims(), key_id="unknown-key"),
        sign(make_claims(), key=generate_private_key(65537, 2048)),
        sign(make_claims()).rsplit(".", 1)[0] + ".AAAA",
    ],
    ids=["garbage", "HS256", "none", "no kid", "unknown kid", "other key", "no signature"],
)
async def test_a_token_that_is_not_signed_by_the_issuer_is_refused(token: str, browse: Open) -> None:
    async with browse(World()) as client:
        answer = await client.get("/", headers={TOKEN: token, PRINCIPAL: announce()})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {PRINCIPAL: announce(roles=["Administrator"])},
        {TOKEN: sign(make_claims())},
        {TOKEN: sign(make_claims()), PRINCIPAL: announce(object_id=OTHER_ID)},
        {TOKEN: sign(make_claims()), PRINCIPAL: announce(tenant_id=OTHER_ID)},
        {TOKEN: sign(make_claims()), PRINCIPAL: announce(), "X-MS-CLIENT-PRINCIPAL-ID": OTHER_ID},
        {TOKEN: sign(make_claims()), PRINCIPAL: "not base64!"},
        {TOKEN: sign(make_claims()), PRINCIPAL: "bm90IGpzb24="},
        {TOKEN: sign(make_claims()), PRINCIPAL: "W10="},
        {TOKEN: f"{sign(make_claims())},{sign(make_claims())}", PRINCIPAL: announce()},
        {TOKEN: sign(make_claims()), PRINCIPAL: f"{announce()},{announce()}"},
        {TOKEN: sign(make_claims()), PRINCIPAL: announce(), "X-MS-CLIENT-PRINCIPAL-ID": f"{OBJECT_ID},{OBJECT_ID}"},
    ],
)
async def test_headers_that_do_not_agree_with_one_token_are_refused(headers: dict[str, str], browse: Open) -> None:
    async with browse(World()) as client:
        answer = await client.get("/", headers=headers)
    assert answer.status_code == 401


async def test_a_platform_header_that_is_sent_twice_is_refused(browse: Open) -> None:
    async with browse(World()) as client:
        twice = [*sign_in_headers().items(), (TOKEN, sign(make_claims()))]
        answer = await client.get("/", headers=twice)
    assert answer.status_code == 401


async def test_roles_come_from_the_token_and_never_from_the_header(browse: Open) -> None:
    headers = {TOKEN: sign(make_claims(roles=[])), PRINCIPAL: announce(roles=["Administrator"])}
    async with browse(World()) as client:
        answer = await client.get("/", headers=headers)
    assert answer.status_code == 403
    assert "no role that allows this" in answer.text


async def test_an_expired_sign_in_goes_to_sign_in_and_back_to_where_one_was(browse: Open) -> None:
    """A consent's answer stays where it is: its code is handed to no other address."""
    headers = sign_in_headers(exp=LONG_AGO)
    callback = "/settings/connections/microsoft/callback?code=a%2Bb&state=c"
    async with browse(World()) as client:
        page = await client.get("/?needs=2", headers=headers)
        consent = await client.get(callback, headers=headers)
        post = await client.post("/", headers={**headers, "Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 302
    assert page.headers["location"] == "/.auth/login/aad?post_login_redirect_uri=/%3Fneeds%3D2"
    assert consent.status_code == 401 and "location" not in consent.headers
    assert "then load this page again: within ten minutes the consent is still good." in consent.text
    assert post.status_code == 401
    assert "Nothing was changed" in post.text


@pytest.mark.parametrize(
    ("path", "asked_from", "way_back"),
    [
        ("/approvals/also", f"{PUBLIC_URL}/customers?q=a%20b&page=2", "/customers?q=a%20b&page=2"),
        ("/approvals/also", "", "/"),
        ("/approvals/also", "https://evil.example//evil.example/a", "/"),
        ("/approvals/also", "javascript:alert(1)", "/"),
        ("//evil.example/a", None, "/"),
        ("/customers?q=" + "x" * 5000, None, "/"),
    ],
)
async def test_the_way_back_is_a_page_of_ours(browse: Open, path: str, asked_from: str | None, way_back: str) -> None:
    headers = sign_in_headers(exp=LONG_AGO)
    if asked_from is not None:
        headers |= {"HX-Request": "true", "HX-Current-URL": asked_from}
    async with browse(World()) as client:
        answer = await client.get(f"{PUBLIC_URL}{path}", headers=headers)
    told = answer.headers["location" if asked_from is None else "hx-redirect"]
    assert parse_qs(urlsplit(told).query) == {"post_login_redirect_uri": [way_back]}


async def test_nobody_at_all_is_sent_to_sign_in(browse: Open) -> None:
    async with browse(World()) as client:
        answer = await client.get("/")
    assert answer.status_code == 302


async def test_keys_are_fetched_once_and_again_for_a_key_nobody_has_seen_but_not_for_each_request(
    browse: Open,
) -> None:
    fetched: list[str] = []
    world = World()

    async def fetch() -> dict[str, Any]:
        fetched.append("keys")
        return make_key_set("test-key" if len(fetched) < 2 else "new-key")

    async with browse(create_application(world.context(fetch_keys=fetch))) as client:
        for _ in range(3):
            assert (await client.get("/", headers=sign_in_headers())).status_code == 200
        assert len(fetched) == 1
        rotated = {TOKEN: sign(make_claims(), key_id="new-key"), PRINCIPAL: announce()}
        assert (await client.get("/", headers=rotated)).status_code == 401
        assert len(fetched) == 1, "within a minute of the last fetch"
        world.now += timedelta(minutes=2)
        assert (await client.get("/", headers=rotated)).status_code == 200
        for _ in range(3):
            assert (await client.get("/", headers=bad({"aud": "x"}))).status_code == 401
        assert len(fetched) == 2
        world.now += timedelta(hours=2)
        assert (await client.get("/", headers=rotated)).status_code == 200
        assert len(fetched) == 3


async def test_while_no_keys_can_be_had_nobody_is_let_in_and_known_keys_stay_in_use(browse: Open) -> None:
    world = World()
    is_silent = True

    async def fetch() -> dict[str, Any]:
        if is_silent:
            raise ConnectionError("silent")
        return make_key_set(key=signing_key())

    async with browse(create_application(world.context(fetch_keys=fetch))) as client:
        assert (await client.get("/", headers=sign_in_headers())).status_code == 503
        is_silent = False
        world.now += timedelta(minutes=2)
        assert (await client.get("/", headers=sign_in_headers())).status_code == 200
        is_silent = True
        world.now += timedelta(hours=2)
        assert (await client.get("/", headers=sign_in_headers())).status_code == 200
