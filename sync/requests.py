"""What starts a run: the clock, or a person who asks for one on the queue `run-requests`."""

from __future__ import annotations

from plans.errors import Bug
from plans.ports import Outside
from plans.runs import RunPhase, day_of_run, is_night, night_due
from sync.messages import RunRequest


async def find_due_night(outside: Outside) -> str | None:
    """The id of the night to start or join now; None outside the window, before set-up, or once it is closed."""
    run_id = night_due(outside.now(), outside.zone, outside.night_start_hour)
    if run_id is None or not outside.connections or not await outside.books.list_customers():
        return None
    run = await outside.runs.read_run(run_id)
    return None if run is not None and run.phase is RunPhase.CLOSED else run_id


def accept_run(outside: Outside, request: RunRequest) -> str:
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
    return run_id
