"""The forecast of an invoice: by hand, against the oracle, and what must hold of every one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.forecast import (
    InvoiceForecast,
    NoForecast,
    combine_forecasts,
    forecast_invoice,
    forecast_month,
)
from profiles.billing import BillableOption
from profiles.money import round_money
from profiles.periods import ONE_DAY, Grid, Period
from tests.oracle.facts import Price, Reading, Scenario, find_period, place_invoices
from tests.oracle.invoicing import expect

MONTHLY = Grid(2026, 1, 1, 1)
MARCH_INVOICED = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=date(2026, 4, 1),
    ends_on=None,
    grid=MONTHLY,
    invoiced_through=date(2026, 3, 31),
)
APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))


def add(addition_id: str = "1", quantity: str | None = "1", price: str | None = "20.00", **changes: Any) -> Addition:
    made = Addition(
        addition_id,
        "501",
        None if quantity is None else Decimal(quantity),
        date(2026, 1, 1),
        None,
        BillableOption.BILLABLE,
        "",
        None if price is None else Decimal(price),
    )
    return replace(made, **changes)


def on(*additions: Addition, facts: AgreementFacts = MARCH_INVOICED, agreement_id: str = "1201") -> Agreement:
    return Agreement("cw", agreement_id, "Managed Services", "42", facts, additions)


def forecast(
    *additions: Addition, starts: dict[str, date] | None = None, facts: AgreementFacts = MARCH_INVOICED
) -> InvoiceForecast:
    made = forecast_invoice(on(*additions, facts=facts), starts or {})
    assert isinstance(made, InvoiceForecast)
    return made


def test_connectwises_own_example_is_caught_up_on_the_next_invoice() -> None:
    """22.00 from 15 March, March invoiced in advance: 22.00 x 17/31 + 22.00 = 12.0645 + 22.00 = 34.06."""
    made = forecast(add(price="22.00", effective_on=date(2026, 3, 15)), starts={"1": date(2026, 3, 15)})
    assert (made.amount, made.period, made.per_month) == (Decimal("34.06"), APRIL, Decimal("22.00"))
    [line] = made.lines
    assert (line.first, line.last) == (date(2026, 3, 15), date(2026, 4, 30))
    assert (line.amount, line.catch_up, line.amount - line.catch_up) == (
        Decimal("34.06"),
        Decimal("12.06"),
        Decimal("22.00"),
    )


def test_what_took_effect_before_p_and_waits_for_nothing_costs_the_period() -> None:
    """10 seats at 20.00 that were on the last invoice: 200.00."""
    assert forecast(add(quantity="10", effective_on=date(2026, 3, 15))).amount == Decimal("200.00")


def test_an_addition_without_an_effective_day_has_always_been_there() -> None:
    assert forecast(add(effective_on=None)).lines[0].first == APRIL.start


@pytest.mark.parametrize(
    ("effective", "cancelled", "amount"),
    [
        (date(2026, 4, 1), None, "20.00"),
        (date(2026, 4, 16), None, "10.00"),
        (date(2026, 4, 30), None, "0.67"),
        (date(2026, 5, 1), None, "0.00"),
        (date(2026, 1, 1), date(2026, 4, 15), "10.00"),
        (date(2026, 1, 1), date(2026, 4, 1), "0.67"),
        (date(2026, 1, 1), date(2026, 3, 31), "0.00"),
        (date(2026, 1, 1), date(2026, 5, 20), "20.00"),
        (date(2026, 4, 20), date(2026, 4, 19), "0.00"),
    ],
)
def test_the_effective_and_the_cancelled_day_are_both_billed(
    effective: date, cancelled: date | None, amount: str
) -> None:
    """20.00 in April: from the 16th 20.00 x 15/30 = 10.00, one day 20.00/30 = 0.67, through the 15th 10.00."""
    assert forecast(add(effective_on=effective, cancelled_on=cancelled)).amount == Decimal(amount)


def test_a_bounded_catch_up_is_billed_alone() -> None:
    """20.00 from 17 through 31 March, 15 of 31 days: 9.68."""
    made = forecast(
        add(effective_on=date(2026, 3, 17), cancelled_on=date(2026, 3, 31)), starts={"1": date(2026, 3, 17)}
    )
    assert (made.amount, made.lines[0].catch_up, made.per_month) == (Decimal("9.68"), Decimal("9.68"), Decimal("0.00"))


def test_a_line_is_rounded_once() -> None:
    """3 x 12.99 from the 17th of a month of 31 days: 38.97 x 15/31 = 18.86, and not 3 x 6.29 = 18.87."""
    facts = replace(MARCH_INVOICED, invoiced_through=date(2026, 4, 30))
    assert forecast(add(quantity="3", price="12.99", effective_on=date(2026, 5, 17)), facts=facts).amount == Decimal(
        "18.86"
    )


def test_half_a_cent_is_rounded_up() -> None:
    assert forecast(add(price="0.005")).amount == Decimal("0.01")


@pytest.mark.parametrize("effective", [date(2026, 3, 15), date(2026, 4, 1), date(2026, 4, 30)])
def test_without_proration_a_period_is_billed_whole_and_nothing_is_caught_up(effective: date) -> None:
    facts = replace(MARCH_INVOICED, prorates=False)
    made = forecast(add(effective_on=effective), starts={"1": effective}, facts=facts)
    assert (made.amount, made.lines[0].catch_up) == (Decimal("20.00"), Decimal("0.00"))


def test_without_proration_a_bounded_catch_up_costs_nothing() -> None:
    facts = replace(MARCH_INVOICED, prorates=False)
    ended = add(effective_on=date(2026, 3, 17), cancelled_on=date(2026, 3, 31))
    assert forecast(ended, starts={"1": date(2026, 3, 17)}, facts=facts).lines == ()


@pytest.mark.parametrize("option", [BillableOption.DO_NOT_BILL, BillableOption.NO_CHARGE])
def test_what_is_not_billed_costs_nothing_and_lacks_nothing(option: BillableOption) -> None:
    made = forecast(add(billable_option=option), add("2", price=None, billable_option=option))
    assert (made.amount, made.lines, made.missing, made.per_month) == (Decimal("0.00"), (), (), Decimal("0.00"))


def test_included_units_are_not_billed() -> None:
    """(10 - 3) x 20.00 = 140.00."""
    made = forecast(add(quantity="10", included=Decimal(3)))
    assert (made.amount, made.quantity) == (Decimal("140.00"), Decimal(7))


def test_nothing_is_left_after_what_is_included() -> None:
    assert forecast(add(quantity="3", included=Decimal(3), price=None)) == replace(forecast(), missing=())


@pytest.mark.parametrize(
    ("addition", "named"),
    [
        (add("8001", price=None), "Addition 8001 has no price"),
        (add("8001", quantity=None), "Addition 8001 has no quantity"),
        (add("8001", included=Decimal(2)), "Addition 8001 includes more"),
    ],
)
def test_what_nobody_can_price_makes_the_forecast_incomplete(addition: Addition, named: str) -> None:
    made = forecast(add("1"), addition)
    assert (made.amount, made.per_month) == (Decimal("20.00"), Decimal("20.00"))
    assert len(made.missing) == 1
    assert made.missing[0].startswith(named)


def test_what_is_over_lacks_no_price() -> None:
    assert forecast(add(price=None, cancelled_on=date(2026, 3, 31))).missing == ()


@pytest.mark.parametrize("changes", [{"is_active": False}, {"ends_on": date(2026, 3, 31)}], ids=["inactive", "over"])
def test_an_agreement_that_is_over_costs_nothing(changes: dict[str, Any]) -> None:
    assert forecast(add(), facts=replace(MARCH_INVOICED, **changes)).amount == 0


def test_an_agreement_that_ends_within_the_period_is_billed_for_it() -> None:
    assert forecast(add(), facts=replace(MARCH_INVOICED, ends_on=date(2026, 4, 1))).amount == Decimal("20.00")


@pytest.mark.parametrize("name", ["grid", "invoiced_through"])
def test_without_grid_or_p_there_is_no_forecast_and_the_doubt_says_why(name: str) -> None:
    changes: dict[str, Any] = {name: None, "invoicing_doubt": "It has no billing cycle."}
    facts = replace(MARCH_INVOICED, **changes)
    assert forecast_invoice(on(add(), facts=facts), {}) == NoForecast("1201", "It has no billing cycle.")
    assert forecast_month(on(add(), facts=facts)) is None


def test_where_the_psa_gives_no_reason_there_is_still_a_sentence() -> None:
    made = forecast_invoice(on(facts=replace(MARCH_INVOICED, grid=None)), {})
    assert isinstance(made, NoForecast)
    assert "1201" in made.sentence


# A month


def test_a_month_is_whole_once_all_has_begun() -> None:
    """20.00 from 20 April, 5.00 for ever, 7.00 through 29 April, 20.00 from May, 1.00 through 30 April: 26.00."""
    agreement = on(
        add("1", effective_on=date(2026, 4, 20)),
        add("2", price="5.00", effective_on=None),
        add("3", price="7.00", cancelled_on=date(2026, 4, 29)),
        add("4", effective_on=date(2026, 5, 1)),
        add("5", price="1.00", cancelled_on=date(2026, 4, 30)),
    )
    assert forecast_month(agreement) == Decimal("26.00")


def test_a_month_of_a_quarter_is_a_third() -> None:
    """100.00 a quarter: 33.33."""
    facts = replace(MARCH_INVOICED, grid=Grid(2026, 1, 1, 3))
    assert forecast_month(on(add(price="100.00"), facts=facts)) == Decimal("33.33")
    assert forecast(add(price="100.00"), facts=facts).amount == Decimal("100.00")


def test_an_agreement_that_is_not_active_costs_nothing_a_month() -> None:
    assert forecast_month(on(add(), facts=replace(MARCH_INVOICED, is_active=False))) == 0


# Parent and children


def test_a_parents_invoice_has_its_childrens_lines() -> None:
    parent, child = (
        forecast_invoice(on(add(str(number), price=f"{number}.00"), agreement_id=str(number)), {}) for number in (1, 2)
    )
    assert isinstance(parent, InvoiceForecast)
    assert isinstance(child, InvoiceForecast)
    made = combine_forecasts("1", [child, parent])
    assert (made.agreement_id, made.amount, made.per_month, made.quantity) == ("1", Decimal(3), Decimal(3), Decimal(2))
    assert (made.agreement_ids, len(made.lines), made.missing) == (("1", "2"), 2, ())


def test_a_child_without_its_parent_says_so() -> None:
    child = forecast_invoice(on(add(), agreement_id="2"), {})
    assert isinstance(child, InvoiceForecast)
    made = combine_forecasts("1", [child])
    assert (made.agreement_id, made.agreement_ids, made.amount) == ("1", ("2",), Decimal("20.00"))
    assert "agreement 1" in made.missing[0]


# Against the oracle


@given(
    anchor=st.integers(1, 31),
    before=st.integers(1, 40),
    more=st.integers(1, 40),
    offset=st.integers(0, 60),
    cents=st.integers(1, 9999),
    prorates=st.booleans(),
)
def test_an_increase_is_invoiced_as_the_oracle_says(
    anchor: int, before: int, more: int, offset: int, cents: int, prorates: bool
) -> None:
    """A base since January and an increase in a period that was invoiced on its first day, or ahead."""
    first = find_period(date(2026, 1, 31), anchor)
    second = find_period(first.end, anchor)
    third = find_period(second.end, anchor)
    day = first.start + ONE_DAY + timedelta(days=offset)
    if not first.start < day < second.end:
        return
    price = Decimal(cents) / 100
    readings = (Reading(first.start, before), Reading(day, before + more))
    made = [(period.start, first.start) for period in (first, second)] + [(third.start, third.start)]
    scenario = Scenario(
        readings,
        (Price(date(2025, 1, 1), price),),
        first.start,
        place_invoices(readings, made),
        prorates=prorates,
        mode="advance",
        anchor=anchor,
    )
    facts = replace(
        MARCH_INVOICED,
        prorates=prorates,
        grid=Grid(2026, 1, anchor, 1),
        invoiced_through=second.end - ONE_DAY,
        next_invoice_on=second.end,
    )
    base = add("1", str(before), effective_on=first.start, unit_price=price)
    delta = add("2", str(more), effective_on=day, unit_price=price)
    assert forecast(base, delta, starts={"2": day}, facts=facts).amount == expect(scenario).invoices[2].amount


# What must hold of every forecast


DAYS = st.dates(date(2025, 11, 1), date(2026, 7, 1))
ADDITIONS = st.builds(
    lambda quantity, included, cents, effective, cancelled, option: add(
        quantity=str(quantity),
        included=Decimal(included),
        unit_price=None if cents is None else Decimal(cents) / 1000,
        effective_on=effective,
        cancelled_on=cancelled,
        billable_option=option,
    ),
    st.integers(0, 50),
    st.integers(0, 5),
    st.none() | st.integers(0, 100_000),
    st.none() | DAYS,
    st.none() | DAYS,
    st.sampled_from(BillableOption),
)


@given(st.lists(ADDITIONS, max_size=6), st.lists(st.none() | DAYS, min_size=6, max_size=6), st.booleans())
def test_no_forecast_is_negative_and_its_parts_are_the_whole(
    additions: list[Addition], days: list[date | None], prorates: bool
) -> None:
    named = [replace(addition, id=str(number)) for number, addition in enumerate(additions)]
    starts = {
        each.id: max(day, each.effective_on or day) for each, day in zip(named, days, strict=False) if day is not None
    }
    made = forecast(*named, starts=starts, facts=replace(MARCH_INVOICED, prorates=prorates))
    assert made.amount == sum((line.amount for line in made.lines), Decimal(0))
    assert made.per_month >= 0
    for line in made.lines:
        assert line.amount >= 0
        assert line.catch_up >= 0
        assert line.amount >= line.catch_up
        assert line.first <= line.last <= APRIL.last
    assert all(each.amount == round_money(Fraction(each.amount)) for each in made.lines)


@given(st.integers(1, 5000), st.integers(1, 30))
def test_two_additions_that_follow_each_other_cost_at_most_a_cent_more_than_one(cents: int, cut: int) -> None:
    whole = forecast(add(unit_price=Decimal(cents) / 100)).amount
    first = add("1", unit_price=Decimal(cents) / 100, cancelled_on=date(2026, 4, cut))
    second = add("2", unit_price=Decimal(cents) / 100, effective_on=date(2026, 4, cut) + ONE_DAY)
    assert abs(forecast(first, second).amount - whole) <= Decimal("0.01")


def test_what_is_invoiced_apart_is_forecast_by_what_comes_first() -> None:
    """One is invoiced through March, the other through April: April is the first one's alone. One that was put there
    since bills April as well, where what is not there yet is invoiced through March."""
    apart = (("", date(2026, 3, 31)), ("1", date(2026, 3, 31)), ("2", date(2026, 4, 30)))
    facts = replace(MARCH_INVOICED, invoiced_through=date(2026, 4, 30), posted_apart=apart)
    made = forecast(add("1", "2"), add("2"), add("3", effective_on=date(2026, 4, 16)), facts=facts)
    assert (made.period, made.invoiced_through) == (APRIL, date(2026, 3, 31))
    assert [(line.addition_id, line.first, line.amount) for line in made.lines] == [
        ("1", date(2026, 4, 1), Decimal("40.00")),
        ("3", date(2026, 4, 16), Decimal("10.00")),
    ]
    assert forecast_month(on(add("1", "2"), add("2"), facts=facts)) == Decimal("60.00")


def test_what_a_bundle_costs_is_said_to_be_missing_once() -> None:
    inside = (add("service bundle 7"), add("service bundle 7", product_id="502"))
    agreement = replace(on(add()), bundled=inside)
    made = forecast_invoice(agreement, {})
    assert isinstance(made, InvoiceForecast)
    assert (made.amount, made.missing) == (Decimal("20.00"), ("What service bundle 7 costs is not in the forecast.",))
    over = forecast_invoice(replace(agreement, facts=replace(MARCH_INVOICED, is_active=False)), {})
    assert isinstance(over, InvoiceForecast)
    assert over.missing == ()
