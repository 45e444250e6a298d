"""One seed, one story: some bad nights, two clean ones, and one more run that must change nothing."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from random import seed as seed_global_random

from tests.simulation.faults import Faults, Process
from tests.simulation.oracle import Oracle
from tests.simulation.store import Store
from tests.simulation.virtual_time import run_virtually
from tests.simulation.world import FIRST_DAY, World

BAD_NIGHTS = 3
CLEAN_NIGHTS = 2
ANSWERS = {
    "psa POST:lost": 0.12,
    "psa POST:late": 0.12,
    "psa POST:slow": 0.05,
    "psa POST:reset": 0.05,
    "psa POST:429": 0.04,
    "psa POST:500": 0.04,
    "psa POST:404-after": 0.03,
    "psa PATCH:lost": 0.12,
    "psa PATCH:late": 0.12,
    "psa PATCH:slow": 0.05,
    "psa PATCH:reset": 0.05,
    "psa PATCH:429": 0.04,
    "psa PATCH:500": 0.04,
    "psa PATCH:404-after": 0.03,
    "psa GET:short": 0.03,
    "psa GET:reset": 0.03,
    "psa GET:503": 0.03,
    "psa GET:429": 0.03,
    "microsoft token:refused": 0.04,
    "microsoft token:reset": 0.03,
    "microsoft batch:503": 0.03,
    "microsoft batch:part-403": 0.04,
    "microsoft batch:part-429": 0.03,
    "microsoft batch:part-empty": 0.03,
    "microsoft batch:part-missing": 0.03,
    "microsoft batch:wrong-tenant": 0.03,
}


@dataclass(frozen=True)
class Ending:
    """How one seed ended."""

    seed: int
    violations: tuple[str, ...]
    fired: Counter[str]
    points: tuple[str, ...]
    writes: int


def make_faults(random: Random) -> Faults:
    """What may break in this seed: each kind is on in some seeds and off in others, so that they meet and part."""
    return Faults(
        random=random,
        kill_chance=random.choice((0.0, 0.01, 0.03)),
        double_delivery_chance=random.choice((0.0, 0.1, 0.3)),
        engine_loss_chance=random.choice((0.0, 0.0, 0.03)),
        answer_chances={name: chance for name, chance in ANSWERS.items() if random.random() < 0.5},
        kills_left=random.randint(1, 6),
    )


def play(seed: int, spoil_store: Callable[[Store], Store] = lambda store: store) -> Ending:
    """Play one seed's story to its end."""
    logging.getLogger("stamina").setLevel(logging.ERROR)
    seed_global_random(seed)  # the retry library draws its jitter from there
    random = Random(seed)
    world = World(
        random,
        make_faults(random),
        spoil_store=spoil_store,
        second_run_chance=random.choice((0.0, 0.0, 0.5)),
        edit_chance=random.choice((0.0, 0.0, 0.0, 0.3)),
    )
    oracle = Oracle(world)
    run_virtually(tell(world, oracle))
    return Ending(
        seed,
        tuple(oracle.violations),
        world.faults.fired,
        tuple(world.faults.points),
        world.psa.calls["POST"],
    )


async def tell(world: World, oracle: Oracle) -> None:
    """The story of one seed."""
    random = world.random
    world.workers = [Process("worker-0"), Process("worker-1")]
    customers = random.randint(1, 3)
    for number in range(1, customers + 1):
        world.add_customer(number)
        oracle.set_seats(number, random.randint(1, 20))
    oracle.watch()
    for night_number in range(BAD_NIGHTS):
        if night_number:
            change_seats(oracle, random, customers)
        day = FIRST_DAY + timedelta(days=night_number)
        if world.faults.draw("a run beside the night", world.second_run_chance):
            world.engine.spawn(run_beside(world, oracle, day, customers))
        await world.run_night(day)
        if world.faults.draw("a person's edit", world.edit_chance):
            edit_by_hand(world, oracle, random.randint(1, customers))
    world.faults.quiet()
    await finish(world, oracle)


async def run_beside(world: World, oracle: Oracle, day: date, customers: int) -> None:
    """Somebody changes seats in the middle of the night and asks for a run."""
    opens = world.midnight + timedelta(days=(day - FIRST_DAY).days, hours=2)
    await asyncio.sleep(max(0.0, (opens - world.now()).total_seconds()) + world.random.uniform(0.0, 900.0))
    change_seats(oracle, world.random, customers)
    world.engine.start("night", f"night:{day.isoformat()}-001", f"{day.isoformat()}-001")


def edit_by_hand(world: World, oracle: Oracle, number: int) -> None:
    """A person changes, ends, deletes or unmarks a line of ours, or puts one of their own beside it."""
    rows = world.psa.additions[1200 + number]
    oracle.edited.add(1200 + number)
    ours = oracle.ours(1200 + number)
    match world.random.choice(("quantity", "delete", "unmark", "beside")):
        case "quantity" if ours:
            ours[0]["quantity"] = 99
        case "delete" if ours:
            rows.remove(ours[0])
        case "unmark" if ours:
            ours[0]["serialNumber"] = ""
        case _:
            body = {"product": {"id": 501}, "quantity": 3, "billCustomer": "Billable", "serialNumber": ""}
            rows.append({"id": 100 + len(rows), "cancelledDate": None, "effectiveDate": None, **body})


async def finish(world: World, oracle: Oracle) -> None:
    """Two clean nights, and a run that must find nothing to do."""
    for clean_number in range(CLEAN_NIGHTS):
        day = FIRST_DAY + timedelta(days=BAD_NIGHTS + clean_number)
        run = await world.run_night(day)
        oracle.check_closed(run, f"night {day}")
    oracle.check_clean(run, f"night {day}")
    oracle.check_settled()
    writes, reads = world.psa.calls["POST"], world.tenants.calls["batch"]
    extra = await world.run_extra(day)
    oracle.check_closed(extra, f"run {extra.id}")
    oracle.check_idle(extra, writes, reads)


def change_seats(oracle: Oracle, random: Random, customers: int) -> None:
    """Between two nights customers buy more often than they give back."""
    for number in range(1, customers + 1):
        tenant_id = f"00000000-0000-4000-8000-{number:012d}"
        seats = oracle.world.tenants.seats[tenant_id]
        oracle.set_seats(number, max(1, seats + random.choice((-2, 0, 0, 1, 2, 5))))
