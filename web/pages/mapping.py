"""One licence of one customer, mapped in full: every option, what saving it would do, and one commit."""

from __future__ import annotations

import logging
from dataclasses import replace
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.editing import MappingChange
from plans.errors import Misconfigured, Retry
from plans.mapping_changes import Wish, make_changes
from plans.ports import Outside
from profiles.free import is_free
from profiles.readings import Reading, Unknown, UnknownReason
from sync.previewing import Preview, preview_mappings
from web.actions.asking import make_actor
from web.actions.mapping import save_changes
from web.context import WebContext
from web.forms import read_form
from web.pages.approvals import may_operate
from web.pages.licence_seats import count_purchased, find_holding, write_subscriptions
from web.pages.mapping_doubts import doubt_preview
from web.pages.mapping_form import (
    fill_sheet,
    find_preview_troubles,
    forgive_missing,
    pick_place,
    read_wish,
)
from web.pages.mapping_money import lacks_plan
from web.pages.mapping_records import (
    LicenceRecords,
    find_namesake,
    find_usual_profile,
    list_profiles_of,
    read_desk,
    read_licence,
)
from web.pages.mapping_split import list_blocks, list_choices, name_block, warn_termless
from web.pages.mapping_view import PreviewView, make_preview
from web.pages.names import write_licence_address
from web.pages.price_doubts import doubt_lines
from web.pages.quick_map import NO_AGREEMENT
from web.pages.site import Site, open_administration
from web.sheet import Sheet, make_sheet
from web.wording import clean, join, write_count, write_number_of

LOGGER = logging.getLogger(__name__)

MOVED = (
    "Somebody else changed this mapping while you were typing, so nothing was saved. What you typed is kept below; "
    "what it would do now stands beside it. Save again if you still mean it."
)
PUT_RIGHT = "Put right what is marked first."
UNPLANNED = Unknown(
    UnknownReason.INCOMPLETE,
    "This mapping cannot be planned, so it cannot be saved. Look at its days and numbers and change what is unusual.",
)
CHOOSE_FIRST = "Choose a billing profile and an agreement: what saving them does stands here."


class MappingPage:
    """GET and POST /customers/{customer_id}/licences/{sku_id}/map, and the preview beside the form."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """The form as it is mapped, or as a new mapping begins."""
        outside, records = await self.load(request)
        picked = pick_place(records, fill_sheet(records), request.query_params)
        return self._page(request, outside, records, picked)

    async def preview(self, request: Request) -> Response:
        """What saving the form would do, and what does not fit: a piece of the page."""
        sheet = make_sheet(await read_form(request))
        outside, records = await self.load(request, sheet)
        sheet, view = await self._look(outside, records, sheet)
        blocks = list_blocks(records)
        return self._site.page(
            request, "mapping/preview.html", preview=view, sheet=forgive_missing(sheet), blocks=blocks
        )

    async def save(self, request: Request) -> Response:
        """Keep it, or show it again: with a preview where one was asked for, or with what does not fit."""
        form = await read_form(request)
        sheet = make_sheet(form)
        outside, records = await self.load(request, sheet)
        if form.one("preview"):
            sheet, view = await self._look(outside, records, sheet)
            return self._page(request, outside, records, sheet, preview=view)
        wish = read_wish(sheet, records)
        if isinstance(wish, Sheet):
            return self._page(request, outside, records, wish, status=422)
        if form.one("seen") != records.mapped.digest:
            return await self._show_moved(request, outside, records, sheet)
        changes = make_changes(records.mapped, wish, records.today)
        reading = await self._preview(outside, records, changes)
        troubles = {} if isinstance(reading, Unknown) else find_preview_troubles(reading.value)
        if reading is UNPLANNED or troubles:
            view = make_preview(records, reading, outside, self._site.now())
            told = UNPLANNED.detail if reading is UNPLANNED else ""
            troubled = Sheet(sheet.values, troubles)
            return self._page(request, outside, records, troubled, preview=view, moved=told, status=422)
        actor = make_actor(request.state.principal, self._site.now(), "")
        administration = await open_administration(self._context)
        if changes and not await save_changes(administration, request, actor, records.desk, changes, records.names):
            outside, records = await self.load(request, sheet)
            return await self._show_moved(request, outside, records, sheet)
        self._site.shelf.forget()
        return go_back(records, "mapped" if changes else "same")

    async def load(self, request: Request, sheet: Sheet | None = None) -> tuple[Outside, LicenceRecords]:
        """What the pages about this licence rest on. Agreements that a form names are looked for afresh."""
        named = {name: value for name, (value, *_) in (sheet.values if sheet else {}).items() if value}
        wanted = frozenset(value for name, value in named.items() if name.startswith("agreement"))
        return await self._site.load(lambda outside: read_records(outside, request, self._site, self._context, wanted))

    async def _look(self, outside: Outside, records: LicenceRecords, sheet: Sheet) -> tuple[Sheet, PreviewView]:
        """The form with what does not fit, and the preview of it."""
        wish = read_wish(sheet, records)
        if isinstance(wish, Sheet):
            return wish, PreviewView(problem=PUT_RIGHT if forgive_missing(wish).troubles else CHOOSE_FIRST)
        changes = make_changes(records.mapped, wish, records.today)
        reading = await self._preview(outside, records, changes, wish)
        view = make_preview(records, reading, outside, self._site.now())
        if isinstance(reading, Unknown):
            return Sheet(sheet.values, {}), view
        products = await self._site.choices.read_products(records.customer.connection_id)
        prices = await self._site.choices.read_prices(records.customer.connection_id)
        slips = doubt_lines(reading.value, records.all_profiles, prices, outside.currency)
        doubts = (*slips, *doubt_preview(records, reading.value, products))
        view = replace(view, doubts=doubts, changes_nothing=not changes and not lacks_plan(reading.value))
        return Sheet(sheet.values, find_preview_troubles(reading.value)), view

    async def _preview(
        self,
        outside: Outside,
        records: LicenceRecords,
        changes: tuple[MappingChange, ...],
        wish: Wish | None = None,
    ) -> Reading[Preview]:
        """What the night would do; where nothing changed, what it does with the lines as they are.

        Unknown where something does not answer; UNPLANNED where planning itself fails, as it would every night.
        """
        standing = tuple((each, each) for each in records.mapped.current if each.agreement_id)
        return await try_preview(self._site, outside, records, changes or standing)

    async def _show_moved(self, request: Request, outside: Outside, records: LicenceRecords, sheet: Sheet) -> Response:
        """What was typed, beside what it would do to the mapping as it is now."""
        sheet, view = await self._look(outside, records, sheet)
        return self._page(request, outside, records, sheet, preview=view, moved=MOVED, status=409)

    def _page(
        self,
        request: Request,
        outside: Outside,
        records: LicenceRecords,
        sheet: Sheet,
        *,
        preview: PreviewView | None = None,
        moved: str = "",
        status: int = 200,
    ) -> Response:
        customer, current = records.customer, records.mapped.current
        page = self._site.page(
            request,
            "mapping/page.html",
            customer=clean(customer.name),
            customer_address=f"/customers/{quote(customer.id, safe='')}",
            licence=records.name,
            part_number="" if records.licence is None else clean(records.licence.part_number),
            facts=write_facts(records),
            notices=list(list_notices(records)),
            path=write_licence_address(customer.id, records.sku_id),
            stop_path=write_licence_address(customer.id, records.sku_id, ""),
            is_new=not any(mapping.agreement_id for mapping in current),
            is_billed=any(mapping.agreement_id and not mapping.is_excluded for mapping in current),
            is_excluded=any(mapping.is_excluded for mapping in current),
            sheet=sheet,
            blocks=list_blocks(records),
            block_names={each.part: name_block(records, each.part) for each in list_blocks(records)},
            split_choices=list_choices(records),
            profiles=records.profiles,
            profile_options=list_profile_options(records),
            agreements=list_agreements(records),
            offer_trouble=records.offer.sentence,
            seen=records.mapped.digest,
            moved=moved,
            preview=preview,
            begins_with="" if sheet.one("profile") and sheet.one("agreement") else CHOOSE_FIRST,
            may_map=may_operate(request),
        )
        page.status_code = status
        return page


async def try_preview(
    site: Site, outside: Outside, records: LicenceRecords, changes: tuple[MappingChange, ...]
) -> Reading[Preview]:
    """What saving these changes would do. Unknown where something does not answer; UNPLANNED where planning fails."""
    prices = await site.choices.read_prices(records.customer.connection_id)
    try:
        return await preview_mappings(outside, records.desk, changes, prices)
    except (Retry, Misconfigured):
        LOGGER.warning("The preview of a mapping of customer %s cannot be read", records.customer.id, exc_info=True)
        return Unknown(UnknownReason.UNREACHABLE, "What this would do cannot be told now. Try again in a minute.")
    except Exception:
        LOGGER.exception("The preview of a mapping of customer %s failed", records.customer.id)
        return UNPLANNED


async def read_records(
    outside: Outside, request: Request, site: Site, context: WebContext, wanted: frozenset[str] = frozenset()
) -> LicenceRecords:
    """Everything about the licence that the address names. Raises HTTPException 404 where there is none."""
    desk = await read_desk(outside, request)
    mapped, licence, snapshot = await read_licence(outside, request, desk)
    all_profiles = await outside.profiles.list_profiles()
    profiles = list_profiles_of(desk.customer, all_profiles)
    shelf = await site.shelf.read(outside)
    others = [each for each in shelf.overviews.values() if each.customer.id != desk.customer.id]
    administration = await open_administration(context)
    return LicenceRecords(
        desk=desk,
        mapped=mapped,
        licence=licence,
        snapshot=snapshot,
        profiles=profiles,
        all_profiles=all_profiles,
        offer=await site.choices.read_offer(desk.customer, wanted=wanted),
        preferences=await administration.configuration.read_preferences(),
        controls=await outside.profiles.read_controls(),
        today=outside.local_day(),
        usual_profile_id=find_usual_profile(others, mapped.sku_id, profiles) or find_namesake(mapped.name, profiles),
        others=tuple(mapping for each in others for mapping in each.mappings),
        holding=find_holding(snapshot, mapped.sku_id),
    )


def write_facts(records: LicenceRecords) -> str:
    """12 purchased (10 annual · 2 monthly), 11 assigned."""
    if records.licence is None:
        return "The tenant does not have this licence now." if records.snapshot else "This tenant was never read."
    known = records.as_customer
    bought = count_purchased(known, records.licence)
    subscriptions = write_subscriptions(known, records.sku_id)
    of_these = f" ({subscriptions})" if subscriptions else ""
    assigned = f"{write_count(records.licence.assigned_seats)} assigned"
    given = " Microsoft gives this licence away." if is_free(records.licence.part_number) else ""
    return f"{write_number_of(bought, 'seat')} that can be assigned{of_these}, {assigned}.{given}"


def list_notices(records: LicenceRecords) -> list[str]:
    """What must be read before anything is changed."""
    notices = [f"Why it is mapped like this: {clean(each.why)}" for each in records.mapped.current if each.why]
    termless = warn_termless(records)
    notices += [termless] if termless else []
    if records.exclusion is not None:
        notices.append("It is excluded everywhere, or with its tenant: nothing of it is billed meanwhile.")
    excluded = [mapping for mapping in records.mapped.current if mapping.is_excluded]
    if excluded:
        reasons = list(
            dict.fromkeys(clean(mapping.exclusion_reason) for mapping in excluded if mapping.exclusion_reason)
        )
        because = f": {join(reasons)}" if reasons else ""
        notices.append(f"It is not billed here{because}. Saving this mapping bills it again.")
    if not records.profiles:
        notices.append("There is no billing profile for this customer's PSA yet. Make one first.")
    if records.offer.sentence:
        notices.append(records.offer.sentence)
    elif not records.offer.agreements:
        notices.append(NO_AGREEMENT)
    return notices


def list_profile_options(records: LicenceRecords) -> list[tuple[str, str, str]]:
    """What can be chosen: id, words, the agreement types it allows; what is mapped now stays in the list."""
    found = [
        (
            each.id,
            " · ".join(filter(None, (clean(each.name), clean(each.product_name)))),
            " ".join(each.agreement_type_ids),
        )
        for each in records.profiles
    ]
    offered = {each.id for each in records.profiles}
    gone = {mapping.profile_id for mapping in records.mapped.current if mapping.profile_id} - offered
    return found + [(each, "A billing profile that cannot be used any more", "") for each in sorted(gone)]


def list_agreements(records: LicenceRecords) -> list[tuple[str, str, str]]:
    """What can be chosen: id, words, type; what is mapped now stays in the list whatever became of it."""
    found = [
        (each.id, f"{clean(each.name)} (agreement {clean(each.id)}), {clean(each.type_name)}", each.type_id)
        for each in records.offer.agreements
    ]
    offered = {each.id for each in records.offer.agreements}
    gone = {mapping.agreement_id for mapping in records.mapped.current if mapping.agreement_id} - offered
    why = "cannot be checked now" if records.offer.sentence else "not active any more"
    return found + [(each, f"Agreement {clean(each)}, {why}", "") for each in sorted(gone)]


def go_back(records: LicenceRecords, what: str) -> Response:
    """To the customer's licences, which say what was done."""
    customer_id = quote(records.customer.id, safe="")
    query = urlencode({"told": what, "sku": records.sku_id})
    return RedirectResponse(f"/customers/{customer_id}?{query}", status_code=303)
