"""Consents under way and what is remembered of accounts, on the real emulator."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables.aio import TableClient

from plans.account_records import LONGEST_SILENCE, PartnerRefresh, PreConsentRecord, ReadingStep
from plans.consent import CONSENT_LIFE, ConsentPurpose, PendingConsent, digest
from store.account_records import TableAccountRecords
from store.consents import TableConsents
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


async def test_readings_and_pre_consents_are_kept_by_account(config_table: TableClient) -> None:
    records = TableAccountRecords(config_table)
    assert await records.read_refresh("main") is None
    begun = PartnerRefresh("main", "Ada", NOW, NOW)
    ended = replace(begun, step=ReadingStep.CUSTOMERS, count=27, ended_at=NOW, tenant_count=27)
    for each in (begun, ended):
        await records.save_refresh(each)
    assert await records.read_refresh("main") == ended
    refused = PreConsentRecord("tenant-1", False, "Ask somebody.", "Ada", NOW)
    granted = replace(refused, is_granted=True, sentence="")
    await records.save_preconsents("main", (refused, replace(refused, tenant_id="tenant-2")))
    await records.save_preconsents("main", (granted,))
    await records.save_preconsents("main-2", (granted,))
    assert await records.list_preconsents("main") == (granted, replace(refused, tenant_id="tenant-2"))
    await records.forget_account("main")
    await records.forget_account("main")
    assert await records.list_preconsents("main") == () and await records.read_refresh("main") is None
    assert await records.list_preconsents("main-2") == (granted,)


def test_a_reading_that_is_not_heard_of_any_more_has_died() -> None:
    begun = PartnerRefresh("main", "Ada", NOW, NOW)
    assert begun.is_running(NOW + LONGEST_SILENCE) and not begun.has_died(NOW + LONGEST_SILENCE)
    later = NOW + LONGEST_SILENCE + timedelta(seconds=1)
    assert begun.has_died(later) and not begun.is_running(later)
    ended = replace(begun, ended_at=NOW)
    assert not ended.is_running(NOW) and not ended.has_died(later)
