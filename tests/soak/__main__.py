"""`make soak`: seven nights of 2,000 customers, on virtual time. It ends with 1 where a promise was broken.

What a week brings: 3 % of the customers move seats each day; one request of a hundred is reset; for twenty seconds of
every minute ConnectWise and Microsoft throttle; ConnectWise is gone for an hour of the third night; everything is
invoiced on the first of the month. The last two nights are calm; then a second run reads all of it again and must write
nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from random import seed as seed_global_random
from tempfile import TemporaryDirectory

from bench.account import open_database
from bench.msp import Msp
from tests.simulation.faults import Faults, Process
from tests.simulation.virtual_time import run_virtually
from tests.soak.msp import LargeWorld
from tests.soak.watching import Watch

FIRST_NIGHT = date(2026, 11, 28)
INVOICE_DAY = date(2026, 12, 1)
CALM_NIGHTS = 2
OUTAGE_NIGHT = 2
OUTAGE_SECONDS = 3600.0
OUTAGE_BEGINS_SECONDS = 10.0
MOVING = 0.03
WORKERS = 3
RESETS = {f"{name}:reset": 0.01 for name in ("psa GET", "psa POST", "psa PATCH", "microsoft token", "microsoft batch")}
BURST = {"psa GET:429": 0.3, "psa POST:429": 0.3, "psa PATCH:429": 0.3, "microsoft batch:part-429": 0.3}
BURST_SECONDS, PAUSE_SECONDS = 20.0, 40.0
MOST_GROWTH = 0.10
MEGABYTE = 1_000_000


@dataclass
class Week:
    """What came of it. `bytes_after` is the memory of this process after each night."""

    nights: list[str] = field(default_factory=list)
    bytes_after: list[int] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    violations: list[str] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """How much more memory the last night left than the second: the first one loads and fills what stays."""
        return self.bytes_after[-1] / self.bytes_after[1] - 1


async def play_week(world: LargeWorld, msp: Msp, nights: int) -> Week:
    """Every night and what lies between."""
    await world.populate(msp)
    watch, week = Watch(world), Week()
    watch.begin()
    for number in range(nights):
        day = FIRST_NIGHT + timedelta(days=number)
        is_calm = number >= nights - CALM_NIGHTS
        watch.move_seats(world.random, MOVING)
        await world.wait_until(world.moment(day, 1.9))
        world.faults.answer_chances = {} if is_calm else dict(RESETS)
        troubles = [] if is_calm else [asyncio.create_task(throttle_now_and_then(world))]
        if number == OUTAGE_NIGHT:
            troubles.append(asyncio.create_task(lose_psa(world, day)))
        run = await world.run_night(day)
        for trouble in troubles:
            trouble.cancel()
        world.simulated.is_out = False
        watch.check_closed(run, f"night {day}")
        await world.wait_until(world.moment(day, 12.0))
        if day == INVOICE_DAY:
            watch.invoice_everybody(INVOICE_DAY)
        tidy(world)
        week.bytes_after.append(read_memory())
        week.nights.append(f"{day}: {'did not close' if run is None else run.totals}")
        tell(f"{week.nights[-1]}, {week.bytes_after[-1] / MEGABYTE:.0f} MB")
        if run is not None and number == nights - 1:
            await watch.check_settled(run)
            await run_again(world, watch, day)
    week.fired, week.ended, week.writes, week.violations = (
        world.faults.fired,
        watch.ended,
        watch.writes,
        world.violations,
    )
    return week


async def run_again(world: LargeWorld, watch: Watch, day: date) -> None:
    """R3: a second run of the same day reads everything again and writes nothing."""
    calls, writes = Counter(world.psa.calls) + Counter(world.tenants.calls), world.psa.writes
    watch.check_closed(await world.run_extra(day), "the second run")
    if world.psa.writes != writes:
        watch.complain(f"R3: the second run wrote {world.psa.writes - writes} times")
    asked = Counter(world.psa.calls) + Counter(world.tenants.calls) - calls
    if asked["batch"] < len(world.psa.agreements) or asked["GET"] < len(world.psa.agreements):
        watch.complain(f"R3: the second run did not read everything again: {dict(asked)}")


async def throttle_now_and_then(world: LargeWorld) -> None:
    """Bursts of 429, of the PSA and of parts of Microsoft's batches."""
    while True:
        world.faults.answer_chances = {**RESETS, **BURST}
        await asyncio.sleep(BURST_SECONDS)
        world.faults.answer_chances = dict(RESETS)
        await asyncio.sleep(world.random.uniform(0.0, PAUSE_SECONDS))


async def lose_psa(world: LargeWorld, day: date) -> None:
    """ConnectWise answers nobody for an hour."""
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=OUTAGE_BEGINS_SECONDS))
    world.simulated.is_out = True
    await asyncio.sleep(OUTAGE_SECONDS)
    world.simulated.is_out = False


def tidy(world: LargeWorld) -> None:
    """What nights leave behind in what plays Azure: the engine's histories and the names of points passed."""
    world.engine.forget()
    world.faults.points.clear()
    gc.collect()


def read_memory() -> int:
    """What this process holds now, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * resource.getpagesize()


def tell(line: str) -> None:
    """A sign of life."""
    print(line, file=sys.stderr, flush=True)


def play(customers: int, licences: int, nights: int, seed: int) -> Week:
    """The whole week, in a file that is gone afterwards."""
    seed_global_random(seed)
    dice = Random(seed)
    with TemporaryDirectory(prefix="seatledger-soak-") as folder:
        database = open_database(Path(folder) / "account.sqlite")
        world = LargeWorld(
            dice,
            Faults(dice),
            FIRST_NIGHT - timedelta(days=1),
            workers=[Process(f"worker-{each}") for each in range(WORKERS)],
            database=database,
        )
        try:
            return run_virtually(play_week(world, Msp(customers, licences, 0), nights))
        finally:
            database.close()


def main() -> int:
    """Play, print, and say how it ended."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--licences", type=int, default=12)
    parser.add_argument("--nights", type=int, default=7)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    started = time.monotonic()
    week = play(given.customers, given.licences, given.nights, given.seed)
    for name, count in sorted(week.fired.items()):
        print(f"  {count:9} {name}")
    for violation in week.violations:
        print(violation)
    print(f"lines at the end: {', '.join(f'{count} {name}' for name, count in week.ended.most_common())}")
    print(f"writes: {week.writes}, memory after each night: {[round(each / MEGABYTE) for each in week.bytes_after]} MB")
    is_flat = week.growth <= MOST_GROWTH
    print(
        f"{given.customers} customers, {given.nights} nights, {time.monotonic() - started:.0f} s; memory grew by "
        f"{100 * week.growth:.0f} %{'' if is_flat else ', which is too much'}; violations: {len(week.violations)}"
    )
    return 0 if is_flat and not week.violations else 1


if __name__ == "__main__":
    sys.exit(main())
