"""The extra run that follows a night by itself, of the customers whose PSA had no room for the night's requests.

It holds nobody else up, and so waits for that PSA as long as `Limits.budget_rounds` say.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from plans.asking import AskedRun
from plans.errors import Bug
from plans.ports import Outside
from plans.runs import NEWEST_OPEN_RUNS, Run, is_night, next_extra_run_id
from sync.steps import open_run

LOG = logging.getLogger(__name__)

FOLLOWER = "Seatledger"


async def follow_up(outside: Outside, run: Run) -> None:
    """Open an extra run of the customers whose PSA had no room for a night's requests; the next tick starts it.

    Done again it is the same run: its id is kept before anything else of it.
    """
    if not is_night(run.id):
        return
    given_up = [each for each in await outside.runs.list_waiting(run.id) if each.is_given_up]
    names = {each.connection_id for each in given_up}
    customers = await outside.books.list_customers() if names else ()
    customer_ids = sorted(each.id for each in customers if each.connection_id in names)
    if not customer_ids:
        return
    try:
        run_id = given_up[0].follow_up or await reserve(outside, customer_ids)
    except Bug as error:
        LOG.warning("No extra run follows night %s: %s", run.id, error)
        return
    for each in given_up:
        await outside.runs.save_waiting(run.id, replace(each, follow_up=run_id))
    await outside.archive.save_scope(run_id, frozenset(customer_ids))
    await open_run(outside, run_id)
    LOG.info("Run %s follows night %s for %d customers whose PSA had no room", run_id, run.id, len(customer_ids))


async def reserve(outside: Outside, customer_ids: Sequence[str]) -> str:
    """An id of today that nobody else has. Raises Bug where the day has none left."""
    taken = {run.id for run in await outside.runs.list_runs(NEWEST_OPEN_RUNS)}
    while True:
        run_id = next_extra_run_id(outside.local_day(), frozenset(taken))
        if await outside.runs.reserve(AskedRun(run_id, tuple(customer_ids), FOLLOWER, outside.now())):
            return run_id
        taken.add(run_id)
