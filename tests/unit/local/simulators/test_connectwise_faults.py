"""Each fault of the ConnectWise simulator does what its name says, and no more often than asked."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

BASE = "/v2026_4/apis/3.0"
ADDITION = f"{BASE}/finance/agreements/1201/additions/9001"
ADDITIONS = f"{BASE}/finance/agreements/1201/additions"


def set_quantity(simulator: Any, value: float, **options: Any) -> httpx.Response:
    operations = [{"op": "replace", "path": "quantity", "value": value}]
    answer: httpx.Response = simulator.client.patch(ADDITION, json=operations, **options)
    return answer


def quantity(simulator: Any) -> float:
    return float(simulator.client.get(ADDITION).json()["quantity"])


def test_a_reset_before_the_effect_changes_nothing(connectwise: Any) -> None:
    connectwise.switch_on("reset_before_effect", times=1)
    with pytest.raises(httpx.TransportError):
        set_quantity(connectwise, 9)
    assert quantity(connectwise) == 2.0
    assert set_quantity(connectwise, 9).status_code == 200


def test_a_lost_answer_hides_a_change(connectwise: Any) -> None:
    connectwise.switch_on("answer_lost_after_effect", times=1)
    with pytest.raises(httpx.TransportError):
        set_quantity(connectwise, 9)
    assert quantity(connectwise) == 9.0


def test_a_lost_answer_to_a_post_leaves_an_addition(connectwise: Any) -> None:
    operation = "POST /finance/agreements/{parentId}/additions"
    connectwise.switch_on("answer_lost_after_effect", times=1, operation=operation)
    with pytest.raises(httpx.TransportError):
        connectwise.client.post(ADDITIONS, json={"product": {"id": 501}, "billCustomer": "Billable"})
    assert len(connectwise.client.get(ADDITIONS).json()) == 2


def test_a_withheld_answer_hides_a_change(connectwise: Any) -> None:
    connectwise.switch_on("hang_after_effect", times=1)
    with pytest.raises(httpx.ReadTimeout):
        set_quantity(connectwise, 9, timeout=0.3)
    assert quantity(connectwise) == 9.0


def test_an_answer_can_be_late(connectwise: Any) -> None:
    connectwise.switch_on("hang_after_effect", times=1, seconds=0.2)
    started = time.monotonic()
    assert set_quantity(connectwise, 9).json()["quantity"] == 9.0
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("detail", [None, "504"])
def test_a_change_can_land_after_its_failure(connectwise: Any, detail: str | None) -> None:
    connectwise.switch_on("late_effect", times=1, seconds=0.3, detail=detail)
    if detail is None:
        with pytest.raises(httpx.TransportError):
            set_quantity(connectwise, 9)
    else:
        assert set_quantity(connectwise, 9).status_code == 504
    assert quantity(connectwise) == 2.0
    time.sleep(0.5)
    assert quantity(connectwise) == 9.0


def test_effect_faults_leave_reads_alone(connectwise: Any) -> None:
    connectwise.switch_on("answer_lost_after_effect", times=1)
    assert quantity(connectwise) == 2.0
    assert connectwise.used() == [0]


def test_a_hang_without_effect(connectwise: Any) -> None:
    connectwise.switch_on("hang", times=1)
    with pytest.raises(httpx.ReadTimeout):
        set_quantity(connectwise, 9, timeout=0.2)
    assert quantity(connectwise) == 2.0


@pytest.mark.parametrize(("seconds", "retry_after"), [(30, "30"), (None, None)])
def test_a_throttled_answer_is_html(connectwise: Any, seconds: int | None, retry_after: str | None) -> None:
    connectwise.switch_on("html_429", times=1, seconds=seconds)
    answer = set_quantity(connectwise, 9)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, retry_after)
    assert answer.text.startswith("<!DOCTYPE html>")
    assert quantity(connectwise) == 2.0


@pytest.mark.parametrize(
    ("name", "detail", "status", "text"),
    [
        ("status", "500", 500, "timeout"),
        ("status", "502", 502, "<html>"),
        ("status", "503", 503, "<html>"),
        ("missing_right", None, 403, "security"),
        ("unauthorized", None, 401, "Unauthorized"),
    ],
)
def test_refusals(connectwise: Any, name: str, detail: str | None, status: int, text: str) -> None:
    connectwise.switch_on(name, times=1, detail=detail)
    answer = set_quantity(connectwise, 9)
    assert answer.status_code == status
    assert text in answer.text
    assert quantity(connectwise) == 2.0


def test_the_codebase_moves_on(connectwise: Any) -> None:
    connectwise.switch_on("codebase_change", times=1, detail="v2027_1/")
    assert connectwise.client.get(ADDITION).status_code == 404
    assert connectwise.client.get(ADDITION).status_code == 404
    codebase = connectwise.client.get("/login/companyinfo/demo").json()["Codebase"]
    assert codebase == "v2027_1/"
    assert connectwise.client.get(ADDITION.replace("v2026_4/", codebase)).status_code == 200
    assert connectwise.client.get(ADDITION.replace("v2026_4", "v4_6_release")).status_code == 200


def test_cancelled_additions_can_be_hidden(connectwise: Any) -> None:
    end = [{"op": "replace", "path": "cancelledDate", "value": "2020-01-01T00:00:00Z"}]
    connectwise.client.patch(ADDITION, json=end).raise_for_status()
    assert len(connectwise.client.get(ADDITIONS).json()) == 1
    connectwise.switch_on("hide_cancelled")
    assert connectwise.client.get(ADDITIONS).json() == []
    assert connectwise.client.get(f"{ADDITIONS}/count").json() == {"count": 0}
    assert connectwise.client.get(ADDITION).status_code == 200


def test_a_body_can_end_too_soon(connectwise: Any) -> None:
    connectwise.switch_on("truncate_body", times=1)
    answer = connectwise.client.get(ADDITIONS)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="line 1"):
        answer.json()


def test_rows_can_have_members_too_many_or_too_few(connectwise: Any) -> None:
    plain = connectwise.client.get(ADDITION).json()
    assert plain["prorateCurrentPeriodFlag"] is None
    connectwise.switch_on("extra_fields", times=1)
    assert "additionStatus" in connectwise.client.get(ADDITIONS).json()[0]
    connectwise.switch_on("nulls_missing", times=1)
    assert "prorateCurrentPeriodFlag" not in connectwise.client.get(ADDITION).json()
    connectwise.switch_on("nulls_present", times=1)
    assert connectwise.client.get(ADDITION).json()["cancelledDate"] is None
    assert connectwise.client.get(ADDITION).json() == plain


def test_a_person_edits_past_the_api(connectwise: Any) -> None:
    edit = {"quantity": 15, "by": "anna"}
    connectwise.client.patch("/__simulator/agreements/1201/additions/9001", json=edit).raise_for_status()
    row = connectwise.client.get(ADDITION).json()
    assert (row["quantity"], row["_info"]["updatedBy"]) == (15.0, "anna")
    trail = connectwise.client.get(f"{BASE}/system/audittrail?type=AgreementAddition&id=9001").json()
    assert (trail[-1]["enteredBy"], trail[-1]["auditSource"]) == ("anna", "Web")
    moved = {"nextInvoiceDate": "2027-01-01T00:00:00Z"}
    connectwise.client.patch("/__simulator/agreements/1201", json=moved).raise_for_status()
    agreement = connectwise.client.get(f"{BASE}/finance/agreements/1201").json()
    assert agreement["nextInvoiceDate"] == moved["nextInvoiceDate"]


def test_calls_are_counted_by_operation(connectwise: Any) -> None:
    connectwise.client.get(ADDITIONS + "/")
    connectwise.client.get(ADDITIONS + "?pageSize=1")
    connectwise.client.delete(f"{BASE}/finance/agreements/1201")
    report = connectwise.client.get("/__simulator/calls").json()
    assert report == {
        "total": 3,
        "by_operation": {
            "DELETE /finance/agreements/{id}": 1,
            "GET /finance/agreements/{parentId}/additions": 2,
        },
        "inner": {},
    }


def test_an_unknown_fault_is_refused(connectwise: Any) -> None:
    assert connectwise.client.post("/__simulator/faults", json={"name": "rain"}).status_code == 400
