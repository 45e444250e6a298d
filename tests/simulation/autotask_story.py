"""One seed, one story on Autotask: its contracts, its postings, and the nights (`tests.simulation.nights`)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from tests.simulation.autotask import Refused
from tests.simulation.autotask_oracle import AutotaskOracle
from tests.simulation.autotask_world import AutotaskWorld
from tests.simulation.endings import Ending, SpoilStore, leave_store
from tests.simulation.faults import Process
from tests.simulation.nights import ChangePlot, Teller, draw_story, see_ending
from tests.simulation.plot import ANSWERS, Plot
from tests.simulation.psa import move_month

REFUSES_POSTED, MOVES, FOLLOWS = 0.3, 0.3, 0.3
MIDDAY = 12.0
EDITS = ("units", "unmark", "beside")
AUTOTASK_ANSWERS = {**ANSWERS, "psa POST:lag": 0.1}


def play_autotask(seed: int, spoil_store: SpoilStore = leave_store, change_plot: ChangePlot | None = None) -> Ending:
    """Play one seed's story on Autotask to its end; `change_plot` makes it another one than was drawn."""
    random, plot, faults = draw_story(seed, fit_autotask, change_plot)
    world = AutotaskWorld(random, faults, plot.first_day, plot.is_short, spoil_store=spoil_store)
    world.prorates = random.random() < 0.7
    world.autotask.refuses_second = random.random() < 0.7
    world.autotask.refuses_posted = Random(f"refuses posted {seed}").random() < REFUSES_POSTED
    oracle = AutotaskOracle(world)
    teller = Teller(oracle, plot, lambda: edit_by_hand(oracle), lambda day: spend_now_and_then(world, day))
    return see_ending(seed, oracle, teller, lambda: set_up(oracle, plot))


def fit_autotask(plot: Plot) -> Plot:
    """A plot without what Autotask has not: parents of agreements; and nothing is adopted."""
    terms = tuple(each for each in plot.terms if each.parent_id is None)
    return replace(plot, terms=terms, adopted=None, answers=AUTOTASK_ANSWERS)


def set_up(oracle: AutotaskOracle, plot: Plot) -> None:
    """The contracts with their customers, and the postings to come."""
    world, random = oracle.world, oracle.world.random
    world.workers = [Process("worker-0"), Process("worker-1")]
    start = move_month(plot.first_day.replace(day=1), -random.choice((0, 1, 14)))
    for terms in plot.terms:
        world.add_contract(terms, {product: random.randint(1, 25) for product in terms.products}, starts_on=start)
    dice = Random(f"moves {plot.invoices}")
    if dice.random() < MOVES:
        world.engine.spawn(move_later(oracle, dice, 24 * dice.randrange(1, plot.bad_nights) + MIDDAY))
    elif dice.random() < FOLLOWS:
        world.engine.spawn(follow_later(oracle, dice, 24 * dice.randrange(1, plot.bad_nights) + MIDDAY))
    oracle.watch()
    for contract_id, hours in plot.invoices:
        if contract_id in world.autotask.contracts:
            world.engine.spawn(post_later(oracle, contract_id, hours))


async def move_later(oracle: AutotaskOracle, dice: Random, hours: float) -> None:
    """A person moves a mapping to another contract of its customer, so many hours after the first midnight."""
    world = oracle.world
    account = dice.choice(world.accounts)
    world.add_second_contract(account)
    await world.wait_until(world.midnight + timedelta(hours=hours))
    world.move_account(account)
    world.faults.fired["a mapping moved to another contract"] += 1


async def follow_later(oracle: AutotaskOracle, dice: Random, hours: float) -> None:
    """A person ends a mapping, which another one follows onto another contract, so many hours after the first
    midnight."""
    world = oracle.world
    account = dice.choice(world.accounts)
    world.add_second_contract(account)
    await world.wait_until(world.midnight + timedelta(hours=hours))
    world.follow_account(account)
    world.faults.fired["a mapping ended, and another one follows it"] += 1


async def post_later(oracle: AutotaskOracle, contract_id: int, hours: float) -> None:
    """The accounting posts a contract's next period, so many hours after the first midnight."""
    world = oracle.world
    await world.wait_until(world.midnight + timedelta(hours=hours))
    oracle.note_race(each for each in world.accounts if each.terms.agreement_id == contract_id)
    period = world.autotask.posted_through[contract_id] + timedelta(days=1)
    oracle.note_posting(contract_id, period)
    world.autotask.post(contract_id, move_month(period) - timedelta(days=1))


def spend_now_and_then(world: AutotaskWorld, day: date) -> None:
    """One night in ten somebody else uses the budget up."""
    if world.faults.draw("the budget is spent", 0.1):
        world.engine.spawn(spend_budget(world, day))


async def spend_budget(world: AutotaskWorld, day: date) -> None:
    """Somebody else asks Autotask too much, from a while before or into the night, for one hour."""
    await world.wait_until(world.moment(day, 2.0) + timedelta(seconds=world.random.uniform(-1800.0, 60.0)))
    world.autotask.is_spent = True
    await asyncio.sleep(3600.0)
    world.autotask.is_spent = False


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
