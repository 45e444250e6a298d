"""One reference night, and what becomes of it when a worker dies at its n-th point.

Before it two calm nights and an invoice. In it, on three agreements: an addition is made, a quantity is set, a delta is
rolled up into its base (a pair of writes), and an addition that begins with the next invoice's period is raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from random import seed as seed_global_random

from tests.simulation.accounts import Terms, add_customer, set_seats
from tests.simulation.faults import Faults, Process
from tests.simulation.nights import Teller
from tests.simulation.oracle import Oracle
from tests.simulation.people import edit_by_hand
from tests.simulation.plot import Plot, find_next_invoice
from tests.simulation.story import make_invoice
from tests.simulation.virtual_time import run_virtually
from tests.simulation.world import World

SEED = 20261126
FIRST_DAY = date(2026, 11, 24)
INVOICE_HOURS = 24 + 12.0
TERMS = (Terms(1, ("o365", "spb")), Terms(2), Terms(3, prorates=False))
# Seats on the two nights before, on the reference night, and from then on, by mapping.
SEATS = {
    "customer-1-o365": (10, 9, 9),
    "customer-1-spb": (10, 12, 12),
    "customer-2-spb": (5, 5, 8),
    "customer-3-spb": (6, 6, 7),
}


@dataclass(frozen=True)
class Reference:
    """How the story of the reference night ended. `points` are those that the night itself passed, in their order."""

    points: tuple[str, ...]
    violations: tuple[str, ...]
    changes: tuple[str, ...]
    writes: int


def play_reference(kill_at: int | None = None) -> Reference:
    """Play it, with a worker that dies at that point of the night, counted from 0; None for a night without deaths."""
    seed_global_random(SEED)
    random = Random(SEED)
    world = World(random, Faults(random, yield_chance=0.0), FIRST_DAY)
    oracle = Oracle(world)
    span = run_virtually(tell(oracle, kill_at))
    evidence = world.disk.evidence.values()
    night = (FIRST_DAY + timedelta(days=2)).isoformat()
    changes = [f"{each.mapping_id} {each.change.kind} {each.ending}" for each in evidence if each.run_id == night]
    return Reference(
        tuple(world.faults.points[span]), tuple(oracle.violations), tuple(sorted(changes)), world.psa.writes
    )


async def tell(oracle: Oracle, kill_at: int | None) -> slice:
    """The two nights before, the reference night, and the clean nights; which points the reference night passed."""
    world = oracle.world
    world.workers = [Process("worker-0"), Process("worker-1")]
    for terms in TERMS:
        seats = {product: SEATS[f"customer-{terms.number}-{product}"][0] for product in terms.products}
        add_customer(world, terms, find_next_invoice(FIRST_DAY), seats)
    oracle.watch()
    world.engine.spawn(make_invoice(oracle, TERMS[0].agreement_id, INVOICE_HOURS))
    span = slice(0, 0)
    for number in range(3):
        for account in world.accounts:
            set_seats(world, account, SEATS[account.mapping_id][number])
        start = len(world.faults.points)
        if number == 2 and kill_at is not None:
            world.faults.forced_kill_points = {start + kill_at}
        run = await world.run_night(FIRST_DAY + timedelta(days=number))
        span = slice(start, len(world.faults.points))
        oracle.check_closed(run, f"night {number}")
    world.faults.quiet()
    plot = Plot(FIRST_DAY, TERMS, bad_nights=3, move_chance=0.0)
    await Teller(oracle, plot, lambda: edit_by_hand(oracle)).finish()
    return span
