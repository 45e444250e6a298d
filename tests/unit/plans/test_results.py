"""How a plan that was pushed ended: what was withdrawn as a whole has changed nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from plans.alerts.alert import AlertKind
from plans.results import PushResult, TenantResult, collect_results, end_plan
from plans.runs import CustomerState, TenantState
from profiles.holdings import HeldSubscription, Holding
from profiles.licences import Term
from profiles.parts import OneSubscription
from tests.unit.plans.alerts.values import make_alert


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


def test_the_results_of_a_run_name_a_subscription_where_lists_may_ask_for_it() -> None:
    """Where there are several, and where the night said that no mapping takes it: most licences have one, and lists are
    read all the time."""
    one, other, third = (OneSubscription(each) for each in ("s-1", "s-2", "s-3"))
    held = (HeldSubscription(one, 2), HeldSubscription(other, 3))
    alert = make_alert("s-3", AlertKind.NO_PROFILE)
    elsewhere = make_alert("s-1", AlertKind.RENEWAL_WINDOW)
    tenant = TenantResult(
        "t-1", ("contoso",), TenantState.PLANNED, alerts=(alert, elsewhere), sku_ids=("a", "b", "c"),
        holdings=(
            Holding("a", "A", 5, 5, subscriptions=held),
            Holding("b", "B", 2, 2, subscriptions=held[:1]),
            Holding("c", "C", 4, 4, subscriptions=(HeldSubscription(third, 4),)),
            Holding("d", "D", 4, 4),
        ),
    )  # fmt: skip
    whole = {("a", None), ("b", None), ("c", None)}
    assert collect_results([tenant]).held == {"t-1": whole | {("a", one), ("a", other), ("c", third)}}
