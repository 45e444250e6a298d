"""The trigger metadata of a queue message, in the kinds of data that the Functions host sends."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

from azure.storage.queue import QueueMessage

from local.host.messages import TypedData

DEFAULT_LIFETIME = timedelta(days=7)


def describe_message(body: str | bytes, message: QueueMessage | None = None) -> dict[str, TypedData]:
    """Metadata of `message`; of a message that was never in a queue where it is None."""
    now = datetime.now(UTC)
    inserted = (message and message.inserted_on) or now
    data = {
        "Id": TypedData(string=(message and message.id) or str(uuid.uuid4())),
        "DequeueCount": TypedData(json=json.dumps((message and message.dequeue_count) or 1)),
        "InsertionTime": _write_time(inserted),
        "ExpirationTime": _write_time((message and message.expires_on) or inserted + DEFAULT_LIFETIME),
        "NextVisibleTime": _write_time((message and message.next_visible_on) or now),
        "PopReceipt": TypedData(string=(message and message.pop_receipt) or ""),
    }
    if isinstance(body, str):
        data["QueueTrigger"] = TypedData(string=body)
    return data


def _write_time(moment: datetime) -> TypedData:
    return TypedData(json=json.dumps(moment.isoformat()))
