"""How a plan that was pushed ended: what was withdrawn as a whole has changed nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plans.results import PushResult, TenantResult, collect_results, end_plan
from plans.runs import CustomerState, TenantState
from profiles.holdings import Holding
from profiles.licences import Term


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


def test_the_results_of_a_run_say_how_tenants_ended_and_what_they_hold() -> None:
    planned = TenantResult(
        "t-1",
        ("contoso",),
        TenantState.PLANNED,
        sku_ids=("SKU-1",),
        holdings=(Holding("SKU-1", "SPB", 2, 2, ((Term.ANNUAL, 2),)),),
        seat_prices=(("sku-1", Decimal(20)),),
    )
    unread = TenantResult("t-2", ("fabrikam",), TenantState.UNKNOWN, "No answer.")
    results = collect_results(iter([planned, unread]))
    assert results.tenants == (TenantResult("t-1", ("contoso",), TenantState.PLANNED), unread)
    assert results.held == {"t-1": frozenset({("sku-1", None), ("sku-1", Term.ANNUAL)})}
