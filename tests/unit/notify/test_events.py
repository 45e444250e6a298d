"""What webhooks are told: each thing once, nothing from before or muted, and again where a process dies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from notify.events import EventChannel, EventRoom, make_message, tell_events, write_event
from notify.sending import PostRoom, look_after_mails, send_mail
from plans.errors import Misconfigured
from plans.mail import DeliveryState, Mail
from plans.mail_channels import MailAnswer, MailDelayed, MailRefused, MailTaken
from plans.posting import LONGEST_ATTEMPT, begin_attempt, open_posting, repeat_attempt
from plans.runs import RunPhase
from plans.webhooks import Event, EventKind, Webhook
from tests.unit.notify.test_sending import MemoryPost
from tests.unit.plans.alerts.values import keep
from tests.unit.plans.test_webhooks import check_as_a_receiver_would
from tests.unit.web.approval_fakes import DecisionWorld
from tests.unit.web.fakes import NOW, World
from tests.unit.web.test_alerts import HELD, UNUSED, alert_world

LONG_AGO = NOW - timedelta(days=400)
ALL = (EventKind.RUN_FINISHED, EventKind.HOLD_OPENED, EventKind.ALERT_OPENED)
ADDRESS = "https://hooks.example/x"
HOOK = Webhook("hook1", "hooks.example", ALL, "Ada", LONG_AGO, "webhook-hook1")


@dataclass
class MemoryEvents:
    """Receivers, and what was queued for them; one of an id."""

    webhooks: tuple[Webhook, ...] = (HOOK,)
    queued: dict[str, Mail] = field(default_factory=dict)
    now: datetime = NOW
    forgets: bool = False

    @property
    def room(self) -> EventRoom:
        return EventRoom(self.list_webhooks, self.list_queued, self.queue, lambda: self.now)

    async def list_webhooks(self) -> tuple[Webhook, ...]:
        return self.webhooks

    async def list_queued(self, since: datetime) -> frozenset[str]:
        return frozenset() if self.forgets else frozenset(self.queued)

    async def queue(self, mail: Mail) -> bool:
        if mail.id in self.queued:
            return False
        self.queued[mail.id] = mail
        return True

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(each.text) for each in self.queued.values()]


def make_world() -> World:
    """A closed night of this morning, one held change, two alerts."""
    world = alert_world(keep(HELD, NOW), keep(UNUSED, NOW))
    hold = DecisionWorld().add_hold(1)
    world.open_items.holds = (replace(hold, since=NOW - timedelta(hours=1)),)
    return world


async def test_each_thing_is_told_once_to_each_receiver_however_often_it_is_found() -> None:
    world, events = make_world(), MemoryEvents()
    assert world.runs.runs[0].phase is RunPhase.CLOSED
    count = await tell_events(await world.outside(), events.room)
    kinds = [each["event"] for each in events.told()]
    assert {"run.finished", "hold.opened", "alert.opened"} == set(kinds) and kinds.count("alert.opened") == 2
    assert count == len(kinds)
    assert await tell_events(await world.outside(), events.room) == 0
    events.forgets = True
    assert await tell_events(await world.outside(), events.room) == 0, "the outbox keeps one of an id"
    events.webhooks = (HOOK, replace(HOOK, id="hook2", kinds=(EventKind.HOLD_OPENED,)))
    assert await tell_events(await world.outside(), events.room) == 1


async def test_the_body_says_what_a_script_needs_to_decide() -> None:
    world, events = make_world(), MemoryEvents(webhooks=(replace(HOOK, kinds=(EventKind.HOLD_OPENED,)),))
    await tell_events(await world.outside(), events.room)
    (told,) = events.told()
    (hold,) = world.open_items.holds
    assert told["data"]["hold_id"] == hold.id and told["data"]["line_hash"] == hold.line.line_hash
    assert told["at"].endswith("Z") and told["id"].startswith("hold-opened-")


async def test_money_that_is_there_once_is_told_as_that() -> None:
    credit = replace(HELD, monthly=None, once=Decimal("46.60"))
    world, events = make_world(), MemoryEvents(webhooks=(replace(HOOK, kinds=(EventKind.ALERT_OPENED,)),))
    world.alerts.standing = {credit.id: keep(credit, NOW)}
    await tell_events(await world.outside(), events.room)
    (told,) = events.told()
    assert [told["data"][each] for each in ("monthly", "once", "stake")] == [None, "46.60", "46.60"]


async def test_what_was_before_the_receiver_and_what_is_old_is_not_told() -> None:
    world = make_world()
    late = MemoryEvents(webhooks=(replace(HOOK, made_at=NOW + timedelta(minutes=1)),))
    assert await tell_events(await world.outside(), late.room) == 0
    away = MemoryEvents(now=NOW + timedelta(days=4))
    assert await tell_events(await world.outside(), away.room) == 0
    assert await tell_events(await world.outside(), MemoryEvents(webhooks=()).room) == 0


async def test_very_many_are_told_one_part_after_the_other_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notify.events.MOST_QUEUED", 2)
    world, events = make_world(), MemoryEvents()
    counts = [await tell_events(await world.outside(), events.room) for _ in range(9)]
    monkeypatch.undo()
    everything = MemoryEvents()
    await tell_events(await world.outside(), everything.room)
    assert max(counts) == 2 and counts[-1] == 0 and events.queued.keys() == everything.queued.keys()


async def test_what_is_muted_or_not_heard_of_yet_is_not_told() -> None:
    world, events = make_world(), MemoryEvents(webhooks=(replace(HOOK, kinds=(EventKind.ALERT_OPENED,)),))
    loud, quiet = world.alerts.standing.values()
    world.alerts.standing[quiet.id] = replace(quiet, is_heard=False)
    await tell_events(await world.outside(), events.room)
    assert [each["data"]["alert_id"] for each in events.told()] == [loud.id]


# Sending

EVENT = Event("test-1", EventKind.TEST, NOW, {"a": "é"})
MESSAGE = make_message(HOOK, EVENT, NOW)


@dataclass
class Receiver:
    """The other side."""

    answer: MailAnswer = field(default_factory=lambda: MailTaken("hooks.example took it: 200."))
    got: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> MailAnswer:
        self.got.append((url, body, headers))
        return self.answer


def open_room(post: MemoryPost, receiver: Receiver, webhooks: tuple[Webhook, ...] = (HOOK,)) -> PostRoom:
    async def read_secret(webhook: Webhook) -> str:
        if webhook.secret_name != HOOK.secret_name:
            raise Misconfigured(f"There is no secret {webhook.secret_name}.")
        return "whsec_1"

    async def read_address(webhook: Webhook) -> str:
        assert webhook.secret_name == HOOK.secret_name, "asked for only once the secret is there"
        return ADDRESS

    async def open_channel() -> EventChannel:
        return EventChannel(
            {each.id: each for each in webhooks}, read_secret, read_address, receiver.post, lambda: post.now
        )

    post.mails = {MESSAGE.id: MESSAGE}
    post.rows = {MESSAGE.id: (open_posting(MESSAGE, NOW), 0)}
    return PostRoom(post, open_channel, lambda: post.now, write_event, repeat_attempt)


async def test_an_event_is_signed_and_carries_its_id() -> None:
    post, receiver = MemoryPost(now=NOW), Receiver()
    await send_mail(open_room(post, receiver), {"mail_id": MESSAGE.id})
    ((url, body, headers),) = receiver.got
    assert (url, json.loads(body)["data"]) == (ADDRESS, {"a": "é"})
    assert headers["Seatledger-Event-Id"] == json.loads(body)["id"] == "test-1"
    assert check_as_a_receiver_would("whsec_1", headers["Seatledger-Signature"], body)
    assert post.rows[MESSAGE.id][0].state is DeliveryState.SENT


async def test_whoever_does_not_take_it_is_asked_again_later_with_the_same_event() -> None:
    post, receiver = MemoryPost(now=NOW), Receiver(MailDelayed("hooks.example answered 500."))
    room = open_room(post, receiver)
    await send_mail(room, {"mail_id": MESSAGE.id})
    waiting = post.rows[MESSAGE.id][0]
    assert waiting.state is DeliveryState.QUEUED and waiting.due_at > NOW
    post.now, receiver.answer = waiting.due_at + timedelta(minutes=1), MailTaken("200")
    await send_mail(room, {"mail_id": MESSAGE.id})
    first, second = receiver.got
    assert first[1] == second[1] and first[2]["Seatledger-Event-Id"] == second[2]["Seatledger-Event-Id"]
    assert first[2]["Seatledger-Signature"] != second[2]["Seatledger-Signature"], "the moment is signed"


async def test_an_attempt_whose_process_died_is_made_again_and_not_left_in_doubt() -> None:
    post, receiver = MemoryPost(now=NOW), Receiver()
    room = open_room(post, receiver)
    post.rows[MESSAGE.id] = (begin_attempt(post.rows[MESSAGE.id][0], NOW), 1)
    post.now = NOW + LONGEST_ATTEMPT
    await look_after_mails(room)
    again = post.rows[MESSAGE.id][0]
    assert again.state is DeliveryState.QUEUED and again.begun_at is None
    post.now = again.due_at
    await send_mail(room, {"mail_id": MESSAGE.id})
    assert post.rows[MESSAGE.id][0].state is DeliveryState.SENT and len(receiver.got) == 1


async def test_a_receiver_that_was_removed_or_lost_its_secret_is_told_nothing() -> None:
    for webhooks in ((), (replace(HOOK, secret_name="webhook-gone"),)):
        post, receiver = MemoryPost(now=NOW), Receiver()
        await send_mail(open_room(post, receiver, webhooks), {"mail_id": MESSAGE.id})
        assert post.rows[MESSAGE.id][0].state is DeliveryState.FAILED and not receiver.got


async def test_one_that_wants_no_more_is_not_asked_again() -> None:
    post, receiver = MemoryPost(now=NOW), Receiver(MailRefused("hooks.example answered 410."))
    await send_mail(open_room(post, receiver), {"mail_id": MESSAGE.id})
    assert post.rows[MESSAGE.id][0].state is DeliveryState.FAILED
