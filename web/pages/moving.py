"""Moving what is billed on an agreement to another one: all its lines in one step, with the successor chosen before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.administration import Administration
from plans.catalogue import AgreementSummary, find_successor
from plans.errors import Misconfigured, Retry
from plans.plan import hash_value
from plans.ports import Desk
from profiles.billing import Mapping
from web.actions.asking import make_actor
from web.actions.keeping import LINES_AT_ONCE
from web.actions.mapping import save_changes
from web.actions.mapping_words import MappingNames, name_line
from web.actions.moving import find_unfit, list_lines, make_moves
from web.context import WebContext
from web.forms import Form, read_form
from web.pages.mapping_records import read_desk
from web.pages.names import write_move_address
from web.pages.psa_choices import read_agreements_for, sort_active
from web.pages.site import Site, open_administration
from web.wording import clean, end_sentence, join, write_number_of, write_short_day

LONGEST_ID = 100
NOTHING_TICKED = "Tick what should move first."
TOO_MANY = f"Tick {LINES_AT_ONCE} at most, and move the rest after that."
NOTHING_CHOSEN = "Choose the agreement that it should move to."
MOVED = "Somebody changed what is billed here since this page was shown, so nothing was moved. This is how it is now."


@dataclass(frozen=True, slots=True)
class Offered:
    """Where lines may go: the active agreements of the customer's company and of the parent that pays for it. `old` is
    where they are, None where the PSA has it no more; `successor` may well take over from it.
    """

    old: AgreementSummary | None
    agreements: tuple[AgreementSummary, ...]
    successor: AgreementSummary | None


async def read_offered(administration: Administration, desk: Desk, agreement_id: str) -> Offered:
    """What the PSA offers now. Raises like the PSA."""
    psa = await administration.connections.open_psa(desk.customer.connection_id)
    own, _, theirs = await read_agreements_for(psa, desk.customer.company_id)
    every = (*own, *theirs)
    old = next((each for each in every if each.id == agreement_id), None)
    others = tuple(each for each in (*sort_active(own), *sort_active(theirs)) if each.id != agreement_id)
    return Offered(old, others, None if old is None else find_successor(old, others))


NOTHING = Offered(None, (), None)


class MovingPage:
    """GET and POST /customers/{customer_id}/agreements/{agreement_id}/move."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """What is billed there, all of it ticked, and where it could go."""
        _, desk = await self._site.load(lambda outside: read_desk(outside, request))
        lines = list_lines(desk, find_agreement_id(request))
        return await self._page(request, desk, [each.id for each in lines], "")

    async def move(self, request: Request) -> Response:
        """The ticked lines are mapped to the other agreement, all of them or none."""
        form = await read_form(request)
        outside, desk = await self._site.load(lambda outside: read_desk(outside, request))
        lines, ticked = list_lines(desk, find_agreement_id(request)), set(form.all("tick"))
        if form.one("seen") != write_digest(lines):
            return await self._page(request, desk, [each.id for each in lines], MOVED, 409)
        chosen = [each for each in lines if each.id in ticked]
        if not chosen or len(chosen) > LINES_AT_ONCE:
            trouble = TOO_MANY if chosen else NOTHING_TICKED
            return await self._page(request, desk, [each.id for each in chosen], trouble, 422, form)
        offered, silence = await self._offer(request, desk)
        target = next((each for each in offered.agreements if each.id == form.one("agreement")), None)
        profiles = await outside.profiles.list_profiles()
        trouble = silence or (NOTHING_CHOSEN if target is None else "")
        if target is not None and (unfit := find_unfit(chosen, profiles, target)):
            trouble = (
                f"{join([clean(each) for each in unfit])} cannot be billed there: the billing profile is not for "
                "agreements of that type. Leave it out, or choose another agreement."
            )
        if trouble or target is None:
            return await self._page(request, desk, [each.id for each in chosen], trouble, 422, form)
        administration = await open_administration(self._context)
        actor = make_actor(request.state.principal, self._site.now(), "")
        names = MappingNames({}, {each.id: each.name for each in (*offered.agreements, *filter(None, [offered.old]))})
        changes = make_moves(lines, ticked, target.id)
        if not await save_changes(administration, request, actor, desk, changes, names):
            _, desk = await self._site.load(lambda outside: read_desk(outside, request))
            lines = list_lines(desk, find_agreement_id(request))
            return await self._page(request, desk, [each.id for each in lines], MOVED, 409)
        self._site.shelf.forget()
        query = urlencode({"told": "moved"})
        return RedirectResponse(f"/customers/{quote(desk.customer.id, safe='')}?{query}", status_code=303)

    async def _offer(self, request: Request, desk: Desk) -> tuple[Offered, str]:
        """What the PSA offers now, or why it offers nothing."""
        administration = await open_administration(self._context)
        try:
            return await read_offered(administration, desk, find_agreement_id(request)), ""
        except (Retry, Misconfigured) as error:
            return NOTHING, f"The PSA does not tell its agreements. {end_sentence(clean(str(error)))}"

    async def _page(
        self,
        request: Request,
        desk: Desk,
        ticked: Sequence[str],
        trouble: str,
        status: int = 200,
        form: Form | None = None,
    ) -> Response:
        agreement_id = find_agreement_id(request)
        lines = list_lines(desk, agreement_id)
        offered, silence = await self._offer(request, desk)
        successor = "" if offered.successor is None else offered.successor.id
        page = self._site.page(
            request,
            "mapping/move.html",
            customer=clean(desk.customer.name),
            customer_address=f"/customers/{quote(desk.customer.id, safe='')}",
            agreement=clean("" if offered.old is None else offered.old.name) or f"agreement {clean(agreement_id)}",
            ending=write_ending(offered.old),
            path=write_move_address(desk.customer.id, agreement_id),
            rows=[(each.id, name_line(each), each.id in ticked) for each in lines],
            noun=write_number_of(len(lines), "licence"),
            choices=[(each.id, describe_agreement(each)) for each in offered.agreements],
            chosen=successor if form is None else form.one("agreement"),
            successor=successor,
            seen=write_digest(lines),
            trouble=trouble or silence,
        )
        page.status_code = status
        return page


def find_agreement_id(request: Request) -> str:
    """The agreement that the address names. Raises HTTPException 404 for what can be none."""
    agreement_id: str = request.path_params["agreement_id"]
    if not agreement_id.isprintable() or len(agreement_id) > LONGEST_ID:
        raise HTTPException(404)
    return agreement_id


def write_digest(lines: Sequence[Mapping]) -> str:
    """SHA-256 over the lines in hex: what the page says it was shown."""
    return hash_value([[each.id, each.agreement_id, each.profile_id] for each in lines])


def write_ending(old: AgreementSummary | None) -> str:
    """When the agreement ends, as far as the PSA says it; empty where it does not."""
    return "" if old is None or old.ends_on is None else f"It ends on {write_short_day(old.ends_on)}."


def describe_agreement(agreement: AgreementSummary) -> str:
    """Managed Services 2027, Managed Services, from 1 Jan 2027 to 31 Dec 2027."""
    starts = "" if agreement.starts_on is None else f", from {write_short_day(agreement.starts_on)}"
    ends = "" if agreement.ends_on is None else f" to {write_short_day(agreement.ends_on)}"
    kind = f", {clean(agreement.type_name)}" if agreement.type_name else ""
    return f"{clean(agreement.name)} ({clean(agreement.id)}){kind}{starts}{ends}"
