"""A scenario from its first reading to its last: its runs, and between them the invoices."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from plans.approvals import ProposedLine
from plans.runs import next_extra_run_id
from tests.oracle.facts import Scenario
from tests.timelines.invoicing import SimulatedInvoice
from tests.timelines.reader import SKU
from tests.timelines.world import World


@dataclass(frozen=True)
class Story:
    """What a played scenario came to.

    `troubles` are sentences about runs that did not end as they must; `rewrites` are writes of the run that was made
    again on the day of the last reading, of which there must be none (R3). `proposals` are the credit proposals of the
    last run that planned.
    """

    scenario: Scenario
    invoices: tuple[SimulatedInvoice, ...]
    troubles: tuple[str, ...]
    proposals: tuple[ProposedLine, ...]
    rewrites: int
    runs: int
    writes: int


def play(scenario: Scenario) -> Story:
    """Play it. The same scenario always has the same story."""
    world = World(scenario)
    story = asyncio.run(tell(world))
    return replace(story, invoices=tuple(world.accountant.invoices))


async def tell(world: World) -> Story:
    """The readings in their order, and each invoice after those it has seen; the PSA knows what is on them."""
    scenario, done, rewrites = world.scenario, 0, 0
    for invoice in scenario.invoices:
        rewrites += await read(world, done, invoice.seen)
        world.invoice()
        done = invoice.seen
    rewrites += await read(world, done, len(scenario.readings))
    return Story(
        scenario,
        (),
        tuple(world.troubles),
        world.proposals,
        rewrites,
        world.runs,
        world.count_writes(),
    )


async def read(world: World, first: int, end: int) -> int:
    """The readings numbered from `first` up to `end`; how much the run after the very last one wrote again."""
    readings = world.scenario.readings
    for reading in readings[first:end]:
        await world.read_on(reading.day, None if reading.quantity is None else {SKU: reading.quantity})
    if first == end or end != len(readings):
        return 0
    before = world.count_writes()
    await world.run(next_extra_run_id(readings[-1].day, frozenset(world.disk.runs)))
    return world.count_writes() - before
