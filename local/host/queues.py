"""Queue triggers as the Functions host plays them: batches, leases, retries, and the poison queue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from local.host.functions import IndexedFunction
from local.host.invocations import Invocations
from local.host.message_lease import LEASE_SECONDS, MessageLease
from local.host.messages import TypedData
from local.host.queue_clients import QueueClients
from local.host.queue_metadata import describe_message
from local.host.queue_outputs import create_queue_if_missing
from local.host.queue_text import UndecodableMessage, decode_message
from local.host.settings import QueueSettings, resolve_references

SHORTEST_POLLING_SECONDS = 0.1
POISON_SUFFIX = "-poison"

_logger = logging.getLogger("host.queues")


class QueueListener:
    """Feeds one function from one queue until it is cancelled. A poison queue has no poison queue of its own."""

    def __init__(
        self,
        function: IndexedFunction,
        queue: QueueClient,
        poison: QueueClient | None,
        settings: QueueSettings,
        invocations: Invocations,
    ) -> None:
        self.function = function
        self._queue = queue
        self._poison = poison
        self._settings = settings
        self._invocations = invocations
        self._running: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        pause = SHORTEST_POLLING_SECONDS
        while True:
            if len(self._running) > self._settings.new_batch_threshold:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                continue
            batch = await self._fetch()
            for message in batch:
                self._start(message)
            if batch:
                pause = SHORTEST_POLLING_SECONDS
                continue
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._settings.max_polling_interval.total_seconds())

    async def run_with_text(self, text: str) -> None:
        """Runs the function with a message that was never in the queue (the host's admin endpoint)."""
        await self._invocations.run(self.function, TypedData(string=text), describe_message(text))

    async def finish(self) -> None:
        """Waits for the messages that are being handled."""
        if self._running:
            await asyncio.wait(self._running)

    async def _fetch(self) -> list[QueueMessage]:
        size = self._settings.batch_size
        try:
            pages = self._queue.receive_messages(
                messages_per_page=size, max_messages=size, visibility_timeout=LEASE_SECONDS
            )
            return [message async for message in pages]
        except ResourceNotFoundError:
            return []  # nobody has put a message there yet; the first to do so creates the queue
        except AzureError as error:
            _logger.warning("the queue %s cannot be read: %s", self._queue.queue_name, error)
            return []

    def _start(self, message: QueueMessage) -> None:
        task = asyncio.create_task(self._handle(message))
        self._running.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("a message of %s is left to its lease", self._queue.queue_name, exc_info=error)

    async def _handle(self, message: QueueMessage) -> None:
        """One message: run, then delete it; or show it again later; or move it to the poison queue."""
        lease = MessageLease(self._queue, message)
        attempts = message.dequeue_count or 1
        body = self._read_body(message)
        # More attempts than allowed means that each time the worker died and could not say so.
        is_worn_out = attempts > self._settings.max_dequeue_count and self._poison is not None
        if body is None or is_worn_out:
            await self._move_to_poison(lease, message)
            return
        async with lease:
            data = TypedData(string=body) if isinstance(body, str) else TypedData(bytes=body)
            result = await self._invocations.run(self.function, data, describe_message(body, message))
        if result.failure is None:
            await lease.delete()
        elif attempts >= self._settings.max_dequeue_count or self._poison is None:
            await self._move_to_poison(lease, message)
        else:
            await lease.release(self._settings.visibility_timeout)

    def _read_body(self, message: QueueMessage) -> str | bytes | None:
        """What the function gets; None where the message is not encoded as host.json says."""
        try:
            return decode_message(message.content, self._settings.message_encoding)
        except UndecodableMessage as error:
            _logger.error("a message of %s cannot be read: %s", self._queue.queue_name, error)
            return None

    async def _move_to_poison(self, lease: MessageLease, message: QueueMessage) -> None:
        if self._poison is None:
            _logger.error("a message of %s stays until its lease ends", self._queue.queue_name)
            return
        _logger.error("a message of %s goes to %s", self._queue.queue_name, self._poison.queue_name)
        await create_queue_if_missing(self._poison)
        await self._poison.send_message(message.content)
        await lease.delete()


def create_queue_listener(
    function: IndexedFunction,
    clients: QueueClients,
    settings: QueueSettings,
    invocations: Invocations,
    app_settings: Mapping[str, str],
) -> QueueListener:
    """The listener of a function with a queue trigger."""
    name = resolve_references(function.trigger.text("queueName"), app_settings)
    connection = function.trigger.text("connection")
    queue = clients.open(connection, name)
    poison = None if name.endswith(POISON_SUFFIX) else clients.open(connection, name + POISON_SUFFIX)
    return QueueListener(function, queue, poison, settings, invocations)
