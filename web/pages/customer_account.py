"""Through which Microsoft account a tenant is read: what each would mean, what it reads now, and changing it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notify.licence_names import name_licence
from plans.administration import Administration
from plans.connecting import PartnerAccount
from plans.errors import Misconfigured, Retry
from plans.ports import Outside
from profiles.billing import Customer
from profiles.billing import Mapping as LicenceMapping
from profiles.holdings import Holding, list_holdings
from profiles.licences import Snapshot, Term
from profiles.partners import ActiveGdap
from profiles.quantity import find_floor
from profiles.readings import Known, Reading, Unknown, UnknownReason
from profiles.unmapped import Piece
from web.actions import keeping
from web.actions.adding import Hand
from web.actions.asking import make_actor
from web.actions.keeping import Kept
from web.actions.offering import explain_access
from web.context import WebContext
from web.forms import read_form
from web.pages.customer import CustomerPage
from web.pages.site import Site, open_administration
from web.wording import clean, end_sentence, open_sentence, write_difference, write_short_day

LONGEST_READ_SECONDS = 15
CHOOSE = "Choose one of the accounts."
MOVED = "Somebody chose another account a moment ago. It is shown as it is now; decide again."
TOO_SLOW = "Microsoft takes too long to answer. Try again in a minute."
NAMELESS = "An account without a name"
FROM_CONTRACT = "Purchased seats are counted in Partner Center, as the contract with Microsoft has them."
FROM_DIRECTORY = "Purchased seats are counted in the tenant's own directory."


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One account that may read the tenant. `what` says what reading through it would mean."""

    id: str
    name: str
    what: str
    is_now: bool


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One licence as it was read last, and as the other account reads it."""

    licence: str
    part_number: str
    before: int
    after: int
    is_mapped: bool

    @property
    def difference(self) -> str:
        """+2 or −2."""
        return write_difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class AccountView:
    """The page. `asked` is the account that was looked through; `unread` says why it reads nothing. `loses_terms`: it
    does not tell terms, and a mapping bills one. `loses_floor`: one bills at least what is committed to a term's end.
    """

    choices: tuple[AccountChoice, ...]
    seen: str
    asked: AccountChoice | None = None
    unread: str = ""
    rows: tuple[SeatRow, ...] = ()
    had_reading: bool = True
    loses_terms: bool = False
    loses_floor: bool = False


class CustomerAccountPage:
    """GET and POST /customers/{customer_id}/account."""

    def __init__(self, site: Site, context: WebContext, customer: CustomerPage) -> None:
        self._site = site
        self._context = context
        self._customer = customer

    async def show(self, request: Request) -> Response:
        """The accounts; and what one of them reads, where the address names it."""
        return await self._page(request, request.query_params.get("account", ""))

    async def choose(self, request: Request) -> Response:
        """Read the tenant through another account from the next run on."""
        form = await read_form(request)
        outside, administration = await self._context.outside(), await open_administration(self._context)
        customer = await outside.books.read_customer(request.path_params["customer_id"])
        if customer is None:
            raise HTTPException(404)
        choices = await list_choices(outside, administration, customer)
        chosen = next((each for each in choices if each.id == form.one("account")), None)
        if chosen is None:
            return await self._page(request, "", trouble=CHOOSE, status=422)
        if form.one("seen") != find_now(choices) and not chosen.is_now:
            return await self._page(request, chosen.id, trouble=MOVED, status=409)
        actor = make_actor(request.state.principal, self._site.now(), "")
        kept = await keeping.read_through(Hand(outside, administration, request, actor), customer, chosen)
        if kept is Kept.MOVED:
            return await self._page(request, chosen.id, trouble=MOVED, status=409)
        self._site.shelf.forget()
        return RedirectResponse(f"/customers/{quote(customer.id, safe='')}/settings?told=account", status_code=303)

    async def _page(self, request: Request, asked: str, *, trouble: str = "", status: int = 200) -> Response:
        records = await self._customer.read_records(request)
        administration = await open_administration(self._context)
        customer, before = records.overview.customer, records.snapshot
        outside, choices = await self._site.load(lambda outside: list_choices(outside, administration, customer))
        chosen = next((each for each in choices if each.id == asked), None)
        view = AccountView(choices, find_now(choices))
        if chosen is not None and not chosen.is_now:
            reading = await read_now(outside, customer, chosen)
            view = make_view(choices, chosen, reading, before, records.overview.mapped)
            lost = isinstance(reading, Known) and loses_floor(before, reading.value, records.overview.mappings)
            view = replace(view, loses_floor=lost)
        page = self._site.page(
            request, "customer/account.html", name=records.name, path=records.path, view=view, trouble=trouble
        )
        page.status_code = status
        return page


async def list_choices(
    outside: Outside, administration: Administration, customer: Customer
) -> tuple[AccountChoice, ...]:
    """Every partner account that has consent, this tenant's own consent, and what the customer is read through now."""
    partners = await administration.connections.list_partner_accounts()
    now = customer.partner_account_id or next(iter(outside.partners), "")
    found: list[AccountChoice] = []
    for account in partners:
        if account.consented_at is not None or account.id == now:
            what = await explain(outside, account, customer.tenant_id)
            found.append(AccountChoice(account.id, clean(account.name) or NAMELESS, what, account.id == now))
    for direct in await administration.connections.list_direct_tenants():
        if direct.tenant_id.lower() == customer.tenant_id.lower() and (direct.consented_at or direct.id == now):
            what = f"The tenant itself let the application in. {FROM_DIRECTORY}"
            name = f"{clean(direct.name) or NAMELESS}, directly"
            found.append(AccountChoice(direct.id, name, what, direct.id == now))
    return tuple(found)


async def explain(outside: Outside, account: PartnerAccount, tenant_id: str) -> str:
    """What reading the tenant through a partner account means, as far as its newest reading tells."""
    source = FROM_CONTRACT if account.model.reads_partner_center else FROM_DIRECTORY
    reading = await outside.archive.read_newest_partner(account.id)
    if reading is None:
        return f"Its tenants have not been listed yet. {source}"
    tenant = reading.find(tenant_id)
    if tenant is None:
        return f"It does not list this tenant, so it can hardly read it. {source}"
    refused = explain_access(tenant)
    if refused:
        return f"It lists this tenant and cannot read it: {refused}. {source}"
    if not isinstance(tenant.gdap, ActiveGdap):
        return f"It lists this tenant. {source}"
    until = write_short_day(tenant.gdap.until.date())
    return f"It lists this tenant, with delegated access until {until}. {source}"


def find_now(choices: Sequence[AccountChoice]) -> str:
    """The account through which it is read now; empty where that is none any more."""
    return next((each.id for each in choices if each.is_now), "")


async def read_now(outside: Outside, customer: Customer, choice: AccountChoice) -> Reading[Snapshot]:
    """The tenant, read through the account at this moment, and kept nowhere."""
    try:
        async with asyncio.timeout(LONGEST_READ_SECONDS):
            return await outside.licences.read_tenant(customer.tenant_id, choice.id)
    except TimeoutError:
        return Unknown(UnknownReason.UNREACHABLE, TOO_SLOW)
    except (Retry, Misconfigured) as error:
        return Unknown(UnknownReason.UNREACHABLE, str(error))


def make_view(
    choices: tuple[AccountChoice, ...],
    chosen: AccountChoice,
    reading: Reading[Snapshot],
    before: Snapshot | None,
    mapped: frozenset[Piece],
) -> AccountView:
    """What the account reads, beside what was read last."""
    match reading:
        case Unknown(detail=detail):
            return AccountView(choices, find_now(choices), chosen, end_sentence(open_sentence(clean(detail))))
        case Known(value=snapshot):
            rows = compare(index(before), index(snapshot), frozenset(sku_id.lower() for sku_id, _ in mapped))
            is_split = any(isinstance(part, Term) for _, part in mapped)
            return AccountView(
                choices,
                find_now(choices),
                chosen,
                rows=rows,
                had_reading=before is not None,
                loses_terms=is_split and snapshot.partner_subscriptions is None,
            )


def loses_floor(before: Snapshot | None, now: Snapshot, mappings: Iterable[LicenceMapping]) -> bool:
    """Whether a mapping bills at least seats that were committed to the end of a term, and terms are told no more."""
    if before is None or now.partner_subscriptions is not None:
        return False
    return any(find_floor(before, each) for each in mappings if not each.is_ended and not each.is_excluded)


def index(snapshot: Snapshot | None) -> Mapping[str, Holding]:
    """What the tenant holds, by licence."""
    return {} if snapshot is None else {each.sku_id.lower(): each for each in list_holdings(snapshot)}


def compare(before: Mapping[str, Holding], after: Mapping[str, Holding], mapped: frozenset[str]) -> tuple[SeatRow, ...]:
    """Purchased seats of every licence that one of the readings has: what is billed first, then what differs."""
    rows = []
    for key in {**before, **after}:
        holding = after.get(key) or before[key]
        rows.append(
            SeatRow(
                licence=name_licence(holding.part_number),
                part_number=clean(holding.part_number),
                before=before[key].purchased if key in before else 0,
                after=after[key].purchased if key in after else 0,
                is_mapped=key in mapped,
            )
        )
    return tuple(sorted(rows, key=lambda row: (not row.is_mapped, row.before == row.after, row.licence.casefold())))
