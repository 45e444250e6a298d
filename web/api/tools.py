"""`/api/v1/tools`: one licence of many customers, mapping rules, files of mappings, and ending old additions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from web.api.answering import read_json
from web.api.forms import Done, FormShape, Nothing, act, show_page
from web.api.operations import LISTED, MOVED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Answers, Operation
from web.api.tool_shapes import (
    BackWish,
    BadRow,
    CandidateItem,
    EndedItem,
    EndedList,
    EndWish,
    ManyWish,
    MapManyPage,
    MappingsFile,
    MappingsRead,
    MappingsWish,
    OldAdditionItem,
    OldAdditions,
    OpenLine,
    OpenLines,
    RuleItem,
    RuleList,
    RuleMap,
    RuleMode,
    RuleRecord,
    RuleWish,
    ToolChoice,
)
from web.context import WebContext
from web.pages.site import Site
from web.pages.tools import rules
from web.pages.tools.candidate_list import CandidateRow, CandidatesView
from web.pages.tools.ending import EndingPage
from web.pages.tools.ground import Ground
from web.pages.tools.importing import ImportPage, list_open
from web.pages.tools.many import ManyPage
from web.pages.tools.mapping_csv import Column
from web.pages.tools.old_list import OldView
from web.pages.tools.rules import RuleRow, RulesPage
from web.rendering import Undrawn
from web.sheet import Sheet
from web.wording import clean, write_number_of

PAGE = "/tools"
TOOLS = f"{ROOT}{PAGE}"
RULE = "{rule_id}"
CHOSEN = ("sku", "term", "profile")
LOOKED_FOR = ("scope", "marker", "product", "start")
FOUND: Answers = {200: (Done, "It is done"), **MOVED, **NOT_UNDERSTOOD}
DONE: Answers = {**FOUND, **NOT_THERE}


class ToolsApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", f"{TOOLS}/map", "list_lines", "Who has a licence that nobody decided about, and its agreement",
            {200: (MapManyPage, "One page of them; without `sku` and `profile` what can be chosen")},
            query=(*LISTED, *CHOSEN),
            pages=(f"{PAGE}/map", f"{PAGE}/map.csv", f"{PAGE}/map/review", f"{PAGE}/rules/new"),
        ),
        Operation(
            "POST", f"{TOOLS}/map", "map_many", "Map them, each as on its customer's page", FOUND, ManyWish,
            pages=(f"{PAGE}/map",),
        ),
        Operation(
            "GET", f"{TOOLS}/rules", "list_rules", "Every mapping rule, and how much it would map now",
            {200: (RuleList, "All of them")}, pages=(f"{PAGE}/rules",),
        ),
        Operation(
            "POST", f"{TOOLS}/rules", "make_rule", "Keep a mapping rule; a list of lines says first what it would map",
            FOUND, RuleWish, pages=(f"{PAGE}/rules/new",),
        ),
        Operation(
            "GET", f"{TOOLS}/rules/{RULE}", "show_rule", "One rule, and what it would map now",
            {200: (RuleRecord, "The rule"), **NOT_THERE}, query=LISTED,
            pages=(f"{PAGE}/rules/{RULE}", f"{PAGE}/rules/{RULE}/review"),
        ),
        Operation(
            "POST", f"{TOOLS}/rules/{RULE}/mode", "switch_rule", "Let every run map what it finds, or only show it",
            DONE, RuleMode, pages=(f"{PAGE}/rules/{RULE}/mode",),
        ),
        Operation(
            "POST", f"{TOOLS}/rules/{RULE}/map", "map_by_rule", "Map now what it would map, as it was read", DONE,
            RuleMap, pages=(f"{PAGE}/rules/{RULE}/map",),
        ),
        Operation(
            "POST", f"{TOOLS}/rules/{RULE}/remove", "remove_rule", "Forget it; what it mapped stays mapped", DONE,
            Nothing, pages=(f"{PAGE}/rules/{RULE}/remove",),
        ),
        Operation(
            "GET", f"{TOOLS}/import", "list_open_lines", "Lines to fill a file of mappings in with, and its columns",
            {200: (OpenLines, "All of them")}, pages=(f"{PAGE}/import", f"{PAGE}/import.csv"),
        ),
        Operation(
            "POST", f"{TOOLS}/import", "read_mappings", "What each row of a CSV file would map; nothing is kept",
            {200: (MappingsRead, "Its rows"), **NOT_UNDERSTOOD}, MappingsFile, pages=(f"{PAGE}/import",),
        ),
        Operation(
            "POST", f"{TOOLS}/import/apply", "map_by_file", "Map the rows of a file as they were read", FOUND,
            MappingsWish, pages=(f"{PAGE}/import/apply",),
        ),
        Operation(
            "GET", f"{TOOLS}/end", "list_old_additions", "Additions on agreements that Seatledger did not make",
            {200: (OldAdditions, "One page; without `scope` nothing is looked for")}, query=(*LISTED, *LOOKED_FOR),
            pages=(f"{PAGE}/end", f"{PAGE}/end.csv", f"{PAGE}/end/review"),
        ),
        Operation(
            "POST", f"{TOOLS}/end", "end_additions", "Plan that they end, each held until somebody approves it", FOUND,
            EndWish, pages=(f"{PAGE}/end",),
        ),
        Operation(
            "GET", f"{TOOLS}/ended", "list_ended", "What was asked to end, and how it stands",
            {200: (EndedList, "One page")}, query=("q", "state", "page"), pages=(f"{PAGE}/ended",),
        ),
        Operation(
            "POST", f"{TOOLS}/ended", "take_back_ends", "It is not to end after all", FOUND, BackWish,
            pages=(f"{PAGE}/ended",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._ground = Ground(site.undrawn(), context)
        self._many, self._rules = ManyPage(self._ground), RulesPage(self._ground)
        self._files, self._ending = ImportPage(self._ground), EndingPage(self._ground)

    async def list_lines(self, request: Request) -> Response:
        """Filtered and paged like the page."""
        shown = await show_page(request, self._many.show)
        if not isinstance(shown, Undrawn):
            return shown
        choices, sheet = shown.values["choices"], shown.values["sheet"]
        answer = MapManyPage(
            licences=[ToolChoice(id=value, name=words) for value, words in choices.licences],
            profiles=[ToolChoice(id=value, name=words) for value, words in choices.profiles],
            **list_lines(shown.values["view"], shown.values["troubles"], sheet),
        )
        return JSONResponse(answer.write())

    async def map_many(self, request: Request) -> Response:
        """Map them."""
        return await act(request, ManyWish, self._many.map, tell_mapped, more=confirm("map"), in_address=(*CHOSEN, "q"))

    async def list_rules(self, request: Request) -> Response:
        """All of them."""
        shown = await show_page(request, self._rules.show)
        if not isinstance(shown, Undrawn):
            return shown
        return JSONResponse(RuleList(rules=[make_rule(each) for each in shown.values["rules"]]).write())

    async def make_rule(self, request: Request) -> Response:
        """Keep it."""
        return await act(request, RuleWish, self._rules.make, rules.TOLD)

    async def show_rule(self, request: Request) -> Response:
        """The rule."""
        shown = await show_page(request, self._rules.show_one)
        if not isinstance(shown, Undrawn):
            return shown
        lines = list_lines(shown.values["view"], shown.values["troubles"])
        return JSONResponse(RuleRecord(rule=make_rule(shown.values["rule"]), **lines).write())

    async def switch_rule(self, request: Request) -> Response:
        """Switch it."""
        return await act(request, RuleMode, self._rules.change_mode, rules.TOLD, refused={"moved": 409})

    async def map_by_rule(self, request: Request) -> Response:
        """Map it."""
        return await act(request, RuleMap, self._rules.map, tell_mapped, more=confirm("map"), refused={"moved": 409})

    async def remove_rule(self, request: Request) -> Response:
        """Forget it."""
        return await act(request, Nothing, self._rules.remove, rules.TOLD, refused={"moved": 409})

    async def list_open_lines(self, request: Request) -> Response:
        """All of them."""
        _, supply = await self._ground.read_supply()
        rows = [
            OpenLine(
                customer=clean(str(name)),
                part_number=str(part),
                term_words=str(term),
                subscription_id=str(subscription),
                seats=int(str(seats)),
            )
            for name, part, term, subscription, _, _, seats in list_open(supply)
        ]
        return JSONResponse(OpenLines(columns=[column.value for column in Column], open=rows).write())

    async def read_mappings(self, request: Request) -> Response:
        """What it would map."""
        body = await read_json(request, MappingsFile)
        if isinstance(body, Response):
            return body
        shown = await show_page(request, lambda asked: self._files.review_content(asked, body.csv.encode()))
        return JSONResponse(make_mappings(shown.values).write()) if isinstance(shown, Undrawn) else shown

    async def map_by_file(self, request: Request) -> Response:
        """Map it."""
        return await act(request, MappingsWish, self._files.apply, tell_mapped)

    async def list_old_additions(self, request: Request) -> Response:
        """Filtered and paged like the page."""
        shown = await show_page(request, self._ending.show)
        if not isinstance(shown, Undrawn):
            return shown
        stretch = shown.values["stretch"].words
        troubles = (*([stretch] if stretch else []), *shown.values["troubles"])
        return JSONResponse(make_old(shown.values["view"], troubles).write())

    async def end_additions(self, request: Request) -> Response:
        """Plan it."""
        address = (*LOOKED_FOR, "q")
        return await act(request, EndWish, self._ending.end, tell_ended, more=confirm("end"), in_address=address)

    async def list_ended(self, request: Request) -> Response:
        """One page."""
        shown = await show_page(request, self._ending.show_asked)
        if not isinstance(shown, Undrawn):
            return shown
        page = shown.values["listing"].page
        rows = [
            EndedItem(
                tick=each.tick,
                customer_id=each.customer_id,
                customer=each.customer,
                addition=each.name,
                when=each.when,
                state_words=each.word,
            )
            for each in page.rows
        ]
        return JSONResponse(EndedList(rows=rows, page=page.number, total=page.total).write())

    async def take_back_ends(self, request: Request) -> Response:
        """Take it back."""
        return await act(request, BackWish, self._ending.take_back, tell_ended)


def confirm(word: str) -> Callable[[FormShape], list[tuple[str, str]]]:
    """The field that says that what it comes to was looked at."""
    return lambda _: [("do", word)]


def tell_mapped(query: Mapping[str, str]) -> str:
    """3 licences are mapped; 1 was left out, changed by somebody meanwhile."""
    if query.get("told") == "moved":
        return rules.TOLD["moved"]
    return tell_left_out(f"{write_number_of(int(query['mapped']), 'licence')} mapped", int(query["leftout"]))


def tell_ended(query: Mapping[str, str]) -> str:
    """3 additions are to end; 1 was left out, changed by somebody meanwhile."""
    are = "are to end" if query.get("told") == "asked" else "are not to end any more"
    said = write_number_of(int(query["count"]), f"addition {are.replace('are', 'is')}", f"additions {are}")
    return tell_left_out(said, int(query["leftout"]))


def tell_left_out(said: str, left_out: int) -> str:
    """The sentence with those that changed meanwhile."""
    rest = write_number_of(left_out, "was", "were")
    return f"{said}; {rest} left out, changed by somebody meanwhile." if left_out else f"{said}."


def list_lines(view: CandidatesView | None, troubles: Iterable[str], sheet: Sheet | None = None) -> dict[str, Any]:
    """A list of lines, with what is wrong with the choice; none where nothing was chosen."""
    said = [*troubles, *(() if sheet is None else sheet.troubles.values())]
    if view is None:
        return {"rows": [], "page": 1, "total": 0, "ready": 0, "comes_to": "", "whole": "", "troubles": said}
    page = view.listing.page
    return {
        "rows": [make_line(each) for each in page.rows],
        "page": page.number,
        "total": page.total,
        "ready": view.at_once.count,
        "comes_to": view.at_once.total,
        "whole": view.at_once.whole,
        "troubles": said,
    }


def make_line(row: CandidateRow) -> CandidateItem:
    """One line."""
    return CandidateItem(
        tick=row.tick,
        customer_id=row.customer_id,
        customer=row.customer,
        licence=row.licence,
        seats=row.seats,
        agreement=row.agreement,
        about_a_month=row.monthly,
        sentence=row.sentence,
    )


def make_rule(row: RuleRow) -> RuleItem:
    """One rule."""
    return RuleItem(
        rule_id=row.id,
        licence=row.licence,
        term_words=row.term,
        billing_profile=row.profile,
        is_live=row.is_live,
        ready=row.ready,
        by_hand=row.by_hand,
    )


def make_mappings(values: Mapping[str, Any]) -> MappingsRead:
    """What a file comes to."""
    return MappingsRead(
        rows=[make_line(each) for each in values["rows"]],
        count=values["count"],
        comes_to=values["total"],
        bad=[BadRow(line=each.number, column=each.column, sentence=each.sentence) for each in values["bad"]],
        bad_count=values["bad_count"],
        seen=values["seen"],
    )


def make_old(view: OldView | None, troubles: Iterable[str]) -> OldAdditions:
    """Additions of others."""
    if view is None:
        return OldAdditions(rows=[], page=1, total=0, ready=0, comes_to="", whole="", troubles=list(troubles))
    page = view.listing.page
    return OldAdditions(
        rows=[
            OldAdditionItem(
                tick=each.tick,
                customer_id=each.customer_id,
                customer=each.customer,
                addition=each.addition,
                agreement=each.agreement,
                marker=each.marker,
                quantity=each.quantity,
                about_a_month=each.monthly,
                sentence=each.why_not,
            )
            for each in page.rows
        ],
        page=page.number,
        total=page.total,
        ready=view.at_once.count,
        comes_to=view.at_once.total,
        whole=view.at_once.whole,
        troubles=list(troubles),
    )
