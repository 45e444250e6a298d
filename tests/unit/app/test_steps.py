"""Steps are carried out with their ids in the log, one line each, and what they asked of the outside is kept."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import steps, wiring
from app.steps import Tally, carry_out, read_ids
from net.traffic import note
from plans.errors import Retry
from plans.ports import Outside
from plans.traffic import Traffic
from sync.about import read_about
from sync.messages import TenantRequest
from tests.simulation.faults import Faults, Process
from tests.simulation.store import Disk, Store

RUN = "2026-11-22"
NOW = datetime(2026, 11, 22, 2, 5, tzinfo=UTC)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Outside:
    """What the steps may touch: a store."""
    store = Store(Disk(), Faults(Random(1)), Process("one"), lambda: NOW)
    made = cast(Outside, SimpleNamespace(runs=store))

    async def find() -> Outside:
        return made

    monkeypatch.setattr(wiring.WIRINGS, "outside", find)
    monkeypatch.setattr(steps, "TALLY", Tally())
    return made


def facts_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.facts for record in caplog.records if hasattr(record, "facts")]


async def fetch(outside: Outside, request: TenantRequest) -> bool:
    note(Traffic(calls=2, retries=1, throttled=1, waited_ms=4000))
    assert dict(read_about()) == {"run": RUN, "tenant": "t-1"}
    return True


async def close_night(outside: Outside, run_id: str) -> None:
    return None


async def test_a_step_leaves_one_line_with_what_it_asked(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert await carry_out(fetch, {"run_id": RUN, "tenant_id": "t-1"})
    [facts] = facts_of(caplog)
    assert facts.pop("seconds") >= 0
    assert facts == {
        "event": "step",
        "step": "fetch",
        "calls": 2,
        "retries": 1,
        "throttled": 1,
        "waited_ms": 4000,
        "failed": False,
    }
    assert await outside.runs.read_traffic(RUN) == Traffic(2, 1, 1, 4000)


async def test_a_step_that_fails_says_so_and_raises(outside: Outside, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(outside: Outside, run_id: str) -> None:
        raise Retry("not now")

    caplog.set_level(logging.INFO)
    with pytest.raises(Retry):
        await carry_out(refuse, RUN)
    assert [facts["failed"] for facts in facts_of(caplog)] == [True]


async def test_counts_are_kept_now_and_then_and_at_the_end_of_a_phase(outside: Outside) -> None:
    for _ in range(5):
        await carry_out(fetch, {"run_id": RUN, "tenant_id": "t-1"})
    assert (await outside.runs.read_traffic(RUN)).calls == 2, "the first is kept at once, the others wait"
    await carry_out(close_night, RUN)
    assert await outside.runs.read_traffic(RUN) == Traffic(10, 5, 5, 20_000)


async def test_a_count_that_cannot_be_kept_fails_no_step(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(self: Store, run_id: str, process_id: str, traffic: Traffic) -> None:
        raise OSError("the table is away")

    monkeypatch.setattr(Store, "save_traffic", refuse)
    assert await carry_out(fetch, {"run_id": RUN, "tenant_id": "t-1"})
    assert "could not be kept" in caplog.text


async def test_processes_add_up_and_a_row_written_twice_counts_once(outside: Outside) -> None:
    one, other = Tally(), Tally()
    for _ in range(2):
        await one.add(outside, RUN, Traffic(calls=1), is_last=True)
    await other.add(outside, RUN, Traffic(calls=5), is_last=True)
    assert (await outside.runs.read_traffic(RUN)).calls == 7


async def test_runs_of_another_day_are_forgotten(outside: Outside) -> None:
    tally = Tally()
    await tally.add(outside, RUN, Traffic(calls=1), is_last=True)
    await tally.add(outside, "2026-11-23", Traffic(calls=1), is_last=True)
    await tally.add(outside, RUN, Traffic(calls=3), is_last=True)
    assert (await outside.runs.read_traffic(RUN)).calls == 3


async def test_a_run_that_asked_nothing_writes_no_row(outside: Outside) -> None:
    await carry_out(close_night, RUN)
    assert cast(Store, outside.runs).disk.traffic == {}


def test_ids_are_read_from_what_a_step_is_asked() -> None:
    assert read_ids(RUN) == {"run": RUN}
    assert read_ids({"run_id": RUN, "connection_id": "cw", "shard": 3}) == {"run": RUN, "connection": "cw"}
    assert read_ids() == {}
