"""Webhooks as people set them up: `plans.webhooks.WebhookOffice`, and how events leave.

An event is a mail to a webhook: it waits in the outbox of mails, is tried by the same queue, again and again for a day,
and stands in a list of its own. It may arrive twice where a process dies, and its id says so.
"""

from __future__ import annotations

import secrets as dice
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from app import clock
from app.logs import REDACTOR
from app.settings import Settings
from microsoft.tokens import Remember
from net.webhooks import Receivers
from notify.events import EventChannel, EventRoom, make_message, write_event
from notify.sending import PostRoom, send_again
from plans.errors import Misconfigured, Retry
from plans.mail import Delivery
from plans.posting import repeat_attempt
from plans.webhooks import Event, EventKind, Webhook, make_event_id, name_message
from store.outbox import TableOutbox
from store.secrets import RenewedSecrets
from store.storage import Storage
from store.webhooks import TableWebhooks

ID_BYTES = 6
SECRET_BYTES = 32
SECRET_MARK = "whsec_"  # noqa: S105 - how every signing secret begins


@dataclass(frozen=True, slots=True)
class KeptWebhooks:
    """Receivers in table `config`, their secrets where secrets are."""

    kept: TableWebhooks
    secrets: RenewedSecrets
    outbox: TableOutbox
    receivers: Receivers
    remember: Remember

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        return await self.kept.list_webhooks()

    async def make_webhook(self, url: str, kinds: tuple[EventKind, ...], made_by: str) -> tuple[Webhook, str]:
        """The secret first, then the row that names it: a row without its secret would send unsigned."""
        try:
            await self.receivers.find(url)
        except Retry as error:
            raise Misconfigured(str(error)) from error
        webhook_id = dice.token_hex(ID_BYTES)
        secret = f"{SECRET_MARK}{dice.token_urlsafe(SECRET_BYTES)}"
        webhook = Webhook(webhook_id, url, kinds, made_by, clock.utc_now(), f"webhook-{webhook_id}")
        self.remember(secret)
        await self.secrets.put({webhook.secret_name: secret})
        await self.kept.save_webhook(webhook)
        return webhook, secret

    async def remove_webhook(self, webhook: Webhook) -> None:
        """The row first: whoever dies before the secret is forgotten leaves one that nobody uses."""
        await self.kept.remove_webhook(webhook.id)
        await self.secrets.forget([webhook.secret_name])

    async def send_test(self, webhook: Webhook) -> None:
        now = clock.utc_now()
        event = Event(make_event_id(EventKind.TEST, dice.token_hex(ID_BYTES)), EventKind.TEST, now, {})
        await self.outbox.queue(make_message(webhook, event, now))

    async def send_again(self, webhook: Webhook, event_id: str, who: str) -> bool:
        return await send_again(self.open_post_room(), name_message(webhook.id, event_id), who)

    async def list_sent(self, limit: int) -> Sequence[Delivery]:
        return await self.outbox.list_deliveries(limit)

    async def open_channel(self) -> EventChannel:
        """`plans.mail_channels.OpenMailChannel`: what is kept now, for the next event."""
        webhooks = {each.id: each for each in await self.kept.list_webhooks()}
        return EventChannel(webhooks, self._read_secret, self.receivers.post, clock.utc_now)

    async def _read_secret(self, name: str) -> str:
        secret = (await self.secrets.read(name)).value
        self.remember(secret)
        return secret

    def open_post_room(self) -> PostRoom:
        """What sending events needs."""
        return PostRoom(self.outbox, self.open_channel, clock.utc_now, write_event, repeat_attempt)

    def open_event_room(self) -> EventRoom:
        """What finding them needs."""
        return EventRoom(self.kept.list_webhooks, self.outbox.list_queued, self.outbox.queue, clock.utc_now)


def open_webhooks(
    storage: Storage,
    secrets: RenewedSecrets,
    outbox: TableOutbox,
    settings: Settings,
    transport: httpx.AsyncBaseTransport | None,
) -> KeptWebhooks:
    """Receivers, and how they are told, with what everything else uses."""
    receivers = Receivers(settings.allowed_hosts.extra_origins, transport)
    return KeptWebhooks(
        TableWebhooks(storage.table("config")), secrets, outbox.of_events(), receivers, REDACTOR.remember
    )
