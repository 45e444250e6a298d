"""What Microsoft said of the licence of a held change, as it was read last and before the change was held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.approvals import OpenHold
from plans.ports import Outside
from plans.runs import Run, TenantState
from profiles.billing import Basis, Mapping
from profiles.holdings import Holding
from profiles.parts import OneSubscription
from web.pages.change_words import FieldChange
from web.pages.names import name_run
from web.part_words import name_part
from web.wording import write_count

# Runs that are asked for a reading: of the newest ones, and of those before the change was held.
RUNS_ASKED = 5


@dataclass(frozen=True, slots=True)
class Counted:
    """One reading of the licence. `holding` is None where the tenant did not have it then."""

    run_id: str
    holding: Holding | None


@dataclass(frozen=True, slots=True)
class MicrosoftCounts:
    """The licence at Microsoft: the newest reading, and the newest one before the change was held, where there is one.

    `mapping` is the held line's.
    """

    mapping: Mapping
    newest: Counted
    before: Counted | None


@dataclass(frozen=True, slots=True)
class CountsView:
    """The counts in words. `basis` says which of them is billed."""

    fields: tuple[FieldChange, ...]
    basis: str
    read: str


async def read_counts(outside: Outside, hold: OpenHold, runs: Sequence[Run]) -> MicrosoftCounts | None:
    """What Microsoft said; None where no run kept it, or the mapping is gone. `runs` are the newest first."""
    overview = await outside.books.read_overview(hold.customer_id)
    mapping = None if overview is None else next((m for m in overview.mappings if m.id == hold.line.mapping_id), None)
    if overview is None or mapping is None:
        return None
    tenant_id = overview.customer.tenant_id
    newest = await find_counted(outside, runs, tenant_id, mapping.sku_id)
    if newest is None or newest.holding is None:
        return None
    older = [run for run in runs if run.started_at < hold.since and run.id not in (hold.run_id, newest.run_id)]
    return MicrosoftCounts(mapping, newest, await find_counted(outside, older, tenant_id, mapping.sku_id))


async def find_counted(outside: Outside, runs: Sequence[Run], tenant_id: str, sku_id: str) -> Counted | None:
    """The first of the runs that read the tenant and kept its counts."""
    for run in runs[:RUNS_ASKED]:
        row = await outside.runs.read_tenant(run.id, tenant_id)
        if row is not None and row.state is TenantState.PLANNED and row.holdings:
            held = next((each for each in row.holdings if each.sku_id.lower() == sku_id.lower()), None)
            return Counted(run.id, held)
    return None


def make_counts_view(counts: MicrosoftCounts) -> CountsView:
    """Purchased 14 → 9, assigned 13 → 9, and which of them is billed."""
    mapping, newest = counts.mapping, counts.newest
    bought = "Purchased" if mapping.part is None else f"Purchased, {name_part(mapping.part, newest.holding)}"
    fields = (
        FieldChange(bought, count_before(counts, Basis.PURCHASED), count(newest.holding, mapping, Basis.PURCHASED)),
        FieldChange("Assigned", count_before(counts, Basis.ASSIGNED), count(newest.holding, mapping, Basis.ASSIGNED)),
    )
    before = "" if counts.before is None else f"; before by the {name_run(counts.before.run_id)}"
    return CountsView(
        fields=fields,
        basis="Purchased seats" if mapping.basis is Basis.PURCHASED else "Assigned seats",
        read=f"As Microsoft counted the whole tenant, read by the {name_run(newest.run_id)}{before}.",
    )


def count_before(counts: MicrosoftCounts, basis: Basis) -> str:
    """The count before the change was held; empty where nobody kept it, or where it is the same."""
    if counts.before is None:
        return ""
    before = count(counts.before.holding, counts.mapping, basis)
    return "" if before == count(counts.newest.holding, counts.mapping, basis) else before


def count(holding: Holding | None, mapping: Mapping, basis: Basis) -> str:
    """The seats of the mapping's part that were bought, or of the whole licence that are assigned; empty where
    the run kept no subscriptions."""
    if holding is None:
        return write_count(0)
    part = mapping.part if basis is Basis.PURCHASED else None
    is_untold = isinstance(part, OneSubscription) and holding.subscriptions is None
    return "" if is_untold else write_count(holding.count(part, basis))
