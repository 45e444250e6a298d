"""The activities that open a run, read the PSA for it, and push what it allowed. Each is harmless when done again."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from plans.agreements import AgreementReading, UnreadableAgreement
from plans.connecting import find_psa, find_rhythm
from plans.controls import Pause
from plans.errors import Bug, Misconfigured, Park, Retry, Spent
from plans.ports import Desk, Outside
from plans.results import PushResult
from plans.runs import CustomerState, Run, RunPhase, choose_shard, day_of_run
from sync import push
from sync.deadlines import say_too_late, stop_in_time
from sync.messages import OpenedRun, PlanRequest, PushedPlan, ShardRead, ShardRequest
from sync.outcomes import Again
from sync.planning import name_agreements
from sync.renewals import keep_renewals, name_renewals
from sync.waiting import count_rounds, note_waiting

LOG = logging.getLogger(__name__)


async def open_run(outside: Outside, run_id: str) -> OpenedRun:
    """Open the run, or find it opened, and say how to read the PSA for it."""
    scope = await outside.archive.read_scope(run_id)
    mapped = await find_agreements(outside, scope, day_of_run(run_id))
    shard_counts = tuple(
        (name, -(-len(ids) // find_rhythm(outside, name).agreements_at_once))
        for name, ids in sorted(mapped.items())
        if ids
    )
    await outside.archive.save_line_names(run_id, await outside.books.list_line_names())
    run = await outside.runs.open_run(Run(run_id, RunPhase.READING, outside.now(), shard_counts=shard_counts))
    return {
        "run_id": run_id,
        "is_closed": run.phase is RunPhase.CLOSED,
        "shards": [
            {**shard, "at_once": find_rhythm(outside, shard["connection_id"]).readings_at_once}
            for shard in cut_shards(run, mapped)
        ],
        "window": outside.limits.psa_window,
        "rounds": count_rounds(outside.limits, run),
        "tenant_deadline_seconds": int(outside.limits.tenant_deadline.total_seconds()),
        "longest_poll_pause_seconds": int(outside.limits.longest_poll_pause.total_seconds()),
    }


async def find_agreements(outside: Outside, scope: frozenset[str] | None, today: date) -> dict[str, tuple[str, ...]]:
    """The agreements that a run has to read, by PSA connection: all, or those of the customers it is about, of whom
    some may be removed by now."""
    if scope is None:
        return await outside.books.list_mapped_agreements()
    wanted: dict[str, set[str]] = defaultdict(set)
    for customer_id in sorted(scope):
        desk = await outside.books.read_desk(customer_id)
        if desk is None:
            continue
        wanted[desk.customer.connection_id] |= name_all(desk, today)
    return {connection_id: tuple(sorted(names)) for connection_id, names in wanted.items()}


def name_all(desk: Desk, today: date) -> set[str]:
    """The agreements that any line of a customer touches."""
    return {name for mapping in desk.mappings for name in name_agreements(mapping, desk.journals[mapping.id], today)}


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


async def read_agreements(outside: Outside, request: ShardRequest) -> ShardRead:
    """Read one shard of agreements with their additions into the archive.

    Where the PSA refuses us, or the connection cannot be used, each of them is kept as unreadable with the sentence
    that says why: no repetition would help, and the run shows it. Where what may be asked is spent, it is asked again
    later, and kept as unreadable the last time. Raises Retry where the PSA does not answer, or not in time.
    """
    run_id, connection_id, shard = request["run_id"], request["connection_id"], request["shard"]
    kept = await outside.archive.read_agreements(run_id, connection_id, shard)
    if kept is not None:
        return {"found": len(kept), "again_seconds": None}
    found: tuple[AgreementReading, ...]
    renewals: tuple[AgreementReading, ...] = ()
    renewed_by: list[str] = []
    try:
        found = await read_in_time(outside, run_id, connection_id, request["agreement_ids"])
        renewed_by = await find_renewals(outside, request, found)
        renewals = await read_in_time(outside, run_id, connection_id, renewed_by) if renewed_by else ()
    except (Misconfigured, Spent) as error:
        if isinstance(error, Spent):
            await note_waiting(outside, request, str(error))
        if isinstance(error, Spent) and not request.get("is_last", False):
            LOG.info("PSA connection %s is read later: %s", connection_id, error)
            return {"found": 0, "again_seconds": int(outside.limits.budget_pause.total_seconds())}
        found = tuple(UnreadableAgreement(each, str(error)) for each in request["agreement_ids"])
    await keep_renewals(outside, run_id, connection_id, shard, (renewed_by, renewals))
    await outside.archive.save_agreements(run_id, connection_id, shard, found, request["agreement_ids"])
    return {"found": len(found), "again_seconds": None}


async def find_renewals(outside: Outside, request: ShardRequest, found: Sequence[AgreementReading]) -> list[str]:
    """The renewals of a shard's agreements that are over, which the run does not read otherwise."""
    run_id = request["run_id"]
    today = day_of_run(run_id)
    if not name_renewals(found, frozenset(), today):
        return []
    mapped = await find_agreements(outside, await outside.archive.read_scope(run_id), today)
    return name_renewals(found, frozenset(mapped.get(request["connection_id"], ())), today)


async def read_in_time(
    outside: Outside, run_id: str, connection_id: str, agreement_ids: Sequence[str]
) -> tuple[AgreementReading, ...]:
    """The agreements as the PSA has them. Raises like `Psa.read_agreements`, and Retry where that takes longer than a
    step may."""
    try:
        async with stop_in_time(outside.limits):
            return await find_psa(outside, connection_id).read_agreements(agreement_ids, run_id)
    except TimeoutError as error:
        what = f"Reading {len(agreement_ids)} agreements of PSA connection {connection_id}"
        raise Retry(f"{what} {say_too_late(outside.limits)}.") from error


async def push_agreement(outside: Outside, request: PlanRequest) -> PushedPlan:
    """Push one allowed plan. What the verdict does not name is never written; nothing is while writing is paused."""
    run_id, plan_hash = request["run_id"], request["plan_hash"]
    verdict = await outside.archive.read_verdict(run_id)
    allowed = frozenset() if verdict is None else verdict.allowed_lines(plan_hash)
    if not allowed:
        raise Bug(f"Plan {plan_hash} is not allowed by the verdict of run {run_id}.")
    pause = (await outside.profiles.read_controls()).pause
    outcome: PushResult | Again
    try:
        if pause is not None:
            outcome = await end_push(outside, plan_hash, CustomerState.HELD, describe_pause(pause))
        else:
            outcome = await push.push_agreement(outside, run_id, plan_hash, allowed)
    except (Misconfigured, Park) as error:
        outcome = await end_push(outside, plan_hash, CustomerState.FAILED, str(error))
    match outcome:
        case Again(seconds, _):
            return {"plan_hash": plan_hash, "again_seconds": seconds}
        case result:
            await outside.runs.save_push(run_id, replace(result, ended_at=outside.now()))
            return {"plan_hash": plan_hash, "again_seconds": None}


async def end_push(outside: Outside, plan_hash: str, state: CustomerState, sentence: str) -> PushResult:
    """How a push ends that is stopped as a whole; what was promised stays open for the next run."""
    plan = await outside.archive.read_plan(plan_hash)
    return PushResult(plan_hash, plan.customer_id, plan.agreement_id, state, 0, 0, (), (sentence,))


def describe_pause(pause: Pause) -> str:
    """Why nothing is written, as a sentence."""
    return f"All writing was paused by {pause.paused_by} after this run was judged: {pause.reason}"
