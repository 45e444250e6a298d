"""What became of a run's plans so far: what the run as a whole held back, and how each push ended. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from plans.approvals import HeldLine
from plans.judgement import NightHold, Verdict
from plans.results import AgreementResult, PushResult, TenantResult, end_plan
from plans.runs import CustomerState, worst_state
from sync.closing import describe_hold


@dataclass(frozen=True, slots=True)
class Aftermath:
    """`allowed` and `held` are by plan hash; both are empty where the run is not judged yet."""

    pushes: Sequence[PushResult] = ()
    is_closed: bool = False
    is_judged: bool = False
    allowed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    held: Mapping[str, Mapping[str, NightHold]] = field(default_factory=dict)
    ended: Mapping[str, PushResult] = field(default_factory=dict)
    brakes: tuple[str, ...] = ()

    def push_of(self, plan_hash: str) -> PushResult | None:
        """How pushing a plan ended; None where it was not pushed, or not yet."""
        return self.ended.get(plan_hash) if plan_hash else None

    def held_lines(self, agreement: AgreementResult) -> tuple[HeldLine, ...]:
        """The lines of an agreement that the run as a whole held back."""
        holds = self.held.get(agreement.plan_hash, {})
        return tuple(
            describe_hold(holds[line.mapping_id], line) for line in agreement.writing if line.mapping_id in holds
        )

    def has_to_push(self, agreement: AgreementResult) -> bool:
        """Whether something of the plan is written, or would be once the run is judged."""
        if agreement.change_count == 0:
            return False
        return agreement.plan_hash in self.allowed or not self.is_judged

    def is_unwritten(self, agreement: AgreementResult) -> bool:
        """Whether the run ended without the push that it should have made, and nothing held it back."""
        if not self.is_closed or agreement.change_count == 0 or self.push_of(agreement.plan_hash) is not None:
            return False
        return agreement.plan_hash in self.allowed or not self.held.get(agreement.plan_hash)

    def states_of(self, agreement: AgreementResult) -> list[CustomerState]:
        """Every state that an agreement has been in so far: by its plan, by its judgement, by its push."""
        push = self.push_of(agreement.plan_hash)
        held = [CustomerState.HELD] if self.held.get(agreement.plan_hash) else []
        if held and push is None and agreement.plan_hash not in self.allowed:
            planned = CustomerState.HELD if agreement.state is CustomerState.CHANGED else agreement.state
            return [planned, *held]
        return [agreement.state if push is None else end_plan(agreement.state, push), *held]

    def state_of(self, agreement: AgreementResult) -> CustomerState:
        """The worst of them."""
        return worst_state(self.states_of(agreement))


def make_aftermath(pushes: Sequence[PushResult], verdict: Verdict | None, *, is_closed: bool) -> Aftermath:
    """The verdict and the pushes, by plan."""
    ended = {push.plan_hash: push for push in pushes}
    if verdict is None:
        return Aftermath(pushes, is_closed, ended=ended)
    held: dict[str, dict[str, NightHold]] = defaultdict(dict)
    for hold in verdict.held:
        held[hold.plan_hash][hold.mapping_id] = hold
    return Aftermath(
        pushes=pushes,
        is_closed=is_closed,
        is_judged=True,
        allowed={plan.plan_hash: frozenset(line.mapping_id for line in plan.lines) for plan in verdict.allowed},
        held=dict(held),
        ended=ended,
        brakes=tuple(
            f"{word} are held: {reason}."
            for word, reason in (("Decreases", verdict.brakes.decreases), ("Increases", verdict.brakes.increases))
            if reason
        ),
    )


@dataclass(frozen=True, slots=True)
class MovedMoney:
    """The forecast of what the verified lines of a run move in a whole month; `unpriced` lines have no known price."""

    monthly: Decimal
    priced: int
    unpriced: int


def add_up_money(tenants: Sequence[TenantResult], aftermath: Aftermath) -> MovedMoney:
    """What was written and proved, by the forecast of its plan."""
    total, priced, unpriced = Decimal(0), 0, 0
    for tenant in tenants:
        for agreement in tenant.agreements:
            push = aftermath.push_of(agreement.plan_hash)
            proved = set() if push is None else {change.mapping_id for change in push.changes}
            for line in agreement.writing:
                if line.mapping_id not in proved:
                    continue
                if line.monthly is None:
                    unpriced += line.seats != 0
                else:
                    total += line.monthly
                    priced += line.seats != 0
    return MovedMoney(total, priced, unpriced)
