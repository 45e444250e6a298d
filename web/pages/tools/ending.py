"""Ending old additions of many customers: found in the PSA as it is now, ticked, summed, asked for; and taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.errors import Misconfigured, Retry
from plans.keys import name_line
from plans.old_additions import FOREIGN_MARKERS, has_marker
from plans.plan import hash_value
from plans.ports import CustomerOverview, Outside
from web.actions.asking import Actor, make_actor
from web.actions.ending import EndedMany, end_many, take_back_many
from web.csv_files import make_csv
from web.forms import Form, read_form
from web.pages.approvals import may_operate
from web.pages.listing import LONGEST_SEARCH, Ask, find, read_ask, read_number
from web.pages.site import open_administration
from web.pages.tools.ended_days import date_ends
from web.pages.tools.ending_sum import sum_up
from web.pages.tools.ground import Ground, make_tabs
from web.pages.tools.many import MOST_NAMED, go_to_review, is_ticked, name_customers
from web.pages.tools.old_list import (
    CSV_HEADER,
    SORTERS,
    EndedRow,
    FoundAddition,
    choose,
    choose_ended,
    list_ended,
    list_found,
    list_takeable,
    make_csv_row,
    make_ended,
    make_view,
    select,
    write_total,
)
from web.pages.tools.supply import Supply
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import clean, write_number_of

PATH, ENDED = "/tools/end", "/tools/ended"
EXTRA = ("marker", "scope", "product", "start")
MOST_COMPANIES = 200
RUNS_LOOKED_BACK = 20
LONGEST_READ_SECONDS = 45
LATEST_END = timedelta(days=2 * 365)
MARKERS = (
    ("any", "Anything that is not Seatledger's"),
    ("blank", "Typed by hand: no marker"),
    *((each, f"Marked {each}") for each in FOREIGN_MARKERS),
)
SCOPES = (("mapped", "Agreements that are mapped here"), ("all", "Every active agreement"))
NO_REASON = "Say why: it stands in each customer's history."
NOTHING_TICKED = "Tick the additions that should end first."
CHANGED = "This list has changed since it was shown, so nothing was asked for. This is how it is now."
STATUSES = {"": 200, CHANGED: 409}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which customers are looked at, by name: the first and the last of so many, counted from 1."""

    start: int = 1
    end: int = 0
    total: int = 0

    @property
    def words(self) -> str:
        """Customers 201 to 400 of 2,000 are looked at; empty where all of them are."""
        if self.end - self.start + 1 == self.total:
            return ""
        count = write_number_of(self.total, "customer")
        return f"{self.start:,} to {self.end:,} of {count}, by name, are looked at."


def cut_stretch(total: int, start: int) -> Stretch:
    """As many customers at once as one look takes, from this one on; the last ones where there are not so many."""
    last = max(0, total - 1) // MOST_COMPANIES * MOST_COMPANIES + 1
    first = min(max(1, start), last)
    return Stretch(first, min(total, first + MOST_COMPANIES - 1), total)


def link_stretches(ask: Ask, stretch: Stretch) -> tuple[tuple[str, str], ...]:
    """Words and address of the customers before these and of those after them."""
    kept = tuple(each for each in ask.extra if each[0] != "start")
    starts = [("those before", max(1, stretch.start - MOST_COMPANIES))] if stretch.start > 1 else []
    starts += [("those after", stretch.end + 1)] if stretch.end < stretch.total else []
    return tuple(
        (words, replace(ask, extra=(*kept, ("start", str(start))), page=1, state="").address) for words, start in starts
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; `troubles` say what could not be read, so that something may be missing. `stretch` is whose
    agreements were looked at.
    """

    additions: list[FoundAddition]
    troubles: tuple[str, ...] = ()
    stretch: Stretch = Stretch()


class EndingPage:
    """GET and POST /tools/end, its CSV and /tools/end/review; GET and POST /tools/ended."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._site = ground.site

    async def show(self, request: Request) -> Response:
        """The filter; once it is sent, what stands on the agreements now."""
        return await self._page(request, await self._find_asked(request), Sheet({"end": ("period",)}))

    async def download(self, request: Request) -> Response:
        """The same rows, all of them."""
        found = await self._find_asked(request)
        additions = [] if found is None else select(found.additions, self._ask(request))
        return make_csv("old-additions.csv", CSV_HEADER, map(make_csv_row, additions))

    async def end(self, request: Request) -> Response:
        """To what ending the ticked ones comes to; and, once that is confirmed, the lines that end them."""
        form = await read_form(request)
        if form.one("do") != "end" and is_ticked(form):
            return go_to_review(self._ask(request), form)
        outside, supply = await self._ground.read_supply()
        found = await self._find(request, outside, supply, anew=True)
        whole = form.one("whole")
        listed = select(found.additions, self._ask(request)) if whole else found.additions
        chosen, missing = choose(listed, form.all("tick"), whole)
        if not chosen:
            return await self._page(request, found, make_sheet(form), CHANGED if missing or whole else NOTHING_TICKED)
        reader = SheetReader(make_sheet(form))
        reason, ends_on = read_wish(reader, outside.local_day())
        if reader.troubles:
            return self._review(request, form, supply, chosen, missing, reader.ended())
        requests = await self._ground.context.run_requests()
        administration = await open_administration(self._ground.context)
        actor = make_actor(request.state.principal, self._site.now(), reason)
        done = await end_many(outside, administration, requests, request, actor, [each.old for each in chosen], ends_on)
        self._site.shelf.forget()
        return go_to_asked("asked", replace(done, left_out=(*missing, *done.left_out)))

    async def review(self, request: Request) -> Response:
        """What ending what is ticked in the address comes to. It can be looked at again, and gone back to."""
        form = Form(request.query_params.multi_items())
        outside, supply = await self._ground.read_supply()
        found = await self._find(request, outside, supply)
        whole = form.one("whole")
        listed = select(found.additions, self._ask(request)) if whole else found.additions
        chosen, missing = choose(listed, form.all("tick"), whole)
        if not chosen:
            page = await self._page(request, found, Sheet(), CHANGED if is_ticked(form) else NOTHING_TICKED)
            page.status_code = 200
            return page
        return self._review(request, form, supply, chosen, missing, Sheet({"end": ("period",)}))

    async def show_asked(self, request: Request) -> Response:
        """Everything that was asked to end, and how it stands."""
        return await self._asked_page(request)

    async def take_back(self, request: Request) -> Response:
        """What is ticked is not to end after all."""
        form = await read_form(request)
        outside, supply = await self._ground.read_supply()
        rows = await self._list_ended(supply)
        ticks = choose_ended(rows, read_ask(request, ENDED), form.all("tick"), form.one("whole"))
        reader = SheetReader(make_sheet(form))
        if ticks is None:
            return await self._asked_page(request, reader.ended(), CHANGED)
        reason = reader.text("reason", NO_REASON, 300)
        if not ticks or reader.troubles:
            return await self._asked_page(request, reader.ended(), "" if ticks else NOTHING_TICKED)
        chosen = [(tick.partition(":")[2], tick.partition(":")[0]) for tick in ticks]
        requests = await self._ground.context.run_requests()
        administration = await open_administration(self._ground.context)
        actor: Actor = make_actor(request.state.principal, self._site.now(), reason)
        done = await take_back_many(outside, administration, requests, request, actor, chosen)
        self._site.shelf.forget()
        return go_to_asked("back", done)

    async def _find_asked(self, request: Request) -> Found | None:
        """What the address asks for; None where it asks for nothing yet."""
        if "scope" not in request.query_params:
            return None
        outside, supply = await self._ground.read_supply()
        return await self._find(request, outside, supply)

    async def _find(self, request: Request, outside: Outside, supply: Supply, *, anew: bool = False) -> Found:
        query = request.query_params
        search = clean(query.get("q", "")[:LONGEST_SEARCH])
        by_name = sorted(supply.overviews.values(), key=lambda each: each.customer.name.casefold())
        customers = find(by_name, search, lambda each: each.customer.name.casefold())
        stretch = cut_stretch(len(customers), read_number(query.get("start", "")))
        troubles: list[str] = []
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                is_all, looked_at = query.get("scope") == "all", customers[stretch.start - 1 : stretch.end]
                additions = await self._read(outside, looked_at, is_all, troubles, anew=anew)
        except TimeoutError:
            return Found([], ("The PSA takes too long. Search for fewer customers.",), stretch)
        marker, product = clean(query.get("marker", "any")) or "any", clean(query.get("product", "")).casefold()
        return Found(
            [
                each
                for each in additions
                if has_marker(each.old.addition, marker) and product in f"{each.product} {each.marker}".casefold()
            ],
            tuple(dict.fromkeys(troubles)),
            stretch,
        )

    async def _read(
        self,
        outside: Outside,
        customers: Sequence[CustomerOverview],
        is_all: bool,
        troubles: list[str],
        *,
        anew: bool,
    ) -> list[FoundAddition]:
        by_connection: dict[str, list[CustomerOverview]] = {}
        for overview in customers:
            by_connection.setdefault(overview.customer.connection_id, []).append(overview)
        line_names = await read_all_names(outside, customers)
        found: list[FoundAddition] = []
        for connection_id, own in by_connection.items():
            ids = {each.customer.id: {m.agreement_id for m in each.mappings if m.agreement_id} for each in own}
            if is_all:
                offers = await self._site.choices.read_offers(connection_id)
                troubles += [offers.sentence] if offers.sentence else []
                for each in own:
                    ids[each.customer.id] |= {
                        agreement.id for agreement in offers.agreements.get(each.customer.company_id, ())
                    }
            try:
                wanted: set[str] = set().union(*ids.values())
                read = await self._site.agreements_now.read(outside, connection_id, wanted, anew=anew)
            except (Retry, Misconfigured) as error:
                troubles.append(f"The PSA does not answer now: {clean(str(error))} Try again in a minute.")
                continue
            if unread := len(wanted - read.keys()):
                noun = write_number_of(unread, "agreement")
                its = "its" if unread == 1 else "their"
                troubles.append(f"{noun} cannot be read now, so {its} additions are not listed here.")
            products = await self._site.choices.read_products(connection_id)
            names = {name: product.description or product.identifier for name, product in products.items()}
            for each in own:
                agreements = [read[name] for name in sorted(ids[each.customer.id]) if name in read]
                company_id = each.customer.company_id
                agreements = [agreement for agreement in agreements if agreement.company_id == company_id]
                found += list_found(each, agreements, line_names, names)
        return found

    def _ask(self, request: Request) -> Ask:
        return read_ask(request, PATH, [sorter.name for sorter in SORTERS], extra=EXTRA)

    async def _page(self, request: Request, found: Found | None, sheet: Sheet, trouble: str = "") -> Response:
        ask = self._ask(request)
        query = request.query_params
        chosen = Sheet({name: (clean(query.get(name, "")),) for name in (*EXTRA, "q") if query.get(name)})
        page = self._site.page(
            request,
            "tools/end.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            chosen=chosen,
            sheet=sheet,
            markers=MARKERS,
            scopes=SCOPES,
            view=None if found is None else make_view(found.additions, ask, self._site.currency),
            troubles=() if found is None else found.troubles,
            stretch=Stretch() if found is None else found.stretch,
            stretches=() if found is None else link_stretches(ask, found.stretch),
            trouble=trouble,
            address=ask.address,
            may_operate=may_operate(request),
        )
        page.status_code = STATUSES.get(trouble, 422)
        return page

    def _review(
        self,
        request: Request,
        form: Form,
        supply: Supply,
        chosen: Sequence[FoundAddition],
        missing: Sequence[str],
        sheet: Sheet,
    ) -> Response:
        customers = {each.old.customer.id: each.old.customer for each in chosen}
        page = self._site.page(
            request,
            "tools/end_review.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            action=self._ask(request).address,
            noun=write_number_of(len(chosen), "addition"),
            customers=write_number_of(len(customers), "customer"),
            observed=sum(each.is_observed for each in customers.values()),
            total=write_total(chosen, self._site.currency),
            sums=sum_up(chosen, self._site.now().astimezone(self._site.zone).date(), self._site.currency),
            missing=name_customers(missing, supply.overviews.values()),
            ticks=[] if form.one("whole") else [each.tick for each in chosen],
            whole=form.one("whole"),
            sheet=sheet,
        )
        page.status_code = 422 if sheet.troubles else 200
        return page

    async def _list_ended(self, supply: Supply) -> list[EndedRow]:
        _, holds = await self._site.load(lambda outside: outside.open_items.list_holds())
        return list_ended(supply.overviews.values(), {each.id for each in holds})

    async def _asked_page(self, request: Request, sheet: Sheet | None = None, trouble: str = "") -> Response:
        _, supply = await self._ground.read_supply()
        rows = await self._list_ended(supply)
        ask = read_ask(request, ENDED)
        takeable = list_takeable(rows, ask)
        _, listing = await self._site.load(lambda outside: date_ends(outside, make_ended(rows, ask)))
        page = self._site.page(
            request,
            "tools/ended.html",
            tabs_shown=make_tabs(PATH, request.state.principal),
            listing=listing,
            row_count=len(rows),
            can_count=len(takeable),
            whole=hash_value(takeable),
            sheet=sheet or Sheet(),
            trouble=trouble,
            told=read_told(request, supply.overviews.values()),
            run=clean(request.query_params.get("run", "")),
            may_operate=may_operate(request),
        )
        page.status_code = 409 if trouble == CHANGED else 422 if trouble or sheet else 200
        return page


def read_wish(reader: SheetReader, today: date) -> tuple[str, date | None]:
    """Why, and on which day; None for the end of the running period."""
    reason = reader.text("reason", NO_REASON, 300)
    if reader.sheet.one("end") != "day":
        return reason, None
    typed = reader.sheet.one("ends_on")
    return reason, reader.day_between("ends_on", typed, today, today + LATEST_END)


async def read_all_names(outside: Outside, customers: Sequence[CustomerOverview]) -> frozenset[str]:
    """Whose additions are whose: by the newest run that kept it, and by the mappings as they are now."""
    own = frozenset(name_line(mapping.id) for each in customers for mapping in each.mappings)
    for run in await outside.runs.list_runs(RUNS_LOOKED_BACK):
        kept = await outside.archive.read_line_names(run.id)
        if kept:
            return kept | own
    return own


def go_to_asked(told: str, done: EndedMany) -> Response:
    """To the list of what was asked for, with how many, who was left out, and the run."""
    fields = [("told", told), ("count", str(done.count)), ("leftout", str(len(done.left_out))), ("run", done.run_id)]
    fields += [("left", each) for each in dict.fromkeys(done.left_out[: MOST_NAMED + 1])]
    return RedirectResponse(f"{ENDED}?{urlencode(fields)}", status_code=303)


def read_told(request: Request, overviews: Iterable[CustomerOverview]) -> str:
    """What was just asked for, where the address says so."""
    query = request.query_params
    count, left = query.get("count", ""), query.get("leftout", "0")
    if not (count.isascii() and count.isdigit() and left.isascii() and left.isdigit()):
        return ""
    noun = write_number_of(int(count), "addition")
    said = f"{noun} asked to end. The run plans it, and nothing is written before you approve it."
    if query.get("told") == "back":
        said = f"{noun} {'is' if int(count) == 1 else 'are'} not to end any more; the run takes back what was written."
    if int(left) == 0:
        return said
    names = name_customers(query.getlist("left")[: MOST_NAMED + 1], overviews)
    return f"{said} {write_number_of(int(left), 'addition')} left out, changed or ended meanwhile: {names}."
