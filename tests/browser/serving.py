"""The real application on a real port, with fakes behind it and a sign-in in front of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.unit.web.approval_fakes import DecisionWorld
from tests.unit.web.fakes import World, sign_in_headers
from web.application import create_application


@dataclass
class SignedIn:
    """Plays the platform: adds its headers to every request. `world` decides what the pages see."""

    worlds: Mapping[str, World | DecisionWorld]
    chosen: str
    apps: dict[str, ASGIApp] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.apps = {name: create_application(world.context()) for name, world in self.worlds.items()}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in sign_in_headers().items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], *self.headers]}
        await self.apps[self.chosen](scope, receive, send)


@contextmanager
def serve(app: ASGIApp) -> Iterator[str]:
    """The address at which the app answers."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
