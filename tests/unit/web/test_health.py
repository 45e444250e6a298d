"""Health: one word for anybody, every check with its next step for who is signed in."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from starlette.types import ASGIApp

from plans.health import Check
from tests.unit.web.fakes import World, sign_in_headers
from web.application import create_application
from web.pages import health

GOOD = Check("Records", is_good=True, sentence="Tables can be read.")
BAD = Check("Secrets", is_good=False, sentence="The vault <kv> refuses.", next_step="Give the role.")


class Parts:
    """What is found, and how often somebody looked."""

    def __init__(self, *checks: Check) -> None:
        self.checks = checks
        self.looks = 0

    async def check(self) -> tuple[Check, ...]:
        self.looks += 1
        return self.checks


def open_app(parts: Parts) -> ASGIApp:
    return create_application(replace(World().context(), check_health=parts.check))


async def ask(app: ASGIApp, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://seatledger.example") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize(
    ("checks", "status", "word"), [((GOOD,), 200, "up"), ((GOOD, BAD), 503, "down"), ((), 200, "up")]
)
async def test_a_stranger_gets_one_word(checks: tuple[Check, ...], status: int, word: str) -> None:
    answer = await ask(open_app(Parts(*checks)), "/health")
    assert (answer.status_code, answer.text) == (status, word)
    assert "vault" not in str(answer.headers)


async def test_however_often_anybody_asks_the_parts_are_looked_at_twice_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parts = Parts(GOOD)
    app = open_app(parts)
    for _ in range(5):
        await ask(app, "/health")
    await ask(app, "/settings/health", sign_in_headers())
    assert parts.looks == 1
    monkeypatch.setattr(health, "SECONDS_REMEMBERED", -1.0)
    await ask(app, "/health")
    assert parts.looks == 2


async def test_who_is_signed_in_sees_what_fails_first_and_what_to_do() -> None:
    answer = await ask(open_app(Parts(GOOD, BAD)), "/settings/health", sign_in_headers())
    assert answer.status_code == 200
    assert "1 part does not work." in answer.text
    assert answer.text.index("The vault &lt;kv&gt; refuses.") < answer.text.index("Tables can be read.")
    assert "Give the role." in answer.text


async def test_where_nothing_is_wrong_it_says_so() -> None:
    answer = await ask(open_app(Parts(GOOD)), "/settings/health", sign_in_headers())
    assert "Everything works." in answer.text


async def test_a_stranger_sees_no_checks() -> None:
    answer = await ask(open_app(Parts(BAD)), "/settings/health")
    assert answer.status_code == 302
    assert "kv" not in answer.text
