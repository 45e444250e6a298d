"""What a simulator answers, before it is turned into bytes, and the ways in which that can go wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from local.simulators.serving import cut_connection

FOREVER_SECONDS = 3600.0


@dataclass(frozen=True)
class Answer:
    """`value` is sent as JSON behind `prefix`; an answer with neither `value` nor `text` has no body."""

    status: int
    value: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    media_type: str = "application/json"
    prefix: str = ""

    def content(self) -> bytes:
        if self.text is not None:
            return self.text.encode()
        if self.value is None:
            return b""
        return (self.prefix + json.dumps(self.value, ensure_ascii=False)).encode()

    def as_response(self) -> Response:
        headers = dict(self.headers)
        content = self.content()
        if content:
            headers["content-type"] = self.media_type
        return Response(content, self.status, headers)

    def cut_in_half(self) -> Response:
        """Correct HTTP around JSON that stops in the middle."""
        content = self.content()
        headers = {**self.headers, "content-type": self.media_type}
        return Response(content[: len(content) // 2], self.status, headers)


class CutResponse(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cut_connection(scope)
        while (await receive())["type"] != "http.disconnect":
            continue


class HangingResponse(Response):
    """Nothing for a long time, then the answer, unless the caller has left by then."""

    def __init__(self, answer: Response, seconds: float | None) -> None:
        super().__init__()
        self._answer = answer
        self._seconds = FOREVER_SECONDS if seconds is None else seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    continue
        except TimeoutError:
            await self._answer(scope, receive, send)
        except asyncio.CancelledError:
            # The simulator ends: its caller sees a connection that breaks, not an answer.
            cut_connection(scope)
            raise


def proxy_429(retry_after_seconds: float | None) -> Answer:
    """What a content network in front of the service says: HTML, with or without Retry-After."""
    headers = {"server": "cloudflare"}
    if retry_after_seconds is not None:
        headers["retry-after"] = str(int(retry_after_seconds))
    page = (
        "<!DOCTYPE html>\n<html><head><title>Access denied | Error 1015</title></head>"
        "<body><h1>Error 1015</h1><p>You are being rate limited.</p></body></html>"
    )
    return Answer(429, text=page, headers=headers, media_type="text/html; charset=UTF-8")
