"""Queue output bindings: the messages that a function returned, put into their queues."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from local.host.functions import Binding
from local.host.messages import TypedData
from local.host.queue_clients import QueueClients
from local.host.queue_text import encode_message
from local.host.settings import resolve_references

CONCURRENT_SENDS = 16


def read_outgoing_messages(data: TypedData | None) -> list[str | bytes]:
    """The messages in an output's value: a JSON list is one message per item, anything else one message."""
    if data is None:
        return []
    if data.kind != "json":
        return [data.value] if isinstance(data.value, str | bytes) else [str(data.value)]
    content = json.loads(str(data.value))
    items = content if isinstance(content, list) else [content]
    return [item if isinstance(item, str) else json.dumps(item) for item in items]


async def create_queue_if_missing(queue: QueueClient) -> None:
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return


class QueueOutputs:
    """Sends messages to the queues that bindings name, and creates a queue that does not exist yet."""

    def __init__(self, clients: QueueClients, message_encoding: str, app_settings: Mapping[str, str]) -> None:
        self._clients = clients
        self._encoding = message_encoding
        self._app_settings = app_settings

    async def send(self, binding: Binding, outgoing: list[str | bytes]) -> None:
        if not outgoing:
            return
        name = resolve_references(binding.text("queueName"), self._app_settings)
        queue = self._clients.open(binding.text("connection"), name)
        texts = [encode_message(message, self._encoding) for message in outgoing]
        try:
            await queue.send_message(texts[0])
        except ResourceNotFoundError:
            await create_queue_if_missing(queue)
            await queue.send_message(texts[0])
        window = asyncio.Semaphore(CONCURRENT_SENDS)

        async def send_one(text: str) -> None:
            async with window:
                await queue.send_message(text)

        await asyncio.gather(*(send_one(text) for text in texts[1:]))
