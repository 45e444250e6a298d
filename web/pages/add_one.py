"""Adding one customer: a tenant that an account reaches, and the company of the PSA that it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.administration import Administration
from plans.matching import CompanyToMatch
from plans.ports import Outside
from web.actions.adding import Hand, add_customers
from web.actions.asking import make_actor
from web.actions.offering import OfferedTenant, OfferReader, Offers
from web.context import WebContext
from web.forms import Form, read_form
from web.pages.add_bulk import BUSY
from web.pages.bulk_list import describe_company, make_match, read_link, write_key, write_start
from web.pages.listing import find
from web.pages.site import Site, open_administration
from web.wording import clean, write_count, write_number_of

PATH = "/customers/add"
MOST_SHOWN = 8
LONGEST_SEARCH = 100
NO_TENANT = "Choose the customer's tenant."
SEARCH_FIRST = "Type a part of the company's name, and the PSA is asked for it."
NO_COMPANY = "Choose the company of the PSA that it is."


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. `note` says what speaks for it; `cannot` why it cannot be chosen, empty where it can."""

    value: str
    name: str
    beside: str
    note: str
    is_chosen: bool
    cannot: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is chosen and searched for."""

    tenant: str = ""
    company: str = ""
    tenant_search: str = ""
    company_search: str = ""
    connection: str = ""
    shows_all: bool = False


@dataclass(frozen=True, slots=True)
class AddView:
    """The page."""

    wish: Wish
    tenants: tuple[Choice, ...]
    tenant_count: str
    companies: tuple[Choice, ...]
    company_count: str
    connections: tuple[tuple[str, str], ...]
    start: str
    button: str
    is_ready: bool


class AddPage:
    """GET and POST /customers/add."""

    def __init__(self, site: Site, context: WebContext, reader: OfferReader) -> None:
        self._site = site
        self._context = context
        self._reader = reader

    async def show(self, request: Request) -> Response:
        """The two things to choose."""
        return await self._page(request, read_wish(dict(request.query_params)))

    async def add(self, request: Request) -> Response:
        """Add what is chosen."""
        form: Form = await read_form(request)
        wish = read_wish(dict(form.fields))
        troubles = {name: word for name, word in (("tenant", NO_TENANT), ("company", NO_COMPANY)) if not form.one(name)}
        link = read_link(wish.tenant, wish.company)
        if troubles or link is None:
            return await self._page(request, wish, troubles or {"company": NO_COMPANY}, status=422)
        administration = await open_administration(self._context)
        outside, offers = await self._read(administration, wish)
        actor = make_actor(request.state.principal, self._site.now(), "")
        added = await add_customers(Hand(outside, administration, request, actor), offers, [link])
        if not added.customers:
            sentence = BUSY if added.is_busy else added.refused[0].sentence
            return await self._page(request, wish, {"company": sentence}, status=409)
        self._site.shelf.forget()
        customer_id = quote(added.customers[0].id, safe="")
        return RedirectResponse(f"/customers/{customer_id}?told=added", status_code=303)

    async def _read(self, administration: Administration, wish: Wish) -> tuple[Outside, Offers]:
        search = wish.company_search
        return await self._site.load(lambda outside: self._reader.read(outside, administration, search))

    async def _page(
        self, request: Request, wish: Wish, troubles: Mapping[str, str] | None = None, *, status: int = 200
    ) -> Response:
        administration = await open_administration(self._context)
        _, offers = await self._read(administration, wish)
        preferences = await administration.configuration.read_preferences()
        view = make_view(offers, wish, is_observed=preferences.new_customers_observe)
        page = self._site.page(request, "customers/add.html", view=view, offers=offers, troubles=troubles or {})
        page.status_code = status
        return page


def read_wish(given: Mapping[str, str]) -> Wish:
    """What an address or a form says."""

    def text(name: str) -> str:
        return clean(given.get(name, "")[:LONGEST_SEARCH])

    return Wish(
        text("tenant").lower(), text("company"), text("tq"), text("cq"), text("connection"), bool(given.get("all"))
    )


def make_view(offers: Offers, wish: Wish, *, is_observed: bool) -> AddView:
    """What can be chosen, with what is chosen always among it."""
    offered = [each for each in offers.tenants if each.is_free or wish.shows_all]
    tenants = find(offered, wish.tenant_search, lambda each: each.found_by)
    tenant = offers.find_tenant(wish.tenant)
    shown = put_first(tenant, tenants)
    companies = list(choose_companies(offers, wish, tenant))
    chosen = offers.companies.get(read_key(wish.company))
    total = len(search_companies(offers, wish))
    is_ready = tenant is not None and tenant.is_free and chosen is not None
    mode = "observed" if is_observed else "live"
    name = chosen.name if is_ready and chosen is not None else "this customer"
    return AddView(
        wish=wish,
        tenants=tuple(make_tenant(offers, each, wish) for each in shown),
        tenant_count=write_shown(len(shown), len(tenants), "tenant"),
        companies=tuple(companies),
        company_count=write_shown(len(companies), total, "company", "companies")
        if wish.company_search or not (offers.slow or (tenant is not None and offers.suggest(tenant)))
        else write_beginning(offers),
        connections=tuple((each.id, clean(each.name)) for each in offers.connections),
        start=write_start(is_observed=is_observed),
        button=f"Add {name}, {mode}",
        is_ready=is_ready,
    )


def write_beginning(offers: Offers) -> str:
    """What stands below the companies while nobody has searched."""
    return SEARCH_FIRST if offers.slow else "Suggested for this tenant; search for any other."


def put_first(tenant: OfferedTenant | None, found: Sequence[OfferedTenant]) -> list[OfferedTenant]:
    """The first few, what is chosen before the others."""
    others = [each for each in found if tenant is None or each.tenant_id != tenant.tenant_id]
    return [*([] if tenant is None else [tenant]), *others][:MOST_SHOWN]


def make_tenant(offers: Offers, tenant: OfferedTenant, wish: Wish) -> Choice:
    """One tenant to choose."""
    cannot = f"it is {tenant.added_as} already" if tenant.added_as else ""
    cannot = cannot or (f"excluded: {tenant.excluded}" if tenant.excluded else "")
    beside = " · ".join(
        each for each in (tenant.domain, tenant.account_name if offers.account_count > 1 else "") if each
    )
    is_chosen = tenant.tenant_id == wish.tenant
    return Choice(tenant.tenant_id, tenant.name, beside, tenant.why_unread, is_chosen, cannot)


def choose_companies(offers: Offers, wish: Wish, tenant: OfferedTenant | None) -> Iterator[Choice]:
    """What is chosen, then what is suggested for the tenant or, where somebody searches, what was found."""
    taken = offers.taken_companies
    chosen = offers.companies.get(read_key(wish.company))
    suggestions = () if tenant is None or not tenant.is_free else offers.suggest(tenant)
    reasons = {each.company.key: make_match(offers, each, wish.company) for each in suggestions}
    found = search_companies(offers, wish)
    wanted = found if wish.company_search or not suggestions else [each.company for each in suggestions]
    listed = [*([] if chosen is None else [chosen]), *(each for each in wanted if each != chosen)][:MOST_SHOWN]
    for company in listed:
        match = reasons.get(company.key)
        note = "" if match is None else f"{match.score} of 100: {match.why}"
        cannot = f"it is {clean(taken[company.key])} already" if company.key in taken else ""
        value = write_key(company.key)
        yield Choice(value, company.name, describe_company(offers, company), note, value == wish.company, cannot)


def search_companies(offers: Offers, wish: Wish) -> list[CompanyToMatch]:
    """The companies that hold every word of the search, those that are linked already left out unless asked for."""
    taken = offers.taken_companies
    offered = [
        each
        for each in offers.companies.values()
        if (wish.shows_all or each.key not in taken) and (not wish.connection or each.connection_id == wish.connection)
    ]
    named = find(offered, wish.company_search, lambda each: f"{each.name} {each.identifier} {each.domain}".casefold())
    return sorted(named, key=lambda each: (each.name.casefold(), each.key))


def read_key(value: str) -> tuple[str, str]:
    """The company that a form names."""
    connection_id, _, company_id = value.partition("/")
    return connection_id, company_id


def write_shown(shown: int, total: int, noun: str, plural: str | None = None) -> str:
    """8 of 213 tenants; search for the others."""
    if shown >= total:
        return write_number_of(shown, noun, plural)
    return f"{write_count(shown)} of {write_number_of(total, noun, plural)}; search for the others"
