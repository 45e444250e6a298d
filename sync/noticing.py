"""Alerts are looked for here: at the end of each run, and every hour for what needs no night.

A mistake in an alert must never stop a night: a look that fails is logged, and the next one makes good.
"""

from __future__ import annotations

import logging

from plans.alerts.folding import Look, fold
from plans.alerts.standing import STANDING_KINDS, StandingFacts, find_standing
from plans.ports import Outside
from plans.runs import Run, is_night

LOG = logging.getLogger(__name__)


async def notice_run(outside: Outside, run: Run) -> None:
    """What needs a person after this run; what it could not look at stays as it was."""
    try:
        await fold_found(outside, await read_standing(outside), run)
    except Exception:
        LOG.exception("The alerts of run %s could not be found; the next look makes good", run.id)


async def notice_by_clock(outside: Outside) -> None:
    """What needs a person whether a night has run or not."""
    await fold_found(outside, await read_standing(outside), None)


async def read_standing(outside: Outside) -> StandingFacts:
    """What the lists say now."""
    return StandingFacts(
        now=outside.now(),
        zone=outside.zone,
        customers={customer.id: customer for customer in await outside.books.list_customers()},
        holds=await outside.open_items.list_holds(),
        proposals=await outside.open_items.list_proposals(),
    )


async def fold_found(outside: Outside, facts: StandingFacts, run: Run | None) -> None:
    """Keep what is found, and when it was seen."""
    standing = {kept.id: kept for kept in await outside.alerts.list_standing()}
    night = run.day if run is not None and is_night(run.id) else None
    looks = [Look(frozenset(STANDING_KINDS))]
    await outside.alerts.save(fold(standing, find_standing(facts), looks, facts.now, night))
