"""Sending one mail: intent, the letter, and how it went. Every step is harmless when it is done again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from notify.letters import write_letter
from plans.errors import Misconfigured
from plans.mail import DeliveryState, Mail
from plans.mail_channels import Letter, MailAnswer, MailChannel, MailDelayed, MailRefused, OpenMailChannel
from plans.posting import (
    Posting,
    PostingStore,
    begin_attempt,
    doubt_attempt,
    end_attempt,
    resend,
)

LOGGER = logging.getLogger(__name__)
UNHANDLED = "It could not be sent: an error of Seatledger's own, which the log tells. It is tried again."
SHORTEST_WAIT = timedelta(seconds=1)


class MailMessage(TypedDict):
    """A message of the queue `send-mail`."""

    mail_id: str


@dataclass(frozen=True, slots=True)
class PostRoom:
    """What sending needs: where postings are kept, the way out that is set up now, and the clock (aware, UTC).

    `write` makes the letter, or says why there is none. `end_abandoned` is what becomes of an attempt whose process
    died: a mail is in doubt, an event of a webhook is sent again.
    """

    postings: PostingStore
    open_channel: OpenMailChannel
    now: Callable[[], datetime]
    write: Callable[[Mail, str], Letter | str] = write_letter
    end_abandoned: Callable[[Posting, datetime], Posting] = doubt_attempt


@dataclass(frozen=True, slots=True)
class Prepared:
    """A letter, and whom to hand it to."""

    channel: MailChannel
    letter: Letter


async def send_mail(room: PostRoom, message: MailMessage) -> None:
    """Send the mail that a message of the queue names, if it waits and is due. Called any number of times.

    An attempt is written down before it is made; of two workers one gets to write it. An attempt without an end is
    somebody else's, or nobody's any more: then the mail is in doubt.
    """
    found = await room.postings.read_posting(message["mail_id"])
    if found is None:
        LOGGER.error("The queue names mail %s, which nobody queued.", message["mail_id"])
        return
    posting, stamp = found
    now = room.now()
    if posting.begun_at is not None:
        await doubt_abandoned(room, posting, stamp)
    elif posting.is_due(now):
        await attempt(room, posting, stamp)
    elif posting.state is DeliveryState.QUEUED:
        await room.postings.ask_again(posting.mail_id, max(posting.due_at - now, SHORTEST_WAIT))


async def attempt(room: PostRoom, posting: Posting, stamp: str) -> None:
    """One attempt, unless another worker began it first. Whatever may fail without harm is done before the intent."""
    prepared = await prepare(room, posting.mail_id)
    begun = begin_attempt(posting, room.now())
    stamp_of_intent = await room.postings.replace_posting(begun, stamp)
    if stamp_of_intent is None:
        return
    answer = await prepared.channel.send(prepared.letter) if isinstance(prepared, Prepared) else prepared
    ended = end_attempt(begun, answer, room.now())
    LOGGER.info("Mail %s, attempt %d: %s. %s", ended.mail_id, ended.attempts, ended.state, ended.sentence)
    if await room.postings.replace_posting(ended, stamp_of_intent) is None:
        LOGGER.error("Mail %s was changed by somebody else while it was being sent.", ended.mail_id)
    elif ended.state is DeliveryState.QUEUED:
        await room.postings.ask_again(ended.mail_id, max(ended.due_at - room.now(), SHORTEST_WAIT))


async def prepare(room: PostRoom, mail_id: str) -> Prepared | MailAnswer:
    """The letter and the way out that is set up now; or why there is none, which is how the attempt ends."""
    mail = await room.postings.read_mail(mail_id)
    if mail is None:
        return MailRefused("It was not sent: its text is not kept any more.")
    try:
        channel = await room.open_channel()
    except Misconfigured as error:
        return MailDelayed(str(error))
    letter = room.write(mail, channel.sender)
    return MailRefused(letter) if isinstance(letter, str) else Prepared(channel, letter)


async def give_up_message(room: PostRoom, message: MailMessage) -> None:
    """A message that failed again and again: what was begun is in doubt, the rest is tried again later."""
    found = await room.postings.read_posting(message["mail_id"])
    if found is None:
        return
    posting, stamp = found
    if posting.begun_at is not None:
        await room.postings.replace_posting(room.end_abandoned(posting, room.now()), stamp)
    elif posting.state is DeliveryState.QUEUED:
        tried = begin_attempt(posting, room.now())
        await room.postings.replace_posting(end_attempt(tried, MailDelayed(UNHANDLED), room.now()), stamp)


async def look_after_mails(room: PostRoom) -> None:
    """By a timer: ask again for what is due and may have lost its message, and doubt what was abandoned."""
    now = room.now()
    for posting in await room.postings.list_unsettled(now):
        if posting.is_due(now):
            await room.postings.ask_again(posting.mail_id, timedelta())
        elif posting.is_abandoned(now):
            found = await room.postings.read_posting(posting.mail_id)
            if found is not None:
                await doubt_abandoned(room, *found)


async def doubt_abandoned(room: PostRoom, posting: Posting, stamp: str) -> None:
    """Report a mail whose attempt nobody makes any more; one that is being sent now is left alone."""
    if posting.is_abandoned(room.now()):
        LOGGER.error("%s may have been sent: its attempt has no end.", posting.mail_id)
        await room.postings.replace_posting(room.end_abandoned(posting, room.now()), stamp)


async def send_again(room: PostRoom, mail_id: str, who: str) -> bool:
    """A person wants a mail sent again that failed or is in doubt; False where it is neither, or too old."""
    found = await room.postings.read_posting(mail_id)
    if found is None or not found[0].may_be_resent(room.now()):
        return False
    posting, stamp = found
    if await room.postings.replace_posting(resend(posting, who, room.now()), stamp) is None:
        return False
    await room.postings.ask_again(mail_id, timedelta())
    return True
