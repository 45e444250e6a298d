"""The consent page, and how the browser comes back from it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.unit.local.simulators.conftest import Simulator
from tests.unit.local.simulators.consenting import CUSTOMER, PARTNER, decide, show, told


def test_the_page_says_what_it_is_who_may_consent_and_to_what(microsoft: Simulator) -> None:
    answer = show(microsoft)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "This is not Microsoft." in answer.text
    assert re.findall(r'name="account" value="([\w-]+)"( checked)?', answer.text) == [
        ("service", " checked"),
        ("without-mfa", ""),
        ("guest", ""),
        ("no-agent", ""),
    ]
    for text in ("seatledger@demomsp.example", "gwen@elsewhere.example", "offline_access", "Read directory data"):
        assert text in answer.text
    assert 'value="accept"' in answer.text
    assert 'value="cancel"' in answer.text


def test_the_hinted_account_is_ticked(microsoft: Simulator) -> None:
    page = show(microsoft, login_hint="service-old@demomsp.example").text
    assert re.findall(r'value="([\w-]+)" checked', page) == ["without-mfa"]


def test_nothing_that_was_asked_breaks_out_of_the_page(microsoft: Simulator) -> None:
    page = show(microsoft, state='"><script>alert(1)</script>').text
    assert "<script" not in page


def test_the_form_of_the_page_leads_back_to_the_application(microsoft: Simulator) -> None:
    page = show(microsoft).text
    found = re.search(r'action="([^"]+)"', page)
    assert found is not None
    action = found[1].replace("&amp;", "&")
    answer = microsoft.client.post(action, data={"account": "service", "decision": "accept"})
    back = told(answer)
    assert back["state"] == "a state & more"
    assert set(back) == {"code", "state", "session_state"}


@pytest.mark.parametrize("state", ["", None])
def test_no_state_comes_back_where_none_was_given(microsoft: Simulator, state: str | None) -> None:
    assert "state" not in told(decide(microsoft, state=state))


def test_cancel_comes_back_as_access_denied(microsoft: Simulator) -> None:
    back = told(decide(microsoft, decision="cancel"))
    assert (back["error"], back["error_subcode"], back["state"]) == ("access_denied", "cancel", "a state & more")
    assert back["error_description"].startswith("AADSTS65004: ")
    assert "code" not in back


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": "00000000-0000-4000-8000-000000000001"}, 700016),
        ({"client_id": None}, 900144),
        ({"redirect_uri": None}, 900144),
        ({"redirect_uri": "http://127.0.0.1:7071/settings/connections/microsoft/callback/"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:7071/settings/connections/microsoft/Callback"}, 50011),
        ({"redirect_uri": "http://127.0.0.1:7072/settings/connections/microsoft/callback"}, 50011),
        ({"redirect_uri": "https://evil.example/callback"}, 50011),
    ],
)
@pytest.mark.parametrize("ask", [show, decide])
def test_a_wrong_application_or_address_is_told_to_the_person_only(
    microsoft: Simulator, ask: Any, changed: dict[str, str | None], code: int
) -> None:
    assert_error_page(ask(microsoft, **changed), code)


def assert_error_page(answer: httpx.Response, code: int) -> None:
    assert (answer.status_code, "location" in answer.headers) == (400, False)
    assert f"AADSTS{code}: " in answer.text
    assert "trouble signing you in" in answer.text


def test_an_unknown_tenant_is_told_to_the_person_only(microsoft: Simulator) -> None:
    assert_error_page(show(microsoft, tenant="00000000-0000-4000-8000-00000000000f"), 90002)


def test_a_parameter_that_is_there_twice_is_refused(microsoft: Simulator) -> None:
    address = f"{show(microsoft).request.url}&redirect_uri=https://evil.example/"
    assert_error_page(microsoft.client.get(address), 9000411)


def test_an_account_of_the_partner_is_nobody_in_a_customers_tenant(microsoft: Simulator) -> None:
    assert show(microsoft, tenant=CUSTOMER).status_code == 200
    assert_error_page(decide(microsoft, tenant=CUSTOMER), 50020)
    assert_error_page(decide(microsoft, account="nobody"), 50020)


@pytest.mark.parametrize("tenant", [PARTNER, "demomsp.example", "organizations"])
def test_the_partners_tenant_has_several_names(microsoft: Simulator, tenant: str) -> None:
    assert "code" in told(decide(microsoft, tenant=tenant))


@pytest.mark.parametrize(
    ("changed", "error", "code"),
    [
        ({"response_type": None}, "invalid_request", 900144),
        ({"response_type": "token"}, "unsupported_response_type", 70005),
        ({"response_mode": "fragment"}, "invalid_request", 90023),
        ({"scope": None}, "invalid_request", 900144),
        ({"scope": "openid profile"}, "invalid_scope", 70011),
        ({"scope": "https://vault.azure.net/.default openid"}, "invalid_scope", 70011),
        (
            {"scope": "https://graph.microsoft.com/.default https://api.partnercenter.microsoft.com/.default"},
            "invalid_scope",
            700022,
        ),
        ({"prompt": "none"}, "login_required", 50058),
        ({"prompt": "admin_consent"}, "invalid_request", 90023),
        ({"code_challenge": "short"}, "invalid_request", 50147),
        ({"code_challenge_method": "S512"}, "invalid_request", 50147),
    ],
)
@pytest.mark.parametrize("ask", [show, decide])
def test_other_errors_come_back_to_the_application(
    microsoft: Simulator, ask: Any, changed: dict[str, str | None], error: str, code: int
) -> None:
    back = told(ask(microsoft, **changed))
    assert (back["error"], back["state"]) == (error, "a state & more")
    assert back["error_description"].startswith(f"AADSTS{code}: ")


def test_faults_of_the_way_back(microsoft: Simulator) -> None:
    microsoft.switch_on("consent_refused", times=1)
    assert told(decide(microsoft))["error"] == "access_denied"
    microsoft.switch_on("consent_refused", times=1, detail="50076")
    assert told(decide(microsoft))["error"] == "interaction_required"
    microsoft.switch_on("state_altered", times=1)
    assert told(decide(microsoft))["state"] == "another-state"
    microsoft.switch_on("code_missing", times=1)
    assert "code" not in told(decide(microsoft))
    assert "code" in told(decide(microsoft))


def test_the_page_can_fail_and_be_slow(microsoft: Simulator) -> None:
    operation = "GET /{tenant}/oauth2/v2.0/authorize"
    microsoft.switch_on("status", times=1, detail="503", operation=operation)
    assert show(microsoft).status_code == 503
    microsoft.switch_on("slow", times=1, seconds=0.3, operation=operation)
    answer = show(microsoft)
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.3
