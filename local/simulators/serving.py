"""Runs one simulator as a process: loopback only, gone when its parent is gone."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from local.demo.demos import DEMO_NAMES

HOST = "127.0.0.1"
PANEL = "/__simulator/"

_open_connections: dict[tuple[str, int], asyncio.Transport] = {}


@dataclass(frozen=True)
class Settings:
    name: str
    port: int
    state_directory: Path
    secrets_directory: Path
    parent_process_id: int
    demo: str = "first"
    redirect_uris: tuple[str, ...] = ()
    latency_seconds: float = 0.0
    is_kept: bool = True


class CuttableProtocol(H11Protocol):
    """Remembers the connection of each caller, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None:
            _open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _open_connections.pop(self.client, None)
        super().connection_lost(exc)


def cut_connection(scope: Scope) -> None:
    """Resets the caller's connection: nothing more is sent, not even the end."""
    transport = _open_connections[tuple(scope["client"])]
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Distant:
    """The application as it is met from far away: every request is heard so much later. Its control panel is near."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(PANEL):
            await asyncio.sleep(self._seconds)
        await self._app(scope, receive, send)


class SimulatorServer(uvicorn.Server):
    def __init__(self, settings: Settings, app: ASGIApp, listening: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=CuttableProtocol,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._name = settings.name
        self._listening = listening
        self._parent = settings.parent_process_id

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self._listening.getsockname()[1]
        print(f"simulator ready: {self._name} http://{HOST}:{port}", flush=True)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or os.getppid() != self._parent


def read_settings(name: str) -> Settings:
    parser = argparse.ArgumentParser(prog=f"python -m local.simulators.{name}")
    parser.add_argument("--port", type=int, required=True, help="0 takes any free port")
    parser.add_argument("--state", type=Path, required=True, help="folder of the remembered state")
    parser.add_argument("--secrets", type=Path, required=True, help="folder of the accepted secrets")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process to end with")
    parser.add_argument("--demo", choices=DEMO_NAMES, default=DEMO_NAMES[0], help="whose data a new state starts with")
    parser.add_argument("--redirect-uri", action="append", default=[], help="where the application may be answered")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that pass before a request is heard")
    parser.add_argument("--forgetful", action="store_true", help="never write to the disk what changed")
    given = parser.parse_args()
    state, secrets = given.state.resolve(), given.secrets.resolve()
    return Settings(
        name=name,
        port=given.port,
        state_directory=state,
        secrets_directory=secrets,
        parent_process_id=given.parent,
        demo=given.demo,
        redirect_uris=tuple(given.redirect_uri),
        latency_seconds=given.latency,
        is_kept=not given.forgetful,
    )


def run(settings: Settings, build: Callable[[Settings], ASGIApp]) -> None:
    """Serves until a signal arrives or the parent is gone."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    # asyncio switches Nagle's delay (40 ms on each answer) off only where the protocol is named.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, settings.port))
        app = build(settings)
        app = Distant(app, settings.latency_seconds) if settings.latency_seconds else app
        SimulatorServer(settings, app, listening).run(sockets=[listening])
