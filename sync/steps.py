"""The activities of a night. Each is harmless when done again; each raises only Retry for what may pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from plans.agreements import Agreement, UnreadableAgreement
from plans.changes import CreateAddition, Decision, FinishIntent, Held, Parked, Unchanged
from plans.errors import Bug, Misconfigured, Park
from plans.judgement import PlannedAgreement, judge_night
from plans.plan import AgreementPlan
from plans.planning import LineInput, Surroundings, plan_agreement
from plans.ports import Desk, Outside, RawAnswer
from plans.results import AgreementResult, PushResult, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState, choose_shard, day_of_run, worst_state
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.description import describe_line
from profiles.licences import Snapshot
from profiles.quantity import bill_quantity, doubt_count
from profiles.readings import Known, Unknown, UnknownReason
from sync import partners, push
from sync.messages import OpenedRun, PlanRequest, PushedPlan, PushRequest, ShardRequest, TenantRequest
from sync.outcomes import Again
from sync.totals import add_up

LATE_SENTENCE = "The tenant was not read and planned before the night's deadline."
GAVE_UP_SENTENCE = "Planning this tenant failed again and again; the log of this run says why."


async def open_run(outside: Outside, run_id: str) -> OpenedRun:
    """Open the run, or find it opened, and say how to read the PSA for it."""
    mapped = await outside.books.list_mapped_agreements()
    shard_size = outside.limits.agreements_per_shard
    shard_counts = tuple((name, -(-len(ids) // shard_size)) for name, ids in sorted(mapped.items()) if ids)
    await outside.archive.save_line_names(run_id, await outside.books.list_line_names())
    run = await outside.runs.open_run(Run(run_id, RunPhase.READING, outside.now(), shard_counts=shard_counts))
    return {
        "run_id": run_id,
        "is_closed": run.phase is RunPhase.CLOSED,
        "shards": cut_shards(run, mapped),
        "window": outside.limits.psa_window,
        "tenant_deadline_seconds": int(outside.limits.tenant_deadline.total_seconds()),
        "longest_poll_pause_seconds": int(outside.limits.longest_poll_pause.total_seconds()),
    }


def cut_shards(run: Run, mapped: dict[str, tuple[str, ...]]) -> list[ShardRequest]:
    """The mapped agreements of every connection, in the pieces that this run settled on."""
    pieces: dict[tuple[str, int], list[str]] = defaultdict(list)
    for connection_id, shard_count in run.shard_counts:
        for agreement_id in sorted(mapped.get(connection_id, ())):
            pieces[connection_id, choose_shard(agreement_id, shard_count)].append(agreement_id)
    return [
        {"run_id": run.id, "connection_id": connection_id, "shard": shard, "agreement_ids": agreement_ids}
        for (connection_id, shard), agreement_ids in sorted(pieces.items())
    ]


async def read_agreements(outside: Outside, request: ShardRequest) -> int:
    """Read one shard of agreements with their additions into the archive; the number of agreements found."""
    run_id, connection_id, shard = request["run_id"], request["connection_id"], request["shard"]
    kept = await outside.archive.read_agreements(run_id, connection_id, shard)
    if kept is not None:
        return len(kept)
    found = await outside.connections[connection_id].read_agreements(request["agreement_ids"])
    await outside.archive.save_agreements(run_id, connection_id, shard, found)
    return len(found)


async def queue_tenants(outside: Outside, run_id: str) -> list[TenantRequest]:
    """Write one row per tenant and return a message for each that is still to be planned."""
    customers_of: dict[str, list[Customer]] = defaultdict(list)
    for customer in sorted(await outside.books.list_customers(), key=lambda customer: customer.id):
        customers_of[customer.tenant_id].append(customer)
    rows = [
        TenantResult(
            tenant_id,
            tuple(customer.id for customer in customers),
            TenantState.QUEUED,
            partner_account_id=next(filter(None, (customer.partner_account_id for customer in customers)), None),
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
    """Read the tenant once for all customers it serves; False where it is unknown (and said so)."""
    run_id, tenant_id = request["run_id"], request["tenant_id"]
    row = await outside.runs.read_tenant(run_id, tenant_id)
    if row is None or row.state is not TenantState.QUEUED:
        return False
    if await outside.archive.read_snapshot(run_id, tenant_id) is not None:
        return True
    raw: list[RawAnswer] = []
    reading = await outside.licences.read_tenant(tenant_id, row.partner_account_id, raw.append)
    if raw:
        await outside.archive.save_raw(run_id, tenant_id, raw)
    match reading:
        case Known(snapshot):
            await outside.archive.save_snapshot(run_id, snapshot)
            return True
        case Unknown() as unknown:
            sentence = await partners.explain_unknown(outside, run_id, tenant_id, row.partner_account_id, unknown)
            ended = replace(row, state=TenantState.UNKNOWN, sentence=sentence, ended_at=outside.now())
            await outside.runs.save_tenant(run_id, ended)
            return False


async def give_up_tenant(outside: Outside, request: TenantRequest, sentence: str = GAVE_UP_SENTENCE) -> None:
    """Mark a tenant that could not be planned as unknown; one that was planned stays planned."""
    row = await outside.runs.read_tenant(request["run_id"], request["tenant_id"])
    if row is not None and row.state is TenantState.QUEUED:
        ended = replace(row, state=TenantState.UNKNOWN, sentence=sentence, ended_at=outside.now())
        await outside.runs.save_tenant(request["run_id"], ended)


async def plan_tenant(outside: Outside, request: TenantRequest) -> None:
    """Plan every agreement of every customer that the tenant serves, into one row. Never writes to a PSA."""
    run_id, tenant_id = request["run_id"], request["tenant_id"]
    row = await outside.runs.read_tenant(run_id, tenant_id)
    snapshot = await outside.archive.read_snapshot(run_id, tenant_id)
    run = await outside.runs.read_run(run_id)
    if row is None or run is None or snapshot is None or row.state is not TenantState.QUEUED:
        return
    profiles = await outside.profiles.list_profiles()
    results: list[AgreementResult] = []
    for customer_id in row.customer_ids:
        desk = await outside.books.read_desk(customer_id)
        results += await plan_customer(outside, run, desk, snapshot, profiles)
    planned = replace(
        row,
        state=TenantState.PLANNED,
        agreements=tuple(results),
        sku_ids=tuple(licence.sku_id for licence in snapshot.licences),
        ended_at=outside.now(),
    )
    await outside.runs.save_tenant(run_id, planned)


async def plan_customer(
    outside: Outside, run: Run, desk: Desk, snapshot: Snapshot, profiles: dict[str, BillingProfile]
) -> list[AgreementResult]:
    """One plan per agreement that the customer's mappings name, or that a promise of theirs was sent to."""
    by_agreement: dict[str, list[Mapping]] = defaultdict(list)
    for mapping in desk.mappings:
        promised_to = {intent.agreement_id for intent in desk.journals[mapping.id].open_intents}
        for agreement_id in {mapping.agreement_id} | promised_to:
            by_agreement[agreement_id].append(mapping)
    line_names = await outside.archive.read_line_names(run.id)
    around = Surroundings(day_of_run(run.id), desk.customer.company_id, line_names)
    return [
        await plan_one_agreement(outside, run, desk, snapshot, profiles, around, agreement_id, mappings)
        for agreement_id, mappings in sorted(by_agreement.items())
    ]


async def plan_one_agreement(
    outside: Outside,
    run: Run,
    desk: Desk,
    snapshot: Snapshot,
    profiles: dict[str, BillingProfile],
    around: Surroundings,
    agreement_id: str,
    mappings: Sequence[Mapping],
) -> AgreementResult:
    """One agreement's plan, kept under its hash; or why it could not be planned."""
    found = await find_agreement(outside, run, desk.customer.connection_id, agreement_id)
    if isinstance(found, Unknown):
        return fail_agreement(desk, agreement_id, found.detail)
    lines = []
    for mapping in mappings:
        profile = profiles.get(mapping.profile_id)
        if profile is None:
            sentence = f"{mapping.licence_name} is mapped to a billing profile that does not exist. Map it again."
            return fail_agreement(desk, agreement_id, sentence)
        quantity = bill_quantity(snapshot, mapping)
        if isinstance(quantity, Unknown):
            return fail_agreement(desk, agreement_id, quantity.detail)
        text = describe_line(snapshot, mapping, outside.limits.description_length)
        doubt = doubt_count(snapshot, mapping)
        lines.append(LineInput(mapping, profile, quantity.value, desk.journals[mapping.id], text, doubt))
    plan = plan_agreement(desk.customer.id, desk.customer.connection_id, agreement_id, found.value, lines, around)
    return summarise_plan(plan, await outside.archive.save_plan(plan))


async def find_agreement(
    outside: Outside, run: Run, connection_id: str, agreement_id: str
) -> Known[Agreement | None] | Unknown:
    """The agreement as this run read it; Known(None) where the PSA has none, Unknown where it was not read."""
    shard = choose_shard(agreement_id, dict(run.shard_counts).get(connection_id, 1))
    agreements = await outside.archive.read_agreements(run.id, connection_id, shard)
    if agreements is None:
        return Unknown(UnknownReason.UNREACHABLE, f"PSA connection {connection_id} could not be read tonight.")
    found = next((agreement for agreement in agreements if agreement.id == agreement_id), None)
    if isinstance(found, UnreadableAgreement):
        return Unknown(UnknownReason.INCOMPLETE, found.sentence)
    return Known(found)


def fail_agreement(desk: Desk, agreement_id: str, sentence: str) -> AgreementResult:
    """What stands in the run for an agreement that could not be planned."""
    return AgreementResult(
        desk.customer.id, desk.customer.connection_id, agreement_id, "", CustomerState.FAILED, 0, (sentence,)
    )


def summarise_plan(plan: AgreementPlan, plan_hash: str) -> AgreementResult:
    """The plan in one row: the worst of its lines, and the sentences that a person must read."""
    return AgreementResult(
        customer_id=plan.customer_id,
        connection_id=plan.connection_id,
        agreement_id=plan.agreement_id,
        plan_hash=plan_hash,
        state=worst_state([name_state(line.decision) for line in plan.lines]),
        change_count=len(plan.changes),
        sentences=tuple(line.decision.sentence for line in plan.lines if isinstance(line.decision, Held | Parked)),
    )


def name_state(decision: Decision) -> CustomerState:
    """The state that a decision puts its customer in."""
    match decision:
        case Unchanged():
            return CustomerState.UNCHANGED
        case CreateAddition() | FinishIntent():
            return CustomerState.CHANGED
        case Held():
            return CustomerState.HELD
        case Parked():
            return CustomerState.PARKED


async def judge(outside: Outside, run_id: str) -> list[PushRequest]:
    """Judge the night as a whole, once: what is judged stays judged. One request per PSA connection."""
    verdict = await outside.archive.read_verdict(run_id)
    if verdict is None:
        await give_up_late_tenants(outside, run_id)
        planned = collect_planned(await outside.runs.list_tenants(run_id))
        verdict = await outside.archive.save_verdict(judge_night(run_id, planned))
    run = await outside.runs.read_run(run_id)
    if run is not None and run.phase is RunPhase.READING:
        await outside.runs.save_run(replace(run, phase=RunPhase.PUSHING, judged_at=outside.now()))
    hashes: dict[str, list[str]] = defaultdict(list)
    for allowed in verdict.allowed:
        hashes[allowed.connection_id].append(allowed.plan_hash)
    return [
        {
            "run_id": run_id,
            "connection_id": connection_id,
            "plan_hashes": plan_hashes,
            "window": outside.limits.psa_window,
            "rounds": outside.limits.push_rounds,
        }
        for connection_id, plan_hashes in sorted(hashes.items())
    ]


async def give_up_late_tenants(outside: Outside, run_id: str) -> None:
    """Whoever is not planned when the night is judged is unknown."""
    for tenant in await outside.runs.list_tenants(run_id):
        await give_up_tenant(outside, {"run_id": run_id, "tenant_id": tenant.tenant_id}, LATE_SENTENCE)


def collect_planned(tenants: Sequence[TenantResult]) -> list[PlannedAgreement]:
    """Every plan of the run, as the judge sees it."""
    return [
        PlannedAgreement(
            agreement.customer_id,
            agreement.connection_id,
            agreement.agreement_id,
            agreement.plan_hash,
            agreement.change_count,
        )
        for tenant in tenants
        if tenant.state is TenantState.PLANNED
        for agreement in tenant.agreements
    ]


async def push_agreement(outside: Outside, request: PlanRequest) -> PushedPlan:
    """Push one allowed plan; what the verdict does not name is never written."""
    run_id, plan_hash = request["run_id"], request["plan_hash"]
    verdict = await outside.archive.read_verdict(run_id)
    if verdict is None or plan_hash not in {allowed.plan_hash for allowed in verdict.allowed}:
        raise Bug(f"Plan {plan_hash} is not allowed by the verdict of run {run_id}.")
    try:
        outcome = await push.push_agreement(outside, run_id, plan_hash)
    except (Misconfigured, Park) as error:
        outcome = await fail_push(outside, plan_hash, str(error))
    match outcome:
        case Again(seconds, _):
            return {"plan_hash": plan_hash, "again_seconds": seconds}
        case result:
            await outside.runs.save_push(run_id, replace(result, ended_at=outside.now()))
            return {"plan_hash": plan_hash, "again_seconds": None}


async def fail_push(outside: Outside, plan_hash: str, sentence: str) -> PushResult:
    """How a push ends that the PSA refuses as a whole; what was promised stays open for the next run."""
    plan = await outside.archive.read_plan(plan_hash)
    return PushResult(plan_hash, plan.customer_id, plan.agreement_id, CustomerState.FAILED, 0, 0, (), (sentence,))


async def close_night(outside: Outside, run_id: str) -> None:
    """Add the run up and close it."""
    run = await outside.runs.read_run(run_id)
    if run is None or run.phase is RunPhase.CLOSED:
        return
    verdict = await outside.archive.read_verdict(run_id)
    totals = add_up(
        await outside.runs.list_tenants(run_id),
        await outside.runs.list_pushes(run_id),
        frozenset() if verdict is None else frozenset(allowed.plan_hash for allowed in verdict.allowed),
    )
    await outside.runs.save_run(replace(run, phase=RunPhase.CLOSED, closed_at=outside.now(), totals=totals))
