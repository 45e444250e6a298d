"""Asking for extra runs: queue `run-requests`, and the ids that are taken (table `runs`, partition `asked`)."""

from __future__ import annotations

from datetime import date
from typing import Self

from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.asking import AskedRun
from store import filters
from store.codec import decode, encode
from store.queues import send
from store.runs import ASKED_PARTITION
from store.tables import insert, make_row, query

QUEUE = "run-requests"


class QueueRunRequests:
    """`plans.asking.RunRequests` on Azure Queue Storage.

    The row of an id is inserted and never changed, so that of two people who ask in the same second each gets a run of
    their own.
    """

    def __init__(self, queue: QueueClient, runs: TableClient) -> None:
        self._queue = queue
        self._runs = runs

    @classmethod
    def from_connection_string(cls, text: str, runs: TableClient) -> Self:
        """The queue of an account with a key: the emulator's."""
        return cls(QueueClient.from_connection_string(text, QUEUE), runs)

    async def reserve(self, asked: AskedRun) -> bool:
        return await insert(self._runs, make_row(ASKED_PARTITION, asked.run_id, encode(AskedRun, asked)))

    async def list_asked(self, day: date) -> tuple[AskedRun, ...]:
        chosen = filters.with_prefix(ASKED_PARTITION, f"{day.isoformat()}-")
        return tuple([decode(AskedRun, row["value"]) async for row in query(self._runs, chosen)])

    async def ask(self, asked: AskedRun) -> None:
        await send(self._queue, {"run_id": asked.run_id, "customer_ids": list(asked.customer_ids)})

    async def close(self) -> None:
        """Give the connection back."""
        await self._queue.close()
