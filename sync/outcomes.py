"""How pushing a line or an agreement ends, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard

from plans.journal import Ending, Evidence
from plans.plan import AgreementPlan, LinePlan
from plans.results import PushResult, SeatChange
from plans.runs import CustomerState


@dataclass(frozen=True, slots=True)
class Again:
    """The line is in doubt, or somebody else is at it: look again in this many seconds."""

    seconds: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The line's intent has its evidence."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Another run settled a different change under this number; this plan is void."""

    sentence: str


type Outcome = Settled | Overtaken | Again


def summarise_push(run_id: str, plan: AgreementPlan, plan_hash: str, outcomes: Sequence[Outcome]) -> PushResult:
    """How the agreement ended: the worst of its lines, and what this run wrote."""
    settled = [outcome.evidence for outcome in outcomes if isinstance(outcome, Settled)]
    written = [evidence.ending for evidence in settled if evidence.run_id == run_id]
    return PushResult(
        plan_hash=plan_hash,
        customer_id=plan.customer_id,
        agreement_id=plan.agreement_id,
        state=judge_outcomes(outcomes),
        writes=sum(ending in (Ending.VERIFIED, Ending.MISMATCH) for ending in written),
        verified=sum(ending is Ending.VERIFIED for ending in written),
        changes=tuple(
            make_seat_change(line, outcome.evidence)
            for line, outcome in zip(plan.changes, outcomes, strict=True)
            if is_verified(outcome)
        ),
        sentences=tuple(describe_outcome(outcome) for outcome in outcomes if not is_verified(outcome)),
    )


def is_verified(outcome: Outcome) -> TypeGuard[Settled]:
    """Whether a line ended as it should."""
    return isinstance(outcome, Settled) and outcome.evidence.ending is Ending.VERIFIED


def make_seat_change(line: LinePlan, evidence: Evidence) -> SeatChange:
    """What a verified line did."""
    return SeatChange(
        licence_name=line.licence_name,
        quantity_before=line.quantity_before,
        quantity_after=line.quantity_before + evidence.change.quantity,
        effective_on=evidence.change.effective_on,
        addition_id="" if evidence.after is None else evidence.after.id,
    )


def judge_outcomes(outcomes: Sequence[Outcome]) -> CustomerState:
    """Failed before parked before changed."""
    endings = {outcome.evidence.ending for outcome in outcomes if isinstance(outcome, Settled)}
    if Ending.REFUSED in endings:
        return CustomerState.FAILED
    overtaken = any(isinstance(outcome, Overtaken) for outcome in outcomes)
    if overtaken or endings & {Ending.MISMATCH, Ending.OVERTAKEN}:
        return CustomerState.PARKED
    return CustomerState.CHANGED


def describe_outcome(outcome: Outcome) -> str:
    """The one sentence that a person reads about a line."""
    match outcome:
        case Settled(evidence):
            return evidence.sentence
        case Overtaken(sentence) | Again(_, sentence):
            return sentence
