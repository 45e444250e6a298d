"""Asking for extra runs: queue `run-requests`, and the ids that are taken (table `runs`, partition `asked`)."""

from __future__ import annotations

import json
from datetime import date
from typing import Self

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.asking import AskedRun
from store import filters
from store.codec import decode, encode
from store.tables import insert, make_row, query

QUEUE = "run-requests"
ASKED_PARTITION = "asked"


class QueueRunRequests:
    """`plans.asking.RunRequests` on Azure Queue Storage.

    The row of an id is inserted and never changed, so that of two people who ask in the same second each gets a run of
    their own. Messages are sent as they are, as host.json's `messageEncoding` says.
    """

    def __init__(self, queue: QueueClient, runs: TableClient) -> None:
        self._queue = queue
        self._runs = runs

    @classmethod
    def from_connection_string(cls, text: str, runs: TableClient) -> Self:
        """The queue of an account with a key: the emulator's."""
        return cls(QueueClient.from_connection_string(text, QUEUE), runs)

    @classmethod
    def from_account(cls, name: str, credential: AsyncTokenCredential, runs: TableClient) -> Self:
        """The queue of an account in Azure, by identity."""
        return cls(QueueClient(f"https://{name}.queue.core.windows.net", QUEUE, credential=credential), runs)

    async def reserve(self, asked: AskedRun) -> bool:
        return await insert(self._runs, make_row(ASKED_PARTITION, asked.run_id, encode(AskedRun, asked)))

    async def list_asked(self, day: date) -> tuple[AskedRun, ...]:
        chosen = filters.with_prefix(ASKED_PARTITION, f"{day.isoformat()}-")
        return tuple([decode(AskedRun, row["value"]) async for row in query(self._runs, chosen)])

    async def ask(self, asked: AskedRun) -> None:
        message = json.dumps({"run_id": asked.run_id, "customer_ids": list(asked.customer_ids)})
        try:
            await self._queue.send_message(message)
        except ResourceNotFoundError:
            await self._make_queue()
            await self._queue.send_message(message)

    async def _make_queue(self) -> None:
        """Nobody has asked before, and the host has not listened yet."""
        try:
            await self._queue.create_queue()
        except ResourceExistsError:
            return

    async def close(self) -> None:
        """Give the connection back."""
        await self._queue.close()
