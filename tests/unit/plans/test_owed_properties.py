"""Counts, owed, timelines and the ledger: what holds whatever is read and written (R14; billing rules, 1 and 3)."""

from __future__ import annotations

import operator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.counts import Count, confirm_counts, record_count
from plans.ledger import LedgerEntry, Proof, cover, cover_addition, derive_billed, make_entry, sum_additions
from plans.owed import OwedPolicy, cap_counts, owe, start_counts
from plans.timeline import Timeline, combine, make_timeline, replace_from, subtract
from profiles.periods import ONE_DAY, Grid
from tests.unit.plans.agreements import MONTHLY
from tests.unit.plans.makers import make_addition, make_change

START = date(2026, 1, 20)
SPAN = 140
DAYS = [START + timedelta(days=number) for number in range(SPAN)]
STEPS = st.lists(st.tuples(st.sampled_from(DAYS), st.integers(-9, 9)), max_size=8)
TIMELINES = STEPS.map(make_timeline)
LEVELS = TIMELINES.map(lambda each: make_timeline((day, max(level, 0)) for day, level in each.steps))
READINGS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=1, max_size=12)
GRIDS = st.builds(Grid, st.just(2026), st.just(1), st.sampled_from([1, 15, 31]), st.sampled_from([1, 3]))


def make_reading(day: date, quantity: int, through: date | None = None) -> Count:
    return Count(day, quantity, day, through, quantity)


def read_all(readings: list[tuple[int, int]], through: date | None = None) -> tuple[Count, ...]:
    """Readings of so many seats, each so many days after the one before."""
    counts: tuple[Count, ...] = ()
    day = START
    for days, quantity in readings:
        day += timedelta(days=days)
        counts = record_count(counts, make_reading(day, quantity, through))
    return counts


def quantity_on(counts: tuple[Count, ...], day: date) -> int:
    return make_timeline((count.day, count.quantity) for count in counts).on(day)


# Counts


@given(READINGS)
def test_recording_a_reading_again_changes_nothing(readings: list[tuple[int, int]]) -> None:
    counts = read_all(readings)
    newest = counts[-1]
    again = make_reading(newest.known_through, newest.quantity)
    assert record_count(counts, again) == counts


@given(READINGS, st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_the_last_reading_of_a_day_counts(readings: list[tuple[int, int]], more: list[int]) -> None:
    """The same as if only the last one had been made."""
    counts = read_all(readings)
    today = counts[-1].known_through + ONE_DAY
    several = counts
    for quantity in more:
        several = record_count(several, make_reading(today, quantity))
    one = record_count(counts, make_reading(today, more[-1]))
    assert [quantity_on(several, day) for day in (*DAYS, today)] == [quantity_on(one, day) for day in (*DAYS, today)]
    assert several[-1].known_through == today
    days = [count.day for count in several]
    assert days == sorted(set(days))


@given(READINGS)
def test_a_late_reading_of_an_earlier_day_changes_nothing(readings: list[tuple[int, int]]) -> None:
    counts = read_all(readings)
    assert record_count(counts, make_reading(counts[-1].known_through - ONE_DAY, 99)) == counts


@given(READINGS)
def test_counts_stand_for_what_was_read(readings: list[tuple[int, int]]) -> None:
    counts = read_all(readings)
    day, read = START, {}
    for days, quantity in readings:
        day += timedelta(days=days)
        read[day] = quantity
    assert all(quantity_on(counts, day) == quantity for day, quantity in read.items())


@given(READINGS, st.integers(0, 9))
def test_a_dip_of_one_night_never_lowers(readings: list[tuple[int, int]], dip: int) -> None:
    """Down from what two nights saw, and back: as if the night of the dip had read nothing lower."""
    counts = read_all(readings)
    level = counts[-1].quantity
    counts = record_count(counts, make_reading(counts[-1].known_through + ONE_DAY, level))
    newest = counts[-1]
    counts = record_count(counts, make_reading(newest.known_through + ONE_DAY, min(dip, level)))
    counts = record_count(counts, make_reading(newest.known_through + 2 * ONE_DAY, level))
    confirmed = confirm_counts(counts)
    assert all(quantity_on(confirmed, newest.known_through + each * ONE_DAY) >= level for each in range(3))


@given(READINGS)
def test_what_is_confirmed_is_never_below_what_was_read_but_for_a_second_night(
    readings: list[tuple[int, int]],
) -> None:
    counts = read_all(readings)
    confirmed = confirm_counts(counts)
    assert all(quantity_on(confirmed, day) >= quantity_on(counts, day) for day in DAYS)
    again = record_count(counts, make_reading(counts[-1].known_through + ONE_DAY, counts[-1].quantity))
    assert confirm_counts(again)[-1].quantity == counts[-1].quantity


def test_nothing_was_ever_read() -> None:
    assert confirm_counts(()) == ()


@pytest.mark.parametrize(
    ("quantities", "levels"),
    [
        pytest.param((10, 8), [10, 10], id="one night"),
        pytest.param((10, 8, 8), [10, 8, 8], id="two nights"),
        pytest.param((10, 8, 9), [10, 9, 9], id="the second night saw less of it"),
        pytest.param((10, 9, 8), [10, 9, 9], id="the second night saw more of it"),
        pytest.param((10, 8, 12), [10, 10, 12], id="a dip before a rise"),
    ],
)
def test_a_decrease_counts_as_far_as_the_second_night_saw_it(quantities: tuple[int, ...], levels: list[int]) -> None:
    """From the first night that saw it, one level a night."""
    confirmed = confirm_counts(read_all([(1, quantity) for quantity in quantities]))
    nights = [START + timedelta(days=1 + number) for number in range(len(quantities))]
    assert [quantity_on(confirmed, night) for night in nights] == levels


def test_the_second_reading_of_a_day_takes_the_place_of_the_first() -> None:
    """Of a day on which the quantity began, and of one on which it had stood for days: that ends the day before."""
    first = make_reading(START, 10)
    again = Count(START, 11, START, None, 14)
    assert record_count((first,), again) == (again,)
    standing = replace(first, known_through=START + 3 * ONE_DAY)
    later = replace(again, day=START + 3 * ONE_DAY, known_through=START + 3 * ONE_DAY)
    assert record_count((standing,), later) == (replace(standing, known_through=START + 2 * ONE_DAY), later)


def test_days_that_nobody_read_are_not_known() -> None:
    first, later = make_reading(START, 10), make_reading(START + 5 * ONE_DAY, 8)
    assert record_count((first,), later) == (first, later)


# Owed


@settings(deadline=None)
@given(READINGS, GRIDS)
def test_owed_is_between_the_days_quantity_and_the_highest_ever(readings: list[tuple[int, int]], grid: Grid) -> None:
    counts = confirm_counts(read_all(readings))
    owed = owe(counts, OwedPolicy(grid))
    highest = max(count.quantity for count in counts)
    assert all(quantity_on(counts, day) <= owed.on(day) <= highest for day in DAYS)


@settings(max_examples=40, deadline=None)
@given(READINGS, GRIDS)
def test_owed_is_the_highest_quantity_since_the_period_began(readings: list[tuple[int, int]], grid: Grid) -> None:
    """The definition, day by day, where nothing can be taken back because nobody knows what was invoiced."""
    counts = confirm_counts(read_all(readings))
    owed = owe(counts, OwedPolicy(grid))
    for day in DAYS:
        start = grid.period_of(day).start
        span = (start + timedelta(days=number) for number in range((day - start).days + 1))
        assert owed.on(day) == max(quantity_on(counts, each) for each in span)


@settings(deadline=None)
@given(READINGS, GRIDS)
def test_with_credits_a_day_owes_its_own_quantity(readings: list[tuple[int, int]], grid: Grid) -> None:
    counts = confirm_counts(read_all(readings, date(2026, 1, 1)))
    with_credits = owe(counts, OwedPolicy(grid, gives_credits=True))
    default = owe(counts, OwedPolicy(grid))
    for day in DAYS:
        assert with_credits.on(day) == quantity_on(counts, day) <= default.on(day)


@settings(deadline=None)
@given(READINGS, GRIDS)
def test_without_proration_a_period_owes_what_its_first_day_had(readings: list[tuple[int, int]], grid: Grid) -> None:
    counts = confirm_counts(read_all(readings))
    owed = owe(counts, OwedPolicy(grid, prorates=False))
    for day in DAYS:
        assert owed.on(day) == quantity_on(counts, grid.period_of(day).start)


@settings(deadline=None)
@given(READINGS, GRIDS)
def test_what_is_taken_back_in_time_owes_less_never_more(readings: list[tuple[int, int]], grid: Grid) -> None:
    """Where no invoice was made between the readings, against where nobody knows whether one was."""
    known = owe(confirm_counts(read_all(readings, date(2026, 1, 1))), OwedPolicy(grid))
    unknown = owe(confirm_counts(read_all(readings)), OwedPolicy(grid))
    assert all(known.on(day) <= unknown.on(day) for day in DAYS)


@pytest.mark.parametrize(
    ("days", "through_after", "level"),
    [
        pytest.param(7, date(2025, 12, 31), 10, id="seven days"),
        pytest.param(8, date(2025, 12, 31), 12, id="eight days"),
        pytest.param(7, date(2026, 1, 31), 12, id="invoiced meanwhile"),
        pytest.param(7, date(2026, 1, 9), 10, id="an invoice of days before it"),
        pytest.param(7, date(2026, 1, 10), 12, id="an invoice of its own day"),
        pytest.param(7, None, 12, id="nobody knows"),
    ],
)
def test_an_increase_is_taken_back_within_seven_days_and_not_invoiced(
    days: int, through_after: date | None, level: int
) -> None:
    """10 from 1 January, 12 from the 10th, 10 again: what the last day of January owes."""
    rise = date(2026, 1, 10)
    counts = (
        make_reading(date(2026, 1, 1), 10, date(2025, 12, 31)),
        make_reading(rise, 12, date(2025, 12, 31)),
        make_reading(rise + timedelta(days=days), 10, through_after),
    )
    assert owe(counts, OwedPolicy(MONTHLY)).on(date(2026, 1, 31)) == level


def test_where_nobody_knows_the_periods_nothing_that_rose_falls() -> None:
    counts = confirm_counts(read_all([(1, 10), (1, 8), (1, 8), (1, 12), (1, 0), (1, 0)]))
    assert owe(counts, OwedPolicy(None)).final == 12
    assert owe(counts, OwedPolicy(None, prorates=False)) == Timeline()
    assert owe(counts, OwedPolicy(None, gives_credits=True)).final == 0


@given(READINGS, st.sampled_from(DAYS))
def test_counts_that_start_on_a_day_are_the_same_from_then_on(readings: list[tuple[int, int]], day: date) -> None:
    counts = read_all(readings)
    started = start_counts(counts, day)
    assert started[0].day == day
    first = max(day, counts[0].day)
    assert all(quantity_on(started, each) == quantity_on(counts, each) for each in DAYS if each >= first)
    assert all(quantity_on(started, each) == 0 for each in DAYS if each < day)
    assert start_counts((), day) == ()


def test_counts_start_with_what_stood_on_the_day_and_its_first_reading() -> None:
    """More seats that bill no more are no second rise: what was invoiced when they came is what counts."""
    first = replace(make_reading(START, 10), invoiced_through=date(2026, 1, 15))
    more = replace(make_reading(START + ONE_DAY, 10), seats=12, invoiced_through=date(2026, 1, 18))
    day = START + 2 * ONE_DAY
    moved = replace(more, day=day, invoiced_through=first.invoiced_through, came_on=first.day)
    assert start_counts((first, more), day) == (moved,)
    assert start_counts((first,), START) == (first,)


@pytest.mark.parametrize(("quantity", "expected"), [(9, (9,)), (10, (10,)), (11, (10, 11))])
def test_counts_that_are_not_above_the_cap_stay_as_they_are(quantity: int, expected: tuple[int, ...]) -> None:
    capped = cap_counts((make_reading(START, quantity),), START + ONE_DAY, cover(date.min, None, 10))
    assert tuple(count.quantity for count in capped) == expected
    assert [count.day for count in capped] == [START, START + 2 * ONE_DAY][: len(expected)]


@given(READINGS, st.sampled_from(DAYS), LEVELS)
def test_capped_counts_are_capped_through_a_day_and_the_same_after_it(
    readings: list[tuple[int, int]], through: date, levels: Timeline
) -> None:
    counts = read_all(readings)
    capped = cap_counts(counts, through, levels)
    for day in DAYS:
        expected = quantity_on(counts, day)
        assert quantity_on(capped, day) == (min(expected, levels.on(day)) if day <= through else expected)
    days = [count.day for count in capped]
    assert days == sorted(set(days))


# Timelines


@given(TIMELINES, TIMELINES, st.sampled_from(DAYS))
def test_replacing_and_combining_are_by_day(one: Timeline, other: Timeline, day: date) -> None:
    replaced = replace_from(one, day, other)
    joined, difference = combine(one, other, operator.add), subtract(one, other)
    for each in DAYS:
        assert replaced.on(each) == (one.on(each) if each < day else other.on(each))
        assert joined.on(each) == one.on(each) + other.on(each)
        assert difference.on(each) == one.on(each) - other.on(each)
    assert combine(difference, other, operator.add) == one
    assert replace_from(one, day, one) == one
    assert replace_from(replaced, day, one) == one
    assert subtract(one, one) == Timeline()


@given(TIMELINES, TIMELINES, TIMELINES)
def test_adding_is_commutative_and_associative(one: Timeline, other: Timeline, third: Timeline) -> None:
    assert combine(one, other, operator.add) == combine(other, one, operator.add)
    left = combine(combine(one, other, operator.add), third, operator.add)
    assert left == combine(one, combine(other, third, operator.add), operator.add)


@given(STEPS)
def test_steps_ascend_and_each_one_changes_something(steps: list[tuple[date, int]]) -> None:
    timeline = make_timeline(steps)
    levels = [0, *(level for _, level in timeline.steps)]
    assert list(timeline.days) == sorted(set(timeline.days))
    assert all(before != after for before, after in pairwise(levels))
    assert timeline.final == timeline.on(DAYS[-1])


# The ledger

CHANGES = st.lists(
    st.one_of(
        st.builds(
            lambda day, length, quantity: replace(
                make_change(quantity=quantity, effective_on=day),
                ends_on=None if length is None else day + timedelta(days=length),
            ),
            st.sampled_from(DAYS),
            st.none() | st.integers(0, 60),
            st.integers(0, 9),
        ),
        st.builds(
            lambda day, before, after: AdjustUnits("1201", 0, "", "7", day, before, after),
            st.sampled_from(DAYS),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
        st.builds(
            lambda start, end, units, new_end, new_units, first: SetAddition(
                "1201",
                0,
                "",
                make_addition(quantity=units, effective_on=start, cancelled_on=end),
                make_addition(quantity=new_units, effective_on=start, cancelled_on=new_end),
                first,
            ),
            st.none() | st.sampled_from(DAYS),
            st.none() | st.sampled_from(DAYS),
            st.integers(0, 9),
            st.none() | st.sampled_from(DAYS),
            st.integers(0, 9),
            st.sampled_from(DAYS),
        ),
    ),
    max_size=6,
)


def move_on(change: Change, day: date) -> int:
    """How many seats more a day bills through a change, from the definition of each."""
    match change:
        case CreateAddition():
            is_in = change.effective_on <= day and (change.ends_on is None or day <= change.ends_on)
            return change.quantity if is_in else 0
        case AdjustUnits():
            return change.units_after - change.units_before if day >= change.effective_on else 0
        case SetAddition():
            is_seen = change.is_dated or day >= change.describes_from
            return cover_addition(change.after).on(day) - cover_addition(change.before).on(day) if is_seen else 0


@given(CHANGES)
def test_what_was_billed_is_every_change_replayed_day_by_day(changes: list[Change]) -> None:
    entries: list[LedgerEntry] = []
    for change in changes:
        entries.append(make_entry("m", change, derive_billed(entries), Proof("9001", None)))
    billed = derive_billed(entries)
    for day in DAYS:
        assert billed.on(day) == sum(move_on(change, day) for change in changes)
    assert derive_billed(entries[:0]) == Timeline()
    if entries:
        assert entries[-1].quantity == billed.final


def test_an_addition_that_ends_before_it_begins_never_bills() -> None:
    addition = make_addition(quantity=5, effective_on=DAYS[5], cancelled_on=DAYS[4])
    assert cover_addition(addition) == Timeline()
    assert sum_additions([addition, make_addition(quantity=None)]) == Timeline()


def test_what_the_psa_leaves_out_bills_no_seat() -> None:
    addition = replace(make_addition(quantity=10, effective_on=DAYS[0]), included=Decimal(3))
    assert sum_additions([addition]) == cover(DAYS[0], None, 7)
