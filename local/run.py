"""`make run`: the whole product on this machine, until somebody presses Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from local.commands import check_port_is_free, own_world, run_command
from local.demo.demos import DEMO_NAMES, EMPTY, FIRST, MSP
from local.demo.msp.sights import describe_sights
from local.demo.newcomer import read_newcomer
from local.stack import PAGES_PORT, STATE_FOLDER, Stack, start_stack
from plans.runs import RunPhase
from store.runs import TableRuns
from store.storage import Storage

WATCH_SECONDS = 1.0


async def main(folder: Path, port: int, demo: str) -> int:
    """Start the local world, say where the pages are, and keep it up until it is told to end."""
    check_port_is_free(port)
    with own_world(folder):
        return await serve(folder, port, demo)


async def serve(folder: Path, port: int, demo: str) -> int:
    """The command itself, in a world of its own."""
    stack = await start_stack(folder, http_port=port, demo=demo)
    try:
        print(f"Seatledger is at {stack.pages_url} (sign in as the administrator, the operator or the reader)")
        played = ", ".join(f"{each.name} at {each.base_url}" for each in stack.services)
        print(f"Played here: {played}")
        print(f"Mails arrive at {stack.mail.base_url}")
        for line in await describe_history(stack):
            print(line)
        print(f"It is {stack.clock.utc_now():%Y-%m-%d %H:%M} UTC here. Ctrl-C ends it; make reset forgets it.")
        sys.stdout.flush()
        await wait_for_end(stack.host.is_running)
    finally:
        stack.stop()
    return 0


def find_last_played(state_folder: Path) -> str:
    """The demo that was played last in this folder; the large one where none was."""
    locks = {demo: state_folder / demo / "lock" for demo in DEMO_NAMES}
    played = {demo: lock.stat().st_mtime for demo, lock in locks.items() if lock.exists()}
    return max(played, key=lambda demo: played[demo], default=MSP)


async def describe_history(stack: Stack) -> list[str]:
    """What there is to see already, and what to look at first; for an empty world, what to type."""
    if stack.demo == FIRST:
        return []
    if stack.demo == EMPTY:
        return read_newcomer(stack.stand_in_secrets, stack.connectwise.base_url, stack.smtp_port).describe()
    async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
        runs = await TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container()).list_runs(1000)
    closed = [run for run in runs if run.phase is RunPhase.CLOSED]
    if not closed:
        return ["No night has run here yet; make night DAYS=30 runs thirty."]
    return [f"{len(closed)} runs are kept, the newest is {closed[0].id}. Look first at:", *describe_sights(len(closed))]


async def wait_for_end(is_running: Callable[[], bool]) -> None:
    """Until a signal comes, or the host is gone."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    while is_running():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), WATCH_SECONDS)
            return


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", choices=DEMO_NAMES, help="the one that was played last, if none is named")
    parser.add_argument("--folder", type=Path, help="where the local world keeps what it knows")
    parser.add_argument("--port", type=int, default=PAGES_PORT)
    arguments = parser.parse_args()
    chosen: str = arguments.demo or find_last_played(STATE_FOLDER)
    sys.exit(run_command(main(arguments.folder or STATE_FOLDER / chosen, arguments.port, chosen)))
