"""A night that did not come is noticed after 26 hours, and never before there could be one (R12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plans.health import LONGEST_BETWEEN_NIGHTS, check_mail, check_night
from plans.mail import Delivery, DeliveryState, find_unsent
from plans.runs import Run, RunPhase

ENDED = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
NIGHT = Run("2026-11-22", RunPhase.CLOSED, ENDED - timedelta(minutes=20), closed_at=ENDED)
SYNC = Run("2026-11-22-001", RunPhase.CLOSED, ENDED + timedelta(hours=9), closed_at=ENDED + timedelta(hours=9))
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("later", "is_good"), [(-SECOND, True), (timedelta(), True), (SECOND, False)])
def test_a_night_is_missed_after_26_hours(later: timedelta, is_good: bool) -> None:
    check = check_night(ENDED + LONGEST_BETWEEN_NIGHTS + later, [SYNC, NIGHT], is_set_up=True)
    assert check.is_good is is_good
    assert "22 Nov 2026" in check.sentence
    assert bool(check.next_step) is not is_good


def test_a_sync_is_no_night() -> None:
    now = ENDED + timedelta(days=3)
    recent = Run("2026-11-25-001", RunPhase.CLOSED, now, closed_at=now)
    assert not check_night(now, [recent, NIGHT], is_set_up=True).is_good


def test_a_night_that_runs_does_not_hide_that_the_one_before_never_ended() -> None:
    now = ENDED + timedelta(days=2)
    running = Run("2026-11-24", RunPhase.READING, now)
    assert not check_night(now, [running, NIGHT], is_set_up=True).is_good


@pytest.mark.parametrize(("hours", "is_good"), [(26, True), (27, False)])
def test_the_first_night_has_26_hours_to_end(hours: int, is_good: bool) -> None:
    begun = Run("2026-11-22", RunPhase.READING, ENDED)
    assert check_night(ENDED + timedelta(hours=hours), [begun], is_set_up=True).is_good is is_good


def test_before_there_could_be_a_night_none_is_missed() -> None:
    assert check_night(ENDED, [], is_set_up=False).is_good
    assert check_night(ENDED + timedelta(days=9), [NIGHT], is_set_up=False).is_good
    assert check_night(ENDED, [], is_set_up=True).is_good


def mail(state: DeliveryState, days: int, recipient: str = "ada@msp.example") -> Delivery:
    """One that was made, and came to this, so many days ago."""
    return Delivery(f"digest:{days}", recipient, "3 need you", state, 1, ENDED - timedelta(days=days))


FAILED, SENT, IN_DOUBT, QUEUED = (
    DeliveryState.FAILED,
    DeliveryState.SENT,
    DeliveryState.IN_DOUBT,
    DeliveryState.QUEUED,
)


@pytest.mark.parametrize(
    ("mails", "unsent", "is_good"),
    [
        ([], 0, True),
        ([mail(SENT, 0)], 0, True),
        ([mail(QUEUED, 0)], 0, True),
        ([mail(FAILED, 0), mail(FAILED, 1), mail(SENT, 2)], 2, False),
        ([mail(QUEUED, 0), mail(FAILED, 1)], 1, False),
        ([mail(FAILED, 6)], 1, False),
        ([mail(FAILED, 7)], 0, True),
        ([mail(SENT, 0), mail(FAILED, 1), mail(FAILED, 2)], 0, True),
        ([mail(SENT, 0, "ADA@msp.example"), mail(FAILED, 1)], 0, True),
        ([mail(SENT, 0, "bob@msp.example"), mail(FAILED, 1), mail(FAILED, 2)], 2, True),
        ([mail(FAILED, 0), mail(SENT, 1, "bob@msp.example")], 1, False),
        ([mail(FAILED, 0), mail(FAILED, 0, "bob@msp.example"), mail(SENT, 0, "bob@msp.example")], 2, False),
        ([mail(IN_DOUBT, 0)], 1, True),
    ],
)
def test_mails_that_do_not_leave_are_told_until_one_does(mails: list[Delivery], unsent: int, is_good: bool) -> None:
    """What nobody got is told of each recipient; that no mail leaves at all is a part that does not work."""
    assert len(find_unsent(mails, ENDED)) == unsent
    check = check_mail(ENDED, mails)
    assert check.is_good is is_good and bool(check.next_step) is not is_good


def test_of_two_recipients_every_morning_it_does_not_matter_who_comes_first() -> None:
    """Somebody left and is still on the list: that is no reason to call mail down, nor to call it well once it is."""
    week = [(mail(FAILED, day), mail(SENT, day, "bob@msp.example")) for day in range(6)]
    assert check_mail(ENDED, [each for pair in week for each in pair]).is_good
    assert check_mail(ENDED, [each for pair in week for each in reversed(pair)]).is_good
    broken = [mail(FAILED, 0), mail(FAILED, 0, "bob@msp.example"), *(each for pair in week[1:] for each in pair)]
    assert not check_mail(ENDED, broken).is_good
