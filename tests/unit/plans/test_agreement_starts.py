"""An agreement bills no day before its own first one, whenever a licence was mapped to it: as on Autotask.

20.00 a seat, April has 30 days. 10 seats are read from 10 April.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from plans.changes import Held, HoldRule
from profiles.periods import Grid
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import SPB, World, april, in_arrears, is_still, june, make_world, may, tell
from tests.unit.plans.test_merged_back import follow

OTHER = "13"


@pytest.mark.parametrize("prorates", [True, False])
def test_a_licence_that_is_mapped_before_its_agreement_begins_is_billed_from_that_day(prorates: bool) -> None:
    """The agreement begins on 1 May, and was never invoiced: nothing for April, May 10 × 20.00 = 200.00. Billed from 10
    April on, its first invoice asked 340.00."""
    world = make_world(prorates=prorates)
    world.psas[HOME].starts_on = may(1)
    assert tell(world.night(april(10), 10)) == ["10 from 2026-05-01"]
    assert is_still(world.night(april(11), 10))
    assert [world.psas[HOME].invoice() for _ in range(2)] == [Decimal(0), Decimal("200.00")]


def test_seats_that_left_before_it_begins_are_not_owed_there() -> None:
    """Its periods begin on the 15th, and it begins on 1 May: 12 of 20 April that are 10 from the 28th are never billed,
    and 15 April to 14 May asks 10 × 20.00 × 14/30 = 93.33."""
    world = make_world()
    psa = world.psas[HOME]
    psa.grid, psa.invoiced_through, psa.starts_on = Grid(2026, 1, 15, 1), april(14), may(1)
    world.night(april(20), 12)
    world.night(april(28), 10)
    world.night(april(29), 10)
    world.night(april(30), 10)
    assert psa.invoice() == Decimal("93.33")


def test_what_is_billed_before_it_begins_stays_where_somebody_moved_its_first_day() -> None:
    """10 since 1 April; its first day was moved to 1 May, for it was renewed: April is 200.00 all the same."""
    world = in_arrears()
    world.psas[HOME].starts_on = may(1)
    assert is_still(world.night(april(20), 10))
    assert tell(world.night(april(21), 12)) == ["2 from 2026-04-21"]
    assert world.psas[HOME].invoice() == Decimal("213.33")


def moved(**fields: object) -> World:
    """10 since 1 April that are to go to an agreement that begins on 1 June."""
    world = in_arrears()
    world.psas[OTHER] = Psa(id=OTHER, starts_on=june(1))
    return world


def test_a_move_to_an_agreement_that_begins_later_is_asked_about() -> None:
    """10 would end with April and begin in June: May's 200.00 would be billed nowhere. In May they move."""
    world = moved()
    world.change(agreement_id=OTHER)
    world.night(april(20), 10)
    held = world.plan(april(21))[SPB].decision
    assert isinstance(held, Held) and held.rule is HoldRule.TO_ZERO
    assert "1 May 2026 through 31 May 2026" in held.sentence
    assert world.psas[HOME].invoice() == Decimal("200.00")
    assert tell(world.night(may(2), 10)) == ["1201: through 2026-05-31", "10 from 2026-06-01"]
    bills = [world.psas[HOME].invoice(), *(world.psas[OTHER].invoice() for _ in range(3))]
    assert bills == [Decimal("200.00"), 0, 0, Decimal("200.00")]


def test_a_split_to_an_agreement_that_begins_later_is_asked_about() -> None:
    """6 and 4 would begin in June on what ends with April: May's 200.00 would be billed nowhere."""
    world = moved()
    follow(world, "ab", SPB, agreement_id=OTHER)
    world.night(april(20), spb=10, a=6, b=4)
    lines = world.plan(april(21))
    assert [type(lines[name].decision) for name in "ab"] == [Held, Held]
    held = lines["a"].decision
    assert isinstance(held, Held) and held.rule is HoldRule.TO_ZERO
    assert "from 1 May 2026 through 31 May 2026" in held.sentence
    assert world.psas[HOME].invoice() == Decimal("200.00")
    world.read(may(2), {"spb": 10, "a": 6, "b": 4})
    world.apply(world.plan(may(2))[SPB], may(2))
    world.night(may(3), spb=10, a=6, b=4)
    bills = [world.psas[HOME].invoice(), *(world.psas[OTHER].invoice() for _ in range(3))]
    assert bills == [Decimal("200.00"), 0, 0, Decimal("200.00")]


def test_days_that_are_left_behind_begin_with_the_agreement_too() -> None:
    """10 that were read on 10 April and never written, on an agreement that begins on the 15th: 15 to 19 April."""
    world = make_world()
    world.psas[HOME].put(3, april(1))
    world.night(april(10), 10)
    world.psas[HOME].kept.clear()
    world.psas[HOME].starts_on = april(15)
    follow(world, "ab", SPB)
    world.night(april(20), a=6, b=4)
    held = world.plan(april(20))[SPB].decision
    assert isinstance(held, Held) and "from 15 Apr 2026 through 19 Apr 2026" in held.sentence
