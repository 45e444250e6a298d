"""Making additions a line's own: the page that shows what would come of it, and takes the person's word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.adoption import Adopter, NotAdoptable
from plans.agreements import Addition
from plans.edits import is_countable, is_edited
from plans.journal import Adoption, LineJournal
from plans.keys import is_ours
from plans.ledger import LedgerEntry
from plans.ports import Desk, Outside
from profiles.billing import Customer, Mapping
from web.actions.adopting import Found, Stopped, Wish, adopt_additions, find_additions, plan_adoption
from web.actions.asking import make_actor
from web.actions.undoing import Asked
from web.context import WebContext
from web.forms import Form, read_form
from web.pages.approvals import LONGEST_REASON, NO_REASON, Trouble, may_operate
from web.pages.change_words import FieldChange, compare, describe_addition
from web.pages.names import (
    NAMELESS_CUSTOMER,
    is_run_id,
    name_run,
    write_addition_address,
    write_adoption_address,
    write_picked_address,
)
from web.pages.site import Site
from web.pages.story import concerns, write_who
from web.part_words import name_line
from web.wording import (
    clean,
    hide_ids,
    join,
    write_bundled,
    write_count,
    write_moment,
    write_number_of,
    write_quantity,
    write_short_day,
)

LONGEST_ID = 200
MOST_TICKS = 1000
TICK_FIRST = "Tick the additions that you mean first."
TICKS_CHANGED = "You ticked others than this page had added up. This is what they bill together; say it once more."
STOPPED_WORDS = {
    Stopped.MOVED: "The world has changed since this page was shown, so nothing was kept. This is how it is now.",
    Stopped.BUSY: "A run is writing to this agreement, so nothing was kept. Try again in a minute.",
    Stopped.OVERTAKEN: "Somebody else was quicker, so nothing was kept. This is how it is now.",
}
AS_LEFT = "Its additions are as Seatledger left them, and no other addition of its product is on the agreement."
NONE_FITS = "None of the other additions of its product can be adopted as it is."
NONE_THERE = "No addition of its product is on the agreement. The first night that writes makes one."


@dataclass(frozen=True, slots=True)
class AdditionRow:
    """One addition. `tick` is what its box posts, empty where it has none; `changed` is what somebody did to it."""

    addition: str
    address: str
    tick: str
    is_ticked: bool
    fields: tuple[FieldChange, ...]
    changed: tuple[FieldChange, ...]
    who: str
    trouble: str


@dataclass(frozen=True, slots=True)
class AdoptionView:
    """The page. `cannot` says why there is no form, where there is none; `outcome` what would come of the ticks."""

    customer: str
    customer_address: str
    licence: str
    agreement: str
    path: str
    is_acceptance: bool
    why_parked: str
    as_of: str
    own: tuple[AdditionRow, ...]
    offered: tuple[AdditionRow, ...]
    bundled: tuple[str, ...]
    outcome: tuple[str, ...]
    cannot: str
    shown: str
    added_up: str
    button: str


@dataclass(frozen=True, slots=True)
class Records:
    """What the page is made of."""

    customer: Customer
    mapping: Mapping
    desk: Desk
    found: Found | NotAdoptable
    today: date


class AdoptionPage:
    """GET and POST /customers/{customer_id}/licences/{mapping_id}/adopt."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """What adopting would do, or why it cannot be done."""
        _, records = await self._site.load(lambda outside: read_records(outside, request))
        return self._page(request, records, choose_at_first(records.found))

    async def adopt(self, request: Request) -> Response:
        """Add up what is ticked; or keep it, and ask for a run."""
        form = await read_form(request)
        outside, records = await self._site.load(lambda outside: read_records(outside, request))
        ticked = read_ticks(form)
        actor = make_actor(request.state.principal, self._site.now(), form.one("reason")[:LONGEST_REASON])
        if form.one("look") or isinstance(records.found, NotAdoptable):
            status = 200 if form.one("look") else 409
            return self._page(request, records, ticked, reason=actor.reason, status=status)
        trouble = find_trouble(records.found, form, ticked, actor.reason)
        if trouble is not None:
            status = 409 if trouble.field in tuple(Stopped) else 422
            return self._page(request, records, ticked, trouble=trouble, reason=actor.reason, status=status)
        requests = await self._context.run_requests()
        wish = Wish(ticked, form.one("shown"))
        ended = await adopt_additions(outside, requests, records.customer.id, records.mapping, wish, actor)
        if isinstance(ended, Asked):
            query = urlencode({"asked": ended.run_id or "night"})
            return RedirectResponse(f"{write_path(records)}?{query}", status_code=303)
        _, records = await self._site.load(lambda outside: read_records(outside, request))
        why = Trouble(STOPPED_WORDS[ended], ended) if isinstance(ended, Stopped) else None
        return self._page(request, records, ticked, trouble=why, reason=actor.reason, status=409)

    def _page(
        self,
        request: Request,
        records: Records,
        ticked: Sequence[str],
        *,
        trouble: Trouble | None = None,
        reason: str = "",
        status: int = 200,
    ) -> Response:
        asked = request.query_params.get("asked") if request.method != "POST" else None
        run_id = asked if asked is not None and is_run_id(asked) else ""
        page = self._site.page(
            request,
            "approvals/adopt.html",
            view=make_view(records, ticked, self._site.zone, self._site.currency),
            trouble=trouble,
            reason=reason,
            may_adopt=may_operate(request),
            was_asked=asked is not None,
            run_word=name_run(run_id) if run_id else "",
            run_address=f"/runs/{run_id}" if run_id else "",
            elsewhere_address=write_picked_address(
                records.customer.id, records.mapping.sku_id, request.query_params.get("elsewhere", "")
            ),
        )
        page.status_code = status
        return page


async def read_records(outside: Outside, request: Request) -> Records:
    """What the address names. Raises HTTPException 404 where the customer has no such mapping."""
    names = request.path_params
    customer_id, mapping_id = names["customer_id"], names["mapping_id"]
    if any(not each.isprintable() or len(each) > LONGEST_ID for each in (customer_id, mapping_id)):
        raise HTTPException(404)
    overview = await outside.books.read_overview(customer_id)
    if overview is None or all(each.id != mapping_id for each in overview.mappings):
        raise HTTPException(404)
    desk = await outside.books.read_desk(customer_id)
    mapping = None if desk is None else next((each for each in desk.mappings if each.id == mapping_id), None)
    if desk is None or mapping is None:
        raise HTTPException(404)
    return Records(desk.customer, mapping, desk, await find_additions(outside, desk, mapping), outside.local_day())


def read_ticks(form: Form) -> tuple[str, ...]:
    """What is ticked, each once, in one order."""
    return tuple(sorted(set(form.all("addition")[:MOST_TICKS])))


def choose_at_first(found: Found | NotAdoptable) -> tuple[str, ...]:
    """What is ticked as the page comes: all that a line without additions could take, nothing more for another."""
    return () if isinstance(found, NotAdoptable) or found.own else found.takeable


def find_trouble(found: Found, form: Form, ticked: Sequence[str], reason: str) -> Trouble | None:
    """What is wrong with the form: it is of another world, nothing or something else is ticked, or no reason given."""
    if found.digest != form.one("shown") or not set(ticked) <= set(found.takeable):
        return Trouble(STOPPED_WORDS[Stopped.MOVED], Stopped.MOVED)
    if found.takeable and found.needs_ticks(ticked):
        return Trouble(TICK_FIRST, "ticks")
    if form.one("added_up") != write_ticks(ticked):
        return Trouble(TICKS_CHANGED, "ticks")
    return None if reason else Trouble(NO_REASON, "reason")


def write_ticks(ticked: Sequence[str]) -> str:
    """The ticks as one field."""
    return " ".join(sorted(ticked))


def write_path(records: Records) -> str:
    """Where the page is."""
    return write_adoption_address(records.customer.id, records.mapping.id)


def make_view(records: Records, ticked: Sequence[str], zone: ZoneInfo, currency: str) -> AdoptionView:
    """Everything in words."""
    found, customer, mapping = records.found, records.customer, records.mapping
    journal = records.desk.journals[mapping.id]
    agreement, as_of, why_parked = f"agreement {clean(mapping.agreement_id)}", "", journal.parked_sentence or ""
    own: tuple[AdditionRow, ...] = ()
    offered: tuple[AdditionRow, ...] = ()
    bundled: tuple[str, ...] = ()
    shown = ""
    if isinstance(found, Found):
        read = found.read
        agreement = f"{clean(read.agreement.name)} ({agreement})" if clean(read.agreement.name) else agreement
        as_of = f"As read on {write_moment(read.run.started_at, zone)} by the {name_run(read.run.id)}"
        why_parked, shown = found.why_parked, found.digest
        own = tuple(make_own(records, found, each, currency) for each in found.own)
        offered = tuple(make_offered(each, ticked, currency) for each in found.offered)
        bundled = tuple(write_bundled(each) for each in found.bundled)
    cannot, outcome = find_outcome(records, ticked)
    return AdoptionView(
        customer=clean(customer.name) or NAMELESS_CUSTOMER,
        customer_address=f"/customers/{quote(customer.id, safe='')}",
        licence=name_licence(mapping),
        agreement=agreement,
        path=write_path(records),
        is_acceptance=bool(why_parked),
        why_parked=hide_ids(why_parked, customer.tenant_id),
        as_of=as_of,
        own=own,
        offered=offered,
        bundled=bundled,
        outcome=outcome,
        cannot=hide_ids(cannot, customer.tenant_id),
        shown=shown,
        added_up=write_ticks(ticked),
        button=write_button(found, ticked),
    )


def name_licence(mapping: Mapping) -> str:
    """The licence, and its part where the mapping takes only that one."""
    return name_line(mapping.licence_name, mapping.part)


def make_own(records: Records, found: Found, addition: Addition, currency: str) -> AdditionRow:
    """An addition of the line, which is always taken; and what somebody did to it."""
    written = found.journal.written.get(addition.id)
    is_changed = written is not None and is_edited(addition, written, found.read.agreement.facts.ends_on)
    customer = records.customer
    return AdditionRow(
        addition=clean(addition.id),
        address=write_addition_address(customer.id, customer.connection_id, addition.id) if written else "",
        tick="",
        is_ticked=True,
        fields=describe_addition(addition, currency),
        changed=compare(written.addition, addition, currency) if written is not None and is_changed else (),
        who=write_who_last(found.journal, addition, is_changed=is_changed),
        trouble=write_fraction(addition),
    )


def make_offered(addition: Addition, ticked: Sequence[str], currency: str) -> AdditionRow:
    """An addition that is no line's; one that bills no whole seats cannot be ticked."""
    can = is_countable(addition)
    made_by = "Seatledger made it, for a licence that is not mapped any more." if is_ours(addition) else ""
    return AdditionRow(
        addition=clean(addition.id),
        address="",
        tick=addition.id if can else "",
        is_ticked=can and addition.id in ticked,
        fields=describe_addition(addition, currency),
        changed=(),
        who=made_by or "Somebody else made it in the PSA.",
        trouble=write_fraction(addition),
    )


def write_fraction(addition: Addition) -> str:
    """Why an addition cannot be adopted as it is; empty where it can."""
    if is_countable(addition):
        return ""
    less = f" less {write_quantity(addition.included)} included" if addition.included else ""
    return (
        f"Its quantity is {write_quantity(addition.quantity)}{less}, which is no count of seats. Make it a whole "
        f"number, {write_quantity(addition.included)} or more, in the PSA first; the next night reads it."
    )


def write_who_last(journal: LineJournal, addition: Addition, *, is_changed: bool) -> str:
    """Who had it last: the run that wrote it, the person who adopted it, or somebody in the PSA."""
    written = journal.written.get(addition.id)
    if written is None:
        return "It carries Seatledger's key, and no proof of it is kept."
    entries = [each for each in journal.evidence if concerns(each, addition.id) and each.after is not None]
    adoption = written.adoption
    taken = ((each, one.id) for each in journal.adoptions if each.renews for one in each.additions)
    renewed = [each for each, name in taken if name == addition.id]
    if not entries and adoption is None and renewed:
        last = f"Goes on from agreement {clean(renewed[-1].renews)}, which its own renews"
    elif entries and (adoption is None or entries[-1].sequence >= adoption.sequence):
        last = f"Last written by the {write_who(entries[-1].run_id)}"
    else:
        last = "" if adoption is None else f"Adopted by {clean(adoption.adopted_by)} on "
        last += "" if adoption is None else write_short_day(adoption.adopted_on)
    return f"{last}; somebody changed it in the PSA since." if is_changed else f"{last}."


def find_outcome(records: Records, ticked: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Why nothing can be adopted, or empty; and what would come of adopting what is ticked, as far as that is told."""
    found = records.found
    if isinstance(found, NotAdoptable):
        return found.sentence, ()
    needs_ticks = found.needs_ticks(ticked)
    if needs_ticks and not found.takeable and not (found.why_parked or found.journal.open_intents):
        return NONE_FITS if found.offered or found.bundled else AS_LEFT if found.own else NONE_THERE, ()
    planned = plan_adoption(found, found.takeable if needs_ticks else ticked, Adopter("", records.today, ""))
    if isinstance(planned, NotAdoptable):
        return planned.sentence, ()
    return "", () if needs_ticks else tuple(tell_outcome(records, found, planned))


def tell_outcome(records: Records, found: Found, planned: Adoption) -> Iterator[str]:
    """What the line would bill, what stays as it is, and what the next night would make of it."""
    seats, through = planned.ledger.quantity, planned.ledger.invoiced_through
    yield f"It would bill {write_levels(planned.ledger)}."
    if found.sisters and len(planned.additions) > len(found.own):
        names = join([name_licence(each) for each in found.sisters])
        yield (
            f"{names} of this customer {'is' if len(found.sisters) == 1 else 'are'} billed by the same product on this "
            "agreement; what they would bill waits for approval then. Be sure that this addition is not theirs."
        )
    if found.journal.ledger and through is not None:
        yield f"What Seatledger recorded for the days through {write_short_day(through)}, which are invoiced, stays."
    if records.customer.is_observed:
        yield "This customer is only observed: nothing is written for it."
    elif found.quantity is None:
        yield (
            "How many seats the licence has is not counted yet. If the next night finds another number, that change "
            "waits for approval as the first after adoption."
        )
    elif found.quantity == seats:
        yield f"The licence has {write_count(seats)} by the newest count: the next night has nothing to change."
    else:
        quantity = write_count(found.quantity)
        yield (
            f"The licence has {quantity} by the newest count: the next night plans {write_count(seats)} → {quantity}, "
            "which waits for approval as the first change after adoption."
            + (" A decrease counts once a second night has confirmed it." if found.quantity < seats else "")
        )


def write_levels(entry: LedgerEntry) -> str:
    """25 seats from 1 May 2026, 10 from 1 Jun 2026; nothing."""
    parts = [
        (write_count(level) if place else write_number_of(level, "seat"))
        + ("" if day == date.min else f" from {write_short_day(day)}")
        for place, (day, level) in enumerate(entry.levels.steps)
    ]
    return ", ".join(parts) or "nothing"


def write_button(found: Found | NotAdoptable, ticked: Sequence[str]) -> str:
    """What the button does, with how many additions it is about."""
    if isinstance(found, NotAdoptable):
        return ""
    count = len(found.own) + len(found.choose(ticked))
    if not count:
        return "Begin again without an addition"
    verb = "Accept" if found.why_parked else "Adopt"
    return f"{verb} {write_number_of(count, 'addition')} as {'it is' if count == 1 else 'they are'}"
