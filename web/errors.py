"""Errors in plain sentences with a correlation id, never a trace (S10)."""

from __future__ import annotations

import logging
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plans.errors import Misconfigured, Retry
from sync.about import about
from web.problems import answer_problem
from web.rendering import Renderer
from web.security.whence import shorten

LOGGER = logging.getLogger(__name__)

CORRELATION_HEADER = b"x-correlation-id"
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405
SENTENCES = {
    404: ("Not here", "There is no page at this address."),
    405: ("Not like this", "This address does not take that kind of request."),
    413: ("Too large", "The request carries more than any form needs, which is 256 KiB."),
    415: ("Not like this", "The body is of another type than this address takes: scripts send application/json."),
}
# What stands at addresses of this kind, and where the others of its kind are.
KINDS = {
    "customers": ("This customer, or what you opened of it, is not here any more, or never was.", "Go to Customers"),
    "profiles": ("This billing profile is not here any more, or never was.", "Go to Billing profiles"),
    "runs": ("This run is not here any more, or never was.", "Go to Runs"),
    "approvals": ("What waited here was decided, or has changed meanwhile.", "Go to Approvals"),
    "invoices": ("No forecast of this agreement is kept.", "Go to Invoices"),
    "settings": ("What you opened is not here any more, or never was.", "Go to Settings"),
}
NOT_UNDERSTOOD = ("Not understood", "The request could not be understood.")
UNEXPECTED = (
    "Something went wrong",
    "Seatledger could not show this page. Its nights do not depend on it and go on.",
)


class RecordsUnreadable(Exception):
    """The records that a page shows cannot be read now. Raised from what the store said."""


def correlation_id_of(scope: Scope) -> str:
    """The id under which this request stands in the log."""
    return str(scope["state"]["correlation_id"])


class ErrorPages:
    """Turns a refusal or an error into a page, or into JSON where a program asked."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def answer(
        self, scope: Scope, status: int, title: str, sentence: str, back: str = "/", label: str = "Go to Last night"
    ) -> Response:
        """The plain answer; of a page that is not there, with the way `back` to where others of its kind are."""
        correlation_id = correlation_id_of(scope)
        if wants_json(scope):
            return answer_problem(status, sentence, correlation_id=correlation_id)
        return self._renderer.page(
            scope,
            "error.html",
            status,
            title=title,
            sentence=sentence,
            correlation_id=correlation_id,
            status=status,
            back=back,
            label=label,
        )

    def answer_exception(self, scope: Scope, error: Exception) -> Response:
        """The plain answer to an exception that nobody expected, or that a person can do something about."""
        match error:
            case RecordsUnreadable():
                sentence = (
                    "Seatledger cannot read its own records at the moment. The nights do not depend on this page. "
                    "Try again in a minute."
                )
                return self.answer(scope, 503, "This page cannot be shown now", sentence)
            case Misconfigured():
                return self.answer(scope, 503, "A setting is missing", str(error))
            case Retry():
                return self.answer(scope, 503, "Not available now", "Try again in a minute.")
            case _:
                return self.answer(scope, 500, *UNEXPECTED)

    async def answer_http_exception(self, request: Request, error: Exception) -> Response:
        """For Starlette: 404, 405 and what else routing refuses."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        title, sentence = SENTENCES.get(status, NOT_UNDERSTOOD)
        kind = request.url.path.split("/")[1]
        if status == NOT_FOUND and kind in KINDS and request.url.path.strip("/") != kind:
            sentence, label = KINDS[kind]
            answer = self.answer(request.scope, status, title, sentence, f"/{kind}", label)
        else:
            answer = self.answer(request.scope, status, title, sentence)
        if status == METHOD_NOT_ALLOWED:
            answer.headers["Allow"] = ", ".join(find_methods(request))
        return answer


def find_methods(request: Request) -> list[str]:
    """What the address does take: one path may be several routes, each with a method of its own."""
    routes = [each for each in request.app.routes if isinstance(each, Route)]
    path = next((each.path for each in routes if each.matches(request.scope)[0] is not Match.NONE), None)
    return sorted({name for each in routes if each.path == path for name in each.methods or ()})


class ErrorBarrier:
    """Gives every request its correlation id, and ends every exception here: logged once, answered plainly."""

    def __init__(self, app: ASGIApp, errors: ErrorPages) -> None:
        self._app = app
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = uuid4().hex[:12]
        scope["state"] = {**(scope.get("state") or {}), "correlation_id": correlation_id}
        has_started = False

        async def send_named(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                message["headers"] = [*message["headers"], (CORRELATION_HEADER, correlation_id.encode())]
            await send(message)

        try:
            with about(correlation=correlation_id):
                await self._app(scope, receive, send_named)
        except Exception as error:
            LOGGER.exception("Request %s failed: %s %r", correlation_id, scope["method"], shorten(scope["path"]))
            if has_started:
                raise
            await self._errors.answer_exception(scope, error)(scope, receive, send_named)


def wants_json(scope: Scope) -> bool:
    """Whether a program asked, not a person."""
    accept = Request(scope).headers.get("accept", "")
    return scope["path"].startswith("/api/") or ("application/json" in accept and "text/html" not in accept)
