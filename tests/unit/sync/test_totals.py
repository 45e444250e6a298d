"""A run added up: every customer once, by the worst that happened to it."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.changes import HoldRule
from plans.judgement import NightHold, PlannedAgreement, PlannedLine, Verdict
from plans.results import AgreementResult, PushResult, TenantResult
from plans.runs import CustomerState, TenantState, Totals
from sync.totals import add_up, end_state, find_in_need

STATES = st.sampled_from(CustomerState)


def make_agreement(
    state: CustomerState = CustomerState.CHANGED, changes: int = 1, customer: str = "a", plan_hash: str = "h"
) -> AgreementResult:
    return AgreementResult(customer, "cw", "1201", plan_hash, state, changes)


def allow(*plan_hashes: str, held: tuple[str, ...] = ()) -> Verdict:
    """A verdict that allows one line of these plans, and holds one of others."""
    allowed = (PlannedAgreement("a", "cw", "1201", each, (PlannedLine("m", 1),)) for each in plan_hashes)
    holds = (NightHold(each, "n", HoldRule.NIGHT_DECREASES, "Too many.") for each in held)
    return Verdict("2026-11-22", tuple(allowed), tuple(holds))


def make_push(state: CustomerState = CustomerState.CHANGED, plan_hash: str = "h", writes: int = 1) -> PushResult:
    return PushResult(plan_hash, "a", "1201", state, writes, writes)


def make_tenant(*agreements: AgreementResult, customers: tuple[str, ...] = ("a",)) -> TenantResult:
    return TenantResult("t", customers, TenantState.PLANNED, agreements=agreements)


@pytest.mark.parametrize("state", list(CustomerState))
def test_what_need_not_be_pushed_ends_as_it_was_planned(state: CustomerState) -> None:
    assert end_state(make_agreement(state, changes=0), {}, allow()) is state


@pytest.mark.parametrize("state", list(CustomerState))
def test_what_was_pushed_ends_as_its_push_or_as_its_worst_line(state: CustomerState) -> None:
    ended = {"h": make_push(state)}
    order = list(CustomerState)
    for planned in (CustomerState.CHANGED, CustomerState.HELD, CustomerState.PARKED):
        worst = min(state, planned, key=order.index)
        if state is CustomerState.UNCHANGED and planned is CustomerState.CHANGED:
            worst = state  # all of it was withdrawn
        assert end_state(make_agreement(planned), ended, allow("h")) is worst


def test_a_change_that_was_not_allowed_has_failed() -> None:
    assert end_state(make_agreement(), {"h": make_push()}, allow()) is CustomerState.FAILED


def test_a_change_that_was_never_settled_has_failed() -> None:
    assert end_state(make_agreement(), {}, allow("h")) is CustomerState.FAILED


def test_a_change_that_the_night_held_back_is_held_and_so_is_a_plan_of_which_it_held_a_line() -> None:
    assert end_state(make_agreement(), {}, allow(held=("h",))) is CustomerState.HELD
    assert end_state(make_agreement(), {"h": make_push()}, allow("h", held=("h",))) is CustomerState.HELD
    parked = {"h": make_push(CustomerState.PARKED)}
    assert end_state(make_agreement(), parked, allow("h", held=("h",))) is CustomerState.PARKED


@pytest.mark.parametrize("state", [TenantState.UNKNOWN, TenantState.QUEUED])
def test_every_customer_of_a_tenant_that_was_not_planned_is_unknown(state: TenantState) -> None:
    assert add_up([TenantResult("t", ("a", "b"), state)], [], allow()) == Totals(customers=2, unknown=2)


def test_a_customer_without_agreements_is_unchanged() -> None:
    assert add_up([make_tenant()], [], allow()) == Totals(customers=1, read=1, unchanged=1)


def test_a_customer_with_two_agreements_counts_once_by_the_worse_one() -> None:
    tenant = make_tenant(make_agreement(CustomerState.HELD, 0), make_agreement(CustomerState.CHANGED, 1))
    assert add_up([tenant], [make_push()], allow("h")) == Totals(customers=1, read=1, held=1, writes=1, verified=1)


def test_writes_of_all_pushes_are_added_up() -> None:
    pushes = [make_push(writes=2), make_push(plan_hash="other", writes=3)]
    assert (add_up([], pushes, allow()).writes, add_up([], pushes, allow()).verified) == (5, 5)


def test_nothing_adds_up_to_nothing() -> None:
    assert add_up([], [], allow()) == Totals()


@given(
    tenants=st.lists(
        st.tuples(st.sampled_from(TenantState), st.lists(st.tuples(STATES, st.integers(0, 2), STATES), max_size=3)),
        max_size=8,
    )
)
def test_the_parts_always_make_up_the_whole(
    tenants: list[tuple[TenantState, list[tuple[CustomerState, int, CustomerState]]]],
) -> None:
    rows, pushes = [], []
    for number, (state, agreements) in enumerate(tenants):
        planned = []
        for index, (planned_state, changes, pushed_state) in enumerate(agreements):
            plan_hash = f"{number}-{index}"
            planned.append(make_agreement(planned_state, changes, f"c{number}", plan_hash))
            pushes.append(make_push(pushed_state, plan_hash))
        rows.append(TenantResult(f"t{number}", (f"c{number}", f"d{number}"), state, agreements=tuple(planned)))
    totals = add_up(rows, pushes, allow(*(push.plan_hash for push in pushes)))
    assert totals.customers == totals.read + totals.unknown == 2 * len(rows)
    assert totals.read == sum(asdict(totals)[state.value] for state in CustomerState)


@given(st.lists(STATES, max_size=6), st.integers(0, 3))
def test_who_is_left_to_people_is_as_many_as_the_totals_say(states: list[CustomerState], unread: int) -> None:
    tenants = [
        make_tenant(make_agreement(state, 0, f"c-{number}"), customers=(f"c-{number}",))
        for number, state in enumerate(states)
    ]
    tenants += [TenantResult(f"u-{number}", (f"u-{number}",), TenantState.UNKNOWN) for number in range(unread)]
    totals = add_up(tenants, (), allow())
    left = find_in_need(tenants, (), allow())
    assert len(left) == totals.unknown + totals.held + totals.parked + totals.failed
    assert {each for each in left if each.startswith("u-")} == {f"u-{number}" for number in range(unread)}
