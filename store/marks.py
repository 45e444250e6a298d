"""Which customers are being changed, or were since the view of all customers was written: table `config`, partition
`changed`.

Lists are read from a blob (`store.customer_view`) that no batch can be one with. So whoever changes what lists show of
a customer says so **before**: a row `p:CUSTOMER:TOKEN`, pending. Once the change is made it becomes `d:CUSTOMER`, done,
with a token of its own. While either stands, lists take that customer from its own rows. A process that dies in between
leaves its pending row, and lists stay right; it goes with the next view that is written `LONGEST_CHANGE` later, when
nobody can be at that change any more.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from azure.core.exceptions import AzureError, HttpResponseError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient

from store import filters
from store.codec import decode, encode
from store.tables import BATCH_LIMIT, change_read, delete, insert, make_row, put, query, replace

LOG = logging.getLogger(__name__)
CHANGED_PARTITION = "changed"
PENDING, DONE = "p", "d"
# No invocation lives longer than ten minutes (`functionTimeout`); five more for clocks that differ.
LONGEST_CHANGE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class KeptMark:
    """What one row of the partition `changed` holds. `at` is aware, UTC; no two marks have the same token."""

    token: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """A customer that lists must take from its own rows, and the row that says so."""

    customer_id: str
    is_pending: bool
    token: str
    at: datetime
    row: TableEntity


class Marks:
    """The partition `changed`."""

    def __init__(self, config: TableClient, now: Callable[[], datetime]) -> None:
        self._config = config
        self._now = now

    @asynccontextmanager
    async def changing(self, customer_id: str) -> AsyncIterator[None]:
        """Around every write of rows that lists show. Where the write raises, nobody knows whether it took effect, or
        still will: the mark stays pending."""
        token = uuid4().hex
        pending = make_row(CHANGED_PARTITION, f"{PENDING}:{customer_id}:{token}", self._kept(token))
        await insert(self._config, pending)
        yield
        try:
            await self._end(customer_id, token, pending)
        except AzureError:
            # The change is made, and its pending row goes on saying so.
            LOG.warning("The mark of a change of customer %s stays pending", customer_id, exc_info=True)

    async def _end(self, customer_id: str, token: str, pending: dict[str, str]) -> None:
        done = make_row(CHANGED_PARTITION, f"{DONE}:{customer_id}", self._kept(token))
        try:
            await self._config.submit_transaction([("delete", pending), replace(done)])
        except HttpResponseError as error:
            if error.status_code != 404:
                raise
            # It took so long that the pending row was given up.
            await put(self._config, done)

    async def list_marks(self) -> tuple[Mark, ...]:
        """Every mark that stands."""
        found = query(self._config, filters.in_partition(CHANGED_PARTITION))
        return tuple([make_mark(row) async for row in found])

    def select_ended(self, marks: Sequence[Mark]) -> tuple[Mark, ...]:
        """Those behind which nothing happens any more: what is done, and what nobody can be at any more."""
        return tuple(mark for mark in marks if not mark.is_pending or self.is_old(mark))

    def is_old(self, mark: Mark) -> bool:
        """Whether its change is made, or will never be."""
        return self._now() - mark.at > LONGEST_CHANGE

    async def remove(self, marks: Sequence[Mark]) -> None:
        """Forget these marks; one that says something newer by now stays."""
        for start in range(0, len(marks), BATCH_LIMIT):
            batch = [delete(mark.row) for mark in marks[start : start + BATCH_LIMIT]]
            if not await change_read(self._config, batch):
                for each in batch:
                    await change_read(self._config, [each])

    def _kept(self, token: str) -> bytes:
        return encode(KeptMark, KeptMark(token, self._now()))


def make_mark(row: TableEntity) -> Mark:
    """A mark from its row. Tokens hold no colon; customers' ids may."""
    kind, _, rest = row["RowKey"].partition(":")
    kept = decode(KeptMark, row["value"])
    is_pending = kind == PENDING
    return Mark(rest.rpartition(":")[0] if is_pending else rest, is_pending, kept.token, kept.at, row)
