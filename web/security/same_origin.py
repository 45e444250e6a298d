"""State-changing requests must come from our own pages (S3).

Scripts come from no page. Their path is exempt: a token opens it, which no browser sends by itself, and cookies do not.
"""

from __future__ import annotations

import logging

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import ErrorPages, correlation_id_of
from web.security.scripts import is_for_scripts
from web.security.whence import find_address, shorten

LOGGER = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SameOriginGuard:
    """Refuses what is neither `Sec-Fetch-Site: same-origin` nor of the exact Origin; without either it refuses too."""

    def __init__(self, app: ASGIApp, own_origin: str | None, errors: ErrorPages) -> None:
        self._app = app
        self._own_origin = own_origin
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_harmless(scope) or self._is_our_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        what = (correlation_id_of(scope), scope["method"], shorten(scope["path"]), find_address(scope))
        said = (shorten(", ".join(headers.getlist(name))) for name in ("sec-fetch-site", "origin"))
        LOGGER.warning("Denied request %s: %s %r from %s: not from a page of ours, site %r, origin %r", *what, *said)
        sentence = "This request did not come from a page of Seatledger. Nothing was changed."
        answer = self._errors.answer(scope, 403, "Not from here", sentence)
        await answer(scope, receive, send)

    def _is_harmless(self, scope: Scope) -> bool:
        return scope["method"] in SAFE_METHODS or is_for_scripts(scope["path"])

    def _is_our_own(self, headers: Headers) -> bool:
        """A browser that says where a request comes from decides; only where it does not, the Origin does."""
        sites = headers.getlist("sec-fetch-site")
        if sites:
            return sites == ["same-origin"]
        return self._own_origin is not None and headers.getlist("origin") == [self._own_origin]
