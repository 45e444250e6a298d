"""A PSA that is down: the run says so and the command does not end well; a later night makes good."""

from __future__ import annotations

import pytest

from local.night import play_one
from local.stack import Stack
from plans.runs import TenantState
from store.runs import TableRuns
from tests.scenario.additions import add_fault, clear_faults, list_ours

pytestmark = pytest.mark.stack


async def test_a_psa_that_is_down_fails_its_customers_and_a_later_run_makes_good(stack: Stack, runs: TableRuns) -> None:
    add_fault(stack, name="status", detail="503", times=None)

    assert await play_one(stack, runs) is False

    (down,) = await runs.list_runs(1)
    assert (down.totals.read, down.totals.failed, down.totals.writes) == (1, 1, 0)
    (tenant,) = await runs.list_tenants(down.id)
    assert tenant.state is TenantState.PLANNED
    assert "could not be read tonight" in tenant.agreements[0].sentences[0]

    clear_faults(stack)
    assert await play_one(stack, runs) is True

    (good, _) = await runs.list_runs(2)
    assert (good.totals.changed, good.totals.verified) == (1, 1)
    assert len(list_ours(stack)) == 1
