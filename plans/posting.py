"""One queued mail from its intent to its end: pure steps, so that it is never sent twice knowingly.

An attempt is written down before it is made, and how it ended after it. Who finds an attempt without an end, older
than any attempt may take, knows that its process died: whether the mail left is not known, so it is reported and not
sent again (docs/mail.md, "What mail can promise").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from plans.mail import RESENT_WITHIN, Delivery, DeliveryState, Mail
from plans.mail_channels import MailAnswer, MailDelayed, MailInDoubt, MailRefused, MailTaken

LONGEST_ATTEMPT = timedelta(minutes=6)
KEPT_TRYING = timedelta(hours=24)
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9:-]{0,199}")
WAITS = "Waits to be sent."
BROKEN_OFF = "The process that sent it died; it is tried again."
DIED = (
    "The process that sent it died, or could not write down how it went, so it may have left. Ask the recipient, or "
    "look into the sent mail of the server; then send it again if it did not arrive."
)


@dataclass(frozen=True, slots=True)
class Posting:
    """How far one mail is. Times are aware, in UTC.

    A queued one is tried at `due_at`, again and again until `ends_at`. `begun_at` is the intent: an attempt that began
    then, and of which nobody has written down how it ended.
    """

    mail_id: str
    recipient: str
    subject: str
    state: DeliveryState
    attempts: int
    made_at: datetime
    changed_at: datetime
    due_at: datetime
    ends_at: datetime
    begun_at: datetime | None = None
    sentence: str = WAITS

    def is_due(self, now: datetime) -> bool:
        """Whether it may be tried now."""
        return self.state is DeliveryState.QUEUED and self.begun_at is None and self.due_at <= now

    def is_abandoned(self, now: datetime) -> bool:
        """Whether an attempt began so long ago that nobody makes it any more."""
        return self.begun_at is not None and now - self.begun_at >= LONGEST_ATTEMPT

    def may_be_resent(self, now: datetime) -> bool:
        """Whether a person may have it sent again: it failed or is in doubt, and is not too old to be of use."""
        return self.state in (DeliveryState.FAILED, DeliveryState.IN_DOUBT) and now - self.made_at < RESENT_WITHIN


class PostingStore(Protocol):
    """Where postings are kept. Every change is refused where somebody else changed the posting first."""

    async def read_posting(self, mail_id: str) -> tuple[Posting, str] | None:
        """The posting and its stamp; None where no such mail was queued."""
        ...

    async def read_mail(self, mail_id: str) -> Mail | None:
        """The mail itself."""
        ...

    async def replace_posting(self, posting: Posting, stamp: str) -> str | None:
        """Put it in place of the one with this stamp; the new stamp, or None where another one stands there now."""
        ...

    async def list_unsettled(self, now: datetime) -> tuple[Posting, ...]:
        """Queued postings of the days in which a mail may still be sent."""
        ...

    async def ask_again(self, mail_id: str, wait: timedelta) -> None:
        """Have the mail looked at again after this time."""
        ...


class ResendMail(Protocol):
    """A person's wish that a mail is sent again which failed or is in doubt."""

    async def __call__(self, mail_id: str, who: str) -> bool:
        """False where it is neither any more, or too old to be of use."""
        ...


def open_posting(mail: Mail, now: datetime) -> Posting:
    """The posting of a mail that has just been queued."""
    return Posting(
        mail_id=mail.id,
        recipient=mail.recipient,
        subject=mail.subject,
        state=DeliveryState.QUEUED,
        attempts=0,
        made_at=mail.made_at,
        changed_at=now,
        due_at=now,
        ends_at=now + KEPT_TRYING,
    )


def begin_attempt(posting: Posting, now: datetime) -> Posting:
    """The intent to send it now."""
    return replace(posting, begun_at=now, changed_at=now, attempts=posting.attempts + 1)


def end_attempt(posting: Posting, answer: MailAnswer, now: datetime) -> Posting:
    """What the attempt came to."""
    done = replace(posting, begun_at=None, changed_at=now, sentence=answer.sentence)
    match answer:
        case MailTaken():
            return replace(done, state=DeliveryState.SENT)
        case MailRefused():
            return replace(done, state=DeliveryState.FAILED)
        case MailInDoubt():
            return replace(done, state=DeliveryState.IN_DOUBT)
        case _:
            return delay_attempt(done, answer, now)


def delay_attempt(posting: Posting, answer: MailDelayed, now: datetime) -> Posting:
    """When it is tried again: as late as we were asked to, and each time later; or given up after a day."""
    pause = PAUSES[min(max(posting.attempts, 1), len(PAUSES)) - 1]
    due_at = now + max(pause, answer.wait or pause)
    if due_at >= posting.ends_at:
        tries = "one try" if posting.attempts == 1 else f"{posting.attempts} tries"
        given_up = f"Given up after {tries}, for the next would come a day late: {answer.sentence}"
        return replace(posting, state=DeliveryState.FAILED, sentence=given_up)
    return replace(posting, due_at=due_at)


def doubt_attempt(posting: Posting, now: datetime) -> Posting:
    """An attempt whose process died."""
    return replace(posting, state=DeliveryState.IN_DOUBT, begun_at=None, changed_at=now, sentence=DIED)


def repeat_attempt(posting: Posting, now: datetime) -> Posting:
    """An attempt whose process died, of what may arrive twice without harm: it is tried again later."""
    return delay_attempt(
        replace(posting, begun_at=None, changed_at=now, sentence=BROKEN_OFF), MailDelayed(BROKEN_OFF), now
    )


def resend(posting: Posting, who: str, now: datetime) -> Posting:
    """A person wants it sent again, and takes the risk that it arrives twice."""
    sentence = f"{who} had it sent again."
    return replace(
        posting,
        state=DeliveryState.QUEUED,
        changed_at=now,
        due_at=now,
        ends_at=now + KEPT_TRYING,
        sentence=sentence,
    )


def tell_delivery(posting: Posting) -> Delivery:
    """What pages show of it."""
    is_waiting = posting.state is DeliveryState.QUEUED and posting.begun_at is None
    return Delivery(
        mail_id=posting.mail_id,
        recipient=posting.recipient,
        subject=posting.subject,
        state=posting.state,
        attempts=posting.attempts,
        changed_at=posting.changed_at,
        sentence=posting.sentence,
        retry_at=posting.due_at if is_waiting else None,
    )
