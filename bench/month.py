"""A made-up MSP after a month of nights, as its storage account has it: for whoever looks at pages.

Every customer is mapped and billed; each night wrote some lines, held some and could not read some, and the last one
left what waits for people. All of it is kept by the product's own repositories, or as rows of theirs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bench.msp import CONNECTION, Msp, make_intent, make_settlement, sku_id, tenant_id
from plans.approvals import HeldLine, OpenHold
from plans.changes import HoldRule
from plans.connecting import ConnectWiseConnection
from plans.journal import Evidence, Intent
from plans.judgement import PlannedAgreement, PlannedLine, Verdict
from plans.results import AgreementResult, PushResult, SeatChange, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState
from profiles.billing import Customer
from store.archive import BlobArchive
from store.books import TableBooks
from store.codec import encode
from store.configuration import TableConfiguration
from store.journal import evidence_key, history_row, state_row
from store.lines import LineState
from store.mapping_rows import encode_mapping
from store.open_items import TableOpenItems
from store.runs import TableRuns
from store.storage import Storage
from store.tables import Row, make_row, put_batches
from sync.closing import keep_results
from sync.totals import add_up

LAST_NIGHT = date(2026, 11, 22)
NIGHTS = 30
CLOSED_AT = datetime(2026, 11, 22, 2, 14, tzinfo=UTC)
AT_ONCE = 16
NOT_READ = "Microsoft did not answer for this tenant. The next night reads it again."
TOO_MUCH = "24 → 6 Licence 03: a drop of 18 seats. Approve it, or refuse it."


@dataclass(frozen=True, slots=True)
class Month:
    """An MSP and how many nights are behind it."""

    msp: Msp
    nights: int = NIGHTS


async def seed_month(storage: Storage, month: Month) -> None:
    """Everything that home, customers and approvals rest on. The account has to be empty."""
    await storage.prepare()
    configuration = TableConfiguration(storage.table("config"))
    await configuration.save_connection(
        ConnectWiseConnection(CONNECTION, "ConnectWise", "https://na.myconnectwise.net", "msp", "client", "pub", "priv")
    )
    for profile in month.msp.make_profiles():
        await configuration.save_profile(profile, None)
    await in_windows(put_batches(storage.table("books"), make_rows(month, each)) for each in range(month.msp.customers))
    for number in reversed(range(month.nights)):
        await seed_night(storage, month, LAST_NIGHT - timedelta(days=number))
    books = TableBooks(storage.table("books"), storage.table("config"), storage.container(), lambda: CLOSED_AT)
    await books.list_customers()


async def in_windows(work: Iterable[Awaitable[None]]) -> None:
    """Some at once."""
    window: list[Awaitable[None]] = []
    for each in work:
        window.append(each)
        if len(window) == AT_ONCE:
            await asyncio.gather(*window)
            window = []
    await asyncio.gather(*window)


def make_rows(month: Month, number: int) -> list[Row]:
    """A customer's partition of `books`: every line's state, and the journal of the one that changed in the month. Of
    the last licence nobody has decided yet, for every tenth customer."""
    msp = month.msp
    customer, agreement = msp.make_customer(number), msp.make_agreement(number)
    lines = msp.lines_of(number)[: -1 if number % 10 == 0 else None]
    mappings = msp.make_mappings(number)[: len(lines)]
    rows = [make_row(customer.id, "a", encode(Customer, customer))]
    for mapping, line in zip(mappings, lines, strict=True):
        rows.append(make_row(customer.id, f"am:{mapping.id}", encode_mapping(mapping)))
        rows.append(state_row(customer.id, mapping.id, LineState(line.seats, None, (mapping.agreement_id,))))
    changed, line = mappings[number % len(lines)], lines[number % len(lines)]
    addition = next(each for each in agreement.additions if each.id == str(line.addition_id))
    settlement = make_settlement(changed, line, addition)
    rows += [
        make_row(customer.id, f"i:{changed.id}:000000:000", encode(Intent, make_intent(changed, line))),
        make_row(customer.id, evidence_key(changed.id, 0), encode(Evidence, settlement.evidence)),
        history_row(customer.id, settlement.history),
    ]
    return rows


async def seed_night(storage: Storage, month: Month, day: date) -> None:
    """One closed night with its results. The last one has a row for each tenant, and what it left for people: nothing
    looks at the rows of tenants once a night is closed."""
    runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
    archive = BlobArchive(storage.container())
    run_id, started_at = day.isoformat(), datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    tenants = [make_tenant(month.msp, number, day) for number in range(month.msp.customers)]
    pushes = [push for tenant in tenants for push in make_pushes(tenant, day)]
    allowed = [
        PlannedAgreement(each.customer_id, CONNECTION, each.agreement_id, each.plan_hash, each.writing)
        for tenant in tenants
        for each in tenant.agreements
        if each.writing
    ]
    verdict = Verdict(run_id, tuple(allowed))
    await archive.save_verdict(verdict)
    await in_windows(runs.save_push(run_id, push) for push in pushes)
    closed_at = started_at + timedelta(minutes=14)
    totals = add_up(tenants, pushes, verdict)
    run = Run(run_id, RunPhase.CLOSED, started_at, closed_at, ((CONNECTION, 1),), totals, started_at)
    await keep_results(archive, run_id, tenants, pushes, verdict)
    await runs.save_run(run)
    if day == LAST_NIGHT:
        await runs.queue_tenants(run_id, tenants)
        holds = [
            OpenHold(each.customer_id, name_customer(each), CONNECTION, each.agreement_id, started_at, run_id, line)
            for tenant in tenants
            for each in tenant.agreements
            for line in each.held
        ]
        await TableOpenItems(storage.table("open")).replace_holds(frozenset(), holds)


def name_customer(agreement: AgreementResult) -> str:
    """What the customer of an agreement is called."""
    return f"Customer {int(agreement.customer_id.removeprefix('customer-'))}"


def make_tenant(msp: Msp, number: int, day: date) -> TenantResult:
    """How a customer ended a night: of a hundred three changed, two were held and one was not read."""
    customer_id, turn = msp.make_customer(number).id, (number + day.toordinal()) % 100
    ended_at = datetime(day.year, day.month, day.day, 2, 5, tzinfo=UTC)
    if turn == 0:
        return TenantResult(tenant_id(number), (customer_id,), TenantState.UNKNOWN, NOT_READ, ended_at=ended_at)
    mapping = msp.make_mappings(number)[0]
    plan = AgreementResult(
        customer_id,
        CONNECTION,
        mapping.agreement_id,
        f"{number:032d}{day.toordinal():032d}",
        CustomerState.UNCHANGED,
        0,
    )
    if turn in (1, 2, 3):
        line = PlannedLine(mapping.id, 2, False, False, mapping.licence_name, "f" * 64, 10, Decimal("40.00"))
        plan = replace(plan, state=CustomerState.CHANGED, change_count=1, writing=(line,))
    elif number % 50 == 1:
        held = HeldLine(
            mapping.id,
            mapping.licence_name,
            "e" * 64,
            plan.plan_hash,
            HoldRule.LARGE_DROP,
            TOO_MUCH,
            24,
            6,
            Decimal("-360.00"),
        )
        plan = replace(plan, state=CustomerState.HELD, sentences=(TOO_MUCH,), held=(held,))
    return TenantResult(
        tenant_id(number),
        (customer_id,),
        TenantState.PLANNED,
        agreements=(plan,),
        sku_ids=tuple(sku_id(each) for each in range(msp.licences)),
        ended_at=ended_at,
        seat_prices=tuple((sku_id(each), Decimal("20.00")) for each in range(msp.licences)),
    )


def make_pushes(tenant: TenantResult, day: date) -> list[PushResult]:
    """What the night wrote for a customer, each line read back."""
    return [
        PushResult(
            each.plan_hash,
            each.customer_id,
            each.agreement_id,
            CustomerState.CHANGED,
            1,
            1,
            tuple(SeatChange(line.licence_name, 10, 12, day, "1000000", line.mapping_id) for line in each.writing),
            ended_at=tenant.ended_at,
        )
        for each in tenant.agreements
        if each.writing
    ]
