"""What adds to an adopted addition, or follows it, is booked like it (billing rules, 5): cost, tax, group, place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from plans.agreements import Addition, Booking
from plans.changes import CreateAddition
from profiles.billing import BillableOption
from psa.connectwise.drafts import Line
from psa.connectwise.lines import translate_line
from psa.connectwise.rollup import describe
from psa.connectwise.rows import read_addition, read_booking
from psa.connectwise.translate import make_addition_body, spell_booking
from tests.unit.psa.connectwise.nights import make_own, make_task
from tests.unit.psa.connectwise.site import make_addition_row

BY_HAND = Booking(Decimal("11.25"), False, "3")
"""What somebody typed: 11.25 a unit, no tax, invoice group 3."""
APRIL_1, APRIL_10, APRIL_20 = date(2026, 4, 1), date(2026, 4, 10), date(2026, 4, 20)


def booked(number: int, seats: int, start: date, booking: Booking | None = BY_HAND, **options: Any) -> Any:
    """An addition of the line at 18.00 a seat, booked so."""
    own = make_own(number, seats, start, price=Decimal("18.00"), **options)
    return replace(own, addition=replace(own.addition, booking=booking))


def create(*own: Any, owed: tuple[tuple[date, int], ...], today: date, **options: Any) -> CreateAddition:
    (made,) = translate_line(make_task(owed, own, today=today, **options)).changes
    assert isinstance(made, CreateAddition)
    return made


def test_a_delta_of_an_adopted_base_is_booked_like_it() -> None:
    """10 adopted seats at 18.00, cost 11.25, not taxed, in group 3: the 2 of 10 April are all of that, although the
    catalog says 20.00, 15.50 and taxed."""
    base = booked(0, 10, APRIL_1, is_adopted=True)
    made = create(base, owed=((APRIL_1, 10), (APRIL_10, 12)), today=APRIL_10)
    assert (made.quantity, made.unit_price, made.booking) == (2, Decimal("18.00"), BY_HAND)


def test_a_price_of_ours_goes_before_the_bases_and_the_rest_is_copied_all_the_same() -> None:
    base = booked(0, 10, APRIL_1, is_adopted=True)
    made = create(base, owed=((APRIL_1, 10), (APRIL_10, 12)), today=APRIL_10, price=Decimal("21.00"))
    assert (made.unit_price, made.booking) == (Decimal("21.00"), BY_HAND)


def test_what_follows_an_adopted_base_that_ended_is_booked_like_it_and_so_is_what_adds_to_that() -> None:
    """The adopted 10 ended on 9 April. 8 seats are back on the 10th, and 1 more comes on the 20th: both as the adopted
    ones were. The catalog's price and cost come with neither."""
    ended = booked(0, 10, APRIL_1, is_adopted=True, cancelled_on=date(2026, 4, 9))
    owed = ((APRIL_1, 10), (APRIL_10, 8))
    made = create(ended, owed=owed, today=APRIL_10)
    assert (made.quantity, made.unit_price, made.booking) == (8, Decimal("18.00"), BY_HAND)
    follower = replace(booked(1, 8, APRIL_10), is_copied=True)
    made = create(ended, follower, owed=(*owed, (APRIL_20, 9)), today=APRIL_20)
    assert (made.quantity, made.unit_price, made.booking) == (1, Decimal("18.00"), BY_HAND)


def test_nothing_is_copied_from_an_addition_that_we_made_by_the_catalog() -> None:
    made = create(booked(0, 10, APRIL_1), owed=((APRIL_1, 10), (APRIL_10, 12)), today=APRIL_10)
    assert (made.unit_price, made.booking) == (None, None)


def make_creation(booking: Booking | None) -> CreateAddition:
    return CreateAddition("12", 0, "SL-1", "501", 2, APRIL_10, BillableOption.BILLABLE, booking=booking)


@pytest.mark.parametrize(
    ("booking", "sent"),
    [
        (None, {}),
        (Booking(), {}),
        (Booking(unit_cost=Decimal(0)), {"unitCost": 0.0}),
        (Booking(is_taxed=False), {"taxableFlag": False}),
        (
            BY_HAND,
            {"unitCost": 11.25, "taxableFlag": False, "invoiceGrouping": {"id": 3}},
        ),
    ],
)
def test_what_the_adopted_addition_says_is_sent_and_nothing_else(
    booking: Booking | None, sent: dict[str, object]
) -> None:
    """A cost of 0 and no tax are said; what is not there is left to the catalog."""
    plain = make_addition_body(make_creation(None))
    assert make_addition_body(make_creation(booking)) == plain | sent
    assert booking is None or spell_booking(booking) == sent


@pytest.mark.parametrize(
    ("row", "booking"),
    [
        ({}, Booking()),
        (
            {
                "unitCost": 11.25,
                "taxableFlag": False,
                "invoiceGrouping": {"id": 3, "name": "C"},
            },
            BY_HAND,
        ),
        ({"unitCost": None, "taxableFlag": None, "invoiceGrouping": None}, Booking()),
        ({"unitCost": "x", "taxableFlag": "yes", "invoiceGrouping": {"name": "Cloud"}}, Booking()),
        ({"invoiceGrouping": 3, "unitCost": 0}, Booking(unit_cost=Decimal(0))),
    ],
)
def test_how_a_row_is_booked(row: dict[str, Any], booking: Booking) -> None:
    assert read_booking(make_addition_row(7, **row)) == booking
    addition = read_addition(make_addition_row(7, **row))
    assert (addition.unit_cost, addition.is_taxed, addition.group_id) == (
        booking.unit_cost, booking.is_taxed, booking.group_id,
    )  # fmt: skip


def test_how_an_addition_is_booked_is_no_edit_of_it() -> None:
    addition = read_addition(make_addition_row(7, unitCost=11.25))
    assert addition == replace(addition, booking=None)
    unread: Addition = replace(addition, booking=None)
    assert (unread.unit_cost, unread.is_taxed, unread.group_id) == (None, None, "")


@pytest.mark.parametrize(
    ("booking", "is_alike"),
    [
        (BY_HAND, True),
        (replace(BY_HAND, unit_cost=Decimal("15.50")), False),
        (replace(BY_HAND, is_taxed=True), False),
        (replace(BY_HAND, group_id=""), False),
    ],
)
def test_only_what_is_booked_alike_is_rolled_up(booking: Booking, is_alike: bool) -> None:
    """Another cost, tax or group is another line."""
    base, delta = booked(0, 10, APRIL_1, is_adopted=True), booked(1, 2, APRIL_10, booking)
    one, other = (Line(each, place, each.addition) for place, each in enumerate((base, delta)))
    assert (describe(one) == describe(other)) is is_alike


def test_what_follows_an_adopted_addition_of_which_no_booking_was_kept_goes_on_at_its_price() -> None:
    """A version before kept none: cost and tax are the catalog's then, and the 18.00 stay, for what adds to it too."""
    ended = booked(0, 10, APRIL_1, None, is_adopted=True, cancelled_on=date(2026, 4, 9))
    made = create(ended, owed=((APRIL_1, 10), (APRIL_10, 8)), today=APRIL_10)
    assert (made.unit_price, made.booking) == (Decimal("18.00"), Booking())
