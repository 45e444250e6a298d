"""What bills a product beside a new line on the company's other agreements, in values and sentences."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.beside import Beside, OtherAgreement, describe_besides, find_beside, is_new, pick_products, say_beside
from plans.changes import Apply, Held, HoldRule
from plans.journal import LineJournal
from plans.keys import make_key, name_addition, name_line
from plans.plan import hash_line
from plans.timeline import Timeline
from profiles.billing import BillableOption, MappedBy
from profiles.readings import Known, Unknown, UnknownReason
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, held_by, make_world, tell

MARCH_2024 = date(2024, 3, 1)
"""Since when somebody bills by hand."""
FAILED = Unknown(UnknownReason.UNREACHABLE, "The PSA said: ConnectWise answered 503.")


def typed(addition_id: str = "7", seats: int | None = 8, **changes: object) -> Addition:
    """So many seats of the world's product that somebody typed."""
    product_id = next(iter(make_world().profiles.values())).product_id
    units = None if seats is None else Decimal(seats)
    made = Addition(addition_id, product_id, units, MARCH_2024, None, BillableOption.BILLABLE, "")
    return replace(made, **changes)  # type: ignore[arg-type]


def find(*additions: Addition, names: frozenset[str] = frozenset(), bundled: bool = False) -> tuple[Beside, ...]:
    """What of agreement 99 is beside a line of the world's home agreement today."""
    world = make_world()
    other = OtherAgreement("99", () if bundled else additions, additions if bundled else ())
    return find_beside((other,), typed().product_id, world.psas[HOME].agreement, names, april(1))


def test_ten_seats_wait_while_eight_are_billed_on_another_agreement() -> None:
    """10 seats are mapped, 8 of them billed by hand on agreement 99 since March 2024: 360.00 would be asked for 200.00.
    Once a person approves, both are billed, and the line is never asked again."""
    world = make_world()
    world.others = Known((OtherAgreement("99", (typed(),)),))
    line = world.night(april(1), 10)
    assert isinstance(line.decision, Held) and line.decision.rule is HoldRule.UNADOPTED_ADDITION
    assert "addition 7 of agreement 99 bills 8 of the same product since 1 Mar 2024 and is no line" in (
        line.decision.sentence
    )
    world.approve()
    assert tell(world.night(april(2), 10)) == ["10 from 2026-04-01"]
    assert tell(world.night(april(10), 12)) == ["2 from 2026-04-10"]


def test_a_search_that_failed_holds_a_first_addition_and_nothing_else() -> None:
    """No approval helps on 1 April. On the 2nd nothing is found, and the 10 seats are billed from the 1st; on the 10th
    a failing search of another line says nothing about the 2 more."""
    world = make_world()
    world.others = FAILED
    line = world.night(april(1), 10)
    assert isinstance(line.decision, Held) and (line.decision.rule, line.wanted) == (HoldRule.NOT_SEARCHED, ())
    world.others = Known(())
    assert tell(world.night(april(2), 10)) == ["10 from 2026-04-01"]
    world.others = FAILED
    assert tell(world.night(april(10), 12)) == ["2 from 2026-04-10"]


def test_an_approval_ends_where_one_more_is_found_or_its_seats_change() -> None:
    world = make_world()
    seen = (OtherAgreement("99", (typed(),)),)
    world.others = Known(seen)
    world.night(april(1), 10)
    world.approve()
    world.others = Known((OtherAgreement("99", (typed(seats=9),)),))
    assert held_by(world.night(april(2), 10)) == "unadopted_addition"
    world.others = Known((*seen, OtherAgreement("98", (typed("8"),))))
    assert held_by(world.night(april(2), 10)) == "unadopted_addition"
    world.others = Known(seen)
    assert isinstance(world.night(april(2), 10).decision, Apply)


def test_a_line_that_nothing_was_found_beside_has_the_hash_that_it_always_had() -> None:
    world = make_world()
    world.night(april(1), 10)
    plan = world.plans[HOME]
    (line,) = plan.lines
    assert hash_line(plan, line) == hash_line(plan, replace(line, beside=()))
    found = Beside("99", "7", Decimal(8), MARCH_2024)
    assert hash_line(plan, line) != hash_line(plan, replace(line, beside=(found,)))
    later = replace(found, since=date(2025, 1, 1), is_longer=True)
    assert hash_line(plan, replace(line, beside=(found,))) == hash_line(plan, replace(line, beside=(later,)))


def test_what_is_owned_ended_or_of_another_product_is_not_beside() -> None:
    world = make_world()
    connection_id = world.psas[HOME].agreement.connection_id
    assert find(typed(), names=frozenset({name_addition(connection_id, "99", "7")})) == ()
    ours = typed(key=make_key("m", 0))
    assert find(ours, names=frozenset({name_line("m")})) == ()
    assert [each.addition_id for each in find(ours, typed("9", key=make_key("gone", 0)))] == ["7", "9"]
    assert find(typed(cancelled_on=date(2026, 3, 31)), typed(product_id="another")) == ()
    assert [each.addition_id for each in find(typed(cancelled_on=april(1)), typed("8", effective_on=april(9)))] == [
        "7",
        "8",
    ]


def test_the_own_agreement_is_none_of_the_others() -> None:
    own = make_world().psas[HOME].agreement
    assert find_beside((OtherAgreement(own.id, (typed(),)),), typed().product_id, own, frozenset(), april(1)) == ()


def test_what_begins_after_the_own_agreement_is_over_bills_no_day_twice() -> None:
    """The agreement ends on 31 May: a renewal's 8 seats from 1 June are beside nothing, those from its last day are."""
    own = make_world().psas[HOME].agreement
    ending = replace(own, facts=replace(own.facts, ends_on=date(2026, 5, 31)))
    renewal = OtherAgreement("99", (typed(effective_on=date(2026, 6, 1)), typed("8", effective_on=date(2026, 5, 31))))
    product_id = typed().product_id
    assert [each.addition_id for each in find_beside((renewal,), product_id, ending, frozenset(), april(1))] == ["8"]
    assert len(find_beside((renewal,), product_id, own, frozenset(), april(1))) == 2
    untold = OtherAgreement("99", (typed(effective_on=None),))
    assert len(find_beside((untold,), product_id, ending, frozenset(), april(1))) == 1


def test_what_is_over_before_the_own_agreement_begins_bills_no_day_twice() -> None:
    """The own agreement renews 99, which ends on 31 May: 8 seats through that day, or for ever by their rows."""
    own = make_world().psas[HOME].agreement
    renewal = replace(own, facts=replace(own.facts, starts_on=date(2026, 6, 1)))
    for ends_on, found in ((date(2026, 5, 31), 0), (date(2026, 6, 1), 1), (None, 1)):
        other = OtherAgreement("99", (typed(),), ends_on=ends_on)
        assert len(find_beside((other,), typed().product_id, renewal, frozenset(), april(1))) == found
    ended = OtherAgreement("99", (typed(cancelled_on=date(2026, 5, 31)),))
    assert find_beside((ended,), typed().product_id, renewal, frozenset(), april(1)) == ()


@pytest.mark.parametrize(
    ("read_from", "steps", "said"),
    [
        (date(2026, 1, 1), ((date(2026, 1, 1), 8),), " since 1 Jan 2026 or longer"),
        (date(2026, 1, 1), ((date(2026, 2, 1), 8),), " since 1 Feb 2026"),
        (None, ((date(2026, 2, 1), 8),), " since 1 Feb 2026 or longer"),
    ],
)
def test_units_by_day_say_since_when_as_far_as_they_are_read(
    read_from: date | None, steps: tuple[tuple[date, int], ...], said: str
) -> None:
    (found,) = find(typed(effective_on=None, days=Timeline(steps), days_read_from=read_from))
    assert say_beside(found) == f"addition 7 of agreement 99 bills 8 of the same product{said}"


def test_units_by_day_that_are_none_are_not_beside() -> None:
    assert find(typed(effective_on=None, days=Timeline())) == ()


def test_a_bundle_is_told_as_what_it_is() -> None:
    (found,) = find(typed("service bundle 77", None, effective_on=None), bundled=True)
    assert describe_besides([found]) == (
        "service bundle 77 of agreement 99 bills the same product. No bundle is changed or adopted by Seatledger: take "
        "the product out of it, or exclude the licence here, so that nothing is billed twice"
    )


def test_several_are_all_named() -> None:
    assert describe_besides(find(typed(), typed("8", 2))) == (
        "addition 7 of agreement 99 bills 8 of the same product since 1 Mar 2024, and addition 8 of agreement 99 bills "
        "2 of the same product since 1 Mar 2024, which are no lines of Seatledger's. Map the licence on that agreement "
        "instead and adopt them, or end them in the PSA, so that nothing is billed twice"
    )


def test_an_agreement_that_was_read_whole_keeps_what_bills_the_products() -> None:
    agreement = make_world().psas[HOME].agreement
    there = replace(agreement, additions=(typed(), typed("8", product_id="9")), bundled=(typed("service bundle 1"),))
    picked = pick_products(there, {typed().product_id})
    assert ([each.id for each in picked.additions], [each.id for each in picked.bundled]) == (
        ["7"],
        ["service bundle 1"],
    )


def test_a_line_is_new_until_something_is_known_of_it() -> None:
    world: World = make_world()
    assert is_new(LineJournal("m"))
    world.night(april(1), 10)
    assert not any(is_new(each) for each in world.journals.values())


def refused_first_addition() -> World:
    """A rule mapped 30 seats; Ada refused them on 1 April, and nobody looks at other agreements for that any more."""
    world = make_world()
    world.others = Known(())
    world.change(mapped_by=MappedBy.RULE)
    assert held_by(world.night(april(1), 30)) == "first_by_rule"
    world.refuse(april(1))
    world.others = None
    assert held_by(world.night(april(2), 30)) == "refused"
    return world


def test_what_is_approved_after_all_waits_while_the_search_fails() -> None:
    """The 30 seats are approved on 2 April. On the 3rd the search fails: 30 more may be billed elsewhere."""
    world = refused_first_addition()
    world.approve()
    world.others = FAILED
    line = world.night(april(3), 30)
    assert (held_by(line), line.wanted) == ("not_searched", ())
    world.others = Known(())
    assert tell(world.night(april(4), 30)) == ["30 from 2026-04-01"]


def test_who_approves_after_all_is_told_of_what_bills_it_elsewhere_first() -> None:
    """8 seats are found then: nobody has told that to whoever approved, and approves it now, or refuses again."""
    world = refused_first_addition()
    world.approve()
    world.others = Known((OtherAgreement("99", (typed(),)),))
    line = world.night(april(3), 30)
    assert isinstance(line.decision, Held) and "addition 7 of agreement 99 bills 8" in line.decision.sentence
    assert held_by(line) == "unadopted_addition"
    again = deepcopy(world)
    world.approve()
    assert tell(world.night(april(4), 30)) == ["30 from 2026-04-01"]
    again.refuse(april(3))
    again.approved.clear()
    assert held_by(again.night(april(4), 30)) == "refused"


def test_what_was_refused_does_not_rest_on_what_another_line_has_looked_for() -> None:
    """The same 30 have one hash, whether somebody asked for other agreements that night or not."""
    world = refused_first_addition()
    quiet = hash_line(*world.find_planned(SPB))
    for found in (Known((OtherAgreement("99", (typed(),)),)), FAILED):
        world.others = found
        assert held_by(world.night(april(3), 30)) == "refused"
        assert hash_line(*world.find_planned(SPB)) == quiet
