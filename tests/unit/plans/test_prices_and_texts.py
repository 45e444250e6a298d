"""A new line's price and text: sent only where they are ours to set, and never mistaken for an edit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition
from plans.changes import CreateAddition, Parked, Unchanged
from plans.journal import LineJournal
from plans.planning import LineInput
from profiles.billing import CustomPrice, DatedPrice, PsaPrice
from tests.unit.plans.makers import (
    MAPPING,
    make_agreement,
    make_change,
    make_evidence,
    make_mapping,
    make_profile,
    plan_one,
    write,
)

PRICES = CustomPrice((DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(date(2026, 11, 1), Decimal("22.50"))))


def decide_first(price: PsaPrice | CustomPrice, text: str | None = None) -> CreateAddition:
    line = LineInput(make_mapping(), replace(make_profile(), price=price), 10, LineJournal(MAPPING), text)
    decision = plan_one(line, make_agreement()).decision
    assert isinstance(decision, CreateAddition)
    return decision


def decide_second(sent_price: Decimal | None, found: Addition) -> object:
    change = replace(make_change(), unit_price=sent_price)
    written = replace(write(change), unit_price=sent_price or Decimal("24.00"))
    journal = LineJournal(MAPPING, (make_evidence(change, written),))
    return plan_one(LineInput(make_mapping(), make_profile(), 10, journal), make_agreement((found,))).decision


def test_the_catalogs_price_is_never_sent() -> None:
    assert decide_first(PsaPrice()).unit_price is None


def test_a_custom_price_is_the_one_in_force() -> None:
    assert decide_first(PRICES).unit_price == Decimal("22.50")


def test_before_the_first_custom_price_none_is_sent() -> None:
    later = CustomPrice((DatedPrice(date(2027, 1, 1), Decimal("30.00")),))
    assert decide_first(later).unit_price is None


def test_a_text_is_sent_as_it_is() -> None:
    assert decide_first(PsaPrice(), "Ada, Bert").description == "Ada, Bert"


def test_a_catalog_price_that_moved_is_no_edit() -> None:
    assert decide_second(None, replace(write(make_change()), unit_price=Decimal("25.00"))) == Unchanged()


def test_a_price_of_ours_that_a_person_changed_is_an_edit() -> None:
    found = replace(write(make_change()), unit_price=Decimal("19.00"))
    assert isinstance(decide_second(Decimal("22.50"), found), Parked)


def test_a_text_that_a_person_changed_is_no_edit() -> None:
    assert decide_second(None, replace(write(make_change()), description="by hand")) == Unchanged()
