"""Headers, static files and errors (S9, S10)."""

from __future__ import annotations

import gzip
import logging
import re
from pathlib import Path

import pytest

from plans.errors import Bug, Misconfigured, Retry
from tests.unit.web import nights
from tests.unit.web.conftest import Open
from tests.unit.web.fakes import FakeRuns, World, sign_in_headers
from tests.unit.web.pages import to_words
from web.security.headers import CONTENT_SECURITY_POLICY
from web.static_files import StaticFiles

WEB = Path(__file__).parents[3] / "web"


@pytest.mark.parametrize("path", ["/", "/missing", "/static/x/tokens.css", "/static/x/../secret"])
async def test_every_answer_carries_the_security_headers(path: str, browse: Open) -> None:
    async with browse(nights.quiet_world()) as client:
        for headers in ({}, sign_in_headers()):
            answer = await client.get(path, headers=headers)
            assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert re.fullmatch("[0-9a-f]{12}", answer.headers["x-correlation-id"])
            if not path.startswith("/static"):
                assert answer.headers["cache-control"] == "no-store"


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")


def test_templates_have_no_inline_script_style_or_unescaped_value() -> None:
    forbidden = re.compile(r"\|\s*safe|<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|autoescape|hx-on")
    for path in (WEB / "templates").rglob("*.html"):
        assert not forbidden.search(path.read_text("utf-8")), path.name


async def test_hashed_files_are_kept_for_a_year_and_others_are_asked_for_again(browse: Open) -> None:
    address = StaticFiles().address("tokens.css")
    async with browse(World()) as client:
        current = await client.get(address)
        old = await client.get("/static/0000/tokens.css", headers={"Accept-Encoding": "identity"})
        missing = await client.get("/static/0000/no-such.css")
        outside = await client.get("/static/0000/../application.py")
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert current.headers["content-encoding"] == "gzip"
    assert old.headers["cache-control"] == "no-cache"
    assert old.content == current.content
    assert gzip.compress(old.content, mtime=0)
    assert missing.status_code == 404
    assert outside.status_code in (302, 404)


def test_missing_vendor_files_are_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert StaticFiles(tmp_path).address("vendor/htmx.min.js") == "/static/missing/vendor/htmx.min.js"
    assert "python -m local.vendor" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (ConnectionError("secret detail"), 503, "Seatledger cannot read its own records at the moment."),
        (Retry("secret detail"), 503, "Try again in a minute."),
        (Misconfigured("The setting X is not set."), 503, "The setting X is not set."),
        (Bug("secret detail"), 500, "Seatledger could not show this page."),
    ],
)
async def test_an_error_is_a_plain_sentence_with_the_id_that_is_in_the_log(
    error: Exception, status: int, sentence: str, browse: Open, caplog: pytest.LogCaptureFixture
) -> None:
    async with browse(World(runs=FakeRuns(error=error))) as client:
        with caplog.at_level(logging.ERROR):
            answer = await client.get("/", headers=sign_in_headers())
    assert answer.status_code == status
    assert sentence in answer.text
    assert "Traceback" not in answer.text
    assert "secret detail" not in answer.text
    correlation_id = answer.headers["x-correlation-id"]
    assert correlation_id in answer.text
    assert correlation_id in caplog.text
    assert type(error).__name__ in caplog.text


async def test_a_program_is_answered_in_json(browse: Open) -> None:
    async with browse(World()) as client:
        answer = await client.get("/none", headers=sign_in_headers() | {"Accept": "application/json"})
        api = await client.post("/api/v1/none", headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "title": "Not Found",
        "status": 404,
        "detail": "There is no page at this address.",
        "correlation_id": answer.headers["x-correlation-id"],
    }
    assert api.status_code == 401
    assert set(api.json()) == {"title", "status", "detail", "correlation_id"}


@pytest.mark.parametrize(
    ("path", "sentence", "back"),
    [
        ("/customers/nobody", "This customer, or what you opened of it, is not here any more", "/customers"),
        ("/profiles/gone", "This billing profile is not here any more", "/profiles"),
        ("/settings/connections/gone", "What you opened is not here any more", "/settings"),
        ("/nothing", "There is no page at this address.", "/"),
        ("/nothing/customers", "There is no page at this address.", "/"),
    ],
)
async def test_what_is_gone_leads_to_others_of_its_kind(browse: Open, path: str, sentence: str, back: str) -> None:
    async with browse(World()) as client:
        answer = await client.get(path, headers=sign_in_headers())
    assert answer.status_code == 404 and sentence in to_words(answer.text)
    assert f'<a class="main-button" href="{back}">' in answer.text
