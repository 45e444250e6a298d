"""A new line's price and text: sent only where they are ours to set, and never mistaken for an edit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.changes import Apply, CreateAddition, Decision, Parked, SetAddition, Unchanged
from plans.journal import LineJournal
from profiles.billing import CustomPrice, DatedPrice, KeptPrice, PsaPrice
from tests.unit.plans.makers import (
    MAPPING,
    make_agreement,
    make_change,
    make_evidence,
    make_line,
    make_profile,
    plan_one,
    write,
)

PRICES = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(date(2026, 11, 1), Decimal("22.50"))))


def decide_first(price: PsaPrice | KeptPrice | CustomPrice, text: str | None = None) -> CreateAddition:
    line = replace(make_line(10, profile=replace(make_profile(), price=price)), description=text)
    decision = plan_one(line, make_agreement()).decision
    assert isinstance(decision, Apply)
    (change,) = decision.changes
    assert isinstance(change, CreateAddition)
    return change


def decide_second(
    sent_price: Decimal | None, found: Addition, price: PsaPrice | CustomPrice | None = None, text: str | None = None
) -> Decision:
    change = make_sent(sent_price)
    written = replace(write(change), unit_price=sent_price or Decimal("24.00"))
    journal = LineJournal(MAPPING, (make_evidence(change, written),))
    profile = make_profile() if price is None else replace(make_profile(), price=price)
    line = replace(make_line(10, journal, profile=profile), description=text)
    return plan_one(line, make_agreement((found,))).decision


def make_sent(price: Decimal | None) -> CreateAddition:
    return replace(make_change(effective_on=date(2026, 11, 2)), unit_price=price)


@pytest.mark.parametrize("price", [PsaPrice(), KeptPrice()])
def test_neither_the_catalogs_price_nor_a_persons_is_ever_sent(price: PsaPrice | KeptPrice) -> None:
    assert decide_first(price).unit_price is None


def test_a_custom_price_is_the_one_in_force() -> None:
    assert decide_first(PRICES).unit_price == Decimal("22.50")


def test_before_the_first_custom_price_none_is_sent() -> None:
    later = CustomPrice((DatedPrice(date(2027, 1, 1), Decimal("30.00")),))
    assert decide_first(later).unit_price is None


def test_a_text_is_sent_as_it_is() -> None:
    assert decide_first(PsaPrice(), "Ada, Bert").description == "Ada, Bert"


def test_a_catalog_price_that_moved_is_no_edit() -> None:
    assert decide_second(None, replace(write(make_sent(None)), unit_price=Decimal("25.00"))) == Unchanged()


def test_a_price_of_ours_that_a_person_changed_is_an_edit() -> None:
    found = replace(write(make_sent(None)), unit_price=Decimal("19.00"))
    assert isinstance(decide_second(Decimal("22.50"), found), Parked)


def test_a_text_that_a_person_changed_is_no_edit() -> None:
    assert decide_second(None, replace(write(make_sent(None)), description="by hand")) == Unchanged()


def test_a_price_that_is_due_is_set_where_it_was_ours_before() -> None:
    found = replace(write(make_sent(Decimal("20.00"))), unit_price=Decimal("20.00"))
    decision = decide_second(Decimal("20.00"), found, PRICES)
    assert isinstance(decision, Apply)
    (change,) = decision.changes
    assert isinstance(change, SetAddition)
    assert (change.after.unit_price, change.is_dated) == (Decimal("22.50"), False)


def test_a_text_of_other_users_is_set_and_the_same_text_in_other_spaces_is_not() -> None:
    found = replace(write(make_sent(None)), description="Ada,  Bert")
    assert decide_second(None, found, text="Ada, Bert") == Unchanged()
    assert isinstance(decide_second(None, found, text="Ada, Cleo"), Apply)
