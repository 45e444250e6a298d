"""How pushing a change, a line or an agreement ends, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.journal import Ending, Evidence
from plans.ledger import effect_of
from plans.plan import AgreementPlan, LinePlan
from plans.results import PushResult, SeatChange
from plans.runs import CustomerState
from plans.swings import find_swings

DATED_ANEW = frozenset({Ending.DAY_TAKEN, Ending.POSTED})


@dataclass(frozen=True, slots=True)
class Again:
    """The line is in doubt, or somebody else is at it: look again in this many seconds."""

    seconds: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The intent has its evidence. `park` says why the line is parked since, whether the write ended well or not."""

    evidence: Evidence
    park: str | None = None

    @property
    def is_verified(self) -> bool:
        """Whether it was written and read back as it was sent."""
        return self.evidence.ending is Ending.VERIFIED


@dataclass(frozen=True, slots=True)
class Overtaken:
    """The world moved on under this plan: the line is not written by it, and the sentence says why."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A person took the customer out of the run's hands after it was planned: nothing more is written, and nobody has
    to look."""

    sentence: str


type Outcome = Settled | Overtaken | Withdrawn | Again


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """How a line ended: what became of its changes in their order, through the first that did not end well."""

    line: LinePlan
    outcomes: tuple[Outcome, ...]

    @property
    def settled(self) -> tuple[Settled, ...]:
        """Its changes that have evidence."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Settled))

    @property
    def verified(self) -> tuple[Evidence, ...]:
        """The evidence of its changes that were verified."""
        return tuple(settled.evidence for settled in self.settled if settled.is_verified)

    @property
    def stopped_by(self) -> Outcome | None:
        """What its last outcome is, if that is why there are no more; None where all of it ended well."""
        last = self.outcomes[-1]
        return None if ends_well(last) else last


def ends_well(outcome: Outcome) -> bool:
    """Whether what comes after a change may be begun."""
    return isinstance(outcome, Settled) and outcome.is_verified and outcome.park is None


def summarise_push(run_id: str, plan: AgreementPlan, plan_hash: str, lines: Sequence[LineOutcome]) -> PushResult:
    """How the agreement ended: the worst of its lines, and what this run wrote, change by change."""
    settled = [settled.evidence for line in lines for settled in line.settled]
    written = [evidence.ending for evidence in settled if evidence.run_id == run_id]
    return PushResult(
        plan_hash=plan_hash,
        customer_id=plan.customer_id,
        agreement_id=plan.agreement_id,
        state=judge_outcomes([outcome for line in lines for outcome in line.outcomes]),
        writes=sum(ending in (Ending.VERIFIED, Ending.MISMATCH) for ending in written),
        verified=sum(ending is Ending.VERIFIED for ending in written),
        changes=tuple(make_seat_change(line) for line in lines if line.verified),
        sentences=tuple(describe_outcome(line.stopped_by) for line in lines if line.stopped_by is not None),
    )


def make_seat_change(outcome: LineOutcome) -> SeatChange:
    """What a line's verified changes did; it is told by the first of them that moved seats, if any did."""
    line, verified = outcome.line, outcome.verified
    moving = [evidence for evidence in verified if effect_of(evidence.change)[1].steps]
    told = (moving or verified)[0]
    proved = [evidence.ledger for evidence in verified if evidence.ledger is not None]
    after = proved[-1].quantity if proved else line.quantity_billed
    swings = find_swings(line.billed, (evidence.change for evidence in verified))
    return SeatChange(
        licence_name=line.licence_name,
        quantity_before=line.quantity_billed,
        quantity_after=swings.shown if swings.after == after else after,
        effective_on=effect_of(told.change)[0],
        addition_id="" if told.after is None else told.after.id,
        mapping_id=line.mapping_id,
    )


def judge_outcomes(outcomes: Sequence[Outcome]) -> CustomerState:
    """Failed before parked before changed; unchanged where all that there was to write was withdrawn.

    What the PSA takes on another day only is scheduled: the next run dates it anew.
    """
    endings = {outcome.evidence.ending for outcome in outcomes if isinstance(outcome, Settled)}
    if Ending.REFUSED in endings:
        return CustomerState.FAILED
    if endings & DATED_ANEW and endings <= DATED_ANEW | {Ending.VERIFIED}:
        return CustomerState.SCHEDULED
    left = [outcome for outcome in outcomes if not isinstance(outcome, Withdrawn)]
    if not all(ends_well(outcome) for outcome in left):
        return CustomerState.PARKED
    return CustomerState.CHANGED if left or not outcomes else CustomerState.UNCHANGED


def describe_outcome(outcome: Outcome) -> str:
    """The one sentence that a person reads about a line."""
    match outcome:
        case Settled(evidence, park):
            return evidence.sentence if park is None or not outcome.is_verified else park
        case Overtaken(sentence) | Withdrawn(sentence) | Again(_, sentence):
            return sentence
