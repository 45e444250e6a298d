"""A tenant that let our application in: read in the night like every other, and alone (microsoft.md 1.7)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import httpx

from microsoft.adapter import DirectReader, GraphLicenceReader, LicencesByAccount
from microsoft.tokens import AppCredentials, fill_form
from net.client import open_client
from net.hosts import AllowedHosts
from profiles.readings import Known, Unknown, UnknownReason
from tests.unit.microsoft.graph import GRAPH, LOGIN, TENANT, make_batch
from tests.unit.microsoft.msp import PARTNER, START, joined_parts
from tests.unit.net.answers import Site, run_timed


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/token"):
        return httpx.Response(200, json={"access_token": "app-token", "expires_in": 3599})
    return httpx.Response(200, json=make_batch(joined_parts()))


async def read_credentials() -> AppCredentials:
    return AppCredentials("client-id", "secret-canary")


def make_readers(site: Site, **partners: Any) -> LicencesByAccount:
    hosts = AllowedHosts()
    login, graph = open_client(LOGIN, hosts, site), open_client(GRAPH, hosts, site)
    reader = GraphLicenceReader(login, graph, read_credentials, lambda: START)
    return LicencesByAccount(partners, {"direct-1": DirectReader(TENANT.upper(), "Contoso", reader)})


def test_it_is_read_with_a_token_of_the_application_in_two_calls() -> None:
    site = Site(answer)
    reading = run_timed(make_readers(site).read_tenant(TENANT, "direct-1"))[0]
    assert isinstance(reading, Known) and reading.value.tenant_id == TENANT
    token, batch = site.requests
    form = {name: values[0] for name, values in parse_qs(token.content.decode()).items()}
    assert token.url.path == f"/{TENANT}/oauth2/v2.0/token" and batch.headers["Authorization"] == "Bearer app-token"
    assert form == fill_form(AppCredentials("client-id", "secret-canary"), GRAPH)
    assert form["grant_type"] == "client_credentials" and form["scope"] == f"{GRAPH}/.default"


def test_it_opens_no_other_tenant_and_is_never_the_first_account() -> None:
    site = Site(answer)
    other = run_timed(make_readers(site).read_tenant(PARTNER, "direct-1"))[0]
    assert isinstance(other, Unknown) and other.reason is UnknownReason.ACCESS_DENIED
    assert "Contoso let us read its own tenant only." in other.detail
    unnamed = run_timed(make_readers(site).read_tenant(TENANT))[0]
    assert isinstance(unnamed, Unknown) and "No Microsoft partner account is connected." in unnamed.detail
    gone = run_timed(make_readers(site, main=None).read_tenant(TENANT, "direct-9"))[0]
    assert isinstance(gone, Unknown) and "no longer connected" in gone.detail
    assert site.requests == []


def test_credentials_print_nothing() -> None:
    assert "canary" not in repr(AppCredentials("client-id", "secret-canary"))
