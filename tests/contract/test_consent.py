"""What programs ask of consent, against our own descriptions: codes, keys, applications on their own, pre-consent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from plans.consent import challenge_of
from tests.contract.checking import BAD_ON_PURPOSE
from tests.contract.running import CUSTOMER_TENANT, NO_TLS, PARTNER_CLIENT, RunningSimulator

PARTNER_TENANT = "7d0c7a52-3f0e-4c57-9d6b-0a6f1f4f2b10"
DIRECT_TENANT = "2b7f4e90-6c1d-4b8a-a3e5-90d1c7f28b44"
TOKEN = f"/{PARTNER_TENANT}/oauth2/v2.0/token"
REDIRECT = "http://127.0.0.1:7071/settings/connections/microsoft/callback"
VERIFIER = "a-verifier-of-forty-three-characters-or-more-0123456789"
GRAPH = "https://graph.microsoft.com/.default"
PARTNER_CENTER = "https://api.partnercenter.microsoft.com/.default"
CONSENTS = f"/v1/customers/{CUSTOMER_TENANT}/applicationconsents"
GRANTS = [{"enterpriseApplicationId": "00000003-0000-0000-c000-000000000000", "scope": "User.Read.All"}]
CONSENT = {"applicationId": PARTNER_CLIENT, "displayName": "Seatledger", "applicationGrants": GRANTS}


@pytest.fixture(autouse=True)
def _registered(microsoft_simulator: RunningSimulator) -> None:
    """Where the application may be answered, as a person registers it."""
    control(microsoft_simulator, "application", {"redirectUris": [REDIRECT]})


def control(simulator: RunningSimulator, path: str, members: dict[str, Any]) -> None:
    """The control panel is no part of any contract."""
    httpx.patch(f"{simulator.base_url}/__simulator/{path}", json=members, verify=NO_TLS).raise_for_status()


def browse(simulator: RunningSimulator, path: str, form: dict[str, str], **query: str) -> dict[str, str]:
    """What a person's browser brings back: pages are no part of a contract either."""
    query |= {"client_id": PARTNER_CLIENT, "redirect_uri": REDIRECT, "state": "state"}
    answer = httpx.post(f"{simulator.base_url}{path}", params=query, data=form, verify=NO_TLS)
    found = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in found.items()}


def consent(simulator: RunningSimulator) -> str:
    form = {"account": "service", "decision": "accept"}
    asked = {"response_type": "code", "scope": f"{GRAPH} offline_access openid profile", "nonce": "nonce"}
    asked |= {"code_challenge": challenge_of(VERIFIER), "code_challenge_method": "S256"}
    return browse(simulator, f"/{PARTNER_TENANT}/oauth2/v2.0/authorize", form, **asked)["code"]


async def test_a_code_its_second_use_and_the_keys(
    microsoft: httpx.AsyncClient, microsoft_simulator: RunningSimulator, token_form: dict[str, str]
) -> None:
    form = {
        "grant_type": "authorization_code",
        "client_id": PARTNER_CLIENT,
        "client_secret": token_form["client_secret"],
        "code": consent(microsoft_simulator),
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    answer = await microsoft.post(TOKEN, data=form)
    assert answer.status_code == 200
    assert {"access_token", "refresh_token", "id_token"} <= answer.json().keys()
    again = await microsoft.post(TOKEN, data=form)
    assert (again.status_code, again.json()["error_codes"]) == (400, [54005])
    discovered = (await microsoft.get(f"/{PARTNER_TENANT}/v2.0/.well-known/openid-configuration")).json()
    keys = await microsoft.get(httpx.URL(discovered["jwks_uri"]).path)
    assert len(keys.json()["keys"]) == 2
    assert (await microsoft.get("/nobody.example/discovery/v2.0/keys")).status_code == 400


async def test_an_application_on_its_own(
    microsoft: httpx.AsyncClient, microsoft_simulator: RunningSimulator, token_form: dict[str, str]
) -> None:
    form = {name: token_form[name] for name in ("client_id", "client_secret")}
    form |= {"grant_type": "client_credentials", "scope": GRAPH}
    address = f"/{DIRECT_TENANT}/oauth2/v2.0/token"
    assert (await microsoft.post(address, data=form)).json()["error_codes"] == [7000229]
    accepted = {"account": f"global:{DIRECT_TENANT}", "decision": "accept"}
    back = browse(microsoft_simulator, f"/{DIRECT_TENANT}/v2.0/adminconsent", accepted, scope=GRAPH)
    assert (back["admin_consent"], back["tenant"]) == ("True", DIRECT_TENANT)
    answer = await microsoft.post(address, data=form)
    microsoft.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    for path in ("/v1.0/organization", "/v1.0/subscribedSkus", "/v1.0/directory/subscriptions"):
        assert (await microsoft.get(path)).json()["value"]


async def test_pre_consent(
    microsoft: httpx.AsyncClient, microsoft_simulator: RunningSimulator, token_form: dict[str, str]
) -> None:
    control(microsoft_simulator, f"tenants/{CUSTOMER_TENANT}", {"signInError": 90099})
    address = f"/{CUSTOMER_TENANT}/oauth2/v2.0/token"
    assert (await microsoft.post(address, data=token_form)).json()["error_codes"] == [90099]
    partner = await microsoft.post(TOKEN, data={**token_form, "scope": PARTNER_CENTER})
    microsoft.headers["Authorization"] = f"Bearer {partner.json()['access_token']}"
    assert (await microsoft.post(CONSENTS, json=CONSENT)).status_code == 201
    assert (await microsoft.post(address, data=token_form)).status_code == 200
    again = await microsoft.post(CONSENTS, json=CONSENT)
    assert json.loads(again.content.decode("utf-8-sig"))["description"] == "Permission entry already exists."
    spaces = {**CONSENT, "applicationGrants": [{**GRANTS[0], "scope": "User.Read.All Organization.Read.All"}]}
    assert (await microsoft.post(CONSENTS, json=spaces, extensions=BAD_ON_PURPOSE)).status_code == 400
    assert (await microsoft.delete(f"{CONSENTS}/{PARTNER_CLIENT}")).status_code == 204
    assert (await microsoft.delete(f"{CONSENTS}/{PARTNER_CLIENT}")).status_code == 404
