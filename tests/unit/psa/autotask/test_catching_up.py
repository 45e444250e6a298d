"""Days before those that are billed already are caught up without too much, on the way and in the end.

Contract 7 runs from 1 January 2026 by months; it is posted through 31 December, and credits are on.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from plans.changes import AdjustUnits, HoldRule
from plans.counts import Count
from plans.ledger import effect_of
from plans.owed import OwedPolicy, owe
from plans.timeline import Timeline, combine, make_timeline
from plans.translation import LineTask
from psa.autotask.corrections import find_corrections
from psa.autotask.site import Cut, find_site
from psa.autotask.translate import translate_line
from tests.unit.psa.autotask.tasks import GRID, make_line_task

NOVEMBER = date(2026, 11, 1)


def november(day: int) -> date:
    return NOVEMBER + timedelta(days=day - 1)


def make_task(
    counted: dict[int, int], billed: dict[int, int], today: int, adjusted: frozenset[int] = frozenset()
) -> LineTask:
    """Seats and units by the days of November; credits are on."""
    counts = [Count(november(day), seats, november(day), None, seats) for day, seats in sorted(counted.items())]
    owed = owe(counts, OwedPolicy(GRID, gives_credits=True))
    units = make_timeline(sorted((november(day), each) for day, each in billed.items()))
    return make_line_task(november(today), date(2026, 12, 31), owed, units, frozenset(map(november, adjusted)))


def find_adjustments(task: LineTask) -> list[tuple[int, int, int]]:
    """What is written tonight: (day of November, units before, units after)."""
    answer = translate_line(task)
    assert answer.hold is None, answer.hold_sentence
    found = [change for change in answer.changes if isinstance(change, AdjustUnits)]
    return [((each.effective_on - NOVEMBER).days + 1, each.units_before, each.units_after) for each in found]


def find_cuts(task: LineTask) -> tuple[Cut, ...]:
    """What is not written."""
    return find_corrections(task, find_site(task, GRID, 3), next(iter(task.own), None))[1]


def test_days_before_the_first_billed_one_are_left_to_a_person_where_they_could_not_end_before_they_began() -> None:
    """12 from the 24th and 11 from the 25th were refused; 10 from the 27th are billed. Approved on the 30th, with 11:
    +12 from the 24th would be 22 from the 27th on until the -12 that takes them back, and the service has no units on
    the 25th, so that the fall cannot go first. Only the 11th seat of the 30th is written."""
    task = make_task({24: 12, 25: 11, 27: 10, 30: 11}, {27: 10}, 30)
    assert find_adjustments(task) == [(30, 10, 11)]
    assert find_cuts(task) == (
        Cut(november(24), 12, november(24), november(27)),
        Cut(november(25), 11, november(26), november(27)),
    )
    assert [each.sentence[:53] for each in translate_line(task).scheduled] == [
        "12 more Office 365 E3 for 24 Nov 2026 are not billed:",
        "11 more Office 365 E3 for 25 Nov 2026 through 26 Nov ",
    ]


def test_days_before_the_first_billed_one_are_caught_up_by_what_the_later_ones_lack_as_well() -> None:
    """10 from the 24th on, and 4 are billed from the 27th: 6 are written, and the other 4 would have to end there."""
    task = make_task({24: 10}, {27: 4}, 27)
    assert find_adjustments(task) == [(24, 0, 6)]
    assert find_cuts(task) == (Cut(november(24), 4, november(26), november(27)),)


def test_a_rise_falls_all_the_way_on_the_last_day_before_one_that_had_its_adjustment() -> None:
    """10 are billed; 15 were owed from the 10th, 12 from the 12th and 10 from the 20th, which was adjusted. 3 of the 5
    end on the 12th as they should; the other 2 could not end on the 20th, and end on the 12th with them."""
    task = make_task({1: 10, 10: 15, 12: 12, 20: 10}, {1: 10}, 21, frozenset({20}))
    assert find_adjustments(task) == [(12, 10, 5), (10, 10, 15)]
    assert find_cuts(task) == (Cut(november(12), 2, november(19), november(20)),)


def test_a_day_that_was_adjusted_ends_a_rise_though_nothing_else_is_owed_on_it() -> None:
    """12 from the 10th on; the units rose to 12 on the 14th. The 2 of the 10th would have to end on the 14th."""
    task = make_task({1: 10, 10: 12}, {1: 10, 14: 12}, 15)
    assert find_adjustments(task) == []
    assert find_cuts(task) == (Cut(november(10), 2, november(13), november(14)),)


def test_days_before_one_that_was_adjusted_are_left_out_where_a_death_could_not_be_mended() -> None:
    """12 are billed from the 12th. 12 from 20 October come to light, after October was posted: +12 from then would be
    24 from the 12th on until the -12 of 1 November, and no day could give them back if that one never came. 15 of the
    21st make 24 no more than were ever owed: the day decides, not the most."""
    task = make_task({-11: 12, 21: 15}, {12: 12}, 21)
    task = replace(task, facts=replace(task.facts, invoiced_through=date(2026, 10, 31)))
    assert find_adjustments(task) == [(21, 12, 15)]
    assert find_cuts(task)[0] == Cut(date(2026, 10, 20), 12, date(2026, 10, 31), november(12))


def test_a_fall_leaves_no_later_day_with_fewer_than_no_units() -> None:
    """7 are billed from the 1st and none from the 7th; that nobody had a seat from the 3rd on comes to light on the
    11th, when 2 are there. -7 from the 3rd would leave -7 on the 7th: what was too much is a credit for a person, and
    the 2 seats are billed. Where the 7th has 3 units, as many are given back."""
    task = make_task({1: 7, 3: 0, 11: 2}, {1: 7, 7: 0}, 11)
    assert find_adjustments(task) == [(11, 0, 2)]
    some = make_task({1: 7, 3: 4, 7: 3}, {1: 7, 7: 3}, 8)
    assert find_adjustments(some) == [(3, 7, 4), (8, 0, 3)]


def test_a_fall_that_a_person_dated_ahead_is_asked_about() -> None:
    """Somebody dated -8 on the 20th, which is still to come."""
    answer = translate_line(make_task({1: 10, 10: 7}, {1: 10, 20: 2}, 10))
    assert answer.hold is HoldRule.NOT_EXPRESSIBLE and "somebody dated a change on a later day" in answer.hold_sentence


DAYS = st.integers(1, 28)
STEPS = st.dictionaries(DAYS, st.integers(0, 12), min_size=1, max_size=6)


@settings(deadline=None, max_examples=400)
@given(counted=STEPS, billed=STEPS, adjusted=st.frozensets(DAYS, max_size=3))
def test_no_day_has_too_much_after_any_write_and_what_is_lacking_is_told(
    counted: dict[int, int], billed: dict[int, int], adjusted: frozenset[int]
) -> None:
    """Whatever was counted and billed, and whichever days were adjusted."""
    task = make_task(counted, billed, 29, adjusted)
    answer = translate_line(task)
    assert answer.hold is None, answer.hold_sentence
    most, after = max((seats for _, seats in task.owed.steps), default=0), task.billed
    for change in answer.changes:
        after = combine(after, effect_of(change)[1], operator.add)
        assert all(0 <= units <= max(most, task.billed.on(day)) for day, units in after.steps)
        assert all(after.on(day) <= max(task.owed.on(day), task.billed.on(day)) for day in task.billed.days)
    check_told(task, after)


def check_told(task: LineTask, after: Timeline) -> None:
    """Every day that lacks units and can be adjusted is one of a cut, and none has more than is owed or was billed."""
    taken, cuts = task.adjusted_on | set(task.billed.days), find_cuts(task)
    for day in map(november, range(1, 30)):
        assert after.on(day) <= max(task.owed.on(day), task.billed.on(day)), day
        is_told = any(cut.day <= day <= cut.last for cut in cuts)
        if day not in taken:
            assert after.on(day) >= task.owed.on(day) or is_told, (day, cuts)
