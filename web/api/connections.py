"""`/api/v1/connections`, `/accounts` and `/direct-tenants`: what is connected and how it is. No secret comes out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.connecting import PsaConnection
from web.api.forms import Done, Nothing, act, show_page
from web.api.operations import MOVED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Operation
from web.api.shapes import Refused, Shape
from web.context import WebContext
from web.pages.accounts.desk import AccountDesk
from web.pages.accounts.direct_pages import DirectPages
from web.pages.accounts.health import Fact
from web.pages.accounts.partner_pages import TOLD, PartnerPages
from web.pages.connection_report import make_report
from web.pages.connections import Listener, find_connection, make_row
from web.pages.site import Site, open_administration
from web.rendering import Undrawn

PATH = f"{ROOT}/connections"
ONE = f"{PATH}/{{connection_id}}"
ACCOUNTS = f"{ROOT}/accounts"
DIRECT = f"{ROOT}/direct-tenants"
PSA_PAGE = "/settings/connections"
NOT_GRANTED = "Its consent is not granted yet, so nothing can be read. Grant it on the account's page first."
MICROSOFT_PAGE = "/settings/connections/microsoft"


class ConnectionItem(Shape):
    """One PSA that is connected."""

    id: str
    name: str
    psa: str
    where: str
    customers: Annotated[str, Field(description="How many customers are billed there")]


class ConnectionList(Shape):
    """Every PSA that is connected."""

    connections: list[ConnectionItem]


class FactItem(Shape):
    """One thing that is known, in a word, and what to do where something is to be done."""

    name: str
    word: str
    sentence: str


class RightItem(Shape):
    """One right that we need, and whether we have it."""

    name: str
    level: str
    needed_for: str
    word: str
    sentence: str


class ConnectionHealth(Shape):
    """How a PSA is."""

    word: str
    sentence: str
    facts: list[FactItem]
    rights: list[RightItem]


class AccountItem(Shape):
    """A Microsoft account or a direct tenant, with the worst that is known of it."""

    id: str
    name: str
    is_direct: bool
    worst: FactItem
    tenants: Annotated[int | None, Field(description="How many the newest reading found; null before the first one")]


class AccountList(Shape):
    """Everything through which licences are read."""

    accounts: list[AccountItem]


class AccountRecord(Shape):
    """One account with all that is known of it, and the tenants whose access needs a person."""

    id: str
    name: str
    facts: list[FactItem]
    needs: list[FactItem]


class ConnectionsApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_connections", "Every PSA that is connected",
            {200: (ConnectionList, "All of them")}, pages=(PSA_PAGE,),
        ),
        Operation(
            "GET", ONE, "show_connection", "One PSA that is connected",
            {200: (ConnectionItem, "The connection"), **NOT_THERE}, pages=(f"{PSA_PAGE}/{{connection_id}}",),
        ),
        Operation(
            "GET", f"{ONE}/health", "show_connection_health", "How it is and what we may do, asked once a minute",
            {200: (ConnectionHealth, "What it answered"), **NOT_THERE},
            pages=(f"{PSA_PAGE}/{{connection_id}}/health", f"{PSA_PAGE}/{{connection_id}}/look"),
        ),
        Operation(
            "POST", f"{ONE}/test", "test_connection", "The same, asked at once with the keys that are kept",
            {200: (ConnectionHealth, "What it answered"), **NOT_THERE, **NOT_UNDERSTOOD},
            Nothing, pages=(f"{PSA_PAGE}/{{connection_id}}/test",),
        ),
        Operation(
            "GET", ACCOUNTS, "list_accounts", "Microsoft accounts and direct tenants, each with the worst of it",
            {200: (AccountList, "All of them")}, pages=(MICROSOFT_PAGE,),
        ),
        Operation(
            "GET", f"{ACCOUNTS}/{{account_id}}", "show_account", "One Microsoft account: consent, reading, tenants",
            {200: (AccountRecord, "The account"), **NOT_THERE},
            pages=(f"{MICROSOFT_PAGE}/{{account_id}}", f"{MICROSOFT_PAGE}/{{account_id}}/progress"),
        ),
        Operation(
            "POST", f"{ACCOUNTS}/{{account_id}}/read", "read_account", "Read its list of tenants now, as nights do",
            {200: (Done, "Reading has begun"), **NOT_THERE, 409: (Refused, "It is being read, or has no consent"),
             **NOT_UNDERSTOOD},
            Nothing, pages=(f"{MICROSOFT_PAGE}/{{account_id}}/read",),
        ),
        Operation(
            "GET", f"{DIRECT}/{{tenant_id}}", "show_direct_tenant", "One direct tenant: consent and secret",
            {200: (AccountRecord, "The tenant"), **NOT_THERE}, pages=(f"{MICROSOFT_PAGE}/direct/{{tenant_id}}",),
        ),
        Operation(
            "POST", f"{DIRECT}/{{tenant_id}}/try", "try_direct_tenant", "See whether its administrator has consented",
            {200: (Done, "Microsoft granted it"), **NOT_THERE, **MOVED, **NOT_UNDERSTOOD},
            Nothing, pages=(f"{MICROSOFT_PAGE}/direct/{{tenant_id}}/try",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._listener = Listener(site, context)
        desk = AccountDesk(site.undrawn(), context)
        self._partner, self._direct = PartnerPages(desk), DirectPages(desk)

    async def list_connections(self, request: Request) -> Response:
        """The list."""
        administration = await open_administration(self._context)
        uses = await self._list_uses()
        rows = [make_connection(each, uses) for each in await administration.connections.list_psa()]
        return JSONResponse(ConnectionList(connections=rows).write())

    async def show_connection(self, request: Request) -> Response:
        """One of them."""
        return JSONResponse(make_connection(await self._find(request), await self._list_uses()).write())

    async def show_connection_health(self, request: Request) -> Response:
        """What it answered, at most a minute ago."""
        return await self._hear(request, anew=False)

    async def test_connection(self, request: Request) -> Response:
        """What it answers now."""
        return await act(request, Nothing, lambda asked: self._hear(asked, anew=True), {})

    async def list_accounts(self, request: Request) -> Response:
        """The list."""
        shown = await show_page(request, self._partner.show_all)
        if not isinstance(shown, Undrawn):
            return shown
        rows = [
            AccountItem(id=each.id, name=each.name, is_direct=False, worst=make_fact(fact), tenants=count)
            for each, _, fact, count in shown.values["rows"]
        ]
        direct = [
            AccountItem(id=each.id, name=each.name, is_direct=True, worst=make_fact(fact), tenants=None)
            for each, _, fact in shown.values["direct"]
        ]
        return JSONResponse(AccountList(accounts=[*rows, *direct]).write())

    async def show_account(self, request: Request) -> Response:
        """One with its health."""
        shown = await show_page(request, self._partner.show)
        if not isinstance(shown, Undrawn):
            return shown
        account = shown.values["account"]
        needs = [
            FactItem(name=each.name, word=each.word, sentence=each.sentence) for each in shown.values["needs"].rows
        ]
        facts = [make_fact(each) for each in shown.values["facts"]]
        return JSONResponse(AccountRecord(id=account.id, name=account.name, facts=facts, needs=needs).write())

    async def read_account(self, request: Request) -> Response:
        """Begin to read."""
        told = {**TOLD, "done": NOT_GRANTED}
        return await act(request, Nothing, self._partner.read, told, refused={"busy": 409, "done": 409})

    async def show_direct_tenant(self, request: Request) -> Response:
        """One with its health."""
        shown = await show_page(request, self._direct.show)
        if not isinstance(shown, Undrawn):
            return shown
        tenant, facts = shown.values["tenant"], [make_fact(each) for each in shown.values["facts"]]
        return JSONResponse(AccountRecord(id=tenant.id, name=tenant.name, facts=facts, needs=[]).write())

    async def try_direct_tenant(self, request: Request) -> Response:
        """Ask Microsoft."""
        return await act(request, Nothing, self._direct.try_now, TOLD)

    async def _find(self, request: Request) -> PsaConnection:
        administration = await open_administration(self._context)
        return await find_connection(administration, request.path_params["connection_id"])

    async def _list_uses(self) -> list[str]:
        _, overviews = await self._site.load(lambda outside: outside.books.list_overviews())
        return [each.customer.connection_id for each in overviews]

    async def _hear(self, request: Request, *, anew: bool) -> Response:
        connection = await self._find(request)
        answered = await self._listener.hear(connection, anew=anew)
        view = make_report(answered.report, self._site.zone.key, connection)
        health = ConnectionHealth(
            word=view.word,
            sentence=view.sentence,
            facts=[FactItem(name=name, word=word, sentence="") for name, word in view.facts],
            rights=[
                RightItem(
                    name=each.name,
                    level=each.level,
                    needed_for=each.needed_for,
                    word=each.word,
                    sentence=each.sentence,
                )
                for each in view.rights
            ],
        )
        return JSONResponse(health.write())


def make_connection(connection: PsaConnection, uses: Sequence[str]) -> ConnectionItem:
    """The words for one connection."""
    row = make_row(connection, uses)
    return ConnectionItem(id=connection.id, name=row.name, psa=row.kind, where=row.where, customers=row.customers)


def make_fact(fact: Fact) -> FactItem:
    """One fact."""
    return FactItem(name=fact.name, word=fact.word, sentence=fact.sentence)
