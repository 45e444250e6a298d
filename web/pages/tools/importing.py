"""Mappings from a CSV file: every row is shown with what it would do or what is wrong with it, and then confirmed.

The file is kept for a day for whoever chose it, so that its review has an address: it can be reloaded and gone back to.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.ports import Outside
from profiles.billing import Basis
from profiles.free import is_free
from profiles.licences import Term
from profiles.parts import OneSubscription, Part
from web.csv_files import Cell, make_csv
from web.forms import read_file, read_form
from web.pages.listing import read_ask
from web.pages.mapping_doubts import doubt_profile
from web.pages.site import open_administration
from web.pages.tools.candidate_list import CandidateRow, make_row, write_total
from web.pages.tools.candidates import Candidate, Market
from web.pages.tools.ground import Ground, make_tabs
from web.pages.tools.many import map_chosen, read_told, write_done
from web.pages.tools.mapping_csv import (
    LARGEST_TEXT,
    MOST_LINES,
    Column,
    Imported,
    check_size,
    decode,
    interpret,
    read_lines,
)
from web.pages.tools.supply import Supply
from web.wording import TERM_WORDS, write_number_of

PATH = "/tools/import"
LARGEST_FILE = 8 * 1024 * 1024
# A form spells every letter that is none of ASCII with up to nine.
LARGEST_CONFIRMED = 9 * LARGEST_TEXT
SHOWN = 100
REVIEW_PATH = "/tools/import/review"
NO_FILE = "Choose a CSV file first."
GONE = "A file is kept for a day, for whoever chose it. Choose it again: nothing was mapped by looking at it."
CHANGED = "All of it has changed since it was shown, so nothing was mapped. This is how it is now."
STATUSES = {"": 200, CHANGED: 409, GONE: 404}


class ImportPage:
    """GET /tools/import and /tools/import.csv; POST /tools/import, which leads to GET /tools/import/review, and POST
    /tools/import/apply."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._site = ground.site

    async def show(self, request: Request) -> Response:
        """Where a file is chosen, and what it should look like."""
        _, supply = await self._ground.read_supply()
        return self._page(request, told=read_told(request, supply.overviews.values()))

    async def download(self, request: Request) -> Response:
        """Every line that nobody decided about, to be filled in."""
        _, supply = await self._ground.read_supply()
        return make_csv("unmapped.csv", [*(column.value for column in Column), "Seats"], list_open(supply))

    async def upload(self, request: Request) -> Response:
        """To the review of the file; what cannot be read as one of mappings is said at once, and not kept."""
        content = await read_file(request, "file", LARGEST_FILE)
        if not content:
            return self._page(request, trouble=NO_FILE)
        try:
            text = decode(content)
            read_lines(text)
        except ValueError as error:
            return self._page(request, trouble=str(error))
        administration = await open_administration(self._ground.context)
        name = await administration.drafts.keep(request.state.principal.identity, text)
        return RedirectResponse(f"{REVIEW_PATH}?{urlencode({'file': name})}", status_code=303)

    async def review(self, request: Request) -> Response:
        """What every row of a file that was sent would do, or what is wrong with it."""
        name = request.query_params.get("file", "")
        if not name:
            return await self.show(request)
        text = await self._read_draft(request, name)
        if text is None:
            return self._page(request, trouble=GONE)
        return await self.review_text(request, text, name)

    async def review_content(self, request: Request, content: bytes) -> Response:
        """The same of a file that comes along and is not kept."""
        try:
            text = decode(content)
        except ValueError as error:
            return self._page(request, trouble=str(error))
        return await self.review_text(request, text)

    async def review_text(self, request: Request, text: str, name: str = "") -> Response:
        """The same of its text; `name` is that of the draft where it is one."""
        try:
            _, _, imported, doubts = await self._interpret(text)
        except ValueError as error:
            return self._page(request, trouble=str(error))
        return self._page(request, imported=imported, name=name, doubts=doubts)

    async def apply(self, request: Request) -> Response:
        """Map what was shown and is still so: of a draft, or of a text that comes along."""
        form = await read_form(request, LARGEST_CONFIRMED)
        seen, name = list(dict.fromkeys(form.one("seen").split())), form.one("file")
        text = await self._read_draft(request, name) if name else form.one("text")
        if text is None:
            return self._page(request, trouble=GONE)
        try:
            outside, market, imported, doubts = await self._interpret(text)
        except ValueError as error:
            return self._page(request, trouble=str(error))
        by_tick = {each.tick: each for each in imported.candidates}
        chosen = [by_tick[tick] for tick in seen if tick in by_tick]
        if not chosen:
            return self._page(request, imported=imported, name=name, doubts=doubts, trouble=CHANGED)
        missing = [tick.partition(":")[2] for tick in seen if tick not in by_tick]
        done = await map_chosen(self._ground, request, outside, market, chosen)
        return RedirectResponse(write_done(read_ask(request, PATH), done, missing), status_code=303)

    async def _read_draft(self, request: Request, name: str) -> str | None:
        administration = await open_administration(self._ground.context)
        return await administration.drafts.read(request.state.principal.identity, name)

    async def _interpret(self, text: str) -> tuple[Outside, Market, Imported, list[str]]:
        check_size(text)
        lines = read_lines(text)
        outside, supply = await self._ground.read_supply()
        connections = {overview.customer.connection_id for overview in supply.overviews.values()}
        market = await self._ground.read_market(outside, connections)
        imported = interpret(lines, supply, market)
        return outside, market, imported, list_doubts(imported, supply)

    def _page(
        self,
        request: Request,
        *,
        imported: Imported | None = None,
        name: str = "",
        doubts: Sequence[str] = (),
        told: str = "",
        trouble: str = "",
    ) -> Response:
        good: Sequence[Candidate] = () if imported is None else imported.candidates
        bad = () if imported is None else imported.bad
        rows: list[CandidateRow] = [make_row(each, self._site.currency) for each in good[:SHOWN]]
        page = self._site.page(
            request,
            "tools/import.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            imported=imported is not None,
            rows=rows,
            count=len(good),
            noun=write_number_of(len(good), "licence"),
            total=write_total(good, self._site.currency),
            bad=bad[:SHOWN],
            bad_count=len(bad),
            bad_noun=write_number_of(len(bad), "row"),
            seen=" ".join(each.tick for each in good),
            name=name,
            columns=[column.value for column in Column],
            most=MOST_LINES,
            shown=SHOWN,
            doubts=doubts,
            told=told,
            trouble=trouble,
        )
        page.status_code = STATUSES.get(trouble, 422)
        return page


def list_doubts(imported: Imported, supply: Supply) -> list[str]:
    """What looks wrong about the billing profiles that the rows name, once for each licence; the first of them."""
    mappings = [mapping for overview in supply.overviews.values() for mapping in overview.mappings]
    chosen = {(each.holding.sku_id.lower(), each.profile.id): each for each in imported.candidates}
    found = [
        sentence
        for each in chosen.values()
        for sentence in doubt_profile(each.holding.sku_id, each.name, each.profile, mappings)
    ]
    return list(dict.fromkeys(found))[:SHOWN]


def spell_part(part: Part) -> tuple[str, str]:
    """The part of an open line, as the columns Term and Subscription have it."""
    match part:
        case None:
            return "", ""
        case Term():
            return TERM_WORDS[part], ""
        case OneSubscription():
            return "", part.subscription_id


def list_open(supply: Supply) -> list[tuple[Cell, ...]]:
    """A row for every line that somebody should decide about; what Microsoft gives away is none."""
    rows: list[tuple[Cell, ...]] = []
    for overview in sorted(supply.overviews.values(), key=lambda each: each.customer.name.casefold()):
        for line in supply.open_lines(overview):
            name = line.holding.part_number
            if is_free(name):
                continue
            rows.append(
                (
                    overview.customer.name,
                    name,
                    *spell_part(line.part),
                    "",
                    "",
                    line.holding.count(line.part, Basis.PURCHASED),
                )
            )
    return rows
