"""Our own adapters against the simulators: a whole night, every exchange checked against the descriptions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from app import clock
from app.settings import Settings
from app.wiring import wire
from local.demo.seed import Sites, load_seed
from local.host.azurite import Azurite, start_azurite
from local.simulators.start import create_secrets, start_simulator
from microsoft.adapter import GraphLicenceReader
from microsoft.tokens import PartnerCredentials
from net.client import open_client
from net.hosts import AllowedHosts
from plans.ports import Outside
from plans.runs import Totals
from profiles.readings import Known, Unknown
from sync import closing, judging, planning, steps, tenants
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import CUSTOMER_TENANT, NO_TLS, PARTNER_CLIENT, RunningSimulator

NIGHT = "2026-11-22"
CROWD = 1_100
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    folder: Path = tmp_path_factory.mktemp("azurite")
    running = start_azurite(folder / "data", folder / "azurite.log")
    yield running
    running.terminate()


@pytest.fixture
async def settings(
    azurite: Azurite,
    microsoft_simulator: RunningSimulator,
    connectwise_simulator: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """The app's settings for the simulators, and the demo's seed in its tables."""
    monkeypatch.setenv("AzureWebJobsStorage", azurite.connection_string)
    monkeypatch.setenv("SEATLEDGER_SECRETS_FOLDER", str(microsoft_simulator.secrets))
    monkeypatch.setenv("SEATLEDGER_LOGIN_URL", microsoft_simulator.base_url)
    monkeypatch.setenv("SEATLEDGER_GRAPH_URL", microsoft_simulator.base_url)
    origins = f"{microsoft_simulator.base_url},{connectwise_simulator.base_url}"
    monkeypatch.setenv("SEATLEDGER_ALLOWED_ORIGINS", origins)
    sites = Sites(connectwise_simulator.base_url, "https://webservices2.autotask.net")
    await load_seed(azurite.connection_string, sites)
    return Settings()


@pytest.fixture
async def outside(settings: Settings, contract: ContractCounter) -> AsyncIterator[Outside]:
    """The app's own wiring, with a transport that checks what passes."""
    wiring = wire(settings, CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract))
    yield await wiring.connect()
    await wiring.close()


@pytest.fixture
async def unchecked(settings: Settings) -> AsyncIterator[Outside]:
    """The app's own wiring over a network that may break the descriptions on purpose."""
    wiring = wire(settings)
    yield await wiring.connect()
    await wiring.close()


async def run_steps(outside: Outside, run_id: str) -> Totals:
    """A night without its engine: the same steps, one after another."""
    opened = await steps.open_run(outside, run_id)
    for shard in opened["shards"]:
        await steps.read_agreements(outside, shard)
    for request in await tenants.queue_tenants(outside, run_id):
        if await tenants.fetch_licences(outside, request):
            await planning.plan_tenant(outside, request)
    for push in await judging.judge_run(outside, run_id):
        for plan_hash in push["plan_hashes"]:
            await steps.push_agreement(outside, {"run_id": run_id, "plan_hash": plan_hash})
    await closing.close_night(outside, run_id)
    run = await outside.runs.read_run(run_id)
    assert run is not None
    return run.totals


async def test_a_night_speaks_as_the_descriptions_say(
    outside: Outside, contract: ContractCounter, connectwise_simulator: RunningSimulator
) -> None:
    """The first night looks once for what bills the product of its new line elsewhere; the one after it asks for the
    additions of the mapped agreement, and for nothing else of the company (P1)."""
    first = await run_steps(outside, NIGHT)
    asked = connectwise_simulator.read_calls()
    connectwise_simulator.forget("calls")
    second = await run_steps(outside, f"{NIGHT}-001")

    assert (first.changed, first.writes, first.verified) == (1, 1, 1)
    assert (second.unchanged, second.writes) == (1, 0)
    assert contract.checked >= 15
    assert asked["GET /company/companies"] == 1
    again = connectwise_simulator.read_calls()
    assert "GET /company/companies" not in again
    assert again["GET /finance/agreements/{parentId}/additions"] == again["GET /finance/agreements"] == 1


@pytest.fixture
def crowded_tenant(tmp_path: Path) -> Iterator[RunningSimulator]:
    """A Microsoft of its own whose one tenant has more licensed users than fit a page."""
    demo = json.loads((REPOSITORY / "local/demo/microsoft.json").read_text())
    (tenant,) = [each for each in demo["tenants"] if each["id"] == CUSTOMER_TENANT]
    tenant["users"] = [
        {
            **tenant["users"][0],
            "id": f"00000000-0000-4000-9000-{number:012d}",
            "userPrincipalName": f"u{number}@x.example",
        }
        for number in range(CROWD)
    ]
    create_secrets(tmp_path / "secrets")
    (tmp_path / "state").mkdir()
    (tmp_path / "state/microsoft.json").write_text(json.dumps(demo))
    process = start_simulator("microsoft", 0, tmp_path / "state", tmp_path / "secrets")
    yield RunningSimulator(process.base_url, tmp_path / "secrets", process)
    process.stop()


async def test_more_users_than_a_page_are_all_read(crowded_tenant: RunningSimulator, contract: ContractCounter) -> None:
    async def read_credentials() -> PartnerCredentials:
        secret, token = (crowded_tenant.secret(f"microsoft-{name}") for name in ("client-secret", "refresh-token"))
        return PartnerCredentials(PARTNER_CLIENT, secret, token)

    hosts = AllowedHosts(frozenset({crowded_tenant.base_url}))
    web = open_client(
        crowded_tenant.base_url, hosts, CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract)
    )
    reading = await GraphLicenceReader(web, web, read_credentials, clock.utc_now).read_tenant(CUSTOMER_TENANT)
    await web.close()

    assert isinstance(reading, Known), reading
    assert len(reading.value.users) == CROWD


UNREADABLE: list[dict[str, object]] = [
    {"name": "token_error", "detail": "50076"},
    {"name": "token_error", "detail": "65001"},
    {"name": "token_error", "detail": "90002"},
    {"name": "status", "detail": "401"},
    {"name": "status", "detail": "403"},
    {"name": "status", "detail": "404"},
    {"name": "batch_part_status", "detail": "subscriptions:403"},
    {"name": "batch_part_status", "detail": "users:429"},
    {"name": "batch_part_status", "detail": "subscribedSkus:500"},
    {"name": "missing_part", "detail": "subscriptions"},
    {"name": "truncate_body", "operation": "POST /v1.0/$batch"},
    {"name": "empty_200", "operation": "GET /directory/subscriptions"},
    {"name": "empty_200", "operation": "GET /subscribedSkus"},
    {"name": "empty_200", "operation": "GET /users"},
    {"name": "empty_200", "operation": "GET /directory/subscriptions", "detail": "body"},
    {"name": "missing_value", "operation": "GET /subscribedSkus"},
    {"name": "count_mismatch", "operation": "GET /users"},
    {"name": "wrong_tenant", "operation": "GET /subscribedSkus"},
    {"name": "concealed_names", "operation": "GET /users"},
]


@pytest.mark.parametrize("fault", UNREADABLE, ids=lambda fault: "-".join(str(value) for value in fault.values()))
async def test_unknown_is_never_zero(
    fault: dict[str, object], unchecked: Outside, microsoft_simulator: RunningSimulator
) -> None:
    """R4: whatever Microsoft answers instead of the truth, the tenant is unknown, with a sentence."""
    members = {name: value for name, value in fault.items() if name != "name"}
    microsoft_simulator.switch_on(str(fault["name"]), **members)

    reading = await unchecked.licences.read_tenant(CUSTOMER_TENANT)

    assert isinstance(reading, Unknown), reading
    assert reading.detail
