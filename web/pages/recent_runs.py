"""Which runs say how customers stand: the last night, and every extra run since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from plans.approvals import OpenHold
from plans.ports import Outside
from plans.runs import Run, RunPhase, is_night
from web.pages.attention import NeedKind, tell_hold
from web.pages.standing import ORDER, CustomerInRun, Standing

NIGHTS_WANTED = 7
RUNS_READ = (12, 48, 192, 768, 3072)
RUNS_FOR_NIGHTS = 192


async def list_recent_runs(outside: Outside) -> tuple[Run, ...]:
    """The newest runs, newest first, as far back as the last closed night however many syncs came since.

    A week of nights is looked for, to say since when somebody is needed, but not further than a few hundred runs.
    """
    runs: tuple[Run, ...] = ()
    for limit in RUNS_READ:
        runs = await outside.runs.list_runs(limit)
        nights = sum(is_night(run.id) and run.phase is RunPhase.CLOSED for run in runs)
        if len(runs) < limit or nights >= NIGHTS_WANTED or (nights and limit >= RUNS_FOR_NIGHTS):
            break
    return runs


def select_standing_runs(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The last closed night, the closed runs since and `run` itself, oldest first; all closed ones without a night."""
    closed = [each for each in runs if each.phase is RunPhase.CLOSED]
    night = next((each for each in closed if is_night(each.id)), None)
    since = [each for each in closed if night is None or each is night or each.started_at > night.started_at]
    chosen = {each.id: each for each in (*since, run)}
    return sorted(chosen.values(), key=lambda each: (each.started_at, each.id))


def merge_standings(found: Sequence[Mapping[str, CustomerInRun]]) -> dict[str, CustomerInRun]:
    """How customers stand by runs, oldest first. A reading that failed stands beside what was known before."""
    standings: dict[str, CustomerInRun] = {}
    for each in found:
        for customer_id, newer in each.items():
            older = standings.get(customer_id)
            if older is None or newer.standing not in (Standing.WAITING, Standing.UNKNOWN):
                standings[customer_id] = newer
            elif newer.standing is Standing.UNKNOWN:
                kept = tuple(trouble for trouble in older.troubles if trouble.kind is not NeedKind.UNKNOWN)
                worst = min(newer.standing, older.standing, key=ORDER.__getitem__)
                standings[customer_id] = CustomerInRun(customer_id, worst, (*newer.troubles, *kept))
    return standings


def add_holds(
    standings: Mapping[str, CustomerInRun], holds: Sequence[OpenHold], tenant_ids: Mapping[str, str]
) -> dict[str, CustomerInRun]:
    """The same, with held lines that still wait though the newest runs do not speak of them.

    `tenant_ids` are by customer; what waits for a customer that is gone is left out.
    """
    added = dict(standings)
    silent = [
        hold
        for hold in holds
        if hold.customer_id in tenant_ids
        and not any(
            each.kind is NeedKind.HELD
            for each in (standings[hold.customer_id].troubles if hold.customer_id in standings else ())
        )
    ]
    for hold in silent:
        older = added.get(hold.customer_id, CustomerInRun(hold.customer_id, Standing.HELD))
        trouble = tell_hold(hold.customer_id, tenant_ids[hold.customer_id], hold.line)
        worst = min(older.standing, Standing.HELD, key=ORDER.__getitem__)
        added[hold.customer_id] = replace(older, standing=worst, troubles=(*older.troubles, trouble))
    return added
