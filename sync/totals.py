"""A run added up: customers = read + unknown; read = unchanged + changed + scheduled + held + parked + failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from plans.judgement import Verdict
from plans.results import AgreementResult, PushResult, TenantResult, end_plan
from plans.runs import CustomerState, TenantState, Totals, worst_state


def add_up(tenants: Sequence[TenantResult], pushes: Sequence[PushResult], verdict: Verdict) -> Totals:
    """The totals of a run from its rows: what was planned, and how every push ended."""
    ended = {push.plan_hash: push for push in pushes}
    states: dict[str, list[CustomerState]] = defaultdict(list)
    unknown = 0
    for tenant in tenants:
        if tenant.state is not TenantState.PLANNED:
            unknown += len(tenant.customer_ids)
            continue
        for customer_id in tenant.customer_ids:
            states[customer_id].append(CustomerState.UNCHANGED)
        for agreement in tenant.agreements:
            states[agreement.customer_id].append(end_state(agreement, ended, verdict))
    counts = Counter(worst_state(each) for each in states.values())
    return Totals(
        customers=unknown + len(states),
        read=len(states),
        unknown=unknown,
        **{state.value: counts[state] for state in CustomerState},
        writes=sum(push.writes for push in pushes),
        verified=sum(push.verified for push in pushes),
    )


def end_state(agreement: AgreementResult, ended: dict[str, PushResult], verdict: Verdict) -> CustomerState:
    """How one agreement ended: by its push where it had to be pushed, else by its plan.

    A change that was never judged (planned too late) or never settled (still in doubt) has failed tonight; one that the
    night held back is held.
    """
    if agreement.change_count == 0:
        return agreement.state
    is_held = any(hold.plan_hash == agreement.plan_hash for hold in verdict.held)
    if not verdict.allowed_lines(agreement.plan_hash):
        return CustomerState.HELD if is_held else CustomerState.FAILED
    push = ended.get(agreement.plan_hash)
    if push is None:
        return CustomerState.FAILED
    return worst_state([end_plan(agreement.state, push), *([CustomerState.HELD] if is_held else [])])
