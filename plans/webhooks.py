"""Webhooks: what is told to a receiver of the MSP's own, how it is signed, and where receivers are kept. Pure.

A message is signed as others sign theirs, so that receivers find a library for it: HMAC-SHA256 over the moment of
sending, a full stop and the body, and the moment beside it, so that nobody can send an old one again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from plans.mail import Delivery

MOST_WEBHOOKS = 10
EVENT_MARK = "event:"


class EventKind(StrEnum):
    """What is told."""

    RUN_FINISHED = "run.finished"
    HOLD_OPENED = "hold.opened"
    ALERT_OPENED = "alert.opened"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One receiver. `kinds` are the events that it is told; `secret_name` is where its signing secret is kept.

    `host` is the host of its address, with the port where it names one. The rest of an address may open the receiver to
    whoever reads it, so the whole of it is a secret, too (S5). `made_at` is aware, in UTC: what happened before it is
    not told.
    """

    id: str
    host: str
    kinds: tuple[EventKind, ...]
    made_by: str
    made_at: datetime
    secret_name: str

    @property
    def address_name(self) -> str:
        """Where its address is kept."""
        return f"{self.secret_name}-address"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `id` is the same however often it is found; `at` is aware, in UTC."""

    id: str
    kind: EventKind
    at: datetime
    data: Mapping[str, object]


class WebhookOffice(Protocol):
    """What the page needs of webhooks."""

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        """Every receiver, the oldest first."""
        ...

    async def make_webhook(self, url: str, kinds: tuple[EventKind, ...], made_by: str) -> tuple[Webhook, str]:
        """Keep a receiver; with its signing secret, which is told this once.

        Raises Misconfigured, with a sentence for the address, where it may not be called, cannot be found, or is told
        already.
        """
        ...

    async def remove_webhook(self, webhook: Webhook) -> None:
        """Tell it nothing any more, and put its secret and its address out of use."""
        ...

    async def send_test(self, webhook: Webhook) -> None:
        """Queue an event of the kind TEST for it."""
        ...

    async def send_again(self, webhook: Webhook, event_id: str, who: str) -> bool:
        """Queue an event again that it could not be told, as it was, under the same id; False where it waits, was
        told, is not kept, or is too old."""
        ...

    async def list_sent(self, limit: int) -> Sequence[Delivery]:
        """What was queued, the newest first, and how it fared; the recipient is the webhook's id."""
        ...


def make_event_id(kind: EventKind, *parts: str) -> str:
    """The id of an event: of its kind and of what makes it that one; fit for a key."""
    digest = hashlib.sha256("\n".join((kind.value, *parts)).encode()).hexdigest()
    return f"{kind.value.replace('.', '-')}-{digest[:24]}"


def make_message_id(webhook: Webhook, event: Event) -> str:
    """The id under which an event is queued for one receiver: once, however often it is found."""
    return name_message(webhook.id, event.id)


def name_message(webhook_id: str, event_id: str) -> str:
    """The same by the two ids."""
    return f"{EVENT_MARK}{webhook_id}:{event_id}"


def is_event_message(message_id: str) -> bool:
    """Whether a message of the queue is one of ours, and no mail."""
    return message_id.startswith(EVENT_MARK)


def read_event_id(message_id: str) -> str:
    """The event that a message tells."""
    return message_id.rpartition(":")[2]


def write_body(event: Event) -> str:
    """The body, the same at every attempt: JSON in one line, its keys in order."""
    told = {"id": event.id, "event": event.kind.value, "at": write_moment(event.at), "data": dict(event.data)}
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def write_moment(moment: datetime) -> str:
    """An aware moment of UTC as JSON has it."""
    return moment.isoformat().replace("+00:00", "Z")


def write_signature(secret: str, body: bytes, sent_at: datetime) -> str:
    """The header `Seatledger-Signature`: t=SECONDS,v1=HEX. HEX signs the seconds, a full stop and the body."""
    seconds = int(sent_at.timestamp())
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"
