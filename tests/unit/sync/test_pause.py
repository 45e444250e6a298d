"""The pause switch stops a run that is judged already: nothing more is written, and the run says why."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from plans.controls import Controls, Pause
from plans.judgement import PlannedAgreement, PlannedLine, Verdict
from plans.plan import AgreementPlan
from plans.ports import Outside
from plans.results import PushResult
from plans.runs import CustomerState
from sync.steps import push_agreement

AT = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
RUN = "2026-11-22"


class Rows:
    """A run whose only plan is allowed. There is no PSA to write to."""

    def __init__(self) -> None:
        self.pushed: list[PushResult] = []

    async def read_verdict(self, run_id: str) -> Verdict:
        return Verdict(run_id, (PlannedAgreement("c", "cw", "100", "hash", (PlannedLine("m", 2),)),))

    async def read_controls(self) -> Controls:
        return Controls(pause=Pause("Ada", AT, "the accounts are being closed"))

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        return AgreementPlan("c", "cw", "100", (), ())

    async def save_push(self, run_id: str, result: PushResult) -> None:
        self.pushed.append(result)


async def test_what_was_judged_before_the_pause_is_not_written() -> None:
    rows: Any = Rows()
    outside = cast(Outside, SimpleNamespace(archive=rows, profiles=rows, runs=rows, now=lambda: AT))
    pushed = await push_agreement(outside, {"run_id": RUN, "plan_hash": "hash"})
    assert pushed == {"plan_hash": "hash", "again_seconds": None}
    (result,) = rows.pushed
    assert (result.state, result.writes) == (CustomerState.HELD, 0)
    assert result.sentences == (
        "All writing was paused by Ada after this run was judged: the accounts are being closed",
    )
