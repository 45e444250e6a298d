"""Yesterday's alerts and tonight's: since when each stands, what is news, and what is solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.alerts.alert import AlertKind, KeptAlert, Weight
from plans.alerts.folding import Folded, Look, fold
from plans.alerts.notifications import Notifications
from tests.unit.plans.alerts.values import NOW, keep, make_alert

EVERYTHING = [Look(frozenset(AlertKind))]
A_DAY = timedelta(days=1)
NIGHT = date(2026, 11, 23)


def apply(standing: dict[str, KeptAlert], folded: Folded) -> dict[str, KeptAlert]:
    after = standing | {kept.id: kept for kept in folded.kept}
    return {name: kept for name, kept in after.items() if name not in {each.id for each in folded.cleared}}


def test_what_is_seen_for_the_first_time_stands_since_now() -> None:
    folded = fold({}, [make_alert()], EVERYTHING, NOW, NIGHT)
    assert folded == Folded((KeptAlert(make_alert(), NOW, NOW, NOW, 1, NIGHT, raised_as=Weight()),))


def test_what_is_found_twice_in_one_look_is_one() -> None:
    assert len(fold({}, [make_alert(), make_alert()], EVERYTHING, NOW).kept) == 1


def test_what_still_stands_keeps_since_when_and_takes_the_new_words() -> None:
    first = keep(make_alert(monthly="10"))
    later, dearer = NOW + A_DAY, make_alert(monthly="19")
    (kept,) = fold({first.id: first}, [dearer], EVERYTHING, later, NIGHT + A_DAY).kept
    assert (kept.first_seen, kept.last_seen, kept.raised_at, kept.nights) == (NOW, later, NOW, 2)
    assert kept.alert == dearer


def test_the_same_look_again_changes_nothing() -> None:
    first = keep(make_alert())
    assert fold({first.id: first}, [first.alert], EVERYTHING, NOW + timedelta(hours=1), NIGHT) == Folded()


def test_what_stands_long_says_the_day_it_was_seen() -> None:
    first = keep(make_alert())
    (kept,) = fold({first.id: first}, [first.alert], EVERYTHING, NOW + timedelta(hours=20)).kept
    assert (kept.last_seen, kept.nights) == (NOW + timedelta(hours=20), 1)


def test_what_comes_closer_is_news_again() -> None:
    first = keep(make_alert(stage=1))
    (kept,) = fold({first.id: first}, [make_alert(stage=2)], EVERYTHING, NOW + A_DAY).kept
    assert (kept.raised_at, kept.first_seen) == (NOW + A_DAY, NOW)
    (back,) = fold({first.id: first}, [make_alert(stage=0)], EVERYTHING, NOW + A_DAY).kept
    assert back.raised_at == NOW


def test_what_becomes_much_larger_is_news_again_even_little_by_little() -> None:
    standing: dict[str, KeptAlert] = {}
    news = []
    for day, seats in enumerate((10, 14, 18, 20, 26, 39, 41, 4, 41)):
        found = [replace(make_alert(kind=AlertKind.UNUSED_SEATS), seats=seats)]
        (kept,) = fold(standing, found, EVERYTHING, NOW + day * A_DAY, NIGHT + day * A_DAY).kept
        standing = {kept.id: kept}
        news += [seats] if kept.raised_at == NOW + day * A_DAY else []
    assert news == [10, 20, 41]


def test_an_alert_that_was_kept_before_sizes_were_grows_from_what_it_says() -> None:
    before = keep(make_alert(monthly="100"))
    assert before.raised_as is None
    (same,) = fold({before.id: before}, [make_alert(monthly="150")], EVERYTHING, NOW + A_DAY).kept
    assert (same.raised_at, same.raised_as) == (NOW, before.alert.weight)
    (grown,) = fold({before.id: before}, [make_alert(monthly="-100")], EVERYTHING, NOW + A_DAY).kept
    assert grown.raised_at == NOW + A_DAY


def play_unread(settings: Sequence[int]) -> list[KeptAlert]:
    """The same unread customer night after night, each night with so many nights set."""
    standing: dict[str, KeptAlert] = {}
    seen = []
    for day, nights in enumerate(settings):
        found, told = [make_alert(kind=AlertKind.UNKNOWN_READING)], Notifications(unread_nights=nights)
        (kept,) = fold(standing, found, EVERYTHING, NOW + day * A_DAY, NIGHT + day * A_DAY, told).kept
        standing = {kept.id: kept}
        seen.append(kept)
    return seen


@pytest.mark.parametrize(
    ("settings", "heard_from"),
    [((1, 1), 0), ((2, 2, 2), 1), ((3, 3, 3, 3), 2), ((9, 9, 9, 2), 3), ((2, 2, 9), 1), ((9, 9), None)],
)
def test_it_is_news_on_the_night_from_which_it_is_heard_of(settings: Sequence[int], heard_from: int | None) -> None:
    """However many nights are set, and if somebody sets others meanwhile: who has heard of it does not forget it."""
    nights = play_unread(settings)
    first = len(nights) if heard_from is None else heard_from
    assert [kept.is_heard for kept in nights] == [day >= first for day in range(len(nights))]
    assert {kept.raised_at for kept in nights[first:]} <= {NOW + first * A_DAY}


def test_a_sync_between_two_nights_is_no_night() -> None:
    unread = make_alert(kind=AlertKind.UNKNOWN_READING)
    (asked,) = fold({}, [unread], EVERYTHING, NOW, None, Notifications(unread_nights=1)).kept
    assert (asked.nights, asked.is_heard) == (0, False)


def test_what_is_looked_for_and_not_found_is_solved_and_nothing_else() -> None:
    ours, theirs, other = make_alert(), make_alert(subject="c2"), make_alert(kind=AlertKind.PARKED)
    standing = {each.id: keep(each) for each in (ours, theirs, other)}
    folded = fold(standing, [], [Look(frozenset({AlertKind.HELD}), frozenset({"c1"}))], NOW + A_DAY)
    assert folded.cleared == (keep(ours, cleared_at=NOW + A_DAY),)
    assert folded.kept == ()


def test_what_stood_of_a_removed_customer_is_forgotten_and_not_solved() -> None:
    ours = make_alert()
    looks = [*EVERYTHING, Look(frozenset(AlertKind), frozenset({"c1"}), is_forgotten=True)]
    (gone,) = fold({ours.id: keep(ours)}, [], looks, NOW + A_DAY).cleared
    (solved,) = fold({ours.id: keep(ours)}, [], EVERYTHING, NOW + A_DAY).cleared
    assert (gone.is_forgotten, solved.is_forgotten) == (True, False)


@given(st.lists(st.tuples(st.frozensets(st.integers(0, 5)), st.frozensets(st.integers(0, 5))), max_size=8))
def test_after_any_looks_exactly_what_was_found_last_stands(steps: list[tuple[frozenset[int], frozenset[int]]]) -> None:
    """Each step finds some of six alerts while it can look at some of their subjects: of the others nothing moves."""
    standing: dict[str, KeptAlert] = {}
    expected: dict[int, int] = {}
    for hour, (found, looked) in enumerate(steps):
        now = NOW + timedelta(hours=hour)
        alerts = [make_alert(subject=f"c{number}") for number in sorted(found & looked)]
        looks = [Look(frozenset(AlertKind), frozenset(f"c{number}" for number in looked))]
        standing = apply(standing, fold(standing, alerts, looks, now))
        again = fold(standing, alerts, looks, now)
        assert again == Folded(), "to fold the same again changes nothing"
        expected = {number: since for number, since in expected.items() if number not in looked or number in found}
        expected |= {number: expected.get(number, hour) for number in found & looked}
    assert {kept.alert.subject: kept.first_seen for kept in standing.values()} == {
        f"c{number}": NOW + timedelta(hours=since) for number, since in expected.items()
    }
