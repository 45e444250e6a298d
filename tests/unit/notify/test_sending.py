"""Sending a mail whatever dies, repeats or comes at once: it leaves once, or is reported; it is never sent again by
itself once it may have left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from notify.sending import (
    UNHANDLED,
    MailMessage,
    PostRoom,
    give_up_message,
    look_after_mails,
    send_again,
    send_mail,
)
from plans.errors import Misconfigured
from plans.mail import DeliveryState, Mail
from plans.mail_channels import Letter, MailAnswer, MailChannel, MailDelayed, MailRefused, MailTaken
from plans.posting import DIED, LONGEST_ATTEMPT, PAUSES, Posting, open_posting

NOW = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
MAIL = Mail("digest:2026-11-02:jane", "jane@msp.example", "3 need you", "text", "<p>html</p>", NOW)
MESSAGE: MailMessage = {"mail_id": MAIL.id}


class Died(Exception):
    """The process is gone."""


@dataclass
class MemoryPost:
    """Postings, the queue and the channel of one world; `dies_at` is the step before which, or after which, it dies."""

    now: datetime = NOW
    mails: dict[str, Mail] = field(default_factory=dict)
    rows: dict[str, tuple[Posting, int]] = field(default_factory=dict)
    messages: list[tuple[datetime, str]] = field(default_factory=list)
    answers: list[MailAnswer | Callable[[], MailAnswer]] = field(default_factory=list)
    sent: list[Letter] = field(default_factory=list)
    trouble: str = ""
    step: int = 0
    dies_at: int = -1
    dies_after: bool = False

    sender = "seatledger@msp.example"

    def __post_init__(self) -> None:
        self.mails[MAIL.id] = MAIL
        self.rows[MAIL.id] = (open_posting(MAIL, NOW), 0)
        self.messages.append((NOW, MAIL.id))

    @property
    def room(self) -> PostRoom:
        return PostRoom(self, self.open_channel, lambda: self.now)

    @property
    def posting(self) -> Posting:
        return self.rows[MAIL.id][0]

    def live(self, *, is_after: bool) -> None:
        """One step of the process, before or after which it may die."""
        if not is_after:
            self.step += 1
        if self.step == self.dies_at and is_after is self.dies_after:
            raise Died

    async def open_channel(self) -> MailChannel:
        if self.trouble:
            raise Misconfigured(self.trouble)
        return self

    async def send(self, letter: Letter) -> MailAnswer:
        self.live(is_after=False)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if self.answers else MailTaken("250")
        if isinstance(answer, MailTaken):
            self.sent.append(letter)
        self.live(is_after=True)
        return answer if not callable(answer) else answer()

    async def read_posting(self, mail_id: str) -> tuple[Posting, str] | None:
        self.live(is_after=False)
        found = self.rows.get(mail_id)
        self.live(is_after=True)
        return None if found is None else (found[0], str(found[1]))

    async def read_mail(self, mail_id: str) -> Mail | None:
        self.live(is_after=False)
        self.live(is_after=True)
        return self.mails.get(mail_id)

    async def replace_posting(self, posting: Posting, stamp: str) -> str | None:
        self.live(is_after=False)
        await asyncio.sleep(0)
        version = self.rows[posting.mail_id][1]
        if str(version) != stamp:
            return None
        self.rows[posting.mail_id] = (posting, version + 1)
        self.live(is_after=True)
        return str(version + 1)

    async def list_unsettled(self, now: datetime) -> tuple[Posting, ...]:
        return tuple(posting for posting, _ in self.rows.values() if posting.state is DeliveryState.QUEUED)

    async def ask_again(self, mail_id: str, wait: timedelta) -> None:
        self.live(is_after=False)
        self.messages.append((self.now + wait, mail_id))
        self.live(is_after=True)

    async def deliver(self) -> None:
        """Every message that shows now, each once; one whose worker dies shows again after the lease."""
        for shows_at, mail_id in [each for each in self.messages if each[0] <= self.now]:
            self.messages.remove((shows_at, mail_id))
            try:
                await send_mail(self.room, {"mail_id": mail_id})
            except Died:
                self.messages.append((self.now + timedelta(minutes=10), mail_id))

    async def live_on(self, hours: int) -> None:
        """Time passes; the timer looks every five minutes, and the queue shows what it has."""
        for _ in range(hours * 12):
            await self.deliver()
            await look_after_mails(self.room)
            self.now += timedelta(minutes=5)


async def test_a_mail_is_sent_once_however_often_it_is_asked_for() -> None:
    post = MemoryPost()
    for _ in range(3):
        await send_mail(post.room, MESSAGE)
    assert (len(post.sent), post.posting.state, post.posting.attempts) == (1, DeliveryState.SENT, 1)
    assert post.sent[0].recipient == MAIL.recipient


async def test_of_two_workers_one_sends() -> None:
    post = MemoryPost()
    await asyncio.gather(*(send_mail(post.room, MESSAGE) for _ in range(4)))
    assert (len(post.sent), post.posting.state) == (1, DeliveryState.SENT)


@pytest.mark.parametrize("dies_after", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 9))
async def test_wherever_the_process_dies_it_leaves_once_or_is_reported(dies_at: int, dies_after: bool) -> None:
    post = MemoryPost(dies_at=dies_at, dies_after=dies_after)
    await post.live_on(2)
    assert len(post.sent) <= 1
    if post.posting.state is DeliveryState.SENT:
        assert len(post.sent) == 1
    else:
        assert (post.posting.state, post.posting.sentence) == (DeliveryState.IN_DOUBT, DIED)
    # From the moment at which the intent stands (after step 3) until its end is written (step 5) nobody knows.
    is_lost = (3, True) <= (dies_at, dies_after) <= (5, False)
    assert (post.posting.state is DeliveryState.IN_DOUBT) is is_lost


async def test_who_dies_after_sending_and_before_writing_it_down_leaves_a_doubt_and_no_second_mail() -> None:
    post = MemoryPost(dies_at=4, dies_after=True)
    await post.live_on(48)
    assert (len(post.sent), post.posting.state, post.posting.sentence) == (1, DeliveryState.IN_DOUBT, DIED)


async def test_a_mail_that_is_being_sent_is_left_alone_until_its_sender_must_be_dead() -> None:
    post = MemoryPost(dies_at=4)
    await post.deliver()
    begun = post.posting
    post.now += LONGEST_ATTEMPT - timedelta(seconds=1)
    await send_mail(post.room, MESSAGE)
    await look_after_mails(post.room)
    assert post.posting == begun
    post.now += timedelta(seconds=1)
    await send_mail(post.room, MESSAGE)
    assert post.posting.state is DeliveryState.IN_DOUBT


async def test_a_delayed_mail_waits_and_arrives() -> None:
    post = MemoryPost(answers=[MailDelayed("451"), MailDelayed("429", timedelta(hours=1)), MailTaken("250")])
    await post.deliver()
    assert (post.posting.state, post.posting.sentence) == (DeliveryState.QUEUED, "451")
    assert post.messages == [(NOW + PAUSES[0], MAIL.id)]
    await send_mail(post.room, MESSAGE)
    assert post.posting.attempts == 1, "a message that shows too early sends nothing"
    await post.live_on(3)
    assert (len(post.sent), post.posting.state, post.posting.attempts) == (1, DeliveryState.SENT, 3)


async def test_a_lost_message_is_made_good_by_the_timer() -> None:
    post = MemoryPost()
    post.messages.clear()
    await post.live_on(1)
    assert (len(post.sent), post.posting.state) == (1, DeliveryState.SENT)


async def test_without_a_way_out_it_waits_a_day_and_is_reported() -> None:
    post = MemoryPost(trouble="Nobody has said how mail leaves.")
    await post.live_on(1)
    assert (post.posting.state, post.posting.sentence) == (DeliveryState.QUEUED, post.trouble)
    await post.live_on(24)
    assert (post.posting.state, post.sent) == (DeliveryState.FAILED, [])
    assert (
        post.posting.sentence
        == f"Given up after {post.posting.attempts} tries, for the next would come a day late: {post.trouble}"
    )


async def test_a_hostile_mail_never_reaches_the_channel() -> None:
    post = MemoryPost()
    post.mails[MAIL.id] = Mail(MAIL.id, MAIL.recipient, "Hello\r\nBcc: eve@evil.example", "", "", NOW)
    await post.deliver()
    assert (post.posting.state, post.sent) == (DeliveryState.FAILED, [])
    assert post.posting.sentence == "It was not sent: its subject holds control characters."


async def test_a_mail_without_its_text_is_reported() -> None:
    post = MemoryPost()
    post.mails.clear()
    await post.deliver()
    assert (post.posting.state, post.sent) == (DeliveryState.FAILED, [])


async def test_an_unknown_mail_is_nobodys() -> None:
    post = MemoryPost()
    await send_mail(post.room, {"mail_id": "digest:nobody"})
    await give_up_message(post.room, {"mail_id": "digest:nobody"})
    assert not await send_again(post.room, "digest:nobody", "Ada")
    assert post.sent == []


async def test_a_poisoned_message_is_tried_later_and_what_was_begun_is_in_doubt() -> None:
    post = MemoryPost()
    await give_up_message(post.room, MESSAGE)
    assert (post.posting.state, post.posting.sentence, post.posting.due_at) == (
        DeliveryState.QUEUED,
        UNHANDLED,
        NOW + PAUSES[0],
    )
    died = MemoryPost(dies_at=4)
    await died.deliver()
    await give_up_message(died.room, MESSAGE)
    assert died.posting.state is DeliveryState.IN_DOUBT
    settled = died.posting
    await give_up_message(died.room, MESSAGE)
    assert died.posting == settled


async def test_a_person_sends_it_again_once() -> None:
    post = MemoryPost(answers=[MailRefused("550")])
    assert not await send_again(post.room, MAIL.id, "Ada"), "it waits by itself"
    await post.deliver()
    assert post.posting.state is DeliveryState.FAILED
    assert await send_again(post.room, MAIL.id, "Ada")
    assert not await send_again(post.room, MAIL.id, "Ben")
    await post.deliver()
    assert (len(post.sent), post.posting.state, post.posting.attempts) == (1, DeliveryState.SENT, 2)


async def test_two_people_who_send_it_again_at_once_send_one() -> None:
    post = MemoryPost(answers=[MailRefused("550")])
    await post.deliver()
    done = await asyncio.gather(*(send_again(post.room, MAIL.id, who) for who in ("Ada", "Ben")))
    assert sorted(done) == [False, True]


async def test_a_vault_that_does_not_answer_leaves_no_doubt() -> None:
    post = MemoryPost()
    room = post.room

    async def fail() -> MailChannel:
        raise ConnectionError("no vault")

    for _ in range(3):
        with pytest.raises(ConnectionError):
            await send_mail(PostRoom(post, fail, room.now), MESSAGE)
    assert (post.posting.state, post.posting.attempts, post.posting.begun_at) == (DeliveryState.QUEUED, 0, None)
    await post.deliver()
    assert (len(post.sent), post.posting.state) == (1, DeliveryState.SENT)
