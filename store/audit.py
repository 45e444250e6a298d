"""Who changed what: table `audit`, one partition a month (UTC), the newest row first in each (S12)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from azure.data.tables.aio import TableClient

from plans.audit import AuditEntry
from store import filters
from store.codec import decode, encode
from store.journal import invert
from store.tables import insert, make_row, query

MONTHS_READ = 36


class TableAudit:
    """`plans.audit.Audit` on Azure Table Storage."""

    def __init__(self, audit: TableClient) -> None:
        self._audit = audit

    async def note(self, entry: AuditEntry) -> None:
        """Keep an entry; two of one microsecond stay apart."""
        row_key = f"{invert(entry.at)}:{uuid4().hex}"
        month = list_months(entry.at.astimezone(UTC))[0]
        await insert(self._audit, make_row(month, row_key, encode(AuditEntry, entry)))

    async def list_entries(self, limit: int, until: datetime) -> tuple[AuditEntry, ...]:
        """The newest first; a month is one query, and those before enough was found are not asked."""
        found: list[AuditEntry] = []
        for month in list_months(until.astimezone(UTC)):
            chosen = filters.in_partition(month)
            found += [decode(AuditEntry, row["value"]) async for row in query(self._audit, chosen)]
            if len(found) >= limit:
                break
        return tuple(found[:limit])


def list_months(until: datetime) -> list[str]:
    """The partitions from a moment back, the newest first."""
    newest = until.year * 12 + until.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(newest, newest - MONTHS_READ, -1)]
