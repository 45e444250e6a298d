"""The numbers of a run: from its totals once it is closed, from its rows while it is open. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from plans.results import TenantResult
from plans.runs import CustomerState, TenantState, Totals, worst_state
from web.pages.aftermath import Aftermath
from web.pages.view import Tile, Tone


@dataclass(frozen=True, slots=True)
class Counts:
    """Customers by how they stand; `waiting` only while the run is open."""

    totals: Totals
    waiting: int = 0

    @property
    def right(self) -> int:
        """Customers whose agreements say what they owe, or will on a known date."""
        return self.totals.unchanged + self.totals.changed + self.totals.scheduled

    @property
    def in_need(self) -> int:
        """Customers that need a person."""
        return self.totals.unknown + self.totals.held + self.totals.parked + self.totals.failed


def count_open_run(tenants: Sequence[TenantResult], aftermath: Aftermath) -> Counts:
    """What is known so far."""
    waiting = unknown = 0
    states: list[CustomerState] = []
    for tenant in tenants:
        match tenant.state:
            case TenantState.QUEUED:
                waiting += len(tenant.customer_ids)
            case TenantState.UNKNOWN:
                unknown += len(tenant.customer_ids)
            case TenantState.PLANNED:
                states += [find_state(tenant, each, aftermath) for each in tenant.customer_ids]
    counts = Counter(states)
    totals = Totals(
        customers=waiting + unknown + len(states),
        read=len(states),
        unknown=unknown,
        **{state.value: counts[state] for state in CustomerState},
        writes=sum(push.writes for push in aftermath.pushes),
        verified=sum(push.verified for push in aftermath.pushes),
    )
    return Counts(totals, waiting)


def find_state(tenant: TenantResult, customer_id: str, aftermath: Aftermath) -> CustomerState:
    """How one customer of a planned tenant stands so far."""
    own = (agreement for agreement in tenant.agreements if agreement.customer_id == customer_id)
    return worst_state([aftermath.state_of(agreement) for agreement in own])


def make_tiles(counts: Counts, *, is_open: bool, run_id: str) -> tuple[Tile, ...]:
    """Six that are always there, and those that are rare only where there is one."""
    totals, page = counts.totals, f"/runs/{run_id}"
    waiting = (Tile("Queued", counts.waiting, Tone.BUSY, f"{page}?state=waiting"),) if is_open else ()
    always = (
        Tile("Read", totals.read, Tone.PLAIN, f"{page}/log?state=read"),
        Tile("Unchanged", totals.unchanged, Tone.PLAIN, f"{page}?state=unchanged"),
        Tile("Changing" if is_open else "Changed", totals.changed, Tone.GOOD, f"{page}?state=changed"),
        Tile("Scheduled", totals.scheduled, Tone.BUSY, f"{page}?state=scheduled"),
        Tile("Held", totals.held, Tone.LOOK, f"{page}?state=held"),
        Tile("Unknown", totals.unknown, Tone.LOOK, f"{page}?state=unknown"),
    )
    rare = (
        Tile("Parked", totals.parked, Tone.LOOK, f"{page}?state=parked"),
        Tile("Failed", totals.failed, Tone.BAD, f"{page}?state=failed"),
    )
    return waiting + always + tuple(tile for tile in rare if tile.count)


def write_proof(totals: Totals, *, is_open: bool) -> tuple[str, Tone]:
    """What was written and what was proven."""
    if totals.writes == 0:
        return ("Nothing has been written yet." if is_open else "Nothing was written."), Tone.PLAIN
    written = f"{totals.writes:,} addition{'' if totals.writes == 1 else 's'} written to the PSA"
    if totals.verified == totals.writes:
        return f"{written}, {'each' if totals.writes > 1 else 'and'} read back and verified.", Tone.GOOD
    return f"{written}, {totals.verified:,} of them read back and verified.", Tone.LOOK


def make_unmapped_tile(count: int) -> tuple[Tile, ...]:
    """Licences that nobody has decided about: billed nowhere, so that no other number speaks of them."""
    return (Tile("Unmapped", count, Tone.LOOK, "/customers?state=unmapped"),) if count else ()
