"""The way to ConnectWise without the HTTP client: a request goes straight to the transport, and no read is repeated.

Nothing fails here, and what net/ does with failures is proven elsewhere; it would take most of a timeline's time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, override

import httpx

from net.client import Answer, WebClient, make_answer
from tests.simulation.psa import ORIGIN, PsaTransport

PASSING = 400


class DirectWeb(WebClient):
    """`net.client.WebClient` over the simulated ConnectWise. The same GET is the same request object every night."""

    def __init__(self, transport: PsaTransport) -> None:
        self.origin = ORIGIN
        self._transport = transport
        self._reads: dict[tuple[str, tuple[tuple[str, str], ...]], httpx.Request] = {}

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
        content = None if json_body is None else json.dumps(json_body)
        request = httpx.Request(method, f"{ORIGIN}{path}", params=params, headers=headers, content=content)
        response = await self._transport.handle_async_request(request)
        return make_answer(response, await response.aread())

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
        params: Mapping[str, str] = request.get("params") or {}
        key = (path, tuple(params.items()))
        if key not in self._reads:
            self._reads[key] = httpx.Request(method, f"{ORIGIN}{path}", params=params, headers=request.get("headers"))
        response = await self._transport.handle_async_request(self._reads[key])
        answer = make_answer(response, await response.aread())
        assert answer.status < PASSING, f"{path}: {answer.status}"
        return answer
