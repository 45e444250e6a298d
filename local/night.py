"""`make night`: one whole night through the local world, or one after another, and what came of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from local.clock import LocalClock
from local.commands import NothingSetUp, own_world, run_command
from local.demo.demos import DEMO_NAMES, DEMO_ZONE, EMPTY, FIRST, MSP
from local.demo.msp.events import Event, World
from local.demo.msp.office import Office
from local.demo.msp.timeline import plan_day
from local.stack import STATE_FOLDER, Stack, forget_calls, read_calls, start_stack
from plans.runs import Run, RunPhase, next_extra_run_id
from plans.runs_port import Runs
from store.alerts import TableAlerts
from store.books import TableBooks
from store.outbox import TableOutbox
from store.runs import TableRuns
from store.storage import Storage

NIGHT_LIMIT_SECONDS = 300.0
# On a morning with nothing to say nobody is told anything, and nothing shows that.
DIGEST_LIMIT_SECONDS = 3.0
MAILS_LOOKED_AT = 20
POLL_SECONDS = 0.2
FIRST_DAY = date(2026, 11, 1)
ZONE = ZoneInfo(DEMO_ZONE)


async def run_night(stack: Stack, runs: Runs, *, is_quiet: bool = False) -> Run:
    """Start the night by its timer, or, where the night of this date is closed, an extra run; wait for its end."""
    day = today(stack)
    night = await runs.read_run(day.isoformat())
    if night is None or night.phase is not RunPhase.CLOSED:
        stack.fire("tick")
        return await wait_for_end(runs, day.isoformat(), is_quiet=is_quiet)
    known = frozenset(run.id for run in await runs.list_runs(1000))
    run_id = next_extra_run_id(day, known)
    await request_run(stack, run_id)
    return await wait_for_end(runs, run_id, is_quiet=is_quiet)


def today(stack: Stack) -> date:
    """The MSP's day in the local world."""
    return stack.clock.utc_now().astimezone(ZONE).date()


async def request_run(stack: Stack, run_id: str) -> None:
    """Ask for an extra run through the queue, as the page does."""
    async with QueueClient.from_connection_string(stack.azurite.connection_string, "run-requests") as queue:
        with contextlib.suppress(ResourceExistsError):
            await queue.create_queue()
        await queue.send_message(json.dumps({"run_id": run_id}))


async def wait_for_end(runs: Runs, run_id: str, *, is_quiet: bool = False) -> Run:
    """The closed run. Raises TimeoutError with the phase it hangs in."""
    deadline = time.monotonic() + NIGHT_LIMIT_SECONDS
    phase = "not started"
    while time.monotonic() < deadline:
        run = await runs.read_run(run_id)
        if run is not None and run.phase is RunPhase.CLOSED:
            return run
        if run is not None and run.phase != phase:
            phase = run.phase
            if not is_quiet:
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
    for simulator in stack.services:
        report = read_calls(simulator)
        lines.append(f"calls to {simulator.name}: {report['total']}")
        lines += [f"  {count:4} {operation}" for operation, count in sorted(report["by_operation"].items())]
    return lines


def took_seconds(run: Run) -> float:
    return ((run.closed_at or run.started_at) - run.started_at).total_seconds()


async def could_read_psa(run: Run, runs: Runs) -> bool:
    """Whether any agreement was planned; True as well where there was none to plan."""
    agreements = [agreement for tenant in await runs.list_tenants(run.id) for agreement in tenant.agreements]
    return not agreements or any(agreement.plan_hash for agreement in agreements)


async def play_one(stack: Stack, runs: Runs) -> bool:
    """One night with everything that was asked; whether the PSA could be read."""
    for simulator in stack.services:
        forget_calls(simulator)
    run = await run_night(stack, runs)
    print("\n".join(describe_calls(stack)))
    print(f"run {run.id} took {took_seconds(run):.1f} s")
    print(describe_run(run))
    return await could_read_psa(run, runs)


async def play_days(stack: Stack, runs: Runs, storage: Storage, count: int) -> bool:
    """One night after another, each with what happened on the day before it; whether the PSA could always be read."""
    began_empty = stack.demo == EMPTY
    day = find_night_ahead(stack.clock) if began_empty else await find_next_night(today(stack), runs.read_run)
    is_good = True
    for _ in range(count):
        day_before = day - timedelta(days=1)
        if today(stack) < day:
            for event in await live_through(stack, day_before):
                print(f"  {day_before.isoformat()}  {event.sentence}")
        stack.clock.move_to(night_of(day))
        run = await run_night(stack, runs, is_quiet=True)
        print(f"{describe_run(run)} ({took_seconds(run):.1f} s)", flush=True)
        is_good = await could_read_psa(run, runs) and is_good
        await send_digests(stack, storage, day)
        day += timedelta(days=1)
    return is_good


async def find_next_night(day: date, read_run: Callable[[str], Awaitable[Run | None]]) -> date:
    """The day on which the local world stands, or the next one if its night is over."""
    night = await read_run(day.isoformat())
    is_over = night is not None and night.phase is RunPhase.CLOSED
    return day + timedelta(days=1) if is_over else day


def find_night_ahead(clock: LocalClock) -> date:
    """The day of the first night that is still to come."""
    now = clock.utc_now()
    day = now.astimezone(ZONE).date()
    return day if now <= night_of(day) else day + timedelta(days=1)


async def send_digests(stack: Stack, storage: Storage, day: date) -> None:
    """The morning of that day comes: whoever is to be told something gets a mail."""
    alerts = TableAlerts(storage.table("open"), storage.table("config"))
    recipients = [each.address for each in (await alerts.read_notifications()).recipients]
    if not recipients:
        return
    stack.clock.move_to(max(morning_of(day), stack.clock.utc_now()))
    stack.fire("send_digests")
    deadline = time.monotonic() + DIGEST_LIMIT_SECONDS
    while time.monotonic() < deadline:
        told = [await alerts.read_told(address) for address in recipients]
        if all(each.settled_on is not None and each.settled_on >= day for each in told):
            await wait_for_mails(stack, storage, deadline)
            return
        await asyncio.sleep(POLL_SECONDS)


async def wait_for_mails(stack: Stack, storage: Storage, deadline: float) -> None:
    """Until every mail has left, or was refused."""
    text, table = stack.azurite.connection_string, storage.table("outbox")
    outbox = TableOutbox.from_connection_string(text, table, stack.clock.utc_now)
    try:
        while time.monotonic() < deadline:
            waiting = [each for each in await outbox.list_deliveries(MAILS_LOOKED_AT) if each.state == "queued"]
            if not waiting:
                return
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await outbox.close()


async def check_set_up(storage: Storage) -> None:
    """Raises NothingSetUp where no customer was added yet."""
    books = TableBooks(storage.table("books"), storage.table("config"), storage.container(), lambda: datetime.now(UTC))
    if not await books.list_customers():
        raise NothingSetUp("There is nobody to read at night yet. Set Seatledger up first: make run DEMO=empty.")


async def live_through(stack: Stack, day: date) -> list[Event]:
    """Everything that happens in the course of a day, told to the simulators, and done in Seatledger.

    In the world that began empty, what people of the MSP would do is left to whoever set it up.
    """
    afternoon = datetime(day.year, day.month, day.day, 15, tzinfo=ZONE)
    stack.clock.move_to(max(afternoon, stack.clock.utc_now()))
    addresses = {each.name: each.base_url for each in stack.services}
    async with httpx.AsyncClient(timeout=30) as client:
        states = {name: (await client.get(f"{url}/__simulator/state")).json() for name, url in addresses.items()}
        planned = plan_day(day, World(**states))
        events = [event for event in planned if stack.demo != EMPTY or not event.acts]
        for call in (call for event in events for call in event.calls):
            address = f"{addresses[call.simulator]}/__simulator{call.path}"
            (await client.request(call.method, address, json=call.body)).raise_for_status()
    async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
        office = Office(storage, stack.clock.utc_now())
        for act in (act for event in events for act in event.acts):
            await office.do(act)
    return events


def morning_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 7, 5, tzinfo=ZONE)


def night_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, 5, tzinfo=ZONE)


async def main(folder: Path, demo: str, days: int | None) -> int:
    """Start the local world, run its nights, say what came of them, and end the world again."""
    with own_world(folder):
        return await play(folder, demo, days)


async def play(folder: Path, demo: str, days: int | None) -> int:
    """The command itself, in a world of its own."""
    stack = await start_stack(folder, demo=demo, begins_at=night_of(FIRST_DAY) if demo == MSP else None)
    try:
        async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
            if demo == EMPTY:
                await check_set_up(storage)
                days = days or 1
            runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
            could_read = await (play_one(stack, runs) if days is None else play_days(stack, runs, storage, days))
            await send_digests(stack, storage, today(stack))
    except TimeoutError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stack.stop()
    if not could_read:
        print("The PSA could not be read at all; a later night makes good.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--demo", choices=DEMO_NAMES, help="msp (the default), first or empty")
    parser.add_argument("--days", type=int, help="so many nights of the large demo, one after another")
    parser.add_argument("--folder", type=Path, help="where the local world keeps what it knows")
    given = parser.parse_args()
    if given.days is not None and (given.days < 1 or given.demo == FIRST):
        parser.error("DAYS is a number of nights, 1 or more, of the demos msp and empty")
    chosen: str = given.demo or MSP
    sys.exit(run_command(main(given.folder or STATE_FOLDER / chosen, chosen, given.days)))
