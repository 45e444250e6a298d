"""Webhooks in memory; an address with `inside` in it may not be called, and none is told twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from plans.errors import Misconfigured
from plans.mail import Delivery, DeliveryState
from plans.webhooks import EventKind, Webhook, name_message
from store.webhooks import name_host

SECRET = "whsec_canary-of-a-webhook"
MADE = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@dataclass
class FakeWebhooks:
    """`plans.webhooks.WebhookOffice`; `tested` are the receivers that a test was sent to, `repeated` the events that
    were sent again, and by whom."""

    webhooks: dict[str, Webhook] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    sent: Sequence[Delivery] = ()
    tested: list[str] = field(default_factory=list)
    repeated: list[tuple[str, str]] = field(default_factory=list)

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        return tuple(self.webhooks.values())

    async def make_webhook(self, url: str, kinds: tuple[EventKind, ...], made_by: str) -> tuple[Webhook, str]:
        if "inside" in url:
            raise Misconfigured("inside.example is a host of a private network.")
        if url in self.addresses:
            raise Misconfigured("This address is told already.")
        self.addresses.append(url)
        webhook = Webhook(f"hook{len(self.webhooks) + 1}", name_host(url), kinds, made_by, MADE, "webhook-x")
        self.webhooks[webhook.id] = webhook
        return webhook, SECRET

    async def remove_webhook(self, webhook: Webhook) -> None:
        del self.webhooks[webhook.id]

    async def send_test(self, webhook: Webhook) -> None:
        self.tested.append(webhook.id)

    async def send_again(self, webhook: Webhook, event_id: str, who: str) -> bool:
        found = [each for each in self.sent if each.mail_id == name_message(webhook.id, event_id)]
        if any(each.state is DeliveryState.FAILED for each in found):
            self.repeated.append((event_id, who))
            return True
        return False

    async def list_sent(self, limit: int) -> Sequence[Delivery]:
        return self.sent[:limit]
