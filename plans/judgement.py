"""The night judged as a whole, before anything is written (architecture, "A night"; billing rules, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlannedAgreement:
    """One agreement's plan as the judge sees it."""

    customer_id: str
    connection_id: str
    agreement_id: str
    plan_hash: str
    change_count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be pushed. A plan whose hash is not among the allowed is never written."""

    run_id: str
    allowed: tuple[PlannedAgreement, ...]


def judge_night(run_id: str, planned: Sequence[PlannedAgreement]) -> Verdict:
    """The verdict over every plan of a run: each plan that would write is allowed, in a stable order.

    An agreement may be planned only once in a run: two plans for one agreement are a mistake of ours, and
    neither is allowed.
    """
    writing = [plan for plan in planned if plan.change_count > 0]
    seen: dict[tuple[str, str, str], int] = {}
    for plan in writing:
        place = (plan.connection_id, plan.agreement_id, plan.customer_id)
        seen[place] = seen.get(place, 0) + 1
    allowed = [p for p in writing if seen[(p.connection_id, p.agreement_id, p.customer_id)] == 1]
    return Verdict(run_id, tuple(sorted(allowed, key=lambda p: (p.connection_id, p.agreement_id, p.customer_id))))
