"""A PSA that is down: the run says so and the command does not end well; a later night makes good."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from local.demo.demos import FIRST, make_state
from local.night import play_one
from local.stack import DEMO_NOW, REPOSITORY, Stack
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


def keep_another_psa(folder: Path, now: datetime) -> None:
    """Where ConnectWise should be, another company's answers, and knows nothing of ours."""
    state = make_state(FIRST, "connectwise", now) | {"companyId": "elsewhere"}
    folder.mkdir()
    (folder / "connectwise.json").write_text(json.dumps(state), encoding="utf-8")


def test_the_command_itself_ends_with_1_and_says_why(tmp_path: Path) -> None:
    keep_another_psa(tmp_path / "simulators", DEMO_NOW)
    command = [sys.executable, "-m", "local.night", "--demo", "first", "--folder", str(tmp_path)]

    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)  # noqa: S603 - our own module, no shell

    assert ended.returncode == 1
    assert ended.stderr == "The PSA could not be read at all; a later night makes good.\n"
    totals = (
        "customers=1 read=1 unknown=0 unchanged=0 changed=0 scheduled=0 held=0 parked=0 failed=1 writes=0 verified=0"
    )
    assert ended.stdout.splitlines()[-1] == f"night 2026-11-22: {totals}"
