"""ConnectWise: the bodies that we send."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.agreements import Addition, Booking
from plans.changes import CreateAddition, SetAddition
from plans.errors import Bug
from profiles.billing import BillableOption
from psa.connectwise.rows import parse_day, read_addition
from psa.connectwise.translate import (
    BILL_CUSTOMER,
    DESCRIPTION_LENGTH_LIMIT,
    PATHS,
    make_addition_body,
    make_operations,
    spell_day,
)
from tests.unit.psa.connectwise.site import (
    ConnectWise,
    make_addition_row,
)

SPECIFICATION = Path(__file__).parents[5] / "shared/specs/connectwise-manage.openapi.json"
KEY, TODAY, NEXT = "SL-0123456789-0000", date(2026, 11, 22), date(2026, 12, 1)
CHANGE = CreateAddition("1201", 0, KEY, "501", 12, TODAY, BillableOption.BILLABLE)
BEFORE = Addition("9001", "501", Decimal(10), TODAY, None, BillableOption.BILLABLE, KEY, Decimal("20.00"), "Seats")


def make_set(before: Addition = BEFORE, **changes: Any) -> SetAddition:
    return SetAddition("1201", 1, "SL-0123456789-0001", before, replace(before, **changes), NEXT)


def replacing(path: str, value: object) -> dict[str, object]:
    return {"op": "replace", "path": path, "value": value}


def create(psa: ConnectWise, change: CreateAddition = CHANGE) -> Any:
    return psa.run(lambda port: port.send(change))


def test_an_addition_is_sent_with_quantities_and_dates_only() -> None:
    assert make_addition_body(CHANGE) == {
        "product": {"id": 501},
        "quantity": 12,
        "billCustomer": "Billable",
        "effectiveDate": "2026-11-22T00:00:00Z",
        "serialNumber": "SL-0123456789-0000",
    }


def test_an_end_a_price_and_a_text_are_sent_where_they_are_ours() -> None:
    change = replace(CHANGE, ends_on=date(2026, 11, 30), unit_price=Decimal("19.99"), description="For Ada" * 2000)
    body = make_addition_body(change)
    assert {name: body[name] for name in body.keys() - make_addition_body(CHANGE).keys()} == {
        "cancelledDate": "2026-11-30T00:00:00Z",
        "unitPrice": 19.99,
        "invoiceDescription": ("For Ada" * 2000)[:DESCRIPTION_LENGTH_LIMIT],
    }


@pytest.mark.parametrize(
    ("before", "changes", "operation"),
    [
        (BEFORE, {"quantity": Decimal("12.0")}, replacing("quantity", 12)),
        (BEFORE, {"quantity": Decimal(0)}, replacing("quantity", 0)),
        (BEFORE, {"cancelled_on": date(2026, 11, 30)}, replacing("cancelledDate", "2026-11-30T00:00:00Z")),
        (replace(BEFORE, cancelled_on=NEXT), {"cancelled_on": None}, replacing("cancelledDate", None)),
        (BEFORE, {"billable_option": BillableOption.NO_CHARGE}, replacing("billCustomer", "NoCharge")),
        (BEFORE, {"unit_price": Decimal("22.50")}, replacing("unitPrice", 22.5)),
        (BEFORE, {"description": "For Ada"}, replacing("invoiceDescription", "For Ada")),
        (BEFORE, {"description": "x" * 7000}, replacing("invoiceDescription", "x" * 6000)),
    ],
)
def test_what_differs_is_sent_as_an_absolute_value(
    before: Addition, changes: dict[str, Any], operation: dict[str, object]
) -> None:
    assert make_operations(make_set(before, **changes)) == [operation]


def test_a_quantity_is_sent_as_an_integer() -> None:
    psa = ConnectWise()
    psa.run(lambda port: port.send(make_set(quantity=Decimal("0.0"))))
    assert psa.site.requests[-1].content.endswith(b'"value": 0}]')


def test_several_fields_are_one_write() -> None:
    change = make_set(quantity=Decimal(12), unit_price=Decimal(22), description="For Ada")
    assert make_operations(change) == [
        replacing("quantity", 12),
        replacing("unitPrice", 22.0),
        replacing("invoiceDescription", "For Ada"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"id": "9002"},
        {"product_id": "502"},
        {"effective_on": NEXT},
        {"key": ""},
        {"included": Decimal(1)},
        {"effective_on": NEXT, "quantity": Decimal(12)},
        {"quantity": None},
        {"quantity": Decimal("1.5")},
        {"quantity": Decimal("NaN")},
        {"unit_price": None},
    ],
)
def test_what_connectwise_is_never_sent_is_our_mistake(changes: dict[str, Any]) -> None:
    with pytest.raises(Bug, match="9001"):
        make_operations(make_set(**changes))


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the published specification is not here")
def test_only_fields_that_the_published_specification_knows_are_changed() -> None:
    schema = json.loads(SPECIFICATION.read_text())["components"]["schemas"]["Addition"]
    assert set(PATHS.values()) <= set(schema["properties"])


@pytest.mark.parametrize("option", list(BillableOption))
def test_every_billable_option_goes_there_and_back(option: BillableOption) -> None:
    assert read_addition(make_addition_row(billCustomer=BILL_CUSTOMER[option])).billable_option is option


def test_zero_is_sent_as_the_integer_zero() -> None:
    change = replace(CHANGE, quantity=0)
    psa = ConnectWise()
    create(psa, change)
    assert b'"quantity": 0,' in psa.site.requests[-1].content


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the published specification is not here")
def test_only_fields_that_the_published_specification_knows_are_sent() -> None:
    schema = json.loads(SPECIFICATION.read_text())["components"]["schemas"]["Addition"]
    body = make_addition_body(CHANGE)
    assert set(body) <= set(schema["properties"])
    assert set(schema["required"]) <= set(body)
    booking = Booking(Decimal("11.25"), is_taxed=True, group_id="3")
    booked = make_addition_body(replace(CHANGE, booking=booking))
    assert len(booked) == len(body) + 3 and set(booked) <= set(schema["properties"])
    assert body["billCustomer"] in schema["properties"]["billCustomer"]["enum"]


@given(
    quantity=st.integers(0, 100_000),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    option=st.sampled_from(BillableOption),
    product=st.integers(1, 2**31 - 1),
)
def test_what_is_sent_is_what_is_read_back(quantity: int, day: date, option: BillableOption, product: int) -> None:
    change = CreateAddition("1201", 3, "SL-0123456789-0003", str(product), quantity, day, option)
    row = json.loads(json.dumps({"id": 1, **make_addition_body(change)}), parse_float=Decimal)
    assert read_addition(row) == Addition("1", str(product), Decimal(quantity), day, None, option, change.key)


@given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_is_midnight_utc_and_comes_back(day: date) -> None:
    assert spell_day(day) == f"{day.isoformat()}T00:00:00Z"
    assert parse_day(spell_day(day)) == day
