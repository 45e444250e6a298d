"""Pre-consent in customer tenants through Partner Center (microsoft.md 1.5)."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from plans.consent import PreConsent
from tests.unit.microsoft.consenting import ACCESS, ACCOUNT, CLIENT_ID, Entra
from tests.unit.microsoft.graph import TENANT
from tests.unit.microsoft.msp import PARTNER
from tests.unit.net.answers import run_timed


def preconsent(entra: Entra) -> PreConsent:
    return run_timed(entra.consent().preconsent("ms-1", TENANT))[0]


def test_the_request_is_the_documented_one_with_a_token_of_the_partners_own_tenant() -> None:
    entra = Entra()
    assert preconsent(entra) == PreConsent(TENANT, True)
    token, request = entra.site.requests
    assert token.url.path == f"/{PARTNER}/oauth2/v2.0/token"
    assert (request.method, request.url.path) == ("POST", f"/v1/customers/{TENANT}/applicationconsents")
    assert json.loads(request.content) == {
        "applicationId": CLIENT_ID,
        "displayName": "Seatledger",
        "applicationGrants": [
            {
                "enterpriseApplicationId": "00000003-0000-0000-c000-000000000000",
                "scope": "Organization.Read.All,User.Read.All",
            }
        ],
    }
    assert request.headers["Authorization"] == f"Bearer {ACCESS}"
    assert request.headers["MS-RequestId"] != request.headers["MS-CorrelationId"]


def test_a_consent_is_widened_by_taking_it_back_and_giving_it_anew() -> None:
    kept: list[str] = ["an older one"]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            kept.clear()
            return httpx.Response(204)
        return httpx.Response(409, text="Permission entry already exists.") if kept else httpx.Response(201, json={})

    entra = Entra(partner_center=answer, account=replace(ACCOUNT, reads_mailboxes=True))
    assert preconsent(entra) == PreConsent(TENANT, True)
    _, first, taken_back, again = entra.site.requests
    assert (taken_back.method, taken_back.url.path) == ("DELETE", f"{first.url.path}/{CLIENT_ID}")
    assert json.loads(again.content)["applicationGrants"][0]["scope"].endswith(",Reports.Read.All")
    assert len({each.headers["MS-RequestId"] for each in (first, taken_back, again)}) == 3


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={}),
        httpx.Response(400, json={"code": 1000, "description": "Permission entry already exists."}),
        httpx.Response(409, text="permission ENTRY already exists"),
    ],
)
def test_an_older_consent_is_one(answer: httpx.Response) -> None:
    assert preconsent(Entra(partner_center=lambda _: answer)) == PreConsent(TENANT, True)


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (400, {"code": 9000}, "Check the application id"),
        (401, {}, "Grant the partner consent again, with MFA."),
        (403, {"code": "800090"}, "(Partner Center answered 403, code 800090)"),
        (403, {}, "Cloud Application Administrator"),
        (404, {}, "Check the reseller relationship."),
        (400, {"code": 900329}, "Check that the partner account has signed in with MFA"),
        (418, {}, "Try it again in a minute."),
    ],
)
def test_every_refusal_says_what_to_do_next(status: int, body: dict[str, object], sentence: str) -> None:
    ending = preconsent(Entra(partner_center=lambda _: httpx.Response(status, json=body)))
    assert not ending.is_granted and sentence in ending.sentence


def test_a_lost_answer_is_asked_for_again_under_the_same_id() -> None:
    answers = [httpx.Response(503), httpx.Response(201, json={})]
    entra = Entra(partner_center=lambda _: answers.pop(0))
    assert preconsent(entra).is_granted
    ids = {each.headers["MS-RequestId"] for each in entra.sent("/applicationconsents")}
    assert len(entra.sent("/applicationconsents")) == 2 and len(ids) == 1


def test_who_cannot_sign_in_or_does_not_answer_is_told() -> None:
    silent = preconsent(Entra(partner_center=lambda _: httpx.Response(503)))
    assert silent.sentence == "https://api.partnercenter.microsoft.com answered 503. Try it again in a minute."
    refused = Entra(token=lambda _: httpx.Response(400, json={"error": "x", "error_codes": [50173]}))
    assert "grant was revoked" in preconsent(refused).sentence
    assert "no longer connected" in preconsent(Entra(account=None)).sentence
    none = run_timed(Entra().consent(has_partner_center=False).preconsent("ms-1", TENANT))[0]
    assert "no Partner Center" in none.sentence
