"""Runs around midnight: two readings minutes apart are one night's, and one night confirms no decrease."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.counts import BETWEEN_NIGHTS, Count, Terms, confirm_counts, record_count
from profiles.periods import Grid


def moment(text: str) -> datetime:
    """`10 23:55` in April."""
    return datetime.strptime(f"2026-04-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


def read(*readings: tuple[str, int]) -> tuple[Count, ...]:
    """The counts of these readings, each at its moment."""
    counts: tuple[Count, ...] = ()
    for text, quantity in readings:
        at = moment(text)
        counts = record_count(counts, Count(at.date(), quantity, at.date(), None, quantity, read_at=at))
    return counts


def confirm(*readings: tuple[str, int]) -> list[tuple[int, int]]:
    """From which day of April on how many seats count."""
    return [(each.day.day, each.quantity) for each in confirm_counts(read(*readings))]


def test_two_extra_runs_around_midnight_confirm_nothing() -> None:
    """10 seats; at 23:55 on the 10th an extra run reads 8, at 00:05 on the 11th another one. Nothing falls: ten minutes
    are no second night. The night of the 11th at 01:00 is still too near; the one of the 12th confirms 8 from the
    10th."""
    before = (("09 01:00", 10), ("10 23:55", 8), ("11 00:05", 8))
    assert confirm(*before) == [(9, 10)]
    assert confirm(*before, ("11 01:00", 8)) == [(9, 10)]
    assert confirm(*before, ("11 01:00", 8), ("12 01:00", 8)) == [(9, 10), (10, 8)]


@pytest.mark.parametrize(("then", "expected"), [("11 11:54", [(9, 10)]), ("11 11:55", [(9, 10), (10, 8)])])
def test_a_second_night_is_twelve_hours_away_or_more(then: str, expected: list[tuple[int, int]]) -> None:
    """8 read at 23:55 on the 10th is confirmed from 11:55 on the 11th on."""
    assert timedelta(hours=12) == BETWEEN_NIGHTS
    assert confirm(("09 01:00", 10), ("10 23:55", 8), (then, 8)) == expected


def test_a_fall_in_two_steps_around_midnight_waits_for_both() -> None:
    """10 → 8 at 23:55, 6 at 00:05. The night of the 12th reads 6: 8 from the 10th, 6 from the 11th. Reads it 7, then 8
    from the 10th and 7 from the 11th, once the 13th has seen 7."""
    steps = (("09 01:00", 10), ("10 23:55", 8), ("11 00:05", 6))
    assert confirm(*steps) == [(9, 10)]
    assert confirm(*steps, ("12 01:00", 6)) == [(9, 10), (10, 8), (11, 6)]
    assert confirm(*steps, ("12 01:00", 7)) == [(9, 10), (10, 8), (11, 7)]


def test_seats_that_are_back_within_the_night_never_fell() -> None:
    """10 → 8 at 23:55, 10 at 00:05, 8 in the night of the 12th: what was read on the 10th is refuted; the fall of the
    12th waits for the 13th."""
    back = (("09 01:00", 10), ("10 23:55", 8), ("11 00:05", 10), ("12 01:00", 8))
    assert confirm(*back) == [(9, 10)]
    assert confirm(*back, ("13 01:00", 8)) == [(9, 10), (12, 8)]


def test_a_rise_counts_at_once_on_its_own_day() -> None:
    """10 → 12 at 00:05, ten minutes after a reading of 10: 12 seats from the 11th, as ever."""
    assert confirm(("10 23:55", 10), ("11 00:05", 12)) == [(10, 10), (11, 12)]


def test_a_day_whose_last_reading_differs_begins_anew() -> None:
    """8 at 01:00 on the 10th, 7 at 23:00 on the same day: the day reads 7, first at 23:00. 01:00 on the 11th is still
    that night."""
    assert confirm(("09 01:00", 10), ("10 01:00", 8), ("10 23:00", 7), ("11 01:00", 7)) == [(9, 10)]


def test_other_terms_within_the_night_make_no_other_night() -> None:
    """8 at 23:55 by the month, at 00:05 proration is off: another count of the same 8, and still one night. At 01:00 on
    the day of the first reading the terms change alone: the 8 are as old as before."""
    on, off = (Terms("12", Grid(2026, 1, 1, 1), prorates, gives_credits=False) for prorates in (True, False))
    counts: tuple[Count, ...] = ()
    for text, quantity, terms in (
        ("09 01:00", 10, on),
        ("10 23:50", 8, off),
        ("10 23:55", 8, on),
        ("11 00:05", 8, off),
    ):
        at = moment(text)
        counts = record_count(counts, Count(at.date(), quantity, at.date(), None, quantity, terms, read_at=at))
    assert [(each.day.day, each.terms, each.read_at) for each in counts[1:]] == [
        (10, on, moment("10 23:50")),
        (11, off, moment("11 00:05")),
    ]
    assert [each.quantity for each in confirm_counts(counts)] == [10]
    night = Count(date(2026, 4, 12), 8, date(2026, 4, 12), None, 8, off, read_at=moment("12 01:00"))
    assert [(each.day.day, each.quantity) for each in confirm_counts(record_count(counts, night))] == [(9, 10), (10, 8)]


def test_counts_without_moments_go_by_their_days() -> None:
    """What was kept before moments were: the 10th and the 11th are two nights."""
    days = [date(2026, 4, day) for day in (9, 10, 11)]
    counts: tuple[Count, ...] = ()
    for day, quantity in zip(days, (10, 8, 8), strict=True):
        counts = record_count(counts, Count(day, quantity, day, None, quantity))
    assert [(each.day.day, each.quantity) for each in confirm_counts(counts)] == [(9, 10), (10, 8)]


@given(st.lists(st.tuples(st.integers(5, 40 * 60), st.integers(0, 9)), min_size=1, max_size=12))
def test_nothing_falls_within_twelve_hours(readings: list[tuple[int, int]]) -> None:
    """Whatever is read whenever: what counts in the end is never less than the least that two readings at least twelve
    hours apart, of two days, could have agreed on: the newest fall has another night that saw it."""
    at, counts = moment("01 00:00"), ()  # type: tuple[datetime, tuple[Count, ...]]
    read_so_far: list[tuple[datetime, int]] = []
    for minutes, quantity in readings:
        at += timedelta(minutes=minutes)
        read_so_far.append((at, quantity))
        counts = record_count(counts, Count(at.date(), quantity, at.date(), None, quantity, read_at=at))
    for before, after in pairwise(confirm_counts(counts)):
        if after.quantity < before.quantity:
            seen = [when for when, quantity in read_so_far if quantity <= after.quantity and when.date() >= after.day]
            assert seen[-1] - seen[0] >= BETWEEN_NIGHTS
            assert seen[-1].date() > after.day
