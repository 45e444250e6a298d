"""`/api/v1/profiles`: how kinds of licences are billed."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.api.answering import cut, refuse
from web.api.forms import Done, Nothing, act, show_page
from web.api.operations import LISTED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Operation
from web.api.profile_shapes import (
    ConnectionOffer,
    EffectItem,
    ProductItem,
    ProfileChange,
    ProfileEffects,
    ProfileItem,
    ProfileList,
    ProfileRecord,
    ProfileWish,
    TypeItem,
    list_prices,
    read_fields,
)
from web.api.shapes import Refused
from web.context import WebContext
from web.pages import profile_list
from web.pages.connections import find_connection
from web.pages.listing import read_ask
from web.pages.profile_form import fill, find_products, name_product
from web.pages.profiles import TOLD, ProfilesPage, find_profile, read_offer
from web.pages.site import Site, open_administration
from web.problems import answer_problem
from web.rendering import Undrawn
from web.wording import clean

PATH = f"{ROOT}/profiles"
ONE = f"{PATH}/{{profile_id}}"
MOST_PRODUCTS = 200


class ProfilesApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_profiles", "Billing profiles and what uses them, 50 a page",
            {200: (ProfileList, "One page")}, query=LISTED, pages=("/profiles", "/profiles.csv"),
        ),
        Operation(
            "POST", PATH, "make_profile", "Make a billing profile; what another one answers is a copy of it",
            {200: (Done, "It is made; `id` is its id"), 409: (Refused, "The name is taken"), **NOT_UNDERSTOOD},
            ProfileWish, pages=("/profiles/new",),
        ),
        Operation(
            "GET", ONE, "show_profile", "One billing profile, as it is changed or copied",
            {200: (ProfileRecord, "The profile"), **NOT_THERE},
            pages=("/profiles/{profile_id}", "/profiles/new"),
        ),
        Operation(
            "POST", ONE, "change_profile", "Put another version in its place, once what that does was shown",
            {
                200: (Done, "It is saved; the next run plans with it"),
                **NOT_THERE,
                409: (ProfileEffects, "Nothing was saved: it has changed, or what saving does was not shown yet"),
                **NOT_UNDERSTOOD,
            },
            ProfileChange, pages=("/profiles/{profile_id}",),
        ),
        Operation(
            "POST", f"{ONE}/remove", "remove_profile", "Forget a profile that no mapping names",
            {200: (Done, "It is gone"), **NOT_THERE, 409: (Refused, "It is still used, so it stays"), **NOT_UNDERSTOOD},
            Nothing, pages=("/profiles/{profile_id}/remove",),
        ),
        Operation(
            "GET", f"{ROOT}/connections/{{connection_id}}/offer", "show_offer",
            "Products and types of agreement that a profile can name",
            {200: (ConnectionOffer, "What the PSA offers"), **NOT_THERE, 409: (Refused, "The PSA does not tell now")},
            query=("q",), pages=("/profiles/new",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context
        self._page = ProfilesPage(site.undrawn(), context)

    async def list_profiles(self, request: Request) -> Response:
        """Filtered, ordered and paged like the page."""
        ask = read_ask(request, "", [each.name for each in profile_list.SORTERS])
        page = cut(ask, profile_list.select(await self._page.read_rows(), ask))
        rows = [ProfileItem(**asdict(each)) for each in page.rows]
        return JSONResponse(ProfileList(profiles=rows, page=page.number, total=page.total).write())

    async def make_profile(self, request: Request) -> Response:
        """Keep a new one."""
        return await act(request, ProfileWish, self._page.make, TOLD, more=list_prices)

    async def show_profile(self, request: Request) -> Response:
        """One as it stands."""
        profile = find_profile(await self._page.read(), request)
        shown = await show_page(request, self._page.show_one)
        if not isinstance(shown, Undrawn):
            return shown
        more = {"connection_id": profile.connection_id, "seen": shown.values["seen"], "uses": shown.values["uses"]}
        record = ProfileRecord.model_validate({"id": profile.id, **read_fields(fill(profile)), **more})
        return JSONResponse(record.write())

    async def change_profile(self, request: Request) -> Response:
        """Keep another version; what it does is answered first."""
        return await act(request, ProfileChange, self._page.change, TOLD, more=list_prices, shown=show_effects)

    async def remove_profile(self, request: Request) -> Response:
        """Forget it."""
        return await act(request, Nothing, self._page.remove, TOLD, refused={"used": 409})

    async def show_offer(self, request: Request) -> Response:
        """What the PSA offers."""
        administration = await open_administration(self._context)
        connection = await find_connection(administration, request.path_params["connection_id"])
        offer, unread = await read_offer(self._site.choices, administration, connection.id)
        if offer is None:
            return refuse(409, unread)
        found = find_products(offer, read_ask(request, "").search, "", MOST_PRODUCTS)
        products = [
            ProductItem(id=each.id, name=name_product(each), identifier=clean(each.identifier), price=each.price)
            for each in found
        ]
        types = [TypeItem(id=each.id, name=clean(each.name)) for each in offer.types.values()]
        answer = ConnectionOffer(products=products, product_count=len(offer.products), agreement_types=types)
        return JSONResponse(answer.write())


def show_effects(page: Undrawn, body: ProfileChange) -> Response:
    """What saving would do, and the word with which it is saved."""
    view = page.values["view"]
    rows = [
        EffectItem(
            customer=each.customer,
            licence=each.licence,
            agreement=each.agreement,
            addition_id=each.addition,
            seats=each.seats,
            before=each.before,
            after=each.after,
            day=each.day,
            monthly=each.monthly,
            then=list(each.then),
        )
        for each in view.rows
    ]
    return answer_problem(
        409,
        " ".join((page.values["moved"] or "Nothing was saved yet.", view.headline)),
        shown=page.values["shown"],
        unusual=list(view.unusual),
        notes=list(view.notes),
        effects=[each.write() for each in rows],
        more=view.more,
    )
