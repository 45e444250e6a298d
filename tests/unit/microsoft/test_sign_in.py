"""Sign-in: every error of the token endpoint has a reason and a next step, and no secret is ever repeated."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from microsoft.sign_in_errors import MEANINGS, explain_sign_in_error
from microsoft.tokens import AccessToken, PartnerCredentials
from profiles.readings import UnknownReason
from tests.unit.microsoft.graph import ACCESS, REFRESH, SECRET, Tenant

REFUSED, DENIED = UnknownReason.SIGN_IN_REFUSED, UnknownReason.ACCESS_DENIED
GONE, THROTTLED = UnknownReason.TENANT_GONE, UnknownReason.THROTTLED
TABLE = {
    REFUSED: (
        *(50076, 50074, 50079, 50072, 50078, 50173, 70008, 700082, 70043, 700084),
        *(530034, 53011, 50057, 50034, 7000215, 7000222, 54005),
        *(50011, 500112, 500113, 65004, 90094, 7000218),
    ),
    DENIED: (
        *(65001, 90099, 650052, 650056, 650057, 500011, 50020, 50177),
        *(53003, 530032, 53000, 53001, 530002, 530003),
    ),
    GONE: (700016, 90002, 90038),
    THROTTLED: (50196, 90055, 50033, 90006, 90033, 90024),
}
CODES = [(code, reason) for reason, codes in TABLE.items() for code in codes]
NEXT_STEPS = (
    "Sign ",
    "Repeat ",
    "Let ",
    "Exclude ",
    "Register ",
    "Fix ",
    "Change ",
    "Check ",
    "Ask ",
    "Look ",
    "Begin ",
    "Enable ",
    "Store ",
    "passes",
)
WITHOUT_NEXT_STEP = {700016, 90002}


def refuse(code: Any, error: str = "invalid_grant", status: int = 400) -> Tenant:
    body = {"error": error, "error_codes": [code], "error_description": f"AADSTS{code}: {REFRESH}"}
    return Tenant(token=lambda _: httpx.Response(status, json=body))


@pytest.mark.parametrize(("code", "reason"), CODES)
def test_a_code_of_microsofts_table_has_its_reason_and_is_named(code: int, reason: UnknownReason) -> None:
    unknown = refuse(code).read_unknown()
    assert unknown.reason is reason
    assert unknown.detail.endswith(f"(AADSTS{code})")


@pytest.mark.parametrize("code", [code for code, _ in CODES if code not in WITHOUT_NEXT_STEP])
def test_a_sentence_says_what_to_do_next(code: int) -> None:
    assert any(step in MEANINGS[code][1] for step in NEXT_STEPS)


@pytest.mark.parametrize("code", sorted(WITHOUT_NEXT_STEP))
def test_a_sentence_about_something_gone_says_what_to_do_next(code: int) -> None:
    assert any(step in MEANINGS[code][1] for step in NEXT_STEPS)


def test_a_code_that_was_redeemed_twice_has_a_meaning() -> None:
    assert 54005 in MEANINGS


def test_nothing_else_was_given_a_meaning() -> None:
    assert set(MEANINGS) <= {code for code, _ in CODES} | {54005}


@pytest.mark.parametrize("code", [99999, "50076", None])
def test_an_unknown_code_is_reported_as_it_is(code: Any) -> None:
    unknown = refuse(code).read_unknown()
    assert unknown.reason is REFUSED
    assert str(code) in unknown.detail
    assert "invalid_grant" in unknown.detail


def test_the_first_code_that_is_known_decides() -> None:
    unknown = explain_sign_in_error({"error": "invalid_grant", "error_codes": [1, 53003, 50076]})
    assert unknown.reason is DENIED


@pytest.mark.parametrize(
    "body", [{}, {"error": "x"}, {"error": "x", "error_codes": "50076"}, {"error_codes": 5}], ids=repr
)
def test_an_error_without_codes_is_refused(body: Any) -> None:
    assert explain_sign_in_error(body).reason is REFUSED


def test_a_code_that_is_none_is_no_exception() -> None:
    assert refuse([1]).read_unknown().reason is REFUSED


@pytest.mark.parametrize("response", [httpx.Response(400), httpx.Response(403, html="<html>blocked</html>")])
def test_an_answer_without_an_error_is_described_in_words(response: httpx.Response) -> None:
    assert "None" not in Tenant(token=lambda _: response).read_unknown().detail


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"access_token": ""}),
        httpx.Response(200, json={"access_token": None}),
        httpx.Response(200, json={"access_token": 5}),
        httpx.Response(200, json=["access_token"]),
        httpx.Response(200, content=b'{"access_token": "ab'),
        httpx.Response(200, html="<html>sign in</html>"),
    ],
)
def test_an_answer_without_a_token_is_incomplete_and_graph_is_not_asked(response: httpx.Response) -> None:
    tenant = Tenant(token=lambda _: response)
    assert tenant.read_unknown().reason is UnknownReason.INCOMPLETE
    assert len(tenant.site.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_of_sign_in_is_refused_and_not_followed(status: int) -> None:
    redirect = httpx.Response(status, headers={"location": "https://evil.example/"})
    tenant = Tenant(token=lambda _: redirect)
    assert tenant.read_unknown().reason is REFUSED
    assert len(tenant.site.requests) == 1


@pytest.mark.parametrize("code", [50076, 99999])
def test_a_refusal_repeats_neither_microsofts_text_nor_a_secret(code: int) -> None:
    detail = refuse(code).read_unknown().detail
    for secret in (REFRESH, SECRET, ACCESS):
        assert secret not in detail


def test_credentials_and_tokens_are_never_printed() -> None:
    text = repr(PartnerCredentials("client-id", SECRET, REFRESH)) + repr(AccessToken("tenant", ACCESS))
    for secret in (REFRESH, SECRET, ACCESS):
        assert secret not in text
