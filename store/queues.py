"""Putting messages into queues, which are made when the first message comes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient


async def send(queue: QueueClient, message: Mapping[str, Any], wait: timedelta | None = None) -> None:
    """Send it as JSON, as it is (host.json's `messageEncoding`); it shows after `wait`, or at once."""
    text = json.dumps(message)
    seconds = None if wait is None else int(wait.total_seconds())
    try:
        await queue.send_message(text, visibility_timeout=seconds)
    except ResourceNotFoundError:
        await make_queue(queue)
        await queue.send_message(text, visibility_timeout=seconds)


async def make_queue(queue: QueueClient) -> None:
    """Nobody has asked before, and the host has not listened yet; somebody else may make it at the same moment."""
    try:
        await queue.create_queue()
    except ResourceExistsError:
        return
