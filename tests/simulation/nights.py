"""The nights of a story on whichever PSA: bad ones, clean ones, and one more run that must change nothing."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from random import seed as seed_global_random

from plans.runs import next_extra_run_id
from tests.simulation.endings import Ending
from tests.simulation.faults import Faults
from tests.simulation.oracle import Oracle
from tests.simulation.people import decide, move_seats
from tests.simulation.plot import Plot, draw_plot, make_faults
from tests.simulation.virtual_time import run_virtually

MIDDAY = 12.0
FORCED_KILL_WITHIN_POINTS = 120

type ChangePlot = Callable[[Plot], Plot]


def leave_alone(day: date) -> None:
    """Nobody else does anything in a night."""


@dataclass(frozen=True)
class Teller:
    """Tells a plot. `edit_by_hand` is a person at the PSA, `disturb` what only that PSA is disturbed by in a night."""

    oracle: Oracle
    plot: Plot
    edit_by_hand: Callable[[], None]
    disturb: Callable[[date], None] = leave_alone

    async def tell(self) -> None:
        """Every bad night and then the clean ones."""
        world = self.oracle.world
        for number in range(self.plot.bad_nights):
            await self.tell_bad_night(number)
        world.faults.quiet()
        world.simulated.is_out = False
        world.tenants.out = set()
        await self.finish()

    async def tell_bad_night(self, number: int) -> None:
        """One night in which things break, and what people do on the day after it."""
        plot, world, faults = self.plot, self.oracle.world, self.oracle.world.faults
        day = plot.first_day + timedelta(days=number)
        if number:
            move_seats(self.oracle, plot.move_chance)
        if number in plot.kill_nights:
            faults.forced_kill_points.add(len(faults.points) + world.random.randrange(FORCED_KILL_WITHIN_POINTS))
        if faults.draw("a run beside the night", plot.second_run_chance):
            world.engine.spawn(self.run_beside(day))
        if world.random.random() < plot.edit_chance:
            world.engine.spawn(self.edit_at_night(day))
        self.disturb(day)
        world.tenants.out = {each for each in world.tenants.seats if world.random.random() < plot.tenant_out_chance}
        world.simulated.is_out = number == plot.outage_night
        run = await world.run_night(day)
        if run is not None and run.closed_at is not None:
            self.oracle.check_totals(run)
        await world.wait_until(world.moment(day, MIDDAY))
        world.simulated.is_out = False
        world.tenants.out = set()
        if world.random.random() < plot.edit_chance:
            self.edit_by_hand()
        if world.random.random() < plot.decision_chance and decide(self.oracle):
            await world.run_extra(day)

    async def run_beside(self, day: date) -> None:
        """Somebody changes seats in the middle of the night and asks for a run."""
        world, plot = self.oracle.world, self.plot
        await world.wait_until(
            world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(0.0, plot.beside_seconds))
        )
        move_seats(self.oracle, plot.move_chance)
        run_id = next_extra_run_id(day, frozenset(world.disk.runs))
        world.engine.start("night", f"night:{run_id}", run_id)

    async def edit_at_night(self, day: date) -> None:
        """A person is up late, and at the PSA while a run is."""
        world = self.oracle.world
        await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(0.0, 60.0)))
        self.edit_by_hand()

    async def finish(self) -> None:
        """The clean nights, and a run that must find nothing to do."""
        oracle, plot, world = self.oracle, self.plot, self.oracle.world
        run, day = None, plot.first_day
        move_seats(oracle, plot.move_chance)
        for number in range(plot.clean_nights):
            day = plot.first_day + timedelta(days=plot.bad_nights + number)
            run = await world.run_night(day)
            oracle.check_closed(run, f"night {day}")
            oracle.check_clean(run)
        if run is not None:
            oracle.check_settled(run)
        await asyncio.sleep(1)
        before = Counter(world.simulated.calls) + Counter(world.tenants.calls)
        extra = await world.run_extra(day)
        oracle.check_closed(extra, "the second run")
        if extra is not None:
            oracle.check_idle(extra, before)


def draw_story(seed: int, *changes: ChangePlot | None) -> tuple[Random, Plot, Faults]:
    """The dice of a seed, its plot with all changes made to it, and what may break in it."""
    logging.getLogger("stamina").setLevel(logging.ERROR)
    seed_global_random(seed)  # the retry library draws its jitter from there
    random = Random(seed)
    plot = draw_plot(random)
    for change in changes:
        plot = plot if change is None else change(plot)
    return random, plot, make_faults(random, plot)


def see_ending(seed: int, oracle: Oracle, teller: Teller, set_up: Callable[[], None]) -> Ending:
    """Set the story up, tell it on a clock of its own, and say how it ended."""

    async def tell() -> None:
        set_up()
        await teller.tell()

    run_virtually(tell())
    world = oracle.world
    return Ending(
        seed,
        tuple(oracle.violations),
        world.faults.fired,
        tuple(world.faults.points),
        world.simulated.writes,
        oracle.compared,
    )
