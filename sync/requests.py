"""What starts a run: the clock, or a person who asks for one on the queue `run-requests`."""

from __future__ import annotations

from plans.errors import Bug
from plans.ports import Outside
from plans.runs import RunPhase, day_of_run, is_night, night_due
from sync.messages import RunRequest

NEWEST_RUNS = 50


async def find_due_runs(outside: Outside) -> list[str]:
    """The runs to start or join now: the night that is due, and every extra run of today that has not ended.

    Nothing before set-up; a night outside its window, or one that is closed, is not due.
    """
    if not outside.connections or not await outside.books.list_customers():
        return []
    newest = {run.id: run for run in await outside.runs.list_runs(NEWEST_RUNS)}
    open_today = [
        run.id for run in newest.values() if run.phase is not RunPhase.CLOSED and run.day == outside.local_day()
    ]
    night_id = night_due(outside.now(), outside.zone, outside.night_start_hour)
    night = newest.get(night_id or "")
    due = [night_id] if night_id is not None and (night is None or night.phase is not RunPhase.CLOSED) else []
    return due + sorted(run_id for run_id in open_today if not is_night(run_id))


async def accept_run(outside: Outside, request: RunRequest) -> str:
    """The id of the extra run that a person asked for.

    The asker chose the id (`plans.runs.next_extra_run_id`), so that a message that is delivered twice is one run.
    Raises Bug for an id that is none, for the night's own id, which only the clock may start, and for another day than
    today: what is written is effective on the run's day.
    """
    run_id = request["run_id"]
    if day_of_run(run_id) != outside.local_day():
        raise Bug(f"{run_id} is not a run of today; ask for a new one.")
    if is_night(run_id):
        raise Bug(f"{run_id} is a night; only extra runs are asked for.")
    if request.get("customer_ids"):
        await outside.archive.save_scope(run_id, frozenset(request["customer_ids"]))
    return run_id
