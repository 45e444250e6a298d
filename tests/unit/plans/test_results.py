"""How a plan that was pushed ended: what was withdrawn as a whole has changed nothing."""

from __future__ import annotations

import pytest

from plans.results import PushResult, end_plan
from plans.runs import CustomerState


@pytest.mark.parametrize(
    ("planned", "pushed", "expected"),
    [
        (CustomerState.CHANGED, CustomerState.CHANGED, CustomerState.CHANGED),
        (CustomerState.CHANGED, CustomerState.UNCHANGED, CustomerState.UNCHANGED),
        (CustomerState.CHANGED, CustomerState.FAILED, CustomerState.FAILED),
        (CustomerState.CHANGED, CustomerState.SCHEDULED, CustomerState.CHANGED),
        (CustomerState.HELD, CustomerState.UNCHANGED, CustomerState.HELD),
        (CustomerState.SCHEDULED, CustomerState.UNCHANGED, CustomerState.SCHEDULED),
        (CustomerState.HELD, CustomerState.CHANGED, CustomerState.HELD),
        (CustomerState.HELD, CustomerState.PARKED, CustomerState.PARKED),
    ],
)
def test_the_worse_of_plan_and_push_counts_and_a_withdrawn_change_is_none(
    planned: CustomerState, pushed: CustomerState, expected: CustomerState
) -> None:
    assert end_plan(planned, PushResult("hash", "c", "400", pushed, 0, 0)) is expected
