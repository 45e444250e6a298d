"""Invoices over the control panel: in advance, in arrears, with children, and what they leave behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.local.simulators.conftest import Simulator

AGREEMENT = "/v2026_4/apis/3.0/finance/agreements/1201"


def invoice(connectwise: Simulator, day: str, **members: Any) -> list[dict[str, Any]]:
    answer = connectwise.client.post("/__simulator/invoice", json={"date": day, **members})
    assert answer.status_code == 201
    made: list[dict[str, Any]] = answer.json()
    return made


def add(connectwise: Simulator, effective: str, quantity: float = 1) -> None:
    body = {"product": {"id": 501}, "billCustomer": "Billable", "quantity": quantity, "effectiveDate": effective}
    connectwise.client.post(f"{AGREEMENT}/additions", json=body).raise_for_status()


def test_nothing_is_due_before_its_day(connectwise: Simulator) -> None:
    assert invoice(connectwise, "2026-11-30") == []


def test_in_advance_with_catch_up(connectwise: Simulator) -> None:
    """2 x 65.00 for December, and 24.00 x (9/30 + 1) = 31.20 for what began on 22 November: 161.20."""
    add(connectwise, "2026-11-22T00:00:00Z")
    (made,) = invoice(connectwise, "2026-12-01")
    assert [(line["amount"], line["from"], line["through"]) for line in made["lines"]] == [
        (130.0, "2026-12-01", "2026-12-31"),
        (31.2, "2026-11-22", "2026-12-31"),
    ]
    assert (made["total"], made["type"], made["date"]) == (161.2, "Agreement", "2026-12-01T00:00:00Z")
    assert connectwise.client.get(AGREEMENT).json()["nextInvoiceDate"] == "2027-01-01T00:00:00Z"
    assert invoice(connectwise, "2026-12-01") == []


def test_what_was_caught_up_costs_one_period_next_time(connectwise: Simulator) -> None:
    """December 161.20, January 130.00 + 24.00 = 154.00; both at once where accounting lags behind."""
    add(connectwise, "2026-11-22T00:00:00Z")
    assert [made["total"] for made in invoice(connectwise, "2027-01-10")] == [161.2, 154.0]


def test_in_arrears(connectwise: Simulator) -> None:
    """The invoice of 1 December covers November: 24.00 x 9/30 = 7.20; the rest of November is billed already."""
    state = connectwise.client.get("/__simulator/state").json()
    assert state["billedInArrears"] == []
    answer = connectwise.client.patch("/__simulator/agreements/1201/billing", json={"inArrears": True})
    assert answer.status_code == 200
    add(connectwise, "2026-11-22T00:00:00Z")
    (made,) = invoice(connectwise, "2026-12-01")
    assert [(line["amount"], line["through"]) for line in made["lines"]] == [(7.2, "2026-11-30")]


def test_without_proration_everything_costs_its_full_price(connectwise: Simulator) -> None:
    """130.00 + 24.00 = 154.00."""
    connectwise.client.patch("/__simulator/agreements/1201", json={"prorateFlag": False}).raise_for_status()
    add(connectwise, "2026-11-22T00:00:00Z")
    assert [made["total"] for made in invoice(connectwise, "2026-12-01")] == [154.0]


def test_a_child_is_not_invoiced_by_itself(connectwise: Simulator) -> None:
    """Its lines are on its parent's invoice: tests/unit/local/demo shows them there."""
    parent = {"id": 1300, "name": "Master Agreement"}
    connectwise.client.patch("/__simulator/agreements/1201", json={"parentAgreement": parent}).raise_for_status()
    assert invoice(connectwise, "2027-03-01") == []


def test_only_the_named_agreements(connectwise: Simulator) -> None:
    assert invoice(connectwise, "2026-12-01", agreements=[999]) == []
    assert len(invoice(connectwise, "2026-12-01", agreements=[1201])) == 1


def test_invoices_and_recaps_are_shown_by_the_api(connectwise: Simulator) -> None:
    (made,) = invoice(connectwise, "2026-12-01")
    api = "/v2026_4/apis/3.0/finance"
    shown = connectwise.client.get(f"{api}/invoices", params={"conditions": "agreement/id=1201"}).json()
    assert [row["id"] for row in shown] == [7711, made["id"]]
    assert "lines" not in shown[-1]
    recap = connectwise.client.get(f"{api}/agreementrecap/1201").json()
    assert (recap["lastInvoiceNumber"], recap["lastInvoiceAmount"]) == (str(made["id"]), "130.00")
    assert (recap["nextInvoiceDate"], recap["nextInvoiceAmount"]) == ("2027-01-01T00:00:00Z", 130.0)
    kept = connectwise.client.get("/__simulator/invoices").json()
    assert kept[-1]["lines"] == made["lines"]


@pytest.mark.parametrize("body", [{}, {"date": "soon"}, {"date": "2026-12-01", "agreement": 1201}])
def test_a_wish_that_makes_no_sense(connectwise: Simulator, body: dict[str, Any]) -> None:
    assert connectwise.client.post("/__simulator/invoice", json=body).status_code == 400


def test_a_missing_right_strikes_only_what_needs_it(connectwise: Simulator) -> None:
    connectwise.switch_on("missing_right", detail="Finance > Invoicing")
    api = "/v2026_4/apis/3.0/finance"
    assert connectwise.client.get(f"{api}/invoices").status_code == 403
    assert connectwise.client.get(f"{api}/agreements").status_code == 200
