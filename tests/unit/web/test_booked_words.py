"""What is copied from an adopted addition stands among what an approval writes (R6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from plans.agreements import Booking
from plans.changes import CreateAddition
from profiles.billing import BillableOption
from web.pages.change_words import list_created


def name_fields(booking: Booking | None) -> dict[str, str]:
    change = CreateAddition("12", 0, "SL-1", "501", 2, date(2026, 4, 10), BillableOption.BILLABLE, booking=booking)
    return {each.word: each.after for each in list_created(change, "EUR")}


def test_cost_tax_and_group_are_shown_where_they_are_sent() -> None:
    """11.25 a unit, not taxed, group 3; of another one only that it is taxed."""
    plain = name_fields(None)
    booked = name_fields(Booking(Decimal("11.25"), is_taxed=False, group_id="3"))
    assert {word: booked[word] for word in booked.keys() - plain.keys()} == {
        "Cost": "11.25 EUR",
        "Taxed": "no",
        "Invoice group": "3",
    }
    assert name_fields(Booking(is_taxed=True)) == plain | {"Taxed": "yes"}
    assert name_fields(Booking()) == plain
