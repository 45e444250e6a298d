"""A run that died and that nobody starts again is closed as it is: nothing is pushed, and no later run is undone."""

from __future__ import annotations

import logging
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plans.judgement import PlannedAgreement, PlannedLine, Verdict
from plans.ports import Outside
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState, Totals
from sync.closing import DIED_SENTENCE, close_dead_runs, close_night
from sync.judging import judge_run
from sync.requests import find_due_runs
from tests.alert_memory import MemoryAlerts
from tests.simulation.faults import Faults, Process
from tests.simulation.store import Disk, Store

BEGAN = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
NIGHT, EXTRA = Run("2026-11-22", RunPhase.READING, BEGAN), Run("2026-11-22-001", RunPhase.PUSHING, BEGAN)
PLANNED = TenantResult(
    "t-planned",
    ("contoso",),
    TenantState.PLANNED,
    agreements=(
        AgreementResult("contoso", "cw", "1201", "hash", CustomerState.CHANGED, 1, writing=(PlannedLine("m", 1),)),
    ),
)
QUEUED = TenantResult("t-queued", ("fabrikam", "tailspin"), TenantState.QUEUED)


class World:
    """A disk with runs, and a clock. Whoever asks a PSA, Microsoft or the holds finds nothing there to ask."""

    def __init__(self, *runs: Run) -> None:
        self.now = BEGAN
        self.disk = Disk(runs={run.id: run for run in runs})
        self.store = Store(self.disk, Faults(Random(1)), Process("one"), lambda: self.now)
        self.alerts = MemoryAlerts()
        for run in runs:
            self.disk.tenants |= {(run.id, each.tenant_id): each for each in (PLANNED, QUEUED)}

    @property
    def outside(self) -> Outside:
        parts: dict[str, Any] = {
            "now": lambda: self.now,
            "zone": ZoneInfo("UTC"),
            "night_start_hour": 2,
            "books": self.store,
            "runs": self.store,
            "archive": self.store,
            "alerts": self.alerts,
            "connections": {"cw": None},
        }
        return Outside(**{each.name: None for each in fields(Outside)} | parts)


@pytest.mark.parametrize("run", [NIGHT, EXTRA])
async def test_it_is_closed_once_nothing_of_it_can_be_under_way(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World(run)
    world.now = run.dead_from - timedelta(seconds=1)
    assert await close_dead_runs(world.outside) == []
    assert world.disk.runs[run.id] == run
    world.now = run.dead_from
    assert await find_due_runs(world.outside) == [], "nobody starts it again"
    assert await close_dead_runs(world.outside) == [run.id]
    totals = Totals(customers=3, read=1, unknown=2, failed=1)
    assert world.disk.runs[run.id] == replace(
        run, phase=RunPhase.CLOSED, closed_at=world.now, totals=totals, is_given_up=True
    )
    given_up = world.disk.tenants[run.id, QUEUED.tenant_id]
    assert (given_up.state, given_up.sentence) == (TenantState.UNKNOWN, DIED_SENTENCE)
    assert world.disk.tenants[run.id, PLANNED.tenant_id] == PLANNED
    assert await world.store.read_needs(run.id) == frozenset({"contoso", "fabrikam", "tailspin"})
    assert not world.disk.pushes
    events = [record.__dict__["facts"]["event"] for record in caplog.records if "facts" in record.__dict__]
    assert events == ["run_given_up"], "the alert for a night that never came still waits for one that ends"
    assert await close_dead_runs(world.outside) == []


async def test_what_wakes_after_it_was_closed_judges_and_closes_nothing() -> None:
    world = World(EXTRA)
    await world.store.save_verdict(
        Verdict(EXTRA.id, (PlannedAgreement("contoso", "cw", "1201", "hash", (PlannedLine("m", 1),)),))
    )
    world.now = EXTRA.dead_from
    await close_dead_runs(world.outside)
    closed = world.disk.runs[EXTRA.id]
    assert await judge_run(world.outside, EXTRA.id) == []
    await close_night(world.outside, EXTRA.id)
    assert world.disk.runs[EXTRA.id] == closed


async def test_runs_that_ended_and_those_at_work_are_left_alone() -> None:
    ended = replace(NIGHT, phase=RunPhase.CLOSED)
    young = Run("2026-11-23", RunPhase.READING, NIGHT.dead_from - timedelta(hours=1))
    world = World(ended, young)
    world.now = NIGHT.dead_from
    assert await close_dead_runs(world.outside) == []
    assert world.disk.runs == {ended.id: ended, young.id: young}
