"""In a storage account that holds nothing the app makes what it needs, once a process, or says what it lacks."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator

import pytest
from azure.core.exceptions import HttpResponseError

from app import clock
from app.settings import Settings
from app.wiring import Wirings
from local.host.azurite import start_azurite
from plans.connecting import PartnerAccount
from plans.errors import Misconfigured
from store.storage import TABLES, Storage
from tests.unit.app.conftest import open_pages
from tests.unit.web.fakes import sign_in_headers

SENTENCE = "refuses this app .AuthorizationFailure.*Storage Table Data Contributor"


@pytest.fixture(scope="module")
def new_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("new")
    azurite = start_azurite(folder / "data", folder / "azurite.log")
    yield azurite.connection_string
    azurite.terminate()


@pytest.fixture
async def storage(new_account: str) -> AsyncIterator[Storage]:
    """The account as it is on the first day."""
    async with Storage.from_connection_string(new_account) as opened:
        async for table in opened.tables.list_tables():
            await opened.tables.delete_table(table.name)
        if await opened.container().exists():
            await opened.blobs.delete_container(opened.container().container_name)
        yield opened


@pytest.fixture
async def processes(
    settings: Settings, storage: Storage, new_account: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Wirings]]:
    """Four that run the app with this account."""
    monkeypatch.setenv("AzureWebJobsStorage", new_account)
    running = [Wirings() for _ in range(4)]
    yield running
    for each in running:
        await (await each.wiring()).close()


@pytest.fixture
def wirings(processes: list[Wirings]) -> Wirings:
    return processes[0]


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[Storage]:
    """Whoever was prepared."""
    found: list[Storage] = []
    prepare = Storage.prepare

    async def count(self: Storage) -> None:
        found.append(self)
        await prepare(self)

    monkeypatch.setattr(Storage, "prepare", count)
    return found


async def list_made(storage: Storage) -> set[str]:
    return {table.name async for table in storage.tables.list_tables()}


async def test_the_first_wiring_makes_tables_and_container(
    wirings: Wirings, storage: Storage, prepared: list[Storage]
) -> None:
    assert await list_made(storage) == set()
    outside = await wirings.outside()
    assert await list_made(storage) == set(TABLES)
    assert await storage.container().exists()
    assert await outside.books.list_customers() == ()
    assert await (await wirings.administration()).audit.list_entries(10, clock.utc_now()) == ()
    await wirings.outside()
    assert len(prepared) == 1


async def test_another_loop_of_the_process_does_not_ask_again(wirings: Wirings, prepared: list[Storage]) -> None:
    async def use_and_close() -> None:
        await (await wirings.wiring()).close()

    await wirings.outside()
    await asyncio.to_thread(asyncio.run, use_and_close())
    assert len(prepared) == 1


async def test_only_what_is_missing_is_made_and_rows_stay(
    wirings: Wirings, processes: list[Wirings], storage: Storage
) -> None:
    await storage.prepare()
    await (await wirings.wiring()).open_configuration().save_partner_account(PartnerAccount("p", "t", "c", "s", "r"))
    await storage.tables.delete_table("audit")
    await processes[1].outside()
    assert await list_made(storage) == set(TABLES)
    assert len(await (await wirings.wiring()).open_configuration().list_partner_accounts()) == 1


async def test_processes_that_begin_together_make_it_together(processes: list[Wirings], storage: Storage) -> None:
    await asyncio.gather(*(each.outside() for each in processes))
    assert await list_made(storage) == set(TABLES)


def with_wrong_key(connection_string: str) -> str:
    """The same account for somebody whom it refuses."""
    parts = dict(part.split("=", 1) for part in connection_string.strip(";").split(";"))
    parts["AccountKey"] = base64.b64encode(b"wrong" * 8).decode()
    return ";".join(f"{name}={value}" for name, value in parts.items())


@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")  # the SDK's, of XML errors
async def test_an_account_that_refuses_us_is_a_plain_sentence_on_every_page_until_it_lets_us_in(
    wirings: Wirings, new_account: str, monkeypatch: pytest.MonkeyPatch, storage: Storage
) -> None:
    monkeypatch.setenv("AzureWebJobsStorage", with_wrong_key(new_account))
    with pytest.raises(Misconfigured, match=SENTENCE) as caught:
        await wirings.outside()
    assert isinstance(caught.value.__cause__, HttpResponseError)
    async with open_pages(wirings) as client:
        refused = await client.get("/customers", headers=sign_in_headers())
        monkeypatch.setenv("AzureWebJobsStorage", new_account)
        let_in = await client.get("/customers", headers=sign_in_headers())
    assert refused.status_code == 503
    assert "Storage Table Data Contributor" in refused.text and "Traceback" not in refused.text
    assert let_in.status_code == 200


async def test_what_is_no_refusal_is_told_as_it_is(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    class Down:
        def __aiter__(self) -> AsyncIterator[object]:
            raise HttpResponseError("The server is busy.")

    monkeypatch.setattr(storage.tables, "list_tables", Down)
    with pytest.raises(HttpResponseError, match="busy"):
        await storage.prepare()
