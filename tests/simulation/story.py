"""One seed, one story on ConnectWise: its customers, its invoices, and the nights (`tests.simulation.nights`)."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from tests.simulation.accounts import add_customer, adopt_addition, get_seats
from tests.simulation.endings import Ending, SpoilStore, leave_store
from tests.simulation.faults import Process
from tests.simulation.nights import ChangePlot, Teller, draw_story, see_ending
from tests.simulation.oracle import Oracle
from tests.simulation.people import edit_by_hand
from tests.simulation.plot import Plot, find_next_invoice
from tests.simulation.psa import move_month, read_day
from tests.simulation.world import World

HIDING_SHARE = 0.2


def play(seed: int, spoil_store: SpoilStore = leave_store, change_plot: ChangePlot | None = None) -> Ending:
    """Play one seed's story to its end; `change_plot` makes it another one than was drawn."""
    random, plot, faults = draw_story(seed, change_plot)
    oracle = Oracle(World(random, faults, plot.first_day, plot.is_short, spoil_store=spoil_store))
    oracle.world.psa.hides_ended = hides_ended(seed)
    oracle.world.psa.local_day = oracle.world.local_day
    teller = Teller(oracle, plot, lambda: edit_by_hand(oracle))
    return see_ending(seed, oracle, teller, lambda: set_up(oracle, plot))


def hides_ended(seed: int) -> bool:
    """Whether the ConnectWise of a seed lists no addition that has ended; drawn by itself, as its PSA is."""
    return Random(f"hides {seed}").random() < HIDING_SHARE


def set_up(oracle: Oracle, plot: Plot) -> None:
    """The customers, their seats, what a person had billed before, and the invoices to come."""
    world, random = oracle.world, oracle.world.random
    world.workers = [Process("worker-0"), Process("worker-1")]
    due = find_next_invoice(plot.first_day)
    for terms in plot.terms:
        add_customer(world, terms, due, {product: random.randint(1, 25) for product in terms.products})
    for account in world.accounts:
        if account.mapping_id == plot.adopted:
            adopt_addition(world, account, max(1, get_seats(world, account) - random.randint(0, 2)))
    oracle.watch()
    for agreement_id, hours in plot.invoices:
        world.engine.spawn(make_invoice(oracle, agreement_id, hours))


async def make_invoice(oracle: Oracle, agreement_id: int, hours: float) -> None:
    """The accounting makes an invoice, so many hours after the first midnight."""
    await oracle.world.wait_until(oracle.world.midnight + timedelta(hours=hours))
    invoice_now(oracle, agreement_id)


def invoice_now(oracle: Oracle, agreement_id: int) -> None:
    """The accounting makes an agreement's next invoice."""
    world = oracle.world
    due = read_day(world.psa.agreements[agreement_id]["nextInvoiceDate"])
    oracle.note_race(each for each in world.accounts if world.psa.find_payer(each.agreement_id) == agreement_id)
    period = move_month(due, -1) if agreement_id in world.psa.in_arrears else due
    oracle.note_invoice(agreement_id, period, list(world.psa.invoice(agreement_id)))
