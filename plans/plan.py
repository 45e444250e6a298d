"""The plan of one agreement: a value that can be shown, hashed, judged and refused (R6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as AbstractMapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from plans.agreements import AgreementFacts
from plans.beside import Beside
from plans.changes import Apply, Change, CreditProposal, Decision, FinishIntent, Held, Scheduled
from plans.standing import Standing
from plans.timeline import Timeline

# When what waits can be written, and what anything costs: it moves with the day, and none of it is written.
FORECAST = ("scheduled", "proposals", "unit_price")


@dataclass(frozen=True, slots=True)
class LinePlan:
    """One mapping on one agreement.

    `before` is what its writes rest on, on every agreement they touch. `billed` and `owed` say how many seats each day
    bills and owes. `quantity_billed` and `quantity_owed` are what they come to in the end; `seats` is the raw count.
    `transfer` names the mappings whose writes belong to this line's: they are written together or not at all.
    `moves_with` names the mappings that moved the other way on the same night: seats that changed their licence.
    `unit_price` is what a seat costs for a billing period. `beside` is what bills the product on other agreements of
    the company and is no line's, where the line is new.
    """

    mapping_id: str
    licence_name: str
    product_id: str
    quantity_billed: int
    quantity_owed: int
    seats: int
    before: tuple[Standing, ...]
    billed: Timeline
    owed: Timeline
    decision: Decision
    scheduled: tuple[Scheduled, ...] = ()
    proposals: tuple[CreditProposal, ...] = ()
    unit_price: Decimal | None = None
    transfer: tuple[str, ...] = ()
    moves_with: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What pushing this line is about: its writes, or the promise to find out about."""
        match self.decision:
            case Apply(changes):
                return changes
            case FinishIntent(change):
                return (change,)
            case _:
                return ()

    @property
    def wanted(self) -> tuple[Change, ...]:
        """What would be written if a person approved, or is."""
        return self.decision.changes if isinstance(self.decision, Held | Apply) else ()


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """What one agreement of one customer should become.

    `facts` are those of every agreement that its lines touch, by agreement id, the agreement's own first; one that the
    PSA does not list is not among them.
    """

    customer_id: str
    connection_id: str
    agreement_id: str
    facts: tuple[tuple[str, AgreementFacts], ...]
    lines: tuple[LinePlan, ...]
    is_observed: bool = False

    @property
    def changes(self) -> tuple[LinePlan, ...]:
        """The lines that must be pushed: those that would be written, and promises to find out about."""
        if self.is_observed:
            return tuple(line for line in self.lines if isinstance(line.decision, FinishIntent))
        return tuple(line for line in self.lines if line.changes)

    @property
    def touched_agreement_ids(self) -> tuple[str, ...]:
        """Every agreement that its writes touch, in a stable order."""
        return tuple(sorted({self.agreement_id, *(c.agreement_id for line in self.lines for c in line.changes)}))

    def facts_of(self, agreement_id: str) -> AgreementFacts | None:
        """The facts of an agreement that the plan rests on; None where the PSA did not list it."""
        return dict(self.facts).get(agreement_id)


def hash_plan(plan: AgreementPlan) -> str:
    """SHA-256 over the canonical plan, in hex."""
    return hash_text(spell_plan(plan))


def spell_plan(plan: AgreementPlan) -> str:
    """The canonical plan, as JSON. Run, clock and forecast are no part of a plan (billing rules, 9)."""
    canonical = asdict(plan)
    for line in canonical["lines"]:
        for name in FORECAST:
            del line[name]
    return spell_value(canonical)


def hash_line(plan: AgreementPlan, line: LinePlan) -> str:
    """SHA-256 over what a person approves: one line's writes and all that they rest on, in hex."""
    wanted = [asdict(change) for change in line.wanted]
    touched = {plan.agreement_id, *(change.agreement_id for change in line.wanted)}
    facts = [(name, asdict(facts)) for name, facts in plan.facts if name in touched]
    before = [asdict(standing) for standing in line.before]
    rests = [plan.customer_id, plan.connection_id, line.mapping_id, wanted, facts, before]
    return hash_value([*rests, [each.basis for each in line.beside]] if line.beside else rests)


def hash_value(value: object) -> str:
    """SHA-256 over the one spelling of a value of plain parts, in hex."""
    return hash_text(spell_value(value))


def hash_text(text: str) -> str:
    """SHA-256 over a text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def spell_value(value: object) -> str:
    """The one spelling of a value of plain parts, as JSON."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=spell)


def spell(value: object) -> str | dict[str, object]:
    """The one spelling of values that JSON lacks."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case AbstractMapping():
            return dict(value)
        case _:
            raise TypeError(f"a plan may not hold a {type(value).__name__}")
