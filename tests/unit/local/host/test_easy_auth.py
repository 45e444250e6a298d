"""Who may pass the gate, and what the app is told about them."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from local.host.easy_auth.people import ADMINISTRATOR, CLIENT_ID, OPERATOR, PEOPLE, READER, TENANT_ID, Person
from local.host.sign_in import SignIn

BASE_URL = "http://127.0.0.1:7071"
ROLES = "roles"


@dataclass
class MovingClock:
    now: datetime = datetime(2031, 5, 1, 2, 0, tzinfo=UTC)

    def utc_now(self) -> datetime:
        return self.now


@dataclass
class Site:
    browser: httpx.AsyncClient
    clock: MovingClock
    sign_in: SignIn

    async def enter(self, person: Person, target: str = "/") -> httpx.Response:
        form = {"person": person.key, "post_login_redirect_uri": target}
        return await self.browser.post("/.auth/login/aad", data=form)

    async def read_token(self) -> dict[str, Any]:
        """The claims of the ID token that the app is given, verified with the published keys."""
        headers = (await self.browser.get("/")).json()
        token = headers["x-ms-token-aad-id-token"]
        keys = jwt.PyJWKSet.from_dict((await self.browser.get("/.auth/local/keys")).json())
        key = keys[jwt.get_unverified_header(token)["kid"]]
        options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
        settings = self.sign_in.describe_to_app()
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=settings["SEATLEDGER_SIGN_IN_AUDIENCE"],
            issuer=settings["SEATLEDGER_SIGN_IN_ISSUER"],
            options=options,
        )
        return claims


async def show_headers(scope: Scope, receive: Receive, send: Send) -> None:
    """The app behind the gate: it answers with the headers it got."""
    await JSONResponse(dict(Request(scope).headers))(scope, receive, send)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    clock = MovingClock()
    sign_in = SignIn(BASE_URL, tmp_path / "state/key.pem", clock.utc_now, ("/api/v1",))
    transport = httpx.ASGITransport(app=sign_in.guard(show_headers))
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as browser:
        yield Site(browser, clock, sign_in)


async def test_stranger_is_sent_to_the_sign_in_page_and_back(site: Site) -> None:
    answer = await site.browser.get("/customers?page=2")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/.auth/login/aad?post_login_redirect_uri=%2Fcustomers%3Fpage%3D2"
    page = await site.browser.get(answer.headers["location"])
    assert 'value="/customers?page=2"' in page.text
    assert all(person.name in page.text for person in PEOPLE)
    entered = await site.enter(READER, "/customers?page=2")
    assert (entered.status_code, entered.headers["location"]) == (303, "/customers?page=2")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_stranger_may_not_write(site: Site, method: str) -> None:
    assert (await site.browser.request(method, "/approvals")).status_code == 401


@pytest.mark.parametrize("person", [ADMINISTRATOR, OPERATOR, READER])
async def test_app_is_told_who_is_signed_in(site: Site, person: Person) -> None:
    await site.enter(person)
    headers = (await site.browser.get("/")).json()
    assert headers["x-ms-client-principal-id"] == person.object_id
    assert headers["x-ms-client-principal-name"] == person.user_name
    assert headers["x-ms-client-principal-idp"] == "aad"
    principal = json.loads(base64.b64decode(headers["x-ms-client-principal"]))
    assert principal["auth_typ"] == "aad"
    assert [c["val"] for c in principal["claims"] if c["typ"] == ROLES] == list(person.roles)


async def test_id_token_verifies_with_the_published_keys(site: Site) -> None:
    await site.enter(OPERATOR)
    claims = await site.read_token()
    assert claims["tid"] == TENANT_ID
    assert claims["aud"] == CLIENT_ID
    assert claims["oid"] == OPERATOR.object_id
    assert claims["roles"] == ["Operator"]
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["iat"] == int(site.clock.now.timestamp())


async def test_id_token_is_renewed_shortly_before_it_expires(site: Site) -> None:
    await site.enter(READER)
    first = await site.read_token()
    site.clock.now += timedelta(minutes=54)
    assert (await site.read_token())["exp"] == first["exp"]
    site.clock.now += timedelta(minutes=2)
    assert (await site.read_token())["exp"] > first["exp"]


async def test_session_ends_after_its_time(site: Site) -> None:
    await site.enter(READER)
    site.clock.now += timedelta(hours=8)
    assert (await site.browser.get("/")).status_code == 302


async def test_forged_platform_headers_never_arrive(site: Site) -> None:
    forged = {"X-MS-CLIENT-PRINCIPAL": "forged", "x-ms-token-aad-id-token": "forged", "X-MS-ANYTHING": "forged"}
    assert (await site.browser.get("/", headers=forged)).status_code == 302
    excluded = (await site.browser.get("/api/v1/runs", headers=forged)).json()
    assert not [name for name in excluded if name.startswith("x-ms-")]
    await site.enter(READER)
    signed_in = (await site.browser.get("/", headers=forged)).json()
    assert "forged" not in signed_in.values()
    assert "x-ms-anything" not in signed_in


async def test_excluded_path_is_left_out_even_for_the_signed_in(site: Site) -> None:
    await site.enter(ADMINISTRATOR)
    headers = (await site.browser.post("/api/v1/runs")).json()
    assert "x-ms-client-principal" not in headers
    assert (await site.browser.get("/api/v10")).json()["x-ms-client-principal-id"] == ADMINISTRATOR.object_id


@pytest.mark.parametrize("cookie", ["", "nonsense", "e30.e30.e30"])
async def test_forged_session_is_nobodys(site: Site, cookie: str) -> None:
    headers = {"Cookie": f"AppServiceAuthSession={cookie}"}
    assert (await site.browser.get("/", headers=headers)).status_code == 302


async def test_id_token_is_no_session(site: Site) -> None:
    await site.enter(READER)
    token = (await site.browser.get("/")).json()["x-ms-token-aad-id-token"]
    site.browser.cookies.clear()
    headers = {"Cookie": f"AppServiceAuthSession={token}"}
    assert (await site.browser.get("/", headers=headers)).status_code == 302


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "/a\nb"])
async def test_nobody_is_sent_to_another_site(site: Site, target: str) -> None:
    assert (await site.enter(READER, target)).headers["location"] == "/"
    gone = await site.browser.get("/.auth/logout", params={"post_logout_redirect_uri": target})
    assert gone.headers["location"] == "/"


async def test_session_cookie_is_kept_from_scripts_and_other_sites(site: Site) -> None:
    cookie = (await site.enter(READER)).headers["set-cookie"].lower()
    assert cookie.startswith("appserviceauthsession=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_signing_out_ends_the_session(site: Site) -> None:
    await site.enter(READER)
    assert (await site.browser.get("/.auth/me")).json()[0]["user_id"] == READER.user_name
    await site.browser.get("/.auth/logout")
    assert (await site.browser.get("/.auth/me")).status_code == 401
    assert (await site.browser.get("/")).status_code == 302


async def test_unknown_person_cannot_sign_in(site: Site) -> None:
    assert (await site.browser.post("/.auth/login/aad", data={"person": "mallory"})).status_code == 400


async def test_configuration_points_at_the_keys(site: Site) -> None:
    found = (await site.browser.get("/.auth/local/.well-known/openid-configuration")).json()
    settings = site.sign_in.describe_to_app()
    assert found["issuer"] == settings["SEATLEDGER_SIGN_IN_ISSUER"]
    assert found["jwks_uri"] == settings["SEATLEDGER_SIGN_IN_KEYS_URL"]


async def test_key_is_kept_and_readable_by_its_owner_only(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "state/key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = (await site.browser.get("/.auth/local/keys")).json()
    again = SignIn(BASE_URL, path, site.clock.utc_now, ()).guard(show_headers)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=again), base_url=BASE_URL) as browser:
        assert (await browser.get("/.auth/local/keys")).json() == before
