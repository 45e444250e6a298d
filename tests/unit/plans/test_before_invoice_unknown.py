"""What a person reads before an invoice where the night could not plan an agreement, or not push it."""

from __future__ import annotations

from datetime import date

import pytest

from plans.before_invoice import Gap, NightFacts, find_missing
from plans.due_invoices import BilledCustomer, DueAgreement
from plans.results import AgreementResult, TenantResult
from plans.runs import CustomerState, TenantState

TODAY = date(2026, 11, 29)
DUE = DueAgreement("cw", "400", "Managed Services", date(2026, 12, 1))
CUSTOMER = BilledCustomer("c", "cw", "t", frozenset({"400"}), frozenset())


def read(*sentences: str, plan_hash: str = "", state: CustomerState = CustomerState.UNCHANGED) -> list[tuple[Gap, str]]:
    """What would be missing, and why."""
    result = AgreementResult("c", "cw", "400", plan_hash, state, 0, sentences)
    tenant = TenantResult("t", ("c",), TenantState.PLANNED, agreements=(result,))
    missing = find_missing(TODAY, (DUE,), (CUSTOMER,), NightFacts({"t": tenant}, ()))
    return [(each.gap, each.sentence) for each in missing]


def test_all_that_the_night_says_of_an_agreement_it_could_not_plan_is_told() -> None:
    assert read("The profile is gone.", "Choose another.") == [(Gap.UNKNOWN, "The profile is gone. Choose another.")]


def test_where_the_night_says_nothing_that_is_told() -> None:
    assert read() == [(Gap.UNKNOWN, "The last night could not plan this agreement.")]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CustomerState.FAILED, [(Gap.UNKNOWN, "ConnectWise answered nothing.")]),
        (CustomerState.CHANGED, []),
        (CustomerState.HELD, []),
    ],
)
def test_a_plan_that_failed_tells_nothing_of_the_invoice(state: CustomerState, expected: list[tuple[Gap, str]]) -> None:
    assert read("ConnectWise answered nothing.", plan_hash="hash", state=state) == expected
