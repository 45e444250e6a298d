"""Changed rules count from the night that first knew them; what was settled by the rules of its time stays (rules 3).

A seat costs 20.00 a month; each test says in its docstring what would have been billed once more, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from plans.changes import Held, HoldRule
from plans.counts import Count, Terms, list_terms, record_count
from plans.journal import LineJournal
from plans.ledger import sum_additions
from plans.owed import OwedPolicy, owe, owe_over_time
from plans.plan import LinePlan
from plans.terms import list_policies
from plans.terms import make_terms as keep_terms
from plans.timeline import Timeline, make_timeline
from profiles.periods import ONE_DAY, Grid
from tests.unit.plans.agreements import HOME
from tests.unit.plans.nights import SPB, World, april, june, may

MONTHLY = Grid(2026, 1, 1, 1).as_one()
MID_MONTH = Grid(2026, 1, 15, 1).as_one()
QUARTERLY = Grid(2026, 1, 1, 3)
JULY_5 = date(2026, 7, 5)


def list_days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def count(day: date, quantity: int) -> Count:
    return Count(day, quantity, day, None, quantity)


def play(world: World, levels: dict[date, int], first: date, last: date) -> LinePlan:
    """A night on every day, and an invoice in the morning of the first of a month. The last night's plan."""
    for today in list_days(first, last):
        seats = next(levels[day] for day in sorted(levels, reverse=True) if day <= today)
        plan = world.night(today, seats)
        if today.day == 1:
            world.psas[HOME].invoice()
    return plan


def billed(world: World) -> Timeline:
    return sum_additions(kept.addition for kept in world.psas[HOME].kept)


@pytest.mark.parametrize(
    ("first", "then", "levels", "expected"),
    [
        pytest.param(
            OwedPolicy(MONTHLY, prorates=False),
            OwedPolicy(MONTHLY),
            {april(1): 10, april(16): 12},
            [(april(1), 10), (may(1), 12)],
            id="proration on: the half month that was free stays free",
        ),
        pytest.param(
            OwedPolicy(MONTHLY),
            OwedPolicy(MONTHLY, prorates=False),
            {april(1): 10, april(16): 12},
            [(april(1), 10), (april(16), 12)],
            id="proration off: what was billed from its day stays billed",
        ),
        pytest.param(
            OwedPolicy(MONTHLY, gives_credits=True),
            OwedPolicy(MONTHLY),
            {april(1): 10, april(10): 8},
            [(april(1), 10), (april(10), 8)],
            id="credits off: what was given back stays given back",
        ),
        pytest.param(
            OwedPolicy(MONTHLY),
            OwedPolicy(MONTHLY, gives_credits=True),
            {april(1): 10, april(10): 8},
            [(april(1), 10), (may(1), 8)],
            id="credits on: nothing is given back for days before",
        ),
        pytest.param(
            OwedPolicy(MONTHLY),
            OwedPolicy(MID_MONTH),
            {april(1): 10, april(20): 8},
            [(april(1), 10), (may(1), 8)],
            id="another billing day: no second half of a period that was never one",
        ),
        pytest.param(
            OwedPolicy(MONTHLY),
            OwedPolicy(QUARTERLY),
            {april(1): 10, april(10): 8},
            [(april(1), 10), (may(1), 8)],
            id="another cycle: no quarter that began before it",
        ),
    ],
)
def test_what_was_settled_is_not_judged_again(
    first: OwedPolicy, then: OwedPolicy, levels: dict[date, int], expected: list[tuple[date, int]]
) -> None:
    """2 seats for half of April are 20.00; judged anew they would be billed, or given back, once more."""
    counts = [count(day, seats) for day, seats in levels.items()]
    assert owe(counts, then) != make_timeline(expected) or first == then
    assert owe_over_time(counts, [(april(1), first), (JULY_5, then)]) == make_timeline(expected)


def test_what_the_running_period_owes_it_owes_to_its_end() -> None:
    """12 until 10 April, 10 since: the switch on 20 April leaves 12 owed to the end of April, whichever way it goes."""
    counts = [count(april(1), 12), count(april(10), 10)]
    for first, then in ((True, False), (False, True)):
        policies = [(april(1), OwedPolicy(MONTHLY, prorates=first)), (april(20), OwedPolicy(MONTHLY, prorates=then))]
        assert owe_over_time(counts, policies) == make_timeline([(april(1), 12), (may(1), 10)])


def test_a_rise_after_proration_went_waits_and_after_it_came_counts_from_its_day() -> None:
    counts = [count(april(1), 10), count(april(22), 13)]
    prorated, whole = OwedPolicy(MONTHLY), OwedPolicy(MONTHLY, prorates=False)
    gone = owe_over_time(counts, [(april(1), prorated), (april(20), whole)])
    assert gone == make_timeline([(april(1), 10), (may(1), 13)])
    came = owe_over_time(counts, [(april(1), whole), (april(20), prorated)])
    assert came == make_timeline([(april(1), 10), (april(22), 13)])


def test_credits_that_begin_count_a_decrease_from_then_on() -> None:
    counts = [count(april(1), 12), count(april(10), 10), count(april(25), 9)]
    policies = [(april(1), OwedPolicy(MONTHLY)), (april(20), OwedPolicy(MONTHLY, gives_credits=True))]
    assert owe_over_time(counts, policies) == make_timeline([(april(1), 12), (april(20), 10), (april(25), 9)])


def test_three_policies_each_have_their_days() -> None:
    counts = [count(april(1), 10), count(april(16), 12), count(may(16), 14), count(june(16), 16)]
    whole, prorated = OwedPolicy(MONTHLY, prorates=False), OwedPolicy(MONTHLY)
    policies = [(april(1), whole), (may(10), prorated), (june(10), whole)]
    expected = [(april(1), 10), (may(1), 12), (may(16), 14), (date(2026, 7, 1), 16)]
    assert owe_over_time(counts, policies) == make_timeline(expected)


def test_one_policy_is_the_definition_itself() -> None:
    counts = [count(april(1), 10), count(april(10), 8), count(april(20), 11)]
    policy = OwedPolicy(MONTHLY)
    assert owe_over_time(counts, [(april(5), policy)]) == owe(counts, policy)


def test_periods_that_were_not_known_settled_nothing_that_proration_would_have_to_leave() -> None:
    """12 fell to 10 on 10 April, in whole periods that nobody knew: from the night that knows them, 10 are owed."""
    counts = [count(april(1), 12), count(april(10), 10)]
    unknown, prorated = OwedPolicy(None, prorates=False), OwedPolicy(MONTHLY)
    assert owe_over_time(counts, [(april(1), unknown), (april(20), prorated)]) == make_timeline([(april(20), 10)])


# Nights


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param({"prorates": False}, {"prorates": True}, id="mapping prorates"),
        pytest.param({"prorates": True}, {"prorates": False}, id="mapping prorates no more"),
        pytest.param({"gives_credits": True}, {"gives_credits": False}, id="credits end"),
        pytest.param({"gives_credits": False}, {"gives_credits": True}, id="credits begin"),
    ],
)
@pytest.mark.parametrize("levels", [{april(1): 10, april(16): 12}, {april(1): 12, april(10): 10}], ids=["rise", "fall"])
def test_a_switched_option_writes_nothing_for_the_past(
    before: dict[str, Any], after: dict[str, Any], levels: dict[date, int]
) -> None:
    """Judged anew, 2 seats for half of April (20.00) would be billed or given back in July."""
    world = World()
    world.map()
    world.change(**before)
    proposed = play(world, levels, april(1), JULY_5 - ONE_DAY).proposals
    standing, writes = billed(world), world.writes
    world.change(**after)
    plan = play(world, levels, JULY_5, date(2026, 7, 9))
    assert (billed(world), world.writes, plan.proposals) == (standing, writes, proposed)


def test_a_start_that_is_taken_away_bills_nothing_before() -> None:
    """10 seats from 1 June; without the override 10 for April and May (400.00) would be billed."""
    world = World()
    world.map()
    world.change(starts_on=june(1))
    play(world, {april(1): 10}, april(1), date(2026, 7, 9))
    assert billed(world) == make_timeline([(june(1), 10)])
    world.change(starts_on=None)
    play(world, {april(1): 10}, date(2026, 7, 10), date(2026, 7, 12))
    assert billed(world) == make_timeline([(june(1), 10)])


def test_a_start_that_is_taken_away_before_it_came_counts_from_that_day() -> None:
    world = World()
    world.map()
    world.change(starts_on=june(1))
    play(world, {april(1): 10}, april(1), april(9))
    world.change(starts_on=None)
    play(world, {april(1): 10}, april(10), april(12))
    assert billed(world).on(april(10)) == 10 and billed(world).on(april(9)) == 0


def test_a_start_moved_back_into_invoiced_days_is_held() -> None:
    """From 1 June to 15 April on 10 July: 10 seats for a month and a half (300.00) are a person's to bill."""
    world = World()
    world.map()
    world.change(starts_on=june(1))
    play(world, {april(1): 10}, april(1), date(2026, 7, 9))
    world.change(starts_on=april(15))
    plan = play(world, {april(1): 10}, date(2026, 7, 10), date(2026, 7, 12))
    assert isinstance(plan.decision, Held) and plan.decision.rule is HoldRule.START_ALREADY_INVOICED
    assert billed(world) == make_timeline([(june(1), 10)])


# What nights keep


def make_terms(**changes: object) -> Terms:
    return replace(Terms(HOME, MONTHLY, True, False), **changes)  # type: ignore[arg-type]


def test_new_terms_are_a_count_of_their_own_and_unknown_ones_are_the_last_known() -> None:
    first = Count(april(1), 10, april(1), None, 10, make_terms())
    unknown = Count(april(2), 10, april(2), None, 10, None)
    changed = Count(april(3), 10, april(3), None, 10, make_terms(prorates=False))
    counts: tuple[Count, ...] = ()
    for read in (first, unknown, changed):
        counts = record_count(counts, read)
    assert list_terms(counts) == ((april(1), make_terms()), (april(3), make_terms(prorates=False)))
    assert [each.day for each in counts] == [april(1), april(3)]


def test_terms_that_are_learned_later_join_the_count_without_any() -> None:
    counts = record_count((count(april(1), 10),), Count(april(2), 10, april(2), None, 10, make_terms()))
    assert list_terms(counts) == ((april(1), make_terms()),) and len(counts) == 1


def test_a_line_owes_by_the_terms_of_the_agreement_where_it_was() -> None:
    world = World()
    world.map()
    counts = (
        Count(april(1), 10, april(4), None, 10, make_terms(prorates=False)),
        Count(april(5), 10, april(9), None, 10, make_terms(agreement_id="13", grid=MID_MONTH)),
        Count(april(10), 10, april(10), None, 10, make_terms()),
    )
    world.journals[SPB] = LineJournal(SPB, counts=counts)
    line, around = world.make_input(SPB), world.surround(april(10))
    home = list_policies(line, HOME, around)
    assert [day for day, _ in home] == [april(1), april(10)] and [policy.prorates for _, policy in home] == [
        False,
        True,
    ]
    assert list_policies(line, "13", around) == ((april(5), OwedPolicy(MID_MONTH)),)


def test_terms_of_tonight_begin_tonight() -> None:
    world = World()
    world.map()
    counts = (Count(april(1), 10, april(9), None, 10, make_terms(prorates=False)),)
    world.journals[SPB] = LineJournal(SPB, counts=counts)
    policies = list_policies(world.make_input(SPB), HOME, world.surround(april(10)))
    assert [(day, policy.prorates) for day, policy in policies] == [(april(1), False), (april(10), True)]


def test_an_agreement_whose_periods_nobody_knows_has_no_terms_to_keep() -> None:
    world = World()
    world.map()
    facts = world.surround(april(10)).agreements[HOME].facts
    mapping = world.make_input(SPB).mapping
    assert keep_terms(mapping, facts) == make_terms()
    assert keep_terms(mapping, replace(facts, grid=None)) is None


# An invoice that is made again


def test_what_was_invoiced_at_least_is_remembered_through_nights_that_do_not_know() -> None:
    counts = record_count((), Count(april(1), 10, april(1), date(2026, 3, 31), 10))
    counts = record_count(counts, Count(april(2), 10, april(2), april(30), 10))
    counts = record_count(counts, Count(april(3), 10, april(3), None, 10))
    assert counts[-1].invoiced_at_least == april(30)
    counts = record_count(counts, Count(april(4), 15, april(4), None, 15))
    assert counts[-1].invoiced_through == april(30)
