"""The activity that closes a run: its totals, what waits for people from now on, and what invoices will come to."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace

from plans.approvals import HeldLine, OpenHold, OpenProposal
from plans.changes import HoldRule
from plans.judgement import NightHold, PlannedLine, Verdict
from plans.ports import Archive, Outside
from plans.results import AgreementResult, PushResult, TenantResult, collect_results
from plans.runs import NEWEST_OPEN_RUNS, CustomerState, Run, RunPhase, TenantState, is_night
from sync.following_up import follow_up
from sync.forecasts import keep_forecasts
from sync.noticing import notice_run
from sync.tenants import give_up_tenant
from sync.totals import add_up, find_in_need

LOG = logging.getLogger(__name__)

DIED_SENTENCE = "The run died before it planned this tenant. Nothing was written for it; the next night reads it."


async def close_night(outside: Outside, run_id: str) -> None:
    """Add the run up, say what waits, and close it."""
    run = await outside.runs.read_run(run_id)
    if run is None or run.phase is RunPhase.CLOSED:
        return
    verdict = await outside.archive.read_verdict(run_id) or Verdict(run_id, ())
    tenants = await outside.runs.list_tenants(run_id)
    pushes = await outside.runs.list_pushes(run_id)
    totals = add_up(tenants, pushes, verdict)
    await say_what_waits(outside, run, tenants, verdict)
    await keep_forecasts(outside, run, tenants)
    await notice_run(outside, run, tenants)
    await keep_results(outside.archive, run_id, tenants, pushes, verdict)
    await follow_up(outside, run)
    closed = replace(run, phase=RunPhase.CLOSED, closed_at=outside.now(), totals=totals)
    await outside.runs.save_run(closed)
    log_end(closed)


async def close_dead_runs(outside: Outside) -> list[str]:
    """Close every run that died and that nobody starts again, so that none stays open for ever; their ids.

    Nothing is pushed for it. What it had promised stays with the lines, and their next run finds out what became of it.
    What waits for people, forecasts and alerts stay as they are as well: later runs know more than a dead one.
    """
    dead = [
        run
        for run in await outside.runs.list_runs(NEWEST_OPEN_RUNS)
        if run.phase is not RunPhase.CLOSED and outside.now() >= run.dead_from
    ]
    for run in dead:
        await give_up_run(outside, run.id)
    return [run.id for run in dead]


async def give_up_run(outside: Outside, run_id: str) -> None:
    """Close a run that died, with what its rows say it came to; who was not planned is unknown."""
    for tenant in await outside.runs.list_tenants(run_id):
        if tenant.state is TenantState.QUEUED:
            await give_up_tenant(outside, {"run_id": run_id, "tenant_id": tenant.tenant_id}, DIED_SENTENCE)
    tenants, pushes = await outside.runs.list_tenants(run_id), await outside.runs.list_pushes(run_id)
    verdict = await outside.archive.read_verdict(run_id) or Verdict(run_id, ())
    await keep_results(outside.archive, run_id, tenants, pushes, verdict)
    run = await outside.runs.read_run(run_id)
    if run is None or run.phase is RunPhase.CLOSED:
        return
    totals = add_up(tenants, pushes, verdict)
    closed = replace(run, phase=RunPhase.CLOSED, closed_at=outside.now(), totals=totals, is_given_up=True)
    await outside.runs.save_run(closed)
    LOG.warning("Run %s died and is closed as it is: %d customers unknown", run_id, totals.unknown)
    log_end(closed)


async def keep_results(
    archive: Archive, run_id: str, tenants: Sequence[TenantResult], pushes: Sequence[PushResult], verdict: Verdict
) -> None:
    """Keep how tenants ended in one piece, and whom the run left to people: pages read no row of a closed run."""
    await archive.save_results(run_id, collect_results(tenants))
    await archive.save_needs(run_id, find_in_need(tenants, pushes, verdict))


def log_end(run: Run) -> None:
    """One line with the run's totals and how long it took. The alert for a night that never came waits for that of a
    night that came to its end."""
    ended_at = run.closed_at or run.started_at
    written_from = run.judged_at or ended_at
    facts = {
        "event": "run_given_up" if run.is_given_up else "night_closed" if is_night(run.id) else "run_closed",
        "run": run.id,
        "reading_seconds": (written_from - run.started_at).total_seconds(),
        "writing_seconds": (ended_at - written_from).total_seconds(),
        **asdict(run.totals),
    }
    LOG.info("Run %s closed", run.id, extra={"facts": facts})


async def say_what_waits(outside: Outside, run: Run, tenants: Sequence[TenantResult], verdict: Verdict) -> None:
    """Bring the lists of holds and credit proposals to what this run found.

    What waits of a customer that this run could not read, or not plan whole, goes on waiting.
    """
    planned = [
        agreement
        for tenant in tenants
        if tenant.state is TenantState.PLANNED
        for agreement in tenant.agreements
        if not agreement.is_observed
    ]
    read = {
        customer_id for tenant in tenants if tenant.state is TenantState.PLANNED for customer_id in tenant.customer_ids
    }
    unplanned = {agreement.customer_id for agreement in planned if not agreement.plan_hash}
    parked = {agreement.customer_id for agreement in planned if agreement.state is CustomerState.PARKED}
    names = {customer.id: customer.name for customer in await outside.books.list_customers()}
    holds = [
        OpenHold(
            customer_id=agreement.customer_id,
            customer_name=names.get(agreement.customer_id, agreement.customer_id),
            connection_id=agreement.connection_id,
            agreement_id=agreement.agreement_id,
            since=run.started_at,
            run_id=run.id,
            line=line,
        )
        for agreement in planned
        if agreement.customer_id not in unplanned
        for line in (*agreement.held, *held_by_night(agreement, verdict))
    ]
    await outside.open_items.replace_holds(frozenset(read - unplanned), holds)
    await propose_credits(outside, run, planned, names, frozenset(read - unplanned - parked))


async def propose_credits(
    outside: Outside,
    run: Run,
    planned: Sequence[AgreementResult],
    names: dict[str, str],
    certain: frozenset[str],
) -> None:
    """Keep the credit proposals of a run, and forget those of `certain` customers that it finds no more.

    What a run proposes for a line is all that is proposed for it: what was open of the line before is replaced, also
    where another line of the customer is not certain. A line of which something was ticked off since the run began is
    left as it is: the run may not have known of it.
    """
    standing = await outside.open_items.list_proposals()
    settled = [each for each in standing if each.settled_by is not None]
    moved = {
        name_line_of(each) for each in settled if each.settled_at is not None and each.settled_at >= run.started_at
    }
    settled_ids = {each.id for each in settled}
    found = [
        OpenProposal(
            customer_id=agreement.customer_id,
            customer_name=names.get(agreement.customer_id, agreement.customer_id),
            agreement_id=agreement.agreement_id,
            since=run.started_at,
            line=proposed,
        )
        for agreement in planned
        for proposed in agreement.proposals
    ]
    proposals = [number_anew(each, settled_ids) for each in found if name_line_of(each) not in moved]
    await outside.open_items.add_proposals(proposals)
    kept, lines = {each.id for each in proposals}, {name_line_of(each) for each in proposals}
    replaced = [
        each.id
        for each in standing
        if each.settled_by is None
        and each.id not in kept
        and name_line_of(each) not in moved
        and (each.customer_id in certain or name_line_of(each) in lines)
    ]
    await outside.open_items.withdraw_proposals(replaced)


def name_line_of(proposal: OpenProposal) -> tuple[str, str]:
    """The line that a proposal is about."""
    return proposal.customer_id, proposal.line.mapping_id


def number_anew(proposal: OpenProposal, settled_ids: Collection[str]) -> OpenProposal:
    """The proposal under a name that none has which was ticked off: it is about more money for the same days."""
    while proposal.id in settled_ids:
        proposal = replace(proposal, number=proposal.number + 1)
    return proposal


def held_by_night(agreement: AgreementResult, verdict: Verdict) -> list[HeldLine]:
    """The lines of an agreement that the night as a whole held back."""
    lines = {line.mapping_id: line for line in agreement.writing}
    return [
        describe_hold(hold, lines[hold.mapping_id])
        for hold in verdict.held
        if hold.plan_hash == agreement.plan_hash and hold.mapping_id in lines
    ]


def describe_hold(hold: NightHold, line: PlannedLine) -> HeldLine:
    """A line that the night held back, as it stands in lists."""
    after = line.quantity_before + line.seats
    return HeldLine(
        mapping_id=line.mapping_id,
        licence_name=line.licence_name,
        line_hash=line.line_hash,
        plan_hash=hold.plan_hash,
        rule=hold.rule,
        sentence=f"{line.quantity_before} → {after} {line.licence_name}: {hold.sentence.rstrip('.')}. {advise(hold)}",
        quantity_before=line.quantity_before,
        quantity_after=after,
        monthly=line.monthly,
    )


def advise(hold: NightHold) -> str:
    """What a person can do about a line that the night held back; a pause holds what is approved as well."""
    if hold.rule is HoldRule.PAUSED:
        return "It is planned again once writing goes on."
    return "Approve it, or refuse it."
