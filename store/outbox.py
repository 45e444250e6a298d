"""Mails on their way out: table `outbox`, and queue `send-mail` (one message an attempt).

Mails stand in one partition, the events of webhooks in another: `m:ID` is the mail, inserted once;
`d:INVERTED TIME:ID` is how far it is, the newest first. Both are inserted as one batch, so that a mail of the same id
is never queued twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.errors import Bug
from plans.mail import RESENT_WITHIN, Delivery, DeliveryState, Mail
from plans.posting import IDENTITY, Posting, open_posting, tell_delivery
from store import filters
from store.codec import decode, encode
from store.journal import invert
from store.queues import send
from store.tables import create, insert_batch, make_row, query, read, replace_read

QUEUE = "send-mail"
PARTITION = "mail"
EVENT_PARTITION = "event"
MAILS = "m:"
POSTINGS = "d:"
LONGEST_WAIT = timedelta(days=6)


class TableOutbox:
    """`plans.mail.Outbox` and `Deliveries`, and `plans.posting.PostingStore`, on Azure Table and Queue Storage."""

    def __init__(
        self, outbox: TableClient, queue: QueueClient, now: Callable[[], datetime], partition: str = PARTITION
    ) -> None:
        self._outbox = outbox
        self._queue = queue
        self._now = now
        self._partition = partition

    def of_events(self) -> TableOutbox:
        """The same for events of webhooks, which no list of mails shows."""
        return TableOutbox(self._outbox, self._queue, self._now, EVENT_PARTITION)

    @classmethod
    def from_connection_string(cls, text: str, outbox: TableClient, now: Callable[[], datetime]) -> Self:
        """With the queue of an account with a key: the emulator's."""
        return cls(outbox, QueueClient.from_connection_string(text, QUEUE), now)

    async def queue(self, mail: Mail) -> bool:
        """Rows first, then the message: who dies between them leaves a mail that the timer finds."""
        if IDENTITY.fullmatch(mail.id) is None:
            raise Bug(f"{mail.id!r} is no id of a mail: letters, digits, dashes and colons only.")
        posting = open_posting(mail, self._now())
        rows = (
            make_row(self._partition, f"{MAILS}{mail.id}", encode(Mail, mail)),
            make_row(self._partition, key_of(posting), encode(Posting, posting)),
        )
        if not await insert_batch(self._outbox, [create(row) for row in rows]):
            return False
        await self.ask_again(mail.id, timedelta())
        return True

    async def list_deliveries(self, limit: int) -> tuple[Delivery, ...]:
        """The newest first."""
        found: list[Delivery] = []
        async for row in query(self._outbox, filters.with_prefix(self._partition, POSTINGS)):
            found.append(tell_delivery(decode(Posting, row["value"])))
            if len(found) >= limit:
                break
        return tuple(found)

    async def list_queued(self, since: datetime) -> frozenset[str]:
        """The ids of what was queued since then."""
        chosen = filters.in_ranges(self._partition, ((POSTINGS, f"{POSTINGS}{invert(since)}"),))
        return frozenset([decode(Posting, row["value"]).mail_id async for row in query(self._outbox, chosen)])

    async def read_mail(self, mail_id: str) -> Mail | None:
        """The mail as it was queued."""
        if IDENTITY.fullmatch(mail_id) is None:
            return None
        row = await read(self._outbox, self._partition, f"{MAILS}{mail_id}")
        return None if row is None else decode(Mail, row["value"])

    async def read_posting(self, mail_id: str) -> tuple[Posting, str] | None:
        """The posting with its ETag; the mail says when it was made, and so where the posting stands."""
        mail = await self.read_mail(mail_id)
        if mail is None:
            return None
        row = await read(self._outbox, self._partition, f"{POSTINGS}{invert(mail.made_at)}:{mail_id}")
        return None if row is None else (decode(Posting, row["value"]), str(row.metadata["etag"]))

    async def replace_posting(self, posting: Posting, stamp: str) -> str | None:
        """By If-Match; the new ETag."""
        row = make_row(self._partition, key_of(posting), encode(Posting, posting))
        return await replace_read(self._outbox, row, stamp)

    async def list_unsettled(self, now: datetime) -> tuple[Posting, ...]:
        """Among the mails of the last days: an older one is neither tried nor sent again."""
        since = now - RESENT_WITHIN - timedelta(days=2)
        chosen = filters.in_ranges(self._partition, ((POSTINGS, f"{POSTINGS}{invert(since)}"),))
        postings = [decode(Posting, row["value"]) async for row in query(self._outbox, chosen)]
        return tuple(each for each in postings if each.state is DeliveryState.QUEUED)

    async def ask_again(self, mail_id: str, wait: timedelta) -> None:
        """A message that shows after this time."""
        await send(self._queue, {"mail_id": mail_id}, min(wait, LONGEST_WAIT))

    async def close(self) -> None:
        """Give the connection back."""
        await self._queue.close()


def key_of(posting: Posting) -> str:
    """Where a posting stands: the newest mail first."""
    return f"{POSTINGS}{invert(posting.made_at)}:{posting.mail_id}"
