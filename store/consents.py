"""Consents that are under way: table `config`, partition `consent`, one row each by the digest of its state (S4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableClient

from plans.consent import PendingConsent
from store import filters
from store.codec import decode, encode
from store.tables import delete, insert, make_row, query, read

CONSENT_PARTITION = "consent"
# The SDK's own deletion of one row does not tell a row that was gone already from one that it deleted.
TAKEN_BY_ANOTHER = frozenset({404, 409, 412})


class TableConsents:
    """`plans.consent.PendingConsents` on Azure Table Storage. Rows hold digests: no state, no browser's secret."""

    def __init__(self, config: TableClient, now: Callable[[], datetime]) -> None:
        self._config = config
        self._now = now

    async def add(self, pending: PendingConsent) -> None:
        """Keep one, and throw away those that nobody can end any more."""
        await insert(self._config, make_row(CONSENT_PARTITION, pending.state_digest, encode(PendingConsent, pending)))
        now = self._now()
        async for row in query(self._config, filters.in_partition(CONSENT_PARTITION)):
            if not decode(PendingConsent, row["value"]).is_good(now):
                await self._config.delete_entity(CONSENT_PARTITION, row["RowKey"])

    async def take(self, state_digest: str) -> PendingConsent | None:
        """Deleted as it was read: of two who read it one deletes it, and only that one has it."""
        row = await read(self._config, CONSENT_PARTITION, state_digest)
        if row is None:
            return None
        try:
            await self._config.submit_transaction([delete(row)])
        except HttpResponseError as error:
            if error.status_code in TAKEN_BY_ANOTHER:
                return None
            raise
        return decode(PendingConsent, row["value"])
