"""MSAL, Microsoft's own library, consents at the simulator and goes on with what it got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import msal
import pytest

from tests.unit.local.simulators.conftest import REDIRECT, Simulator
from tests.unit.local.simulators.consenting import CLIENT, CUSTOMER, PARTNER, told

SCOPES = ["https://graph.microsoft.com/.default"]


@dataclass(frozen=True)
class Told:
    """An answer as MSAL reads it: every address in it is one of https."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, answer: httpx.Response) -> Told:
        return cls(answer.status_code, answer.text.replace("http://", "https://"), answer.headers)


class PlainHttp:
    """MSAL insists on https; the simulator speaks plain HTTP."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def get(self, url: str, **more: Any) -> Told:
        return Told.of(self._client.get(urlsplit(url).path, headers=more.get("headers")))

    def post(self, url: str, **more: Any) -> Told:
        return Told.of(self._client.post(urlsplit(url).path, data=more.get("data"), headers=more.get("headers")))

    def close(self) -> None:
        """The client is the test's."""


def sign_in(microsoft: Simulator, tenant: str) -> Any:
    return msal.ConfidentialClientApplication(
        CLIENT,
        client_credential=microsoft.form["client_secret"],
        authority=f"https://{microsoft.client.base_url.netloc.decode()}/{tenant}",
        http_client=PlainHttp(microsoft.client),
        instance_discovery=False,
    )


def begin(library: Any) -> dict[str, Any]:
    """MSAL would like form_post, which brings no cookies along: Seatledger's callback is a GET."""
    with pytest.warns(UserWarning, match="form_post"):
        flow: dict[str, Any] = library.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT)
    return flow


def test_it_consents_and_refreshes(microsoft: Simulator) -> None:
    library = sign_in(microsoft, PARTNER)
    flow = begin(library)
    asked = urlsplit(flow["auth_uri"])
    page = f"{asked.path}?{asked.query}"
    assert microsoft.client.get(page).status_code == 200
    back = told(microsoft.client.post(page, data={"account": "service", "decision": "accept"}))
    got = library.acquire_token_by_auth_code_flow(flow, back)
    assert "error" not in got, got
    assert got["id_token_claims"]["tid"] == PARTNER
    (account,) = library.get_accounts()
    assert account["username"] == "seatledger@demomsp.example"
    later = sign_in(microsoft, CUSTOMER).acquire_token_by_refresh_token(got["refresh_token"], SCOPES)
    assert later["refresh_token"] != got["refresh_token"]


def test_it_says_who_cancelled(microsoft: Simulator) -> None:
    library = sign_in(microsoft, PARTNER)
    flow = begin(library)
    asked = urlsplit(flow["auth_uri"])
    back = told(microsoft.client.post(f"{asked.path}?{asked.query}", data={"decision": "cancel"}))
    assert library.acquire_token_by_auth_code_flow(flow, back)["error"] == "access_denied"


def test_it_speaks_for_the_application(microsoft: Simulator) -> None:
    got = sign_in(microsoft, CUSTOMER).acquire_token_for_client(SCOPES)
    assert got["token_type"] == "Bearer"
