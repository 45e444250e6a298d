"""What must hold for every timeline, and the same owed worked out seat by seat and day by day."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracle.facts import Invoice, Reading, Scenario, find_period, list_days, place_invoices
from tests.oracle.invoicing import expect
from tests.oracle.timelines import draw_scenario

SCENARIOS = st.integers(0, 10**9).map(draw_scenario)
FEW = settings(max_examples=60, deadline=None)


def hold_price(scenario: Scenario) -> Scenario:
    return replace(scenario, prices=scenario.prices[:1])


@FEW
@given(SCENARIOS)
def test_twice_the_price_is_twice_the_exact_amount(scenario: Scenario) -> None:
    doubled = replace(scenario, prices=tuple(replace(price, amount=price.amount * 2) for price in scenario.prices))
    once, twice = expect(scenario), expect(doubled)
    assert [invoice.exact for invoice in twice.invoices] == [invoice.exact * 2 for invoice in once.invoices]
    assert [credit.exact for credit in twice.credits] == [credit.exact * 2 for credit in once.credits]


@FEW
@given(SCENARIOS, st.integers(0, 60))
def test_two_mappings_that_share_the_seats_sum_to_the_same(scenario: Scenario, first: int) -> None:
    """The first so many seats on one mapping, the rest on another: they leave and return in the same order."""

    def keep(low: int, high: int) -> Scenario:
        readings = tuple(
            Reading(reading.day, None if reading.quantity is None else min(max(reading.quantity - low, 0), high - low))
            for reading in scenario.readings
        )
        return replace(scenario, readings=readings)

    lower, upper = expect(keep(0, first)), expect(keep(first, 10**6))
    sums = [a.exact + b.exact for a, b in zip(lower.invoices, upper.invoices, strict=True)]
    assert sums == [invoice.exact for invoice in expect(scenario).invoices]


@FEW
@given(SCENARIOS)
def test_credits_on_never_costs_more(scenario: Scenario) -> None:
    scenario = replace(hold_price(scenario), prorates=True)
    with_credits = expect(replace(scenario, credits_on=True))
    assert with_credits.exact <= expect(replace(scenario, credits_on=False)).exact


@FEW
@given(SCENARIOS)
def test_amounts_are_sums_of_lines_in_cents_and_never_negative(scenario: Scenario) -> None:
    expectation = expect(scenario)
    for invoice in expectation.invoices:
        assert invoice.amount == sum(line.amount for line in invoice.lines)
        assert invoice.amount.as_tuple().exponent == -2
        assert abs(Fraction(invoice.amount) - invoice.exact) <= Fraction(len(invoice.lines), 200)
        assert all(line.amount >= 0 and line.seats > 0 for line in invoice.lines)
        assert all(span.last < invoice.period.end for line in invoice.lines for span in line.spans)
    assert expectation.amount == sum((invoice.amount for invoice in expectation.invoices), Decimal("0.00"))
    assert all(credit.amount > 0 and credit.seats > 0 for credit in expectation.credits)


@FEW
@given(SCENARIOS)
def test_no_seat_is_billed_twice_and_only_what_was_billed_is_credited(scenario: Scenario) -> None:
    expectation = expect(scenario)
    billed: Counter[date] = Counter()
    for line in (line for invoice in expectation.invoices for line in invoice.lines):
        for span in line.spans:
            billed.update(dict.fromkeys(list_days(span.first, span.last + timedelta(days=1)), line.seats))
    most = max((reading.quantity or 0 for reading in scenario.readings), default=0)
    assert all(seats <= most for seats in billed.values())
    for credit in expectation.credits:
        billed.subtract(dict.fromkeys(list_days(credit.span.first, credit.span.last + timedelta(days=1)), credit.seats))
    assert all(seats >= 0 for seats in billed.values())


@FEW
@given(SCENARIOS)
def test_an_invoice_depends_on_nothing_that_came_after_it(scenario: Scenario) -> None:
    whole = expect(scenario)
    for number, invoice in enumerate(scenario.invoices):
        until = replace(scenario, readings=scenario.readings[: invoice.seen], invoices=scenario.invoices[: number + 1])
        assert [each.exact for each in expect(until).invoices] == [each.exact for each in whole.invoices[: number + 1]]


def count_seats(readings: tuple[Reading, ...], day: date) -> int:
    """The counted quantity of a day, straight from the sentence: first seen, and confirmed on the next known day."""
    nights = sorted({reading.day: reading.quantity for reading in readings if reading.quantity is not None}.items())
    level = 0
    for place, (night, quantity) in enumerate(nights):
        if night > day:
            break
        if quantity >= level:
            level = quantity
        elif place + 1 < len(nights):
            level = max(quantity, min(nights[place + 1][1], level))
    return level


def owe_seats(scenario: Scenario, day: date, counted: dict[date, int]) -> int:
    """Owed(day) by the sentences of 03 section 3, seat by seat, when nothing is invoiced before the end. Days before a
    start-date override bill nothing, and still tell how long a seat was there."""
    billable = {each: seats for each, seats in counted.items() if each >= scenario.start}
    start = find_period(day, scenario.anchor).start
    if not scenario.prorates:
        return billable.get(start, 0)
    if scenario.credits_on:
        return billable.get(day, 0)
    days = list_days(start, day + timedelta(days=1))
    return sum(
        any(billable.get(other, 0) >= seat and (other == day or not is_short(counted, other, seat)) for other in days)
        for seat in range(1, max(counted.values(), default=0) + 1)
    )


def is_short(counted: dict[date, int], day: date, seat: int) -> bool:
    """Whether the seat's presence around a day had an end, and lasted 7 days or less."""
    first = last = day
    while counted.get(first - timedelta(days=1), 0) >= seat:
        first -= timedelta(days=1)
    while counted.get(last, 0) >= seat:
        if last == max(counted):
            return False
        last += timedelta(days=1)
    return (last - first).days <= 7


@settings(max_examples=40, deadline=None)
@given(SCENARIOS)
def test_seat_by_seat_and_day_by_day_comes_to_the_same(scenario: Scenario) -> None:
    """Small quantities, everything invoiced after the last reading: each period is the sum of its days."""
    readings = tuple(
        Reading(reading.day, None if reading.quantity is None else min(reading.quantity, 14))
        for reading in scenario.readings
    )
    after = readings[-1].day + timedelta(days=60)
    invoices = place_invoices(readings, [(invoice.period, after) for invoice in scenario.invoices])
    scenario = replace(hold_price(scenario), readings=readings, invoices=invoices)
    last = find_period(invoices[-1].period, scenario.anchor).end
    counted = {day: count_seats(readings, day) for day in list_days(readings[0].day, max(last, after))}
    for expected in expect(scenario).invoices:
        days = list_days(expected.period.start, expected.period.end)
        seats = sum(owe_seats(scenario, day, counted) for day in days)
        assert expected.exact == Fraction(scenario.prices[0].amount) * Fraction(seats, len(days))


def test_the_first_period_is_the_one_that_was_read_first() -> None:
    """The check above leans on it: no drawn timeline has readings before its first invoice's period."""
    for seed in range(50):
        scenario = draw_scenario(seed)
        first: Invoice = scenario.invoices[0]
        assert scenario.readings[0].day >= first.period
