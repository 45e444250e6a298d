"""How agreements, tenants and pushes of a run ended: what its rows hold and its pages show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from plans.alerts.alert import Alert, AlertKind
from plans.approvals import HeldLine, ParkedLine, ProposedLine, ScheduledLine
from plans.due_invoices import DueCustomer
from plans.judgement import PlannedLine
from plans.runs import CustomerState, TenantState, worst_state
from profiles.holdings import Holding
from profiles.readings import UnknownReason
from profiles.unmapped import Piece, list_held


@dataclass(frozen=True, slots=True)
class AgreementResult:
    """One agreement's plan within a run: what was decided, and what of it waits.

    `writing` are the lines that are written if the night allows it; an observed customer's are only told of in the
    sentences.
    """

    customer_id: str
    connection_id: str
    agreement_id: str
    plan_hash: str
    state: CustomerState
    change_count: int
    sentences: tuple[str, ...] = ()
    writing: tuple[PlannedLine, ...] = ()
    held: tuple[HeldLine, ...] = ()
    parked: tuple[ParkedLine, ...] = ()
    scheduled: tuple[ScheduledLine, ...] = ()
    proposals: tuple[ProposedLine, ...] = ()
    is_observed: bool = False


@dataclass(frozen=True, slots=True)
class TenantResult:
    """One tenant within a run. `sku_ids` are the licences that its snapshot holds; `ended_at` is when it was planned,
    or given up; `reason` is why it is unknown, where Microsoft said so. `alerts` are what its snapshot shows that
    needs a person; `seat_prices` what a seat of a licence is billed for in a month; `due` who is invoiced soon.
    `unseen` are the kinds of alerts that the reading could say nothing of. `is_gone`: a person confirmed of each of its
    customers that it has left. `holdings` are its licences, counted; none in rows of before that was kept.
    """

    tenant_id: str
    customer_ids: tuple[str, ...]
    state: TenantState
    sentence: str = ""
    agreements: tuple[AgreementResult, ...] = ()
    partner_account_id: str | None = None
    sku_ids: tuple[str, ...] = ()
    ended_at: datetime | None = None
    reason: UnknownReason | None = None
    alerts: tuple[Alert, ...] = ()
    seat_prices: tuple[tuple[str, Decimal], ...] = ()
    due: tuple[DueCustomer, ...] = ()
    is_gone: bool = False
    unseen: frozenset[AlertKind] = frozenset()
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class StampedTenant:
    """A tenant's row as it was read; its stamp changes with every write of that row."""

    row: TenantResult
    stamp: str


@dataclass(frozen=True, slots=True)
class SeatChange:
    """One line that was written, read back and verified."""

    licence_name: str
    quantity_before: int
    quantity_after: int
    effective_on: date
    addition_id: str
    mapping_id: str = ""


@dataclass(frozen=True, slots=True)
class PushResult:
    """How pushing one plan ended: what was verified, and a sentence for everything else."""

    plan_hash: str
    customer_id: str
    agreement_id: str
    state: CustomerState
    writes: int
    verified: int
    changes: tuple[SeatChange, ...] = ()
    sentences: tuple[str, ...] = ()
    ended_at: datetime | None = None


def end_plan(planned: CustomerState, push: PushResult) -> CustomerState:
    """How a pushed plan ended: what was planned and then withdrawn as a whole has changed nothing."""
    is_withdrawn = push.state is CustomerState.UNCHANGED and planned is CustomerState.CHANGED
    return worst_state((push.state, CustomerState.UNCHANGED if is_withdrawn else planned))


@dataclass(frozen=True, slots=True)
class RunResults:
    """How the tenants of a run ended, without what only the night itself needs of their rows (`alerts`, `seat_prices`,
    `due`, licences); `held` is what each tenant that was planned holds, by its id."""

    tenants: tuple[TenantResult, ...]
    held: dict[str, frozenset[Piece]]


def collect_results(tenants: Iterable[TenantResult]) -> RunResults:
    """The results of a run from its rows."""
    tenants = tuple(tenants)
    return RunResults(
        tuple(replace(each, alerts=(), seat_prices=(), due=(), sku_ids=(), holdings=()) for each in tenants),
        {each.tenant_id: list_held(each.sku_ids, thin_out(each)) for each in tenants if each.sku_ids},
    )


def thin_out(tenant: TenantResult) -> tuple[Holding, ...]:
    """The tenant's licences without the only subscription of one, unless an alert says that no mapping takes it: where
    there is one alone it tells lists nothing, and there are many.
    """
    told = {each.thing[-1] for each in tenant.alerts if each.kind is AlertKind.NO_PROFILE}
    return tuple(
        replace(
            each,
            subscriptions=tuple(
                held
                for held in each.subscriptions or ()
                if len(each.subscriptions or ()) > 1 or held.part.subscription_id in told
            ),
        )
        for each in tenant.holdings
    )
