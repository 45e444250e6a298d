"""Webhooks: which receivers are told what, and how telling them went (issue 7)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from plans.errors import Misconfigured
from plans.mail import Delivery, DeliveryState
from plans.webhooks import MOST_WEBHOOKS, EventKind, Webhook, WebhookOffice, read_event_id
from web.actions.asking import make_actor
from web.actions.noting import note_change
from web.context import WebContext
from web.errors import RecordsUnreadable
from web.forms import Form, read_form
from web.pages.mail_list import NEEDS_A_PERSON
from web.pages.settings_tabs import make_tabs
from web.pages.site import LONGEST_READ_SECONDS, Site, open_administration
from web.pages.view import Tone
from web.sheet import Sheet, SheetReader, make_sheet
from web.wording import clean, join, write_moment, write_number_of

PATH = "/settings/webhooks"
NEWEST = 50
LONGEST_URL = 500
# What else is typed is no event's, and may be no key of storage at all.
EVENT_ID = re.compile(r"[a-z0-9-]{1,64}")
NO_URL = "Type the address that is to be told, such as https://hooks.example.com/seatledger."
NO_KIND = "Tick at least one thing that is to be told."
TOO_MANY = f"There are {MOST_WEBHOOKS} webhooks already. Remove one that nobody needs first."
TOLD = {
    "removed": "The webhook is removed: it is told nothing any more, and its secret is disabled.",
    "again": "It is sent again, with the same id. How it went stands below in a moment.",
    "settled": "It was not sent again: it waits, was told meanwhile, or is too old.",
    "test": "A test event is on its way. How it went stands below in a moment.",
}
CHOICES = (
    (EventKind.RUN_FINISHED, "A run has finished", "a night or a sync, with its totals"),
    (EventKind.HOLD_OPENED, "A change waits for approval", "what is held, and why"),
    (EventKind.ALERT_OPENED, "Something needs a person", "whatever the inbox of alerts shows, once it is not muted"),
)
WORDS = {kind.value: word for kind, word, _ in CHOICES} | {EventKind.TEST.value: "Test"}
STATES = {
    DeliveryState.QUEUED: ("Queued", Tone.BUSY),
    DeliveryState.SENT: ("Told", Tone.GOOD),
    DeliveryState.FAILED: ("Not told", Tone.BAD),
    DeliveryState.IN_DOUBT: ("In doubt", Tone.LOOK),
}


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One receiver. `host` says which without the rest of its address, which may be a secret of its own."""

    id: str
    host: str
    told: str
    made: str


@dataclass(frozen=True, slots=True)
class SentRow:
    """One event, and how telling it went. `webhook_id` is given where it can be sent again."""

    event_id: str
    what: str
    host: str
    word: str
    tone: Tone
    sentence: str
    attempts: int
    when: str
    webhook_id: str = ""


class WebhooksPage:
    """GET and POST /settings/webhooks, and POST /settings/webhooks/test, /again and /remove."""

    def __init__(self, site: Site, context: WebContext) -> None:
        self._site = site
        self._context = context

    async def show(self, request: Request) -> Response:
        """Every receiver, what was sent lately, and the form for another one."""
        begun = Sheet({"events": tuple(kind.value for kind, _, _ in CHOICES)})
        return await self._page(request, begun, told=TOLD.get(request.query_params.get("told", ""), ""))

    async def make(self, request: Request) -> Response:
        """Another receiver. Its secret stands in this answer and nowhere else."""
        sheet = make_sheet(await read_form(request))
        reader = SheetReader(sheet)
        url = reader.text("url", NO_URL, LONGEST_URL)
        kinds = tuple(kind for kind, _, _ in CHOICES if kind.value in sheet.all("events"))
        if not kinds:
            reader.troubles["events"] = NO_KIND
        office = await self._open()
        standing = await office.list_webhooks()
        if len(standing) >= MOST_WEBHOOKS:
            reader.troubles["url"] = TOO_MANY
        if reader.troubles:
            return await self._page(request, reader.ended(), status=422)
        actor = make_actor(request.state.principal, self._site.now(), "")
        try:
            webhook, secret = await office.make_webhook(url, kinds, actor.name)
        except Misconfigured as error:
            return await self._page(request, Sheet(sheet.values, {"url": str(error)}), status=422)
        await self._note(request, "set up a webhook to", webhook)
        return await self._page(request, Sheet(), made=webhook, secret=secret)

    async def test(self, request: Request) -> Response:
        """Tell one receiver that this is a test."""
        webhook = await self._find(await read_form(request))
        await (await self._open()).send_test(webhook)
        return RedirectResponse(f"{PATH}?told=test", status_code=303)

    async def send_again(self, request: Request) -> Response:
        """Tell one receiver again what it could not be told."""
        form = await read_form(request)
        webhook = await self._find(form)
        event_id = form.one("event")
        actor = make_actor(request.state.principal, self._site.now(), "")
        is_one = EVENT_ID.fullmatch(event_id) is not None
        is_sent = is_one and await (await self._open()).send_again(webhook, event_id, actor.name)
        return RedirectResponse(f"{PATH}?told={'again' if is_sent else 'settled'}", status_code=303)

    async def remove(self, request: Request) -> Response:
        """Tell one receiver nothing any more."""
        webhook = await self._find(await read_form(request))
        await (await self._open()).remove_webhook(webhook)
        await self._note(request, "ended the webhook to", webhook, is_gone=True)
        return RedirectResponse(f"{PATH}?told=removed", status_code=303)

    async def read(self) -> tuple[Sequence[Webhook], Sequence[Delivery]]:
        """Every receiver, and what was sent lately. Raises RecordsUnreadable where they cannot be read in time."""
        try:
            async with asyncio.timeout(LONGEST_READ_SECONDS):
                office = await self._open()
                self._site.zone = (await self._context.outside()).zone
                return await office.list_webhooks(), await office.list_sent(NEWEST)
        except Exception as error:
            raise RecordsUnreadable("The webhooks cannot be read.") from error

    async def _open(self) -> WebhookOffice:
        return (await open_administration(self._context)).webhooks

    async def _find(self, form: Form) -> Webhook:
        """The receiver that the form names. Raises HTTPException 404 where there is none."""
        standing = await (await self._open()).list_webhooks()
        found = next((each for each in standing if each.id == form.one("webhook")), None)
        if found is None:
            raise HTTPException(404)
        return found

    async def _note(self, request: Request, what: str, webhook: Webhook, *, is_gone: bool = False) -> None:
        """Of the address only the host: the rest of it may open the receiver to whoever reads it."""
        actor = make_actor(request.state.principal, self._site.now(), "")
        audit = (await open_administration(self._context)).audit
        row = make_row(webhook, self._site.zone)
        before, after = (row, None) if is_gone else (None, row)
        sentence = f"{actor.name} {what} {name_host(webhook)}."
        await note_change(audit, request, actor, f"webhook/{webhook.id}", sentence, before=before, after=after)

    async def _page(
        self,
        request: Request,
        sheet: Sheet,
        *,
        made: Webhook | None = None,
        secret: str = "",
        told: str = "",
        status: int = 200,
    ) -> Response:
        webhooks, sent = await self.read()
        hosts = {each.id: name_host(each) for each in webhooks}
        page = self._site.page(
            request,
            "settings/webhooks.html",
            setting_tabs=make_tabs(request, PATH),
            headline=write_headline(webhooks),
            rows=[make_row(each, self._site.zone) for each in webhooks],
            sent=[make_sent(each, hosts, self._site.zone) for each in sent],
            sheet=sheet,
            choices=[(kind.value, word, what) for kind, word, what in CHOICES],
            made=made,
            made_host="" if made is None else name_host(made),
            secret=secret,
            told=told,
        )
        page.status_code = status
        page.headers["Cache-Control"] = "no-store"
        return page


def name_host(webhook: Webhook) -> str:
    """Which receiver it is, without the path, in which receivers hide what opens them."""
    return clean(webhook.host)


def make_row(webhook: Webhook, zone: ZoneInfo) -> WebhookRow:
    """The words for one receiver."""
    told = join([WORDS[kind.value][0].lower() + WORDS[kind.value][1:] for kind in webhook.kinds])
    made = f"{write_moment(webhook.made_at, zone)} by {clean(webhook.made_by)}"
    return WebhookRow(webhook.id, name_host(webhook), told, made)


def make_sent(delivery: Delivery, hosts: dict[str, str], zone: ZoneInfo) -> SentRow:
    """The words for one event."""
    word, tone = STATES[delivery.state]
    sentence = clean(delivery.sentence)
    if delivery.state is DeliveryState.QUEUED and delivery.retry_at is not None and delivery.attempts:
        sentence = f"{sentence} Next try on {write_moment(delivery.retry_at, zone)}."
    return SentRow(
        event_id=read_event_id(delivery.mail_id),
        what=WORDS.get(delivery.subject, delivery.subject),
        host=hosts.get(delivery.recipient, "a webhook that was removed"),
        word=word,
        tone=tone,
        sentence=sentence,
        attempts=delivery.attempts,
        when=write_moment(delivery.changed_at, zone),
        webhook_id=delivery.recipient if delivery.state in NEEDS_A_PERSON and delivery.recipient in hosts else "",
    )


def write_headline(webhooks: Sequence[Webhook]) -> str:
    """What the page says first."""
    if not webhooks:
        return "Nobody is told by webhook."
    return f"{write_number_of(len(webhooks), 'receiver is', 'receivers are')} told."
