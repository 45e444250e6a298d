"""What people decide about what waits: approvals, and the list of what waits at all (billing rules, 9)."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from plans.changes import CreditProposal, HoldRule
from plans.journal import Refusal
from plans.ledger import cover
from plans.timeline import Timeline, combine


@dataclass(frozen=True, slots=True)
class Approval:
    """A person allows exactly the writes whose hash this is (`plans.plan.hash_line`). Times are aware, in UTC."""

    mapping_id: str
    line_hash: str
    approved_by: str
    approved_at: datetime
    reason: str


def outlives(approval: Approval, refusal: Refusal | None) -> bool:
    """Whether an approval was asked for after the line's refusal: of two people, the one who spoke last is heard,
    whoever's word was kept first. Those two of one moment come to the refusal."""
    return refusal is None or refusal.refused_at is None or approval.approved_at > refusal.refused_at


def ends(refusal: Refusal, approval: Approval) -> bool:
    """Whether a refusal that is being kept ends an approval; one whose moment nobody kept ends all that it finds."""
    return refusal.refused_at is None or not outlives(approval, refusal)


@dataclass(frozen=True, slots=True)
class HeldLine:
    """One line of a run that waits for a person.

    `line_hash` is what an approval names; it is empty where no approval can help. `monthly` is the forecast of what it
    moves in a whole month, None where no price is known. `elsewhere` is another agreement that bills the product
    already, the first of them; empty where none does.
    """

    mapping_id: str
    licence_name: str
    line_hash: str
    plan_hash: str
    rule: HoldRule
    sentence: str
    quantity_before: int
    quantity_after: int
    monthly: Decimal | None = None
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class ParkedLine:
    """One line of a run for which nothing is planned until a person looked."""

    mapping_id: str
    licence_name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ScheduledLine:
    """One line of a run that is right, known, and not writable yet."""

    mapping_id: str
    licence_name: str
    quantity: int
    takes_effect_on: date
    writable_on: date | None
    sentence: str


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """One credit proposal of a run."""

    mapping_id: str
    licence_name: str
    proposal: CreditProposal


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A held line that waits: where it is, and since which run (its id and when it began, aware, UTC)."""

    customer_id: str
    customer_name: str
    connection_id: str
    agreement_id: str
    since: datetime
    run_id: str
    line: HeldLine

    @property
    def id(self) -> str:
        """The same for the same line, whatever is planned for it."""
        return f"{self.customer_id}:{self.line.mapping_id}"


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A credit proposal that nobody has ticked off, or who did, when, and on which invoice.

    `number` is how many for the same days and seats of the line were ticked off before it.
    """

    customer_id: str
    customer_name: str
    agreement_id: str
    since: datetime
    line: ProposedLine
    settled_by: str | None = None
    settled_at: datetime | None = None
    invoice_number: str = ""
    number: int = 0

    @property
    def id(self) -> str:
        """The same for the same line, the same days and the same seats."""
        days = self.line.proposal
        name = f"{self.customer_id}:{self.line.mapping_id}:{days.start}:{days.last}:{days.seats}"
        return f"{name}:{self.number}" if self.number else name


def sum_credited(proposals: Iterable[OpenProposal]) -> dict[str, Timeline]:
    """The seats of each day for which proposals were ticked off, by mapping."""
    credited: dict[str, Timeline] = {}
    for each in proposals:
        if each.settled_by is not None:
            days = each.line.proposal
            given_back = cover(days.start, days.last, days.seats)
            before = credited.get(each.line.mapping_id, Timeline())
            credited[each.line.mapping_id] = combine(before, given_back, operator.add)
    return credited
