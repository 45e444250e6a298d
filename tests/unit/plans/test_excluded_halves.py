"""A licence that is excluded while what was split still bills: its rises are not billed there either.

20.00 a seat, April has 30 days, 10 seats since 1 April. The split of 8 April is written from 1 May.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from plans.changes import HoldRule
from profiles.exclusions import exclude_halves
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, held_by, in_arrears
from tests.unit.plans.test_merged_back import follow


def split(*excluded: str) -> World:
    """10 are split into 6 and 4, of which some are excluded on 10 April."""
    world = in_arrears()
    follow(world, "ab", SPB)
    world.night(april(8), spb=10, a=6, b=4)
    for name in excluded:
        world.change(name, is_excluded=True)
    world.mappings = {each.id: each for each in exclude_halves(tuple(world.mappings.values()))}
    return world


@pytest.mark.parametrize(
    ("excluded", "expected"), [(("a", "b"), "200.00"), (("a",), "214.67"), ((), "214.67")], ids=["both", "one", "none"]
)
def test_a_rise_after_the_exclusion_is_billed_only_where_somebody_takes_it_over(
    excluded: tuple[str, ...], expected: str
) -> None:
    """12 on 20 April. Where both halves are excluded April stays 200.00, else 2 × 20.00 × 11/30 more: 214.67."""
    world = split(*excluded)
    world.night(april(10), spb=10, a=6, b=4)
    world.night(april(11), spb=10, a=6, b=4)
    lines = world.plan(april(12))
    assert [held_by(lines[name]) for name in excluded] == [HoldRule.TO_ZERO] * len(excluded)
    world.night(april(20), spb=12, a=7, b=5)
    assert world.psas[HOME].invoice() == Decimal(expected)


def test_only_what_is_ended_goes_with_those_that_take_over_whoever_follows_them() -> None:
    """A merge of two halves: what was split before them goes with it as well, and what is not ended never."""
    world = split()
    follow(world, "c", "a", "b", is_excluded=True)
    found = {each.id: each.is_excluded for each in exclude_halves(tuple(world.mappings.values()))}
    assert found == {SPB: True, "a": True, "b": True, "c": True}
    world.change(SPB, is_ended=False)
    found = {each.id: each.is_excluded for each in exclude_halves(tuple(world.mappings.values()))}
    assert found == {SPB: False, "a": True, "b": True, "c": True}
