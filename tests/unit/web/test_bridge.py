"""The bridge between the HTTP trigger and the web."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import azure.functions as func
import httpx
import pytest

from app import pages
from app.settings import Settings, read_settings
from plans.errors import Misconfigured
from tests.unit.web.fakes import make_key_set

CONTEXT = cast(func.Context, SimpleNamespace(invocation_id="invocation-1"))
SIGN_IN_SETTINGS = {
    "WEBSITE_AUTH_ENABLED": "True",
    "SEATLEDGER_SIGN_IN_AUDIENCE": "app-id",
    "SEATLEDGER_SIGN_IN_TENANT_ID": "tenant-id",
}


def make_request(path: str) -> func.HttpRequest:
    return func.HttpRequest("GET", f"https://evil.example{path}", headers={}, body=b"")


def settings_of(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str]) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return read_settings()


@pytest.fixture(autouse=True)
def fresh_bridges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BRIDGES", pages.Bridges())


async def test_where_the_platform_has_no_sign_in_the_app_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBSITE_AUTH_ENABLED", raising=False)
    response = await pages.answer(make_request("/"), CONTEXT)
    assert response.status_code == 503
    assert b"Sign-in is not switched on" in response.get_body()
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_compressed_file_passes_the_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    response = await pages.answer(make_request("/static/x/favicon.svg"), CONTEXT)
    assert response.status_code == 200
    assert response.mimetype == "image/svg+xml"


@pytest.mark.parametrize("path", ["/customers/%ff", "/%c3%28", "/static/x/%80", "/customers/%ff;%fe/users?q=%ff"])
async def test_a_path_that_is_no_text_is_answered_by_a_page_of_ours(path: str) -> None:
    response = await pages.answer(make_request(path), CONTEXT)
    assert response.status_code in (404, 503)
    assert response.headers["x-correlation-id"] in response.get_body().decode()


def test_what_else_a_request_carries_stays_when_its_path_is_mended() -> None:
    request = func.HttpRequest("POST", "https://a.example/x%ff/y%2Fz?q=%ff", headers={"Origin": "o"}, body=b"a=b")
    mended = pages.make_readable(request)
    assert mended.url == "https://a.example/x%EF%BF%BD/y/z?q=%ff"
    assert (mended.method, mended.headers["origin"], mended.get_body()) == ("POST", "o", b"a=b")
    readable = make_request("/customers/%C3%A9")
    assert pages.make_readable(readable) is readable


async def test_one_bridge_per_loop() -> None:
    assert pages.BRIDGES.find() is pages.BRIDGES.find()


async def test_a_wrong_setting_is_a_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATLEDGER_TIME_ZONE", "Nowhere/Else")
    response = await pages.answer(make_request("/"), CONTEXT)
    assert response.status_code == 503
    assert b"is not a time zone" in response.get_body()
    assert b"invocation-1" in response.get_body()


def test_sign_in_is_for_one_tenant_and_one_app(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in = pages.find_sign_in(settings_of(monkeypatch, SIGN_IN_SETTINGS))
    assert sign_in is not None
    assert sign_in.issuer == "https://login.microsoftonline.com/tenant-id/v2.0"
    monkeypatch.delenv("SEATLEDGER_SIGN_IN_AUDIENCE")
    assert pages.find_sign_in(read_settings()) is None


async def test_keys_come_from_the_issuer_through_the_allow_list(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=make_key_set()) if len(asked) == 1 else httpx.Response(404)

    settings = settings_of(monkeypatch, SIGN_IN_SETTINGS)
    fetch = pages.make_key_fetcher(settings, httpx.MockTransport(answer))
    assert await fetch() == make_key_set()
    assert asked == ["https://login.microsoftonline.com/tenant-id/discovery/v2.0/keys"]
    with pytest.raises(Misconfigured, match="answered 404"):
        await fetch()
    elsewhere = settings.model_copy(update={"sign_in_keys_url": "https://evil.example/keys"})
    with pytest.raises(Misconfigured, match="not a host"):
        await pages.make_key_fetcher(elsewhere)()
