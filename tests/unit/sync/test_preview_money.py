"""What writes cost is told only where every price that they touch is known (billing rules, 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition, Agreement
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.timeline import make_timeline
from profiles.billing import BillableOption
from sync.preview_money import MoneyMoved, weigh_changes
from tests.unit.web.approval_fakes import make_addition, make_agreement

START, NEXT = date(2026, 12, 1), date(2026, 12, 1)
UNPRICED = "Addition 9001 has no price that can be read, so the money cannot be forecast."


def weigh(agreement: Agreement, *changes: Change, prices: dict[str, Decimal] | None = None) -> MoneyMoved:
    return weigh_changes(agreement, changes, {}, prices or {})


def change(before: Addition, **fields: object) -> Change:
    return SetAddition("400", 1, "key", before, replace(before, **fields), START)  # type: ignore[arg-type]


def test_more_of_what_has_no_price_is_not_nothing() -> None:
    unpriced = make_addition(quantity=10, unit_price=None)
    moved = weigh(make_agreement(0, unpriced), change(unpriced, quantity=Decimal(12)))
    assert moved == MoneyMoved(None, None, NEXT, (UNPRICED,))


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": Decimal(0)},
        {"unit_price": Decimal(20)},
        {"cancelled_on": date(2026, 12, 31)},
        {"billable_option": BillableOption.DO_NOT_BILL},
    ],
)
def test_whatever_ends_or_begins_a_cost_that_nobody_knows_is_not_known(fields: dict[str, object]) -> None:
    unpriced = make_addition(quantity=10, unit_price=None)
    assert weigh(make_agreement(0, unpriced), change(unpriced, **fields)).missing == (UNPRICED,)


def test_what_is_left_alone_and_what_costs_nothing_keep_nobody_from_telling() -> None:
    unpriced = make_addition("9001", 10, unit_price=None)
    priced = make_addition("9002", 10, unit_price=Decimal(20))
    moved = weigh(make_agreement(0, unpriced, priced), change(priced, quantity=Decimal(12)))
    assert (moved.per_month, moved.missing) == (Decimal("40.00"), ())
    assert weigh(make_agreement(0, unpriced), change(unpriced, description="Seats of Ana")).per_month == 0
    free = replace(unpriced, billable_option=BillableOption.NO_CHARGE)
    assert weigh(make_agreement(0, free), change(free, quantity=Decimal(12))).per_month == 0


def test_units_by_day_are_priced_on_every_day() -> None:
    """What comes to nothing in the end still costs what it costs until then."""
    days = make_timeline([(date(2026, 11, 1), 10)])
    unpriced = make_addition(quantity=10, unit_price=None, days=days)
    adjust = AdjustUnits("400", 1, "key", "9001", START, 10, 0)
    assert weigh(make_agreement(0, unpriced), adjust).missing == (UNPRICED,)
    priced = replace(unpriced, unit_price=Decimal(20))
    assert weigh(make_agreement(0, priced), adjust).per_month == Decimal("-200.00")


def test_what_begins_after_the_next_invoice_is_in_the_months_after_it() -> None:
    """Invoiced through October; 10 → 8 from 1 December is not on the invoice of November, and less in every month."""
    priced = make_addition(quantity=10, unit_price=Decimal(20))
    ended = change(priced, cancelled_on=date(2026, 11, 30))
    next_one = CreateAddition("400", 1, "new", "501", 8, START, BillableOption.BILLABLE, unit_price=Decimal(20))
    moved = weigh(make_agreement(0, priced), ended, next_one)
    assert (moved.next_invoice, moved.per_month) == (Decimal(0), Decimal("-40.00"))


def test_units_of_what_nobody_read_are_not_known() -> None:
    moved = weigh(make_agreement(0), AdjustUnits("400", 1, "key", "9001", START, 10, 12))
    assert moved.per_month is None
    assert moved.missing == (
        "The addition that would change was not found in the PSA's answer, so the money cannot be forecast.",
    )


def test_several_reasons_are_told_once_each() -> None:
    unpriced = make_addition(quantity=10, unit_price=None)
    create = CreateAddition("400", 1, "new", "777", 2, START, BillableOption.BILLABLE)
    changes: Sequence[Change] = (create, replace(create, key="other"), change(unpriced, quantity=Decimal(12)))
    missing = weigh(make_agreement(0, unpriced), *changes).missing
    assert len(missing) == 2 and UNPRICED in missing
