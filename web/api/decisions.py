"""`/api/v1`: what waits for people, and their answers. Days are ISO dates in the MSP's zone, times UTC, money text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.approvals import OpenHold, OpenProposal
from plans.plan import spell
from plans.undo import TooLate
from web.actions.asking import Actor, make_actor
from web.actions.deciding import Ticked, Word, can_decide, decide
from web.actions.settling import tick_off
from web.actions.undoing import Asked, Moved, Undo, ask_undo
from web.context import WebContext
from web.forms import read_body
from web.pages import approval_list, credit_list
from web.pages.additions import read_story, read_undo, write_addition_address
from web.pages.approval_words import write_advice
from web.pages.change_words import describe_change
from web.pages.listing import cut_listing, read_ask
from web.pages.site import Site
from web.pages.story import make_story
from web.wording import clean, hide_ids

JSON_TYPE = "application/json"
type Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
type Id = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Body(BaseModel):
    """What a request carries; anything else in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ShownHold(Body):
    """One hold as it was listed."""

    id: Id
    line_hash: Id


class Decision(Body):
    """What is decided about these holds, and why."""

    holds: list[ShownHold]
    reason: Words


class TickOff(Body):
    """A credit proposal, and the invoice on which the money was given back."""

    id: Id
    invoice_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class UndoWish(Body):
    """What was shown (`digest` of the undo that was read), and why it is wanted."""

    shown: Id
    reason: Words


class DecisionsApi:
    """The routes. Every answer of a refusal is `{"error": sentence}`."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def list_holds(self, request: Request) -> Response:
        """GET holds: filtered and paged like the page, by `state`, `customer`, `q`, `sort` and `page`."""
        _, holds = await self._site.load(lambda outside: outside.open_items.list_holds())
        ask = read_ask(request, "", [sorter.name for sorter in approval_list.SORTERS], extra=("customer",))
        listing = cut_listing(ask, approval_list.select(holds, ask), (), (), "")
        return answer_page(
            "holds", [write_hold(each) for each in listing.page.rows], listing.page.number, listing.page.total
        )

    async def approve(self, request: Request) -> Response:
        """POST holds/approve."""
        return await self._decide(request, Word.APPROVE)

    async def refuse(self, request: Request) -> Response:
        """POST holds/refuse."""
        return await self._decide(request, Word.REFUSE)

    async def _decide(self, request: Request, word: Word) -> Response:
        body = await read_json(request, Decision)
        if isinstance(body, Response):
            return body
        ticked = [Ticked(each.id, each.line_hash) for each in body.holds]
        outside, requests = await self._context.outside(), await self._context.run_requests()
        decided = await decide(outside, requests, word, ticked, self._actor(request, body.reason))
        return JSONResponse(
            {
                "done": [hold.id for hold in decided.done],
                "changed": [write_hold(hold) for hold in decided.moved],
                "gone": decided.gone,
                "run_id": decided.run_id,
            }
        )

    async def list_proposals(self, request: Request) -> Response:
        """GET proposals: filtered and paged like the page."""
        _, proposals = await self._site.load(lambda outside: outside.open_items.list_proposals())
        ask = read_ask(request, "", [sorter.name for sorter in credit_list.SORTERS])
        page = cut_listing(ask, credit_list.select(proposals, ask), (), (), "").page
        return answer_page("proposals", [write_proposal(each) for each in page.rows], page.number, page.total)

    async def settle(self, request: Request) -> Response:
        """POST proposals/settle; 409 where somebody had ticked it off before."""
        body = await read_json(request, TickOff)
        if isinstance(body, Response):
            return body
        actor = self._actor(request, "")
        _, ended = await self._site.load(lambda outside: tick_off(outside, body.id, clean(body.invoice_number), actor))
        if ended is None:
            return refuse(404, "There is no such credit proposal.")
        return JSONResponse(write_proposal(ended.proposal), 200 if ended.is_new else 409)

    async def tell_story(self, request: Request) -> Response:
        """GET one addition's story, the newest event first."""
        _, records = await self._site.load(lambda outside: read_story(outside, request))
        view = make_story(records, self._path(request), self._site.zone, self._site.currency)
        events = [write_value(asdict(event)) for event in view.events]
        state = [asdict(each) for each in view.state]
        return JSONResponse(
            {
                "addition_id": records.addition_id,
                "licence": view.licence,
                "agreement_id": records.agreement_id,
                "state": state,
                "state_as_of": view.state_as_of or view.state_sentence,
                "events": events,
            }
        )

    async def show_undo(self, request: Request) -> Response:
        """GET what taking the newest write back would do; 409 where it is too late."""
        _, (_, planned) = await self._site.load(lambda outside: read_undo(outside, request))
        return (
            refuse(409, planned.sentence) if isinstance(planned, TooLate) else JSONResponse(self._write_undo(planned))
        )

    async def undo(self, request: Request) -> Response:
        """POST the wish; 409 where it is too late, or the world has changed since it was shown."""
        body = await read_json(request, UndoWish)
        if isinstance(body, Response):
            return body
        outside, (found, planned) = await self._site.load(lambda outside: read_undo(outside, request))
        if isinstance(planned, TooLate):
            return refuse(409, planned.sentence)
        requests, actor = await self._context.run_requests(), self._actor(request, body.reason)
        match await ask_undo(outside, requests, found.desk, found.mapping, body.shown, actor):
            case Asked(run_id):
                return JSONResponse({"run_id": run_id})
            case Moved(now):
                told = {"error": "The world has changed since this was shown.", "undo": self._write_undo(now)}
                return JSONResponse(told, 409)
            case TooLate(sentence):
                return refuse(409, sentence)

    def _write_undo(self, planned: Undo) -> dict[str, Any]:
        words = describe_change(planned.change, self._site.currency)
        return {
            "digest": planned.digest,
            "sentence": words.sentence,
            "fields": [asdict(each) for each in words.fields],
            "quantity_refused": planned.quantity,
            "quantity_before": planned.level,
        }

    def _actor(self, request: Request, reason: str) -> Actor:
        return make_actor(request.state.principal, self._site.now(), reason)

    def _path(self, request: Request) -> str:
        names = request.path_params
        return write_addition_address(names["customer_id"], names["connection_id"], names["addition_id"])


async def read_json[T: Body](request: Request, shape: type[T]) -> T | Response:
    """The body in that shape, or the answer that says what is wrong with it."""
    text = await read_body(request, JSON_TYPE)
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"]) or "body"
        return refuse(422, f"{place}: {first['msg']}.")


def refuse(status: int, sentence: str) -> Response:
    """A plain answer that nothing was done."""
    return JSONResponse({"error": sentence}, status)


def answer_page(name: str, rows: Sequence[dict[str, Any]], number: int, total: int) -> Response:
    """One page of a list."""
    return JSONResponse({name: list(rows), "page": number, "total": total})


def write_hold(hold: OpenHold) -> dict[str, Any]:
    """A hold with everything that a script needs to decide about it."""
    line = hold.line
    return {
        "id": hold.id,
        "line_hash": line.line_hash,
        "can_decide": can_decide(hold),
        "advice": write_advice(hold),
        "customer_id": hold.customer_id,
        "customer": clean(hold.customer_name),
        "agreement_id": hold.agreement_id,
        "licence": clean(line.licence_name),
        "quantity_before": line.quantity_before,
        "quantity_after": line.quantity_after,
        "rule": line.rule.value,
        "sentence": hide_ids(line.sentence, ""),
        "forecast_a_month": None if line.monthly is None else f"{line.monthly:f}",
        "since": hold.since.isoformat(),
        "plan_hash": line.plan_hash,
    }


def write_proposal(proposal: OpenProposal) -> dict[str, Any]:
    """A credit proposal."""
    days = proposal.line.proposal
    return {
        "id": proposal.id,
        "customer_id": proposal.customer_id,
        "customer": clean(proposal.customer_name),
        "licence": clean(proposal.line.licence_name),
        "start": days.start.isoformat(),
        "last": days.last.isoformat(),
        "seats": days.seats,
        "amount": None if days.amount is None else f"{days.amount:f}",
        "settled_by": proposal.settled_by,
        "settled_at": None if proposal.settled_at is None else proposal.settled_at.isoformat(),
        "invoice_number": proposal.invoice_number,
    }


def write_value(fields: dict[str, Any]) -> dict[str, Any]:
    """Values that JSON has, and the one spelling of those that it lacks."""
    plain = (str, int, bool, list, tuple, dict, type(None))
    return {name: value if isinstance(value, plain) else spell(value) for name, value in fields.items()}
