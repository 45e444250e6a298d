"""Mails on their way out, on the emulator: queued once, listed by age, changed by one at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.errors import Bug
from plans.mail import RESENT_WITHIN, DeliveryState, Mail
from plans.mail_channels import Encryption, GraphSettings, MailTaken, SmtpSettings
from plans.posting import begin_attempt, end_attempt
from store.mail_settings import TableMailSettings
from store.outbox import QUEUE, TableOutbox
from tests.unit.store.conftest import Clock
from tests.unit.store.values import NOW

MAIL = Mail("digest:2026-11-02:jane", "jane@msp.example", "3 need you", "text", "<p>html</p>", NOW)


@pytest.fixture
async def queue(azurite_connection: str) -> AsyncIterator[QueueClient]:
    """The queue, which is not there yet when the test begins."""
    async with QueueClient.from_connection_string(azurite_connection, QUEUE) as client:
        try:
            await client.delete_queue()
        except ResourceNotFoundError:
            await asyncio.sleep(0)
        yield client


@pytest.fixture
async def outbox(
    azurite_connection: str, books_table: TableClient, queue: QueueClient, clock: Clock
) -> AsyncIterator[TableOutbox]:
    opened = TableOutbox.from_connection_string(azurite_connection, books_table, clock.now)
    yield opened
    await opened.close()


async def test_a_mail_is_queued_once_however_many_want_it(outbox: TableOutbox, queue: QueueClient) -> None:
    others = [replace(MAIL, subject=f"Another {number}", made_at=NOW + timedelta(hours=number)) for number in range(4)]
    done = await asyncio.gather(*(outbox.queue(each) for each in (MAIL, *others)))
    assert sorted(done) == [False, False, False, False, True]
    assert await outbox.queue(MAIL) is False
    messages = [json.loads(each.content) async for each in queue.receive_messages()]
    assert messages == [{"mail_id": MAIL.id}]
    assert len(await outbox.list_deliveries(10)) == 1


async def test_what_is_queued_is_read_back_as_it_was(outbox: TableOutbox) -> None:
    mail = replace(MAIL, text="ü" * 20_000, html="🧾" * 20_000)
    await outbox.queue(mail)
    assert await outbox.read_mail(mail.id) == mail
    found = await outbox.read_posting(mail.id)
    assert found is not None and found[0].recipient == mail.recipient
    assert await outbox.read_mail("digest:nobody") is None
    assert await outbox.read_posting("digest:nobody") is None
    assert await outbox.read_posting("a/b") is None


async def test_of_two_who_change_a_posting_one_does(outbox: TableOutbox) -> None:
    await outbox.queue(MAIL)
    found = await outbox.read_posting(MAIL.id)
    assert found is not None
    posting, stamp = found
    begun = [begin_attempt(posting, NOW + timedelta(seconds=number)) for number in range(4)]
    stamps = await asyncio.gather(*(outbox.replace_posting(each, stamp) for each in begun))
    [new_stamp] = [each for each in stamps if each is not None]
    ended = end_attempt(begun[0], MailTaken("250"), NOW)
    assert await outbox.replace_posting(ended, stamp) is None
    assert await outbox.replace_posting(ended, new_stamp) is not None
    [delivery] = await outbox.list_deliveries(5)
    assert (delivery.state, delivery.sentence) == (DeliveryState.SENT, "250")


async def test_the_newest_are_listed_first_and_the_unsettled_for_as_long_as_they_may_be_sent(
    outbox: TableOutbox, clock: Clock
) -> None:
    for days in (0, 3, 8, 30):
        await outbox.queue(replace(MAIL, id=f"digest:{days}", made_at=NOW - timedelta(days=days)))
    assert [each.mail_id for each in await outbox.list_deliveries(3)] == ["digest:0", "digest:3", "digest:8"]
    unsettled = [each.mail_id for each in await outbox.list_unsettled(clock.now())]
    assert unsettled == ["digest:0", "digest:3", "digest:8"]
    assert timedelta(days=8) > RESENT_WITHIN
    found = await outbox.read_posting("digest:3")
    assert found is not None
    posting, stamp = found
    await outbox.replace_posting(end_attempt(begin_attempt(posting, NOW), MailTaken("250"), NOW), stamp)
    assert [each.mail_id for each in await outbox.list_unsettled(clock.now())] == ["digest:0", "digest:8"]


async def test_a_message_may_wait(outbox: TableOutbox, queue: QueueClient) -> None:
    await outbox.ask_again(MAIL.id, timedelta(hours=1))
    assert [each async for each in queue.receive_messages()] == []
    assert (await queue.get_queue_properties()).approximate_message_count == 1


async def test_events_of_webhooks_stand_beside_the_mails_and_in_no_list_of_them(
    outbox: TableOutbox, queue: QueueClient
) -> None:
    events = outbox.of_events()
    event = replace(MAIL, id="event:hook1:hold-opened-1", recipient="hook1", html="")
    await outbox.queue(MAIL)
    assert (await events.queue(event), await events.queue(event)) == (True, False)
    assert [each.mail_id for each in await events.list_deliveries(5)] == [event.id]
    assert [each.mail_id for each in await outbox.list_deliveries(5)] == [MAIL.id]
    assert [each.mail_id for each in await outbox.list_unsettled(NOW)] == [MAIL.id]
    assert await events.read_mail(event.id) == event and await outbox.read_mail(event.id) is None
    assert await events.list_queued(NOW - timedelta(days=3)) == {event.id}
    assert await events.list_queued(NOW + timedelta(seconds=1)) == frozenset()
    messages = [json.loads(each.content) async for each in queue.receive_messages(max_messages=5)]
    assert {each["mail_id"] for each in messages} == {MAIL.id, event.id}


@pytest.mark.parametrize("mail_id", ["", "a/b", "ü", "digest 1", "x" * 201, ":x"])
async def test_an_id_that_is_no_key_is_a_bug(outbox: TableOutbox, mail_id: str) -> None:
    with pytest.raises(Bug):
        await outbox.queue(replace(MAIL, id=mail_id))


@pytest.mark.parametrize(
    "settings",
    [
        SmtpSettings("smtp.provider.example", 587, Encryption.STARTTLS, "seatledger@msp.example", "seats"),
        SmtpSettings("relay.msp.example", 465, Encryption.TLS, "seatledger@msp.example"),
        GraphSettings("tenant", "client", "seatledger@msp.example"),
    ],
)
async def test_how_mail_leaves_is_kept_and_forgotten(
    config_table: TableClient, settings: SmtpSettings | GraphSettings
) -> None:
    kept = TableMailSettings(config_table)
    assert await kept.read_settings() is None
    await kept.save_settings(settings)
    assert await kept.read_settings() == settings
    await kept.remove_settings()
    assert await kept.read_settings() is None
