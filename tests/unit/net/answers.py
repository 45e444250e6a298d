"""A server in memory: it answers what a test queued and remembers every request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, override

import httpx

from net.client import WebClient, open_client
from net.hosts import AllowedHosts
from tests.simulation.virtual_time import run_virtually

ORIGIN = "https://api-na.myconnectwise.net"

type Reply = httpx.Response | Exception


@dataclass
class Server(httpx.AsyncBaseTransport):
    """Answers one queued reply after the other, the last one for ever."""

    replies: list[Reply]
    requests: list[httpx.Request] = field(default_factory=list)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, stream=reply.stream)


@dataclass
class Site(httpx.AsyncBaseTransport):
    """Answers by a function of the request, and remembers every request."""

    answer: Callable[[httpx.Request], httpx.Response]
    requests: list[httpx.Request] = field(default_factory=list)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return self.answer(request)

    def count(self, method: str, ending: str) -> int:
        """How many requests of this method ended in this path."""
        return sum(each.method == method and each.url.path.endswith(ending) for each in self.requests)


def serve(replies: Iterable[Reply], origin: str = ORIGIN) -> tuple[WebClient, Server]:
    """A client and the server it talks to."""
    server = Server(list(replies))
    return open_client(origin, AllowedHosts(), server), server


def damaged_gzip() -> httpx.Response:
    """A whole answer whose body cannot be unpacked."""
    return httpx.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8bnot gzip at all")
    )


def run_timed[T](main: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """The result, and how many seconds passed on a clock that jumps."""

    async def run() -> tuple[T, float]:
        loop = asyncio.get_running_loop()
        try:
            return await main, loop.time()
        finally:
            await loop.shutdown_asyncgens()

    return run_virtually(run())
