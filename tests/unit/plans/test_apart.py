"""Additions of one agreement that are invoiced apart, as a line sees them; parts that were invoiced by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from plans.agreements import AgreementFacts
from plans.apart import list_posted_parts, see_agreement, see_from
from plans.changes import Parked
from plans.counts import Count
from plans.journal import LineJournal
from plans.keys import make_key
from plans.lines import find_trouble
from plans.owed import OwedPolicy, is_taken_back, owe, start_counts
from plans.timeline import Timeline
from tests.unit.plans.makers import (
    ACTIVE,
    AGREEMENT,
    MAPPING,
    MONTHLY,
    OTHER_MAPPINGS,
    make_addition,
    make_agreement,
    make_line,
    make_surroundings,
)

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 31), date(2026, 11, 30), date(2026, 12, 31)
OURS, EMPTY = make_addition("9001", 10, make_key(MAPPING, 0)), make_addition("9002", 0, make_key(MAPPING, 1))
THEIRS = make_addition("9003", 4, make_key(OTHER_MAPPINGS[0], 0))
APART = replace(
    ACTIVE,
    invoiced_through=DECEMBER,
    posted_apart=(("", NOVEMBER), ("9001", OCTOBER), ("9002", DECEMBER), ("9003", DECEMBER)),
)
JOURNAL = LineJournal(MAPPING)


@pytest.mark.parametrize(
    ("additions", "through"),
    [((OURS, THEIRS), OCTOBER), ((OURS, EMPTY), OCTOBER), ((EMPTY,), DECEMBER), ((THEIRS,), NOVEMBER)],
)
def test_a_line_is_invoiced_as_its_own_additions_are(additions: tuple[object, ...], through: date) -> None:
    """Those that bill in the end before those that do not; one that is not there yet where there is none."""
    agreement = make_agreement(additions, APART)  # type: ignore[arg-type]
    assert see_agreement(agreement, JOURNAL).facts == replace(APART, invoiced_through=through)


def test_what_one_line_sees_another_one_sees_otherwise() -> None:
    agreement = make_agreement((OURS, THEIRS), APART)
    around = see_from(make_surroundings(agreements=[agreement]), JOURNAL)
    assert around.agreements[AGREEMENT].facts.invoiced_through == OCTOBER
    other = see_from(around, LineJournal(OTHER_MAPPINGS[0]))
    assert other.agreements[AGREEMENT].facts.invoiced_through == DECEMBER


def test_an_agreement_that_is_invoiced_whole_is_the_same_for_all() -> None:
    agreement = make_agreement((OURS, THEIRS))
    around = make_surroundings(agreements=[agreement])
    assert see_from(around, JOURNAL) is around
    assert see_agreement(agreement, JOURNAL) is agreement
    assert agreement.facts.find_invoiced("9001") == agreement.facts.invoiced_through


def test_an_addition_that_nobody_names_is_invoiced_as_its_agreement() -> None:
    facts: AgreementFacts = replace(APART, posted_apart=(("9003", DECEMBER),))
    assert see_agreement(make_agreement((OURS,), facts), JOURNAL).facts.invoiced_through == DECEMBER


def test_the_parts_of_a_line_are_those_of_its_own_additions() -> None:
    day, later = date(2026, 11, 10), date(2026, 11, 12)
    agreement = make_agreement((OURS, EMPTY, THEIRS), ACTIVE)
    assert list_posted_parts(agreement, JOURNAL, later) is None
    assert list_posted_parts(replace(agreement, posted_parts=()), JOURNAL, later) == ()
    posted = replace(agreement, posted_parts=(("9002", later), ("9001", day), ("9003", NOVEMBER)))
    assert list_posted_parts(posted, JOURNAL, later) == (day, later)
    assert list_posted_parts(posted, JOURNAL, day) == (day,), "what is invoiced ahead is no matter of the week"
    renewal = make_agreement((), replace(ACTIVE), "1300")
    assert list_posted_parts(renewal, JOURNAL, later, [posted]) is None
    silent = replace(renewal, posted_parts=())
    assert list_posted_parts(silent, JOURNAL, later, [posted, renewal]) == (day, later), "it may have come from there"


def count(day: int, quantity: int, parts: tuple[int, ...] | None = (), through: date | None = NOVEMBER) -> Count:
    days = None if parts is None else tuple(date(2026, 11, each) for each in parts)
    return Count(date(2026, 11, day), quantity, date(2026, 11, day), through, quantity, posted_parts=days)


@pytest.mark.parametrize(
    ("before", "after", "is_back"),
    [
        ((), (), True),
        ((), (9,), True),
        ((), (10,), False),
        ((), (11,), False),
        ((), (12,), True),
        ((10,), (10,), True),
        ((10,), (10, 11), False),
        (None, (10,), True),
        ((), None, True),
    ],
)
def test_an_increase_is_taken_back_unless_its_part_was_invoiced_since(
    before: tuple[int, ...] | None, after: tuple[int, ...] | None, is_back: bool
) -> None:
    """5 more on the 10th, gone on the 13th; November was invoiced before. Without parts nothing says that they were."""
    assert is_taken_back(count(10, 15, before), count(13, 10, after)) is is_back


@pytest.mark.parametrize(("part", "is_back"), [(10, False), (11, False), (12, False), (13, False), (9, True)])
def test_an_increase_that_was_invoiced_where_the_line_came_from_is_not_taken_back(part: int, is_back: bool) -> None:
    """5 more on the 10th, counted from the 12th on, when the line came to another agreement; gone on the 14th."""
    came = replace(count(12, 15), came_on=date(2026, 11, 10))
    assert is_taken_back(came, count(14, 10, (part,))) is is_back


def test_an_increase_that_was_invoiced_is_owed_to_the_end_of_its_period() -> None:
    counts = (count(1, 10), count(10, 15), count(13, 10, (10,)))
    days = [date(2026, 11, 1), date(2026, 11, 10)]
    assert owe(counts, OwedPolicy(MONTHLY)) == Timeline(((days[0], 10), (days[1], 15), (date(2026, 12, 1), 10)))


def test_a_start_that_is_moved_keeps_what_was_invoiced_when_the_seats_came() -> None:
    moved = start_counts((count(1, 5, (1,), OCTOBER), count(3, 9, (3,)), count(5, 5, (3, 5))), date(2026, 11, 8))
    assert [(each.quantity, each.posted_parts, each.invoiced_through) for each in moved] == [
        (5, (date(2026, 11, 1),), OCTOBER)
    ]


def test_an_addition_of_which_nobody_can_tell_what_it_bills_parks_its_line_alone() -> None:
    doubt = "Several rows of units begin on one day."
    doubtful = replace(OURS, quantity=None, doubt=doubt)
    line = make_line(10, JOURNAL)
    around = make_surroundings([line], agreements=[make_agreement((doubtful,))])
    assert find_trouble(line, AGREEMENT, around) == Parked(doubt)
    beside = make_surroundings([line], agreements=[make_agreement((replace(THEIRS, doubt=doubt),))])
    assert find_trouble(line, AGREEMENT, beside) is None


@pytest.mark.parametrize(
    ("told_from", "starts_on", "through"),
    [
        ((None, None), None, OCTOBER),
        ((date(2026, 10, 31), None), None, OCTOBER),
        ((date(2026, 11, 1), None), None, DECEMBER),
        ((date(2026, 11, 1), None), date(2026, 11, 1), OCTOBER),
        ((date(2026, 11, 1), date(2027, 1, 1)), None, DECEMBER),
    ],
)
def test_the_next_invoice_is_that_of_the_addition_that_is_the_least_far(
    told_from: tuple[date | None, date | None], starts_on: date | None, through: date
) -> None:
    """One of which nothing that was read is invoiced is not waited for, unless the agreement began that late."""
    ours, theirs = (replace(each, days_read_from=day) for each, day in zip((OURS, THEIRS), told_from, strict=True))
    agreement = make_agreement((ours, theirs), replace(APART, starts_on=starts_on))
    assert agreement.next_through == through
    assert make_agreement((ours, theirs), ACTIVE).next_through == ACTIVE.invoiced_through


def test_what_was_put_there_since_is_invoiced_as_what_was_not_there_yet() -> None:
    agreement = make_agreement((OURS, THEIRS), APART)
    assert [agreement.find_invoiced(each) for each in ("9001", "9003", "9009")] == [OCTOBER, DECEMBER, NOVEMBER]
    assert make_agreement((OURS,), ACTIVE).find_invoiced("9009") == ACTIVE.invoiced_through
