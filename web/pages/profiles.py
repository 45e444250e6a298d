"""Billing profiles: the list, and the form in which one is made, changed, copied and removed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.administration import Administration
from plans.catalogue import Product
from plans.connecting import PsaConnection
from plans.errors import Misconfigured, Retry
from plans.ports import CustomerOverview
from plans.repricing import is_billed_alike
from profiles.billing import BillingProfile
from web.actions.asking import make_actor
from web.actions.noting import digest_seen, note_change
from web.context import WebContext
from web.csv_files import make_csv
from web.forms import read_form
from web.pages import profile_form, profile_list
from web.pages.listing import read_ask
from web.pages.profile_effects import foresee, make_view
from web.pages.profile_form import Offer, find_products, make_offer, make_profile_id, name_product
from web.pages.psa_choices import ChoiceReader
from web.pages.set_up import SetUpReader
from web.pages.site import Site, open_administration
from web.security.permissions import Permission, is_allowed
from web.sheet import Sheet, make_sheet
from web.wording import clean, end_sentence, write_number_of

PATH = "/profiles"
MOST_PRODUCTS = 12
LONGEST_REASON = 300
# What the page that shows a change asks for: no field of the profile.
ANSWERED = frozenset({"shown", "reason", "edit"})
STILL_LISTING = (
    "The PSA has more products than could be read while this page waited. They are read on: look again in a minute."
)
CONNECTION_GONE = "This PSA connection was removed. Begin the profile again, with one that is there."
MOVED = "What this does has changed since it was shown, so nothing was saved. This is what it would do now."
CHANGED = "Somebody else changed this profile meanwhile. This is how you typed it; look at it again, then save."
TOLD = {
    "made": "The billing profile is made. Map licences to it on a customer's page.",
    "saved": "Saved. The next run plans with it.",
    "removed": "The billing profile is gone.",
    "used": "It is still used, so it stays.",
}


@dataclass(frozen=True, slots=True)
class Records:
    """What the pages are made of."""

    profiles: dict[str, BillingProfile]
    overviews: tuple[CustomerOverview, ...]

    def count_uses(self, profile_id: str) -> int:
        """How many mappings name a profile, ended ones included: their last period may not be invoiced yet."""
        return sum(mapping.profile_id == profile_id for each in self.overviews for mapping in each.mappings)


class ProfilesPage:
    """GET and POST /profiles, /profiles/new, /profiles/{profile_id} and what belongs to them."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._set_up = SetUpReader(site, context)

    async def show(self, request: Request) -> Response:
        """One screen of profiles."""
        records, ask = await self.read(), read_ask(request, PATH, [each.name for each in profile_list.SORTERS])
        rows = self._make_rows(records)
        connections = await (await open_administration(self._context)).connections.list_psa()
        return self._site.page(
            request,
            "profiles/page.html",
            listing=profile_list.make_listing(rows, ask),
            headline=profile_list.write_headline(rows),
            profile_count=len(rows),
            has_connection=bool(connections),
            told=TOLD.get(request.query_params.get("told", ""), ""),
            may_change=is_allowed(request.state.principal, Permission.OPERATE),
            next_step=await self._set_up.find_next(request) if rows else None,
        )

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        ask = read_ask(request, PATH, [each.name for each in profile_list.SORTERS])
        rows = profile_list.select(await self.read_rows(), ask)
        return make_csv("profiles.csv", profile_list.CSV_HEADER, map(profile_list.make_csv_row, rows))

    async def show_new(self, request: Request) -> Response:
        """An empty form, one that begins with a `name`, or a copy of another profile (`copy`)."""
        records = await self.read()
        copied = records.profiles.get(request.query_params.get("copy", ""))
        connections = await (await open_administration(self._context)).connections.list_psa()
        if copied is not None:
            sheet = profile_form.fill(replace(copied, name=f"{copied.name}, copy"))
        else:
            asked = request.query_params.get("connection", "")
            known = [each.id for each in connections]
            sheet = profile_form.begin(asked if asked in known else next(iter(known), ""))
            name = clean(request.query_params.get("name", "")[: profile_form.LONGEST_NAME])
            sheet = Sheet({**sheet.values, "name": (name,)}) if name else sheet
        return await self._form(request, None, sheet)

    async def show_one(self, request: Request) -> Response:
        """A profile as it stands."""
        profile = find_profile(await self.read(), request)
        return await self._form(request, profile, profile_form.fill(profile))

    async def make(self, request: Request) -> Response:
        """Keep a new profile."""
        return await self._save(request, None)

    async def change(self, request: Request) -> Response:
        """Keep a profile that was changed."""
        return await self._save(request, find_profile(await self.read(), request))

    async def remove(self, request: Request) -> Response:
        """Forget a profile that no mapping names."""
        records = await self.read()
        profile = find_profile(records, request)
        if records.count_uses(profile.id):
            return RedirectResponse(f"{PATH}?told=used", status_code=303)
        administration = await open_administration(self._context)
        if await administration.configuration.remove_profile(profile):
            await self._note(request, administration, profile, None)
        return RedirectResponse(f"{PATH}?told=removed", status_code=303)

    async def _save(self, request: Request, before: BillingProfile | None) -> Response:
        sheet = make_sheet(await read_form(request))
        if sheet.one("again"):
            self._site.choices.forget()
        if sheet.one("find") or sheet.one("edit") or sheet.one("again"):
            return await self._form(request, before, sheet)
        records, administration = await self.read(), await open_administration(self._context)
        connection_id = before.connection_id if before else sheet.one("connection")
        offer, trouble = await read_offer(self._site.choices, administration, connection_id)
        if offer is None:
            return await self._form(request, before, Sheet(sheet.values, {"product": trouble}), status=422)
        profile_id = before.id if before else make_profile_id(sheet.one("name"), secrets.token_hex(3))
        wanted = profile_form.read(sheet, profile_id, offer, tuple(records.profiles.values()))
        if isinstance(wanted, Sheet):
            return await self._form(request, before, wanted, status=422)
        if before is not None:
            if sheet.one("seen") != digest_seen(before):
                return await self._form(request, before, Sheet(sheet.values, {"name": CHANGED}), status=409)
            asked = await self._ask_first(request, records, before, wanted, sheet)
            if asked is not None:
                return asked
        if not await administration.configuration.save_profile(wanted, before):
            others = (await self.read()).profiles.values()
            trouble = profile_form.find_namesake(wanted.name, wanted.id, others) or CHANGED
            return await self._form(request, before, Sheet(sheet.values, {"name": trouble}), status=409)
        await self._note(request, administration, before, wanted, sheet.one("reason")[:LONGEST_REASON])
        told = {"told": "saved"} if before else {"told": "made", "id": wanted.id}
        return RedirectResponse(f"{PATH}?{urlencode(told)}", status_code=303)

    async def _ask_first(
        self, request: Request, records: Records, before: BillingProfile, wanted: BillingProfile, sheet: Sheet
    ) -> Response | None:
        """What saving does to what is billed, until whoever saves has seen exactly that; None where he has."""
        if is_billed_alike(before, wanted):
            return None
        prices = await self._site.choices.read_prices(before.connection_id)
        _, foreseen = await self._site.load(lambda outside: foresee(outside, records.overviews, before, wanted, prices))
        shown, confirmed = digest_seen(foreseen.spelled), sheet.one("shown")
        lacks_reason = bool(foreseen.unusual) and not sheet.one("reason")
        if foreseen.is_nothing or (confirmed == shown and not lacks_reason):
            return None
        is_moved = confirmed not in ("", shown)
        kept = [(name, value) for name, values in sheet.values.items() if name not in ANSWERED for value in values]
        page = self._site.page(
            request,
            "profiles/effects.html",
            profile=wanted,
            path=f"{PATH}/{quote(before.id, safe='')}",
            view=make_view(foreseen, name_products(before, wanted), self._site.currency),
            kept=kept,
            shown=shown,
            reason=sheet.one("reason"),
            lacks_reason=confirmed == shown,
            moved=MOVED if is_moved else "",
        )
        page.status_code = 409 if is_moved else 422 if confirmed else 200
        return page

    async def _note(
        self,
        request: Request,
        administration: Administration,
        before: BillingProfile | None,
        after: BillingProfile | None,
        reason: str = "",
    ) -> None:
        self._site.shelf.forget()
        actor = make_actor(request.state.principal, self._site.now(), "")
        named = after or before
        name, verb = ("", "") if named is None else (named.name, choose_verb(before, after))
        subject = f"profile/{'' if named is None else named.id}"
        sentence = end_sentence(f"{actor.name} {verb} the billing profile {name}{f': {reason}' if reason else ''}")
        await note_change(administration.audit, request, actor, subject, sentence, before=before, after=after)

    async def read(self) -> Records:
        """What the pages are made of."""
        _, profiles = await self._site.load(lambda outside: outside.profiles.list_profiles())
        _, shelf = await self._site.load(self._site.shelf.read)
        return Records(profiles, tuple(shelf.overviews.values()))

    async def read_rows(self) -> list[profile_list.ProfileRow]:
        """Every profile with what uses it."""
        return self._make_rows(await self.read())

    def _make_rows(self, records: Records) -> list[profile_list.ProfileRow]:
        today = self._site.now().astimezone(self._site.zone).date()
        return profile_list.make_rows(records.profiles.values(), records.overviews, today, self._site.currency)

    async def _form(
        self, request: Request, profile: BillingProfile | None, sheet: Sheet, *, status: int = 200
    ) -> Response:
        administration, records = await open_administration(self._context), await self.read()
        connections = await administration.connections.list_psa()
        connection_id = profile.connection_id if profile else sheet.one("connection")
        offer, unread = await read_offer(self._site.choices, administration, connection_id)
        if offer is not None and sheet.one("find"):
            sheet = profile_form.take_namesake(sheet, offer)
        standing = profile.agreement_type_ids if profile and offer else sheet.all("types")
        page = self._site.page(
            request,
            "profiles/form.html",
            profile=profile,
            seen="" if profile is None else digest_seen(profile),
            sheet=sheet,
            connections=[(each.id, clean(each.name)) for each in connections],
            connection_name=find_connection_name(connections, connection_id),
            unread=unread,
            is_orphaned=profile is not None and unread == CONNECTION_GONE,
            products=list_choices(offer, sheet, profile),
            product_count=None if offer is None else len(offer.products),
            types=profile_form.list_types(offer, standing),
            types_hint=write_types_hint(connections, connection_id),
            price_rows=profile_form.list_price_rows(sheet),
            prices=profile_form.PRICE_CHOICES,
            billables=profile_form.list_billables(offer),
            bases=profile_form.BASIS_CHOICES,
            uses=0 if profile is None else records.count_uses(profile.id),
            uses_words=write_number_of(0 if profile is None else records.count_uses(profile.id), "mapping"),
            may_change=is_allowed(request.state.principal, Permission.OPERATE),
            currency=self._site.currency,
        )
        page.status_code = status
        return page


async def read_offer(
    choices: ChoiceReader, administration: Administration, connection_id: str
) -> tuple[Offer | None, str]:
    """What the PSA offers, as all pages know it, or why it cannot be told."""
    if not connection_id:
        return None, "Connect a PSA first, under Settings, Connections."
    if all(each.id != connection_id for each in await administration.connections.list_psa()):
        return None, CONNECTION_GONE
    try:
        goods = await choices.read_goods(connection_id)
    except (Misconfigured, Retry) as error:
        said = end_sentence(str(error))
        return None, f"The PSA's products cannot be read. {said} Try again in a minute, or look under Connections."
    if goods is None:
        return None, STILL_LISTING
    return make_offer(connection_id, tuple(goods.products.values()), goods.types, goods.billable_options), ""


def find_profile(records: Records, request: Request) -> BillingProfile:
    """The profile that the address names. Raises HTTPException 404 where there is none."""
    found = records.profiles.get(request.path_params["profile_id"])
    if found is None:
        raise HTTPException(404)
    return found


def find_connection_name(connections: Sequence[PsaConnection], connection_id: str) -> str:
    """What the MSP calls the connection."""
    return next((clean(each.name) for each in connections if each.id == connection_id), "")


def write_types_hint(connections: Sequence[PsaConnection], connection_id: str) -> str:
    """What a type of agreement is in this PSA, where it has another name there."""
    kinds = {each.kind for each in connections if each.id == connection_id}
    return ("In Autotask: the contract's category. " if kinds == {"autotask"} else "") + "None ticked means any type."


def list_choices(offer: Offer | None, sheet: Sheet, profile: BillingProfile | None) -> list[tuple[str, str, str]]:
    """The products to choose from: id, name and what else tells them apart. While the PSA is silent, the one that
    was chosen."""
    chosen = sheet.one("product")
    if offer is not None:
        found = find_products(offer, sheet.one("search"), chosen, MOST_PRODUCTS)
        return [(each.id, name_product(each), describe(each)) for each in found]
    names = {} if profile is None else name_products(profile)
    return [(chosen, clean(names.get(chosen, "The product that was chosen")), "")] if chosen else []


def describe(product: Product) -> str:
    """What else tells products apart: the identifier and the price."""
    price = "" if product.price is None else f", {product.price:,.2f}"
    return f"{clean(product.identifier)}{price}"


def name_products(*profiles: BillingProfile) -> dict[str, str]:
    """What the profiles' products are called."""
    return {each.product_id: each.product_name or f"product {each.product_id}" for each in profiles}


def choose_verb(before: BillingProfile | None, after: BillingProfile | None) -> str:
    """What was done."""
    if before is None:
        return "made"
    return "removed" if after is None else "changed"
