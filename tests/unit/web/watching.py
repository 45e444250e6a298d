"""Every request of every test is watched: what changes what Seatledger is told is noted in the same request (S12)."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from tests.unit.web.fakes import World
from web.application import create_application

type RouteKey = tuple[str, str]

REFUSED = 400
# The routes that were seen to change configuration, and to note it, since the session began.
NOTED: set[RouteKey] = set()


class NotNoted(AssertionError):
    """A request changed configuration and left no trace of it."""


class Watched:
    """The application over a world, with an eye on both."""

    def __init__(self, world: World) -> None:
        self.app: FastAPI = create_application(world.context())
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        before, noted = read_configuration(self.world), len(self.world.audit.entries)
        statuses: list[int] = []

        async def listen(message: Message) -> None:
            statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])
            await send(message)

        await self.app(scope, receive, listen)
        if statuses[0] >= REFUSED:
            # It says that it changed nothing; in tests of races somebody else does in between.
            return
        changed = [name for name, value in read_configuration(self.world).items() if value != before[name]]
        if not changed or self.world.audit.error is not None:
            return
        key = find_route(self.app, scope)
        fresh = self.world.audit.entries[noted:]
        if not any(entry.before or entry.after for entry in fresh):
            raise NotNoted(f"{key} changed {', '.join(changed)} and noted nothing of it.")
        NOTED.add(key)


def find_route(app: FastAPI, scope: Scope) -> RouteKey:
    """The entry of the permission table that this request went by."""
    full = [each for each in app.routes if isinstance(each, Route) and each.matches(scope)[0] is Match.FULL]
    return scope["method"], full[0].path


def read_configuration(world: World) -> dict[str, object]:
    """Everything that people tell Seatledger, as it stands."""
    return {
        "profiles": dict(world.profiles.profiles),
        "controls": world.profiles.controls,
        "preferences": world.configuration.preferences,
        "PSA connections": dict(world.connections.psa),
        "PSA keys": dict(world.connections.keys),
        "partner accounts": dict(world.connections.accounts),
        "direct tenants": dict(world.connections.tenants),
        "secrets": dict(world.connections.secrets),
        "customers": world.books.customers,
        "mappings": dict(world.books.mappings),
        "tokens": dict(world.tokens.tokens),
        "mutes": dict(world.alerts.mutes),
        "notifications": world.alerts.notifications,
        "mail": world.mail.settings,
        "webhooks": dict(world.webhooks.webhooks),
        "secrets of mail": tuple(world.mail.kept_secrets),
    }
