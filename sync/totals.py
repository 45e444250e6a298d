"""A run added up: customers = read + unknown; read = unchanged + changed + scheduled + held + parked + failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from plans.judgement import Verdict
from plans.results import AgreementResult, PushResult, TenantResult, end_plan
from plans.runs import CustomerState, TenantState, Totals, worst_state

LEFT_TO_PEOPLE = frozenset({CustomerState.HELD, CustomerState.PARKED, CustomerState.FAILED})


def add_up(tenants: Sequence[TenantResult], pushes: Sequence[PushResult], verdict: Verdict) -> Totals:
    """The totals of a run from its rows: what was planned, and how every push ended."""
    states = find_states(tenants, pushes, verdict)
    unknown = sum(len(tenant.customer_ids) for tenant in tenants if tenant.state is not TenantState.PLANNED)
    counts = Counter(states.values())
    return Totals(
        customers=unknown + len(states),
        read=len(states),
        unknown=unknown,
        **{state.value: counts[state] for state in CustomerState},
        writes=sum(push.writes for push in pushes),
        verified=sum(push.verified for push in pushes),
    )


def find_in_need(tenants: Sequence[TenantResult], pushes: Sequence[PushResult], verdict: Verdict) -> frozenset[str]:
    """The customers that a run left to people: those that it could not read, and those that are held, parked or
    failed."""
    states = find_states(tenants, pushes, verdict)
    unread = {each for tenant in tenants if tenant.state is not TenantState.PLANNED for each in tenant.customer_ids}
    return frozenset(unread | {customer_id for customer_id, state in states.items() if state in LEFT_TO_PEOPLE})


def find_states(
    tenants: Sequence[TenantResult], pushes: Sequence[PushResult], verdict: Verdict
) -> dict[str, CustomerState]:
    """How every customer that was read ended the run."""
    ended = {push.plan_hash: push for push in pushes}
    states: dict[str, list[CustomerState]] = defaultdict(list)
    for tenant in tenants:
        if tenant.state is not TenantState.PLANNED:
            continue
        for customer_id in tenant.customer_ids:
            states[customer_id].append(CustomerState.UNCHANGED)
        for agreement in tenant.agreements:
            states[agreement.customer_id].append(end_state(agreement, ended, verdict))
    return {customer_id: worst_state(each) for customer_id, each in states.items()}


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
