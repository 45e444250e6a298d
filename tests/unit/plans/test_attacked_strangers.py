"""Second writers behind a known stranger, and what a month of a longer billing period costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.brakes import Thresholds
from plans.changes import Held
from plans.keys import make_key
from profiles.periods import Grid
from sync.summaries import summarise_plan
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import World, april, held_by, make_world, tell

ANNUAL = Grid(2026, 1, 1, 12)


def beside(*known: str) -> World:
    """10 seats, written beside additions of 3 seats that a person has seen and approved to be billed as well."""
    world = make_world()
    psa = world.psas[HOME]
    for addition_id in known:
        psa.put(3, date(2026, 1, 1))
        psa.kept[-1].addition = replace(psa.kept[-1].addition, id=addition_id)
    assert held_by(world.night(april(1), 10)) == "unadopted_addition"
    world.approve()
    assert tell(world.night(april(1), 10)) == ["10 from 2026-04-01"]
    return world


def add(world: World, addition_id: str) -> None:
    """Another tool adds 12 seats of the same product."""
    psa = world.psas[HOME]
    psa.put(12, april(5), key="Sync365")
    psa.kept[-1].addition = replace(psa.kept[-1].addition, id=addition_id)


@pytest.mark.parametrize("addition_id", ["900", "100"])
def test_a_known_stranger_hides_no_other(addition_id: str) -> None:
    """500 is known. On 5 April 900 comes: 12 seats that are billed twice from then on. 10 → 12 on the 10th waits for a
    person, whichever of the two ids is the smaller."""
    world = beside("500")
    add(world, addition_id)
    line = world.night(april(10), 12)
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        f"10 → 12 spb: addition {addition_id} bills 12 of the same product since 5 Apr 2026 and is no line of "
        "Seatledger's. Adopt it, or end it in the PSA, so that nothing is billed twice. Approving it bills both."
    )
    world.approve()
    assert tell(world.night(april(10), 12)) == ["2 from 2026-04-10"]
    assert tell(world.night(april(11), 13)) == ["1 from 2026-04-11"]


def test_all_that_are_new_are_named() -> None:
    world = beside("500")
    add(world, "900")
    add(world, "901")
    line = world.night(april(10), 12)
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        "10 → 12 spb: addition 900 bills 12 of the same product since 5 Apr 2026, and addition 901 bills 12 of the "
        "same product since 5 Apr 2026, which are no lines of Seatledger's. Adopt them, or end them in the PSA, so "
        "that nothing is billed twice. Approving it bills both."
    )


def annual(price: int, seats: int = 10) -> World:
    """So many seats at a price a year, invoiced in advance for the year."""
    world = make_world(in_arrears=False)
    world.psas[HOME] = Psa(in_arrears=False, grid=ANNUAL, invoiced_through=date(2025, 12, 31))
    world.night(april(1), seats)
    kept = world.psas[HOME].kept[0]
    kept.addition = replace(kept.addition, unit_price=Decimal(price))
    world.psas[HOME].invoice()
    world.thresholds = Thresholds(rise_seats=1000)
    return world


@pytest.mark.parametrize(("seats", "rule"), [(13, ""), (35, ""), (36, "large_rise")])
def test_a_year_is_twelve_months_to_the_brakes(seats: int, rule: str) -> None:
    """240.00 a year is 20.00 a month. 3 seats more are 60.00 a month, not 720.00; 25 more are 500.00, which is still
    usual, and 26 more are 520.00."""
    assert held_by(annual(240).night(april(10), seats)) == rule


def test_the_limit_is_met_to_the_cent_where_a_month_is_no_whole_cent() -> None:
    """200.00 a year is 16.66… a month: 30 seats more are 500.00 exactly, and usual."""
    assert held_by(annual(200).night(april(10), 40)) == ""
    assert held_by(annual(200).night(april(10), 41)) == "large_rise"


def test_the_forecast_of_a_held_line_is_a_months() -> None:
    """26 seats at 240.00 a year: 520.00 a month on the page, not 6,240.00."""
    world = annual(240)
    world.night(april(10), 36)
    result = summarise_plan(world.plans[HOME], "hash", frozenset())
    assert [held.monthly for held in result.held] == [Decimal("520.00")]
    world.psas[HOME].grid = None
    world.plan(april(10))
    result = summarise_plan(world.plans[HOME], "hash", frozenset())
    assert [held.monthly for held in result.held] == [None]


def test_a_copy_of_another_lines_key_that_a_person_has_seen_is_asked_about_once() -> None:
    """3 seats carry the key of a line that knows nothing of them. A person approves 10 beside them, and 12 need
    nobody. With 4 seats the approval of 3 is none, and while nobody approved, nothing is written."""
    world = make_world()
    world.map("b")
    psa = world.psas[HOME]
    psa.put(3, date(2026, 1, 1), key=make_key("b", 7))
    assert held_by(world.night(april(1), 10, b=0)) == "unadopted_addition"
    world.approve()
    psa.edit(0, quantity=Decimal(4))
    assert held_by(world.night(april(2), 10, b=0)) == "unadopted_addition"
    world.approve()
    assert tell(world.night(april(3), 10, b=0)) == ["10 from 2026-04-01"]
    assert tell(world.night(april(10), 12, b=0)) == ["2 from 2026-04-10"]
