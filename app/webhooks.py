"""Webhooks as people set them up: `plans.webhooks.WebhookOffice`, and how events leave.

An event is a mail to a webhook: it waits in the outbox of mails, is tried by the same queue, again and again for a day,
and stands in a list of its own. It may arrive twice where a process dies, and its id says so.
"""

from __future__ import annotations

import logging
import secrets as dice
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

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
from store.webhooks import TableWebhooks, name_host

LOG = logging.getLogger(__name__)
ID_BYTES = 6
SECRET_BYTES = 32
SECRET_MARK = "whsec_"  # noqa: S105 - how every signing secret begins
# A shorter path may stand in what others answer as well, and would be masked there.
SHORTEST_PATH = 16
TWICE = "This address is told already. Remove that webhook first, or type another address."


@dataclass(frozen=True, slots=True)
class KeptWebhooks:
    """Receivers in table `config`; their addresses and what signs where secrets are (S5)."""

    kept: TableWebhooks
    secrets: RenewedSecrets
    outbox: TableOutbox
    receivers: Receivers
    remember: Remember

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        return await self.kept.list_webhooks()

    async def make_webhook(self, url: str, kinds: tuple[EventKind, ...], made_by: str) -> tuple[Webhook, str]:
        """The secrets first, then the row that names them: a row without them would lead nowhere."""
        try:
            await self.receivers.find(url)
        except Retry as error:
            raise Misconfigured(str(error)) from error
        if await self._is_told(url):
            raise Misconfigured(TWICE)
        webhook_id = dice.token_hex(ID_BYTES)
        secret = f"{SECRET_MARK}{dice.token_urlsafe(SECRET_BYTES)}"
        webhook = Webhook(webhook_id, name_host(url), kinds, made_by, clock.utc_now(), f"webhook-{webhook_id}")
        self.remember(secret)
        self._remember_path(url)
        await self.secrets.put({webhook.secret_name: secret, webhook.address_name: url})
        await self.kept.save_webhook(webhook)
        return webhook, secret

    async def remove_webhook(self, webhook: Webhook) -> None:
        """The row first: whoever dies before the secrets are forgotten leaves some that nobody uses."""
        await self.kept.remove_webhook(webhook.id)
        await self.secrets.forget([webhook.secret_name, webhook.address_name])

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
        webhooks = {each.id: each for each in await self._list_hidden()}
        return EventChannel(webhooks, self._read_secret, self._read_address, self.receivers.post, clock.utc_now)

    async def _list_hidden(self) -> tuple[Webhook, ...]:
        """Every receiver; an address that an earlier version kept in the row is brought to where secrets are."""
        standing = await self.kept.list_kept()
        for webhook, url in ((each.webhook, each.url) for each in standing if each.url):
            self._remember_path(url)
            await self.secrets.put({webhook.address_name: url})
            if not await self.kept.hide_address(webhook):
                await self.secrets.forget([webhook.address_name])
        return tuple(each.webhook for each in standing)

    async def _is_told(self, url: str) -> bool:
        for webhook in await self._list_hidden():
            if webhook.host != name_host(url):
                continue
            try:
                if await self._read_address(webhook) == url:
                    return True
            except Misconfigured as error:
                # Its own events say so, too; it is no reason to refuse another receiver.
                LOG.warning("Whether %s is told already cannot be seen: %s", webhook.host, error)
        return False

    async def _read_secret(self, webhook: Webhook) -> str:
        secret = (await self.secrets.read(webhook.secret_name)).value
        self.remember(secret)
        return secret

    async def _read_address(self, webhook: Webhook) -> str:
        address = (await self.secrets.read(webhook.address_name)).value
        self._remember_path(address)
        return address

    def _remember_path(self, address: str) -> None:
        """Mask what follows the host from now on."""
        path = urlsplit(address)._replace(scheme="", netloc="").geturl()
        if len(path) >= SHORTEST_PATH:
            self.remember(path)

    def open_post_room(self) -> PostRoom:
        """What sending events needs."""
        return PostRoom(self.outbox, self.open_channel, clock.utc_now, write_event, repeat_attempt)

    def open_event_room(self) -> EventRoom:
        """What finding them needs."""
        return EventRoom(self._list_hidden, self.outbox.list_queued, self.outbox.queue, clock.utc_now)


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
