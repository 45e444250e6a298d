"""Billing rules 3 and 4: a licence that is billed in one line for each subscription, over months of invoices.

10 annual seats and 4 that were bought in a second annual subscription, 20.00 a seat, April has 30 days; in arrears.
Every night counts what the tenant holds by the very rules of `profiles.quantity`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.changes import HoldRule
from plans.editing import MappingChange
from plans.mapping_changes import LineWish, MappedLicence, Wish, add_changes, make_changes
from profiles.licences import Licence, Snapshot, Subscription, SubscriptionStatus, Term
from profiles.parts import OneSubscription, Part
from profiles.quantity import bill_quantity
from profiles.readings import Known
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, held_by, june, make_world, may
from tests.unit.profiles.test_parts import DAY, SOLD

SKU = "sku"
ONE, TWO, THREE = (OneSubscription(f"{number}a2b3c4d-0000-4000-8000-00000000000{number}") for number in (1, 2, 3))
BOTH = {ONE: 10, TWO: 4}


def read(seats: dict[OneSubscription, int], *, has_partner: bool = True) -> Snapshot:
    """A tenant that bought these seats, read through an account that sees Partner Center, or one that does not."""
    listed = tuple(
        Subscription(
            f"d{number}", SKU, "SPB", SubscriptionStatus.ENABLED, bought, False, None, None, part.subscription_id
        )
        for number, (part, bought) in enumerate(seats.items())
    )
    sold = tuple(
        replace(SOLD, id=part.subscription_id.upper(), sku_id=SKU.upper(), seats=bought)
        for part, bought in seats.items()
    )
    return Snapshot("t", DAY, (Licence(SKU, "SPB", 0, 0, 0, 0, 0),), listed, (), sold if has_partner else None)


def night(world: World, day: date, seats: dict[OneSubscription, int], *, has_partner: bool = True) -> None:
    """A night that counts every line by what the tenant holds."""
    snapshot = read(seats, has_partner=has_partner)
    counted: dict[str, int] = {}
    for mapping in world.mappings.values():
        quantity = bill_quantity(snapshot, mapping)
        assert isinstance(quantity, Known)
        counted[mapping.id] = quantity.value
    world.night(day, **counted)


def cut(world: World, day: date, *parts: Part) -> list[str]:
    """A person bills the licence in lines of these parts, as the page commits it; the new lines' ids."""
    wish = Wish(tuple(LineWish(part, SPB, HOME) for part in parts))
    licence = MappedLicence("contoso", SKU, SPB, tuple(world.mappings.values()), world.journals)
    return keep(world, make_changes(licence, wish, day))


def keep(world: World, changes: Sequence[MappingChange]) -> list[str]:
    """Take the changes in; the ids of what is new."""
    for before, after in changes:
        if before is None:
            world.map(after.id)
        world.mappings[after.id] = after
    return [after.id for before, after in changes if before is None]


def begin(seats: dict[OneSubscription, int]) -> World:
    """One line for all of it, billed since 1 April."""
    world = make_world()
    world.change(sku_id=SKU)
    night(world, april(1), seats)
    return world


def bill(world: World, months: int = 1) -> list[Decimal]:
    """The next invoices."""
    return [world.psas[HOME].invoice() for _ in range(months)]


def list_bases(world: World) -> list[tuple[int, date, date | None]]:
    """Every addition: its units, its first and its last day; the oldest first, and the largest."""
    kept = [each.addition for each in world.psas[HOME].kept]
    found = [(int(each.quantity or 0), each.effective_on or date.min, each.cancelled_on) for each in kept]
    return sorted(found, key=lambda each: (each[1], -each[0]))


def test_a_split_by_subscription_in_the_middle_of_a_period_and_back() -> None:
    """14 seats are one line; on 16 April they become 10 and 4, and on 10 May one line again. April 280.00, May 280.00,
    June 280.00: each day is billed once, whatever the night is read through."""
    world = begin(BOTH)
    one, two = cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    night(world, april(17), BOTH, has_partner=False)
    assert list_bases(world) == [(14, april(1), april(30)), (10, may(1), None), (4, may(1), None)]
    assert bill(world) == [Decimal("280.00")]
    (merged,) = cut(world, may(10), None)
    assert world.mappings[merged].follows == tuple(sorted((one, two)))
    night(world, may(10), BOTH)
    assert list_bases(world)[1:] == [(10, may(1), may(31)), (4, may(1), may(31)), (14, june(1), None)]
    assert bill(world, 2) == [Decimal("280.00"), Decimal("280.00")]


def test_an_increase_of_one_subscription_after_the_split_is_that_lines() -> None:
    """4 → 6 on 20 April, before the halves begin: what was split counts through April, so that the 2 are billed from
    the 20th: 14 × 20.00 + 2 × 20.00 × 11/30 = 294.67. May 320.00, 6 of it on the second line."""
    world = begin(BOTH)
    cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    night(world, april(20), {ONE: 10, TWO: 6})
    assert bill(world, 2) == [Decimal("294.67"), Decimal("320.00")]


def test_from_terms_to_subscriptions_and_back() -> None:
    """Both subscriptions are annual: the line of the term bills 14, and so do the two lines that take over."""
    world = make_world()
    world.change(sku_id=SKU, part=Term.ANNUAL)
    night(world, april(1), BOTH)
    cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    assert bill(world) == [Decimal("280.00")]
    cut(world, may(12), Term.ANNUAL)
    night(world, may(12), BOTH)
    assert bill(world, 2) == [Decimal("280.00"), Decimal("280.00")]


def test_a_subscription_that_is_gone_falls_as_every_line_does() -> None:
    """The second one ends on 10 May: nothing that night, a person is asked in the next one, and the seats of the first
    stay. May 280.00 in full, June 200.00."""
    world = begin(BOTH)
    _, two = cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    assert bill(world) == [Decimal("280.00")]
    night(world, may(10), {ONE: 10})
    night(world, may(11), {ONE: 10})
    assert held_by(world.plan(may(11))[two]) == HoldRule.TO_ZERO
    world.approve(two)
    night(world, may(11), {ONE: 10})
    assert bill(world, 2) == [Decimal("280.00"), Decimal("200.00")]


def test_a_subscription_that_followed_another_one_is_mapped_before_that_one_falls() -> None:
    """On 10 May the second one is over, and 4 seats were bought in a third: nobody mapped it, and the fall waits.
    Mapped on the 12th as a line beside the others, it is billed from its day: 4 × 20.00 × 20/31 = 51.61 on top of
    May's 280.00."""
    world = begin(BOTH)
    _, two = cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    assert bill(world) == [Decimal("280.00")]
    world.rises[two] = "SPB subscription 3a2b3c4d"
    for day in (may(10), may(11)):
        night(world, day, {ONE: 10, THREE: 4})
    assert held_by(world.plan(may(11))[two]) == HoldRule.UNMAPPED_RISE
    world.rises.clear()
    licence = MappedLicence("contoso", SKU, SPB, tuple(world.mappings.values()), world.journals)
    wish = Wish((LineWish(THREE, SPB, HOME),))
    (three,) = keep(world, add_changes(licence, wish, may(12)))
    assert world.mappings[three].follows == ()
    night(world, may(12), {ONE: 10, THREE: 4})
    world.approve(two)
    night(world, may(12), {ONE: 10, THREE: 4})
    assert bill(world, 2) == [Decimal("331.61"), Decimal("280.00")]


def test_the_line_of_a_subscription_that_is_over_is_ended_beside_a_new_one() -> None:
    """The third was bought on 2 June, when the second had billed to 31 May: saving ends the line of what is over, and
    the new one is billed from its own day. June 10 × 20.00 + 4 × 20.00 × 29/30 = 277.33, July 280.00."""
    world = begin(BOTH)
    _, two = cut(world, april(16), ONE, TWO)
    night(world, april(16), BOTH)
    bill(world)
    for day in (may(10), may(11)):
        night(world, day, {ONE: 10})
    world.approve(two)
    night(world, may(11), {ONE: 10})
    assert bill(world) == [Decimal("280.00")]
    (three,) = cut(world, june(2), ONE, THREE)
    assert world.mappings[two].is_ended and world.mappings[three].follows == ()
    for day in (june(2), june(3)):
        night(world, day, {ONE: 10, THREE: 4})
    assert bill(world, 2) == [Decimal("277.33"), Decimal("280.00")]
