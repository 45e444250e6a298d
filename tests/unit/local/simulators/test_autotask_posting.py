"""Approve and post, and invoices: what a period costs, whenever its adjustments were made.

The rules are those of reference autotask-halo.md 2, Proration and posted periods.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.demo.demos import make_state
from local.simulators.autotask.contract_periods import Term
from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.posting import Accountant
from local.simulators.autotask.records import Records, complete
from local.simulators.autotask.units import Adjustment, make_parts
from local.simulators.faults import FaultBoard
from tests.unit.local.simulators.conftest import Simulator
from tests.unit.local.simulators.test_autotask_units import adjust, query, units

START = date(2026, 1, 1)


def invoice(autotask: Simulator, day: str, **members: Any) -> list[dict[str, Any]]:
    answer = autotask.client.post("/__simulator/invoice", json={"date": day, **members})
    assert answer.status_code == 201, answer.text
    made: list[dict[str, Any]] = answer.json()
    return made


def post_through(autotask: Simulator, day: str) -> None:
    """Everything up to there is invoiced, and forgotten about."""
    invoice(autotask, day)


def amounts(invoices: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    """The day, the units and the amount of each item."""
    items = [item for made in invoices for item in made["items"]]
    return [(item["itemDate"][:10], item["quantity"], item["totalAmount"]) for item in items]


def test_a_period_is_posted_whole_when_it_has_begun(autotask: Simulator) -> None:
    post_through(autotask, "2026-10-31")
    assert invoice(autotask, "2026-10-31") == []
    made = invoice(autotask, "2026-11-01")
    assert amounts(made) == [("2026-11-01", 2.0, 130.0)]
    assert made[0]["invoiceTotal"] == 130.0


def test_posting_is_seen_on_the_unit_rows(autotask: Simulator) -> None:
    invoice(autotask, "2026-11-01")
    page = query(autotask, "ContractServiceUnits", {"op": "exist", "field": "approveAndPostDate"})
    assert max(row["startDate"] for row in page["items"]) == "2026-11-01T00:00:00Z"
    assert len(page["items"]) == 11


def test_what_changes_in_a_posted_period_is_an_item_of_its_own(autotask: Simulator) -> None:
    """65.00 x 15/30 = 32.50 from the 16th; its row is not posted until then."""
    post_through(autotask, "2026-11-01")
    assert adjust(autotask, "2026-11-16", 1).status_code == 200
    rows = query(autotask, "ContractServiceUnits", {"op": "exist", "field": "id"})["items"]
    november = [row for row in rows if row["startDate"].startswith("2026-11")]
    assert [bool(row["approveAndPostDate"]) for row in november] == [True, False]
    assert amounts(invoice(autotask, "2026-12-01")) == [("2026-11-16", 1.0, 32.5), ("2026-12-01", 3.0, 195.0)]


def test_it_costs_the_same_when_the_period_was_not_posted_yet(autotask: Simulator) -> None:
    post_through(autotask, "2026-10-31")
    adjust(autotask, "2026-11-16", 1)
    assert amounts(invoice(autotask, "2026-11-30")) == [("2026-11-01", 2.0, 130.0), ("2026-11-16", 1.0, 32.5)]


def test_a_fall_inside_a_posted_period_gives_money_back(autotask: Simulator) -> None:
    post_through(autotask, "2026-11-01")
    adjust(autotask, "2026-11-16", -1)
    assert amounts(invoice(autotask, "2026-11-30")) == [("2026-11-16", -1.0, -32.5)]


def test_a_change_on_the_first_day_of_a_posted_period_is_posted_later(autotask: Simulator) -> None:
    post_through(autotask, "2026-11-01")
    adjust(autotask, "2026-11-01", 1)
    assert units(autotask) == [("01", "30", 3, 195.0)]
    assert amounts(invoice(autotask, "2026-11-30")) == [("2026-11-01", 1.0, 65.0)]


def test_a_price_counts_from_its_day(autotask: Simulator) -> None:
    post_through(autotask, "2026-10-31")
    adjust(autotask, "2026-12-01", 0, adjustedUnitPrice=70.0)
    assert [amount for _, _, amount in amounts(invoice(autotask, "2026-12-01"))] == [130.0, 140.0]


def test_invoices_and_their_items_are_read_by_query(autotask: Simulator) -> None:
    (made,) = invoice(autotask, "2026-01-01")
    (read,) = query(autotask, "Invoices", {"op": "eq", "field": "companyID", "value": 250})["items"]
    assert (read["id"], read["invoiceTotal"]) == (made["id"], 130.0)
    (item,) = query(autotask, "BillingItems", {"op": "eq", "field": "invoiceID", "value": made["id"]})["items"]
    assert (item["contractID"], item["contractServiceID"], item["extendedPrice"]) == (1201, 9101, 130.0)


def test_only_the_named_contracts(autotask: Simulator) -> None:
    assert invoice(autotask, "2026-12-01", contracts=[99]) == []


def test_a_posted_period_may_refuse(autotask: Simulator) -> None:
    autotask.switch_on("posted_period_refused")
    post_through(autotask, "2026-11-01")
    answer = adjust(autotask, "2026-11-16", 1)
    assert answer.status_code == 500
    assert "already approved and posted contract period" in answer.text
    assert adjust(autotask, "2026-12-01", 1).status_code == 200


def test_a_contract_is_not_shortened_into_posted_periods(autotask: Simulator) -> None:
    post_through(autotask, "2026-11-01")
    answer = autotask.client.patch("/atservicesrest/v1.0/Contracts", json={"id": 1201, "endDate": "2026-11-15"})
    assert "already approved and posted contract period" in answer.json()["errors"][0]
    answer = autotask.client.patch("/atservicesrest/v1.0/Contracts", json={"id": 1201, "endDate": "2026-12-31"})
    assert answer.json() == {"itemId": 1201}
    rows = query(autotask, "ContractServiceUnits", {"op": "gt", "field": "startDate", "value": "2026-12-31"})
    assert rows["items"] == []


changes = st.lists(
    st.tuples(st.integers(0, 364), st.integers(-3, 6), st.none() | st.decimals(1, 99, places=2)), max_size=8
)


@given(first_day=st.integers(1, 31), months=st.sampled_from([1, 3, 6, 12]), made=changes)
def test_rows_cover_every_day_once_and_say_what_was_adjusted(
    first_day: int, months: int, made: list[tuple[int, int, Decimal | None]]
) -> None:
    """Whatever the order: each day from the first adjustment on is in one row, which has the sum of those before it."""
    start = date(2026, 1, first_day)
    term = Term(start, start + timedelta(days=364), months)
    adjustments = [
        Adjustment(place, start + timedelta(days=day), units, price) for place, (day, units, price) in enumerate(made)
    ]
    parts = make_parts(term, Decimal(10), Decimal(0), adjustments)
    days = [
        part.first + timedelta(days=offset) for part in parts for offset in range((part.last - part.first).days + 1)
    ]
    begins = min((each.effective for each in adjustments), default=None)
    expected = [] if begins is None else [begins + timedelta(days=n) for n in range((term.last - begins).days + 1)]
    assert days == expected
    for part in parts:
        assert part.units == sum(each.units for each in adjustments if each.effective <= part.first)
        assert part.period.first <= part.first <= part.last <= part.period.last


@given(
    made=st.lists(st.tuples(st.integers(0, 89), st.integers(0, 4), st.integers(0, 89)), max_size=6),
    nights=st.lists(st.integers(0, 89), max_size=5),
)
def test_whenever_it_is_posted_it_costs_the_days_it_was_there(
    made: list[tuple[int, int, int]], nights: list[int]
) -> None:
    """Each of three months costs its units, day by day, at 65.00 a unit and month, give or take a cent an item."""
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    records = Records(complete(make_state("first", "autotask", now), lambda: now), lambda: now)
    contracts, accountant = Contracts(records, FaultBoard(FAULT_NAMES, ("x",))), Accountant(records)
    entered = sorted((entry, day, units) for day, units, entry in made)
    for night in sorted({*nights, *(entry for entry, _, _ in entered), 89}):
        for entry, day, change in entered:
            if entry == night:
                effective = f"{START + timedelta(days=day)}T00:00:00Z"
                contracts.adjust({"contractServiceID": 9101, "effectiveDate": effective, "unitChange": change}, "x")
        accountant.post(START + timedelta(days=night), None)
    items = records.all("BillingItems")
    total = sum((Decimal(str(item["totalAmount"])) for item in items), Decimal(0))
    expected = Fraction()
    for number in range(90):
        length = (31, 28, 31)[(START + timedelta(days=number)).month - 1]
        present = 2 + sum(change for offset, change, _ in made if offset <= number)
        expected += Fraction(65 * present, length)
    assert abs(Fraction(total) - expected) <= Fraction(len(items), 100)
