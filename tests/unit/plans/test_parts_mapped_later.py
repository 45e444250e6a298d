"""A part of a licence that is mapped at another time than the rest: each seat is billed once, and none is forgotten.

10 seats in one subscription and 4 in another, 3 in a third that is bought later; 20.00 a seat, in arrears.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from plans.editing import MappingChange
from plans.mapping_changes import LineWish, MappedLicence, Wish, add_changes, end_changes
from profiles.parts import OneSubscription
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, june, may
from tests.unit.plans.test_named_subscriptions import BOTH, ONE, SKU, THREE, TWO, begin, bill, cut, keep, night

ALL = {**BOTH, THREE: 3}


def find(world: World) -> MappedLicence:
    """The licence as it is mapped now."""
    return MappedLicence("contoso", SKU, SPB, tuple(world.mappings.values()), world.journals)


def add_one_by_one(world: World, parts: Sequence[OneSubscription], day: int) -> None:
    """Lines from a file, one after another in one commit, in May."""
    licence, changes = find(world), list[MappingChange]()
    for part in parts:
        made = add_changes(licence, Wish((LineWish(part, SPB, HOME),)), may(day))
        known = {after.id: after for _, after in made}
        kept = tuple(known.pop(each.id, each) for each in licence.mappings)
        licence = replace(licence, mappings=(*kept, *known.values()))
        changes += made
    keep(world, changes)


def end_both() -> World:
    """Split on 16 April, and ended on 10 May."""
    world = begin(BOTH)
    cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    assert bill(world) == [Decimal("280.00")]
    night(world, may(2), BOTH)
    keep(world, end_changes(find(world)))
    night(world, may(10), BOTH)
    return world


def test_a_part_that_is_mapped_with_others_that_are_mapped_again_is_billed() -> None:
    """3 more on 11 May, saved with the two that were ended the day before: 280.00 + 3 × 20.00 × 21/31 = 320.65 in May,
    340.00 in June. The new line followed the two, which never end, and was never billed."""
    world = end_both()
    cut(world, may(11), ONE, TWO, THREE)
    night(world, may(11), ALL)
    night(world, may(12), ALL)
    assert bill(world) == [Decimal("320.65")]
    night(world, june(2), ALL)
    assert bill(world) == [Decimal("340.00")]


def test_so_it_is_from_a_file_with_the_new_part_first() -> None:
    """The other two were billed beside what still billed of them: 469.68 in May."""
    world = end_both()
    add_one_by_one(world, (THREE, ONE, TWO), 11)
    night(world, may(11), ALL)
    night(world, may(12), ALL)
    assert bill(world, 2) == [Decimal("320.65"), Decimal("340.00")]


def test_parts_of_a_licence_that_was_ended_whole_follow_it_each() -> None:
    """All 14 in one line, ended on 2 May; a file maps both parts on the 3rd: 280.00 in May and in June. The second one
    billed beside the whole to the end of May."""
    world = begin(BOTH)
    assert bill(world) == [Decimal("280.00")]
    keep(world, end_changes(find(world)))
    night(world, may(2), BOTH)
    add_one_by_one(world, (ONE, TWO), 3)
    night(world, may(3), BOTH)
    night(world, may(4), BOTH)
    assert bill(world, 2) == [Decimal("280.00"), Decimal("280.00")]


@pytest.mark.parametrize("is_form", [True, False], ids=["form", "rule"])
def test_a_part_that_is_bought_before_a_split_begins_is_counted_by_what_was_split(is_form: bool) -> None:
    """Split on 16 April, 3 more on the 20th, mapped on that day: 280.00 + 3 × 20.00 × 11/30 = 302.00 in April, 340.00
    in May. They were billed by both until 30 April, 322.00."""
    world = begin(BOTH)
    cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    night(world, april(20), ALL)
    if is_form:
        cut(world, april(20), ONE, TWO, THREE)
    else:
        keep(world, add_changes(find(world), Wish((LineWish(THREE, SPB, HOME),)), april(20)))
    night(world, april(21), ALL)
    assert bill(world, 2) == [Decimal("302.00"), Decimal("340.00")]
