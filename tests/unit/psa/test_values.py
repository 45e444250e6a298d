"""Values as PSAs send them, the unreadable and the hostile among them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.errors import Park
from psa.connectwise.rows import parse_number
from psa.values import parse_amount


@pytest.mark.parametrize(
    "value",
    [
        "1E+999999999", "-1E+999999999", "1E-999999999", "0E+999999999", "0E-999999999", "1E+13", "9" * 14,
        "0." + "0" * 500 + "1", "NaN", "sNaN", "Infinity", "many", "", None,
    ],
)  # fmt: skip
def test_what_no_bill_can_hold_is_no_number(value: object) -> None:
    assert parse_amount(value) is None


@given(st.one_of(st.floats(-9e12, 9e12), st.integers(-(10**13) + 1, 10**13 - 1), st.decimals(-99, 99, places=4)))
def test_whatever_a_psa_keeps_is_read_and_can_be_written_out(value: float | int | Decimal) -> None:
    amount = parse_amount(value)
    assert amount == Decimal(str(value))
    assert len(f"{amount:f}") < 500 and abs(int(amount or 0)) < 10**13


def test_an_addition_with_such_a_number_is_parked() -> None:
    with pytest.raises(Park, match=r"Addition 7 has the quantity '1E\+999999999', which is no number."):
        parse_number({"id": 7, "quantity": "1E+999999999"}, "quantity")
