"""Webhooks: rows of table `config`, partition `webhook`. A row names the secrets that sign and that lead there (S5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from azure.data.tables.aio import TableClient

from plans.webhooks import EventKind, Webhook
from store import filters
from store.codec import decode, encode
from store.tables import Row, change_read, make_row, put, query, read, update

PARTITION = "webhook"


@dataclass(frozen=True, slots=True)
class KeptWebhook:
    """What a row holds. Until an address was a secret, `url` was the whole of it, and there was no `host`."""

    id: str
    kinds: tuple[EventKind, ...]
    made_by: str
    made_at: datetime
    secret_name: str
    host: str = ""
    url: str = ""

    @property
    def webhook(self) -> Webhook:
        """The receiver."""
        host = self.host or name_host(self.url)
        return Webhook(self.id, host, self.kinds, self.made_by, self.made_at, self.secret_name)


class TableWebhooks:
    """Where receivers are kept."""

    def __init__(self, config: TableClient) -> None:
        self._config = config

    async def list_kept(self) -> tuple[KeptWebhook, ...]:
        """What the rows hold, the oldest first."""
        rows = [row async for row in query(self._config, filters.in_partition(PARTITION))]
        return tuple(
            sorted((decode(KeptWebhook, row["value"]) for row in rows), key=lambda each: (each.made_at, each.id))
        )

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        """The oldest first."""
        return tuple(each.webhook for each in await self.list_kept())

    async def save_webhook(self, webhook: Webhook) -> None:
        """Keep it."""
        await put(self._config, write_row(webhook))

    async def hide_address(self, webhook: Webhook) -> bool:
        """Keep no more of its address than the host; False where the webhook was removed, which then stays so."""
        row = await read(self._config, PARTITION, webhook.id)
        if row is None:
            return False
        if await change_read(self._config, [update(write_row(webhook), row)]):
            return True
        return await read(self._config, PARTITION, webhook.id) is not None

    async def remove_webhook(self, webhook_id: str) -> None:
        """Forget it."""
        await self._config.delete_entity(PARTITION, webhook_id)


def write_row(webhook: Webhook) -> Row:
    """The row of a receiver."""
    return make_row(PARTITION, webhook.id, encode(Webhook, webhook))


def name_host(url: str) -> str:
    """The host of an address, with the port where it names one."""
    return urlsplit(url).netloc
