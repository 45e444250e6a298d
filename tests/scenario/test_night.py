"""One night through the real machinery, and a second run that reads everything and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.night import describe_run, run_night
from local.stack import REPOSITORY, Stack, app_settings, forget_calls, read_calls
from store.backup import wipe_table
from store.runs import TableRuns
from store.storage import TABLES, Storage
from tests.scenario.additions import list_ours

pytestmark = pytest.mark.stack
TOTALS = "scheduled=0 held=0 parked=0 failed=0"


async def test_the_first_night_bills_the_seats(stack: Stack, runs: TableRuns) -> None:
    run = await run_night(stack, runs)

    assert describe_run(run) == (
        f"night 2026-11-22: customers=1 read=1 unknown=0 unchanged=0 changed=1 {TOTALS} writes=1 verified=1"
    )
    (addition,) = list_ours(stack)
    assert addition["quantity"] == 12
    assert addition["product"]["id"] == 501
    assert addition["effectiveDate"] == "2026-11-22T00:00:00Z"


async def test_a_second_run_reads_again_and_writes_nothing(stack: Stack, runs: TableRuns) -> None:
    forget_calls(stack.microsoft)
    forget_calls(stack.connectwise)

    run = await run_night(stack, runs)

    assert run.id == "2026-11-22-001"
    assert describe_run(run) == (
        f"night 2026-11-22: customers=1 read=1 unknown=0 unchanged=1 changed=0 {TOTALS} writes=0 verified=0"
    )
    microsoft = read_calls(stack.microsoft)["by_operation"]
    assert microsoft["POST /v1.0/$batch"] == 1
    assert microsoft["POST /{tenant}/oauth2/v2.0/token"] <= 2, "one for the partner account, one for the tenant"
    assert sum(microsoft.values()) <= 4, "and one list of GDAP relationships"
    psa = read_calls(stack.connectwise)["by_operation"]
    assert psa["GET /finance/agreements/{parentId}/additions"] == 1
    assert not [operation for operation in psa if not operation.startswith("GET ")]
    assert len(list_ours(stack)) == 1


async def test_tables_that_were_saved_wiped_and_restored_write_nothing(
    stack: Stack, runs: TableRuns, storage: Storage, tmp_path: Path
) -> None:
    """The command as people run it, on the account that the night has just used."""
    before = list_ours(stack)
    file, environment = tmp_path / "tables.gz", {**os.environ, **app_settings(stack)}
    assert run_backup(["save", str(file)], environment).startswith("Saved ")
    for name in TABLES:
        await wipe_table(storage, name)
    assert await runs.list_runs(10) == ()
    assert run_backup(["check", str(file)], environment).startswith(f"{file} is whole: ")
    assert run_backup(["restore", str(file)], environment).startswith("Restored ")

    run = await run_night(stack, runs)

    assert describe_run(run).endswith(f"unchanged=1 changed=0 {TOTALS} writes=0 verified=0")
    assert list_ours(stack) == before


def run_backup(arguments: list[str], environment: dict[str, str]) -> str:
    """What the command says."""
    command = [sys.executable, "-m", "app.backup", *arguments]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, capture_output=True, text=True, check=False, env=environment, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
