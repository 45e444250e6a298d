"""Consent at Microsoft: the address, the exchange, the proof of who signed in, and what is stored (S4 to S6)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from microsoft.code_exchange import BridgedHttp
from plans.connecting import DirectTenant
from plans.consent import Granted, NotGranted, challenge_of, derive_verifier
from plans.errors import Retry
from tests.unit.microsoft.consenting import (
    ACCESS,
    ACCOUNT,
    BROWSER,
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    DIRECT,
    KEY_ID,
    REFRESH,
    STATE,
    Claims,
    Entra,
    entra_key,
    foreign_key,
    make_keys,
    sign,
    spell,
)
from tests.unit.microsoft.graph import GRAPH, LOGIN, TENANT
from tests.unit.microsoft.msp import PARTNER


def read_sentence(ending: object) -> str:
    assert isinstance(ending, NotGranted), ending
    assert ending.sentence.endswith((".", ")")) and CODE not in ending.sentence
    return ending.sentence


def test_the_address_asks_for_one_resource_with_pkce_state_and_nonce() -> None:
    entra = Entra()
    parts = urlsplit(entra.address())
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{LOGIN}/{PARTNER}/oauth2/v2.0/authorize"
    asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
    assert asked == {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "response_mode": "query",
        "scope": f"{GRAPH}/.default offline_access openid profile",
        "state": STATE,
        "nonce": entra.nonce,
        "code_challenge": challenge_of(derive_verifier(BROWSER, STATE)),
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    assert BROWSER not in parts.query and len(entra.nonce) == 64
    other = Entra().consent().write_partner_address(ACCOUNT, STATE, "c" * 43, CALLBACK)
    assert entra.nonce not in other and asked["code_challenge"] not in other, "both come from the browser's secret"


def test_the_verifier_proves_the_challenge_as_rfc_7636_says() -> None:
    verifier = derive_verifier(BROWSER, STATE)
    assert 43 <= len(verifier) <= 128
    expected = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert challenge_of(verifier) == expected


async def test_a_consent_is_redeemed_proven_and_stored() -> None:
    entra = Entra()
    assert await entra.redeem() == Granted(PARTNER, "svc@msp.example", True)
    assert entra.stored == [("ms-1", REFRESH)]
    (request,) = entra.sent("/token")
    assert str(request.url) == f"{LOGIN}/{PARTNER}/oauth2/v2.0/token"
    form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
    assert form["grant_type"] == "authorization_code" and form["code"] == CODE
    assert form["code_verifier"] == derive_verifier(BROWSER, STATE)
    assert (form["client_id"], form["client_secret"], form["redirect_uri"]) == (CLIENT_ID, CLIENT_SECRET, CALLBACK)
    assert set(form["scope"].split()) == {f"{GRAPH}/.default", "offline_access", "openid", "profile"}
    assert {urlsplit(str(each.url)).netloc for each in entra.site.requests} == {"login.microsoftonline.com"}


async def test_every_secret_is_told_to_the_redactor_and_none_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    entra = Entra()
    with caplog.at_level(logging.DEBUG):
        await entra.redeem()
    assert {CODE, ACCESS, REFRESH, derive_verifier(BROWSER, STATE)} <= set(entra.remembered)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith(("microsoft", "net")))
    assert not any(secret in ours for secret in (CODE, ACCESS, REFRESH, CLIENT_SECRET))


@pytest.mark.parametrize(
    ("amr", "has_mfa"), [(["pwd", "mfa"], True), (["pwd"], False), (None, None), ([], None), ("mfa", None)]
)
async def test_the_mfa_claim_is_read_where_there_is_one(amr: object, has_mfa: bool | None) -> None:
    entra = Entra(id_token=lambda claims: sign({**claims, "amr": amr}))
    assert await entra.redeem() == Granted(PARTNER, "svc@msp.example", has_mfa)


def hmac_with_public_key(claims: Claims) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    public = entra_key().public_key().public_bytes(serialization.Encoding.PEM, kind)
    claims = claims | {name: int(claims[name].timestamp()) for name in ("iat", "nbf", "exp")}
    text = f"{spell({'typ': 'JWT', 'alg': 'HS256', 'kid': KEY_ID})}.{spell(claims)}"
    return f"{text}.{base64.urlsafe_b64encode(hmac.digest(public, text.encode(), 'sha256')).decode().rstrip('=')}"


def unsigned(claims: Claims) -> str:
    claims = claims | {name: int(claims[name].timestamp()) for name in ("iat", "nbf", "exp")}
    return f"{spell({'typ': 'JWT', 'alg': 'none', 'kid': KEY_ID})}.{spell(claims)}."


def tampered(claims: Claims) -> str:
    head, _, signature = sign(claims).split(".")
    body = {name: value for name, value in claims.items() if name not in ("iat", "nbf", "exp")}
    times = {name: int(claims[name].timestamp()) for name in ("iat", "nbf", "exp")}
    return f"{head}.{spell(body | times | {'preferred_username': 'evil@evil.example'})}.{signature}"


def change(**changes: Any) -> Callable[[Claims], str]:
    def make(claims: Claims) -> str:
        return sign({name: value for name, value in (claims | changes).items() if value is not None})

    return make


OTHER = "9d3b7c51-42aa-4f0e-8c66-1e5f0a7d2b93"


@pytest.mark.parametrize(
    ("id_token", "sentence"),
    [
        (tampered, "does not carry Microsoft's signature"),
        (unsigned, "not signed the way Microsoft signs"),
        (hmac_with_public_key, "not signed the way Microsoft signs"),
        (lambda claims: sign(claims, foreign_key()), "does not carry Microsoft's signature"),
        (lambda claims: sign(claims, key_id="unknown"), "a key that Microsoft does not publish"),
        (lambda claims: sign(claims, key_id=None), "not signed the way Microsoft signs"),
        (change(aud="00000000-0000-4000-8000-00000000000c"), "made for another application"),
        (change(aud=[CLIENT_ID, "another"]), "made for another application"),
        (change(iss="https://login.evil.example/v2.0"), "by somebody else than Microsoft"),
        (change(iss=f"{LOGIN}/{OTHER}/v2.0"), "by somebody else than Microsoft"),
        (change(iss=f"{LOGIN}/{OTHER}/v2.0", tid=OTHER), "belongs to another directory"),
        (change(tid=None), "leaves out what proves it: tid"),
        (change(nonce="another"), "answers another consent"),
        (change(nonce=None), "answers another consent"),
        (change(exp=None), "leaves out what proves it: exp"),
        (change(exp="tomorrow"), "does not say how long it is valid"),
        (lambda _: "no token at all", "cannot be read"),
        (lambda _: "a.b.c", "cannot be read"),
        (lambda _: None, "did not say who signed in"),
    ],
)
async def test_an_id_token_that_proves_nothing_is_refused_and_nothing_is_stored(
    id_token: Callable[[Claims], str | None], sentence: str
) -> None:
    entra = Entra(id_token=id_token)
    assert sentence in read_sentence(await entra.redeem())
    assert entra.stored == []


@pytest.mark.parametrize(("seconds", "is_good"), [(3599, True), (3600, False), (3601, False)])
async def test_an_expired_token_gets_no_grace(seconds: int, is_good: bool) -> None:
    entra = Entra()
    made = entra.claims
    entra.id_token = lambda claims: sign(
        made(nonce=claims["nonce"], exp=entra.time + timedelta(seconds=3600 - seconds))
    )
    ending = await entra.redeem()
    assert isinstance(ending, Granted) is is_good
    assert is_good or "has expired" in read_sentence(ending)


@pytest.mark.parametrize(("seconds", "is_good"), [(60, True), (61, False)])
async def test_a_clock_that_runs_behind_microsofts_is_forgiven_a_minute(seconds: int, is_good: bool) -> None:
    entra = Entra(id_token=lambda claims: sign(claims | {"nbf": entra.time + timedelta(seconds=seconds)}))
    ending = await entra.redeem()
    assert isinstance(ending, Granted) is is_good
    assert is_good or "not valid yet" in read_sentence(ending)


@pytest.mark.parametrize(
    "keys",
    [
        httpx.Response(200, json={}),
        httpx.Response(404, text="none"),
        httpx.Response(200, json={"keys": "none"}),
        httpx.Response(200, json=make_keys(use="enc")),
        httpx.Response(200, json=make_keys(kty="EC")),
        httpx.Response(200, json=make_keys(n=None)),
    ],
)
async def test_without_a_key_nothing_is_proven(keys: httpx.Response) -> None:
    entra = Entra(keys=lambda: keys)
    assert "a key that Microsoft does not publish" in read_sentence(await entra.redeem())


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (54005, "The consent was redeemed before."),
        (50076, "Microsoft asks for MFA."),
        (7000215, "The app's client secret is wrong or expired."),
        (50011, "does not list the address"),
        (99999, "Microsoft refused the sign-in: invalid_grant [99999]."),
    ],
)
async def test_errors_of_the_exchange_say_what_to_do_next(code: int, sentence: str) -> None:
    body = {"error": "invalid_grant", "error_codes": [code], "error_description": f"AADSTS{code}: {CODE}"}
    entra = Entra(token=lambda _: httpx.Response(400, json=body))
    assert sentence in read_sentence(await entra.redeem())
    assert entra.stored == []


def fail(_: dict[str, Any]) -> httpx.Response:
    raise httpx.ReadTimeout("late")


@pytest.mark.parametrize(
    "token",
    [
        fail,
        lambda _: httpx.Response(503, text="busy"),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json={}),
        lambda _: httpx.Response(200, json=[]),
        lambda _: httpx.Response(302, headers={"location": "https://evil.example/"}),
    ],
)
async def test_a_sign_in_that_does_not_answer_as_one_stores_nothing_and_is_asked_once(
    token: Callable[[dict[str, Any]], httpx.Response],
) -> None:
    entra = Entra(token=token)
    assert "egin the consent again" in read_sentence(await entra.redeem())
    assert entra.stored == [] and len(entra.sent("/token")) == 1, "a code is good once"


async def test_no_refresh_token_and_no_client_secret_each_have_their_sentence() -> None:
    def without(body: dict[str, Any]) -> httpx.Response:
        return httpx.Response(200, json={name: each for name, each in body.items() if name != "refresh_token"})

    assert "gave no refresh token" in read_sentence(await Entra(token=without).redeem())
    assert read_sentence(await Entra(secrets={}).redeem()) == "There is no secret ms-1-secret."


async def test_the_library_has_no_other_way_out() -> None:
    entra = Entra()
    http = BridgedHttp(entra.consent().lines.login, asyncio.get_running_loop())
    for address in ("https://evil.example/x", "http://login.microsoftonline.com/x", f"{LOGIN}.evil.example/x"):
        with pytest.raises(Retry, match="another host"):
            http.post(address)
        with pytest.raises(Retry, match="another host"):
            http.get(address)
    with pytest.raises(Retry, match="does not need"):
        http.get(f"{LOGIN}/common/userrealm/somebody")
    assert entra.site.requests == []


@pytest.mark.parametrize(
    ("error", "description", "sentence"),
    [
        (
            "access_denied",
            "AADSTS65004: <script>",
            "The consent was declined. Begin it again, and accept it. (AADSTS65004)",
        ),
        (
            "access_denied",
            "the user cancelled",
            "Whoever signed in declined, or may not consent. Begin the consent again.",
        ),
        (
            "server_error",
            "AADSTS99999: evil",
            "Microsoft did not grant the consent (AADSTS99999). Begin the consent again.",
        ),
        ("<b>", "call 0800-EVIL", "Microsoft did not grant the consent. Begin the consent again."),
    ],
)
def test_what_comes_back_with_the_browser_is_explained_and_never_repeated(
    error: str, description: str, sentence: str
) -> None:
    told = Entra().consent().explain_refused(error, description)
    assert sentence in told and not any(evil in told for evil in ("<", "evil", "EVIL"))


def test_the_admin_consent_link_asks_for_application_permissions() -> None:
    consent = Entra().consent()
    parts = urlsplit(consent.write_admin_address(DIRECT, STATE, CALLBACK))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{LOGIN}/{TENANT}/v2.0/adminconsent"
    expected = {"client_id": [CLIENT_ID], "scope": [f"{GRAPH}/.default"], "redirect_uri": [CALLBACK]}
    assert parse_qs(parts.query) == expected | {"state": [STATE]}
    to_send = consent.write_admin_address(DIRECT, "", CALLBACK)
    assert parse_qs(urlsplit(to_send).query) == expected


async def test_a_direct_tenant_is_tried_as_the_application() -> None:
    entra = Entra()
    assert await entra.consent().try_direct(DIRECT) == Granted(TENANT, "", None)
    (request,) = entra.sent("/token")
    form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
    assert request.url.path == f"/{TENANT}/oauth2/v2.0/token"
    expected = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": "own"}
    assert form == expected | {"scope": f"{GRAPH}/.default"}
    assert ACCESS in entra.remembered


@pytest.mark.parametrize(
    ("entra", "tenant", "sentence"),
    [
        (
            Entra(token=lambda _: httpx.Response(400, json={"error": "x", "error_codes": [700016]})),
            DIRECT,
            "Microsoft does not know the app in this tenant.",
        ),
        (
            Entra(organization=lambda: httpx.Response(403, json={})),
            DIRECT,
            "Ask its administrator to consent by the link. The organisation answered 403.",
        ),
        (Entra(organization=lambda: httpx.Response(200, json={"value": [{"id": PARTNER}]})), DIRECT, "another tenant"),
        (Entra(organization=lambda: httpx.Response(200, json={"value": []})), DIRECT, "another tenant"),
        (Entra(), replace(DIRECT, client_secret_secret="none"), "There is no secret none."),
    ],
)
async def test_a_direct_tenant_that_cannot_be_read_says_why(entra: Entra, tenant: DirectTenant, sentence: str) -> None:
    assert sentence in read_sentence(await entra.consent().try_direct(tenant))


def test_jwt_library_checks_what_we_leave_to_it() -> None:
    with pytest.raises(jwt.InvalidAlgorithmError):
        jwt.decode(unsigned(Entra().claims()), entra_key().public_key(), algorithms=["RS256"], audience=CLIENT_ID)
