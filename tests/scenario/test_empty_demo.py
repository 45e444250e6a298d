"""The empty demo: nothing is known or kept, what is printed opens the stand-ins, and a night needs set-up."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.commands import NothingSetUp
from local.demo.demos import EMPTY, MSP
from local.demo.newcomer import read_newcomer
from local.demo.seed import Sites, load_seed
from local.night import check_set_up, play_days, today
from local.stack import CONSENT_CALLBACK, Stack, start_stack
from store.configuration import TableConfiguration
from store.runs import TableRuns
from store.storage import Storage

pytestmark = pytest.mark.stack
ADDRESS_OF_SETTINGS = "/settings"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = asyncio.run(start_stack(tmp_path_factory.mktemp("empty"), demo=EMPTY))
    yield stack
    stack.stop()


def open_storage(stack: Stack) -> Storage:
    return Storage.from_connection_string(stack.azurite.connection_string)


async def test_nothing_is_known_and_no_secret_is_kept(world: Stack) -> None:
    async with open_storage(world) as storage:
        configuration = TableConfiguration(storage.table("config"))
        assert await configuration.list_connections() == ()
        assert await configuration.list_partner_accounts() == ()
        with pytest.raises(NothingSetUp, match="make run DEMO=empty"):
            await check_set_up(storage)
    assert list(world.product_secrets.iterdir()) == []
    assert world.product_secrets.stat().st_mode & 0o777 == 0o700


def test_the_pages_open(world: Stack) -> None:
    with httpx.Client(base_url=world.pages_url, follow_redirects=True) as browser:
        browser.post("/.auth/login/aad", data={"person": "administrator"}).raise_for_status()
        for path in ("/", "/customers", "/runs", ADDRESS_OF_SETTINGS):
            assert browser.get(path).status_code == 200


def test_what_is_printed_opens_the_stand_ins(world: Stack) -> None:
    newcomer = read_newcomer(world.stand_in_secrets, world.connectwise.base_url)
    info = httpx.get(
        f"{newcomer.site_url}/v4_6_release/apis/3.0/system/info",
        auth=(f"{newcomer.company}+{newcomer.public_key}", newcomer.private_key),
        headers={"clientId": newcomer.client_id},
    )
    assert info.status_code == 200
    asked = {
        "client_id": newcomer.application_id,
        "redirect_uri": f"{world.pages_url}{CONSENT_CALLBACK}",
        "response_type": "code",
        "scope": "https://graph.microsoft.com/.default",
    }
    address = f"{world.microsoft.base_url}/{newcomer.directory_id}/oauth2/v2.0/authorize"
    assert httpx.get(address, params=asked).status_code == 200
    assert httpx.get(address, params={**asked, "redirect_uri": "https://evil.example/"}).status_code == 400


async def test_once_it_is_set_up_its_days_go_on(world: Stack) -> None:
    """Customers buy and leave; what people of the MSP would do is left to whoever set it up."""
    for secret in world.stand_in_secrets.iterdir():
        keep(secret, world.product_secrets)
    sites = Sites(world.connectwise.base_url, world.autotask.base_url)
    await load_seed(world.azurite.connection_string, sites, MSP)
    before, now = today(world), world.clock.utc_now()
    async with open_storage(world) as storage:
        await check_set_up(storage)
        runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
        assert await play_days(world, runs, storage, 2)
        nights = await runs.list_runs(10)
    assert [(night.day - before).days for night in nights] == [2, 1]
    assert nights[-1].totals.customers == 30
    assert nights[-1].totals.verified == nights[-1].totals.writes > 0
    assert world.clock.utc_now() > now


def keep(secret: Path, folder: Path) -> None:
    """As the product keeps it: readable by its owner only."""
    shutil.copy(secret, folder / secret.name)
    (folder / secret.name).chmod(0o600)
