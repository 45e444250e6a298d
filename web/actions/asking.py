"""Asking for the run that carries out what a person decided."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from plans.asking import AskedRun, RunRequests
from plans.ports import Outside
from plans.runs import next_extra_run_id
from web.security.sign_in import Caller
from web.wording import clean

LOGGER = logging.getLogger(__name__)

NEWEST_RUNS = 50
NAMELESS = "Somebody without a name"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, when (aware, UTC) and why. `identity` is what the log calls the person or the script."""

    name: str
    identity: str
    at: datetime
    reason: str


def make_actor(caller: Caller, at: datetime, reason: str) -> Actor:
    """The person who is signed in, or the script whose token was shown."""
    return Actor(clean(caller.name) or NAMELESS, caller.identity, at, clean(reason))


async def reserve_run(outside: Outside, requests: RunRequests, customer_ids: Collection[str], actor: Actor) -> AskedRun:
    """An extra run of today for these customers, under an id that nobody else has.

    Of two people who reserve the same id one is refused, and takes the next one: no request is lost. Raises Bug where
    the day has no id left.
    """
    day = outside.local_day()
    taken = {run.id for run in await outside.runs.list_runs(NEWEST_RUNS)}
    while True:
        run_id = next_extra_run_id(day, frozenset(taken))
        asked = AskedRun(run_id, tuple(sorted(set(customer_ids))), actor.name, actor.at)
        if await requests.reserve(asked):
            return asked
        taken.add(run_id)


async def ask_for_run(outside: Outside, requests: RunRequests, asked: AskedRun) -> bool:
    """Send the request; False where it could not be sent: what was decided stands, and the next night carries it out.

    The scope is kept first, so that pages know at once whom the run is about.
    """
    try:
        await outside.archive.save_scope(asked.run_id, frozenset(asked.customer_ids))
        await requests.ask(asked)
    except Exception:
        LOGGER.exception("Run %s could not be asked for; the next night carries out what was decided", asked.run_id)
        return False
    return True
