"""What became of the mails that were sent lately, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from plans.mail import Delivery, DeliveryState, find_unsent
from web.wording import clean, write_moment, write_number_of

WORDS = {
    DeliveryState.QUEUED: ("Queued", "busy"),
    DeliveryState.SENT: ("Sent", "good"),
    DeliveryState.FAILED: ("Not sent", "bad"),
    DeliveryState.IN_DOUBT: ("In doubt", "look"),
}
NEEDS_A_PERSON = (DeliveryState.FAILED, DeliveryState.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail. `mail_id` is empty where nobody needs to do anything about it."""

    subject: str
    recipient: str
    word: str
    tone: str
    sentence: str
    when: str
    mail_id: str


@dataclass(frozen=True, slots=True)
class MailList:
    """The newest mails, and what the heading says of them."""

    headline: str
    rows: tuple[MailRow, ...]


def make_mail_list(deliveries: Sequence[Delivery], zone: ZoneInfo, now: datetime) -> MailList:
    """The newest first."""
    unsent = find_unsent(deliveries, now)
    return MailList(say_unsent(unsent) if unsent else "", tuple(make_row(each, zone) for each in deliveries))


def say_unsent(unsent: Sequence[Delivery]) -> str:
    """2 mails need you: they did not leave."""
    is_in_doubt = any(each.state is DeliveryState.IN_DOUBT for each in unsent)
    count, left = len(unsent), "may not have left" if is_in_doubt else "did not leave"
    return f"{write_number_of(count, 'mail needs', 'mails need')} you: {'it' if count == 1 else 'they'} {left}"


def make_row(delivery: Delivery, zone: ZoneInfo) -> MailRow:
    """One mail in words."""
    word, tone = WORDS[delivery.state]
    return MailRow(
        subject=clean(delivery.subject),
        recipient=clean(delivery.recipient),
        word=word,
        tone=tone,
        sentence=write_sentence(delivery, zone),
        when=write_moment(delivery.changed_at, zone),
        mail_id=delivery.mail_id if delivery.state in NEEDS_A_PERSON else "",
    )


def write_sentence(delivery: Delivery, zone: ZoneInfo) -> str:
    """What happened last, and when it is tried next."""
    told = clean(delivery.sentence)
    if delivery.retry_at is None or not delivery.attempts:
        return told
    return f"{told} Tried again from {write_moment(delivery.retry_at, zone)}."
