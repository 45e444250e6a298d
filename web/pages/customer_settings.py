"""A customer's settings: its name, observed or live, and removing it, each said first what it does."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.ports import Desk
from profiles.billing import Customer
from web.actions import keeping
from web.actions.adding import LONGEST_NAME, Hand
from web.actions.asking import make_actor
from web.actions.keeping import Kept
from web.actions.syncing import sync_customers
from web.context import WebContext
from web.forms import read_form
from web.pages.customer import CustomerPage
from web.pages.customer_account import list_choices as list_accounts
from web.pages.customer_keeping import list_lacks, make_live, make_removal
from web.pages.customer_psa import CHOICES, find_place, list_choices
from web.pages.customer_view import CustomerRecords
from web.pages.site import Site, open_administration
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import clean

TAB = "/settings"
LONGEST_REASON = 300
SYNC = "sync"
NO_NAME = "Type the name that the customer is to have here."
NO_REASON = "Say why: it stands in the history from now on."
MOVED = "Somebody changed this customer a moment ago. It is shown as it is now; decide again."
PLANNED_ANEW = (
    "Another run has planned it meanwhile. What the next run would write is shown as it is now; decide again."
)
CHANGED_ADDITIONS = "Its additions have changed since they were shown. Look at them again before you remove it."
TOLD = {
    "named": "The name is saved.",
    "live": "It is live: the next run writes for it. Sync now does it at once.",
    "prorated": "The choice is saved. The next run plans with it.",
    "account": "The next run reads it through this account.",
    "observed": "It is observed: nothing is written for it any more. What was written stays as it is.",
}


class CustomerSettingsPage:
    """GET and POST /customers/{customer_id}/settings, and what its buttons do."""

    def __init__(self, site: Site, context: WebContext, customer: CustomerPage) -> None:
        self._site = site
        self._context = context
        self._customer = customer

    async def show(self, request: Request) -> Response:
        """The tab."""
        return await self._show(request)

    async def rename(self, request: Request) -> Response:
        """Give it another name."""
        reader = SheetReader(make_sheet(await read_form(request)))
        name = reader.text("name", NO_NAME, LONGEST_NAME)
        if reader.troubles:
            return await self._show(request, reader.ended(), status=422)
        hand, customer = await self._hand(request)
        return await self._told(request, await keeping.rename(hand, customer, name), "named")

    async def go_live(self, request: Request) -> Response:
        """Let runs write for it, if what they would write is what was shown."""
        form = await read_form(request)
        records = await self._customer.read_records(request)
        if form.one("shown") != make_live(records).shown:
            return await self._show(request, trouble=PLANNED_ANEW, status=409)
        hand, customer = await self._hand(request)
        kept = await keeping.go_live(hand, customer)
        if kept is Kept.MOVED or form.one("then") != SYNC:
            return await self._told(request, kept, "live")
        self._site.shelf.forget()
        return await self._sync(hand, customer, f"{records.path}{TAB}?told=live")

    async def _sync(self, hand: Hand, customer: Customer, otherwise: str) -> Response:
        """Ask for a run of the customer; to its page, or elsewhere where it cannot be asked for."""
        going = await sync_customers(hand.outside, await self._context.run_requests(), [customer.id], hand.actor)
        return RedirectResponse(otherwise if going is None else f"/runs/{going.run_id}/asked", status_code=303)

    async def observe(self, request: Request) -> Response:
        """Let runs only plan it."""
        hand, customer = await self._hand(request)
        return await self._told(request, await keeping.observe(hand, customer), "observed")

    async def choose_proration(self, request: Request) -> Response:
        """From which day its increases count."""
        reader = SheetReader(make_sheet(await read_form(request)))
        chosen = reader.choice("prorates", CHOICES, "Choose from which day more seats count.")
        if reader.troubles:
            return await self._show(request, reader.ended(), status=422)
        hand, customer = await self._hand(request)
        return await self._told(request, await keeping.choose_proration(hand, customer, chosen), "prorated")

    async def ask_remove(self, request: Request) -> Response:
        """What removing it leaves behind."""
        return await self._show_removal(request)

    async def end_lines(self, request: Request) -> Response:
        """Let its lines end with the period, and ask for the run that writes it."""
        reader = SheetReader(make_sheet(await read_form(request)))
        reason = reader.text("reason", NO_REASON, LONGEST_REASON)
        if reader.troubles:
            return await self._show_removal(request, reader.ended(), status=422)
        records, desk = await self._read_desk(request)
        view = make_removal(records, desk, (await self._context.outside()).local_day())
        if view.cannot_end or reader.sheet.one("shown") != view.shown:
            return await self._show_removal(
                request, reader.sheet, trouble=view.cannot_end or CHANGED_ADDITIONS, status=409
            )
        hand, _ = await self._hand(request, reason)
        if await keeping.end_lines(hand, desk, view.endable) is Kept.MOVED:
            return await self._show_removal(request, reader.sheet, trouble=MOVED, status=409)
        return await self._sync(hand, desk.customer, f"{records.path}/history")

    async def remove(self, request: Request) -> Response:
        """Look after it no longer."""
        reader = SheetReader(make_sheet(await read_form(request)))
        reason = reader.text("reason", NO_REASON, LONGEST_REASON)
        if reader.troubles:
            return await self._show_removal(request, reader.ended(), status=422)
        records, desk = await self._read_desk(request)
        view = make_removal(records, desk, (await self._context.outside()).local_day())
        if reader.sheet.one("shown") != view.shown:
            return await self._show_removal(request, reader.sheet, trouble=CHANGED_ADDITIONS, status=409)
        hand, customer = await self._hand(request, reason)
        if await keeping.remove(hand, customer) is Kept.MOVED:
            return await self._show_removal(request, reader.sheet, trouble=MOVED, status=409)
        self._site.shelf.forget()
        return RedirectResponse("/customers?told=removed", status_code=303)

    async def _show(
        self, request: Request, sheet: Sheet | None = None, *, trouble: str = "", status: int = 200
    ) -> Response:
        records = await self._customer.read_records(request)
        administration = await open_administration(self._context)
        customer = records.overview.customer
        billed_at = find_place(customer, await administration.connections.list_psa())
        _, choices = await self._site.load(lambda outside: list_accounts(outside, administration, customer))
        read_through = next((each for each in choices if each.is_now), None)
        page = self._customer.render(
            request,
            records,
            TAB,
            "customer/settings.html",
            billed_at=billed_at,
            customer=customer,
            read_through=read_through,
            live=make_live(records),
            lacks=list_lacks(records, is_connected=billed_at is not None, is_reached=read_through is not None),
            prorations=list_choices(billed_at),
            sheet=fill(customer, sheet or Sheet()),
            trouble=trouble,
            answer=TOLD.get(request.query_params.get("told", ""), ""),
        )
        page.status_code = status
        return page

    async def _show_removal(
        self, request: Request, sheet: Sheet | None = None, *, trouble: str = "", status: int = 200
    ) -> Response:
        records, desk = await self._read_desk(request)
        outside = await self._context.outside()
        page = self._site.page(
            request,
            "customer/remove.html",
            name=records.name,
            path=records.path,
            view=make_removal(records, desk, outside.local_day()),
            sheet=sheet or Sheet(),
            trouble=trouble,
        )
        page.status_code = status
        return page

    async def _read_desk(self, request: Request) -> tuple[CustomerRecords, Desk]:
        records = await self._customer.read_records(request)
        customer_id = records.overview.customer.id
        _, desk = await self._site.load(lambda outside: outside.books.read_desk(customer_id))
        if desk is None:
            raise HTTPException(404)
        return records, desk

    async def _hand(self, request: Request, reason: str = "") -> tuple[Hand, Customer]:
        """Who decides, and the customer as it is this moment."""
        outside = await self._context.outside()
        customer = await outside.books.read_customer(request.path_params["customer_id"])
        if customer is None:
            raise HTTPException(404)
        actor = make_actor(request.state.principal, self._site.now(), reason)
        return Hand(outside, await open_administration(self._context), request, actor), customer

    async def _told(self, request: Request, kept: Kept, word: str) -> Response:
        if kept is Kept.MOVED:
            return await self._show(request, trouble=MOVED, status=409)
        self._site.shelf.forget()
        path = f"/customers/{quote(request.path_params['customer_id'], safe='')}"
        return RedirectResponse(f"{path}{TAB}?told={word}", status_code=303)


def fill(customer: Customer, typed: Sheet) -> Sheet:
    """The tab's fields as they stand, those that were typed as they were, with what is wrong with them."""
    chosen = next(name for name, prorates in CHOICES.items() if prorates is customer.prorates)
    values = {"name": (clean(customer.name),), "prorates": (chosen,)}
    return Sheet({**values, **typed.values}, typed.troubles)
