"""How far a running night is: the step and its counts. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from plans.results import TenantResult
from plans.runs import Run, RunPhase, TenantState
from web.pages.aftermath import Aftermath
from web.pages.view import ProgressView, Step
from web.wording import write_number_of

STEPS = ("Reading the PSA", "Reading and planning", "Judging", "Writing", "Closing")


def make_progress(run: Run, tenants: Sequence[TenantResult], aftermath: Aftermath) -> ProgressView | None:
    """The step, its count and the steps around it; None once the run is closed."""
    if run.phase is RunPhase.CLOSED:
        return None
    if run.phase is RunPhase.PUSHING:
        return make_writing(tenants, aftermath)
    customers = sum(len(tenant.customer_ids) for tenant in tenants)
    done = sum(len(tenant.customer_ids) for tenant in tenants if tenant.state is not TenantState.QUEUED)
    if not tenants:
        return describe(0, "Reading the agreements of the PSA", 0, 0)
    if done == customers:
        return describe(2, f"Judging the plans of {write_number_of(customers, 'customer')}", 0, 0)
    return describe(1, f"Reading and planning: {done:,} of {write_number_of(customers, 'customer')}", done, customers)


def make_writing(tenants: Sequence[TenantResult], aftermath: Aftermath) -> ProgressView:
    """The writes of a judged night."""
    total = sum(aftermath.has_to_push(agreement) for tenant in tenants for agreement in tenant.agreements)
    done = min(len(aftermath.pushes), total)
    if done == total:
        return describe(4, "Adding the run up", 0, 0)
    return describe(3, f"Writing: {done:,} of {write_number_of(total, 'agreement')}", done, total)


def describe(current: int, sentence: str, done: int, total: int) -> ProgressView:
    """The step with this index as the current one."""
    steps = tuple(Step(word, index < current, index == current) for index, word in enumerate(STEPS))
    return ProgressView(sentence, done, total, steps)
