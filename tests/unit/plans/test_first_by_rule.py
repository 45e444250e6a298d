"""The first addition of a line that a rule mapped: the limits of a rise bite on it (decision 12).

The limits are those of the defaults: more than 10 seats, or more than 500.00 a month.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from plans.changes import Held, HoldRule
from profiles.billing import CustomPrice, DatedPrice, MappedBy
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, held_by, make_world, may, tell

NONE = ""


def mapped_by(who: MappedBy, price: str | None = None) -> World:
    world = make_world()
    world.map(price=None if price is None else CustomPrice((DatedPrice(april(1), Decimal(price)),)))
    world.change(mapped_by=who)
    return world


@pytest.mark.parametrize(
    ("seats", "rule"), [(9, NONE), (10, NONE), (11, HoldRule.FIRST_BY_RULE)], ids=["limit - 1", "limit", "limit + 1"]
)
def test_more_than_ten_seats_wait_where_a_rule_mapped_them(seats: int, rule: str) -> None:
    assert held_by(mapped_by(MappedBy.RULE).night(april(1), seats)) == rule
    assert held_by(mapped_by(MappedBy.PERSON).night(april(1), seats)) == NONE


@pytest.mark.parametrize(
    ("price", "rule"), [("49.99", NONE), ("50.00", NONE), ("50.01", HoldRule.FIRST_BY_RULE)], ids=["-1", "0", "+1"]
)
def test_few_seats_wait_where_they_are_dear(price: str, rule: str) -> None:
    """10 seats: 499.90, 500.00 and 500.10 a month."""
    line = mapped_by(MappedBy.RULE, price).night(april(1), 10)
    assert held_by(line) == rule
    assert held_by(mapped_by(MappedBy.PERSON, price).night(april(1), 10)) == NONE
    if isinstance(line.decision, Held):
        assert line.decision.sentence == (
            "0 → 10 spb: a mapping rule mapped it and nobody has looked at it yet, and its first addition is of more "
            "than 500.00 a month. Approve it, or refuse it."
        )


def test_it_says_who_mapped_it_and_is_written_once_a_person_agreed() -> None:
    world = mapped_by(MappedBy.RULE)
    line = world.night(april(1), 25)
    assert isinstance(line.decision, Held)
    assert line.decision.sentence == (
        "0 → 25 spb: a mapping rule mapped it and nobody has looked at it yet, and its first addition is of more than "
        "10 seats. Approve it, or refuse it."
    )
    world.approve()
    assert tell(world.night(april(2), 25)) == ["25 from 2026-04-01"]
    assert held_by(world.night(april(3), 27)) == NONE
    assert held_by(world.night(april(4), 45)) == HoldRule.LARGE_RISE


def test_small_steps_after_a_small_first_addition_add_up() -> None:
    world = mapped_by(MappedBy.RULE)
    assert tell(world.night(april(1), 10)) == ["10 from 2026-04-01"]
    assert tell(world.night(april(2), 20)) == ["10 from 2026-04-02"]
    assert held_by(world.night(april(3), 21)) == HoldRule.LARGE_RISE


def test_seats_that_were_there_for_a_while_only_count_at_their_most() -> None:
    """In arrears 25 seats that fell to 5 are owed to the end of April: 25 are billed first."""
    world = mapped_by(MappedBy.RULE)
    assert held_by(world.night(april(1), 25)) == HoldRule.FIRST_BY_RULE
    world.night(april(10), 5)
    assert held_by(world.night(april(11), 5)) == HoldRule.FIRST_BY_RULE


def test_a_refusal_stands_until_the_count_is_another() -> None:
    world = mapped_by(MappedBy.RULE)
    world.night(april(1), 25)
    world.refuse(april(1))
    assert held_by(world.night(april(2), 25)) == HoldRule.REFUSED
    assert held_by(world.night(april(3), 26)) == HoldRule.FIRST_BY_RULE


def test_whoever_maps_it_anew_has_looked_at_it() -> None:
    world = mapped_by(MappedBy.RULE)
    world.night(april(1), 25)
    world.change(mapped_by=MappedBy.PERSON)
    assert tell(world.night(april(2), 25)) == ["25 from 2026-04-01"]


def test_a_line_that_was_billed_is_compared_with_its_invoice_whoever_mapped_it() -> None:
    """25 seats of a person's mapping: what a rule would have been held for is no first addition any more."""
    world = mapped_by(MappedBy.PERSON)
    world.night(april(1), 25)
    world.mappings[SPB] = replace(world.mappings[SPB], mapped_by=MappedBy.RULE)
    world.psas[HOME].invoice()
    assert held_by(world.night(may(1), 30)) == NONE


@pytest.mark.parametrize(
    ("price", "rule"), [("50.00", NONE), ("50.01", HoldRule.FIRST_BY_RULE)], ids=["limit", "limit + 1"]
)
def test_the_price_that_the_psa_names_is_weighed_before_anything_is_made(price: str, rule: str) -> None:
    """10 seats at the catalog's price: 500.00 and 500.10 a month. What we send goes before it."""
    world = mapped_by(MappedBy.RULE)
    world.prices = {"501": Decimal(price)}
    line = world.night(april(1), 10)
    assert (held_by(line), line.unit_price) == (rule, Decimal(price))
    ours = mapped_by(MappedBy.RULE, "20.00")
    ours.prices = {"501": Decimal("999.00")}
    assert ours.night(april(1), 10).unit_price == Decimal("20.00")


def test_an_addition_that_bills_says_its_price_and_not_the_catalog() -> None:
    world = mapped_by(MappedBy.PERSON)
    world.night(april(1), 10)
    world.prices = {"501": Decimal("999.00")}
    assert world.night(april(2), 12).unit_price == Decimal("20.00")


def test_where_the_catalog_says_nothing_the_same_product_beside_it_does() -> None:
    world = mapped_by(MappedBy.PERSON)
    world.psas[HOME].put(3, april(1))
    assert world.night(april(1), 5).unit_price == Decimal("20.00")
    assert mapped_by(MappedBy.PERSON).night(april(1), 5).unit_price is None
