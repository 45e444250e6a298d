"""A PSA connection without a usable key: the night goes on, asks that PSA nothing, and says plainly what is wrong."""

from __future__ import annotations

import pytest

from local.night import play_one
from local.stack import Stack, read_calls
from plans.runs import RunPhase, TenantState
from store.runs import TableRuns
from tests.scenario.additions import list_ours

pytestmark = pytest.mark.stack
KEY = "connectwise-private-key"


async def test_a_night_says_which_connection_cannot_be_used_and_why(stack: Stack, runs: TableRuns) -> None:
    key = stack.folder / "secrets" / KEY
    key.chmod(0o644)
    try:
        assert await play_one(stack, runs) is False
    finally:
        key.chmod(0o600)

    (run,) = await runs.list_runs(1)
    assert run.phase is RunPhase.CLOSED
    assert (run.totals.read, run.totals.failed, run.totals.writes) == (1, 1, 0)
    (tenant,) = await runs.list_tenants(run.id)
    assert tenant.state is TenantState.PLANNED
    assert tenant.agreements[0].sentences == (
        f"The PSA connection ConnectWise cannot be used. The secret file {KEY} has mode 644; it must be 600.",
    )
    assert read_calls(stack.connectwise)["total"] == 0
    assert list_ours(stack) == []
