"""Every store twice: on a real Azurite, and as the simulation's dictionaries, which must behave the same.

`books`, `runs`, `archive` and `open_items` are both, one after the other; `table_books` and `blob_archive` are on the
emulator alone, for what only rows and blobs can show.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from random import Random
from typing import Protocol, override

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient

from plans.open_items_port import OpenItems
from plans.ports import Archive, Books
from plans.runs_port import Runs
from profiles.billing import Customer, Mapping
from store.archive import BlobArchive
from store.books import TableBooks
from store.open_items import TableOpenItems
from store.runs import TableRuns
from store.storage import Storage
from tests.simulation.faults import Faults, Process
from tests.simulation.store import Disk, Store
from tests.unit.store.values import NOW

KINDS = ("table", "memory")


class AnyBooks(Books, Protocol):
    """The port, and how customers come into the books."""

    async def save_customer(self, customer: Customer, mappings: Iterable[Mapping]) -> None: ...


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


class Hurried(Random):
    """Faults that never make anybody wait."""

    @override
    def uniform(self, a: float, b: float) -> float:
        return 0.0


@pytest.fixture
def memory(clock: Clock) -> Store:
    return Store(Disk(), Faults(random=Hurried(0)), Process("worker"), clock.now)


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
async def open_table(storage: Storage) -> TableClient:
    return await make_table(storage)


@pytest.fixture
def table_books(
    books_table: TableClient, config_table: TableClient, container: ContainerClient, clock: Clock
) -> TableBooks:
    return TableBooks(books_table, config_table, container, clock.now)


@pytest.fixture(params=KINDS)
def books(request: pytest.FixtureRequest, table_books: TableBooks, memory: Store) -> AnyBooks:
    return table_books if request.param == "table" else memory


@pytest.fixture(params=KINDS)
def open_items(request: pytest.FixtureRequest, open_table: TableClient, memory: Store) -> OpenItems:
    return TableOpenItems(open_table) if request.param == "table" else memory


@pytest.fixture(params=KINDS)
async def runs(request: pytest.FixtureRequest, storage: Storage, memory: Store, container: ContainerClient) -> Runs:
    if request.param == "memory":
        return memory
    return TableRuns(await make_table(storage), await make_table(storage), container)


@pytest.fixture
async def container(storage: Storage) -> ContainerClient:
    client = storage.blobs.get_container_client(Names.draw())
    try:
        await client.create_container()
    except ResourceExistsError as error:  # a name is drawn once
        raise AssertionError("the name was taken") from error
    return client


@pytest.fixture
def blob_archive(container: ContainerClient) -> BlobArchive:
    return BlobArchive(container)


@pytest.fixture(params=KINDS)
def archive(request: pytest.FixtureRequest, blob_archive: BlobArchive, memory: Store) -> Archive:
    return blob_archive if request.param == "table" else memory
