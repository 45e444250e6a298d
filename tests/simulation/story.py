"""One seed, one story: eight bad nights, two clean ones, and one more run that must read all and change nothing."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from random import seed as seed_global_random

from plans.runs import next_extra_run_id
from tests.simulation.accounts import add_customer, adopt_addition, get_seats
from tests.simulation.endings import Ending, SpoilStore, leave_store
from tests.simulation.faults import Process
from tests.simulation.oracle import Oracle
from tests.simulation.people import decide, edit_by_hand, move_seats
from tests.simulation.plot import Plot, draw_plot, find_next_invoice, make_faults
from tests.simulation.psa import move_month, read_day
from tests.simulation.virtual_time import run_virtually
from tests.simulation.world import World

MIDDAY = 12.0
FORCED_KILL_WITHIN_POINTS = 120


def play(seed: int, spoil_store: SpoilStore = leave_store, change_plot: Callable[[Plot], Plot] | None = None) -> Ending:
    """Play one seed's story to its end; `change_plot` makes it another one than was drawn."""
    logging.getLogger("stamina").setLevel(logging.ERROR)
    seed_global_random(seed)  # the retry library draws its jitter from there
    random = Random(seed)
    plot = draw_plot(random)
    if change_plot is not None:
        plot = change_plot(plot)
    faults = make_faults(random, plot)
    world = World(random, faults, plot.first_day, plot.is_short, spoil_store=spoil_store)
    oracle = Oracle(world)
    run_virtually(tell(oracle, plot))
    return Ending(seed, tuple(oracle.violations), faults.fired, tuple(faults.points), world.psa.writes, oracle.compared)


def set_up(oracle: Oracle, plot: Plot) -> None:
    """The customers, their seats, and what a person had billed before."""
    world, random = oracle.world, oracle.world.random
    world.workers = [Process("worker-0"), Process("worker-1")]
    due = find_next_invoice(plot.first_day)
    for terms in plot.terms:
        add_customer(world, terms, due, {product: random.randint(1, 25) for product in terms.products})
    for account in world.accounts:
        if account.mapping_id == plot.adopted:
            adopt_addition(world, account, max(1, get_seats(world, account) - random.randint(0, 2)))
    oracle.watch()


async def tell(oracle: Oracle, plot: Plot) -> None:
    """The story of one seed."""
    world = oracle.world
    set_up(oracle, plot)
    for agreement_id, hours in plot.invoices:
        world.engine.spawn(make_invoice(oracle, agreement_id, hours))
    for number in range(plot.bad_nights):
        await tell_bad_night(oracle, plot, number)
    world.faults.quiet()
    world.psa.is_out = False
    world.tenants.out = set()
    await finish(oracle, plot)


async def make_invoice(oracle: Oracle, agreement_id: int, hours: float) -> None:
    """The accounting makes an invoice, so many hours after the first midnight."""
    await oracle.world.wait_until(oracle.world.midnight + timedelta(hours=hours))
    invoice_now(oracle, agreement_id)


def invoice_now(oracle: Oracle, agreement_id: int) -> None:
    """The accounting makes an agreement's next invoice."""
    world = oracle.world
    due = read_day(world.psa.agreements[agreement_id]["nextInvoiceDate"])
    is_raced = any(run.closed_at is None for run in world.disk.runs.values())
    for account in world.accounts:
        if world.psa.find_payer(account.agreement_id) == agreement_id:
            account.is_raced |= is_raced or oracle.has_promise(account)
    period = move_month(due, -1) if agreement_id in world.psa.in_arrears else due
    oracle.note_invoice(agreement_id, period, list(world.psa.invoice(agreement_id)))
    world.faults.fired["an invoice during a run" if is_raced else "an invoice"] += 1


async def tell_bad_night(oracle: Oracle, plot: Plot, number: int) -> None:
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
    world.tenants.out = {each for each in world.tenants.seats if world.random.random() < plot.tenant_out_chance}
    world.psa.is_out = number == plot.outage_night
    run = await world.run_night(day)
    if run is not None and run.closed_at is not None:
        oracle.check_totals(run)
    await world.wait_until(world.moment(day, MIDDAY))
    world.psa.is_out = False
    world.tenants.out = set()
    if world.random.random() < plot.edit_chance:
        edit_by_hand(oracle)
    if world.random.random() < plot.decision_chance and decide(oracle):
        await world.run_extra(day)


async def run_beside(oracle: Oracle, plot: Plot, day: date) -> None:
    """Somebody changes seats in the middle of the night and asks for a run."""
    world = oracle.world
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(0.0, plot.beside_seconds)))
    move_seats(oracle, plot.move_chance)
    run_id = next_extra_run_id(day, frozenset(world.disk.runs))
    world.engine.start("night", f"night:{run_id}", run_id)


async def edit_at_night(oracle: Oracle, day: date) -> None:
    """A person is up late, and at the PSA while a run is."""
    world = oracle.world
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(0.0, 60.0)))
    edit_by_hand(oracle)


async def finish(oracle: Oracle, plot: Plot) -> None:
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
    before = Counter(world.psa.calls) + Counter(world.tenants.calls)
    extra = await world.run_extra(day)
    oracle.check_closed(extra, "the second run")
    if extra is not None:
        oracle.check_idle(extra, before)
