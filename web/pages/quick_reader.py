"""What the licences tab needs of the PSA, for whoever may map: read only where some row is unmapped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from plans.ports import Outside
from profiles.billing import Customer
from profiles.quantity import is_same_id
from web.pages.approvals import may_operate
from web.pages.licence_row import LicenceRow
from web.pages.listing import Ask
from web.pages.mapping_doubts import doubt_profile
from web.pages.mapping_view import write_when
from web.pages.quick_map import QuickMap, Told, Typed, make_quick_map, make_told
from web.pages.site import Site
from web.pages.view import PAGE_SIZE


async def read_quick_map(
    site: Site, customer: Customer, rows: Sequence[LicenceRow], typed: Typed | None, request: Request
) -> dict[str, Any]:
    """`quick`, the forms of the rows, `answer`, what was just done, and whether it is only observed.

    Who only looks gets no forms.
    """
    query = request.query_params
    quick = QuickMap()
    if may_operate(request) and any(row.is_unmapped for row in rows):
        _, quick = await site.load(lambda outside: offer_rows(outside, site, customer, rows, typed))
    answer: Told | None = None
    if typed is None and query.get("told") and query.get("sku"):
        outside, controls = await site.load(lambda outside: outside.profiles.read_controls())
        when = write_when(outside, customer, controls, site.now())
        answer = make_told(query["told"], query["sku"], rows, when)
        if answer is not None and query["told"] == "mapped":
            answer = replace(answer, doubts=await doubt_mapped(outside, site, customer, answer.sku_id))
    trouble = "" if typed is None else typed.sheet.trouble("row")
    return {"quick": quick, "answer": answer, "row_trouble": trouble, "is_observed": customer.is_observed}


async def doubt_mapped(outside: Outside, site: Site, customer: Customer, sku_id: str) -> tuple[str, ...]:
    """What looks wrong about how a licence is mapped now."""
    profiles, shelf = await outside.profiles.list_profiles(), await site.shelf.read(outside)
    own = shelf.overviews.get(customer.id)
    others = [
        mapping
        for overview in shelf.overviews.values()
        if overview.customer.id != customer.id
        for mapping in overview.mappings
    ]
    mapped = () if own is None else own.mappings
    current = [each for each in mapped if is_same_id(each.sku_id, sku_id) and not each.is_ended]
    found = (
        sentence
        for each in current
        if (profile := profiles.get(each.profile_id)) is not None
        for sentence in doubt_profile(sku_id, each.licence_name, profile, others)
    )
    return tuple(dict.fromkeys(found))


async def offer_rows(
    outside: Outside, site: Site, customer: Customer, rows: Sequence[LicenceRow], typed: Typed | None
) -> QuickMap:
    """The forms, with what the PSA and other customers' mappings say."""
    profiles = await outside.profiles.list_profiles()
    offer = await site.choices.read_offer(customer)
    shelf = await site.shelf.read(outside)
    return make_quick_map(customer, rows, profiles, offer, tuple(shelf.overviews.values()), typed)


def turn_to(sku_id: str, rows: Sequence[LicenceRow], ask: Ask) -> Ask:
    """The page of the list on which the licence stands that the address is about."""
    place = next((place for place, row in enumerate(rows) if is_same_id(row.sku_id, sku_id)), None) if sku_id else None
    return ask if place is None else replace(ask, page=place // PAGE_SIZE + 1)
