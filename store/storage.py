"""The storage account: its tables, its one container, and how to make them where they are missing."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceExistsError
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from plans.errors import Misconfigured

TABLES = ("books", "runs", "runtenants", "open", "config", "invoices", "audit", "outbox")
CONTAINER = "archive"
FORBIDDEN = 403


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
        """Make the tables and the container that are missing; where none is, this costs two calls.

        Queues make themselves: the one of ours when it is first sent to, the host's by the host. Raises Misconfigured
        where the account refuses us.
        """
        try:
            there = {table.name async for table in self.tables.list_tables()}
            for name in TABLES:
                if name not in there:
                    await self.tables.create_table_if_not_exists(name)
            if not await self.container().exists():
                await self._make_container()
        except HttpResponseError as error:
            if not isinstance(error, ClientAuthenticationError) and error.status_code != FORBIDDEN:
                raise
            raise Misconfigured(explain_refusal(self.tables.account_name, error)) from error

    async def _make_container(self) -> None:
        """Another process may be quicker."""
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


def explain_refusal(account: str | None, error: HttpResponseError) -> str:
    """What somebody has to do about an account that refuses us (Azure Storage, "Common REST API error codes")."""
    code = getattr(error, "error_code", None) or error.status_code or "no answer to the sign-in"
    return (
        f"The storage account {account} refuses this app ({getattr(code, 'value', code)}). Give the app's identity the "
        "roles Storage Table Data Contributor, Storage Blob Data Contributor and Storage Queue Data Contributor on it, "
        "and let the app through its firewall. A new role works after some minutes."
    )
