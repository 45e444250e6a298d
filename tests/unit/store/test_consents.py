"""Consents under way and what is remembered of accounts, on the real emulator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.account_records import Errand, ErrandKind, PreConsentRecord, ReadingStep
from plans.consent import CONSENT_LIFE, ConsentPurpose, PendingConsent, digest
from store.account_records import QUEUE, TableAccountRecords
from store.codec import decode
from store.consents import TableConsents
from sync.accounts import ErrandMessage
from tests.unit.store.conftest import Clock
from tests.unit.store.values import NOW

PENDING = PendingConsent(
    digest("state"), digest("browser"), ConsentPurpose.PARTNER, "main", "tenant", "t/o", NOW + CONSENT_LIFE
)


@pytest.fixture
def consents(config_table: TableClient, clock: Clock) -> TableConsents:
    return TableConsents(config_table, clock.now)


async def test_a_consent_is_taken_once_and_of_many_one_gets_it(consents: TableConsents) -> None:
    await consents.add(PENDING)
    found = await asyncio.gather(*(consents.take(PENDING.state_digest) for _ in range(5)))
    assert sorted(found, key=str) == [None] * 4 + [PENDING]
    assert await consents.take(PENDING.state_digest) is None
    assert await consents.take(digest("never begun")) is None


async def test_the_row_holds_no_secret(consents: TableConsents, config_table: TableClient) -> None:
    await consents.add(replace(PENDING, state_digest=digest("canary-state"), browser_digest=digest("canary-browser")))
    rows = [str(dict(row)) async for row in config_table.list_entities()]
    assert len(rows) == 1 and "canary" not in rows[0]


async def test_what_nobody_can_end_any_more_is_cleaned(
    consents: TableConsents, config_table: TableClient, clock: Clock
) -> None:
    await consents.add(PENDING)
    clock.move(minutes=9, seconds=59)
    await consents.add(replace(PENDING, state_digest=digest("second"), expires_at=clock.now() + CONSENT_LIFE))
    assert len([row async for row in config_table.list_entities()]) == 2
    clock.move(seconds=1)
    await consents.add(replace(PENDING, state_digest=digest("third"), expires_at=clock.now() + CONSENT_LIFE))
    assert len([row async for row in config_table.list_entities()]) == 2
    assert await consents.take(PENDING.state_digest) is None


def test_a_consent_is_good_for_ten_minutes() -> None:
    assert PENDING.is_good(NOW + timedelta(minutes=9, seconds=59))
    assert not PENDING.is_good(NOW + timedelta(minutes=10))


@pytest.fixture
async def errands(azurite_connection: str) -> AsyncIterator[QueueClient]:
    """The queue, which is not there yet when the test begins."""
    async with QueueClient.from_connection_string(azurite_connection, QUEUE) as client:
        yield client


@pytest.fixture
def records(config_table: TableClient, errands: QueueClient) -> TableAccountRecords:
    return TableAccountRecords(config_table, errands)


BEGUN = Errand("main", "Ada", NOW, NOW, id="one")


async def test_an_errand_is_kept_by_the_stamp_of_the_one_before(records: TableAccountRecords) -> None:
    assert await records.read_errand("main", ErrandKind.READ) is None
    stamp = await records.keep_errand(BEGUN, None)
    assert stamp is not None and await records.keep_errand(BEGUN, None) is None, "somebody asked already"
    told = replace(BEGUN, step=ReadingStep.CUSTOMERS, count=27, told_at=NOW + timedelta(seconds=1))
    next_stamp = await records.keep_errand(told, stamp)
    assert next_stamp is not None and await records.keep_errand(told, stamp) is None, "another worker went on"
    assert await records.read_errand("main", ErrandKind.READ) == (told, next_stamp)
    other = replace(BEGUN, kind=ErrandKind.LET_IN, tenant_ids=("a", "b"))
    assert await records.keep_errand(other, None) is not None, "each kind has its own"
    found = await records.read_errand("main", ErrandKind.LET_IN)
    assert found is not None and found[0] == other
    await records.forget_account("main")
    assert await records.keep_errand(told, next_stamp) is None, "its account is gone"


async def test_of_many_who_ask_at_once_one_asks(records: TableAccountRecords) -> None:
    asked = await asyncio.gather(*(records.keep_errand(replace(BEGUN, id=str(n)), None) for n in range(5)))
    assert sum(each is not None for each in asked) == 1


async def test_the_message_names_the_errand(records: TableAccountRecords, errands: QueueClient) -> None:
    await records.send_errand(BEGUN)
    contents = [json.loads(each.content) async for each in errands.receive_messages()]
    expected: list[ErrandMessage] = [{"account_id": "main", "kind": "read", "errand_id": "one"}]
    assert contents == expected


def test_a_reading_that_was_kept_before_there_were_errands_is_still_told() -> None:
    row = (
        b'{"account_id":"main","asked_by":"Ada","started_at":"2026-11-22T08:30:00Z","told_at":"2026-11-22T08:31:00Z",'
        b'"step":"customers","count":3,"ended_at":null,"tenant_count":0,"sentence":""}'
    )
    assert decode(Errand, row).kind is ErrandKind.READ


async def test_pre_consents_are_kept_by_account(records: TableAccountRecords) -> None:
    refused = PreConsentRecord("tenant-1", False, "Ask somebody.", "Ada", NOW)
    granted = replace(refused, is_granted=True, sentence="")
    await records.save_preconsents("main", (refused, replace(refused, tenant_id="tenant-2")))
    await records.save_preconsents("main", (granted,))
    await records.save_preconsents("main-2", (granted,))
    assert await records.list_preconsents("main") == (granted, replace(refused, tenant_id="tenant-2"))
    await records.forget_account("main")
    await records.forget_account("main")
    assert await records.list_preconsents("main") == ()
    assert await records.list_preconsents("main-2") == (granted,)
