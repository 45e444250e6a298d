"""Adding many customers at once: every tenant that is none yet, with the companies that it may be."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.account_records import ErrandKind
from plans.ports import Outside
from web.actions.adding import Hand, add_customers, exclude_tenant, offer_again
from web.actions.asking import make_actor
from web.actions.errands import ask_errand
from web.actions.offering import OfferedTenant, OfferReader, Offers
from web.context import WebContext
from web.forms import Form, read_form
from web.pages.accounts.desk import read_errand, write_progress_address
from web.pages.accounts.progress import ErrandView, make_progress
from web.pages.approval_answer import read_small_number
from web.pages.bulk_list import choose_links, digest_safe, make_view
from web.pages.customers import CustomersPage
from web.pages.listing import read_ask
from web.pages.site import Site, open_administration
from web.pages.standing import Standing
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import clean, write_number_of

PATH = "/customers/add/bulk"
FIELD = "company:"
LONGEST_REASON = 300
BUSY = "Somebody else is adding customers at this moment. Try again in a minute."
MOVED = "The list has changed since it was shown. Look at the safe matches below, and add them again."
NOTHING = "Nothing is chosen on this page. Choose a company for a tenant first."
NO_REASON = "Say why: it stands beside the tenant from now on."
TOLD = {
    "excluded": "Excluded. The tenant is offered no more, and nothing of it is billed.",
    "offered": "The tenant is offered again.",
    "asked": "The PSA was asked again, and Microsoft is being read.",
}


class BulkPage:
    """GET and POST /customers/add/bulk, and excluding from it."""

    def __init__(self, site: Site, context: WebContext, reader: OfferReader) -> None:
        self._site = site
        self._context = context
        self._reader = reader
        self._customers = CustomersPage(site)

    async def show(self, request: Request) -> Response:
        """The tenants, safe ones first."""
        return await self._page(request)

    async def add(self, request: Request) -> Response:
        """Add the safe ones, or what was chosen on the page."""
        form = await read_form(request)
        picked = read_picks(form)
        with_safe = form.one("do") == "safe"
        outside, offers = await self._load()
        if with_safe and form.one("shown") != digest_safe(offers.list_safe()):
            return await self._page(request, picked, trouble=MOVED, status=409)
        links = choose_links(offers, picked, with_safe=with_safe)
        if not links:
            return await self._page(request, picked, trouble=NOTHING, status=422)
        added = await add_customers(await self._hand(request, outside), offers, links)
        if added.is_busy:
            return await self._page(request, picked, trouble=BUSY, status=409)
        self._site.shelf.forget()
        given = {"done": len(added.customers), "refused": len(added.refused)}
        return RedirectResponse(f"{PATH}?{urlencode(given)}", status_code=303)

    async def refresh(self, request: Request) -> Response:
        """Have every account read, and ask the PSA for its companies with the next look."""
        administration = await open_administration(self._context)
        actor = make_actor(request.state.principal, self._site.now(), "")
        for account in await administration.connections.list_partner_accounts():
            await ask_errand(administration.account_records, account.id, ErrandKind.READ, actor)
        self._reader.forget()
        self._site.shelf.forget()
        return RedirectResponse(f"{PATH}?told=asked", status_code=303)

    async def ask_exclude(self, request: Request) -> Response:
        """Whether to exclude a tenant; the list of them where none is named."""
        if "tenant" not in request.query_params:
            return await self._page(request)
        _, offers = await self._load()
        tenant = find_free(offers, request.query_params.get("tenant", ""))
        return self._site.page(request, "customers/exclude.html", tenant=tenant, sheet=Sheet())

    async def exclude(self, request: Request) -> Response:
        """Exclude it."""
        reader = SheetReader(make_sheet(await read_form(request)))
        reason = reader.text("reason", NO_REASON, LONGEST_REASON)
        outside, offers = await self._load()
        tenant = find_free(offers, reader.sheet.one("tenant"))
        if reader.troubles:
            page = self._site.page(request, "customers/exclude.html", tenant=tenant, sheet=reader.ended())
            page.status_code = 422
            return page
        await exclude_tenant(await self._hand(request, outside, reason), tenant)
        self._site.shelf.forget()
        return RedirectResponse(f"{PATH}?told=excluded", status_code=303)

    async def offer_again(self, request: Request) -> Response:
        """Take an exclusion back."""
        form = await read_form(request)
        outside, offers = await self._load()
        tenant = offers.find_tenant(form.one("tenant"))
        if tenant is not None and tenant.excluded:
            await offer_again(await self._hand(request, outside), tenant)
            self._site.shelf.forget()
        return RedirectResponse(f"{PATH}?told=offered", status_code=303)

    async def _hand(self, request: Request, outside: Outside, reason: str = "") -> Hand:
        actor = make_actor(request.state.principal, self._site.now(), reason)
        return Hand(outside, await open_administration(self._context), request, actor)

    async def _load(self) -> tuple[Outside, Offers]:
        administration = await open_administration(self._context)
        return await self._site.load(lambda outside: self._reader.read(outside, administration))

    async def _find_reading(self) -> tuple[str, str, ErrandView] | None:
        """The first account that is being read now: its name, where its progress comes from, and how far it is."""
        administration = await open_administration(self._context)
        for account in await administration.connections.list_partner_accounts():
            errand = await read_errand(administration, account.id, ErrandKind.READ)
            progress = make_progress(account, errand, self._site.now())
            if progress is not None and progress.is_open:
                return clean(account.name), write_progress_address(account, ErrandKind.READ, stays=True), progress
        return None

    async def _page(
        self, request: Request, picked: dict[str, str] | None = None, *, trouble: str = "", status: int = 200
    ) -> Response:
        _, offers = await self._load()
        preferences = await (await open_administration(self._context)).configuration.read_preferences()
        ask = read_ask(request, PATH, extra=("all",))
        view = make_view(offers, ask, picked, is_observed=preferences.new_customers_observe)
        params = request.query_params
        reading_name, progress_address, progress = await self._find_reading() or ("", "", None)
        done, refused = read_small_number(params.get("done", "")), read_small_number(params.get("refused", ""))
        rows = (await self._customers.read()).rows if done else ()
        unread = sum(row.standing is Standing.NEW for row in rows)
        page = self._site.page(
            request,
            "customers/bulk.html",
            view=view,
            offers=offers,
            trouble=trouble,
            told=TOLD.get(params.get("told", ""), ""),
            reading_name=reading_name,
            progress=progress,
            progress_address=progress_address,
            done=done,
            done_words=write_number_of(done, "customer"),
            unread=write_number_of(unread, "customer is", "customers are") if unread else "",
            refused_words=write_number_of(refused, "tenant") if refused else "",
        )
        page.status_code = status
        return page


def read_picks(form: Form) -> dict[str, str]:
    """What was chosen on the page, by tenant; empty where somebody chose none."""
    return {name.removeprefix(FIELD): value for name, value in form.fields if name.startswith(FIELD)}


def find_free(offers: Offers, tenant_id: str) -> OfferedTenant:
    """The tenant that is to be excluded. Raises HTTPException 404 where it is none, or is a customer already."""
    tenant = offers.find_tenant(tenant_id)
    if tenant is None or tenant.added_as:
        raise HTTPException(404)
    return tenant
