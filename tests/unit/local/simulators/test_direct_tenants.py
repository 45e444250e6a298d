"""A tenant without a partner relationship: its administrator consents, and the application reads it on its own."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.unit.local.simulators.conftest import REDIRECT, Simulator
from tests.unit.local.simulators.consenting import (
    CLIENT,
    CUSTOMER,
    DIRECT,
    GRAPH,
    PARTNER,
    PARTNER_CENTER,
    Changes,
    as_application,
    codes,
    refresh,
    told,
    without_none,
)

OPERATION = "POST /{tenant}/v2.0/adminconsent"


def wish(**changed: str | None) -> dict[str, str]:
    query: Changes = {"client_id": CLIENT, "redirect_uri": REDIRECT, "scope": GRAPH, "state": "s"}
    return without_none({**query, **changed})


def show(microsoft: Simulator, tenant: str = DIRECT, **changed: str | None) -> httpx.Response:
    return microsoft.client.get(f"/{tenant}/v2.0/adminconsent", params=wish(**changed))


def decide(
    microsoft: Simulator,
    account: str = f"global:{DIRECT}",
    decision: str = "accept",
    tenant: str = DIRECT,
    **changed: str | None,
) -> httpx.Response:
    form = {"account": account, "decision": decision}
    return microsoft.client.post(f"/{tenant}/v2.0/adminconsent", params=wish(**changed), data=form)


def read(microsoft: Simulator, answer: httpx.Response, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return microsoft.client.get(f"/v1.0{path}", headers=headers)


def test_the_partner_cannot_see_it_or_get_in(microsoft: Simulator) -> None:
    partner = {"Authorization": f"Bearer {token_of(refresh_partner(microsoft, PARTNER_CENTER))}"}
    shown = microsoft.client.get("/v1/customers", headers=partner).text
    assert CUSTOMER in shown
    assert DIRECT not in shown
    graph = {"Authorization": f"Bearer {token_of(refresh_partner(microsoft, GRAPH.removesuffix('/.default')))}"}
    listed = microsoft.client.get("/v1.0/tenantRelationships/delegatedAdminRelationships", headers=graph).json()
    assert {row["customer"]["tenantId"] for row in listed["value"]} == {CUSTOMER}
    assert codes(refresh(microsoft, DIRECT, microsoft.form["refresh_token"])) == [50020]


def refresh_partner(microsoft: Simulator, resource: str) -> httpx.Response:
    return refresh(microsoft, PARTNER, microsoft.form["refresh_token"], f"{resource}/.default")


def token_of(answer: httpx.Response) -> str:
    return str(answer.json()["access_token"])


def test_an_application_is_nobody_before_the_consent(microsoft: Simulator) -> None:
    answer = as_application(microsoft, DIRECT)
    assert (answer.status_code, answer.json()["error"], codes(answer)) == (401, "unauthorized_client", [7000229])


def test_after_the_consent_it_reads_the_same_data(microsoft: Simulator) -> None:
    page = show(microsoft)
    action = re.search(r'action="([^"]+)"', page.text)
    assert action is not None
    assert "Global Administrator of Quarry Lane Books" in page.text
    form = {"account": f"global:{DIRECT}", "decision": "accept"}
    back = told(microsoft.client.post(action[1].replace("&amp;", "&"), data=form))
    assert back == {"admin_consent": "True", "tenant": DIRECT, "scope": GRAPH, "state": "s"}
    answer = as_application(microsoft, DIRECT)
    assert not {"refresh_token", "id_token", "scope"} & answer.json().keys()
    assert read(microsoft, answer, "/organization").json()["value"][0]["id"] == DIRECT
    assert read(microsoft, answer, "/subscribedSkus").json()["value"][0]["prepaidUnits"]["enabled"] == 4
    assert len(read(microsoft, answer, "/users").json()["value"]) == 3
    partner = {"Authorization": f"Bearer {token_of(as_application(microsoft, DIRECT, scope=center()))}"}
    refused = microsoft.client.get("/v1/customers", headers=partner)
    assert (refused.status_code, refused.json()["code"]) == (401, 900329)


def center() -> str:
    return f"{PARTNER_CENTER}/.default"


def test_delegated_consent_gives_the_application_nothing_of_its_own(microsoft: Simulator) -> None:
    """In a customer's tenant it has a service principal, hence a token; but no permission."""
    for tenant in (CUSTOMER, PARTNER):
        answer = as_application(microsoft, tenant)
        assert answer.status_code == 200
        refused = read(microsoft, answer, "/organization")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")


def test_only_default_scopes_give_application_permissions(microsoft: Simulator) -> None:
    told(decide(microsoft, scope="https://graph.microsoft.com/User.Read.All"))
    assert read(microsoft, as_application(microsoft, DIRECT), "/users").status_code == 403


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": "00000000-0000-4000-8000-000000000001"}, 700016),
        ({"client_secret": "wrong"}, 7000215),
        ({"scope": "https://graph.microsoft.com/User.Read.All"}, 1002012),
        ({"scope": f"{GRAPH} offline_access"}, 1002012),
        ({"scope": None}, 1002012),
        ({"scope": "https://vault.azure.net/.default"}, 70011),
    ],
)
def test_what_an_application_may_not_ask(microsoft: Simulator, changed: dict[str, str | None], code: int) -> None:
    assert codes(as_application(microsoft, DIRECT, **changed)) == [code]


def test_a_refusal_says_admin_consent_as_well(microsoft: Simulator) -> None:
    """Only `error` tells the two apart."""
    back = told(decide(microsoft, decision="cancel"))
    assert (back["error"], back["admin_consent"], back["state"]) == ("consent_required", "True", "s")
    assert back["error_description"].startswith("AADSTS65004: ")
    assert codes(as_application(microsoft, DIRECT)) == [7000229]


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (f"cloud-application:{DIRECT}", 90094),
        (f"stranger:{DIRECT}", 50020),
        (f"global:{CUSTOMER}", 50020),
        ("nobody", 50020),
    ],
)
def test_who_may_not_consent_stays_on_microsofts_page(microsoft: Simulator, account: str, code: int) -> None:
    answer = decide(microsoft, account)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert f"AADSTS{code}: " in answer.text
    assert codes(as_application(microsoft, DIRECT)) == [7000229]


def test_where_no_tenant_is_named_whoever_signs_in_decides(microsoft: Simulator) -> None:
    assert f'value="global:{DIRECT}"' in show(microsoft, "organizations").text
    assert told(decide(microsoft, tenant="organizations"))["tenant"] == DIRECT


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"client_id": "x"}, 700016), ({"redirect_uri": "https://evil.example/"}, 50011)],
)
@pytest.mark.parametrize("ask", [show, decide])
def test_a_wrong_application_or_address_is_told_to_the_person_only(
    microsoft: Simulator, ask: Any, changed: dict[str, str], code: int
) -> None:
    answer = ask(microsoft, **changed)
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert f"AADSTS{code}: " in answer.text


def test_a_scope_is_needed(microsoft: Simulator) -> None:
    assert told(show(microsoft, scope=None))["error"] == "invalid_request"


def test_faults(microsoft: Simulator) -> None:
    microsoft.switch_on("admin_consent_wrong_tenant", times=1, detail=CUSTOMER)
    assert told(decide(microsoft))["tenant"] == CUSTOMER
    microsoft.switch_on("consent_refused", times=1, operation=OPERATION)
    assert told(decide(microsoft))["error"] == "consent_required"
    microsoft.switch_on("status", times=1, detail="502", operation=OPERATION)
    assert decide(microsoft).status_code == 502
