"""The record of every quantity, worked out by hand: what a write bills, day by day, and what any invoice rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, SetAddition
from plans.ledger import (
    LedgerEntry,
    Proof,
    add_effects,
    count_seats,
    cover_addition,
    derive_billed,
    effect_of,
    make_entry,
    sum_additions,
)
from plans.timeline import Timeline
from tests.unit.plans.makers import AGREEMENT, MAPPING, make_addition, make_change

MARCH_END, APRIL_1, APRIL_10, APRIL_16 = date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 10), date(2026, 4, 16)
APRIL_30, MAY_1 = date(2026, 4, 30), date(2026, 5, 1)
PROOF = Proof("9001", MARCH_END)


def ten(cancelled_on: date | None = None) -> Addition:
    """10 seats since 1 April."""
    return make_addition("9001", 10, effective_on=APRIL_1, cancelled_on=cancelled_on)


def make_set(before: Addition, after: Addition, describes_from: date = MAY_1) -> SetAddition:
    return SetAddition(AGREEMENT, 1, "", before, after, describes_from)


# What an addition bills


@pytest.mark.parametrize(
    ("last", "steps"),
    [
        (None, ((APRIL_10, 10),)),
        (APRIL_16, ((APRIL_10, 10), (date(2026, 4, 17), 0))),
        (APRIL_10, ((APRIL_10, 10), (date(2026, 4, 11), 0))),
        (date(2026, 4, 9), ()),
        (APRIL_1, ()),
    ],
)
def test_an_addition_bills_from_its_first_day_through_its_last(last: date | None, steps: tuple[object, ...]) -> None:
    """One day where both are the same; never where it ends before it begins, however long before."""
    assert cover_addition(make_addition(quantity=10, effective_on=APRIL_10, cancelled_on=last)).steps == steps


def test_an_addition_without_a_first_day_has_always_been_there() -> None:
    assert cover_addition(make_addition(quantity=10, effective_on=None)).on(date.min) == 10


@pytest.mark.parametrize(
    ("quantity", "included", "seats"), [("25", "4", 21), ("4", "4", 0), (None, "4", 0), ("NaN", "0", 0)]
)
def test_what_the_psa_leaves_out_is_not_billed(quantity: str | None, included: str, seats: int) -> None:
    assert count_seats(replace(make_addition(quantity=quantity), included=Decimal(included))) == seats


def test_additions_bill_together() -> None:
    """10 from the 1st, 2 from the 10th, 3 from the 10th through the 15th."""
    together = sum_additions(
        [
            ten(),
            make_addition("9002", 2, effective_on=APRIL_10),
            make_addition("9003", 3, effective_on=APRIL_10, cancelled_on=date(2026, 4, 15)),
        ]
    )
    assert together.steps == ((APRIL_1, 10), (APRIL_10, 15), (APRIL_16, 12))


# What a write changes


def test_a_new_addition_bills_its_own_days() -> None:
    open_ended = make_change(quantity=2, effective_on=APRIL_10)
    assert effect_of(open_ended) == (APRIL_10, Timeline(((APRIL_10, 2),)))
    bounded = replace(open_ended, ends_on=date(2026, 4, 15))
    assert effect_of(bounded) == (APRIL_10, Timeline(((APRIL_10, 2), (APRIL_16, 0))))


def test_a_quantity_counts_from_the_first_day_not_invoiced() -> None:
    """10 since 1 April become 8, April invoiced: 2 fewer from 1 May on, and April stays as it was billed."""
    change = make_set(ten(), replace(ten(), quantity=Decimal(8)))
    assert effect_of(change) == (MAY_1, Timeline(((MAY_1, -2),)))
    assert add_effects(Timeline(((APRIL_1, 10),)), [change]).steps == ((APRIL_1, 10), (MAY_1, 8))


def test_an_end_counts_from_the_day_after_it_whatever_is_invoiced() -> None:
    """It ends on the 15th, a day before the first that an undated field would speak of, or after it."""
    for last in (date(2026, 4, 15), date(2026, 5, 20)):
        following = date.fromordinal(last.toordinal() + 1)
        assert effect_of(make_set(ten(), ten(last))) == (following, Timeline(((following, -10),)))


def test_an_end_taken_back_bills_from_the_day_after_it() -> None:
    assert effect_of(make_set(ten(APRIL_30), ten())) == (MAY_1, Timeline(((MAY_1, 10),)))


def test_the_end_of_what_bills_nothing_changes_nothing() -> None:
    empty = make_addition("9001", 0, effective_on=APRIL_1)
    assert effect_of(make_set(empty, replace(empty, cancelled_on=APRIL_30))) == (MAY_1, Timeline())


def test_an_adjustment_bills_the_difference() -> None:
    change = AdjustUnits(AGREEMENT, 1, "", "9001", APRIL_10, 12, 9)
    assert effect_of(change) == (APRIL_10, Timeline(((APRIL_10, -3),)))


# What is kept of it


def test_the_entry_of_a_write_says_what_the_line_sums_to_from_its_day_on() -> None:
    """10 since 1 April and 5 more through May; 2 are added on the 16th."""
    billed = Timeline(((APRIL_1, 10), (MAY_1, 15), (date(2026, 6, 1), 10)))
    entry = make_entry(MAPPING, make_change(3, 2, effective_on=APRIL_16), billed, PROOF)
    levels = Timeline(((APRIL_16, 12), (MAY_1, 17), (date(2026, 6, 1), 12)))
    assert entry == LedgerEntry(MAPPING, APRIL_16, 3, levels, "9001", MARCH_END)
    assert entry.quantity == 12


def test_what_was_billed_is_derived_from_the_entries_in_their_order() -> None:
    """10 from the 1st, 12 from the 16th, then 8 from 1 May on; a later entry replaces all from its day on."""
    changes: tuple[Change, ...] = (
        make_change(0, 10, effective_on=APRIL_1),
        make_change(1, 2, effective_on=APRIL_16),
        replace(make_set(ten(), replace(ten(), quantity=Decimal(6))), sequence=2),
    )
    billed = Timeline()
    entries: list[LedgerEntry] = []
    for change in changes:
        entries.append(make_entry(MAPPING, change, billed, PROOF))
        billed = derive_billed(entries)
    assert billed.steps == ((APRIL_1, 10), (APRIL_16, 12), (MAY_1, 8))
    assert [entry.quantity for entry in entries] == [10, 12, 8]
    assert derive_billed(()).steps == ()
