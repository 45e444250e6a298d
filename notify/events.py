"""Finding what webhooks are told, and telling it: by a timer and the queue of mails, beside nights and never in one.

Events are found in what is kept anyway: closed runs, open holds, alerts that stand. One that is found again has the
same id, and the outbox keeps one of an id (docs/webhooks.md).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from notify.quiet import sort_mutes
from plans.alerts.alert import KeptAlert
from plans.approvals import OpenHold
from plans.errors import Misconfigured
from plans.mail import Mail
from plans.mail_channels import Letter, MailAnswer, MailRefused
from plans.ports import Outside
from plans.runs import Run, RunPhase
from plans.webhooks import (
    Event,
    EventKind,
    Webhook,
    make_event_id,
    make_message_id,
    read_event_id,
    write_body,
    write_moment,
    write_signature,
)

# Older things are not told: whoever was away for so long looks at the lists.
TOLD_WITHIN = timedelta(days=3)
NEWEST_RUNS = 50
# So many at once: what is left is found again five minutes later.
MOST_QUEUED = 500

type PostEvent = Callable[[str, bytes, dict[str, str]], Awaitable[MailAnswer]]


@dataclass(frozen=True, slots=True)
class EventRoom:
    """What telling needs: the receivers, where events are queued (False where one was before), and the clock."""

    list_webhooks: Callable[[], Awaitable[tuple[Webhook, ...]]]
    list_queued: Callable[[datetime], Awaitable[frozenset[str]]]
    queue: Callable[[Mail], Awaitable[bool]]
    now: Callable[[], datetime]


async def tell_events(outside: Outside, room: EventRoom) -> int:
    """Queue every event that a receiver has not been told; how many. Harmless when it is done again."""
    webhooks = await room.list_webhooks()
    if not webhooks:
        return 0
    now = room.now()
    events = [each async for each in find_events(outside, now) if now - each.at < TOLD_WITHIN]
    queued = await room.list_queued(now - TOLD_WITHIN)
    count = 0
    for webhook in webhooks:
        for event in events:
            message_id = make_message_id(webhook, event)
            if event.kind in webhook.kinds and event.at >= webhook.made_at and message_id not in queued:
                count += await room.queue(make_message(webhook, event, now))
                if count >= MOST_QUEUED:
                    return count
    return count


async def find_events(outside: Outside, now: datetime) -> AsyncIterator[Event]:
    """Everything that is there to be told now."""
    for run in await outside.runs.list_runs(NEWEST_RUNS):
        if run.phase is RunPhase.CLOSED and run.closed_at is not None:
            yield tell_run(run, run.closed_at)
    for hold in await outside.open_items.list_holds():
        yield tell_hold(hold)
    quiet, today = sort_mutes(await outside.alerts.list_mutes()), now.astimezone(outside.zone).date()
    for kept in await outside.alerts.list_standing():
        if kept.is_heard and quiet.find(kept, today) is None:
            yield tell_alert(kept)


def make_message(webhook: Webhook, event: Event, now: datetime) -> Mail:
    """The event as the outbox keeps it: to the webhook's id, the body as its text."""
    return Mail(make_message_id(webhook, event), webhook.id, event.kind.value, write_body(event), "", now)


def tell_run(run: Run, closed_at: datetime) -> Event:
    """A night or a sync has ended."""
    data = {
        "run_id": run.id,
        "started_at": write_moment(run.started_at),
        "closed_at": write_moment(closed_at),
        "totals": asdict(run.totals),
    }
    return Event(make_event_id(EventKind.RUN_FINISHED, run.id), EventKind.RUN_FINISHED, closed_at, data)


def tell_hold(hold: OpenHold) -> Event:
    """A change waits for a person."""
    line = hold.line
    data = {
        "hold_id": hold.id,
        "line_hash": line.line_hash,
        "customer_id": hold.customer_id,
        "customer": hold.customer_name,
        "licence": line.licence_name,
        "agreement_id": hold.agreement_id,
        "quantity_before": line.quantity_before,
        "quantity_after": line.quantity_after,
        "rule": line.rule.value,
        "sentence": line.sentence,
        "forecast_a_month": None if line.monthly is None else f"{line.monthly:f}",
    }
    found = make_event_id(EventKind.HOLD_OPENED, hold.id, write_moment(hold.since))
    return Event(found, EventKind.HOLD_OPENED, hold.since, data)


def tell_alert(kept: KeptAlert) -> Event:
    """Something needs a person."""
    alert = kept.alert
    data = {
        "alert_id": kept.id,
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "customer_id": alert.customer_id,
        "customer": alert.customer_name,
        "licence": alert.licence_name,
        "sentence": alert.sentence,
        "next_step": alert.step,
        "monthly": None if alert.monthly is None else f"{alert.monthly:f}",
        "once": None if alert.once is None else f"{alert.once:f}",
        "stake": f"{alert.stake:f}",
    }
    found = make_event_id(EventKind.ALERT_OPENED, kept.id, write_moment(kept.raised_at))
    return Event(found, EventKind.ALERT_OPENED, kept.raised_at, data)


def write_event(mail: Mail, sender: str) -> Letter | str:
    """An event as it travels: `notify.sending` hands it to the channel below."""
    return Letter(read_event_id(mail.id), mail.recipient, mail.text.encode())


@dataclass(frozen=True, slots=True)
class EventChannel:
    """The way out for events: a letter's `sender` is the event's id, its `recipient` the webhook's."""

    webhooks: dict[str, Webhook]
    read_secret: Callable[[Webhook], Awaitable[str]]
    read_address: Callable[[Webhook], Awaitable[str]]
    post: PostEvent
    now: Callable[[], datetime]

    @property
    def sender(self) -> str:
        """Events are from nobody."""
        return ""

    async def send(self, letter: Letter) -> MailAnswer:
        """Sign it and send it once."""
        webhook = self.webhooks.get(letter.recipient)
        if webhook is None:
            return MailRefused("The webhook was removed.")
        try:
            secret = await self.read_secret(webhook)
            address = await self.read_address(webhook)
        except Misconfigured as error:
            return MailRefused(str(error))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Seatledger",
            "Seatledger-Event-Id": letter.sender,
            "Seatledger-Signature": write_signature(secret, letter.content, self.now()),
        }
        return await self.post(address, letter.content, headers)
