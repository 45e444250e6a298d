"""Somebody who consents at the Microsoft simulator, and the application that asked for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from plans.consent import challenge_of
from tests.unit.local.simulators.conftest import REDIRECT, Simulator

PARTNER = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
CUSTOMER = "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"
DIRECT = "2b7f4e90-6c1d-4b8a-a3e5-90d1c7f28b44"
CLIENT = "1b0b6a3e-8c55-4a0f-bb5e-6f1f0d1d9a01"
GRAPH = "https://graph.microsoft.com/.default"
PARTNER_CENTER = "https://api.partnercenter.microsoft.com"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123456789"

type Changes = dict[str, str | None]


def without_none(values: Changes) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def wish(**changed: str | None) -> dict[str, str]:
    """The query of an authorize address as it should be, but for what is changed; None leaves a parameter out."""
    query: Changes = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "response_mode": "query",
        "scope": f"{GRAPH} offline_access openid profile",
        "state": "a state & more",
        "nonce": "a-nonce",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "prompt": "select_account",
    }
    return without_none({**query, **changed})


def show(microsoft: Simulator, tenant: str = PARTNER, **changed: str | None) -> httpx.Response:
    return microsoft.client.get(f"/{tenant}/oauth2/v2.0/authorize", params=wish(**changed))


def decide(
    microsoft: Simulator, account: str = "service", decision: str = "accept", tenant: str = PARTNER, **changed: Any
) -> httpx.Response:
    """The answer to the form of the page; it is not followed."""
    address, form = f"/{tenant}/oauth2/v2.0/authorize", {"account": account, "decision": decision}
    return microsoft.client.post(address, params=wish(**changed), data=form)


def told(answer: httpx.Response) -> dict[str, str]:
    """What the browser brings back to the application."""
    assert answer.status_code == 302, answer.text
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == REDIRECT
    return {name: values[0] for name, values in parse_qs(address.query).items()}


def code_of(microsoft: Simulator, account: str = "service", **changed: Any) -> str:
    return told(decide(microsoft, account, **changed))["code"]


def redeem(microsoft: Simulator, code: str, tenant: str = PARTNER, **changed: str | None) -> httpx.Response:
    form: Changes = {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "client_secret": microsoft.form["client_secret"],
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    return microsoft.client.post(f"/{tenant}/oauth2/v2.0/token", data=without_none({**form, **changed}))


def granted(microsoft: Simulator, account: str = "service", **changed: Any) -> dict[str, Any]:
    """The tokens of a consent."""
    answer = redeem(microsoft, code_of(microsoft, account, **changed))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refresh(microsoft: Simulator, tenant: str, refresh_token: str, scope: str = GRAPH) -> httpx.Response:
    form = {**microsoft.form, "refresh_token": refresh_token, "scope": f"{scope} offline_access"}
    return microsoft.client.post(f"/{tenant}/oauth2/v2.0/token", data=form)


def as_application(microsoft: Simulator, tenant: str, **changed: str | None) -> httpx.Response:
    form: Changes = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": microsoft.form["client_secret"],
        "scope": GRAPH,
    }
    return microsoft.client.post(f"/{tenant}/oauth2/v2.0/token", data=without_none({**form, **changed}))


def codes(answer: httpx.Response) -> list[int]:
    found: list[int] = answer.json()["error_codes"]
    return found


def verify(microsoft: Simulator, id_token: str, **changed: Any) -> dict[str, Any]:
    """The claims, verified as an application has to; the local clock of these tests is the wall clock."""
    base_url = str(microsoft.client.base_url).rstrip("/")
    keys = jwt.PyJWKSet.from_dict(microsoft.client.get(f"/{PARTNER}/discovery/v2.0/keys").json())
    key = keys[jwt.get_unverified_header(id_token)["kid"]].key
    expected = {"audience": CLIENT, "issuer": f"{base_url}/{PARTNER}/v2.0", **changed}
    claims: dict[str, Any] = jwt.decode(id_token, key, algorithms=["RS256"], **expected)
    return claims
