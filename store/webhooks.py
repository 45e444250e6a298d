"""Webhooks: rows of table `config`, partition `webhook`. A row names the secret that signs (S5)."""

from __future__ import annotations

from azure.data.tables.aio import TableClient

from plans.webhooks import Webhook
from store import filters
from store.codec import decode, encode
from store.tables import make_row, put, query

PARTITION = "webhook"


class TableWebhooks:
    """Where receivers are kept."""

    def __init__(self, config: TableClient) -> None:
        self._config = config

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        """The oldest first."""
        rows = [row async for row in query(self._config, filters.in_partition(PARTITION))]
        return tuple(sorted((decode(Webhook, row["value"]) for row in rows), key=lambda each: (each.made_at, each.id)))

    async def save_webhook(self, webhook: Webhook) -> None:
        """Keep it."""
        await put(self._config, make_row(PARTITION, webhook.id, encode(Webhook, webhook)))

    async def remove_webhook(self, webhook_id: str) -> None:
        """Forget it."""
        await self._config.delete_entity(PARTITION, webhook_id)
