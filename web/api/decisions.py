"""`/api/v1`: what waits for people, and their answers. Days are ISO dates in the MSP's zone, times UTC, money text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.approvals import OpenHold, OpenProposal
from plans.undo import TooLate
from web.actions.asking import Actor, make_actor
from web.actions.deciding import Ticked, Word, can_decide, decide
from web.actions.settling import tick_off
from web.actions.undoing import Asked, Moved, Undo, ask_undo
from web.api.answering import cut, read_json, refuse
from web.api.operations import LISTED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Answers, Operation
from web.api.shapes import (
    Decision,
    FieldStep,
    Hold,
    HoldPage,
    Outcome,
    Proposal,
    ProposalPage,
    Refused,
    Story,
    StoryEvent,
    TickOff,
    UndoAsked,
    UndoMoved,
    UndoPlan,
    UndoWish,
)
from web.context import WebContext
from web.pages import approval_list, credit_list
from web.pages.additions import read_story, read_undo
from web.pages.approval_words import write_advice
from web.pages.change_words import FieldChange, describe_change
from web.pages.listing import read_ask
from web.pages.names import write_addition_address
from web.pages.site import Site
from web.pages.story import make_story
from web.problems import answer_problem
from web.wording import clean, hide_ids

STORY = f"{ROOT}/customers/{{customer_id}}/additions/{{connection_id}}/{{addition_id}}"
NO_ADDITION: Answers = {404: (Refused, "No line of this customer ever had this addition")}


class DecisionsApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", f"{ROOT}/holds", "list_holds", "What waits for a decision, 50 a page, the longest waiting first",
            {200: (HoldPage, "One page")}, query=("q", "state", "customer", "sort", "page"),
            pages=("/approvals", "/approvals.csv", "/approvals/{hold_id}"),
        ),
        Operation(
            "POST", f"{ROOT}/holds/approve", "approve", "Allow exactly the writes that were listed, and ask for a run",
            {200: (Outcome, "What came of it"), **NOT_UNDERSTOOD}, Decision,
            pages=("/approvals/approve",),
        ),
        Operation(
            "POST", f"{ROOT}/holds/refuse", "refuse", "Refuse them until the count changes, and ask for a run",
            {200: (Outcome, "What came of it"), **NOT_UNDERSTOOD}, Decision,
            pages=("/approvals/refuse",),
        ),
        Operation(
            "GET", f"{ROOT}/proposals", "list_proposals", "Money that only a person can give back, 50 a page",
            {200: (ProposalPage, "One page")}, query=LISTED,
            pages=("/approvals/credits", "/approvals/credits.csv"),
        ),
        Operation(
            "POST", f"{ROOT}/proposals/settle", "settle", "Tick a credit proposal off",
            {
                200: (Proposal, "Ticked off"),
                **NOT_THERE,
                409: (Proposal, "Somebody had ticked it off before; it stays as it was"),
                **NOT_UNDERSTOOD,
            },
            TickOff,
            pages=("/approvals/credits/settle",),
        ),
        Operation(
            "GET", STORY, "tell_story", "One addition's whole life",
            {200: (Story, "The story"), **NO_ADDITION},
            pages=("/customers/{customer_id}/additions/{connection_id}/{addition_id}",),
        ),
        Operation(
            "GET", f"{STORY}/undo", "show_undo", "What taking its newest write back would do",
            {
                200: (UndoPlan, "What would be written"),
                **NO_ADDITION,
                409: (Refused, "It is too late, and why"),
            },
            pages=("/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo",),
        ),
        Operation(
            "POST", f"{STORY}/undo", "undo", "Take its newest write back: asks for a run",
            {
                200: (UndoAsked, "It is asked for"),
                **NO_ADDITION,
                409: (UndoMoved, "The world has changed since it was shown, or it is too late"),
                **NOT_UNDERSTOOD,
            },
            UndoWish,
            pages=("/customers/{customer_id}/additions/{connection_id}/{addition_id}/undo",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def list_holds(self, request: Request) -> Response:
        """GET holds: filtered and paged like the page, by `state`, `customer`, `q`, `sort` and `page`."""
        _, holds = await self._site.load(lambda outside: outside.open_items.list_holds())
        ask = read_ask(request, "", [sorter.name for sorter in approval_list.SORTERS], extra=("customer",))
        page = cut(ask, approval_list.select(holds, ask))
        rows = [make_hold(each) for each in page.rows]
        return JSONResponse(HoldPage(holds=rows, page=page.number, total=page.total).write())

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
        outcome = Outcome(
            done=[hold.id for hold in decided.done],
            changed=[make_hold(hold) for hold in decided.moved],
            gone=decided.gone,
            run_id=decided.run_id,
        )
        return JSONResponse(outcome.write())

    async def list_proposals(self, request: Request) -> Response:
        """GET proposals: filtered and paged like the page."""
        _, proposals = await self._site.load(lambda outside: outside.open_items.list_proposals())
        ask = read_ask(request, "", [sorter.name for sorter in credit_list.SORTERS])
        page = cut(ask, credit_list.select(proposals, ask))
        rows = [make_proposal(each) for each in page.rows]
        return JSONResponse(ProposalPage(proposals=rows, page=page.number, total=page.total).write())

    async def settle(self, request: Request) -> Response:
        """POST proposals/settle; 409 where somebody had ticked it off before."""
        body = await read_json(request, TickOff)
        if isinstance(body, Response):
            return body
        actor = self._actor(request, "")
        _, ended = await self._site.load(lambda outside: tick_off(outside, body.id, clean(body.invoice_number), actor))
        if ended is None:
            return refuse(404, "There is no such credit proposal.")
        return JSONResponse(make_proposal(ended.proposal).write(), 200 if ended.is_new else 409)

    async def tell_story(self, request: Request) -> Response:
        """GET one addition's story, the newest event first."""
        _, records = await self._site.load(lambda outside: read_story(outside, request))
        view = make_story(records, self._path(request), self._site.zone, self._site.currency)
        story = Story(
            addition_id=records.addition_id,
            licence=view.licence,
            agreement_id=records.agreement_id,
            state=make_steps(view.state),
            state_as_of=view.state_as_of or view.state_sentence,
            events=[StoryEvent.model_validate(asdict(event)) for event in view.events],
        )
        return JSONResponse(story.write())

    async def show_undo(self, request: Request) -> Response:
        """GET what taking the newest write back would do; 409 where it is too late."""
        _, (_, planned) = await self._site.load(lambda outside: read_undo(outside, request))
        if isinstance(planned, TooLate):
            return refuse(409, planned.sentence)
        return JSONResponse(self._make_undo(planned).write())

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
                return JSONResponse(UndoAsked(run_id=run_id).write())
            case Moved(now):
                return answer_problem(
                    409, "The world has changed since this was shown.", undo=self._make_undo(now).write()
                )
            case TooLate(sentence):
                return refuse(409, sentence)

    def _make_undo(self, planned: Undo) -> UndoPlan:
        words = describe_change(planned.change, self._site.currency)
        return UndoPlan(
            digest=planned.digest,
            sentence=words.sentence,
            fields=make_steps(words.fields),
            quantity_refused=planned.quantity,
            quantity_before=planned.level,
        )

    def _actor(self, request: Request, reason: str) -> Actor:
        return make_actor(request.state.principal, self._site.now(), reason)

    def _path(self, request: Request) -> str:
        names = request.path_params
        return write_addition_address(names["customer_id"], names["connection_id"], names["addition_id"])


def make_hold(hold: OpenHold) -> Hold:
    """A hold with everything that a script needs to decide about it."""
    line = hold.line
    return Hold(
        id=hold.id,
        line_hash=line.line_hash,
        can_decide=can_decide(hold),
        advice=write_advice(hold),
        customer_id=hold.customer_id,
        customer=clean(hold.customer_name),
        agreement_id=hold.agreement_id,
        licence=clean(line.licence_name),
        quantity_before=line.quantity_before,
        quantity_after=line.quantity_after,
        rule=line.rule,
        sentence=hide_ids(line.sentence, ""),
        forecast_a_month=line.monthly,
        since=hold.since,
        plan_hash=line.plan_hash,
    )


def make_proposal(proposal: OpenProposal) -> Proposal:
    """A credit proposal."""
    days = proposal.line.proposal
    return Proposal(
        id=proposal.id,
        customer_id=proposal.customer_id,
        customer=clean(proposal.customer_name),
        licence=clean(proposal.line.licence_name),
        start=days.start,
        last=days.last,
        seats=days.seats,
        amount=days.amount,
        settled_by=proposal.settled_by,
        settled_at=proposal.settled_at,
        invoice_number=proposal.invoice_number,
    )


def make_steps(fields: Sequence[FieldChange]) -> list[FieldStep]:
    """What of an addition becomes what."""
    return [FieldStep(word=each.word, before=each.before, after=each.after) for each in fields]
