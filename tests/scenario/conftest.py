"""A local stack of its own for a test module."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from local.stack import Stack, start_stack
from store.runs import TableRuns
from store.storage import Storage


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack")
    running = asyncio.run(start_stack(folder))
    yield running
    running.stop()


@pytest.fixture
async def storage(stack: Stack) -> AsyncIterator[Storage]:
    async with Storage.from_connection_string(stack.azurite.connection_string) as opened:
        yield opened


@pytest.fixture
def runs(storage: Storage) -> TableRuns:
    return TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
