"""The HTTP side of the host: every request becomes one invocation of the function whose route matches."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from local.host.http_routes import Route, is_reserved, match_route
from local.host.http_translation import read_response, write_request
from local.host.invocations import Invocations

SECONDS_TO_STOP = 3

_logger = logging.getLogger("host.http")


class WorkerLoop:
    """The event loop that functions run in, as seen from the front's own loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def run[Result](self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs `work` in the worker's loop and waits for it here."""
        return await asyncio.wrap_future(self.start(work))

    def start[Result](self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Starts `work` in the worker's loop; what it raises is logged, since nobody may be waiting."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.add_done_callback(_log_failure)
        return future


def _log_failure(future: Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        _logger.error("an invocation could not be carried out", exc_info=error)


class HttpFunctions:
    """The ASGI app that answers with functions; `admin` answers the paths that the host keeps to itself."""

    def __init__(self, routes: tuple[Route, ...], invocations: Invocations, worker: WorkerLoop, admin: ASGIApp) -> None:
        self._routes = routes
        self._invocations = invocations
        self._worker = worker
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_reserved(scope["path"]):
            await self._admin(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
        match = match_route(self._routes, request.method, raw_path.decode("ascii").partition("?")[0])
        if match is None:
            return PlainTextResponse("", 404)
        trigger_value = write_request(request, match.parameters, await request.body())
        result = await self._worker.run(self._invocations.run(match.function, trigger_value))
        return PlainTextResponse("", 500) if result.failure is not None else read_response(result.return_value)


class FrontFailed(Exception):
    """The front cannot serve, in general because another process listens on its port."""


class _Server(uvicorn.Server):
    """Says when it has started, successfully or not."""

    def __init__(self, config: uvicorn.Config, settled: threading.Event) -> None:
        super().__init__(config)
        self._settled = settled

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self._settled.set()


class HttpFront:
    """Serves an ASGI app on 127.0.0.1 from a thread and an event loop of its own.

    On Azure the front is another process: a function that blocks its loop, or asks the front for the keys of
    its ID token, is still served. A loop of its own keeps that so here. `on_end` is called, from the front's
    thread, when the front stops for whatever reason.
    """

    def __init__(self, app: ASGIApp, port: int, on_end: Callable[[], object]) -> None:
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_STOP,
        )
        self._port = port
        self._on_end = on_end
        self._settled = threading.Event()
        self._server = _Server(config, self._settled)
        self._thread = threading.Thread(target=self._serve, name="http-front", daemon=True)

    async def start(self) -> None:
        """Returns when requests are accepted; FrontFailed when they cannot be."""
        self._thread.start()
        await asyncio.to_thread(self._settled.wait)
        if not self._server.started:
            raise FrontFailed(f"Port {self._port} of 127.0.0.1 cannot be used; is another host running?")

    async def stop(self) -> None:
        self._server.should_exit = True
        await asyncio.to_thread(self._thread.join)

    def _serve(self) -> None:
        try:
            self._server.run()
        finally:
            self._on_end()
