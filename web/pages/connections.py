"""Everything that is connected: PSA connections, Microsoft accounts, and how each is in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.administration import Administration
from plans.connecting import AutotaskConnection, ConnectWiseConnection, PsaConnection
from plans.errors import Misconfigured
from plans.permissions import NotReached, PermissionReport
from web.actions.connecting import Answered, ask
from web.context import WebContext
from web.pages.connection_report import make_report, write_host
from web.pages.psa_forms import PSA_NAMES
from web.pages.settings_tabs import make_tabs
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.wording import clean, write_number_of

PATH = "/settings/connections"
ANSWERS_KEPT = timedelta(seconds=60)
TOLD = {
    "removed": "The connection is removed, and its keys are disabled.",
    "gone": "There is no such connection any more.",
}


@dataclass(frozen=True, slots=True)
class PsaRow:
    """One PSA connection of the list."""

    name: str
    address: str
    kind: str
    where: str
    customers: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a PSA answered a moment ago, to the connection as it was then."""

    connection: PsaConnection
    at: datetime
    answered: Answered


class Listener:
    """Asks PSAs how they are, each once a minute at most: a list that many people open must not keep them busy."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._heard: dict[str, Heard] = {}

    async def hear(self, connection: PsaConnection, *, anew: bool = False) -> Answered:
        """What the PSA answers. Never raises for it."""
        heard, now = self._heard.get(connection.id), self._site.now()
        if not anew and heard is not None and heard.connection == connection and now - heard.at < ANSWERS_KEPT:
            return replace(heard.answered, at=heard.at)
        administration = await open_administration(self._context)
        try:
            answered = await ask(await administration.connections.open_psa(connection.id))
        except Misconfigured as error:
            answered = Answered(PermissionReport(NotReached(str(error)), ()))
        self._heard[connection.id] = Heard(connection, now, answered)
        return replace(answered, at=now)

    def note(self, connection: PsaConnection, answered: Answered) -> None:
        """Remember what a PSA answered to somebody else's question."""
        self._heard[connection.id] = Heard(connection, self._site.now(), answered)


class ConnectionsPage:
    """GET /settings/connections and /settings/connections/ID/health."""

    def __init__(self, site: Site, context: WebContext, listener: Listener) -> None:
        self._site = site
        self._context = context
        self._listener = listener

    async def show(self, request: Request) -> Response:
        """The list. How each PSA is follows by itself, so that one that does not answer keeps nobody waiting."""
        administration = await open_administration(self._context)
        _, overviews = await self._site.load(lambda outside: outside.books.list_overviews())
        connections = await administration.connections.list_psa()
        uses = [each.customer.connection_id for each in overviews]
        return self._site.page(
            request,
            "settings/connections.html",
            setting_tabs=make_tabs(request, PATH),
            told=TOLD.get(request.query_params.get("told", ""), ""),
            headline=write_headline(len(connections)),
            psas=[make_row(each, uses) for each in connections],
            may_change=is_allowed(request.state.principal, Permission.ADMINISTER),
        )

    async def show_health(self, request: Request) -> Response:
        """How one PSA is, as a piece of the list; without htmx the connection's page, which then shows it whole."""
        connection_id = request.path_params["connection_id"]
        administration = await open_administration(self._context)
        connection = await find_connection(administration, connection_id)
        if "hx-request" not in request.headers:
            return RedirectResponse(f"{write_address(connection_id)}?look=now", status_code=303)
        report = make_report((await self._listener.hear(connection)).report, self._site.zone.key, connection)
        return self._site.page(request, "settings/connection_health.html", report=report)


async def find_connection(administration: Administration, connection_id: str) -> PsaConnection:
    """One PSA connection. Raises HTTPException 404 where there is none."""
    for each in await administration.connections.list_psa():
        if each.id == connection_id:
            return each
    raise HTTPException(404)


def make_row(connection: PsaConnection, uses: Collection[str]) -> PsaRow:
    """The words for one connection."""
    count = sum(each == connection.id for each in uses)
    return PsaRow(
        name=clean(connection.name),
        address=write_address(connection.id),
        kind=PSA_NAMES[connection.kind],
        where=write_where(connection),
        customers=write_number_of(count, "customer") if count else "no customer yet",
    )


def write_headline(count: int) -> str:
    """What the page says first."""
    return f"{write_number_of(count, 'PSA')} connected" if count else "No PSA is connected yet"


def write_address(connection_id: str) -> str:
    """The page of a connection."""
    return f"{PATH}/{quote(connection_id, safe='')}"


def write_where(connection: PsaConnection) -> str:
    """Which one it is, and where."""
    match connection:
        case ConnectWiseConnection():
            return f"company {clean(connection.company)} at {write_host(connection.site_url)}"
        case AutotaskConnection():
            return f"{clean(connection.user_name)} at {write_host(connection.zone_url)}"
