"""Who changed what: table `audit`, one partition a month (UTC), the newest row first in each (S12)."""

from __future__ import annotations

from uuid import uuid4

from azure.data.tables.aio import TableClient

from plans.audit import AuditEntry
from store import filters
from store.codec import decode, encode
from store.journal import invert
from store.tables import insert, make_row, query


class TableAudit:
    """`plans.audit.Audit` on Azure Table Storage."""

    def __init__(self, audit: TableClient) -> None:
        self._audit = audit

    async def note(self, entry: AuditEntry) -> None:
        """Keep an entry; two of one microsecond stay apart."""
        row_key = f"{invert(entry.at)}:{uuid4().hex}"
        await insert(self._audit, make_row(entry.at.strftime("%Y-%m"), row_key, encode(AuditEntry, entry)))

    async def list_entries(self, limit: int) -> tuple[AuditEntry, ...]:
        """The newest first."""
        found: list[AuditEntry] = []
        async for row in query(self._audit, filters.anywhere_with_prefix("0")):
            found.append(decode(AuditEntry, row["value"]))
        return tuple(sorted(found, key=lambda entry: entry.at, reverse=True)[:limit])
