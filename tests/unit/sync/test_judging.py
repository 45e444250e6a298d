"""A run judged from its rows: the census of a night, and the brakes that an extra run stands under."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from plans.changes import HoldRule
from plans.controls import Controls
from plans.judgement import Brakes, Census, PlannedLine, Verdict
from plans.ports import Outside
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, Run, RunPhase, TenantState, Waiting, is_night
from sync.judging import collect_planned, find_verdict, take_census

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def tenant(name: str, state: TenantState, seats: int | None = None) -> TenantResult:
    lines = () if seats is None else (PlannedLine("m", seats),)
    result = AgreementResult(name, "cw", name, f"h-{name}", CustomerState.CHANGED, 1, writing=lines)
    return TenantResult(f"t-{name}", (name,), state, agreements=() if seats is None else (result,))


class Rows:
    """The runs, tenants and verdicts that a judge looks at."""

    def __init__(self, runs: dict[str, list[TenantResult]], verdicts: dict[str, Brakes]) -> None:
        self.runs, self.verdicts = runs, verdicts
        self.waiting: list[tuple[str, Waiting]] = []

    async def list_nights(self, limit: int) -> tuple[Run, ...]:
        ids = sorted(filter(is_night, self.runs), reverse=True)[:limit]
        return tuple(Run(run_id, RunPhase.READING, AT) for run_id in ids)

    async def list_waiting(self, run_id: str) -> tuple[Waiting, ...]:
        return tuple(each for name, each in self.waiting if name == run_id)

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        return tuple(self.runs[run_id])

    async def read_verdict(self, run_id: str) -> Verdict | None:
        brakes = self.verdicts.get(run_id)
        return None if brakes is None else Verdict(run_id, (), brakes=brakes)

    async def read_controls(self) -> Controls:
        return Controls()


def outside(runs: dict[str, list[TenantResult]], verdicts: dict[str, Brakes] | None = None) -> Outside:
    rows: Any = Rows(runs, verdicts or {})
    return cast(Outside, SimpleNamespace(runs=rows, archive=rows, profiles=rows))


DOWN = Brakes(decreases="too many customers went down")


@pytest.mark.parametrize(
    ("verdicts", "is_held"),
    [
        pytest.param({"2026-11-22": DOWN}, True, id="this morning's night"),
        pytest.param({"2026-11-21": DOWN}, True, id="tonight is not judged yet: the night before"),
        pytest.param({"2026-11-22": Brakes(), "2026-11-21": DOWN}, False, id="the newest judged one only"),
        pytest.param({}, False, id="no night was ever judged"),
    ],
)
async def test_an_extra_run_stands_under_the_last_judged_night(verdicts: dict[str, Brakes], is_held: bool) -> None:
    runs: dict[str, list[TenantResult]] = {
        "2026-11-21": [],
        "2026-11-22": [],
        "2026-11-22-001": [tenant("a", TenantState.PLANNED, -1)],
        "2026-11-23": [],
    }
    verdict = await find_verdict(outside(runs, verdicts), "2026-11-22-001")
    assert [hold.rule for hold in verdict.held] == ([HoldRule.NIGHT_DECREASES] if is_held else [])


@pytest.mark.parametrize(
    ("down", "lost", "waiting", "standing", "said"),
    [
        pytest.param(4, 0, True, Brakes(), "7 of 20 customers would go down in one night", id="with the night's own 3"),
        pytest.param(2, 0, True, Brakes(), "", id="few"),
        pytest.param(4, 0, False, Brakes(), "", id="a person asked for it"),
        pytest.param(2, 0, True, DOWN, DOWN.decreases, id="what the night held"),
        pytest.param(0, 4, True, Brakes(), "4 customers could not be read that could the night before", id="lost"),
    ],
)
async def test_a_run_that_follows_a_night_by_itself_is_judged_together_with_it(
    down: int, lost: int, waiting: bool, standing: Brakes, said: str
) -> None:
    """Nobody asked for it, and it may be about all customers of a PSA."""
    night = [tenant(f"c{number}", TenantState.PLANNED, -1 if number < 3 else None) for number in range(20)]
    following = [tenant(f"c{number}", TenantState.PLANNED, -1) for number in range(10, 10 + down)]
    following += [tenant(f"c{number}", TenantState.UNKNOWN) for number in range(15, 15 + lost)]
    found = outside({"2026-11-22": night, "2026-11-22-001": following}, {"2026-11-22": standing})
    wait = Waiting("at", "No room.", AT, AT, is_given_up=True, follow_up="2026-11-22-001" if waiting else "")
    cast(Rows, found.runs).waiting.append(("2026-11-22", wait))
    assert (await find_verdict(found, "2026-11-22-001")).brakes.decreases == said


async def test_a_night_minds_only_customers_that_the_night_before_knew() -> None:
    names = [f"c{number}" for number in range(5)]
    lost = [tenant(name, TenantState.UNKNOWN) for name in names]
    tonight = [*lost, tenant("down", TenantState.PLANNED, -1)]
    known = [tenant(name, TenantState.PLANNED) for name in names]
    verdict = await find_verdict(outside({"2026-11-21": known, "2026-11-22": tonight}), "2026-11-22")
    assert verdict.brakes.decreases == "5 customers could not be read that could the night before"
    verdict = await find_verdict(outside({"2026-11-21": lost, "2026-11-22": tonight}), "2026-11-22")
    assert verdict.brakes == Brakes()
    verdict = await find_verdict(outside({"2026-11-22": tonight}), "2026-11-22")
    assert verdict.brakes == Brakes()


def test_the_census_counts_customers_not_tenants() -> None:
    shared = TenantResult("t", ("a", "b"), TenantState.UNKNOWN)
    assert take_census([shared, tenant("c", TenantState.PLANNED)], frozenset({"a", "c"})) == Census(3, 1)


def test_only_tenants_that_were_planned_are_judged() -> None:
    rows = [tenant("a", TenantState.PLANNED, 1), tenant("b", TenantState.UNKNOWN, 1), tenant("c", TenantState.QUEUED)]
    assert [plan.customer_id for plan in collect_planned(rows)] == ["a"]
