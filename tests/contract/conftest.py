"""Simulators in processes of their own, and every exchange with them checked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from local.simulators.start import create_secrets, start_simulator
from tests.conftest import EXCHANGES
from tests.contract import published
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.describing import PUBLISHED_DESCRIPTIONS
from tests.contract.running import (
    CLIENT_ID_HEADER,
    CUSTOMER_TENANT,
    NO_TLS,
    PARTNER_CLIENT,
    VENDOR_ACCEPT,
    RunningSimulator,
    autotask_headers,
)


@pytest.fixture(scope="session")
def _simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, RunningSimulator]]:
    folder = tmp_path_factory.mktemp("simulators")
    create_secrets(folder / "secrets")
    started: dict[str, RunningSimulator] = {}
    try:
        for name in ("microsoft", "connectwise", "autotask"):
            process = start_simulator(name, 0, folder / "state", folder / "secrets")
            started[name] = RunningSimulator(process.base_url, folder / "secrets", process)
        yield started
    finally:
        for simulator in started.values():
            simulator.process.stop()


@pytest.fixture
def microsoft_simulator(_simulators: dict[str, RunningSimulator]) -> RunningSimulator:
    """Answers with the demo data as it came, without faults."""
    _simulators["microsoft"].reset()
    return _simulators["microsoft"]


@pytest.fixture
def connectwise_simulator(_simulators: dict[str, RunningSimulator]) -> RunningSimulator:
    """Answers with the demo data as it came, without faults."""
    _simulators["connectwise"].reset()
    return _simulators["connectwise"]


@pytest.fixture
def autotask_simulator(_simulators: dict[str, RunningSimulator]) -> RunningSimulator:
    """Answers with the demo data as it came, without faults."""
    _simulators["autotask"].reset()
    _simulators["autotask"].forget("budget")
    return _simulators["autotask"]


@pytest.fixture
def counter() -> ContractCounter:
    if not published.published_files_exist():
        pytest.skip(f"the published API descriptions are not here: {PUBLISHED_DESCRIPTIONS}")
    return ContractCounter()


@pytest.fixture
def contract(counter: ContractCounter, pytestconfig: pytest.Config) -> Iterator[ContractCounter]:
    """All exchanges have to agree; their number is told at the end of the run."""
    yield counter
    pytestconfig.stash[EXCHANGES].update(checked=counter.checked, failed=counter.failed)
    assert counter.failures == []


@pytest.fixture
async def connectwise(
    connectwise_simulator: RunningSimulator, contract: ContractCounter
) -> AsyncIterator[httpx.AsyncClient]:
    """The API of the demo company, checked."""
    user = f"demo+{connectwise_simulator.secret('connectwise-public-key')}"
    async with httpx.AsyncClient(
        base_url=f"{connectwise_simulator.base_url}/v2026_4/apis/3.0",
        auth=(user, connectwise_simulator.secret("connectwise-private-key")),
        headers={"clientId": CLIENT_ID_HEADER, "Accept": VENDOR_ACCEPT},
        transport=CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract),
        verify=NO_TLS,
    ) as client:
        yield client


@pytest.fixture
async def autotask(autotask_simulator: RunningSimulator, contract: ContractCounter) -> AsyncIterator[httpx.AsyncClient]:
    """The API of the demo database, checked."""
    async with httpx.AsyncClient(
        base_url=f"{autotask_simulator.base_url}/atservicesrest/v1.0",
        headers=autotask_headers(autotask_simulator),
        transport=CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract),
        verify=NO_TLS,
    ) as client:
        yield client


@pytest.fixture
async def microsoft(
    microsoft_simulator: RunningSimulator, contract: ContractCounter
) -> AsyncIterator[httpx.AsyncClient]:
    """Sign-in and Graph, checked, without a token."""
    transport = CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    async with httpx.AsyncClient(base_url=microsoft_simulator.base_url, transport=transport, verify=NO_TLS) as client:
        yield client


@pytest.fixture
def token_form(microsoft_simulator: RunningSimulator) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "client_id": PARTNER_CLIENT,
        "client_secret": microsoft_simulator.secret("microsoft-client-secret"),
        "refresh_token": microsoft_simulator.secret("microsoft-refresh-token"),
        "scope": "https://graph.microsoft.com/.default offline_access",
    }


@pytest.fixture
async def graph(microsoft: httpx.AsyncClient, token_form: dict[str, str]) -> httpx.AsyncClient:
    """The same client, signed in to the customer's tenant."""
    answer = await microsoft.post(f"/{CUSTOMER_TENANT}/oauth2/v2.0/token", data=token_form)
    microsoft.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return microsoft
