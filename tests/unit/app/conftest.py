"""A storage account of the emulator with the tables of the app, empty for each test, and a folder for secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from app import clock
from app.settings import Settings, read_settings
from app.wiring import Wirings
from local.simulators.start import create_secrets, start_simulator
from store.storage import TABLES, Storage
from store.tables import delete
from tests.contract.running import RunningSimulator
from tests.unit.web.fakes import PUBLIC_URL, SIGN_IN, ZONE, fetch_test_keys
from web.application import create_application
from web.context import WebContext


@pytest.fixture(scope="session")
def running_connectwise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """One ConnectWise for the session."""
    folder = tmp_path_factory.mktemp("simulators")
    create_secrets(folder / "secrets")
    process = start_simulator("connectwise", 0, folder / "state", folder / "secrets")
    yield RunningSimulator(process.base_url, folder / "secrets", process)
    process.stop()


@pytest.fixture
def connectwise(running_connectwise: RunningSimulator) -> RunningSimulator:
    """It answers with the demo data as it came, without faults."""
    running_connectwise.reset()
    return running_connectwise


@pytest.fixture
async def storage(azurite_connection: str) -> AsyncIterator[Storage]:
    async with Storage.from_connection_string(azurite_connection) as opened:
        await opened.prepare()
        for name in TABLES:
            table = opened.table(name)
            async for row in table.list_entities():
                await table.submit_transaction([delete(row)])
        yield opened


@pytest.fixture
def settings(storage: Storage, azurite_connection: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of an empty installation, in the environment as well."""
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700)
    monkeypatch.setenv("AzureWebJobsStorage", azurite_connection)
    monkeypatch.setenv("SEATLEDGER_SECRETS_FOLDER", str(secrets))
    monkeypatch.setenv("SEATLEDGER_ALLOWED_ORIGINS", "https://psa.msp.example")
    return read_settings()


def open_pages(wirings: Wirings) -> httpx.AsyncClient:
    """A browser of the pages over a wiring of the app's own, signed in by whoever sets its headers."""
    context = WebContext(
        outside=wirings.outside,
        administration=wirings.administration,
        configuration_changed=wirings.forget,
        run_requests=wirings.run_requests,
        tokens=wirings.tokens,
        sign_in=SIGN_IN,
        fetch_sign_in_keys=fetch_test_keys,
        zone=ZONE,
        currency="EUR",
        public_url=PUBLIC_URL,
        now=clock.utc_now,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_application(context)), base_url=PUBLIC_URL)
