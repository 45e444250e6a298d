"""`/api/v1/tenants` and what is decided about a customer as a whole: adding, settings, live or observed, removing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.actions.offering import OfferReader, Offers
from web.api.forms import Done, Nothing, act, show_page
from web.api.keeping_shapes import (
    AccountItem,
    AccountWish,
    Because,
    CompanyMatch,
    CustomerAccounts,
    CustomerSettings,
    CustomerWish,
    Gone,
    LiveWish,
    ManyCustomers,
    NewName,
    OpenAddition,
    PlannedItem,
    ProrationWish,
    Removal,
    RemovalWish,
    SeatItem,
    TenantExclusionWish,
    TenantItem,
    TenantName,
    TenantPage,
)
from web.api.operations import MOVED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Answers, Operation
from web.context import WebContext
from web.pages import alerts, customer_settings
from web.pages.add_bulk import FIELD, TOLD, BulkPage
from web.pages.add_one import AddPage
from web.pages.bulk_list import BulkRow, BulkView
from web.pages.customer import CustomerPage
from web.pages.customer_account import AccountView, CustomerAccountPage
from web.pages.customer_keeping import LiveView, RemovalView
from web.pages.customer_settings import CustomerSettingsPage
from web.pages.gone import GonePage
from web.pages.site import Site
from web.rendering import Undrawn
from web.wording import write_number_of

PAGE = "/customers/{customer_id}"
ONE = f"{ROOT}{PAGE}"
TENANTS = f"{ROOT}/tenants"
FOUND: Answers = {200: (Done, "It is done"), **MOVED, **NOT_UNDERSTOOD}
DONE: Answers = {**FOUND, **NOT_THERE}
STILL_LISTING = "{} is still listing its companies. Read again in a minute."
ADDED = {"added": "It is added."}
OWN = {**customer_settings.TOLD, "asked": "It is done, and a run of it was asked for.", "removed": "It is removed."}
LEFT = {**OWN, **alerts.TOLD, "done": "It is done; the next run writes by it."}


class KeepingApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", TENANTS, "list_tenants", "Tenants that are no customers yet, with companies that they may be",
            {200: (TenantPage, "One page")}, query=("q", "state", "all", "page"),
            pages=("/customers/add", "/customers/add/bulk", "/customers/add/exclude"),
        ),
        Operation(
            "POST", f"{ROOT}/customers", "add_customer", "Add one customer",
            {200: (Done, "It is added; `id` is its id"), 409: FOUND[409], **NOT_UNDERSTOOD},
            CustomerWish, pages=("/customers/add",),
        ),
        Operation(
            "POST", f"{TENANTS}/add", "add_customers", "Add several customers, or every safe match", FOUND,
            ManyCustomers, pages=("/customers/add/bulk",),
        ),
        Operation(
            "POST", f"{TENANTS}/exclude", "exclude_tenant", "Offer a tenant no more, and bill nothing of it", DONE,
            TenantExclusionWish, pages=("/customers/add/exclude",),
        ),
        Operation(
            "POST", f"{TENANTS}/offer", "offer_tenant", "Take that back", FOUND, TenantName,
            pages=("/customers/add/offer",),
        ),
        Operation(
            "POST", f"{TENANTS}/refresh", "refresh_tenants", "Ask Microsoft for its tenants and the PSA for companies",
            FOUND, Nothing, pages=("/customers/add/refresh",),
        ),
        Operation(
            "GET", f"{ONE}/settings", "show_customer_settings", "How it is kept, and what going live would write",
            {200: (CustomerSettings, "Its settings"), **NOT_THERE}, pages=(f"{PAGE}/settings",),
        ),
        Operation(
            "POST", f"{ONE}/name", "rename_customer", "Give it another name here", DONE, NewName,
            pages=(f"{PAGE}/settings",),
        ),
        Operation(
            "POST", f"{ONE}/live", "go_live", "Let runs write for it, if they would write what was read", DONE,
            LiveWish, pages=(f"{PAGE}/settings/live",),
        ),
        Operation(
            "POST", f"{ONE}/observe", "observe", "Let runs only plan it", DONE, Nothing,
            pages=(f"{PAGE}/settings/observe",),
        ),
        Operation(
            "POST", f"{ONE}/proration", "choose_proration", "From which day more seats are billed", DONE,
            ProrationWish, pages=(f"{PAGE}/settings/proration",),
        ),
        Operation(
            "GET", f"{ONE}/account", "show_accounts", "Which Microsoft accounts may read it, and what one reads",
            {200: (CustomerAccounts, "The accounts"), **NOT_THERE}, query=("account",), pages=(f"{PAGE}/account",),
        ),
        Operation(
            "POST", f"{ONE}/account", "choose_account", "Read it through another Microsoft account from now on", DONE,
            AccountWish, pages=(f"{PAGE}/account",),
        ),
        Operation(
            "GET", f"{ONE}/removal", "show_removal", "What removing it would leave behind",
            {200: (Removal, "Its open additions"), **NOT_THERE}, pages=(f"{PAGE}/remove",),
        ),
        Operation(
            "POST", f"{ONE}/end", "end_customer", "Let all its lines end with the period, and ask for the run", DONE,
            RemovalWish, pages=(f"{PAGE}/end",),
        ),
        Operation(
            "POST", f"{ONE}/remove", "remove_customer", "Look after it no longer; its additions stay as they are", DONE,
            RemovalWish, pages=(f"{PAGE}/remove",),
        ),
        Operation(
            "GET", f"{ONE}/gone", "show_gone", "Whether Microsoft lists its tenant no more, and what confirming does",
            {200: (Gone, "What is asked"), **NOT_THERE}, pages=(f"{PAGE}/gone",),
        ),
        Operation(
            "POST", f"{ONE}/gone", "confirm_gone", "It has left: its lines end with the period", DONE, RemovalWish,
            pages=(f"{PAGE}/gone",),
        ),
        Operation(
            "POST", f"{ONE}/keep", "keep_customer", "It stays; the question comes back after a while", DONE, Because,
            pages=(f"{PAGE}/keep",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        undrawn, offers = site.undrawn(), OfferReader()
        self._one = AddPage(undrawn, context, offers)
        self._bulk = BulkPage(undrawn, context, offers)
        customer = CustomerPage(undrawn)
        self._own = CustomerSettingsPage(undrawn, context, customer)
        self._account = CustomerAccountPage(undrawn, context, customer)
        self._gone = GonePage(undrawn, context, customer)

    async def list_tenants(self, request: Request) -> Response:
        """Filtered and paged like the page; `all` has those that are added or excluded too."""
        shown = await show_page(request, self._bulk.show)
        return JSONResponse(make_tenants(shown).write()) if isinstance(shown, Undrawn) else shown

    async def add_customer(self, request: Request) -> Response:
        """Add it."""
        return await act(request, CustomerWish, self._one.add, ADDED)

    async def add_customers(self, request: Request) -> Response:
        """Add them."""
        return await act(request, ManyCustomers, self._bulk.add, write_added, more=spell_links)

    async def exclude_tenant(self, request: Request) -> Response:
        """Exclude it."""
        return await act(request, TenantExclusionWish, self._bulk.exclude, TOLD)

    async def offer_tenant(self, request: Request) -> Response:
        """Offer it again."""
        return await act(request, TenantName, self._bulk.offer_again, TOLD)

    async def refresh_tenants(self, request: Request) -> Response:
        """Ask now."""
        return await act(request, Nothing, self._bulk.refresh, TOLD)

    async def show_customer_settings(self, request: Request) -> Response:
        """The tab."""
        shown = await show_page(request, self._own.show)
        return JSONResponse(make_settings(shown.values).write()) if isinstance(shown, Undrawn) else shown

    async def rename_customer(self, request: Request) -> Response:
        """Rename it."""
        return await act(request, NewName, self._own.rename, OWN)

    async def go_live(self, request: Request) -> Response:
        """Let runs write."""
        return await act(request, LiveWish, self._own.go_live, OWN)

    async def observe(self, request: Request) -> Response:
        """Let runs write no more."""
        return await act(request, Nothing, self._own.observe, OWN)

    async def choose_proration(self, request: Request) -> Response:
        """Choose it."""
        return await act(request, ProrationWish, self._own.choose_proration, OWN)

    async def show_accounts(self, request: Request) -> Response:
        """The accounts."""
        shown = await show_page(request, self._account.show)
        return JSONResponse(make_accounts(shown.values["view"]).write()) if isinstance(shown, Undrawn) else shown

    async def choose_account(self, request: Request) -> Response:
        """Choose it."""
        return await act(request, AccountWish, self._account.choose, OWN)

    async def show_removal(self, request: Request) -> Response:
        """What is open."""
        shown = await show_page(request, self._own.ask_remove)
        if not isinstance(shown, Undrawn):
            return shown
        return JSONResponse(Removal(**list_removal(shown.values["view"])).write())

    async def end_customer(self, request: Request) -> Response:
        """End its lines."""
        return await act(request, RemovalWish, self._own.end_lines, LEFT)

    async def remove_customer(self, request: Request) -> Response:
        """Remove it."""
        return await act(request, RemovalWish, self._own.remove, OWN)

    async def show_gone(self, request: Request) -> Response:
        """What is asked."""
        shown = await show_page(request, self._gone.ask)
        if not isinstance(shown, Undrawn):
            return shown
        own = {name: shown.values[name] for name in ("is_asked", "sentence", "since")}
        return JSONResponse(Gone(**list_removal(shown.values["view"]), **own).write())

    async def confirm_gone(self, request: Request) -> Response:
        """It has left."""
        return await act(request, RemovalWish, self._gone.confirm, LEFT)

    async def keep_customer(self, request: Request) -> Response:
        """It stays."""
        return await act(request, Because, self._gone.keep, LEFT)


def make_tenants(page: Undrawn) -> TenantPage:
    """One page of tenants."""
    view: BulkView = page.values["view"]
    offers: Offers = page.values["offers"]
    rows = view.listing.page
    return TenantPage(
        tenants=[make_tenant(each) for each in rows.rows],
        page=rows.number,
        total=rows.total,
        headline=view.headline,
        safe_count=view.safe_count,
        shown=view.shown,
        troubles=[
            *offers.troubles,
            *map(STILL_LISTING.format, offers.slow),
        ],
    )


def make_tenant(row: BulkRow) -> TenantItem:
    """One tenant."""
    matches = [
        CompanyMatch(company=each.value, name=each.name, beside=each.beside, score=each.score, why=each.why)
        for each in row.matches
    ]
    return TenantItem(
        tenant_id=row.tenant_id,
        name=row.name,
        domain=row.domain,
        account=row.account,
        state=row.state,
        note=row.note,
        matches=matches,
    )


def spell_links(body: ManyCustomers) -> Iterator[tuple[str, str]]:
    """A field for each tenant that is named; the safe ones go by what was shown of them."""
    for link in body.links:
        yield f"{FIELD}{link.tenant_id}", link.company
    if body.shown:
        yield "do", "safe"


def write_added(query: Mapping[str, str]) -> str:
    """3 customers are added; 1 tenant was refused."""
    refused = int(query["refused"])
    rest = f"; {write_number_of(refused, 'tenant')} could not be." if refused else "."
    return f"Added {write_number_of(int(query['done']), 'customer')}{rest}"


def make_settings(values: Mapping[str, Any]) -> CustomerSettings:
    """The tab in JSON."""
    live: LiveView = values["live"]
    lines = [
        PlannedItem(
            licence=each.licence,
            agreement=each.agreement,
            seats_before=each.before,
            seats_after=each.after,
            money=each.money,
            note=each.note,
            is_held=each.is_held,
        )
        for each in live.rows
    ]
    return CustomerSettings(
        name=values["sheet"].one("name"),
        prorates=values["sheet"].one("prorates"),
        is_observed=values["customer"].is_observed,
        is_planned=live.is_planned,
        would_write=lines,
        sentence=live.sentence,
        shown=live.shown,
    )


def make_accounts(view: AccountView) -> CustomerAccounts:
    """The page in JSON."""
    return CustomerAccounts(
        accounts=[
            AccountItem(account_id=each.id, account=each.name, what=each.what, is_now=each.is_now)
            for each in view.choices
        ],
        seen=view.seen,
        unread=view.unread,
        reads=[
            SeatItem(
                licence=each.licence,
                part_number=each.part_number,
                seats_before=each.before,
                seats_after=each.after,
                is_mapped=each.is_mapped,
            )
            for each in view.rows
        ],
    )


def list_removal(view: RemovalView) -> dict[str, Any]:
    """What is open, and what can be done with it."""
    additions = [
        OpenAddition(
            addition_id=each.story.addition,
            licence=each.licence,
            agreement=each.agreement,
            quantity=each.quantity,
            money=each.money,
        )
        for each in view.rows
    ]
    return {
        "additions": additions,
        "total": view.total,
        "endable": len(view.endable),
        "cannot_end": view.cannot_end,
        "shown": view.shown,
    }
