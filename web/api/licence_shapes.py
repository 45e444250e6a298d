"""How one licence of one customer is billed, as `/api/v1/customers/ID/licences/SKU` takes and answers it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from profiles.billing import Basis
from profiles.licences import Term
from profiles.parts import OneSubscription, Part, Split
from web.api.forms import As, FormShape, spell_value
from web.api.shapes import FieldStep, Id, Shape
from web.pages.mapping_form import AS_MAPPED
from web.pages.mapping_split import SPLIT_VALUES, Block

LINE_FIELDS = {
    "profile_id": "profile",
    "agreement_id": "agreement",
    "included": "included",
    "minimum": "minimum",
    "maximum": "maximum",
}


class MappingLine(Shape):
    """One line: of all of the licence, or of one term or one subscription where it is split: never of both."""

    term: Annotated[Term | None, Field(description="The term that it is of, where the licence is split by term")] = None
    subscription_id: Annotated[
        str | None,
        Field(max_length=200, description="The subscription that it is of, where the licence is split by subscription"),
    ] = None
    profile_id: Annotated[str, Field(max_length=500)] = ""
    agreement_id: Annotated[str, Field(max_length=500)] = ""
    included: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    minimum: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    maximum: Annotated[int | None, Field(ge=0, le=1_000_000)] = None

    @model_validator(mode="after")
    def check_part(self) -> Self:
        """A line is of one part. Raises ValueError."""
        if self.term is not None and self.subscription_id:
            raise ValueError("a line is of a term or of a subscription")
        return self

    @property
    def part(self) -> Part:
        """What of the licence it is of."""
        return OneSubscription(self.subscription_id) if self.subscription_id else self.term


class MappingFields(FormShape):
    """How a licence is billed. Without `split` it is one line; with it one for each term, or one for each subscription
    where the lines name those."""

    split: bool = False
    lines: Annotated[list[MappingLine], Field(max_length=100)]
    basis: Annotated[Basis, Field(description="Which seats count")] = Basis.PURCHASED
    starts_on: date | None = None
    prorates: Annotated[bool, Field(description="Whether more seats count from their day on, not with the period")] = (
        True
    )
    gives_credits: bool = False
    disabled_users: Annotated[bool, Field(description="Whether seats of disabled users count")] = True
    guests: Annotated[bool, Field(description="Whether seats of guests count")] = True
    committed_floor: Annotated[
        bool | None,
        Field(
            description="Whether assigned seats count as at least those that Microsoft bills to the end of a term, "
            "where Partner Center tells them. Null or left out: as it is mapped, and true for what begins to count "
            "assigned seats. Purchased seats need no floor."
        ),
    ] = None
    user_names: Annotated[bool, Field(description="Whether the invoice names the users")] = False
    unassigned_count: bool = False
    renewal: bool = False
    own_text: Annotated[str, Field(max_length=1000)] = ""

    def spell(self) -> Iterator[tuple[str, str]]:
        """The fields of the form: those of a line end with its part. A floor that is left out stays as it is mapped."""
        if self.committed_floor is None:
            yield "committed_floor", AS_MAPPED
        for name, value in super().spell():
            if name not in ("split", "lines"):
                yield name, value
        yield "split", SPLIT_VALUES[self.cut]
        for line in self.lines:
            for name, field in LINE_FIELDS.items():
                for value in spell_value(getattr(line, name)):
                    yield Block(line.part).name(field), value

    @property
    def cut(self) -> Split:
        """By what the licence is cut."""
        if not self.split:
            return Split.WHOLE
        is_named = any(line.subscription_id for line in self.lines)
        return Split.SUBSCRIPTION if is_named else Split.TERM

    def find_place(self, field: str) -> str | None:
        """A field of a line by the line's place; a line that is missing stands beside the lines."""
        own = super().find_place(field)
        if own is not None:
            return own
        places = {
            Block(line.part).name(name): f"lines.{place}.{each}"
            for place, line in enumerate(self.lines)
            for each, name in LINE_FIELDS.items()
        }
        is_line = field.partition("-")[0] in LINE_FIELDS.values()
        return places.get(field, "lines" if is_line else None)


class MappingWish(MappingFields):
    """How the licence is to be billed. It takes the place of what was read, whole."""

    seen: Annotated[Id, Field(description="What was read with the mapping")]


class NamedThing(Shape):
    """Something to choose, with its words."""

    id: str
    name: str


class MappingForm(MappingFields):
    """How the licence is billed, or how a new mapping begins; and what can be chosen."""

    customer: str
    licence: str
    part_number: str
    facts: Annotated[str, Field(description="The seats that there are, in words")]
    notices: Annotated[list[str], Field(description="What to read before anything is changed")]
    is_new: bool
    is_excluded: Annotated[bool, Field(description="Whether it is not billed here, by decision")]
    terms: Annotated[list[Term], Field(description="The terms that it could be split by")]
    subscriptions: Annotated[list[NamedThing], Field(description="The subscriptions that it could be split by")]
    profiles: list[NamedThing]
    agreements: list[NamedThing]
    seen: str


class QuickWish(FormShape):
    """Map with a profile and an agreement; all else is as the profile begins."""

    profile_id: Annotated[Id, As("profile")]
    agreement_id: Annotated[Id, As("agreement")]


class Seen(FormShape):
    """What was read, so that nobody decides about what he has not seen."""

    seen: Id


class ExcludeWish(Seen):
    """Why it is not billed here from now on."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class PreviewLine(Shape):
    """What becomes of one line."""

    licence: str
    sentence: str
    word: str
    why: str
    writes: list[str]
    money: Annotated[str, Field(description="What it moves by itself, in words; empty for a single line")]


class PreviewText(Shape):
    """The text under one line of the invoice, as it will print."""

    licence: str
    text: str


class MappingPreview(Shape):
    """What saving would do. `problem` says why that cannot be told, where it cannot."""

    problem: str
    lines: list[PreviewLine]
    money: Annotated[str, Field(description="What it moves, in words; a forecast")]
    when: str
    strangers: str
    elsewhere: Annotated[
        list[str], Field(description="What other agreements of the company bill already, and what to do")
    ]
    doubts: Annotated[list[str], Field(description="What looks wrong about it; it stops nobody")]
    invoice_texts: list[PreviewText]
    later: Annotated[list[PreviewLine], Field(description="What follows on a later day")]


class StopPreview(Shape):
    """What stopping to bill the licence would do."""

    licence: str
    what: str
    can: Annotated[bool, Field(description="Whether there is anything to stop")]
    seen: str
    preview: MappingPreview | None


class AdoptionRow(Shape):
    """One addition on the agreement, as it was read."""

    addition_id: str
    fields: list[FieldStep]
    changed: Annotated[list[FieldStep], Field(description="What somebody did to it")]
    who: str
    trouble: Annotated[str, Field(description="Why it cannot be adopted; empty where it can")]


class AdoptionRecord(Shape):
    """What adopting would do. Send `shown` and `added_up` back to adopt."""

    licence: str
    agreement: str
    is_acceptance: Annotated[bool, Field(description="Whether somebody's change is accepted with it")]
    why_parked: str
    as_of: str
    own: Annotated[list[AdoptionRow], Field(description="The line's own, which are always taken")]
    offered: list[AdoptionRow]
    outcome: Annotated[list[str], Field(description="What would come of what is ticked")]
    cannot: Annotated[str, Field(description="Why nothing can be adopted; empty where something can")]
    shown: str
    added_up: Annotated[str, Field(description="The additions that `outcome` is about")]


class AdoptionTicks(FormShape):
    """The additions that are meant."""

    additions: Annotated[list[Id], As("addition"), Field(max_length=500)] = []


class AdoptionWish(AdoptionTicks):
    """The additions that are to be the line's own, what was shown of them, and why."""

    shown: Id
    added_up: Annotated[str, Field(max_length=20000)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]
