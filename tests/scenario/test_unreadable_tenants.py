"""R4 and R11 on the whole demo: tenants that fail hard are unknown with a sentence, and all others are done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from local.demo.demos import MSP, make_product_seed
from local.demo.msp.customers import TENANTS
from local.night import run_night
from local.stack import Stack, start_stack
from plans.results import TenantResult
from plans.runs import Run, TenantState
from store.runs import TableRuns
from store.storage import Storage

pytestmark = pytest.mark.stack

CELLS: dict[str, dict[str, object]] = {
    "signed out": {"name": "token_error", "detail": "50173"},
    "no consent": {"name": "token_error", "detail": "65001"},
    "401": {"name": "status", "detail": "401", "operation": "POST /v1.0/$batch"},
    "403": {"name": "status", "detail": "403", "operation": "POST /v1.0/$batch"},
    "404": {"name": "status", "detail": "404", "operation": "POST /v1.0/$batch"},
    "429": {"name": "status", "detail": "429", "operation": "POST /v1.0/$batch"},
    "503": {"name": "status", "detail": "503", "operation": "POST /v1.0/$batch"},
    "reset": {"name": "reset", "operation": "POST /v1.0/$batch"},
    "truncated page": {"name": "truncate_body", "operation": "POST /v1.0/$batch"},
    "empty 200": {"name": "empty_200", "operation": "GET /directory/subscriptions"},
    "missing field": {"name": "missing_value", "operation": "GET /subscribedSkus"},
    "wrong tenant": {"name": "wrong_tenant", "operation": "GET /subscribedSkus"},
    "inner 403": {"name": "batch_part_status", "detail": "subscriptions:403"},
    "inner 500": {"name": "batch_part_status", "detail": "subscribedSkus:500"},
    "part left out": {"name": "missing_part", "detail": "subscriptions"},
    "count mismatch": {"name": "count_mismatch", "operation": "GET /users"},
    "concealed names": {"name": "concealed_names", "operation": "GET /users"},
}
SHARES = (1, 10, 50)


@pytest.fixture(scope="module")
def msp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("msp")
    stack = asyncio.run(start_stack(folder, demo=MSP))
    yield stack
    stack.stop()


def list_tenants() -> list[str]:
    """The tenants of the demo's customers, in a stable order."""
    return sorted({str(customer["tenant_id"]) for customer in make_product_seed(MSP)["customers"]})


def switch_on(stack: Stack, tenant_id: str, fault: dict[str, object]) -> None:
    body = {**fault, "tenant": tenant_id, "times": None}
    httpx.post(f"{stack.microsoft.base_url}/__simulator/faults", json=body, timeout=10).raise_for_status()


def clear_faults(stack: Stack) -> None:
    httpx.delete(f"{stack.microsoft.base_url}/__simulator/faults", timeout=10).raise_for_status()


async def play(stack: Stack) -> tuple[Run, dict[str, TenantResult], set[str]]:
    """One run: its row, its tenants, and the customers that something was written for."""
    async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
        runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
        run = await run_night(stack, runs, is_quiet=True)
        tenants = {tenant.tenant_id: tenant for tenant in await runs.list_tenants(run.id)}
        written = {push.customer_id for push in await runs.list_pushes(run.id) if push.writes}
    return run, tenants, written


def name_customers(tenants: dict[str, TenantResult], ids: set[str]) -> set[str]:
    return {customer for tenant_id in ids for customer in tenants[tenant_id].customer_ids}


def find_unknown(tenants: dict[str, TenantResult]) -> set[str]:
    return {tenant_id for tenant_id, tenant in tenants.items() if tenant.state is TenantState.UNKNOWN}


@pytest.fixture(scope="module")
def always_unknown() -> set[str]:
    """The tenants of the demo that nobody can read: no relationship, or throttled whenever they are asked."""
    return {each.id for each in TENANTS if each.added and (each.sign_in_error or each.throttled == "always")}


def test_every_cell_of_r4_writes_nothing_and_says_why(msp: Stack, always_unknown: set[str]) -> None:
    readable = [tenant_id for tenant_id in list_tenants() if tenant_id not in always_unknown]
    struck = dict(zip(CELLS, readable, strict=False))
    assert len(struck) == len(CELLS)
    for name, tenant_id in struck.items():
        switch_on(msp, tenant_id, CELLS[name])

    run, tenants, written = asyncio.run(play(msp))
    clear_faults(msp)

    read_after_all = {name for name, tenant_id in struck.items() if tenants[tenant_id].state is not TenantState.UNKNOWN}
    assert read_after_all == set()
    assert [name for name, tenant_id in struck.items() if not tenants[tenant_id].sentence] == []
    assert written & name_customers(tenants, set(struck.values())) == set()
    assert find_unknown(tenants) == set(struck.values()) | always_unknown
    assert run.totals.read == len(list_tenants()) - run.totals.unknown


@pytest.mark.parametrize("share", SHARES)
def test_failing_tenants_never_stop_the_others(share: int, msp: Stack, always_unknown: set[str]) -> None:
    readable = [tenant_id for tenant_id in list_tenants() if tenant_id not in always_unknown]
    failing = set(readable[: max(1, len(readable) * share // 100)])
    for tenant_id in failing:
        switch_on(msp, tenant_id, CELLS["403"])

    _, tenants, written = asyncio.run(play(msp))
    clear_faults(msp)

    assert find_unknown(tenants) == failing | always_unknown
    assert all(tenants[tenant_id].state is TenantState.PLANNED for tenant_id in set(readable) - failing)
    assert written & name_customers(tenants, failing) == set()


def test_a_later_night_makes_good_and_the_next_writes_nothing(msp: Stack, always_unknown: set[str]) -> None:
    _, tenants, _ = asyncio.run(play(msp))
    again, _, written = asyncio.run(play(msp))

    assert find_unknown(tenants) == always_unknown
    assert written == set()
    assert again.totals.writes == 0
