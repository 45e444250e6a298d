"""The lines of a process to the outside, at two depths: as the product's own client, or below the real httpx client.

Most seeds take the short line, which does what `net.client.WebClient` does without making a request of it: a read is
repeated a few times, a write is sent once. Some take the real client (`tests.simulation.world`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol, override
from urllib.parse import parse_qs

import httpx

from net.client import PASSING_STATUSES, READ_ATTEMPTS, THROTTLED_STATUS, Answer, WebClient
from plans.errors import Retry, Throttled
from tests.simulation.faults import Faults

PAUSE_SECONDS = (0.05, 2.0)

type Reply = tuple[int, Any]


class Wire(Protocol):
    """What plays a server: a status and a body, None where it is no JSON. Raises httpx.TransportError for silence."""

    async def answer(
        self, method: str, path: str, headers: Mapping[str, str], params: Mapping[str, str], body: Any
    ) -> Reply: ...


class ShortClient(WebClient):
    """`net.client.WebClient` without HTTP."""

    __slots__ = ("faults", "wire")

    def __init__(self, origin: str, wire: Wire, faults: Faults) -> None:
        self.origin = origin
        self.wire = wire
        self.faults = faults

    @override
    async def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json_body: object = None,
        form: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> Answer:
        body = form if json_body is None else json_body
        status, answer = await self.wire.answer(method, path, headers or {}, params or {}, body)
        return Answer(status, {}, answer, "")

    @override
    async def read(
        self,
        method: str,
        path: str,
        *,
        is_definite: Callable[[Answer], bool] | None = None,
        explain: Callable[[Answer], str] | None = None,
        **request: Any,
    ) -> Answer:
        is_throttled = False
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                await asyncio.sleep(self.faults.random.uniform(*PAUSE_SECONDS))
            try:
                answer = await self.send(method, path, **request)
            except httpx.TransportError:
                is_throttled = False
                continue
            if answer.status not in PASSING_STATUSES or (is_definite is not None and is_definite(answer)):
                return answer
            is_throttled = answer.status == THROTTLED_STATUS
        raise (Throttled if is_throttled else Retry)(f"{self.origin} did not answer")


class WireTransport(httpx.AsyncBaseTransport):
    """A line below the real client."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        params = {name: values[-1] for name, values in parse_qs(request.url.query.decode()).items()}
        is_json = request.content[:1] in (b"{", b"[")
        body = json.loads(request.content) if is_json else None
        status, answer = await self.wire.answer(request.method, request.url.path, request.headers, params, body)
        if answer is None:
            return httpx.Response(status, html="<html>try later</html>", request=request)
        return httpx.Response(status, json=answer, request=request)
