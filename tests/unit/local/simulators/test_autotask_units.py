"""Adjustments and the unit rows they make, over HTTP.

The rules are those of reference autotask-halo.md 2: ContractServiceAdjustments, ContractServiceUnits, Proration.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.local.simulators.conftest import Simulator

V1 = "/atservicesrest/v1.0"
SERVICE = 9101


def query(autotask: Simulator, entity: str, *conditions: dict[str, Any], **members: Any) -> dict[str, Any]:
    answer = autotask.client.post(f"{V1}/{entity}/query", json={"Filter": list(conditions), **members})
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def units(autotask: Simulator, service: int = SERVICE, month: str = "2026-11") -> list[tuple[str, str, int, float]]:
    """The rows of a month: first day, last day, units, price."""
    page = query(autotask, "ContractServiceUnits", {"op": "eq", "field": "contractServiceID", "value": service})
    rows = sorted(page["items"], key=lambda row: row["startDate"])
    return [
        (row["startDate"][8:10], row["endDate"][8:10], row["units"], row["price"])
        for row in rows
        if row["startDate"].startswith(month)
    ]


def adjust(autotask: Simulator, day: str, change: int, **members: Any) -> httpx.Response:
    body = {"contractServiceID": SERVICE, "effectiveDate": day, "unitChange": change, **members}
    return autotask.client.post(f"{V1}/ContractServiceAdjustments", json=body)


def test_an_adjustment_is_answered_without_a_number(autotask: Simulator) -> None:
    answer = adjust(autotask, "2026-11-10", 1)
    assert (answer.status_code, answer.json()) == (200, {"itemId": None})


def test_a_period_is_cut_where_an_adjustment_takes_effect(autotask: Simulator) -> None:
    """65.00 x 2 x 15/30 = 65.00, 65.00 x 3 x 15/30 = 97.50; the next month is whole."""
    assert units(autotask) == [("01", "30", 2, 130.0)]
    adjust(autotask, "2026-11-16", 1)
    assert units(autotask) == [("01", "15", 2, 65.0), ("16", "30", 3, 97.5)]
    assert units(autotask, month="2026-12") == [("01", "31", 3, 195.0)]


def test_two_adjustments_of_a_period_make_three_rows(autotask: Simulator) -> None:
    adjust(autotask, "2026-11-21", 1)
    adjust(autotask, "2026-11-11", 1)
    assert [row[:3] for row in units(autotask)] == [("01", "10", 2), ("11", "20", 3), ("21", "30", 4)]


def test_on_the_first_day_of_a_period_nothing_is_cut(autotask: Simulator) -> None:
    adjust(autotask, "2026-12-01", -1)
    assert units(autotask) == [("01", "30", 2, 130.0)]
    assert units(autotask, month="2026-12") == [("01", "31", 1, 65.0)]


def test_rows_keep_their_numbers(autotask: Simulator) -> None:
    def numbers() -> dict[str, int]:
        page = query(autotask, "ContractServiceUnits", {"op": "exist", "field": "id"})
        return {row["startDate"]: row["id"] for row in page["items"]}

    before = numbers()
    adjust(autotask, "2026-11-16", 1)
    after = numbers()
    assert {day: after[day] for day in before} == before
    assert set(after) - set(before) == {"2026-11-16T00:00:00Z"}


def test_a_price_changes_without_units(autotask: Simulator) -> None:
    adjust(autotask, "2026-12-01", 0, adjustedUnitPrice=70.0)
    assert units(autotask, month="2026-12") == [("01", "31", 2, 140.0)]
    assert units(autotask) == [("01", "30", 2, 130.0)]


@pytest.mark.parametrize(
    ("day", "change", "text"),
    [
        ("2025-12-31", 1, "effectiveDate must be between the start date and end date of the Contract"),
        ("2028-01-01", 1, "effectiveDate must be between the start date and end date of the Contract"),
        ("2026-11-10", -3, "negative"),
    ],
)
def test_refusals_are_500_with_a_text(autotask: Simulator, day: str, change: int, text: str) -> None:
    before = units(autotask)
    answer = adjust(autotask, day, change)
    assert answer.status_code == 500
    assert text in answer.json()["errors"][0]
    assert units(autotask) == before


@pytest.mark.parametrize("day", ["2026-01-01", "2027-12-31"])
def test_the_first_and_the_last_day_of_the_contract_are_inside(autotask: Simulator, day: str) -> None:
    assert adjust(autotask, day, 1).status_code == 200


def test_a_later_fall_limits_an_earlier_one(autotask: Simulator) -> None:
    """2 now, 1 from December: taking 2 away now would leave -1 in December."""
    adjust(autotask, "2026-12-01", -1)
    assert adjust(autotask, "2026-11-10", -2).status_code == 500
    assert adjust(autotask, "2026-11-10", -1).status_code == 200
