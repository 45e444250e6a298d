"""Forecasts of invoices, and what invoices turned out to be: table `invoices`.

Partition `newest` has one row an agreement, `connection:agreement`: its newest forecast, written when it becomes
another one. Partition `connection:agreement` has one row an invoice, by the date on which it was due: what was forecast
before it and what it came to, kept for ever.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from azure.data.tables.aio import TableClient

from plans.invoices import InvoiceDifference, KeptForecast
from store import filters
from store.codec import decode, encode
from store.tables import make_row, put_batches, query, read

NEWEST_PARTITION = "newest"


class TableForecasts:
    """`plans.ports.Forecasts` on Azure Table Storage."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def list_newest(self) -> tuple[KeptForecast, ...]:
        rows = [row async for row in query(self._table, filters.in_partition(NEWEST_PARTITION))]
        return tuple(decode(KeptForecast, row["value"]) for row in rows)

    async def read_newest(self, connection_id: str, agreement_id: str) -> KeptForecast | None:
        row = await read(self._table, NEWEST_PARTITION, name_agreement(connection_id, agreement_id))
        return None if row is None else decode(KeptForecast, row["value"])

    async def save_newest(self, forecasts: Sequence[KeptForecast]) -> None:
        last_of_agreement = {each.id: each for each in forecasts}
        rows = [
            make_row(NEWEST_PARTITION, name, encode(KeptForecast, each)) for name, each in last_of_agreement.items()
        ]
        await put_batches(self._table, rows)

    async def save_differences(self, differences: Sequence[InvoiceDifference]) -> None:
        partitions: dict[str, dict[str, InvoiceDifference]] = defaultdict(dict)
        for each in differences:
            partitions[name_agreement(each.connection_id, each.agreement_id)][each.due_on.isoformat()] = each
        for partition, by_day in partitions.items():
            rows = [make_row(partition, day, encode(InvoiceDifference, each)) for day, each in by_day.items()]
            await put_batches(self._table, rows)

    async def list_differences(self, connection_id: str, agreement_id: str) -> tuple[InvoiceDifference, ...]:
        chosen = filters.in_partition(name_agreement(connection_id, agreement_id))
        rows = [row async for row in query(self._table, chosen)]
        return tuple(reversed([decode(InvoiceDifference, row["value"]) for row in rows]))


def name_agreement(connection_id: str, agreement_id: str) -> str:
    """An agreement across all connections, as a key."""
    return f"{connection_id}:{agreement_id}"
