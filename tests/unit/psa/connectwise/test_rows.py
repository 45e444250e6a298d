"""ConnectWise's rows in our words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.agreements import AgreementFacts
from plans.errors import Park
from psa.connectwise.rows import parse_day, read_addition, read_agreement
from tests.unit.psa.connectwise.site import (
    make_addition_row,
    make_agreement_row,
)


@pytest.mark.parametrize(
    ("value", "quantity"),
    [(0, 0), (10, 10), (Decimal("10.0"), 10), (Decimal("0.5"), Decimal("0.5")), ("12", 12), (None, None), (-1, -1)],
)
def test_a_quantity_is_read_exactly(value: Any, quantity: Any) -> None:
    assert read_addition(make_addition_row(quantity=value)).quantity == quantity


@pytest.mark.parametrize("value", ["many", True, [], {}, ""])
def test_a_quantity_that_is_no_number_parks(value: Any) -> None:
    with pytest.raises(Park, match="no number"):
        read_addition(make_addition_row(quantity=value))


@pytest.mark.parametrize("value", ["NaN", "Infinity", float("nan")])
def test_a_quantity_that_is_not_finite_parks(value: Any) -> None:
    with pytest.raises(Park):
        read_addition(make_addition_row(quantity=value))


@pytest.mark.parametrize("field", ["quantity", "effectiveDate", "cancelledDate", "serialNumber"])
def test_what_may_be_null_may_be_left_out(field: str) -> None:
    row = make_addition_row()
    del row[field]
    assert read_addition(row) == read_addition(make_addition_row(**{field: None}))


@pytest.mark.parametrize("field", ["id", "product", "billCustomer"])
@pytest.mark.parametrize("is_null", [True, False])
def test_half_an_addition_parks(field: str, is_null: bool) -> None:
    row = make_addition_row(**{field: None})
    if not is_null:
        del row[field]
    with pytest.raises(Park, match=f"without {field}"):
        read_addition(row)


@pytest.mark.parametrize("value", ["Sometimes", "billable", 5])
def test_a_billable_option_that_nobody_described_parks(value: Any) -> None:
    with pytest.raises(Park, match="nobody described"):
        read_addition(make_addition_row(billCustomer=value))


def test_a_billable_option_that_is_no_text_parks() -> None:
    with pytest.raises(Park):
        read_addition(make_addition_row(billCustomer=["Billable"]))


@pytest.mark.parametrize("product", [{}, {"id": None}, 501, "501", []])
def test_a_product_without_an_id_parks(product: Any) -> None:
    with pytest.raises(Park, match="without id"):
        read_addition(make_addition_row(product=product))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-22T00:00:00Z", date(2026, 11, 22)),
        ("2026-11-22", date(2026, 11, 22)),
        ("2028-02-29T00:00:00Z", date(2028, 2, 29)),
        (None, None),
        ("", None),
    ],
)
def test_a_day_is_read(text: str | None, day: date | None) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["soon", "2026-02-30T00:00:00Z", "22.11.2026", 5])
def test_a_date_that_is_none_parks(text: Any) -> None:
    with pytest.raises(Park, match="no date"):
        parse_day(text)


@pytest.mark.parametrize(
    ("changes", "facts"),
    [
        ({}, AgreementFacts(True, True, date(2026, 12, 1), None, "42")),
        ({"agreementStatus": "Expired"}, AgreementFacts(False, True, date(2026, 12, 1), None, "42")),
        ({"agreementStatus": None}, AgreementFacts(False, True, date(2026, 12, 1), None, "42")),
        ({"cancelledFlag": True}, AgreementFacts(False, True, date(2026, 12, 1), None, "42")),
        ({"prorateFlag": False}, AgreementFacts(True, False, date(2026, 12, 1), None, "42")),
        ({"nextInvoiceDate": None}, AgreementFacts(True, True, None, None, "42")),
        (
            {"noEndingDateFlag": False, "endDate": "2027-01-31T00:00:00Z"},
            AgreementFacts(True, True, date(2026, 12, 1), date(2027, 1, 31), "42"),
        ),
        ({"endDate": "2027-01-31T00:00:00Z"}, AgreementFacts(True, True, date(2026, 12, 1), None, "42")),
    ],
)
def test_an_agreement_is_read_with_what_a_plan_rests_on(changes: Any, facts: AgreementFacts) -> None:
    assert read_agreement("cw", make_agreement_row(**changes), []).facts == facts


@pytest.mark.parametrize("flag", [None, "true", 0])
def test_an_agreement_that_does_not_say_whether_it_prorates_parks(flag: Any) -> None:
    """Read as no, 10 → 12 on 16 April would wait for May and April lose 2 x 20.00 x 15/30 = 20.00 of one bad answer."""
    with pytest.raises(Park, match="Agreement 1201 does not say whether it prorates"):
        read_agreement("cw", make_agreement_row(prorateFlag=flag), [])
    row = {name: value for name, value in make_agreement_row().items() if name != "prorateFlag"}
    with pytest.raises(Park, match="Tick or untick Prorate Agreement"):
        read_agreement("cw", row, [])


@pytest.mark.parametrize("field", ["id", "company"])
def test_half_an_agreement_parks(field: str) -> None:
    with pytest.raises(Park, match=f"without {field}"):
        read_agreement("cw", make_agreement_row(**{field: None}), [])


@pytest.mark.parametrize(
    ("value", "included"), [(None, 0), (0, 0), (Decimal("2.0"), 2), (Decimal("0.5"), Decimal("0.5"))]
)
def test_included_units_are_read_and_none_are_zero(value: Any, included: Any) -> None:
    assert read_addition(make_addition_row(lessIncluded=value)).included == included


def test_included_units_may_be_left_out() -> None:
    assert read_addition(make_addition_row()).included == 0


def test_included_units_that_are_no_number_park() -> None:
    with pytest.raises(Park, match="lessIncluded 'some', which is no number"):
        read_addition(make_addition_row(lessIncluded="some"))


@pytest.mark.parametrize(("parent", "parent_id"), [(None, None), ({"id": 1100, "name": "Umbrella"}, "1100")])
def test_a_parent_is_read_by_its_id(parent: Any, parent_id: str | None) -> None:
    assert read_agreement("cw", make_agreement_row(parentAgreement=parent), []).facts.parent_id == parent_id


@pytest.mark.parametrize("parent", [{}, {"id": None}, 1100, "Umbrella"])
def test_a_parent_without_an_id_parks(parent: Any) -> None:
    with pytest.raises(Park, match="without id"):
        read_agreement("cw", make_agreement_row(parentAgreement=parent), [])
