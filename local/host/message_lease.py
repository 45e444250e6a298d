"""A queue message is invisible to others while its function runs; this keeps it so, and ends it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Self

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

# The Functions host takes ten minutes and renews halfway. Here a worker is killed on purpose, and its
# messages should come back while somebody watches; three renewals fit into one lease.
LEASE_SECONDS = 30
SECONDS_BETWEEN_RENEWALS = 10.0

_logger = logging.getLogger("host.queues")


class MessageLease:
    """`async with lease:` renews the lease in the background; afterwards delete or release the message."""

    def __init__(self, queue: QueueClient, message: QueueMessage) -> None:
        self._queue = queue
        self._message = message
        self._pop_receipt = message.pop_receipt or ""
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait([self._renewing])

    async def delete(self) -> None:
        """Takes the message out of the queue; somebody else may have it when the lease was lost."""
        try:
            await self._queue.delete_message(self._message.id, self._pop_receipt)
        except ResourceNotFoundError:
            _logger.warning("the lease of message %s was lost; it may be handled again", self._message.id)

    async def release(self, pause: timedelta) -> None:
        """Lets others see the message again after `pause`."""
        try:
            await self._show_after(int(pause.total_seconds()))
        except ResourceNotFoundError:
            _logger.warning("the lease of message %s was lost before it ended", self._message.id)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_RENEWALS)
            try:
                await self._show_after(LEASE_SECONDS)
            except AzureError as error:
                _logger.warning("the lease of message %s cannot be renewed: %s", self._message.id, error)

    async def _show_after(self, seconds: int) -> None:
        updated = await self._queue.update_message(self._message.id, self._pop_receipt, visibility_timeout=seconds)
        self._pop_receipt = updated.pop_receipt or self._pop_receipt
