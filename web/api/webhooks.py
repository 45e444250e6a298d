"""`/api/v1/webhooks`: receivers that are told what happened, and how telling them went."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from plans.mail import Delivery, DeliveryState
from plans.webhooks import EventKind, Webhook, read_event_id
from web.api.forms import As, Done, FormShape, act
from web.api.operations import MOVED, NOT_THERE, NOT_UNDERSTOOD, ROOT, Operation
from web.api.shapes import Id, Shape
from web.context import WebContext
from web.pages import webhooks
from web.pages.site import Site
from web.pages.webhooks import WebhooksPage, name_host
from web.rendering import Undrawn
from web.wording import clean

PATH = f"{ROOT}/webhooks"
type Told = Literal["run.finished", "hold.opened", "alert.opened"]


class WebhookItem(Shape):
    """One receiver. Of its address only the host is told: the rest may open the receiver to whoever reads it."""

    id: str
    host: str
    events: list[EventKind]
    made_by: str
    made_at: datetime


class SentItem(Shape):
    """One event that was queued for a receiver, and how telling it went."""

    event_id: str
    webhook_id: str
    event: str
    state: DeliveryState
    attempts: int
    changed_at: datetime
    retry_at: datetime | None
    sentence: str


class WebhookList(Shape):
    """Every receiver, and the newest events."""

    webhooks: list[WebhookItem]
    sent: list[SentItem]


class WebhookWish(FormShape):
    """A receiver, and what it is told."""

    url: Annotated[str, Field(min_length=1, max_length=500)]
    events: Annotated[list[Told], Field(min_length=1, max_length=3)]


class NewWebhook(Shape):
    """The receiver and its signing secret, which is told this once."""

    id: str
    host: str
    secret: str


class WebhookName(FormShape):
    """One of the receivers."""

    webhook_id: Annotated[Id, As("webhook")]


class EventName(FormShape):
    """An event that a receiver could not be told."""

    webhook_id: Annotated[Id, As("webhook")]
    event_id: Annotated[Id, As("event")]


class WebhooksApi:
    """The routes."""

    OPERATIONS: ClassVar[tuple[Operation, ...]] = (
        Operation(
            "GET", PATH, "list_webhooks", "Every receiver, and the newest events with how telling them went",
            {200: (WebhookList, "All of them")}, pages=("/settings/webhooks",),
        ),
        Operation(
            "POST", PATH, "make_webhook", "Tell another receiver from now on",
            {200: (NewWebhook, "It is told; its secret is shown this once"), **NOT_UNDERSTOOD},
            WebhookWish, pages=("/settings/webhooks",),
        ),
        Operation(
            "POST", f"{PATH}/test", "test_webhook", "Send one a test event",
            {200: (Done, "It is on its way"), **NOT_THERE, **NOT_UNDERSTOOD},
            WebhookName, pages=("/settings/webhooks/test",),
        ),
        Operation(
            "POST", f"{PATH}/again", "send_event_again", "Tell it again what it could not be told, under the same id",
            {200: (Done, "It is on its way"), **NOT_THERE, **MOVED, **NOT_UNDERSTOOD},
            EventName, pages=("/settings/webhooks/again",),
        ),
        Operation(
            "POST", f"{PATH}/remove", "remove_webhook", "Tell it nothing any more",
            {200: (Done, "It is removed"), **NOT_THERE, **NOT_UNDERSTOOD},
            WebhookName, pages=("/settings/webhooks/remove",),
        ),
    )  # fmt: skip

    def __init__(self, site: Site, context: WebContext) -> None:
        self._page = WebhooksPage(site.undrawn(), context)

    async def list_webhooks(self, request: Request) -> Response:
        """All of them."""
        receivers, sent = await self._page.read()
        answer = WebhookList(
            webhooks=[make_webhook(each) for each in receivers], sent=[make_sent(each) for each in sent]
        )
        return JSONResponse(answer.write())

    async def make_webhook(self, request: Request) -> Response:
        """Keep it."""
        return await act(request, WebhookWish, self._page.make, {}, shown=show_secret)

    async def test_webhook(self, request: Request) -> Response:
        """Try it."""
        return await act(request, WebhookName, self._page.test, webhooks.TOLD)

    async def send_event_again(self, request: Request) -> Response:
        """Tell it."""
        return await act(request, EventName, self._page.send_again, webhooks.TOLD, refused={"settled": 409})

    async def remove_webhook(self, request: Request) -> Response:
        """Forget it."""
        return await act(request, WebhookName, self._page.remove, webhooks.TOLD)


def show_secret(page: Undrawn, body: WebhookWish) -> Response:
    """What the page shows once."""
    made = page.values["made"]
    answer = NewWebhook(id=made.id, host=page.values["made_host"], secret=page.values["secret"])
    return JSONResponse(answer.write(), headers={"Cache-Control": "no-store"})


def make_webhook(webhook: Webhook) -> WebhookItem:
    """One receiver."""
    return WebhookItem(
        id=webhook.id,
        host=name_host(webhook),
        events=list(webhook.kinds),
        made_by=clean(webhook.made_by),
        made_at=webhook.made_at,
    )


def make_sent(delivery: Delivery) -> SentItem:
    """One event."""
    return SentItem(
        event_id=read_event_id(delivery.mail_id),
        webhook_id=delivery.recipient,
        event=delivery.subject,
        state=delivery.state,
        attempts=delivery.attempts,
        changed_at=delivery.changed_at,
        retry_at=delivery.retry_at,
        sentence=clean(delivery.sentence),
    )
