"""Whether everything works: one word for whoever watches from outside, every check for people."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from plans.health import Check
from web.context import WebContext
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site
from web.wording import write_number_of

PATH = "/settings/health"
# Anybody may ask: however often somebody does, the parts are looked at twice a minute.
SECONDS_REMEMBERED = 30.0


class HealthPage:
    """GET /health, for anybody, and /settings/health, for who is signed in."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._checks: tuple[Check, ...] = ()
        self._looked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def answer(self, request: Request) -> Response:
        """`up` with 200, or `down` with 503: nothing else, for nobody is known."""
        is_up = all(check.is_good for check in await self._look())
        return PlainTextResponse("up" if is_up else "down", 200 if is_up else 503, {"Cache-Control": "no-store"})

    async def show(self, request: Request) -> Response:
        """Every check, the bad ones first, each with its next step."""
        checks = sorted(await self._look(), key=lambda check: check.is_good)
        return self._site.page(
            request,
            "settings/health.html",
            setting_tabs=make_tabs(request, PATH),
            headline=write_headline(checks),
            is_good=all(check.is_good for check in checks),
            checks=checks,
        )

    async def _look(self) -> tuple[Check, ...]:
        async with self._lock:
            if time.monotonic() - self._looked_at > SECONDS_REMEMBERED:
                self._checks = await self._context.check_health()
                self._looked_at = time.monotonic()
            return self._checks


def write_headline(checks: Sequence[Check]) -> str:
    """What the page says first."""
    count = sum(not check.is_good for check in checks)
    if not count:
        return "Everything works"
    return f"{write_number_of(count, 'part')} {'does' if count == 1 else 'do'} not work"
