"""What is remembered of Microsoft accounts: table `config`, partitions `refresh` and `preconsent`."""

from __future__ import annotations

from azure.data.tables.aio import TableClient

from plans.account_records import PartnerRefresh, PreConsentRecord
from store import filters
from store.codec import decode, encode
from store.tables import make_row, put, put_batches, query, read

REFRESH_PARTITION = "refresh"
PRECONSENT_PARTITION = "preconsent"


class TableAccountRecords:
    """`plans.account_records.AccountRecords` on Azure Table Storage."""

    def __init__(self, config: TableClient) -> None:
        self._config = config

    async def save_refresh(self, refresh: PartnerRefresh) -> None:
        """The newest one takes the place of the one before."""
        await put(self._config, make_row(REFRESH_PARTITION, refresh.account_id, encode(PartnerRefresh, refresh)))

    async def read_refresh(self, account_id: str) -> PartnerRefresh | None:
        """The newest one."""
        row = await read(self._config, REFRESH_PARTITION, account_id)
        return None if row is None else decode(PartnerRefresh, row["value"])

    async def save_preconsents(self, account_id: str, records: tuple[PreConsentRecord, ...]) -> None:
        """One row a tenant."""
        rows = [
            make_row(PRECONSENT_PARTITION, f"{account_id}:{record.tenant_id}", encode(PreConsentRecord, record))
            for record in records
        ]
        await put_batches(self._config, rows)

    async def list_preconsents(self, account_id: str) -> tuple[PreConsentRecord, ...]:
        """By tenant."""
        chosen = filters.with_prefix(PRECONSENT_PARTITION, f"{account_id}:")
        return tuple([decode(PreConsentRecord, row["value"]) async for row in query(self._config, chosen)])

    async def forget_account(self, account_id: str) -> None:
        """Row by row: who dies in between leaves some, which nobody looks at."""
        async for row in query(self._config, filters.with_prefix(PRECONSENT_PARTITION, f"{account_id}:")):
            await self._config.delete_entity(PRECONSENT_PARTITION, row["RowKey"])
        await self._config.delete_entity(REFRESH_PARTITION, account_id)
