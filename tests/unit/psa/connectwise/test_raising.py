"""More seats on ConnectWise, where an end is taken back and more is needed, or less (billing rules, 6): by hand."""

from __future__ import annotations

from psa.connectwise.lines import translate_line
from tests.unit.psa.connectwise.nights import april, make_own, make_task, may, tell

TEN = make_own(0, 10, april(1), cancelled_on=april(30))


def test_what_an_end_taken_back_does_not_cover_is_added() -> None:
    """10 end with April, 13 are owed from May on: the 10 stay and 3 are new, not 13."""
    task = make_task([(april(1), 10), (may(1), 13)], [TEN], today=april(20))
    assert tell(translate_line(task)) == ["addition-0: no end", "3 from 2026-05-01"]


def test_what_is_missing_beside_an_end_taken_back_goes_into_a_delta_of_the_same_day() -> None:
    """10 end with April and 2 begin with May; 15 are owed from May on: the 10 stay, and the 2 become 5."""
    delta = make_own(1, 2, may(1))
    task = make_task([(april(1), 10), (may(1), 15)], [TEN, delta], today=april(20))
    assert tell(translate_line(task)) == ["addition-0: no end", "addition-1: 2→5"]


def test_the_end_of_a_single_seat_is_taken_back() -> None:
    own = make_own(0, 1, april(1), cancelled_on=april(30))
    assert tell(translate_line(make_task([(april(1), 1)], [own], today=april(20)))) == ["addition-0: no end"]


def test_the_end_of_an_addition_without_seats_stays() -> None:
    """It would bill nothing again: only the 10 are taken back."""
    empty, ten = make_own(0, 0, april(1), cancelled_on=april(30)), make_own(1, 10, april(1), cancelled_on=april(30))
    task = make_task([(april(1), 10)], [empty, ten], today=april(20))
    assert tell(translate_line(task)) == ["addition-1: no end"]
