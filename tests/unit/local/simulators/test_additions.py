"""What happens to an addition: defaults, computed money, checks, and who did what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from local.clock import clock_starting_at
from local.simulators.connectwise.additions import Additions
from local.simulators.connectwise.errors import ApiError
from local.simulators.connectwise.money import computed_members
from local.simulators.connectwise.records import Records
from local.simulators.state import StateFile

AGREEMENT = {"id": 1201, "prorateFlag": True, "agreementStatus": "Active"}
NEW = {"product": {"id": 501}, "billCustomer": "Billable"}


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(StateFile("connectwise", tmp_path), clock_starting_at(datetime(2026, 11, 20, tzinfo=UTC)))


@pytest.fixture
def additions(records: Records) -> Additions:
    return Additions(records)


def money(**members: Any) -> dict[str, Any]:
    row = {"quantity": 1.0, "unitPrice": 22.0, "unitCost": 10.0, "effectiveDate": "2026-03-15T00:00:00Z"}
    return computed_members({**row, **members}, AGREEMENT)


def test_the_prorated_price_counts_the_effective_day() -> None:
    assert money()["proratePrice"] == 12.06  # 22.00 x 17/31: 34.06 together with a full April


def test_a_half_cent_goes_up() -> None:
    assert money(unitPrice=0.05, effectiveDate="2026-11-16T00:00:00Z")["proratePrice"] == 0.03


@pytest.mark.parametrize("day", ["2026-03-01", "2026-02-01"])
def test_a_whole_month_is_not_prorated(day: str) -> None:
    assert money(effectiveDate=f"{day}T00:00:00Z")["proratePrice"] is None


def test_an_end_inside_the_month_counts_too() -> None:
    computed = money(effectiveDate="2026-03-17T00:00:00Z", cancelledDate="2026-03-31T00:00:00Z", quantity=2)
    assert (computed["proratePrice"], computed["extendedProratePrice"]) == (10.65, 21.3)


def test_included_units_are_free() -> None:
    computed = money(quantity=12, lessIncluded=2)
    assert (computed["billedQuantity"], computed["extPrice"], computed["margin"]) == (10.0, 220.0, 120.0)


def test_an_agreement_without_the_switch_prorates_nothing() -> None:
    row = {"quantity": 1, "unitPrice": 22, "effectiveDate": "2026-03-15T00:00:00Z"}
    assert computed_members(row, {**AGREEMENT, "prorateFlag": False})["proratePrice"] is None


def test_the_catalog_fills_in_what_is_left_out(additions: Additions) -> None:
    row = additions.create(1201, NEW, "Seatledger")
    assert (row["unitPrice"], row["unitCost"], row["uom"], row["quantity"]) == (24.0, 19.8, "Each", 1.0)
    assert row["description"] == "Microsoft 365 Business Premium"
    assert row["effectiveDate"] == "2026-11-20T00:00:00Z"
    assert row["product"]["identifier"] == "M365-BP"
    assert (row["agreementId"], row["agreementStatus"]) == (1201, "Active")


def test_numbers_are_never_given_twice(additions: Additions) -> None:
    first = additions.create(1201, NEW, "Seatledger")
    additions.delete(1201, first["id"], "Seatledger")
    assert additions.create(1201, NEW, "Seatledger")["id"] == first["id"] + 1


def test_computed_members_cannot_be_written(additions: Additions) -> None:
    row = additions.create(1201, {**NEW, "extPrice": 1.0, "id": 7, "agreementId": 9}, "Seatledger")
    assert (row["extPrice"], row["agreementId"]) == (24.0, 1201)
    changed = additions.patch(1201, row["id"], [{"op": "replace", "path": "margin", "value": 1}], "Seatledger")
    assert changed["margin"] == row["margin"]


@pytest.mark.parametrize("path", ["quantity", "/quantity"])
@pytest.mark.parametrize("kind", ["add", "replace"])
def test_both_spellings_of_a_path(additions: Additions, path: str, kind: str) -> None:
    assert additions.patch(1201, 9001, [{"op": kind, "path": path, "value": 5}], "x")["quantity"] == 5.0


@pytest.mark.parametrize(
    "operations",
    [
        {"op": "replace", "path": "quantity", "value": 5},
        [{"op": "test", "path": "quantity", "value": 2}],
        [{"op": "Replace", "path": "quantity", "value": 5}],
        [{"op": "replace", "value": 5}],
        [{"op": "replace", "path": "colour", "value": 5}],
        [{"op": "replace", "path": "product/id", "value": 501}],
        [{"op": "replace", "path": "quantity", "value": "5"}],
        [{"op": "replace", "path": "quantity", "value": True}],
        [{"op": "remove", "path": "product"}],
        [{"op": "replace", "path": "product", "value": {"id": 503}}],
        [{"op": "replace", "path": "cancelledDate", "value": "2026-02-30T00:00:00Z"}],
        [{"op": "replace", "path": "serialNumber", "value": "x" * 51}],
        [{"op": "replace", "path": "quantity", "value": 5}, {"op": "replace", "path": "colour", "value": 5}],
    ],
)
def test_a_bad_patch_changes_nothing(additions: Additions, operations: object) -> None:
    before = additions.get(1201, 9001)
    with pytest.raises(ApiError) as refused:
        additions.patch(1201, 9001, operations, "x")
    assert refused.value.status == 400
    assert additions.get(1201, 9001) == before


def test_the_message_about_an_unknown_member(additions: Additions) -> None:
    with pytest.raises(ApiError) as refused:
        additions.create(1201, {**NEW, "additionalDiscount": 1}, "x")
    assert refused.value.message.startswith("Could not find member 'additionalDiscount'")


def test_another_agreement_does_not_have_the_addition(additions: Additions) -> None:
    with pytest.raises(ApiError):
        additions.get(7, 9001)


def test_every_change_leaves_a_trace(additions: Additions, records: Records) -> None:
    row = additions.create(1201, NEW, "Seatledger")
    additions.patch(1201, row["id"], [{"op": "replace", "path": "quantity", "value": 5.0}], "anna")
    trail = records.audit_trail("AgreementAddition", row["id"])
    assert [(entry["enteredBy"], entry["auditSource"]) for entry in trail] == [
        ("Seatledger", "API"),
        ("anna", "Web"),
    ]
    assert trail[1]["text"] == 'quantity was changed from "1.0" to "5.0".'
    assert additions.get(1201, row["id"])["_info"] == {
        "lastUpdated": "2026-11-20T00:00:00Z",
        "updatedBy": "anna",
    }
    assert records.audit_trail("AgreementAddition", 1) == []


def test_changes_survive_on_disk(additions: Additions, tmp_path: Path) -> None:
    row = additions.create(1201, NEW, "Seatledger")
    again = StateFile("connectwise", tmp_path)
    assert again.data["additions"][-1]["id"] == row["id"]
    assert not list(tmp_path.glob("*.tmp"))
