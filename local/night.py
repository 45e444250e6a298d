"""`make night`: one whole night through the local world, and what came of it."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from local.stack import DEMO_ZONE, REPOSITORY, Stack, forget_calls, read_calls, start_stack
from plans.ports import Runs
from plans.runs import Run, RunPhase, next_extra_run_id
from store.runs import TableRuns
from store.storage import Storage

NIGHT_LIMIT_SECONDS = 300.0
POLL_SECONDS = 0.2


async def run_night(stack: Stack, runs: Runs) -> Run:
    """Start the night by its timer, or, where the night of this date is closed, an extra run; wait for its end."""
    day = stack.clock.utc_now().astimezone(ZoneInfo(DEMO_ZONE)).date()
    night = await runs.read_run(day.isoformat())
    if night is None or night.phase is not RunPhase.CLOSED:
        stack.fire("tick")
        return await wait_for_end(runs, day.isoformat())
    known = frozenset(run.id for run in await runs.list_runs(1000))
    run_id = next_extra_run_id(day, known)
    await request_run(stack, run_id)
    return await wait_for_end(runs, run_id)


async def request_run(stack: Stack, run_id: str) -> None:
    """Ask for an extra run through the queue, as the page does."""
    async with QueueClient.from_connection_string(stack.azurite.connection_string, "run-requests") as queue:
        try:
            await queue.create_queue()
        except ResourceExistsError:
            pass
        await queue.send_message(json.dumps({"run_id": run_id}))


async def wait_for_end(runs: Runs, run_id: str) -> Run:
    """The closed run. Raises TimeoutError with the phase it hangs in."""
    deadline = time.monotonic() + NIGHT_LIMIT_SECONDS
    phase = "not started"
    while time.monotonic() < deadline:
        run = await runs.read_run(run_id)
        if run is not None and run.phase is RunPhase.CLOSED:
            return run
        if run is not None and run.phase != phase:
            phase = run.phase
            print(f"run {run_id}: {phase}", flush=True)
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError(f"Run {run_id} did not close in {NIGHT_LIMIT_SECONDS:.0f} seconds; it is {phase}.")


def describe_run(run: Run) -> str:
    """The one line that a night ends with."""
    counts = " ".join(f"{name}={count}" for name, count in asdict(run.totals).items())
    return f"night {run.day.isoformat()}: {counts}"


def describe_calls(stack: Stack) -> list[str]:
    """What was asked of the outside world, by operation."""
    lines = []
    for simulator in (stack.microsoft, stack.connectwise):
        report = read_calls(simulator)
        lines.append(f"calls to {simulator.name}: {report['total']}")
        lines += [f"  {count:4} {operation}" for operation, count in sorted(report["by_operation"].items())]
    return lines


async def main(folder: Path) -> int:
    """Start the local world, run one night, say what came of it, and end the world again."""
    stack = await start_stack(folder)
    try:
        forget_calls(stack.microsoft)
        forget_calls(stack.connectwise)
        async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
            runs = TableRuns(storage.table("runs"), storage.table("runtenants"))
            run = await run_night(stack, runs)
            print("\n".join(describe_calls(stack)))
            print(f"run {run.id} took {((run.closed_at or run.started_at) - run.started_at).total_seconds():.1f} s")
            print(describe_run(run))
    finally:
        stack.stop()
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=REPOSITORY / ".local")
    sys.exit(asyncio.run(main(parser.parse_args().folder)))
