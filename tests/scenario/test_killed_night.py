"""The worker is killed between the POST of the addition and its evidence; then worker and engine both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.night import wait_for_end
from local.stack import Stack, start_stack
from store.books import TableBooks
from store.runs import TableRuns
from store.storage import Storage
from tests.scenario.additions import CREATE, add_fault, clear_faults, list_ours

pytestmark = pytest.mark.stack
NIGHT = "2026-11-22"
MAPPING = "harbour-dental-business-premium"


@pytest.fixture
def fresh_stack(tmp_path: Path) -> Iterator[Stack]:
    running = asyncio.run(start_stack(tmp_path))
    yield running
    running.stop()


def kill_after_the_post(stack: Stack) -> None:
    """Let ConnectWise take the addition and keep its answer; then the worker dies."""
    add_fault(stack, name="hang_after_effect", times=1, operation=CREATE)
    stack.fire("tick")
    deadline = time.monotonic() + 30
    while not list_ours(stack):
        assert time.monotonic() < deadline, "the addition was never posted"
        time.sleep(0.02)
    stack.host.kill()
    clear_faults(stack)


async def finish_night(stack: Stack) -> None:
    """The next tick finishes the night: one addition, one intent, its evidence."""
    stack.fire("tick")
    async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
        runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
        run = await wait_for_end(runs, NIGHT)
        books = TableBooks(storage.table("books"), storage.table("config"), storage.container(), stack.clock.utc_now)
        journal = await books.read_line("harbour-dental", MAPPING)
    (addition,) = list_ours(stack)
    assert addition["quantity"] == 12
    assert (run.totals.changed, run.totals.writes, run.totals.verified) == (1, 1, 1)
    assert journal.open_intents == ()
    (evidence,) = journal.evidence
    assert evidence.after is not None
    assert evidence.after.id == str(addition["id"])


def read_intents(stack: Stack) -> int:
    """How many intents wait for their evidence."""

    async def read() -> int:
        async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
            books = TableBooks(
                storage.table("books"), storage.table("config"), storage.container(), stack.clock.utc_now
            )
            return len((await books.read_line("harbour-dental", MAPPING)).open_intents)

    return asyncio.run(read())


def test_a_killed_worker_leaves_one_addition(fresh_stack: Stack) -> None:
    kill_after_the_post(fresh_stack)
    assert read_intents(fresh_stack) == 1

    fresh_stack.restart_host()

    asyncio.run(finish_night(fresh_stack))


def test_a_killed_worker_and_engine_leave_one_addition(fresh_stack: Stack) -> None:
    kill_after_the_post(fresh_stack)
    fresh_stack.engine.kill()
    assert read_intents(fresh_stack) == 1

    fresh_stack.restart_engine()
    fresh_stack.restart_host()

    asyncio.run(finish_night(fresh_stack))
