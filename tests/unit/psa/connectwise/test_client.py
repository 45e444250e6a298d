"""ConnectWise over HTTP: codebase, keys, pages, errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from net.client import Answer
from plans.agreements import Agreement
from plans.errors import Misconfigured
from psa.connectwise.client import PAGE_SIZE, Credentials, describe_error, parse_codebase
from tests.unit.psa.connectwise.site import (
    PRIVATE,
    PUBLIC,
    ConnectWise,
    make_addition_row,
    move_codebase,
)


def read(psa: ConnectWise, *agreement_ids: str) -> Any:
    return psa.run(lambda port: port.read_agreements(agreement_ids or ("1201",)))


@pytest.mark.parametrize(
    ("rows", "pages"), [(0, 1), (1, 1), (PAGE_SIZE - 1, 1), (PAGE_SIZE, 2), (PAGE_SIZE + 1, 2), (2 * PAGE_SIZE, 3)]
)
def test_a_list_ends_with_its_first_short_page(rows: int, pages: int) -> None:
    psa = ConnectWise(additions={1201: [make_addition_row(number) for number in range(rows)]})
    (agreement,) = read(psa)
    assert len(agreement.additions) == rows
    assert sum(path.endswith("/additions") for path in psa.paths("GET")) == pages


def test_pages_are_counted_and_ordered_by_us_and_a_link_is_never_followed() -> None:
    psa = ConnectWise(additions={1201: [make_addition_row(number) for number in range(PAGE_SIZE)]})
    read(psa)
    asked = [request.url.params for request in psa.site.requests if request.url.path.endswith("/additions")]
    assert [(each["page"], each["pageSize"], each["orderBy"]) for each in asked] == [
        ("1", "1000", "id asc"),
        ("2", "1000", "id asc"),
    ]
    assert {request.url.host for request in psa.site.requests} == {"api-na.myconnectwise.net"}


def test_every_request_carries_the_keys_the_client_id_and_the_version_but_companyinfo_none() -> None:
    psa = ConnectWise()
    read(psa)
    first, *others = psa.site.requests
    assert "authorization" not in first.headers
    keys = base64.b64encode(f"demo+{PUBLIC}:{PRIVATE}".encode()).decode()
    for request in others:
        assert request.headers["authorization"] == f"Basic {keys}"
        assert request.headers["clientid"] == "client-guid"
        assert request.headers["accept"] == "application/vnd.connectwise.com+json; version=2026.4"


def test_keys_are_never_printed() -> None:
    text = repr(Credentials("demo", "client-guid", PUBLIC, PRIVATE))
    assert PUBLIC not in text
    assert PRIVATE not in text


def test_the_codebase_is_looked_up_once() -> None:
    psa = ConnectWise()
    read(psa)
    assert sum(path.startswith("/login/") for path in psa.paths("GET")) == 1


@pytest.mark.parametrize(
    ("response", "codebase"),
    [
        (httpx.Response(200, json={"Codebase": "v2026_4/"}), "v2026_4/"),
        (httpx.Response(200, json={"Codebase": "/v2026_4"}), "v2026_4/"),
        (httpx.Response(200, json={"Codebase": ""}), "v4_6_release/"),
        (httpx.Response(200, json={}), "v4_6_release/"),
        (httpx.Response(404), "v4_6_release/"),
        (httpx.Response(200, html="<html>"), "v4_6_release/"),
    ],
)
def test_a_codebase_ends_with_one_slash_and_has_a_fallback(response: httpx.Response, codebase: str) -> None:
    body = json.loads(response.text) if response.text.startswith("{") else None
    assert parse_codebase(Answer(response.status_code, {}, body, response.text), "demo") == codebase


def test_an_unknown_company_is_a_wrong_setting() -> None:
    psa = ConnectWise(company_info=lambda: httpx.Response(200, content=b"null"))
    with pytest.raises(Misconfigured, match="does not know the company 'demo'"):
        read(psa)


def test_a_read_follows_a_codebase_that_moved() -> None:
    psa = ConnectWise()

    async def work(port: Any) -> Any:
        return await (await move_codebase(psa)(port)).read_agreements(("1201",))

    assert isinstance(psa.run(work)[0], Agreement)
    assert psa.paths("GET")[:3] == [
        "/v2026_4/apis/3.0/finance/agreements",
        "/login/companyinfo/demo",
        "/v2027_1/apis/3.0/finance/agreements",
    ]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "no description"),
        ([], "no description"),
        (
            {"code": "ApiFindCondition", "message": "x/y is not a recognized name."},
            "ApiFindCondition: x/y is not a recognized name.",
        ),
        ({"code": "A", "message": "b", "errors": None}, "A: b"),
        ({"code": "A", "message": "b", "errors": ["x"]}, "A: b"),
        ({"code": "A", "message": "b", "errors": [{"field": "id", "message": "c"}]}, "A: b; id: c"),
    ],
)
def test_connectwises_error_is_told_in_its_own_words(body: Any, text: str) -> None:
    assert describe_error(Answer(400, {}, body, "")) == text


@pytest.mark.parametrize("message", ["first\nsecond", "x" * 40_000])
def test_connectwises_error_stays_one_short_line(message: str) -> None:
    text = describe_error(Answer(400, {}, {"code": "A", "message": message}, ""))
    assert "\n" not in text
    assert len(text) < 2000
