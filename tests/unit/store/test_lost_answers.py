"""Writes that took effect and whose answer was lost: the SDK repeats them, and the repeat meets the row of the first.

On the real emulator, by the real client and its own retries; the wire alone loses answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, override

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport._aiohttp import AioHttpTransport
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from plans.account_records import Errand, ErrandKind
from plans.mail import Mail
from plans.posting import begin_attempt
from plans.tokens import ApiToken, TokenRole
from store.account_records import TableAccountRecords
from store.outbox import QUEUE, TableOutbox
from store.secrets import FileSecrets, RenewedSecrets
from store.tables import Row, insert, insert_stamped, make_row, read, replace_read
from store.tokens import TableTokens
from store.turns import TableTurns
from tests.unit.store.conftest import Clock
from tests.unit.store.values import CONNECTION, NOW

NAME = "microsoft-refresh-token"
PARTITION, KEY = "partition", "key"


class LossyWire(AioHttpTransport):
    """Carries everything, and loses the answers to the next writes: no answer to a PUT, a 500 to a POST."""

    def __init__(self) -> None:
        super().__init__()
        self.to_lose = 0
        self.writes = 0

    @override
    async def send(self, request: Any, **config: Any) -> Any:
        answer = await super().send(request, **config)
        if request.method not in ("PUT", "POST"):
            return answer
        self.writes += 1
        if self.to_lose == 0:
            return answer
        self.to_lose -= 1
        if request.method == "PUT":
            raise ServiceResponseError("the connection was reset")
        answer.status_code = 500
        return answer


@pytest.fixture
def wire() -> LossyWire:
    return LossyWire()


@pytest.fixture
async def table(azurite_connection: str, config_table: TableClient, wire: LossyWire) -> AsyncIterator[TableClient]:
    client = TableClient.from_connection_string(
        azurite_connection, config_table.table_name, transport=wire, retry_backoff_factor=0
    )
    async with client:
        yield client


def row_of(value: bytes) -> Row:
    return make_row(PARTITION, KEY, value)


async def test_a_renewed_secret_stays_in_force_where_the_answer_to_its_pointer_is_lost(
    table: TableClient, wire: LossyWire, tmp_path: Path, clock: Clock
) -> None:
    secrets = RenewedSecrets(FileSecrets(tmp_path), table, clock.now)
    wire.to_lose = 1
    assert await secrets.renew(NAME, "first", None)
    held = await secrets.read(NAME)
    wire.to_lose = 1
    assert await secrets.renew(NAME, "second", held.stamp)
    assert (await secrets.read(NAME)).value == "second"


async def test_a_posting_is_ours_where_the_answer_to_its_intent_is_lost(
    azurite_connection: str, table: TableClient, wire: LossyWire, clock: Clock
) -> None:
    outbox = TableOutbox(table, QueueClient.from_connection_string(azurite_connection, QUEUE), clock.now)
    mail = Mail("digest:2026-11-02:jane", "jane@msp.example", "3 need you", "text", "<p>html</p>", NOW)
    await outbox.queue(mail)
    posting, stamp = await outbox.read_posting(mail.id) or pytest.fail("it was queued")
    begun = begin_attempt(posting, NOW)
    wire.to_lose = 1
    new_stamp = await outbox.replace_posting(begun, stamp)
    assert await outbox.read_posting(mail.id) == (begun, new_stamp)
    assert await outbox.replace_posting(begun, stamp) is None, "the very same intent of another worker is no intent"
    await outbox.close()


async def test_an_errand_goes_on_where_an_answer_is_lost(
    azurite_connection: str, table: TableClient, wire: LossyWire
) -> None:
    records = TableAccountRecords(table, QueueClient.from_connection_string(azurite_connection, "account-errands"))
    errand = Errand("main", "Ada", NOW, NOW, id="one")
    for wanted in (errand, replace(errand, count=7), replace(errand, ended_at=NOW)):
        found = await records.read_errand("main", ErrandKind.READ)
        wire.to_lose = 1
        stamp = await records.keep_errand(wanted, None if found is None else found[1])
        assert await records.read_errand("main", ErrandKind.READ) == (wanted, stamp)
    assert await records.keep_errand(errand, None) is None
    await records.close()


async def test_a_token_is_revoked_and_a_turn_is_taken_where_an_answer_is_lost(
    table: TableClient, wire: LossyWire, clock: Clock
) -> None:
    tokens = TableTokens(table)
    token = ApiToken("00000000000000aa", "report", TokenRole.OPERATOR, "digest", "last", "Ada", NOW, NOW)
    wire.to_lose = 1
    assert await tokens.add_token(token)
    wire.to_lose = 1
    revoked = await tokens.revoke_token(token.id, "Ada", NOW)
    assert revoked is not None and await tokens.read_token(token.id) == revoked
    turns = TableTurns(table, clock.now)
    for holder in ("run-a", "run-b"):
        wire.to_lose = 1
        assert await turns.take_turn(CONNECTION, "1201", holder, clock.now() + timedelta(minutes=5))
        clock.move(minutes=6)


async def test_a_lost_answer_is_found_by_its_write_and_not_by_its_value(table: TableClient, wire: LossyWire) -> None:
    """Two workers who write the same value are two all the same: one of them wins."""
    wire.to_lose = 1
    stamp = await insert_stamped(table, row_of(b"1"))
    assert wire.writes == 2, "the SDK repeated it"
    assert stamp is not None
    assert not await insert(table, row_of(b"1"))
    assert await replace_read(table, row_of(b"2"), stamp) is not None
    assert await replace_read(table, row_of(b"2"), stamp) is None
    wire.to_lose = 1
    assert await replace_read(table, row_of(b"2"), stamp) is None


async def test_what_is_replaced_by_another_or_gone_is_not_ours(table: TableClient) -> None:
    stamp = await insert_stamped(table, row_of(b"1"))
    standing = await read(table, PARTITION, KEY)
    assert standing is not None and str(standing.metadata["etag"]) == stamp
    await table.delete_entity(PARTITION, KEY)
    assert await replace_read(table, row_of(b"2"), stamp) is None
