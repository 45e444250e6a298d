"""Asking for extra runs: one id for one request, and a message as the host reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from plans.asking import AskedRun
from plans.runs import Run, RunPhase
from store.run_requests import QUEUE, QueueRunRequests
from store.runs import TableRuns
from sync.messages import RunRequest

ASKED = AskedRun("2026-11-22-001", ("a", "b"), "Ada", datetime(2026, 11, 22, 8, 30, tzinfo=UTC))


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
async def requests(
    azurite_connection: str, books_table: TableClient, queue: QueueClient
) -> AsyncIterator[QueueRunRequests]:
    opened = QueueRunRequests.from_connection_string(azurite_connection, books_table)
    yield opened
    await opened.close()


async def test_of_two_who_want_an_id_one_gets_it(requests: QueueRunRequests) -> None:
    others = [replace(ASKED, asked_by=name) for name in ("Bea", "Cy", "Dot")]
    taken = await asyncio.gather(*(requests.reserve(each) for each in (ASKED, *others)))
    assert sorted(taken) == [False, False, False, True]
    assert await requests.reserve(replace(ASKED, run_id="2026-11-22-002"))


async def test_the_message_is_what_the_host_hands_to_the_run(requests: QueueRunRequests, queue: QueueClient) -> None:
    await requests.ask(ASKED)
    await requests.ask(replace(ASKED, run_id="2026-11-22-002"))
    contents = [json.loads(each.content) async for each in queue.receive_messages()]
    expected: list[RunRequest] = [
        {"run_id": "2026-11-22-001", "customer_ids": ["a", "b"]},
        {"run_id": "2026-11-22-002", "customer_ids": ["a", "b"]},
    ]
    assert contents == expected


async def test_an_id_that_is_taken_is_no_run_yet(
    requests: QueueRunRequests, books_table: TableClient, config_table: TableClient, container: ContainerClient
) -> None:
    runs = TableRuns(books_table, config_table, container)
    await requests.reserve(ASKED)
    assert await runs.list_runs(10) == ()
    run = Run(ASKED.run_id, RunPhase.READING, ASKED.asked_at)
    assert await runs.open_run(run) == run


async def test_what_was_asked_for_on_a_day_is_listed_by_id(requests: QueueRunRequests) -> None:
    later = replace(ASKED, run_id="2026-11-22-002", customer_ids=("c",))
    for asked in (later, ASKED, replace(ASKED, run_id="2026-11-21-001"), replace(ASKED, run_id="2026-11-23-001")):
        assert await requests.reserve(asked)
    assert await requests.list_asked(date(2026, 11, 22)) == (ASKED, later)
    assert await requests.list_asked(date(2026, 12, 1)) == ()
