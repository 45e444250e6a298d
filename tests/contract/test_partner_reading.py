"""Our partner reading against the simulated MSP: Partner Center, GDAP, renewed tokens, every refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from app import clock
from app.logs import REDACTOR
from app.settings import Settings
from app.wiring import Wiring, wire
from local.demo.demos import MSP
from local.demo.seed import Sites, load_seed
from local.host.azurite import Azurite, start_azurite
from local.simulators.start import create_secrets, start_simulator
from plans.ports import Outside
from plans.raw_answers import RawAnswer
from profiles.licences import BillingType, PartnerStatus, PartnerSubscription
from profiles.partners import ActiveGdap, NoGdap, PartnerReading, TenantSource
from profiles.readings import Known, Unknown, UnknownReason
from store.secrets import FileSecrets, RenewedSecrets
from sync import partners
from tests.contract.checking import CheckingTransport, ContractCounter
from tests.contract.running import NO_TLS, RunningSimulator

ACCOUNT, TOKEN = "main", "microsoft-refresh-token"
SUBSCRIPTIONS = "GET /v1/customers/{id}/subscriptions"
CUSTOMERS = "GET /v1/customers"


@pytest.fixture(scope="module")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    folder: Path = tmp_path_factory.mktemp("azurite")
    running = start_azurite(folder / "data", folder / "azurite.log")
    yield running
    running.terminate()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    folder: Path = tmp_path_factory.mktemp("msp")
    create_secrets(folder / "secrets")
    process = start_simulator("microsoft", 0, folder / "state", folder / "secrets", demo=MSP)
    yield RunningSimulator(process.base_url, folder / "secrets", process)
    process.stop()


@pytest.fixture
def simulator(started: RunningSimulator) -> RunningSimulator:
    """The large demo as it came, without faults."""
    started.reset()
    return started


@pytest.fixture
async def settings(azurite: Azurite, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("AzureWebJobsStorage", azurite.connection_string)
    monkeypatch.setenv("SEATLEDGER_SECRETS_FOLDER", str(simulator.secrets))
    for name in ("LOGIN", "GRAPH", "PARTNER_CENTER"):
        monkeypatch.setenv(f"SEATLEDGER_{name}_URL", simulator.base_url)
    monkeypatch.setenv("SEATLEDGER_ALLOWED_ORIGINS", simulator.base_url)
    sites = Sites("https://api-na.myconnectwise.net", "https://webservices2.autotask.net")
    await load_seed(azurite.connection_string, sites, MSP)
    return Settings()


@pytest.fixture
async def wiring(settings: Settings) -> AsyncIterator[Wiring]:
    opened = wire(settings)
    yield opened
    await opened.close()


@pytest.fixture
async def outside(wiring: Wiring) -> Outside:
    return await wiring.connect()


async def read_partner(outside: Outside) -> PartnerReading:
    reading = await outside.partners[ACCOUNT].read_partner()
    assert isinstance(reading, Known), reading
    return reading.value


def count_calls(simulator: RunningSimulator) -> Counter[str]:
    report = httpx.get(f"{simulator.base_url}/__simulator/calls", verify=NO_TLS).json()
    return Counter(report["by_operation"])


async def test_every_customer_is_read_as_the_descriptions_say(settings: Settings, contract: ContractCounter) -> None:
    opened = wire(settings, CheckingTransport(httpx.AsyncHTTPTransport(verify=NO_TLS), contract))
    outside = await opened.connect()
    reading = await read_partner(outside)
    for tenant in reading.tenants:
        await outside.licences.read_tenant(tenant.tenant_id, ACCOUNT)
    await opened.close()

    assert len(reading.tenants) == 32
    assert all(TenantSource.PARTNER_CENTER in tenant.sources for tenant in reading.tenants)
    states = Counter(type(tenant.gdap) for tenant in reading.tenants)
    assert states[ActiveGdap] + states[NoGdap] == 32
    assert states[ActiveGdap] >= 20
    assert contract.checked >= 60


async def test_small_pages_name_the_same_tenants(outside: Outside, simulator: RunningSimulator) -> None:
    whole = await read_partner(outside)
    simulator.switch_on("small_pages", detail="9")
    in_pages = await read_partner(outside)
    assert in_pages.tenants == whole.tenants
    assert count_calls(simulator)[CUSTOMERS] == 1 + 4, "three full pages, and the one that is refused with code 2000"


async def test_a_tenant_that_is_known_has_its_contract_joined(outside: Outside) -> None:
    reading = await read_partner(outside)
    known = 0
    unjoined: list[PartnerSubscription] = []
    unknown: list[Unknown] = []
    for tenant in reading.tenants:
        answer = await outside.licences.read_tenant(tenant.tenant_id)
        if isinstance(answer, Unknown):
            unknown.append(answer)
            continue
        known += 1
        rows = answer.value.partner_subscriptions
        assert rows is not None
        unjoined += [row for row in rows if row.sku_id is None and row.billing_type is BillingType.LICENSE]
    assert known >= 20
    assert {row.status for row in unjoined} == {PartnerStatus.DELETED}, "the directory forgets what was deleted"
    assert {answer.reason for answer in unknown} <= {UnknownReason.ACCESS_DENIED, UnknownReason.THROTTLED}


async def test_an_unchanged_tenant_takes_three_calls_and_none_for_a_token_that_is_kept(
    outside: Outside, simulator: RunningSimulator
) -> None:
    """P1 for a partner who reads Partner Center."""
    reading = await read_partner(outside)
    reachable = [tenant.tenant_id for tenant in reading.tenants if isinstance(tenant.gdap, ActiveGdap)][:5]
    for tenant_id in reachable[:1]:
        await outside.licences.read_tenant(tenant_id)
    before = count_calls(simulator)
    for tenant_id in reachable[1:]:
        await outside.licences.read_tenant(tenant_id)
    after = count_calls(simulator) - before
    per_tenant = {name: count / 4 for name, count in after.items() if not name.startswith("GET /v1.0/users")}
    assert per_tenant == {
        "POST /{tenant}/oauth2/v2.0/token": 1,
        "POST /v1.0/$batch": 1,
        SUBSCRIPTIONS: 1,
    }


async def test_the_refresh_token_moves_on_with_every_reading(wiring: Wiring, simulator: RunningSimulator) -> None:
    outside = await wiring.connect()
    renewed = RenewedSecrets(FileSecrets(simulator.secrets), wiring.storage.table("config"), clock.utc_now)
    tokens = []
    for _ in range(3):
        await read_partner(outside)
        tokens.append((await renewed.read(TOKEN)).value)
    assert len(set(tokens)) == 3
    assert simulator.secret(TOKEN) not in tokens
    assert all(REDACTOR.redact(f"got {token}") == "got [redacted]" for token in tokens)


async def test_a_night_keeps_the_reading_and_the_answers(outside: Outside) -> None:
    counts = await partners.read_partners(outside, "2026-11-22")
    assert (counts["accounts"], counts["unread"], counts["tenants"]) == (1, 0, 32)
    kept = await outside.archive.read_partner("2026-11-22", ACCOUNT)
    assert isinstance(kept, PartnerReading)
    assert await outside.archive.read_newest_partner(ACCOUNT) == kept


REFUSALS: list[tuple[dict[str, object], UnknownReason]] = [
    ({"name": "partner_without_mfa"}, UnknownReason.ACCESS_DENIED),
    ({"name": "partner_indirect_reseller"}, UnknownReason.ACCESS_DENIED),
    ({"name": "partner_error", "detail": "404:20002"}, UnknownReason.TENANT_GONE),
    ({"name": "partner_error", "detail": "400:60003"}, UnknownReason.TENANT_GONE),
    ({"name": "partner_error", "detail": "500:800000"}, UnknownReason.UNREACHABLE),
    ({"name": "partner_rate_limit", "seconds": 1}, UnknownReason.THROTTLED),
    ({"name": "truncate_body"}, UnknownReason.INCOMPLETE),
    ({"name": "status", "detail": "401"}, UnknownReason.ACCESS_DENIED),
    ({"name": "status", "detail": "403"}, UnknownReason.ACCESS_DENIED),
    ({"name": "reset"}, UnknownReason.UNREACHABLE),
]


@pytest.mark.parametrize("operation", [SUBSCRIPTIONS, CUSTOMERS])
@pytest.mark.parametrize(("fault", "reason"), REFUSALS, ids=lambda each: str(each))
async def test_what_partner_center_refuses_is_unknown(
    fault: dict[str, object],
    reason: UnknownReason,
    operation: str,
    outside: Outside,
    simulator: RunningSimulator,
) -> None:
    """R4: no contract, no quantity; the answer is kept where there was one."""
    tenant_id = next(
        tenant.tenant_id for tenant in (await read_partner(outside)).tenants if isinstance(tenant.gdap, ActiveGdap)
    )
    members = {name: value for name, value in fault.items() if name != "name"}
    simulator.switch_on(str(fault["name"]), operation=operation, **members)
    raw: list[RawAnswer] = []
    if operation == CUSTOMERS:
        reading: object = await outside.partners[ACCOUNT].read_partner()
    else:
        reading = await outside.licences.read_tenant(tenant_id, ACCOUNT, raw.append)
        assert raw[0].request == "POST /v1.0/$batch"
    assert isinstance(reading, Unknown), reading
    assert reading.reason is reason


async def test_a_token_refused_once_is_renewed(outside: Outside, simulator: RunningSimulator) -> None:
    reading = await read_partner(outside)
    tenant_id = next(tenant.tenant_id for tenant in reading.tenants if isinstance(tenant.gdap, ActiveGdap))
    simulator.switch_on("status", operation=SUBSCRIPTIONS, detail="401", times=1)
    assert isinstance(await outside.licences.read_tenant(tenant_id), Known)
    assert count_calls(simulator)[SUBSCRIPTIONS] == 2
