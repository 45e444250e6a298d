"""Lists say what the rows say: after every edit, whoever reads, and wherever a process died."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any, override

import pytest
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.data.tables.aio import TableClient, TableServiceClient
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from plans.ports import CustomerOverview
from profiles.billing import Customer
from store import codec, customer_view, filters
from store.books import TableBooks
from store.codec import encode
from store.customer_view import VIEW_NAME, pack
from store.editing import TableCustomerEditor
from store.entries import ENTRY_PREFIXES, Entry, keep_entry, make_entry
from store.marks import CHANGED_PARTITION, LONGEST_CHANGE, Marks
from store.tables import make_row, query
from tests.unit.store.conftest import Clock
from tests.unit.store.values import (
    CONTOSO,
    CUSTOMER,
    NOW,
    make_adoption,
    make_evidence,
    make_history,
    make_mapping,
    settle_with,
)

FABRIKAM = Customer("fabrikam", "Fabrikam", "tenant-2", "second", "43")


class Died(Exception):
    """The process is gone."""


class Death(AsyncHTTPPolicy[Any, Any]):
    """Counts requests; dies before the request of that number, or after it: then it took effect."""

    def __init__(self, at: int, *, is_late: bool) -> None:
        super().__init__()
        self.sent = 0
        self._at = at
        self._is_late = is_late

    @override
    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        self.sent += 1
        if self.sent == self._at and not self._is_late:
            raise Died
        response: PipelineResponse[Any, Any] = await self.next.send(request)
        if self.sent == self._at:
            raise Died
        return response


class Gate(AsyncHTTPPolicy[Any, Any]):
    """Lets one request through at a time, in an order that somebody else chooses."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.waiting: list[asyncio.Future[None]] = []

    @override
    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        turn = asyncio.get_running_loop().create_future()
        self.waiting.append(turn)
        await turn
        response: PipelineResponse[Any, Any] = await self.next.send(request)
        return response

    async def play(self, tasks: list[asyncio.Task[None]]) -> None:
        while not all(task.done() for task in tasks):
            await asyncio.sleep(0.001)
            if self.waiting:
                self.waiting.pop(self._random.randrange(len(self.waiting))).set_result(None)
        for task in tasks:
            task.result()


class Office:
    """One process with its own memory, on the same tables as the others."""

    def __init__(self, place: Place, policy: AsyncHTTPPolicy[Any, Any] | None = None) -> None:
        policies: dict[str, Any] = {"per_retry_policies": [policy]} if policy else {}
        tables = TableServiceClient.from_connection_string(place.connection, **policies)
        blobs = BlobServiceClient.from_connection_string(place.connection, **policies)
        self._closing = (tables, blobs)
        books = tables.get_table_client(place.books.table_name)
        config = tables.get_table_client(place.config.table_name)
        container = blobs.get_container_client(place.container.container_name)
        self.books = TableBooks(books, config, container, place.clock.now)
        self.editor = TableCustomerEditor(books, Marks(config, place.clock.now))

    async def close(self) -> None:
        for each in self._closing:
            await each.close()


class Place:
    """Tables that several processes share, and what their rows say."""

    def __init__(
        self, connection: str, books: TableClient, config: TableClient, container: ContainerClient, clock: Clock
    ) -> None:
        self.connection, self.books, self.config, self.container, self.clock = (
            connection,
            books,
            config,
            container,
            clock,
        )
        self._offices: list[Office] = []

    def open(self, policy: AsyncHTTPPolicy[Any, Any] | None = None) -> Office:
        office = Office(self, policy)
        self._offices.append(office)
        return office

    async def read_truth(self) -> tuple[CustomerOverview, ...]:
        rows = [row async for row in query(self.books, filters.anywhere_with_prefixes(ENTRY_PREFIXES))]
        ids = sorted({row["PartitionKey"] for row in rows})
        entries = [make_entry(row for row in rows if row["PartitionKey"] == each) for each in ids]
        return tuple(entry.overview for entry in entries if entry is not None)

    async def list_marks(self) -> list[str]:
        return [row["RowKey"] async for row in query(self.config, filters.in_partition(CHANGED_PARTITION))]

    async def close(self) -> None:
        for each in self._offices:
            await each.close()


@pytest.fixture
async def place(
    azurite_connection: str,
    books_table: TableClient,
    config_table: TableClient,
    container: ContainerClient,
    clock: Clock,
) -> Any:
    opened = Place(azurite_connection, books_table, config_table, container, clock)
    office = opened.open()
    await office.books.save_customer(CONTOSO, [make_mapping("a"), make_mapping("b")])
    await office.books.save_customer(FABRIKAM, [make_mapping("c", "fabrikam")])
    yield opened
    await opened.close()


async def settle(office: Office) -> None:
    await office.books.settle(CUSTOMER, settle_with(make_evidence(0, "a"), agreement_ids=("900",)))


async def adopt(office: Office) -> None:
    await office.books.adopt(CUSTOMER, replace(make_adoption(), mapping_id="b"), make_history(0))


async def rename(office: Office) -> None:
    await office.editor.change_customer(replace(CONTOSO, name="Contoso Ltd"), CONTOSO, make_history(1))


async def map_one(office: Office) -> None:
    await office.editor.save_mappings(CUSTOMER, ((None, make_mapping("d")),), (make_history(2),))


async def remove(office: Office) -> None:
    await office.editor.remove_customer(FABRIKAM, make_history(3))


async def add(office: Office) -> None:
    await office.editor.add_customer(Customer("added", "Added", "tenant-3", "second", "44"), make_history(4))


EDITS = (settle, adopt, rename, map_one, remove, add)
type Edit = Callable[[Office], Coroutine[Any, Any, None]]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: str(edit.__name__))
async def test_an_edit_shows_at_once_in_every_process(edit: Edit, place: Place) -> None:
    editing, looking = place.open(), place.open()
    before = await looking.books.list_overviews()
    assert before == await place.read_truth()
    await edit(editing)
    truth = await place.read_truth()
    assert truth != before
    for office in (editing, looking, place.open()):
        assert await office.books.list_overviews() == truth


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: str(edit.__name__))
@pytest.mark.parametrize("is_late", [False, True], ids=["before", "after"])
async def test_wherever_an_editor_dies_lists_say_what_the_rows_say(edit: Edit, place: Place, is_late: bool) -> None:
    looking = place.open()
    await looking.books.list_overviews()
    for at in range(1, 12):
        death = Death(at, is_late=is_late)
        with suppress(Died):
            await edit(place.open(death))
        truth = await place.read_truth()
        assert await looking.books.list_overviews() == truth
        assert await place.open().books.list_overviews() == truth
        place.clock.move(minutes=16)
        assert await looking.books.list_overviews() == truth
        assert await place.list_marks() == []
        assert await place.open().books.list_overviews() == truth
        if death.sent < at:
            return
    raise AssertionError("the edit never came to its end")


@pytest.mark.parametrize("is_late", [False, True], ids=["before", "after"])
async def test_wherever_a_reader_dies_that_writes_the_view_lists_say_what_the_rows_say(
    place: Place, is_late: bool
) -> None:
    await place.open().books.list_overviews()
    for at in range(1, 12):
        office = place.open()
        mapping = make_mapping(f"new-{at}-{is_late}")
        await office.editor.save_mappings(CUSTOMER, ((None, mapping),), (make_history(at + 10 + 20 * is_late),))
        place.clock.move(minutes=16)
        death = Death(at, is_late=is_late)
        with suppress(Died):
            await place.open(death).books.list_overviews()
        truth = await place.read_truth()
        assert any(each.id == mapping.id for each in truth[0].mappings)
        assert await office.books.list_overviews() == truth
        assert await place.open().books.list_overviews() == truth
        if death.sent < at:
            return
    raise AssertionError("the reader never came to its end")


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_the_order_of_many_processes_calls_lists_say_what_the_rows_say(
    seed: int, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six editors at once and three readers that write the view at every chance."""
    monkeypatch.setattr(customer_view, "MOST_READ_SINGLY", 0)
    random = Random(seed)
    gate = Gate(random)
    readers = [place.open(gate) for _ in range(3)]

    async def read(office: Office) -> None:
        for _ in range(4):
            await office.books.list_overviews()

    tasks = [asyncio.create_task(edit(place.open(gate))) for edit in EDITS]
    tasks += [asyncio.create_task(read(each)) for each in readers]
    await gate.play(tasks)
    truth = await place.read_truth()
    found: list[tuple[CustomerOverview, ...]] = []

    async def look(office: Office) -> None:
        found.append(await office.books.list_overviews())

    await gate.play([asyncio.create_task(look(each)) for each in readers])
    assert found == [truth] * 3
    assert await place.open().books.list_overviews() == truth


async def test_many_marks_are_put_into_the_view_by_the_first_who_reads_them(place: Place) -> None:
    office = place.open()
    await office.books.list_overviews()
    for number in range(30):
        await office.books.save_customer(Customer(f"n-{number}", "N", f"t-{number}", "second", "1"), [])
    assert len(await place.list_marks()) > 24
    assert len(await office.books.list_customers()) == 32
    assert await place.list_marks() == []
    assert await office.books.list_overviews() is not None
    assert await place.open().books.list_overviews() == await place.read_truth()


async def test_what_nothing_changed_is_the_very_same_value(place: Place) -> None:
    office = place.open()
    await office.books.list_overviews()
    first = (await office.books.list_overviews())[0]
    assert (await office.books.list_overviews())[0] is first


async def test_rows_from_before_the_view_are_found_once(place: Place) -> None:
    """An installation that is updated, or restored: rows, and neither view nor mark."""
    older = Customer("older", "Older", "t", "second", "1")
    await place.books.upsert_entity(make_row("older", "a", encode(Customer, older)))
    for key in await place.list_marks():
        await place.config.delete_entity(CHANGED_PARTITION, key)
    assert await place.open().books.list_overviews() == await place.read_truth()
    assert "older" in {each.id for each in await place.open().books.list_customers()}


async def test_a_page_that_waits_no_longer_leaves_the_work_to_the_next(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans: list[int] = []
    scan = customer_view.CustomerView._scan

    async def scan_slowly(view: customer_view.CustomerView) -> Any:
        scans.append(len(scans))
        await asyncio.sleep(0.3)
        return await scan(view)

    monkeypatch.setattr(customer_view.CustomerView, "_scan", scan_slowly)
    office = place.open()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await office.books.list_overviews()
    await office.editor.change_customer(replace(CONTOSO, name="Meanwhile"), CONTOSO, make_history(6))
    assert await office.books.list_overviews() == await place.read_truth()
    assert (await office.books.list_customers())[0].name == "Meanwhile"
    assert scans == [0]


async def test_a_view_of_another_version_is_made_anew_from_its_customers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.open().books.list_overviews()
    monkeypatch.setattr(codec, "find_shape", lambda kind: "another")
    office = place.open()
    monkeypatch.setattr(customer_view.CustomerView, "_scan", None)
    await office.editor.save_mappings(CUSTOMER, ((None, make_mapping("late")),), (make_history(5),))
    assert await office.books.list_overviews() == await place.read_truth()
    assert await place.open().books.list_overviews() == await place.read_truth()


@pytest.mark.parametrize(
    "damaged",
    [b"", b"no gzip", pack({})[:-9], gzip.compress(b"{}"), gzip.compress(b"\xff")],
    ids=["empty", "no gzip", "cut off", "no lines", "no text"],
)
async def test_a_damaged_view_is_made_anew(damaged: bytes, place: Place) -> None:
    await place.open().books.list_overviews()
    await place.container.upload_blob(VIEW_NAME, damaged, overwrite=True)
    for office in (place.open(), place.open()):
        assert await office.books.list_overviews() == await place.read_truth()


async def test_who_hangs_longer_than_anybody_may_still_says_what_it_did(place: Place) -> None:
    office = place.open()
    await office.books.list_overviews()
    marks = Marks(place.config, place.clock.now)
    async with marks.changing(CUSTOMER):
        place.clock.move(seconds=LONGEST_CHANGE.total_seconds() + 1)
        await office.books.list_overviews()
        assert await place.list_marks() == []
        row = make_row(CUSTOMER, "a", encode(Customer, replace(CONTOSO, name="Late")))
        await place.books.upsert_entity(row)
    assert (await office.books.list_customers())[0].name == "Late"


def test_what_a_view_holds_comes_back() -> None:
    overview = CustomerOverview(
        CONTOSO, (make_mapping("a"), replace(make_mapping("b"), starts_on=NOW.date())), {"a": 3}
    )
    kept = {
        CUSTOMER: keep_entry(Entry(overview, ("900",), ("x",))),
        "f": keep_entry(Entry(CustomerOverview(FABRIKAM, (), {}))),
    }
    found = customer_view.unpack("etag", pack(kept)).entries
    assert found == kept
    assert found is not None
    assert found[CUSTOMER] == overview
    assert found[CUSTOMER].entry == kept[CUSTOMER].entry
    assert found[CUSTOMER].mapped == overview.mapped
    assert (found[CUSTOMER].seats, overview.seats) == (3, 3)
    assert found[CUSTOMER] != replace(overview, billed={})
