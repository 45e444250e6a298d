"""How each customer stands in a run, in one word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from plans.results import TenantResult
from plans.runs import CustomerState, TenantState
from web.pages.aftermath import Aftermath
from web.pages.attention import NeedKind, Trouble, find_troubles
from web.pages.counting import find_state
from web.pages.view import Tone


class Standing(StrEnum):
    """Worst first."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    PARKED = "parked"
    HELD = "held"
    WAITING = "waiting"
    CHANGED = "changed"
    SCHEDULED = "scheduled"
    OBSERVED = "observed"
    UNCHANGED = "unchanged"
    NEW = "new"

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to look."""
        return self in NEEDS


NEEDS = frozenset({Standing.FAILED, Standing.UNKNOWN, Standing.PARKED, Standing.HELD})
ORDER = {standing: place for place, standing in enumerate(Standing)}
WORDS = {
    Standing.FAILED: ("Failed", Tone.BAD),
    Standing.UNKNOWN: ("Unknown", Tone.LOOK),
    Standing.PARKED: ("Parked", Tone.LOOK),
    Standing.HELD: ("Held", Tone.LOOK),
    Standing.WAITING: ("Queued", Tone.BUSY),
    Standing.CHANGED: ("Changed", Tone.GOOD),
    Standing.SCHEDULED: ("Scheduled", Tone.BUSY),
    Standing.OBSERVED: ("Observed", Tone.PLAIN),
    Standing.UNCHANGED: ("Unchanged", Tone.PLAIN),
    Standing.NEW: ("Not read yet", Tone.PLAIN),
}
# For a customer that is unchanged because nothing of it is billed.
NOTHING_MAPPED = ("Nothing mapped", Tone.PLAIN)
STANDING_OF_NEED = {
    NeedKind.FAILED: Standing.FAILED,
    NeedKind.UNKNOWN: Standing.UNKNOWN,
    NeedKind.PARKED: Standing.PARKED,
    NeedKind.HELD: Standing.HELD,
}
STANDING_OF_STATE = {
    CustomerState.CHANGED: Standing.CHANGED,
    CustomerState.SCHEDULED: Standing.SCHEDULED,
}


@dataclass(frozen=True, slots=True)
class CustomerInRun:
    """One customer within a run: how it stands, and every reason why somebody has to look."""

    customer_id: str
    standing: Standing
    troubles: tuple[Trouble, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to look. What a person refused stays held, and needs nobody."""
        return self.standing.needs_a_person and not self.is_decided

    @property
    def is_decided(self) -> bool:
        """Whether all that is held of it was refused by a person."""
        return bool(self.troubles) and all(trouble.is_decided for trouble in self.troubles)


def find_customers(tenants: Sequence[TenantResult], aftermath: Aftermath) -> dict[str, CustomerInRun]:
    """Every customer of the run by its id."""
    troubles: dict[str, list[Trouble]] = {}
    for trouble in find_troubles(tenants, aftermath):
        troubles.setdefault(trouble.customer_id, []).append(trouble)
    found: dict[str, CustomerInRun] = {}
    for tenant in tenants:
        for customer_id in tenant.customer_ids:
            own = tuple(troubles.get(customer_id, ()))
            found[customer_id] = CustomerInRun(customer_id, find_standing(tenant, customer_id, own, aftermath), own)
    return found


def find_standing(
    tenant: TenantResult, customer_id: str, troubles: Sequence[Trouble], aftermath: Aftermath
) -> Standing:
    """The worst of what is known."""
    if troubles:
        return min((STANDING_OF_NEED[trouble.kind] for trouble in troubles), key=ORDER.__getitem__)
    if tenant.state is TenantState.QUEUED:
        return Standing.WAITING
    return STANDING_OF_STATE.get(find_state(tenant, customer_id, aftermath), Standing.UNCHANGED)
