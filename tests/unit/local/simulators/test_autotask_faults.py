"""The Autotask simulator's faults and switches, and people's edits; each as autotask-halo.md 1 and 2 has it."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.unit.local.simulators.conftest import Simulator
from tests.unit.local.simulators.test_autotask_units import V1, adjust, query, units

ADJUST = "POST /V1.0/ContractServiceAdjustments"


def test_a_lost_answer_after_the_effect(autotask: Simulator) -> None:
    autotask.switch_on("answer_lost_after_effect", times=1)
    with pytest.raises(httpx.TransportError):
        adjust(autotask, "2026-12-01", 1)
    assert units(autotask, month="2026-12") == [("01", "31", 3, 195.0)]


def test_a_reset_before_the_effect(autotask: Simulator) -> None:
    autotask.switch_on("reset_before_effect", times=1)
    with pytest.raises(httpx.TransportError):
        adjust(autotask, "2026-12-01", 1)
    assert units(autotask, month="2026-12") == [("01", "31", 2, 130.0)]


def test_an_effect_that_lands_late(autotask: Simulator) -> None:
    autotask.switch_on("late_effect", times=1, seconds=0.2, detail="500")
    assert adjust(autotask, "2026-12-01", 1).status_code == 500
    assert units(autotask, month="2026-12") == [("01", "31", 2, 130.0)]
    time.sleep(0.4)
    assert units(autotask, month="2026-12") == [("01", "31", 3, 195.0)]


def test_effects_of_queries_are_left_alone(autotask: Simulator) -> None:
    """A query is a POST that changes nothing: faults of writes pass it by unless they name it."""
    autotask.switch_on("answer_lost_after_effect", times=1)
    assert units(autotask) == [("01", "30", 2, 130.0)]
    assert autotask.used() == [0]


@pytest.mark.parametrize(
    ("detail", "status", "text"),
    [
        ("500:Transaction was deadlocked on lock resources", 500, "deadlocked"),
        ("503", 503, "<html>"),
        ("429", 429, "errors"),
        ("403", 403, ""),
    ],
)
def test_a_status(autotask: Simulator, detail: str, status: int, text: str) -> None:
    autotask.switch_on("status", times=1, detail=detail)
    answer = autotask.client.get(f"{V1}/Contracts/1201")
    assert answer.status_code == status
    assert text in answer.text


def test_a_missing_right_is_a_500_with_its_text(autotask: Simulator) -> None:
    autotask.switch_on("missing_right", operation=ADJUST)
    answer = adjust(autotask, "2026-12-01", 1)
    assert answer.status_code == 500
    assert answer.json()["errors"][0].startswith("The logged in Resource does not have the adequate permissions")


def test_half_an_answer(autotask: Simulator) -> None:
    autotask.switch_on("truncate_body", times=1)
    answer = autotask.client.get(f"{V1}/Contracts/1201")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_second_adjustment_of_a_day(autotask: Simulator) -> None:
    """Accepted, unless the switch says that it makes the same period twice."""
    assert adjust(autotask, "2026-12-01", 1).status_code == 200
    assert adjust(autotask, "2026-12-01", 1).status_code == 200
    autotask.switch_on("duplicate_period")
    answer = adjust(autotask, "2026-12-01", 1)
    assert (answer.status_code, answer.json()) == (
        500,
        {"errors": ["Attempt to insert duplicate data into contract_service_period"]},
    )
    assert adjust(autotask, "2026-12-02", 1).status_code == 200
    assert units(autotask, month="2027-01") == [("01", "31", 5, 325.0)]


def test_no_units_at_all(autotask: Simulator) -> None:
    """Accepted, unless the switch says otherwise; whether Autotask refuses is not known."""
    autotask.switch_on("zero_refused")
    assert adjust(autotask, "2026-12-01", -2).status_code == 500
    autotask.client.delete("/__simulator/faults")
    assert adjust(autotask, "2026-12-01", -2).status_code == 200
    assert units(autotask, month="2026-12") == [("01", "31", 0, 0.0)]


def test_a_service_that_is_not_there_is_made_without_a_word(autotask: Simulator) -> None:
    body = {"contractID": 1201, "serviceID": 501, "effectiveDate": "2026-12-01", "unitChange": 12}
    for _ in range(2):
        assert autotask.client.post(f"{V1}/Contracts/1201/ServiceAdjustments", json=body).json() == {"itemId": None}
    wanted = {"op": "eq", "field": "serviceID", "value": 501}
    (made,) = query(autotask, "ContractServices", wanted)["items"]
    assert units(autotask, made["id"], "2026-12") == [("01", "31", 24, 576.0)]
    autotask.client.post(f"{V1}/ContractServiceAdjustments", json={**body, "allowRepeatService": True})
    assert len(query(autotask, "ContractServices", wanted)["items"]) == 2


def test_a_service_is_made_and_then_adjusted(autotask: Simulator) -> None:
    """The link alone has no units; its price comes from the catalogue unless it is given."""
    made = autotask.client.post(f"{V1}/Contracts/1201/Services", json={"serviceID": 501, "unitPrice": 22.0}).json()
    assert units(autotask, made["itemId"], "2026-12") == []
    assert adjust(autotask, "2026-12-17", 10, contractServiceID=made["itemId"]).status_code == 200
    assert units(autotask, made["itemId"], "2026-12") == [("17", "31", 10, 106.45)]


def test_what_of_a_service_can_be_changed(autotask: Simulator) -> None:
    def change(**fields: object) -> httpx.Response:
        return autotask.client.patch(f"{V1}/Contracts/1201/Services", json={"id": 9101, **fields})

    assert change(invoiceDescription="Backup of SRV-01").json() == {"itemId": 9101}
    assert change(invoiceDescription="x" * 1000).status_code == 200
    assert "maximum length of 1000" in change(invoiceDescription="x" * 1001).text
    assert "read-only" in change(unitPrice=70.0).text
    assert "Unable to find adjustedPrice" in change(adjustedPrice=70.0).text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"effectiveDate": None}, "effectiveDate"),
        ({"unitChange": None}, "unitChange"),
        ({"unitChange": 1.5}, "unitChange"),
        ({"contractServiceID": None}, "contractServiceID"),
        ({"contractServiceID": 77}, "does not exist"),
        ({"colour": "red"}, "Unable to find colour"),
    ],
    ids=str,
)
def test_an_adjustment_without_meaning(autotask: Simulator, fields: dict[str, object], text: str) -> None:
    body = {"contractServiceID": 9101, "effectiveDate": "2026-12-01", "unitChange": 1, **fields}
    answer = autotask.client.post(f"{V1}/ContractServiceAdjustments", json=body)
    assert answer.status_code == 500
    assert text in answer.json()["errors"][0]


def test_only_recurring_contracts_have_services(autotask: Simulator) -> None:
    contract = {"companyID": 250, "contractName": "Block hours", "contractType": 4, "status": 1}
    contract |= {"startDate": "2026-01-01", "endDate": "2026-12-31"}
    assert "timeReporting" in autotask.client.post(f"{V1}/Contracts", json=contract).text
    contract["timeReportingRequiresStartAndStopTimes"] = 0
    made = autotask.client.post(f"{V1}/Contracts", json=contract).json()
    answer = autotask.client.post(f"{V1}/Contracts/{made['itemId']}/Services", json={"serviceID": 501})
    assert "Recurring Service" in answer.json()["errors"][0]


def test_a_date_with_an_offset_may_be_another_day(autotask: Simulator) -> None:
    """Time data is in UTC: midnight in New York is still that day there, midnight in Berlin the day before."""
    adjust(autotask, "2026-11-16T00:00:00+01:00", 1)
    assert [row[:2] for row in units(autotask)] == [("01", "14"), ("15", "30")]


def test_somebody_adjusts_in_autotask_itself(autotask: Simulator) -> None:
    edit = {"effectiveDate": "2026-11-16", "unitChange": 5}
    autotask.client.post("/__simulator/contractservices/9101/adjustments", json=edit).raise_for_status()
    assert [row[:3] for row in units(autotask)] == [("01", "15", 2), ("16", "30", 7)]
    notes = query(autotask, "ContractNotes", {"op": "eq", "field": "contractID", "value": 1201})["items"]
    assert [note["description"] for note in notes] == ["Server backup: +5 units effective 2026-11-16"]
    adjust(autotask, "2026-12-01", 0, adjustedUnitPrice=70)
    notes = query(autotask, "ContractNotes", {"op": "exist", "field": "id"})["items"]
    assert len({note["creatorResourceID"] for note in notes}) == 2


def test_somebody_ends_a_contract(autotask: Simulator) -> None:
    """Its rows end with it; making it longer again brings them back."""
    end = autotask.client.patch("/__simulator/contracts/1201", json={"endDate": "2026-11-20"})
    assert end.status_code == 200
    assert units(autotask) == [("01", "20", 2, 86.67)]
    assert adjust(autotask, "2026-11-21", 1).status_code == 500
    autotask.client.patch("/__simulator/contracts/1201", json={"endDate": "2027-12-31"}).raise_for_status()
    assert units(autotask) == [("01", "30", 2, 130.0)]


def test_somebody_renews_a_contract(autotask: Simulator) -> None:
    """A new contract from the day after, with the units of the end; a contract is renewed once (autotask-halo.md 2)."""
    adjust(autotask, "2027-12-01", 3, adjustedUnitPrice=70.0)
    made = autotask.client.post("/__simulator/contracts/1201/renewal", json={"endDate": "2028-12-31"}).json()
    assert (made["startDate"], made["companyID"]) == ("2028-01-01T00:00:00Z", 250)
    assert autotask.client.get(f"{V1}/Contracts/1201").json()["item"]["renewedContractID"] == made["id"]
    (carried,) = query(autotask, "ContractServices", {"op": "eq", "field": "contractID", "value": made["id"]})["items"]
    assert units(autotask, carried["id"], "2028-01") == [("01", "31", 5, 350.0)]
    assert units(autotask, carried["id"], "2027-12") == []
    again = autotask.client.post("/__simulator/contracts/1201/renewal", json={"endDate": "2029-12-31"})
    assert "renewed already" in again.text


def test_somebody_changes_a_name(autotask: Simulator) -> None:
    autotask.client.patch("/__simulator/services/501", json={"name": "Premium"}).raise_for_status()
    assert query(autotask, "Services", {"op": "eq", "field": "id", "value": 501})["items"][0]["name"] == "Premium"


def test_rows_that_end_on_the_day_of_the_next(autotask: Simulator) -> None:
    """The other way to read the vendor's page about them: the latest row that has begun is the one that counts."""
    adjust(autotask, "2026-11-16", 1)
    autotask.switch_on("overlapping_rows")
    assert [row[:3] for row in units(autotask)] == [("01", "16", 2), ("16", "30", 3)]
    assert [row[:3] for row in units(autotask, month="2026-12")] == [("01", "31", 3)]


def test_the_state_can_be_seen_and_put_back(autotask: Simulator) -> None:
    adjust(autotask, "2026-11-16", 1)
    state = autotask.client.get("/__simulator/state").json()
    assert len(state["contractServiceAdjustments"]) == 2
    assert autotask.client.get("/__simulator/calls").json()["by_operation"][ADJUST] == 1
    autotask.reset()
    assert units(autotask) == [("01", "30", 2, 130.0)]
