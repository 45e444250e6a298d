"""What an invoice came to against its forecast, and what is known of additions from night to night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plans.forecast import ForecastLine, InvoiceForecast, InvoiceTotal, forecast_invoice
from plans.invoices import (
    MOST_KEPT_LINES,
    MOST_KEPT_STARTS,
    InvoiceDifference,
    KeptForecast,
    carry_starts,
    compare,
    find_unplaced,
    place_starts,
)
from tests.unit.plans.test_forecast import MARCH_INVOICED, add, on

DUE = date(2026, 4, 1)
THROUGH = date(2026, 3, 31)
OURS = "SL-0123456789-0001"


def make_kept(quantity: str = "10", due_on: date | None = DUE, **changes: Any) -> KeptForecast:
    facts = replace(MARCH_INVOICED, next_invoice_on=due_on)
    forecast = forecast_invoice(on(add(quantity=quantity), facts=facts), {})
    assert isinstance(forecast, InvoiceForecast)
    kept = KeptForecast("cw", "Managed Services", ("Contoso",), forecast, date(2026, 3, 20))
    return replace(kept, **changes)


def invoice(amount: str, day: date = DUE, number: str = "7701", **changes: Any) -> InvoiceTotal:
    return replace(InvoiceTotal("1201", number, day, Decimal(amount)), **changes)


def difference_of(kept: KeptForecast, *invoices: InvoiceTotal) -> InvoiceDifference:
    found = compare(kept, invoices, ZoneInfo("America/New_York"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("made_at", "is_counted"),
    [
        (None, True),
        ("2026-03-20T06:00:00Z", True),
        ("2026-03-20T00:00:00Z", True),
        ("2026-03-20T00:00:00", True),
        ("2026-03-20T03:59:00Z", False),
        ("2026-03-19T00:00:00Z", False),
        ("2026-03-19T23:00:00", False),
    ],
)
def test_what_was_made_before_the_forecast_was_not_in_it(made_at: str | None, is_counted: bool) -> None:
    """The forecast is of 20 March in New York. Midnight is a day of which nobody knows the hour."""
    moment = None if made_at is None else datetime.fromisoformat(made_at)
    found = difference_of(make_kept(), invoice("200.00"), invoice("65.00", number="2", made_at=moment))
    assert found.invoiced == Decimal("265.00" if is_counted else "200.00")


@pytest.mark.parametrize(
    ("invoiced", "difference", "is_incident"),
    [
        ("200.00", "0.00", False),
        ("200.10", "0.10", False),
        ("199.90", "-0.10", False),
        ("200.11", "0.11", True),
        ("199.89", "-0.11", True),
    ],
)
def test_more_than_a_cent_a_seat_is_an_incident(invoiced: str, difference: str, is_incident: bool) -> None:
    """10 seats: ten cents are rounding, eleven are not."""
    found = difference_of(make_kept(), invoice(invoiced))
    assert (found.difference, found.is_incident) == (Decimal(difference), is_incident)
    assert (found.connection_id, found.agreement_id, found.due_on, found.numbers) == ("cw", "1201", DUE, ("7701",))


def test_what_the_agreement_costs_by_itself_is_not_forecast() -> None:
    found = difference_of(make_kept(), invoice("700.00", flat_amount=Decimal("500.00")))
    assert (found.invoiced, found.difference, found.flat_amount) == (Decimal(200), Decimal(0), Decimal(500))


def test_several_invoices_of_the_period_count_together_and_the_flat_amount_once() -> None:
    flat = Decimal("50.00")
    found = difference_of(
        make_kept(),
        invoice("100.00", number="7702", flat_amount=flat),
        invoice("150.00", date(2026, 4, 30), "7701", flat_amount=flat),
    )
    assert (found.invoiced, found.numbers) == (Decimal("200.00"), ("7701", "7702"))


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 5, 1)])
def test_invoices_of_other_periods_do_not_count(day: date) -> None:
    assert difference_of(make_kept(), invoice("200.00"), invoice("9.00", day)).invoiced == Decimal("200.00")


def test_invoices_of_other_agreements_do_not_count() -> None:
    other = replace(invoice("9.00"), agreement_id="1202")
    assert difference_of(make_kept(), invoice("200.00"), other).invoiced == Decimal("200.00")


def test_an_invoice_that_is_not_found_is_an_incident() -> None:
    found = difference_of(make_kept())
    assert (found.invoiced, found.difference, found.is_incident) == (None, None, True)


def test_no_invoice_was_needed_for_nothing() -> None:
    found = difference_of(make_kept("0"))
    assert (found.invoiced, found.difference, found.is_incident) == (Decimal(0), Decimal(0), False)


def test_an_incomplete_forecast_is_no_incident() -> None:
    kept = make_kept()
    lacking = replace(kept, forecast=replace(kept.forecast, missing=("Addition 9 has no price.",)))
    found = difference_of(lacking, invoice("999.00"))
    assert (found.is_incident, found.missing) == (False, ("Addition 9 has no price.",))


def test_a_child_that_nothing_is_mapped_on_is_named() -> None:
    found = difference_of(make_kept(), invoice("999.00", child_ids=("1201", "1300")))
    assert not found.is_incident
    assert [sentence.split()[1] for sentence in found.missing] == ["1300"]


def test_without_a_next_invoice_date_nothing_is_compared() -> None:
    assert compare(make_kept(due_on=None), [invoice("200.00")], UTC) is None


# What is known of additions


def test_while_p_stands_everything_is_still_known() -> None:
    kept = make_kept(starts={"1": date(2026, 3, 15)})
    assert carry_starts(kept, THROUGH) == {"1": date(2026, 3, 15)}


def test_once_p_moved_everything_is_invoiced() -> None:
    kept = make_kept(starts={"1": date(2026, 3, 15)})
    assert carry_starts(kept, date(2026, 4, 30)) == {"1": date(2026, 5, 1)}


def test_once_p_moved_back_nothing_is_known() -> None:
    assert carry_starts(make_kept(starts={"1": date(2026, 3, 15)}), date(2026, 2, 28)) == {}
    assert carry_starts(None, THROUGH) == {}


def test_only_additions_of_ours_that_began_by_p_wait_for_the_journal() -> None:
    agreement = on(
        add("1", key=OURS),
        add("2", key=OURS, effective_on=date(2026, 4, 2)),
        add("3"),
        add("4", key=OURS, effective_on=None),
        add("5", key=OURS),
    )
    assert [each.id for each in find_unplaced(agreement, {"5": DUE})] == ["1"]
    unknown = replace(agreement, facts=replace(agreement.facts, invoiced_through=None))
    assert find_unplaced(unknown, {}) == ()
    assert place_starts(unknown, {}, {}) == {}


def test_what_was_made_since_the_last_invoice_is_caught_up_and_everything_else_is_not() -> None:
    day = date(2026, 3, 15)
    agreement = on(*(add(str(number), key=OURS, effective_on=day) for number in range(1, 6)))
    created = {"1": THROUGH, "2": date(2026, 2, 28), "3": None}
    known = {"5": date(2026, 3, 1), "gone": DUE}
    found = place_starts(agreement, known, created)
    assert found == {"1": day, "2": DUE, "3": DUE, "4": DUE, "5": date(2026, 3, 1)}


# Keeping


def test_a_forecast_of_another_day_is_the_same() -> None:
    kept = make_kept()
    assert replace(kept, made_on=date(2026, 3, 25)).is_same_as(kept)
    assert not make_kept("11").is_same_as(kept)
    assert not kept.is_same_as(None)
    assert kept.id == "cw:1201"


def test_too_much_is_not_kept_and_the_amount_stays() -> None:
    kept = make_kept()
    line = ForecastLine("1", DUE, DUE, Decimal(1), Decimal(1))
    long = replace(
        kept,
        starts={str(number): DUE for number in range(MOST_KEPT_STARTS + 1)},
        forecast=replace(kept.forecast, lines=(line,) * (MOST_KEPT_LINES + 1), missing=("m",) * 100),
    )
    short = long.shorten()
    assert (short.starts, short.forecast.lines, len(short.forecast.missing)) == ({}, (), MOST_KEPT_LINES)
    assert (short.forecast.amount, short.forecast.quantity) == (kept.forecast.amount, kept.forecast.quantity)
    assert kept.shorten() == kept
