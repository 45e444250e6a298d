"""Pre-consent in a customer's tenant, and what its token endpoint says without it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.unit.local.simulators.conftest import Simulator
from tests.unit.local.simulators.consenting import (
    CLIENT,
    CUSTOMER,
    PARTNER,
    PARTNER_CENTER,
    as_application,
    codes,
    granted,
    refresh,
)

GRAPH_APP = "00000003-0000-0000-c000-000000000000"
READS = "Directory.Read.All,Organization.Read.All,User.Read.All"
RELATIONSHIP = f"/__simulator/relationships/{CUSTOMER}-{CUSTOMER}"
POST = "POST /v1/customers/{id}/applicationconsents"


@pytest.fixture
def partner(microsoft: Simulator) -> Simulator:
    """Signed in to Partner Center as the service account; the customer has not let the application in yet."""
    change(microsoft, signInError=90099)
    microsoft.client.headers["Authorization"] = bearer(microsoft)
    return microsoft


def bearer(microsoft: Simulator, account: str = "service", resource: str = PARTNER_CENTER) -> str:
    return f"Bearer {granted(microsoft, account, scope=f'{resource}/.default')['access_token']}"


def change(microsoft: Simulator, **members: Any) -> None:
    microsoft.client.patch(f"/__simulator/tenants/{CUSTOMER}", json=members).raise_for_status()


def enter(microsoft: Simulator) -> httpx.Response:
    return refresh(microsoft, CUSTOMER, microsoft.form["refresh_token"])


def wanted(scope: str = READS, resource: str = GRAPH_APP, **changed: Any) -> dict[str, Any]:
    grants = [{"enterpriseApplicationId": resource, "scope": scope}]
    return {"applicationId": CLIENT, "displayName": "Seatledger", "applicationGrants": grants, **changed}


def consent(microsoft: Simulator, body: Any = None, tenant: str = CUSTOMER, **more: Any) -> httpx.Response:
    sent = body if isinstance(body, str) else json.dumps(wanted() if body is None else body)
    return microsoft.client.post(f"/v1/customers/{tenant}/applicationconsents", content=sent, **more)


def body_of(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.content.decode("utf-8-sig"))
    return found


@pytest.mark.parametrize(("code", "error"), [(65001, "invalid_grant"), (90099, "unauthorized_client")])
def test_without_consent_nobody_gets_in_until_it_is_given(partner: Simulator, code: int, error: str) -> None:
    change(partner, signInError=code)
    refused = enter(partner)
    assert (codes(refused), refused.json()["error"]) == ([code], error)
    assert codes(as_application(partner, CUSTOMER)) == [7000229]
    answer = consent(partner, headers={"MS-CorrelationId": "7f0a3c8e-1111-4c4c-9c9c-0123456789ab"})
    assert (answer.status_code, body_of(answer)) == (201, wanted())
    assert answer.headers["ms-correlationid"] == "7f0a3c8e-1111-4c4c-9c9c-0123456789ab"
    assert enter(partner).status_code == 200


def test_the_second_time_it_is_there_already(partner: Simulator) -> None:
    assert consent(partner).status_code == 201
    again = consent(partner)
    assert again.status_code == 409
    assert body_of(again)["description"] == "Permission entry already exists."


def test_a_tenant_that_let_it_in_long_ago_says_the_same(partner: Simulator) -> None:
    change(partner, signInError=None)
    assert body_of(consent(partner))["description"] == "Permission entry already exists."


def test_deleting_it_closes_the_tenant_again(partner: Simulator) -> None:
    consent(partner)
    address = f"/v1/customers/{CUSTOMER}/applicationconsents/{CLIENT}"
    assert partner.client.delete(address).status_code == 204
    assert codes(enter(partner)) == [90099]
    assert partner.client.delete(address).status_code == 404
    assert consent(partner).status_code == 201


def test_what_was_not_granted_is_refused_by_graph(partner: Simulator) -> None:
    consent(partner, wanted("Organization.Read.All"))
    answer = enter(partner)
    assert answer.json()["scope"].split() == [f"https://graph.microsoft.com/{each}" for each in GRANTED]
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert partner.client.get("/v1.0/subscribedSkus", headers=headers).status_code == 200
    refused = partner.client.get("/v1.0/users", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Authorization_RequestDenied")


GRANTED = ("Organization.Read.All", ".default")


@pytest.mark.parametrize(
    "body",
    [
        "not JSON",
        "[]",
        {},
        wanted(applicationId=None),
        wanted(applicationId="00000000-0000-4000-8000-000000000001"),
        wanted(applicationGrants=[]),
        wanted(applicationGrants=["all"]),
        wanted("Directory.Read.All User.Read.All"),
        wanted("Directory.Read.All;User.Read.All"),
        wanted(""),
        wanted("Directory.Read.All,"),
        wanted("Mail.ReadWrite.Everything"),
        wanted("user_impersonation"),
        wanted(resource="fc780465-2017-40d4-a0c5-307022471b92"),
    ],
)
def test_what_cannot_be_consented_to(partner: Simulator, body: Any) -> None:
    answer = consent(partner, body)
    assert answer.status_code == 400
    assert {"code", "description", "data", "source"} == body_of(answer).keys()
    assert codes(enter(partner)) == [90099]


def test_names_of_members_are_read_in_any_case(partner: Simulator) -> None:
    grants = [{"EnterpriseApplicationId": GRAPH_APP, "Scope": "User.Read.All, Organization.Read.All"}]
    body = {"ApplicationId": CLIENT.upper(), "DisplayName": "Seatledger", "ApplicationGrants": grants}
    assert consent(partner, body).status_code == 201
    assert enter(partner).status_code == 200


def test_an_unknown_customer(partner: Simulator) -> None:
    answer = consent(partner, tenant="00000000-0000-4000-8000-00000000000f")
    assert (answer.status_code, body_of(answer)["code"]) == (404, 20002)


def test_it_needs_a_token_for_partner_center_of_a_person_with_mfa(partner: Simulator) -> None:
    graph = bearer(partner, resource="https://graph.microsoft.com")
    alone = as_application(partner, PARTNER, scope=f"{PARTNER_CENTER}/.default").json()["access_token"]
    weak = bearer(partner, "without-mfa")
    for token, code in ((graph, 900420), (f"Bearer {alone}", 900329), (weak, "900421"), ("", "90000")):
        answer = consent(partner, headers={"Authorization": token})
        assert (answer.status_code, body_of(answer)["code"]) == (401, code)


@pytest.mark.parametrize("account", ["guest", "no-agent"])
def test_an_account_that_is_no_admin_agent_may_not(partner: Simulator, account: str) -> None:
    answer = consent(partner, headers={"Authorization": bearer(partner, account)})
    assert (answer.status_code, body_of(answer)["code"]) == (403, 900308)


def test_without_a_role_that_may_consent_in_that_tenant_nobody_may(partner: Simulator) -> None:
    partner.client.patch(RELATIONSHIP, json={"status": "expired"}).raise_for_status()
    assert consent(partner).status_code == 403
    partner.client.patch(RELATIONSHIP, json={"status": "active"}).raise_for_status()
    reader = {"unifiedRoles": [{"roleDefinitionId": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"}]}
    partner.client.patch(RELATIONSHIP, json={"accessDetails": reader}).raise_for_status()
    answer = consent(partner)
    assert (answer.status_code, body_of(answer)["code"]) == (403, 900308)


def test_a_registration_that_nobody_has_let_in_yet(microsoft: Simulator) -> None:
    """What a new MSP meets: every customer's tenant asks for consent."""
    microsoft.client.patch("/__simulator/application", json={"isPreconsented": False}).raise_for_status()
    assert codes(enter(microsoft)) == [65001]
    microsoft.client.headers["Authorization"] = bearer(microsoft)
    assert consent(microsoft).status_code == 201
    assert enter(microsoft).status_code == 200


def test_faults(partner: Simulator) -> None:
    partner.switch_on("partner_error", times=1, detail="500:800000", operation=POST)
    assert consent(partner).status_code == 500
    partner.switch_on("partner_rate_limit", times=1, seconds=7, operation=POST)
    assert consent(partner).headers["retry-after"] == "7"
    partner.switch_on("status", times=1, detail="503", operation=POST)
    assert consent(partner).status_code == 503
    partner.switch_on("slow", times=1, seconds=0.3, operation=POST)
    assert consent(partner).elapsed.total_seconds() >= 0.3
    assert body_of(consent(partner))["description"] == "Permission entry already exists."
