"""A mail that is to be sent, and where it is put and followed; who sends it is behind the two promises below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

# So many of the newest mails are looked at: a page of them, and what waits for a person among them.
NEWEST_MAILS = 50
# What is older is of no use any more, and nobody may send it again.
RESENT_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient. `made_at` is aware, in UTC.

    `id` is the same for the same mail, however often it is made: a digest has one of its recipient and day. It is fit
    for the key of a table row: letters, digits, dashes and colons.
    """

    id: str
    recipient: str
    subject: str
    text: str
    html: str
    made_at: datetime


class DeliveryState(StrEnum):
    """How far a mail is."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How sending one mail went so far. `sentence` says for people what happened last; times are aware, in UTC.

    IN_DOUBT is a mail that may have left before the process that sent it died: it is not sent again by itself.
    `retry_at` is when a queued one is tried next.
    """

    mail_id: str
    recipient: str
    subject: str
    state: DeliveryState
    attempts: int
    changed_at: datetime
    sentence: str = ""
    retry_at: datetime | None = None


def find_unsent(deliveries: Sequence[Delivery], now: datetime) -> tuple[Delivery, ...]:
    """The mails of the last seven days that did not leave, or of which nobody knows, whose recipient was sent none
    since. `deliveries` are the newest first, `now` is aware."""
    reached: set[str] = set()
    found: list[Delivery] = []
    for each in deliveries:
        recipient = each.recipient.casefold()
        if each.state is DeliveryState.SENT:
            reached.add(recipient)
        elif each.state is not DeliveryState.QUEUED and recipient not in reached:
            found += [each] if now - each.changed_at < RESENT_WITHIN else []
    return tuple(found)


class Outbox(Protocol):
    """Mails on their way out."""

    async def queue(self, mail: Mail) -> bool:
        """Keep the mail until it is sent; False where one of its id was queued before, and that one stands."""
        ...


class Deliveries(Protocol):
    """What became of the mails that were queued."""

    async def list_deliveries(self, limit: int) -> Sequence[Delivery]:
        """How the newest mails fared, the newest first, at most `limit`."""
        ...
