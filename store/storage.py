"""The storage account: its tables, its one container, and how to make them where they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

TABLES = ("books", "runs", "runtenants", "open", "config", "invoices", "audit")
CONTAINER = "archive"


@dataclass(frozen=True, slots=True)
class Storage:
    """Clients of one storage account, for one event loop."""

    tables: TableServiceClient
    blobs: BlobServiceClient

    @classmethod
    def from_connection_string(cls, text: str) -> Self:
        """An account with a key: the emulator's."""
        return cls(TableServiceClient.from_connection_string(text), BlobServiceClient.from_connection_string(text))

    @classmethod
    def from_account(cls, name: str, credential: AsyncTokenCredential) -> Self:
        """An account in Azure by identity; shared keys are off."""
        return cls(
            TableServiceClient(f"https://{name}.table.core.windows.net", credential=credential),
            BlobServiceClient(f"https://{name}.blob.core.windows.net", credential=credential),
        )

    def table(self, name: str) -> TableClient:
        """One table."""
        return self.tables.get_table_client(name)

    def container(self) -> ContainerClient:
        """The one container."""
        return self.blobs.get_container_client(CONTAINER)

    async def prepare(self) -> None:
        """Make every table and the container where they are missing; harmless when done again."""
        for name in TABLES:
            await self.tables.create_table_if_not_exists(name)
        try:
            await self.blobs.create_container(CONTAINER)
        except ResourceExistsError:
            return

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.tables.close()
        await self.blobs.close()
