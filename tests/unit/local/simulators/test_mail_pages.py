"""The page of the mails that arrived: what others wrote is shown, and does nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from local.simulators.mail.folder import MailFolder
from local.simulators.mail.pages import MailPages
from notify.letters import write_letter
from plans.mail import Mail
from plans.mail_channels import Letter

NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script>"&'


@pytest.fixture
def folder(tmp_path: Path) -> MailFolder:
    return MailFolder(tmp_path)


def browse(folder: MailFolder) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Starlette(routes=MailPages(folder).routes()))
    return httpx.AsyncClient(transport=transport, base_url="http://mail.example")


def put(folder: MailFolder, name: str, html: str = "<html><head></head><body>Hi</body></html>") -> None:
    mail = Mail(f"digest:{name}", f"{name}@msp.example", f"For {name} {HOSTILE}", f"Text {HOSTILE}", html, NOW)
    letter = write_letter(mail, "seatledger@msp.example")
    assert isinstance(letter, Letter)
    folder.add(letter.sender, [letter.recipient], "smtp", NOW, letter.content)


async def test_the_newest_stands_first_and_nothing_that_it_says_acts(folder: MailFolder) -> None:
    put(folder, "ada")
    put(folder, "ben", f"<html><head></head><body>{HOSTILE}</body></html>")
    async with browse(folder) as client:
        listing, mail, html = [await client.get(path) for path in ("/", "/mails/2", "/mails/2/html")]
    assert listing.text.index("For ben") < listing.text.index("For ada")
    for page in (listing, mail):
        assert "<script>" not in page.text and "script-src" not in page.headers["content-security-policy"]
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in mail.text
    assert "sandbox allow-popups" in html.headers["content-security-policy"]
    assert "default-src 'none'" in html.headers["content-security-policy"]
    assert '<head><base target="_blank">' in html.text


async def test_tests_read_everything_and_empty_it(folder: MailFolder) -> None:
    put(folder, "ada")
    async with browse(folder) as client:
        [mail] = (await client.get("/__simulator/mails")).json()
        assert (mail["recipients"], mail["text"].strip()) == (["ada@msp.example"], f"Text {HOSTILE}")
        assert (await client.delete("/__simulator/mails")).json() == []
        assert (await client.get("/mails/1")).status_code == 404
        assert "Nothing was sent yet." in (await client.get("/")).text
