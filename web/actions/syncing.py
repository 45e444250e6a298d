"""Sync now: an extra run of some customers, or the one that is at work for them already."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from plans.asking import AskedRun, RunRequests
from plans.ports import Outside
from plans.runs import Run, RunPhase, next_extra_run_id
from web.actions.asking import NEWEST_RUNS, Actor, ask_for_run

LOGGER = logging.getLogger(__name__)

# How long a run may have been asked for without having begun, or be open, before it is no longer waited for.
LONGEST_START = timedelta(minutes=5)
LONGEST_RUN = timedelta(hours=8)
MOST_SYNCED = 500


@dataclass(frozen=True, slots=True)
class Going:
    """The run that is at work, or about to be. `is_joined` where it was asked for before."""

    run_id: str
    is_joined: bool


async def sync_customers(
    outside: Outside, requests: RunRequests, customer_ids: Collection[str], actor: Actor
) -> Going | None:
    """Ask for a run of these customers, unless one is going on for all of them; None where it cannot be asked for.

    Only the id that is free by the very list in which no run was found for them may be taken: whoever was quicker has
    it already, and of several who ask at once the others look again and find that run. Raises Bug where the day has no
    id left.
    """
    wanted, day = frozenset(customer_ids), outside.local_day()
    while True:
        asked_today = await requests.list_asked(day)
        runs = await outside.runs.list_runs(NEWEST_RUNS)
        going = await find_going(outside, requests, wanted, runs, asked_today)
        if going is not None:
            LOGGER.info("Sync of %d customers joins run %s, by %s", len(wanted), going, actor.identity)
            return Going(going, is_joined=True)
        taken = {run.id for run in runs} | {each.run_id for each in asked_today}
        asked = AskedRun(next_extra_run_id(day, frozenset(taken)), tuple(sorted(wanted)), actor.name, actor.at)
        if await requests.reserve(asked):
            LOGGER.info("Allowed sync of %d customers, run %s, by %s", len(wanted), asked.run_id, actor.identity)
            return Going(asked.run_id, is_joined=False) if await ask_for_run(outside, requests, asked) else None


async def find_going(
    outside: Outside,
    requests: RunRequests,
    wanted: frozenset[str],
    runs: Sequence[Run],
    asked_today: Sequence[AskedRun],
) -> str | None:
    """The run that is at work for all of these customers, or was just asked for; None where there is none.

    One that has not begun is asked for again: to ask twice is one run, and a message that was lost is made good.
    """
    for run in runs:
        is_open = run.phase is not RunPhase.CLOSED and outside.now() - run.started_at < LONGEST_RUN
        if is_open and wanted <= await list_covered(outside, run):
            return run.id
    begun = {run.id for run in runs}
    for asked in reversed(asked_today):
        if asked.run_id not in begun and wanted <= set(asked.customer_ids) and is_fresh(outside, asked):
            return asked.run_id if await ask_for_run(outside, requests, asked) else None
    return None


def is_fresh(outside: Outside, asked: AskedRun) -> bool:
    """Whether a run was asked for so lately that it may still begin."""
    return outside.now() - asked.asked_at < LONGEST_START


async def list_covered(outside: Outside, run: Run) -> frozenset[str]:
    """The customers of an open run: those it is about, or those whose tenants it has queued."""
    scope = await outside.archive.read_scope(run.id)
    if scope is not None:
        return scope
    return frozenset(each for tenant in await outside.runs.list_tenants(run.id) for each in tenant.customer_ids)
