"""The control panel of a simulator under /__simulator/: calls, faults and state, without sign-in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.clock import LocalClock
from local.simulators.calls import CallCounter
from local.simulators.faults import FaultBoard, UnknownFaultError
from local.simulators.state import StateFile

PREFIX = "/__simulator"


class ControlPanel:
    def __init__(self, name: str, clock: LocalClock, state: StateFile, faults: FaultBoard, calls: CallCounter) -> None:
        self._name = name
        self._clock = clock
        self._state = state
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[Route]:
        return [
            Route(f"{PREFIX}/health", self.health),
            Route(f"{PREFIX}/calls", self.calls, methods=["GET", "DELETE"]),
            Route(f"{PREFIX}/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route(f"{PREFIX}/state", self.state, methods=["GET", "DELETE"]),
        ]

    async def health(self, request: Request) -> Response:
        now = self._clock.utc_now().isoformat()
        return JSONResponse({"name": self._name, "status": "ready", "utcNow": now})

    async def calls(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._calls.reset()
        return JSONResponse(self._calls.report())

    async def faults(self, request: Request) -> Response:
        if request.method == "POST":
            return await self._add_fault(request)
        if request.method == "DELETE":
            self._faults.clear(request.query_params.get("name"))
        return JSONResponse(self._faults.listing())

    async def _add_fault(self, request: Request) -> Response:
        try:
            self._faults.add(await request.json())
        except UnknownFaultError as refused:
            return JSONResponse({"error": str(refused)}, 400)
        return JSONResponse(self._faults.listing(), 201)

    async def state(self, request: Request) -> Response:
        """DELETE puts the demo data back."""
        if request.method == "DELETE":
            self._state.reset()
        return JSONResponse(self._state.data)


def refused(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)


type Handler = Callable[[Request], Any]
