"""What `/api/v1/tools` takes and answers: many licences at once, mapping rules, files of mappings, old additions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from web.api.forms import As, FormShape
from web.api.shapes import Id, Shape
from web.pages.tools.mapping_csv import LARGEST_TEXT

MOST_TICKS = 500
type Ticks = Annotated[list[Id], Field(max_length=MOST_TICKS)]
type Whole = Annotated[str, Field(max_length=100, description="Instead of ticks: all of the list, as it was read")]
type AnyTerm = Literal["any", "P1M", "P1Y", "P3Y"]
type Typed = Annotated[str, Field(max_length=100)]


class ToolChoice(Shape):
    """One thing to choose."""

    id: str
    name: str


class CandidateItem(Shape):
    """One licence of one customer. `tick` names it as it is now; it is empty where `sentence` says why it cannot be."""

    tick: str
    customer_id: str
    customer: str
    licence: str
    seats: int
    agreement: str
    about_a_month: str
    sentence: str


class LineList(Shape):
    """Lines that nobody decided about, and what mapping those comes to that can be."""

    rows: list[CandidateItem]
    page: int
    total: int
    ready: int
    comes_to: str
    whole: Annotated[str, Field(description="Names what is mapped at once, 500 at most; send it back instead of ticks")]
    troubles: list[str]


class MapManyPage(LineList):
    """What can be chosen, and the lines of what was."""

    licences: Annotated[list[ToolChoice], Field(description="The values of `sku`")]
    profiles: Annotated[list[ToolChoice], Field(description="The values of `profile`")]


class RuleChoice(FormShape):
    """A licence, the term that it was bought for, and the billing profile that it is mapped to."""

    sku_id: Annotated[Id, As("sku")]
    term: AnyTerm = "any"
    profile_id: Annotated[Id, As("profile")]


class ManyWish(RuleChoice):
    """The lines that are mapped: by their ticks, or all that were read with the same `q`."""

    q: Typed = ""
    ticks: Annotated[Ticks, As("tick")] = []
    whole: Whole = ""


class RuleWish(RuleChoice):
    """A rule. It only shows what it would map until its mode is live."""

    mode: Literal["observe", "live"]


class RuleMode(FormShape):
    """Whether every run maps what the rule finds, or only shows it."""

    mode: Literal["observe", "live"]


class RuleMap(FormShape):
    """What was read of what the rule would map."""

    whole: Annotated[str, Field(min_length=1, max_length=100)]


class RuleItem(Shape):
    """One mapping rule. `ready` lines would be mapped now, `by_hand` are left to a person."""

    rule_id: str
    licence: str
    term_words: str
    billing_profile: str
    is_live: bool
    ready: int
    by_hand: int


class RuleList(Shape):
    """Every rule."""

    rules: list[RuleItem]


class RuleRecord(LineList):
    """One rule, and what it would map now."""

    rule: RuleItem


class OpenLine(Shape):
    """One line that nobody decided about, as a row of a file begins."""

    customer: str
    part_number: str
    term_words: str
    subscription_id: str
    seats: int


class OpenLines(Shape):
    """All of them, and the columns of a file of mappings."""

    columns: list[str]
    open: list[OpenLine]


class MappingsFile(Shape):
    """A CSV file of mappings as text, its columns named in the first line."""

    csv: Annotated[str, Field(min_length=1, max_length=LARGEST_TEXT)]


class BadRow(Shape):
    """A row that maps nothing, and why."""

    line: int
    column: str
    sentence: str


class MappingsRead(Shape):
    """What the rows of a file come to. Nothing is mapped yet. `rows` are the first hundred, and so are `bad`."""

    rows: list[CandidateItem]
    count: int
    comes_to: str
    bad: list[BadRow]
    bad_count: int
    seen: Annotated[str, Field(description="Send it back, with the same text, to map exactly these")]


class MappingsWish(FormShape):
    """The same text, and what was seen of it."""

    csv: Annotated[str, As("text"), Field(min_length=1, max_length=LARGEST_TEXT)]
    seen: Annotated[str, Field(min_length=1, max_length=LARGEST_TEXT)]


class OldAdditionItem(Shape):
    """One addition that Seatledger did not make. `tick` is empty where `sentence` says why it cannot be ended."""

    tick: str
    customer_id: str
    customer: str
    addition: str
    agreement: str
    marker: str
    quantity: str
    about_a_month: str
    sentence: str


class OldAdditions(Shape):
    """Additions of others on the PSA's agreements as it has them now."""

    rows: list[OldAdditionItem]
    page: int
    total: int
    ready: int
    comes_to: str
    whole: Annotated[str, Field(description="Names what is ended at once, 500 at most; send it back instead of ticks")]
    troubles: list[str]


class EndWish(FormShape):
    """The additions that are to end: by their ticks, or all that were read with the same filters."""

    scope: Literal["mapped", "all"]
    marker: Typed = "any"
    product: Typed = ""
    q: Typed = ""
    start: Annotated[int, Field(ge=1, le=99_999)] = 1
    ticks: Annotated[Ticks, As("tick")] = []
    whole: Whole = ""
    end: Literal["period", "day"] = "period"
    ends_on: date | None = None
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class EndedItem(Shape):
    """One addition that was asked to end. `tick` is empty where that was taken back."""

    tick: str
    customer_id: str
    customer: str
    addition: str
    when: str
    state_words: str


class EndedList(Shape):
    """What was asked to end, one page of it."""

    rows: list[EndedItem]
    page: int
    total: int


class BackWish(FormShape):
    """What is not to end after all, and why."""

    ticks: Annotated[list[Id], As("tick"), Field(min_length=1, max_length=MOST_TICKS)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
