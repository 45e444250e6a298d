"""Messages that nobody can handle: the queue of extra runs has no function that reports those."""

from __future__ import annotations

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

QUEUE = "run-requests-poison"


async def count_messages(queue: QueueClient) -> int:
    """About how many there are; none where the host never had to make the queue."""
    try:
        properties = await queue.get_queue_properties()
    except ResourceNotFoundError:
        return 0
    return properties.approximate_message_count or 0
