"""`/api/v1/customers/ID/licences/SKU`: how a licence is billed, or that it is not."""

from __future__ import annotations

from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from profiles.licences import Term
from profiles.parts import OneSubscription, Split
from web.api.decisions import make_steps
from web.api.forms import Done, Nothing, act, refuse_page, show_page
from web.api.licence_shapes import (
    AdoptionRecord,
    AdoptionRow,
    AdoptionTicks,
    AdoptionWish,
    ExcludeWish,
    MappingForm,
    MappingLine,
    MappingPreview,
    MappingWish,
    NamedThing,
    PreviewLine,
    PreviewText,
    QuickWish,
    Seen,
    StopPreview,
)
from web.api.operations import MOVED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Answers, Operation
from web.context import WebContext
from web.pages import adoptions, quick_map
from web.pages.adoptions import AdoptionPage
from web.pages.licence_actions import LicenceActions, Stopping
from web.pages.mapping import MappingPage
from web.pages.mapping_split import SPLITS, Block
from web.pages.mapping_view import PreviewRow, PreviewView
from web.pages.quick_map import Typed
from web.pages.site import Site
from web.rendering import Undrawn
from web.sheet import Sheet
from web.wording import end_sentence

LICENCE = "/customers/{customer_id}/licences/{sku_id}"
ADOPT = "/customers/{customer_id}/licences/{mapping_id}/adopt"
DONE: Answers = {200: (Done, "It is done"), **NOT_THERE, **MOVED, **NOT_UNDERSTOOD}
TOLD = {word: f"The licence {words}" for word, (words, _) in quick_map.TOLD.items()}
ASKED = {"asked": "It is kept. A run that writes by it was asked for, or else the next night does it."}


class LicencesApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", f"{ROOT}{LICENCE}/map", "show_mapping", "How a licence is billed, or how its mapping would begin",
            {200: (MappingForm, "The mapping and what can be chosen"), **NOT_THERE}, pages=(f"{LICENCE}/map",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/map", "map_licence", "Bill it like this: map, change, split or merge", DONE,
            MappingWish, pages=(f"{LICENCE}/map",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/map/preview", "preview_mapping", "What saving this would do; nothing is kept",
            {200: (MappingPreview, "What it would do"), **NOT_THERE, **NOT_UNDERSTOOD},
            MappingWish, pages=(f"{LICENCE}/map/preview",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/quick", "quick_map", "Map an unmapped licence as its profile begins", DONE,
            QuickWish, pages=(f"{LICENCE}/quick",),
        ),
        Operation(
            "GET", f"{ROOT}{LICENCE}/exclude", "show_exclude", "What not billing it here would do",
            {200: (StopPreview, "What it would do"), **NOT_THERE}, pages=(f"{LICENCE}/exclude",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/exclude", "exclude_licence", "Do not bill it here", DONE,
            ExcludeWish, pages=(f"{LICENCE}/exclude",),
        ),
        Operation(
            "GET", f"{ROOT}{LICENCE}/end", "show_end", "What ending its mapping would do",
            {200: (StopPreview, "What it would do"), **NOT_THERE}, pages=(f"{LICENCE}/end",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/end", "end_mapping", "End its mapping with the period", DONE,
            Seen, pages=(f"{LICENCE}/end",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/include", "include_licence", "Let an excluded licence be billed again", DONE,
            Nothing, pages=(f"{LICENCE}/include",),
        ),
        Operation(
            "POST", f"{ROOT}{LICENCE}/reopen", "reopen_mapping", "Take the end of its mapping back", DONE,
            Nothing, pages=(f"{LICENCE}/reopen",),
        ),
        Operation(
            "GET", f"{ROOT}{ADOPT}", "show_adoption", "Additions that a mapping could adopt, and what would come of it",
            {200: (AdoptionRecord, "As the page begins"), **NOT_THERE}, pages=(ADOPT,),
        ),
        Operation(
            "POST", f"{ROOT}{ADOPT}/look", "add_up_adoption", "What would come of these additions; nothing is kept",
            {200: (AdoptionRecord, "What it would do"), **NOT_THERE, **NOT_UNDERSTOOD}, AdoptionTicks, pages=(ADOPT,),
        ),
        Operation(
            "POST", f"{ROOT}{ADOPT}", "adopt", "Make these additions the mapping's own, or accept somebody's change",
            DONE, AdoptionWish, pages=(ADOPT,),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        undrawn = site.undrawn()
        self._mapping = MappingPage(undrawn, context)
        self._actions = LicenceActions(undrawn, context, refuse_row)
        self._adoption = AdoptionPage(undrawn, context)

    async def show_mapping(self, request: Request) -> Response:
        """The form as it comes."""
        shown = await show_page(request, self._mapping.show)
        return JSONResponse(make_form(shown).write()) if isinstance(shown, Undrawn) else shown

    async def map_licence(self, request: Request) -> Response:
        """Save the form."""
        return await act(request, MappingWish, self._mapping.save, TOLD)

    async def preview_mapping(self, request: Request) -> Response:
        """Look at it first."""
        return await act(request, MappingWish, self._mapping.preview, {}, shown=answer_preview)

    async def quick_map(self, request: Request) -> Response:
        """Map in the row."""
        return await act(request, QuickWish, self._actions.quick, TOLD)

    async def show_exclude(self, request: Request) -> Response:
        """Look at it first."""
        shown = await show_page(request, self._actions.show_exclude)
        return JSONResponse(make_stop(shown).write()) if isinstance(shown, Undrawn) else shown

    async def exclude_licence(self, request: Request) -> Response:
        """Do not bill it here."""
        return await act(request, ExcludeWish, self._actions.exclude, TOLD)

    async def show_end(self, request: Request) -> Response:
        """Look at it first."""
        shown = await show_page(request, self._actions.show_end)
        return JSONResponse(make_stop(shown).write()) if isinstance(shown, Undrawn) else shown

    async def end_mapping(self, request: Request) -> Response:
        """End it."""
        return await act(request, Seen, self._actions.end, TOLD)

    async def include_licence(self, request: Request) -> Response:
        """Bill it again."""
        return await act(request, Nothing, self._actions.include, TOLD)

    async def reopen_mapping(self, request: Request) -> Response:
        """Take its end back."""
        return await act(request, Nothing, self._actions.reopen, TOLD)

    async def show_adoption(self, request: Request) -> Response:
        """The page as it comes."""
        shown = await show_page(request, self._adoption.show)
        return answer_adoption(shown) if isinstance(shown, Undrawn) else shown

    async def add_up_adoption(self, request: Request) -> Response:
        """Add up what is ticked."""
        return await act(
            request, AdoptionTicks, self._adoption.adopt, {}, shown=answer_adoption, more=lambda _: [("look", "yes")]
        )

    async def adopt(self, request: Request) -> Response:
        """Keep it, and ask for a run."""
        return await act(request, AdoptionWish, self._adoption.adopt, ASKED)


async def refuse_row(request: Request, typed: Typed | None, status: int) -> Response:
    """What the row of the customer's page would say."""
    return Undrawn(status, {"sheet": Sheet() if typed is None else typed.sheet})


def make_form(page: Undrawn) -> MappingForm:
    """The form as it stands, and what can be chosen."""
    values, sheet = page.values, page.values["sheet"]
    blocks: tuple[Block, ...] = values["blocks"]
    split = SPLITS.get(sheet.one("split"), Split.WHOLE)
    return MappingForm(
        customer=values["customer"],
        licence=values["licence"],
        part_number=values["part_number"],
        facts=values["facts"],
        notices=values["notices"],
        is_new=values["is_new"],
        is_excluded=values["is_excluded"],
        terms=[each.part for each in blocks if isinstance(each.part, Term)],
        subscriptions=[
            NamedThing(id=each.part.subscription_id, name=values["block_names"][each.part])
            for each in blocks
            if isinstance(each.part, OneSubscription)
        ],
        profiles=[NamedThing(id=each[0], name=each[1]) for each in values["profile_options"]],
        agreements=[NamedThing(id=each[0], name=each[1]) for each in values["agreements"]],
        seen=values["seen"],
        split=split is not Split.WHOLE,
        lines=[make_line(sheet, each) for each in blocks if each.split is split],
        basis=sheet.one("basis"),
        starts_on=sheet.one("starts_on") or None,
        own_text=sheet.one("own_text"),
        prorates=bool(sheet.one("prorates")),
        gives_credits=bool(sheet.one("gives_credits")),
        disabled_users=bool(sheet.one("disabled_users")),
        guests=bool(sheet.one("guests")),
        committed_floor=bool(sheet.one("committed_floor")),
        user_names=bool(sheet.one("user_names")),
        unassigned_count=bool(sheet.one("unassigned_count")),
        renewal=bool(sheet.one("renewal")),
    )


def make_line(sheet: Sheet, block: Block) -> MappingLine:
    """One line of the form."""
    maximum = sheet.one(block.name("maximum"))
    return MappingLine(
        term=block.part if isinstance(block.part, Term) else None,
        subscription_id=block.part.subscription_id if isinstance(block.part, OneSubscription) else None,
        profile_id=sheet.one(block.name("profile")),
        agreement_id=sheet.one(block.name("agreement")),
        included=int(sheet.one(block.name("included")) or 0),
        minimum=int(sheet.one(block.name("minimum")) or 0),
        maximum=int(maximum) if maximum else None,
    )


def answer_preview(page: Undrawn, body: MappingWish) -> Response:
    """What saving would do, or what does not fit."""
    if page.values["sheet"].troubles:
        return refuse_page(Undrawn(422, page.values), body)
    return JSONResponse(make_preview(page.values["preview"]).write())


def make_preview(view: PreviewView) -> MappingPreview:
    """The preview in words."""
    return MappingPreview(
        problem=view.problem,
        lines=[make_preview_line(each) for each in view.rows],
        money=view.money,
        when=view.when,
        strangers=view.strangers,
        elsewhere=[end_sentence(f"{each.sentence} {each.words}") for each in view.elsewhere],
        doubts=list(view.doubts),
        invoice_texts=[PreviewText(licence=each.licence, text=each.text) for each in view.texts],
        later=[make_preview_line(each) for each in view.later],
    )


def make_preview_line(row: PreviewRow) -> PreviewLine:
    """One line of it."""
    return PreviewLine(
        licence=row.licence,
        sentence=row.sentence,
        word=row.word,
        why=row.why,
        writes=list(row.writes),
        money=row.money,
    )


def make_stop(page: Undrawn) -> StopPreview:
    """What stopping would do."""
    stopping: Stopping = page.values["stopping"]
    preview = page.values["preview"]
    return StopPreview(
        licence=page.values["licence"],
        what=stopping.what,
        can=page.values["can"],
        seen=page.values["seen"],
        preview=None if preview is None else make_preview(preview),
    )


def answer_adoption(page: Undrawn, body: AdoptionTicks | None = None) -> Response:
    """What adopting would do."""
    view: adoptions.AdoptionView = page.values["view"]
    record = AdoptionRecord(
        licence=view.licence,
        agreement=view.agreement,
        is_acceptance=view.is_acceptance,
        why_parked=view.why_parked,
        as_of=view.as_of,
        own=[make_adoption_row(each) for each in view.own],
        offered=[make_adoption_row(each) for each in view.offered],
        outcome=list(view.outcome),
        cannot=view.cannot,
        shown=view.shown,
        added_up=view.added_up,
    )
    return JSONResponse(record.write())


def make_adoption_row(row: adoptions.AdditionRow) -> AdoptionRow:
    """One addition."""
    return AdoptionRow(
        addition_id=row.addition,
        fields=make_steps(row.fields),
        changed=make_steps(row.changed),
        who=row.who,
        trouble=row.trouble,
    )
