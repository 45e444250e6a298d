"""One queued mail from intent to end: when it is tried again, when it is given up, when nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plans.mail import RESENT_WITHIN, DeliveryState, Mail
from plans.mail_channels import MailAnswer, MailDelayed, MailInDoubt, MailRefused, MailTaken
from plans.posting import (
    DIED,
    KEPT_TRYING,
    LONGEST_ATTEMPT,
    PAUSES,
    begin_attempt,
    doubt_attempt,
    end_attempt,
    open_posting,
    resend,
    tell_delivery,
)

NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MOMENT = timedelta(microseconds=1)
MAIL = Mail("digest:2026-11-02:jane", "jane@msp.example", "3 need you", "text", "<p>html</p>", NOW - MINUTE)
OPENED = open_posting(MAIL, NOW)


def test_a_queued_mail_is_due_at_once_and_says_that_it_waits() -> None:
    assert (OPENED.mail_id, OPENED.recipient, OPENED.subject, OPENED.made_at) == (
        MAIL.id,
        MAIL.recipient,
        MAIL.subject,
        MAIL.made_at,
    )
    assert OPENED.is_due(NOW) and not OPENED.is_due(NOW - MOMENT)
    assert (OPENED.attempts, OPENED.state, OPENED.sentence) == (0, DeliveryState.QUEUED, "Waits to be sent.")
    assert OPENED.ends_at == NOW + KEPT_TRYING
    assert not OPENED.may_be_resent(NOW)


def test_an_attempt_is_an_intent_that_nobody_else_takes_up() -> None:
    begun = begin_attempt(OPENED, NOW + MINUTE)
    assert (begun.begun_at, begun.changed_at, begun.attempts) == (NOW + MINUTE, NOW + MINUTE, 1)
    assert not begun.is_due(NOW + MINUTE)
    assert not begun.is_abandoned(NOW + MINUTE + LONGEST_ATTEMPT - MOMENT)
    assert begun.is_abandoned(NOW + MINUTE + LONGEST_ATTEMPT)
    assert not OPENED.is_abandoned(NOW + 100 * LONGEST_ATTEMPT)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (MailTaken("250"), DeliveryState.SENT),
        (MailRefused("550"), DeliveryState.FAILED),
        (MailInDoubt("silence"), DeliveryState.IN_DOUBT),
        (MailDelayed("451"), DeliveryState.QUEUED),
    ],
)
def test_each_answer_has_its_end(answer: MailAnswer, state: DeliveryState) -> None:
    ended = end_attempt(begin_attempt(OPENED, NOW), answer, NOW + MINUTE)
    assert (ended.state, ended.sentence) == (state, answer.sentence)
    assert (ended.begun_at, ended.changed_at, ended.attempts) == (None, NOW + MINUTE, 1)


def test_each_pause_is_longer_until_the_last_which_stays() -> None:
    posting, now, waited = OPENED, NOW, []
    for _ in range(len(PAUSES) + 2):
        posting = end_attempt(begin_attempt(posting, now), MailDelayed("451"), now)
        waited.append(posting.due_at - now)
        now = posting.due_at
    assert waited == [*PAUSES, PAUSES[-1], PAUSES[-1]]


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(None, MINUTE), (timedelta(seconds=30), MINUTE), (timedelta(minutes=20), timedelta(minutes=20))],
)
def test_whoever_asks_for_patience_gets_it_and_nobody_gets_less_than_ours(
    asked: timedelta | None, waits: timedelta
) -> None:
    ended = end_attempt(begin_attempt(OPENED, NOW), MailDelayed("429", asked), NOW)
    assert ended.due_at == NOW + waits


@pytest.mark.parametrize(("asked", "state"), [(-MOMENT, DeliveryState.QUEUED), (MOMENT * 0, DeliveryState.FAILED)])
def test_after_a_day_it_is_given_up(asked: timedelta, state: DeliveryState) -> None:
    ended = end_attempt(begin_attempt(OPENED, NOW), MailDelayed("451", KEPT_TRYING + asked), NOW)
    assert ended.state is state
    if state is DeliveryState.FAILED:
        assert ended.sentence == "Given up after one try, for the next would come a day late: 451"


def test_a_dead_attempt_is_in_doubt_and_says_what_to_do() -> None:
    doubted = doubt_attempt(begin_attempt(OPENED, NOW), NOW + LONGEST_ATTEMPT)
    assert (doubted.state, doubted.begun_at, doubted.sentence) == (DeliveryState.IN_DOUBT, None, DIED)
    assert doubted.changed_at == NOW + LONGEST_ATTEMPT


@pytest.mark.parametrize("state", list(DeliveryState))
def test_only_what_failed_or_is_in_doubt_is_sent_again(state: DeliveryState) -> None:
    posting = replace(OPENED, state=state)
    assert posting.may_be_resent(NOW) is (state in (DeliveryState.FAILED, DeliveryState.IN_DOUBT))


def test_an_old_mail_is_not_sent_again() -> None:
    failed = replace(OPENED, state=DeliveryState.FAILED)
    assert failed.may_be_resent(MAIL.made_at + RESENT_WITHIN - MOMENT)
    assert not failed.may_be_resent(MAIL.made_at + RESENT_WITHIN)


def test_sent_again_it_has_another_day() -> None:
    later = NOW + timedelta(days=2)
    again = resend(replace(OPENED, state=DeliveryState.IN_DOUBT, attempts=3), "Ada", later)
    assert again.is_due(later)
    assert (again.ends_at, again.changed_at, again.attempts) == (later + KEPT_TRYING, later, 3)
    assert again.sentence == "Ada had it sent again."


def test_a_page_learns_when_it_is_tried_next_only_while_it_waits() -> None:
    assert tell_delivery(OPENED).retry_at == OPENED.due_at
    assert tell_delivery(begin_attempt(OPENED, NOW)).retry_at is None
    sent = end_attempt(begin_attempt(OPENED, NOW), MailTaken("250"), NOW + MINUTE)
    told = tell_delivery(sent)
    assert told.retry_at is None
    assert (told.mail_id, told.recipient, told.subject, told.state, told.attempts, told.changed_at, told.sentence) == (
        MAIL.id,
        MAIL.recipient,
        MAIL.subject,
        DeliveryState.SENT,
        1,
        NOW + MINUTE,
        "250",
    )
