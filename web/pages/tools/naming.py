"""Billing profiles from Microsoft's names: one for each licence that somebody has and no profile is called like."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notify.licence_names import name_licence
from notify.wording import write_money
from plans.catalogue import Product
from profiles.billing import BillableOption, BillingProfile
from profiles.free import is_free
from web.actions.asking import make_actor
from web.actions.noting import note_change
from web.forms import read_form
from web.pages.profile_form import LONGEST_NAME, Offer, make_profile_id, name_product
from web.pages.profiles import read_offer
from web.pages.site import open_administration
from web.pages.tools.ground import Ground, make_tabs
from web.pages.tools.supply import Supply
from web.sheet import Sheet, make_sheet
from web.wording import clean, write_number_of

PATH = "/tools/profiles"
NO_TICK = "Tick the licences that should have a billing profile."


@dataclass(frozen=True, slots=True)
class NamedRow:
    """A licence that no profile is called like. `product_id` is the only product that is called so, or has Microsoft's
    number; empty where a person has to choose one. `profile` is what its billing profile is called: Microsoft's name,
    and the PSA's behind it where another PSA's profile has that name."""

    sku_id: str
    name: str
    part_number: str
    tenants: str
    product_id: str
    product: str
    price: str
    profile: str


class NamingPage:
    """GET and POST /tools/profiles."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._site = ground.site

    async def show(self, request: Request) -> Response:
        """The licences, each with the product that it would bill."""
        return await self._page(request, Sheet({"connection": (clean(request.query_params.get("connection", "")),)}))

    async def make(self, request: Request) -> Response:
        """A profile for each that is ticked: billable, at the PSA's price, on the chosen types of agreement."""
        sheet = make_sheet(await read_form(request))
        administration = await open_administration(self._ground.context)
        connection_id = sheet.one("connection")
        offer, trouble = await read_offer(self._site.choices, administration, connection_id)
        if offer is None:
            return await self._page(request, Sheet(sheet.values, {"connection": trouble}), 422)
        _, supply = await self._ground.read_supply()
        called = {each.id: clean(each.name) for each in await administration.connections.list_psa()}
        listed = list_named(supply, offer, self._site.currency, called.get(connection_id, ""))
        rows = {row.sku_id: row for row in listed if row.product_id}
        chosen = [rows[sku_id] for sku_id in dict.fromkeys(sheet.all("sku")) if sku_id in rows]
        if not chosen:
            return await self._page(request, Sheet(sheet.values, {"sku": NO_TICK}), 422)
        types = tuple(each for each in sheet.all("types") if each in offer.types)
        actor = make_actor(request.state.principal, self._site.now(), "")
        count = 0
        for row in chosen:
            made = make_profile(row, connection_id, types, offer.products[row.product_id])
            if await administration.configuration.save_profile(made, None):
                sentence = f"{actor.name} made the billing profile {made.name} from Microsoft's name."
                await note_change(administration.audit, request, actor, f"profile/{made.id}", sentence, after=made)
                count += 1
        left = len(sheet.all("sku")) - count
        return RedirectResponse(f"{PATH}?connection={connection_id}&made={count}&left={left}", status_code=303)

    async def _page(self, request: Request, sheet: Sheet, status: int = 200) -> Response:
        _, supply = await self._ground.read_supply()
        administration = await open_administration(self._ground.context)
        connections = await administration.connections.list_psa()
        known = {each.id: clean(each.name) for each in connections}
        chosen = sheet.one("connection") if sheet.one("connection") in known else next(iter(known), "")
        offer, trouble = await read_offer(self._site.choices, administration, chosen)
        page = self._site.page(
            request,
            "tools/profiles.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            connections=tuple(known.items()),
            connection=chosen,
            rows=[] if offer is None else list_named(supply, offer, self._site.currency, known.get(chosen, "")),
            types=() if offer is None else tuple((each.id, clean(each.name)) for each in offer.types.values()),
            sheet=sheet,
            has_licences=bool(supply.holdings),
            trouble=trouble or sheet.trouble("sku"),
            told=read_made(request.query_params),
        )
        page.status_code = status
        return page


def list_named(supply: Supply, offer: Offer, currency: str, psa: str) -> list[NamedRow]:
    """The licences that no profile of this PSA is called like, those that most tenants have first. What
    Microsoft gives away needs none. Names are unique among all PSAs, so a second one's have its own behind them."""
    own = {name_of(each) for each in supply.profiles.values() if each.connection_id == offer.connection_id}
    taken = {name_of(each) for each in supply.profiles.values()}
    counts = Counter(sku_id for held in supply.holdings.values() for sku_id in {each.sku_id.lower() for each in held})
    rows = []
    for sku_id, part in supply.part_numbers().items():
        name = name_licence(part)
        longer = f"{name[: LONGEST_NAME - len(psa) - 3]} ({psa})"
        profile = longer if name.casefold() in taken else name[:LONGEST_NAME]
        if name.casefold() in own or profile.casefold() in taken or is_free(part):
            continue
        product = find_product(offer.products.values(), sku_id, part, name)
        price = "" if product is None or product.price is None else write_money(product.price, currency)
        rows.append(
            NamedRow(
                sku_id, name, clean(part), write_number_of(counts[sku_id], "tenant"),
                "" if product is None else product.id, "" if product is None else name_product(product), price, profile,
            )
        )  # fmt: skip
    return sorted(rows, key=lambda row: (not row.product_id, -counts[row.sku_id], row.name.casefold()))


def name_of(profile: BillingProfile) -> str:
    """A profile's name as names are compared."""
    return clean(profile.name).casefold()


def find_product(products: Iterable[Product], sku_id: str, part_number: str, name: str) -> Product | None:
    """The only product that is called like the licence, or has Microsoft's id or part number; None for none or more."""
    wanted = {sku_id.casefold(), part_number.casefold(), name.casefold()} - {""}
    found = [
        each
        for each in products
        if wanted & {text.strip().casefold() for text in (each.description, each.vendor_sku, each.part_number)}
    ]
    return found[0] if len(found) == 1 else None


def make_profile(row: NamedRow, connection_id: str, types: tuple[str, ...], product: Product) -> BillingProfile:
    """A profile that begins as an empty form does, with Microsoft's name."""
    return BillingProfile(
        id=make_profile_id(row.profile, secrets.token_hex(3)),
        name=row.profile,
        connection_id=connection_id,
        product_id=product.id,
        billable_option=BillableOption.BILLABLE,
        agreement_type_ids=types,
        product_name=name_product(product),
    )


def read_made(query: Mapping[str, str]) -> str:
    """How many were made, where the address says so."""
    made, left = query.get("made", ""), query.get("left", "0")
    if not (made.isascii() and made.isdigit() and left.isascii() and left.isdigit()):
        return ""
    said = f"{write_number_of(int(made), 'billing profile')} made."
    return said if int(left) == 0 else f"{said} {left} left out: a profile of that name, or no such product, by now."
