"""What is remembered of Microsoft accounts: table `config`, partitions `refresh` (errands) and `preconsent`."""

from __future__ import annotations

from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.account_records import Errand, ErrandKind, PreConsentRecord
from store import filters
from store.codec import decode, encode
from store.queues import send
from store.tables import insert_stamped, make_row, put_batches, query, read, replace_read

QUEUE = "account-errands"
REFRESH_PARTITION = "refresh"
PRECONSENT_PARTITION = "preconsent"


class TableAccountRecords:
    """`plans.account_records.AccountRecords` on Azure Table and Queue Storage."""

    def __init__(self, config: TableClient, queue: QueueClient) -> None:
        self._config = config
        self._queue = queue

    async def read_errand(self, account_id: str, kind: ErrandKind) -> tuple[Errand, str] | None:
        """One row a kind, with its ETag."""
        row = await read(self._config, REFRESH_PARTITION, name_row(account_id, kind))
        return None if row is None else (decode(Errand, row["value"]), str(row.metadata["etag"]))

    async def keep_errand(self, errand: Errand, stamp: str | None) -> str | None:
        """By insert, or by If-Match."""
        row = make_row(REFRESH_PARTITION, name_row(errand.account_id, errand.kind), encode(Errand, errand))
        if stamp is None:
            return await insert_stamped(self._config, row)
        return await replace_read(self._config, row, stamp)

    async def send_errand(self, errand: Errand) -> None:
        """One message, of ids."""
        message = {"account_id": errand.account_id, "kind": errand.kind.value, "errand_id": errand.id}
        await send(self._queue, message)

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
        for kind in ErrandKind:
            await self._config.delete_entity(REFRESH_PARTITION, name_row(account_id, kind))

    async def close(self) -> None:
        """Give the connection back."""
        await self._queue.close()


def name_row(account_id: str, kind: ErrandKind) -> str:
    """Where the newest errand of a kind stands; readings stood there before there were kinds."""
    return account_id if kind is ErrandKind.READ else f"{account_id}:{kind}"
