"""ConnectWise: the bodies that we send."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.agreements import Addition
from plans.changes import CreateAddition
from profiles.billing import BillableOption
from psa.connectwise.rows import parse_day, read_addition
from psa.connectwise.translate import BILL_CUSTOMER, make_addition_body, spell_day
from tests.unit.psa.connectwise.site import (
    ConnectWise,
    make_addition_row,
)

SPECIFICATION = Path(__file__).parents[5] / "shared/specs/connectwise-manage.openapi.json"
CHANGE = CreateAddition(0, "SL-0123456789-0000", "501", 12, date(2026, 11, 22), BillableOption.BILLABLE)


def create(psa: ConnectWise, change: CreateAddition = CHANGE) -> Any:
    return psa.run(lambda port: port.create_addition("1201", change))


def test_an_addition_is_sent_with_quantities_and_dates_only() -> None:
    assert make_addition_body(CHANGE) == {
        "product": {"id": 501},
        "quantity": 12,
        "billCustomer": "Billable",
        "effectiveDate": "2026-11-22T00:00:00Z",
        "serialNumber": "SL-0123456789-0000",
    }


@pytest.mark.parametrize("option", list(BillableOption))
def test_every_billable_option_goes_there_and_back(option: BillableOption) -> None:
    assert read_addition(make_addition_row(billCustomer=BILL_CUSTOMER[option])).billable_option is option


def test_zero_is_sent_as_the_integer_zero() -> None:
    change = CreateAddition(0, "SL-0123456789-0000", "501", 0, date(2026, 11, 22), BillableOption.BILLABLE)
    psa = ConnectWise()
    create(psa, change)
    assert b'"quantity": 0,' in psa.site.requests[-1].content


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the published specification is not here")
def test_only_fields_that_the_published_specification_knows_are_sent() -> None:
    schema = json.loads(SPECIFICATION.read_text())["components"]["schemas"]["Addition"]
    body = make_addition_body(CHANGE)
    assert set(body) <= set(schema["properties"])
    assert set(schema["required"]) <= set(body)
    assert body["billCustomer"] in schema["properties"]["billCustomer"]["enum"]


@given(
    quantity=st.integers(0, 100_000),
    day=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    option=st.sampled_from(BillableOption),
    product=st.integers(1, 2**31 - 1),
)
def test_what_is_sent_is_what_is_read_back(quantity: int, day: date, option: BillableOption, product: int) -> None:
    change = CreateAddition(3, "SL-0123456789-0003", str(product), quantity, day, option)
    row = json.loads(json.dumps({"id": 1, **make_addition_body(change)}), parse_float=Decimal)
    assert read_addition(row) == Addition("1", str(product), Decimal(quantity), day, None, option, change.key)


@given(day=st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_a_day_is_midnight_utc_and_comes_back(day: date) -> None:
    assert spell_day(day) == f"{day.isoformat()}T00:00:00Z"
    assert parse_day(spell_day(day)) == day
