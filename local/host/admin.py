"""The paths that the Functions host keeps to itself, as far as development needs them.

`GET /admin/host/status` says whether the host runs and which functions it has. `POST /admin/functions/NAME`
with `{"input": "..."}` runs a function now, without waiting for its schedule or its queue.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from json import JSONDecodeError

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from local.host.http_front import WorkerLoop
from local.host.queues import QueueListener
from local.host.timers import TimerListener


class Admin:
    """`is_running` is asked at each status request; listeners are known by their function's name."""

    def __init__(
        self,
        function_names: tuple[str, ...],
        timers: dict[str, TimerListener],
        queues: dict[str, QueueListener],
        worker: WorkerLoop,
        is_running: Callable[[], bool],
    ) -> None:
        self._names = function_names
        self._timers = timers
        self._queues = queues
        self._worker = worker
        self._is_running = is_running

    def create_app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/admin/host/status", self._show_status, methods=["GET"]),
                Route("/admin/functions/{name}", self._start_function, methods=["POST"]),
            ]
        )

    async def _show_status(self, request: Request) -> Response:
        state = "Running" if self._is_running() else "Initialized"
        return JSONResponse({"state": state, "processId": os.getpid(), "functions": list(self._names)})

    async def _start_function(self, request: Request) -> Response:
        """202 as soon as the function was started. JSON only, so that no foreign page can post it unasked."""
        name = request.path_params["name"]
        if name not in self._names:
            return PlainTextResponse(f"There is no function called {name}.", 404)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return PlainTextResponse("The body must be application/json.", 415)
        try:
            body = await request.json()
        except JSONDecodeError:
            return PlainTextResponse("The body is not JSON.", 400)
        text = str(body.get("input") or "") if isinstance(body, dict) else ""
        return self._run(name, text)

    def _run(self, name: str, text: str) -> Response:
        if name in self._timers:
            self._worker.start(self._timers[name].fire())
        elif name in self._queues:
            self._worker.start(self._queues[name].run_with_text(text))
        else:
            return PlainTextResponse(f"{name} has neither a timer nor a queue as its trigger.", 400)
        return Response(status_code=202)
