"""The plan of one agreement: a value that can be shown, hashed, judged and refused (R6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as AbstractMapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from plans.agreements import Addition, AgreementFacts
from plans.changes import CreateAddition, Decision, FinishIntent


@dataclass(frozen=True, slots=True)
class LinePlan:
    """One mapping on one agreement. `before` is every addition that a write of this line rests on:
    our own, and those of the same product that are not ours."""

    mapping_id: str
    licence_name: str
    product_id: str
    quantity_before: int
    quantity_owed: int
    before: tuple[Addition, ...]
    decision: Decision


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """What one agreement of one customer should become on `planned_on` (a day in the MSP's zone)."""

    customer_id: str
    connection_id: str
    agreement_id: str
    planned_on: date
    facts: AgreementFacts | None
    lines: tuple[LinePlan, ...]

    @property
    def changes(self) -> tuple[LinePlan, ...]:
        """The lines that must be pushed: those that would be written, and promises to find out about."""
        return tuple(line for line in self.lines if isinstance(line.decision, CreateAddition | FinishIntent))


def hash_plan(plan: AgreementPlan) -> str:
    """SHA-256 over the canonical plan, in hex. Run, clock and forecast are no part of a plan."""
    text = json.dumps(asdict(plan), sort_keys=True, separators=(",", ":"), default=spell)
    return hashlib.sha256(text.encode()).hexdigest()


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
