"""One seed, one story, where the PSA is Autotask: bad nights, two clean ones, one more run that must change nothing."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from random import seed as seed_global_random

from plans.runs import next_extra_run_id
from tests.simulation.autotask import Refused
from tests.simulation.autotask_oracle import AutotaskOracle
from tests.simulation.autotask_world import AutotaskWorld
from tests.simulation.endings import Ending, SpoilStore, leave_store
from tests.simulation.faults import Process
from tests.simulation.people import decide, move_seats
from tests.simulation.plot import ANSWERS, Plot, draw_plot, make_faults
from tests.simulation.psa import move_month
from tests.simulation.virtual_time import run_virtually

MIDDAY = 12.0
FORCED_KILL_WITHIN_POINTS = 120
EDITS = ("units", "unmark", "beside")
AUTOTASK_ANSWERS = {**ANSWERS, "psa POST:lag": 0.1}


def play_autotask(
    seed: int, spoil_store: SpoilStore = leave_store, change_plot: Callable[[Plot], Plot] | None = None
) -> Ending:
    """Play one seed's story on Autotask to its end; `change_plot` makes it another one than was drawn."""
    logging.getLogger("stamina").setLevel(logging.ERROR)
    seed_global_random(seed)
    random = Random(seed)
    drawn = draw_plot(random)
    terms = tuple(each for each in drawn.terms if each.parent_id is None)
    plot = replace(drawn, terms=terms, adopted=None, answers=AUTOTASK_ANSWERS)
    if change_plot is not None:
        plot = change_plot(plot)
    faults = make_faults(random, plot)
    world = AutotaskWorld(random, faults, plot.first_day, plot.is_short, spoil_store=spoil_store)
    world.prorates = random.random() < 0.7
    world.autotask.refuses_second = random.random() < 0.7
    oracle = AutotaskOracle(world)
    run_virtually(tell(oracle, plot))
    return Ending(
        seed, tuple(oracle.violations), faults.fired, tuple(faults.points), world.autotask.writes, oracle.compared
    )


async def tell(oracle: AutotaskOracle, plot: Plot) -> None:
    """The story of one seed."""
    world, random = oracle.world, oracle.world.random
    world.workers = [Process("worker-0"), Process("worker-1")]
    start = move_month(plot.first_day.replace(day=1), -random.choice((0, 1, 14)))
    for terms in plot.terms:
        world.add_contract(terms, {product: random.randint(1, 25) for product in terms.products}, starts_on=start)
    oracle.watch()
    for contract_id, hours in plot.invoices:
        if contract_id in world.autotask.contracts:
            world.engine.spawn(post_later(oracle, contract_id, hours))
    for number in range(plot.bad_nights):
        await tell_bad_night(oracle, plot, number)
    world.faults.quiet()
    world.autotask.is_out = world.autotask.is_spent = False
    world.tenants.out = set()
    await finish(oracle, plot)


async def post_later(oracle: AutotaskOracle, contract_id: int, hours: float) -> None:
    """The accounting posts a contract's next period, so many hours after the first midnight."""
    world = oracle.world
    await world.wait_until(world.midnight + timedelta(hours=hours))
    is_raced = any(run.closed_at is None for run in world.disk.runs.values())
    for account in world.accounts:
        if account.agreement_id == contract_id:
            account.is_raced |= is_raced or oracle.has_promise(account)
    period = world.autotask.posted_through[contract_id] + timedelta(days=1)
    oracle.note_posting(contract_id, period)
    world.autotask.posted_through[contract_id] = move_month(period) - timedelta(days=1)
    world.faults.fired["an invoice during a run" if is_raced else "an invoice"] += 1


async def tell_bad_night(oracle: AutotaskOracle, plot: Plot, number: int) -> None:
    """One night in which things break, and what people do on the day after it."""
    world, faults = oracle.world, oracle.world.faults
    day = plot.first_day + timedelta(days=number)
    if number:
        move_seats(oracle, plot.move_chance)
    if number in plot.kill_nights:
        faults.forced_kill_points.add(len(faults.points) + world.random.randrange(FORCED_KILL_WITHIN_POINTS))
    if faults.draw("a run beside the night", plot.second_run_chance):
        world.engine.spawn(run_beside(oracle, plot, day))
    if world.random.random() < plot.edit_chance:
        world.engine.spawn(edit_at_night(oracle, day))
    if faults.draw("the budget is spent", 0.1):
        world.engine.spawn(spend_budget(world, day))
    world.tenants.out = {each for each in world.tenants.seats if world.random.random() < plot.tenant_out_chance}
    world.autotask.is_out = number == plot.outage_night
    run = await world.run_night(day)
    if run is not None and run.closed_at is not None:
        oracle.check_totals(run)
    await world.wait_until(world.moment(day, MIDDAY))
    world.autotask.is_out = False
    world.tenants.out = set()
    if world.random.random() < plot.edit_chance:
        edit_by_hand(oracle)
    if world.random.random() < plot.decision_chance and decide(oracle):
        await world.run_extra(day)


async def edit_at_night(oracle: AutotaskOracle, day: date) -> None:
    """A person is up late, and at Autotask while a run is."""
    world = oracle.world
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(0.0, 60.0)))
    edit_by_hand(oracle)


async def spend_budget(world: AutotaskWorld, day: date) -> None:
    """Somebody else asks Autotask too much, from a while before or into the night, for one hour."""
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(-1800.0, 60.0)))
    world.autotask.is_spent = True
    await asyncio.sleep(3600.0)
    world.autotask.is_spent = False


async def run_beside(oracle: AutotaskOracle, plot: Plot, day: date) -> None:
    """Somebody changes seats in the middle of the night and asks for a run."""
    world = oracle.world
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(0.0, plot.beside_seconds)))
    move_seats(oracle, plot.move_chance)
    run_id = next_extra_run_id(day, frozenset(world.disk.runs))
    world.engine.start("night", f"night:{run_id}", run_id)


def edit_by_hand(oracle: AutotaskOracle) -> None:
    """A person adjusts or unmarks a service of ours, or puts one of their own beside it."""
    world = oracle.world
    account = world.random.choice(world.accounts)
    ours = world.services_of(account)
    kind = world.random.choice(EDITS if ours else ("beside",))
    world.faults.fired[f"a person's edit: {kind}"] += 1
    today = world.local_day()
    if kind == "beside":
        row = world.autotask.add_service(account.agreement_id, {"serviceID": account.product_id})
        world.autotask.adjust(row["id"], today, 3, is_ours=False)
        return
    account.is_touched = True
    row = world.random.choice(ours)
    oracle.edited[row["id"]] = oracle.requests
    if kind == "unmark":
        row["internalDescription"] = ""
        return
    try:
        world.autotask.adjust(row["id"], today + timedelta(days=world.random.randint(0, 40)), 3, is_ours=False)
    except Refused:
        row["internalDescription"] = ""


async def finish(oracle: AutotaskOracle, plot: Plot) -> None:
    """The clean nights, and a run that must find nothing to do."""
    world = oracle.world
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
    before = Counter(world.autotask.calls) + Counter(world.tenants.calls)
    extra = await world.run_extra(day)
    oracle.check_closed(extra, "the second run")
    if extra is not None:
        oracle.check_idle(extra, before)
