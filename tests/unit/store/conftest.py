"""A real Azurite for the whole session, and clean tables for every test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient

from local.host.azurite import start_azurite
from store.archive import BlobArchive
from store.books import TableBooks
from store.runs import TableRuns
from store.storage import Storage
from tests.unit.plans.makers import NOW


@pytest.fixture(scope="session")
def azurite_connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("azurite")
    azurite = start_azurite(folder / "data", folder / "azurite.log")
    yield azurite.connection_string
    azurite.terminate()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def move(self, **duration: float) -> None:
        self.time += timedelta(**duration)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Names:
    """Names that no other test of the session uses: the emulator keeps what earlier tests wrote."""

    number = 0

    @classmethod
    def draw(cls) -> str:
        cls.number += 1
        return f"t{cls.number:05d}"


@pytest.fixture
async def storage(azurite_connection: str) -> AsyncIterator[Storage]:
    async with Storage.from_connection_string(azurite_connection) as opened:
        yield opened


async def make_table(storage: Storage) -> TableClient:
    return await storage.tables.create_table(Names.draw())


@pytest.fixture
async def books_table(storage: Storage) -> TableClient:
    return await make_table(storage)


@pytest.fixture
async def config_table(storage: Storage) -> TableClient:
    return await make_table(storage)


@pytest.fixture
def books(books_table: TableClient, config_table: TableClient, clock: Clock) -> TableBooks:
    return TableBooks(books_table, config_table, clock.now)


@pytest.fixture
async def runs(storage: Storage) -> TableRuns:
    return TableRuns(await make_table(storage), await make_table(storage))


@pytest.fixture
async def container(storage: Storage) -> ContainerClient:
    client = storage.blobs.get_container_client(Names.draw())
    try:
        await client.create_container()
    except ResourceExistsError as error:  # a name is drawn once
        raise AssertionError("the name was taken") from error
    return client


@pytest.fixture
def archive(container: ContainerClient) -> BlobArchive:
    return BlobArchive(container)
