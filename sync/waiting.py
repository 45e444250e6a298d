"""What a run waits for where a PSA has no room for its requests, and for how long.

A night that reads several PSAs waits for one of them no longer than `Limits.shared_budget_rounds` say: the customers of
the others are billed then. Who is read afterwards: `sync.following_up`.
"""

from __future__ import annotations

from dataclasses import replace

from plans.limits import Limits
from plans.ports import Outside
from plans.runs import Run, Waiting, is_night
from sync.messages import ShardRequest


def count_rounds(limits: Limits, run: Run) -> int:
    """How often a run asks for what a PSA has no room for, the first time included."""
    is_shared = is_night(run.id) and sum(count > 0 for _, count in run.shard_counts) > 1
    return min(limits.shared_budget_rounds, limits.budget_rounds) if is_shared else limits.budget_rounds


async def note_waiting(outside: Outside, request: ShardRequest, said: str) -> None:
    """Keep that a piece waits, and since the last round that it was given up; `said` is what the PSA said."""
    run = await outside.runs.read_run(request["run_id"])
    if run is None:
        return
    kept = await find_waiting(outside, run.id, request["connection_id"])
    limits, now = outside.limits, outside.now()
    is_given_up = request.get("is_last", False)
    if kept is None or (kept.until <= now and not is_given_up):
        until = now + (count_rounds(limits, run) - 1) * limits.budget_pause
        kept = Waiting(request["connection_id"], said, now, until)
    noted = replace(
        kept,
        sentence=said,
        asks_at=now + limits.budget_pause,
        is_given_up=kept.is_given_up or is_given_up,
    )
    await outside.runs.save_waiting(run.id, noted)


async def find_waiting(outside: Outside, run_id: str, connection_id: str) -> Waiting | None:
    """What a run kept of waiting for this connection."""
    return next((each for each in await outside.runs.list_waiting(run_id) if each.connection_id == connection_id), None)
