"""Lines whose contract ends: what is over with it counts no more, and what carries it on is nobody's stranger.

Contract 12 is billed in advance, by calendar months; contract 13 goes on to the end of the year. A seat costs 20.00.
"""

from __future__ import annotations

from datetime import date, timedelta

from plans.changes import Held
from tests.unit.plans.nights import SPB, april, held_by, june, may, tell
from tests.unit.psa.autotask.contracts import Contract
from tests.unit.psa.autotask.world import AutotaskWorld

YEAR_END = date(2026, 12, 31)


def make_world(ends_on: date, seats: int) -> AutotaskWorld:
    """So many seats from 1 April on contract 12, which ends on that day."""
    contracts = {
        number: Contract(number, date(2026, 1, 1), last, 1, in_arrears=False, through=date(2025, 12, 31))
        for number, last in (("12", ends_on), ("13", YEAR_END))
    }
    for each in contracts.values():
        for month in (1, 2, 3):
            each.post(date(2026, month, 1))
    world = AutotaskWorld(psas={}, contracts=contracts)
    world.map()
    live(world, april(1), april(20), spb=seats)
    return world


def live(world: AutotaskWorld, first: date, last: date, **readings: int) -> None:
    """A night each day, and each period posted on its first day."""
    for offset in range((last - first).days + 1):
        today = first + timedelta(days=offset)
        for each in world.contracts.values():
            if each.find_due() is not None and each.find_due() == today:
                each.post(today)
        world.night(today, **readings)


def test_units_of_a_contract_that_ends_are_no_seats_beside_those_that_go_on_elsewhere() -> None:
    """20 seats, moved on 20 May to contract 13 because 12 ends on the 31st: 400.00 a month before and after. They were
    shown as 20 → 40 and held as a large rise, because nothing ends the units of a contract but its end."""
    world = make_world(may(31), 20)
    live(world, april(21), may(20), spb=20)
    world.change(agreement_id="13")
    live(world, may(21), june(2), spb=20)
    assert world.contracts["13"].count_units()[june(1)] == 20
    line = world.plan(june(2))[SPB]
    assert (line.quantity_billed, line.quantity_owed) == (20, 20)


def test_nothing_at_all_is_down_to_nothing_though_a_contract_that_is_over_had_units() -> None:
    """20 seats moved as above, and 5 of them left by July: none in August is Down to nothing. It was weighed as 25 → 20,
    which is no unusual drop, and 100.00 a month went without anybody."""
    world = make_world(may(31), 20)
    live(world, april(21), may(20), spb=20)
    world.change(agreement_id="13")
    live(world, may(21), june(5), spb=20)
    live(world, june(6), june(7), spb=5)
    world.approve()
    live(world, june(8), date(2026, 7, 5), spb=5)
    assert world.contracts["13"].count_units()[date(2026, 7, 5)] == 5
    world.read(date(2026, 7, 6), {SPB: 0})
    world.read(date(2026, 7, 7), {SPB: 0})
    line = world.plan(date(2026, 7, 7))[SPB]
    assert held_by(line) == "to_zero"
    assert isinstance(line.decision, Held)
    assert line.decision.sentence.startswith("5 → 0 spb: nothing would be billed any more.")
