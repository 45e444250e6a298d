"""One licence of many customers, mapped in one go: chosen, listed with where each would be billed, summed, mapped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.mapping_rules import MappingRule
from plans.ports import CustomerOverview, Outside
from web.actions.asking import make_actor
from web.actions.mapping_many import MappedMany, map_many
from web.csv_files import make_csv
from web.forms import Form, read_form
from web.pages.approvals import may_operate
from web.pages.listing import Ask, read_ask
from web.pages.mapping_doubts import doubt_rule
from web.pages.names import NAMELESS_CUSTOMER
from web.pages.site import open_administration
from web.pages.tools.candidate_list import (
    CSV_HEADER,
    SORTERS,
    CandidatesView,
    choose,
    make_csv_row,
    make_line,
    make_view,
    select,
    write_total,
)
from web.pages.tools.candidates import Candidate, Market, list_candidates
from web.pages.tools.choosing import make_choices, read_rule
from web.pages.tools.foresight import Foresight, foresee
from web.pages.tools.ground import Ground, make_tabs
from web.pages.tools.supply import Supply
from web.pages.view import PAGE_SIZE
from web.sheet import Sheet
from web.wording import clean, join, write_number_of

PATH = "/tools/map"
EXTRA = ("sku", "term", "profile")
MOST_NAMED = 8
NOTHING_TICKED = "Tick what should be mapped first."
CHANGED = "This list has changed since it was shown, so nothing was mapped. This is how it is now."
STATUSES = {"": 200, CHANGED: 409}


class ManyPage:
    """GET and POST /tools/map, the list as CSV, and GET /tools/map/review."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._site = ground.site

    async def show(self, request: Request) -> Response:
        """The choice of licence and profile; once both are chosen, who would be mapped where."""
        outside, supply = await self._ground.read_supply()
        return await self._page(request, outside, supply, read_told(request, supply.overviews.values()))

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        outside, supply = await self._ground.read_supply()
        rule = read_rule(read_sheet(request), supply)
        ask = self._ask(request)
        candidates = [] if isinstance(rule, Sheet) else (await self._find(outside, supply, rule))[1]
        return make_csv("map-many.csv", CSV_HEADER, map(make_csv_row, select(candidates, ask)))

    async def map(self, request: Request) -> Response:
        """What is ticked: to its sum first, and then, once that is confirmed, its mappings."""
        form = await read_form(request)
        if form.one("do") != "map" and is_ticked(form):
            return go_to_review(self._ask(request), form)
        outside, supply = await self._ground.read_supply()
        rule = read_rule(read_sheet(request), supply)
        if isinstance(rule, Sheet):
            return await self._page(request, outside, supply, status=422)
        market, candidates = await self._find(outside, supply, rule)
        chosen, missing = self._choose(request, form, candidates)
        if not chosen:
            trouble = CHANGED if missing or form.one("whole") else NOTHING_TICKED
            return await self._page(request, outside, supply, trouble=trouble)
        done = await map_chosen(self._ground, request, outside, market, chosen)
        return RedirectResponse(write_done(self._ask(request), done, missing), status_code=303)

    async def review(self, request: Request) -> Response:
        """What is ticked in the address, and what it comes to. It can be looked at again, and gone back to."""
        form = Form(request.query_params.multi_items())
        outside, supply = await self._ground.read_supply()
        rule = read_rule(read_sheet(request), supply)
        if isinstance(rule, Sheet):
            return await self._page(request, outside, supply)
        market, candidates = await self._find(outside, supply, rule)
        chosen, missing = self._choose(request, form, candidates)
        if not chosen:
            trouble = CHANGED if is_ticked(form) else NOTHING_TICKED
            return await self._page(request, outside, supply, trouble=trouble, status=200)
        ask = self._ask(request)
        names = name_customers(missing, supply.overviews.values())
        foreseen = await foresee(outside, market, chosen, self._site.currency)
        review = Review(PATH, ask.address, ask.address, rule, chosen, foreseen, form.one("whole"), names)
        return show_review(self._ground, request, supply, review)

    async def _find(self, outside: Outside, supply: Supply, rule: MappingRule) -> tuple[Market, list[Candidate]]:
        market = await self._ground.read_market(outside, [supply.profiles[rule.profile_id].connection_id])
        return market, list_candidates(supply, [rule], market, is_by_person=True)

    def _choose(
        self, request: Request, form: Form, candidates: Sequence[Candidate]
    ) -> tuple[list[Candidate], list[str]]:
        """What the form names; everything is what the address' filter leaves."""
        if form.one("whole"):
            return choose(select(candidates, self._ask(request)), (), form.one("whole"))
        return choose(candidates, form.all("tick"), "")

    def _ask(self, request: Request) -> Ask:
        return read_ask(request, PATH, [sorter.name for sorter in SORTERS], extra=EXTRA)

    async def _page(
        self, request: Request, outside: Outside, supply: Supply, told: str = "", trouble: str = "", status: int = 0
    ) -> Response:
        sheet = read_sheet(request)
        is_asked = bool(sheet.one("sku") or sheet.one("profile"))
        rule = read_rule(sheet, supply) if is_asked else sheet
        view: CandidatesView | None = None
        troubles: tuple[str, ...] = ()
        if isinstance(rule, MappingRule):
            market, candidates = await self._find(outside, supply, rule)
            view, troubles = make_view(candidates, self._ask(request), self._site.currency), market.troubles
            troubles = (*doubt_rule(rule, supply), *troubles)
        page = self._site.page(
            request,
            "tools/many.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            choices=make_choices(supply),
            sheet=rule if isinstance(rule, Sheet) else sheet,
            view=view,
            troubles=troubles,
            told=told,
            trouble=trouble,
            may_operate=may_operate(request),
            address=self._ask(request).address,
        )
        page.status_code = status or STATUSES.get(trouble, 422)
        return page


@dataclass(frozen=True, slots=True)
class Review:
    """What is looked at before it is mapped. `tool`, `action` and `back` are the paths of the tool, of where it is
    mapped, and of where one goes back to; `foreseen` is what the next run does with it; `whole` is which of the list is
    meant, empty where each is ticked; `missing` names the customers that somebody changed meanwhile.
    """

    tool: str
    action: str
    back: str
    rule: MappingRule
    chosen: Sequence[Candidate]
    foreseen: Foresight
    whole: str = ""
    missing: str = ""


def show_review(ground: Ground, request: Request, supply: Supply, review: Review) -> Response:
    """What mapping what is chosen comes to."""
    rule, chosen = review.rule, review.chosen
    profile = supply.profiles.get(rule.profile_id)
    return ground.site.page(
        request,
        "tools/review.html",
        tabs_shown=make_tabs(review.tool, request.state.principal),
        action=review.action,
        back=review.back,
        noun=write_number_of(len(chosen), "licence"),
        licence=rule.licence_name,
        profile="" if profile is None else clean(profile.name),
        total=write_total(chosen, ground.site.currency),
        places=count_places(chosen),
        foreseen=review.foreseen,
        missing=review.missing,
        doubts=(*review.foreseen.doubts, *doubt_rule(rule, supply)),
        ticks=[] if review.whole else [each.tick for each in chosen],
        whole=review.whole,
    )


def is_ticked(form: Form) -> bool:
    """Whether a list was sent with anything ticked."""
    return bool(form.all("tick") or form.one("whole"))


def go_to_review(ask: Ask, form: Form) -> Response:
    """To the address of what is ticked. A list shows fifty rows, whose ticks fit into one."""
    whole = form.one("whole")
    ticked = [("whole", whole)] if whole else [("tick", each) for each in dict.fromkeys(form.all("tick"))][:PAGE_SIZE]
    join_by = "&" if ask.query else "?"
    return RedirectResponse(f"{ask.path}/review{ask.query}{join_by}{urlencode(ticked)}", status_code=303)


async def map_chosen(
    ground: Ground, request: Request, outside: Outside, market: Market, chosen: Sequence[Candidate]
) -> MappedMany:
    """Map them, each like a single one."""
    administration = await open_administration(ground.context)
    actor = make_actor(request.state.principal, ground.site.now(), "")
    lines = [make_line(each) for each in chosen]
    done = await map_many(outside, administration, request, actor, lines, market.preferences)
    ground.site.shelf.forget()
    return done


def read_sheet(request: Request) -> Sheet:
    """What the address chooses."""
    query = request.query_params
    return Sheet({name: (clean(query.get(name, "")),) for name in (*EXTRA, "mode") if query.get(name)})


def count_places(chosen: Sequence[Candidate]) -> str:
    """On how many customers' agreements, by the types of agreement: 180 on Managed Services, 20 on Cloud."""
    kinds = Counter(clean(each.agreement.type_name) or "agreements" for each in chosen if each.agreement is not None)
    return join([f"{count:,} on {kind}" for kind, count in kinds.most_common(MOST_NAMED)])


def name_customers(customer_ids: Sequence[str], overviews: Iterable[CustomerOverview]) -> str:
    """What they are called, the first few of them."""
    names = {each.customer.id: clean(each.customer.name) or NAMELESS_CUSTOMER for each in overviews}
    found = list(dict.fromkeys(names.get(each, "a customer that was removed") for each in customer_ids))
    rest = len(found) - MOST_NAMED
    return join([*found[:MOST_NAMED], *([f"{rest} more"] if rest > 0 else [])])


def write_done(ask: Ask, done: MappedMany, missing: Sequence[str]) -> str:
    """Where the answer is shown: how many were mapped, and who was left out."""
    left = [*missing, *done.left_out]
    fields = [*ask.extra, ("mapped", str(done.count)), ("leftout", str(len(left)))]
    fields += [("left", each) for each in dict.fromkeys(left[: MOST_NAMED + 1])]
    return f"{ask.path}?{urlencode(fields)}"


def read_told(request: Request, overviews: Iterable[CustomerOverview]) -> str:
    """What was just done, where the address says so."""
    query = request.query_params
    mapped, left = query.get("mapped", ""), query.get("leftout", "0")
    if not (mapped.isascii() and mapped.isdigit() and left.isascii() and left.isdigit()):
        return ""
    said = f"{write_number_of(int(mapped), 'licence')} mapped. The next run plans with it."
    if int(left) == 0:
        return said
    names = name_customers(query.getlist("left")[: MOST_NAMED + 1], overviews)
    was = "was" if int(left) == 1 else "were"
    return f"{said} {write_number_of(int(left), 'licence')} {was} left out, changed by somebody meanwhile: {names}."
