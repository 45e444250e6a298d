"""One addition: its story, and taking its newest write back."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notify.wording import write_money
from plans.ledger import effect_of
from plans.ports import Desk, Outside
from plans.undo import TooLate
from profiles.billing import Mapping
from sync.preview_money import weigh_changes
from sync.previewing import list_created
from web.actions.asking import make_actor
from web.actions.undoing import Asked, Moved, Undo, ask_undo, find_newest_write, plan_undo, read_newest
from web.context import WebContext
from web.forms import read_form
from web.pages.approvals import LONGEST_REASON, NO_REASON, Trouble, may_operate
from web.pages.change_words import FieldChange, describe_change
from web.pages.first_invoice import name_first_invoice
from web.pages.names import is_run_id, name_run, write_addition_address
from web.pages.site import Site
from web.pages.story import StoryRecords, concerns, find_agreement_id, make_story, owns
from web.wording import clean, write_short_day

LONGEST_ID = 200
MOVED = "The world has changed since this page was shown, so nothing was asked for. This is what it would do now."
NOT_NEWEST = "The newest write of this licence was to another addition. Take that one back first."


@dataclass(frozen=True, slots=True)
class Found:
    """An addition with the mapping that owns it, or owned it."""

    desk: Desk
    mapping: Mapping
    addition_id: str


class AdditionPage:
    """GET /customers/{customer_id}/additions/{connection_id}/{addition_id}, and GET and POST of its undo."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """The whole story."""
        _, records = await self._site.load(lambda outside: read_story(outside, request))
        asked = request.query_params.get("asked")
        run_id = asked if asked is not None and is_run_id(asked) else ""
        return self._site.page(
            request,
            "approvals/story.html",
            view=make_story(records, self._path(request), self._site.zone, self._site.currency),
            may_undo=may_operate(request),
            was_asked=asked is not None,
            run_word=name_run(run_id) if run_id else "",
            run_address=f"/runs/{run_id}" if run_id else "",
        )

    async def show_undo(self, request: Request) -> Response:
        """What taking the newest write back would do, or why it is too late."""
        _, (found, planned) = await self._site.load(lambda outside: read_undo(outside, request))
        return self._undo_page(request, found, planned)

    async def undo(self, request: Request) -> Response:
        """Ask for it."""
        form = await read_form(request)
        reason = form.one("reason")[:LONGEST_REASON]
        outside, (found, planned) = await self._site.load(lambda outside: read_undo(outside, request))
        actor = make_actor(request.state.principal, self._site.now(), reason)
        if isinstance(planned, TooLate):
            return self._undo_page(request, found, planned, status=409)
        if not actor.reason:
            return self._undo_page(request, found, planned, trouble=Trouble(NO_REASON, "reason"), status=422)
        requests = await self._context.run_requests()
        match await ask_undo(outside, requests, found.desk, found.mapping, form.one("shown"), actor):
            case Asked(run_id):
                query = urlencode({"asked": run_id or "night"})
                return RedirectResponse(f"{self._path(request)}?{query}", status_code=303)
            case Moved(now):
                trouble = Trouble(MOVED, "moved")
                return self._undo_page(request, found, now, trouble=trouble, reason=reason, status=409)
            case TooLate() as too_late:
                return self._undo_page(request, found, too_late, status=409)

    def _path(self, request: Request) -> str:
        names = request.path_params
        return write_addition_address(names["customer_id"], names["connection_id"], names["addition_id"])

    def _undo_page(
        self,
        request: Request,
        found: Found,
        planned: Undo | TooLate,
        *,
        trouble: Trouble | None = None,
        reason: str = "",
        status: int = 200,
    ) -> Response:
        can = isinstance(planned, Undo)
        page = self._site.page(
            request,
            "approvals/undo.html",
            customer=clean(found.desk.customer.name),
            licence=clean(found.mapping.licence_name),
            addition=found.addition_id,
            path=self._path(request),
            done=describe_change(planned.entry.change, self._site.currency) if isinstance(planned, Undo) else None,
            writes=describe_change(planned.change, self._site.currency) if isinstance(planned, Undo) else None,
            money=list_money(planned, found.desk, self._site.currency) if isinstance(planned, Undo) else (),
            planned=planned,
            too_late="" if isinstance(planned, Undo) else planned.sentence,
            trouble=trouble,
            reason=reason,
            may_undo=can and may_operate(request),
        )
        page.status_code = status
        return page


async def find_addition(outside: Outside, request: Request) -> Found:
    """The addition that the address names. Raises HTTPException 404 where no line of the customer ever had it."""
    names = request.path_params
    customer_id, addition_id = names["customer_id"], names["addition_id"]
    if any(not each.isprintable() or len(each) > LONGEST_ID for each in (customer_id, addition_id)):
        raise HTTPException(404)
    overview = await outside.books.read_overview(customer_id)
    if overview is None or overview.customer.connection_id != names["connection_id"]:
        raise HTTPException(404)
    desk = await outside.books.read_desk(customer_id)
    if desk is None:
        raise HTTPException(404)
    for mapping in desk.mappings:
        if owns(desk.journals[mapping.id], addition_id):
            return Found(desk, mapping, addition_id)
    raise HTTPException(404)


async def read_story(outside: Outside, request: Request) -> StoryRecords:
    """Everything that the story is made of."""
    found = await find_addition(outside, request)
    journal, customer = found.desk.journals[found.mapping.id], found.desk.customer
    agreement_id = find_agreement_id(journal, found.addition_id, found.mapping.agreement_id)
    read = await read_newest(outside, customer.connection_id, {agreement_id})
    history = await outside.books.list_history(customer.id)
    return StoryRecords(
        customer, found.mapping, journal, history, agreement_id, found.addition_id, read.get(agreement_id)
    )


def list_money(planned: Undo, desk: Desk, currency: str) -> tuple[FieldChange, ...]:
    """What is invoiced already, which invoice the undo changes first, and what it moves there and in a month."""
    agreement, (day, _) = planned.agreement, effect_of(planned.change)
    through = agreement.facts.invoiced_through
    moved = weigh_changes(agreement, (planned.change,), list_created(desk), {})
    unknown = " ".join(("not known.", *moved.missing))
    amounts = (("On the next invoice (forecast)", moved.next_invoice), ("A month (forecast)", moved.per_month))
    return (
        FieldChange("Invoiced through", "", "not known" if through is None else write_short_day(through)),
        FieldChange("First invoice it changes", "", name_first_invoice(agreement, day)),
        *(
            FieldChange(word, "", unknown if amount is None else write_money(amount, currency, is_difference=True))
            for word, amount in amounts
        ),
    )


async def read_undo(outside: Outside, request: Request) -> tuple[Found, Undo | TooLate]:
    """What would be taken back of this addition."""
    found = await find_addition(outside, request)
    newest = find_newest_write(found.desk.journals[found.mapping.id])
    if newest is not None and not concerns(newest, found.addition_id):
        return found, TooLate(NOT_NEWEST)
    return found, await plan_undo(outside, found.desk, found.mapping)
