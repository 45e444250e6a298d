"""The same night through the whole local host: timer, queue, engine, Azurite, Microsoft's own worker library."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Size
from bench.msp import NIGHT, Msp, make_connectwise, make_microsoft
from bench.seeding import seed_account
from bench.stands import buy
from local.demo.demos import EMPTY
from local.night import run_night
from local.stack import start_stack
from store.runs import TableRuns
from store.storage import Storage

BEGINS_AT = datetime(NIGHT.year, NIGHT.month, NIGHT.day, 7, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class HostNight:
    """What came of it."""

    seconds: float
    customers: int
    writes: int


@cache
def play_host(size: Size) -> HostNight:
    """One night in a world of its own, which is gone afterwards."""
    with TemporaryDirectory(prefix="seatledger-bench-host-") as name:
        return asyncio.run(play(Path(name), Msp(size.host_customers, size.licences, size.users)))


async def play(folder: Path, msp: Msp) -> HostNight:
    """Start everything, tell it of the MSP, play the night of the clock's day."""
    (folder / "simulators").mkdir()
    for simulator, state in (("connectwise", make_connectwise(msp)), ("microsoft", make_microsoft(msp))):
        (folder / f"simulators/{simulator}.json").write_text(json.dumps(state), encoding="utf-8")
    settings = {"SEATLEDGER_SECRETS_FOLDER": str(folder / "secrets")}
    stack = await start_stack(folder, demo=EMPTY, begins_at=BEGINS_AT, extra_settings=settings)
    try:
        async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
            await seed_account(storage, msp, stack.connectwise.base_url)
            await asyncio.to_thread(buy, stack.microsoft, msp, 1)
            runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
            started = time.perf_counter()
            run = await run_night(stack, runs, is_quiet=True)
            seconds = time.perf_counter() - started
    finally:
        stack.stop()
    return HostNight(seconds, run.totals.read, run.totals.writes)
