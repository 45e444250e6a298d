"""What requests and answers of `/api/v1` carry. Days are ISO dates in the MSP's zone, times UTC, money is text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from plans.changes import HoldRule
from web.pages.view import Tone

type Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
type Id = Annotated[str, StringConstraints(min_length=1, max_length=500)]
type Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
type Money = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:f}", return_type=str)]

# An amount as somebody sends it. Its digits are bounded: 1e-999999 is short to send, and long to write.
type SentMoney = Annotated[
    Decimal, Field(max_digits=12), PlainSerializer(lambda amount: f"{amount:f}", return_type=str)
]


class Shape(BaseModel):
    """What travels; anything else in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def write(self) -> dict[str, Any]:
        """As JSON has it."""
        return self.model_dump(mode="json")


class ShownHold(Shape):
    """One hold as it was listed."""

    id: Id
    line_hash: Annotated[Id, Field(description="The hash that was listed: it names exactly the writes that were shown")]


class Decision(Shape):
    """What is decided about these holds, and why."""

    holds: list[ShownHold]
    reason: Words


class TickOff(Shape):
    """A credit proposal, and the invoice on which the money was given back."""

    id: Id
    invoice_number: Number


class UndoWish(Shape):
    """What was shown, and why it is wanted."""

    shown: Annotated[Id, Field(description="The digest of the undo that was read")]
    reason: Words


class Hold(Shape):
    """A change that a rule stopped, with everything that is needed to decide about it."""

    id: str
    line_hash: Annotated[str, Field(description="Names the writes; send it back with a decision")]
    can_decide: Annotated[bool, Field(description="Whether an approval would help")]
    advice: Annotated[str, Field(description="What to do where no approval helps")]
    customer_id: str
    customer: str
    agreement_id: str
    licence: str
    quantity_before: int
    quantity_after: int
    rule: HoldRule
    sentence: str
    forecast_a_month: Annotated[Money | None, Field(description="What it moves in a whole month, without a currency")]
    since: datetime
    plan_hash: str


class HoldPage(Shape):
    """One page of holds."""

    holds: list[Hold]
    page: int
    total: int


class Outcome(Shape):
    """What came of a decision."""

    done: Annotated[list[str], Field(description="The holds that were decided about")]
    changed: Annotated[list[Hold], Field(description="Those that have another plan by now; nothing was decided")]
    gone: Annotated[int, Field(description="How many wait no longer")]
    run_id: Annotated[str | None, Field(description="The run that carries it out; null where the next night does")]


class Proposal(Shape):
    """Money that only a person can give back."""

    id: str
    customer_id: str
    customer: str
    licence: str
    start: date
    last: date
    seats: int
    amount: Annotated[Money | None, Field(description="Without a currency; null where it is not known")]
    settled_by: str | None
    settled_at: datetime | None
    invoice_number: Annotated[str, Field(description="Empty until it is ticked off")]


class ProposalPage(Shape):
    """One page of credit proposals."""

    proposals: list[Proposal]
    page: int
    total: int


class FieldStep(Shape):
    """One field of an addition, before and after, in words."""

    word: str
    before: str
    after: str


class StoryEvent(Shape):
    """One thing that happened to an addition."""

    at: datetime
    when: str
    word: str
    tone: Tone
    who: str
    run_address: str
    title: str
    sentence: str
    fields: list[FieldStep]
    plan_hash: str
    read_back: str
    can_undo: bool


class Story(Shape):
    """One addition's whole life, the newest event first."""

    addition_id: str
    licence: str
    agreement_id: str
    state: list[FieldStep]
    state_as_of: str
    events: list[StoryEvent]


class UndoPlan(Shape):
    """What taking the newest write back would do."""

    digest: Annotated[str, Field(description="Names what is shown; send it back with the wish")]
    sentence: str
    fields: list[FieldStep]
    quantity_refused: int
    quantity_before: int


class UndoAsked(Shape):
    """The run that was asked for."""

    run_id: Annotated[str | None, Field(description="Null where it could not be started: the next night does it")]


class FieldTrouble(Shape):
    """What is wrong with one field of the body, in the words that stand beside it in the form."""

    field: str
    detail: str


class Refused(Shape):
    """Nothing was done, and why (RFC 9457, without a type). `correlation_id` names the request in the log, where it
    never reached its route.
    """

    title: Annotated[str, Field(description="What HTTP calls the status")]
    status: int
    detail: Annotated[str, Field(description="The sentence that a person would read")]
    errors: list[FieldTrouble] = []
    correlation_id: str | None = None


class UndoMoved(Refused):
    """Nothing was done: the world has changed, or it is too late. `undo` is the new plan, where there is one."""

    undo: UndoPlan | None = None
