"""The activities that read tenants: one row and one message each, a snapshot, or the reason why it is unknown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from plans.basis import FetchedTenant
from plans.ports import Outside
from plans.raw_answers import RawAnswer
from plans.results import StampedTenant, TenantResult
from plans.runs import TenantState
from profiles.billing import Customer
from profiles.licences import Snapshot
from profiles.readings import Known, Reading, Unknown, UnknownReason
from sync import partners
from sync.deadlines import say_too_late, stop_in_time
from sync.messages import TenantRequest

LATE_SENTENCE = "The tenant was not read and planned before the night's deadline."
GAVE_UP_SENTENCE = "Planning this tenant failed again and again; the log of this run says why."


async def queue_tenants(outside: Outside, run_id: str) -> list[TenantRequest]:
    """Write one row per tenant and return a message for each that is still to be planned."""
    scope = await outside.archive.read_scope(run_id)
    customers_of: dict[str, list[Customer]] = defaultdict(list)
    for customer in sorted(await outside.books.list_customers(), key=lambda customer: customer.id):
        if scope is None or customer.id in scope:
            customers_of[customer.tenant_id].append(customer)
    rows = [
        TenantResult(
            tenant_id,
            tuple(customer.id for customer in customers),
            TenantState.QUEUED,
            partner_account_id=next(filter(None, (customer.partner_account_id for customer in customers)), None),
            is_gone=all(customer.is_gone for customer in customers),
        )
        for tenant_id, customers in sorted(customers_of.items())
    ]
    await outside.runs.queue_tenants(run_id, rows)
    tenants = await outside.runs.list_tenants(run_id)
    return [
        {"run_id": run_id, "tenant_id": tenant.tenant_id} for tenant in tenants if tenant.state is TenantState.QUEUED
    ]


async def count_waiting_tenants(outside: Outside, run_id: str) -> int:
    """How many tenants of the run are neither planned nor unknown."""
    tenants = await outside.runs.list_tenants(run_id)
    return sum(tenant.state is TenantState.QUEUED for tenant in tenants)


async def fetch_licences(outside: Outside, request: TenantRequest) -> bool:
    """Read the tenant once for all customers it serves; False where it is unknown (and said so).

    The first snapshot that a run keeps stands. A message that comes again reads Microsoft again, and what it finds then
    is thrown away, also where that is nothing.
    """
    run_id, tenant_id = request["run_id"], request["tenant_id"]
    stamped = await outside.runs.read_stamped(run_id, tenant_id)
    if stamped is None or stamped.row.state is not TenantState.QUEUED:
        return False
    raw: list[RawAnswer] = []
    reading: Reading[Snapshot]
    if await partners.has_left(outside, run_id, stamped.row):
        reading = Known(Snapshot(tenant_id, outside.now(), (), (), ()))
    else:
        reading = await read_in_time(outside, stamped.row, raw)
    match reading:
        case Known(snapshot):
            if await outside.archive.save_snapshot(run_id, snapshot, raw):
                outside.just_read.keep(run_id, FetchedTenant(stamped, snapshot), outside.now())
            return True
        case Unknown() as unknown:
            if raw:
                await outside.archive.save_raw(run_id, tenant_id, raw)
            if await outside.archive.read_snapshot(run_id, tenant_id) is not None:
                return True
            await end_unknown(outside, run_id, stamped, unknown)
            return False


async def end_unknown(outside: Outside, run_id: str, stamped: StampedTenant, unknown: Unknown) -> None:
    """Say why the tenant is unknown; nothing where somebody ended it meanwhile."""
    row = stamped.row
    sentence = await partners.explain_unknown(outside, run_id, row.tenant_id, row.partner_account_id, unknown)
    ended = replace(row, state=TenantState.UNKNOWN, sentence=sentence, ended_at=outside.now(), reason=unknown.reason)
    await outside.runs.end_tenant(run_id, ended, stamped.stamp)


async def read_in_time(outside: Outside, row: TenantResult, raw: list[RawAnswer]) -> Reading[Snapshot]:
    """What Microsoft says of the tenant; Unknown where that takes longer than a step may. The answers until then are in
    `raw`."""
    try:
        async with stop_in_time(outside.limits):
            return await outside.licences.read_tenant(row.tenant_id, row.partner_account_id, raw.append)
    except TimeoutError:
        sentence = f"Microsoft {say_too_late(outside.limits)}. The next run reads the tenant again."
        return Unknown(UnknownReason.NOT_READ_IN_TIME, sentence)


async def give_up_tenant(outside: Outside, request: TenantRequest, sentence: str = GAVE_UP_SENTENCE) -> None:
    """Mark a tenant that could not be planned as unknown; one that was planned stays planned."""
    stamped = await outside.runs.read_stamped(request["run_id"], request["tenant_id"])
    if stamped is not None and stamped.row.state is TenantState.QUEUED:
        ended = replace(stamped.row, state=TenantState.UNKNOWN, sentence=sentence, ended_at=outside.now())
        await outside.runs.end_tenant(request["run_id"], ended, stamped.stamp)
