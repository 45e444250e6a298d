"""Invoices and credit proposals worked out by hand: taken back, proration off, credits on, known too late."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pytest

from tests.oracle.facts import Scenario
from tests.oracle.invoicing import Credit, expect
from tests.unit.oracle.stories import make_date, read, tell

ARREARS = (("04", "05-01"), ("05", "06-01"))
ADVANCE = (("04", "04-01"), ("05", "05-01"))


def bill(scenario: Scenario) -> list[str]:
    return [str(expected.amount) for expected in expect(scenario).invoices]


def tell_credit(credit: Credit) -> tuple[str, str, int, str, str, int, str]:
    """Reason, known on, seats, first and last day, number of days, amount."""
    span = credit.span
    days = [f"{day:%m-%d}" for day in (credit.known, span.first, span.last)]
    return (credit.reason, days[0], credit.seats, days[1], days[2], span.days, str(credit.amount))


@pytest.mark.parametrize(
    ("down", "amounts"),
    [("04-12", ["209.33", "200.00"]), ("04-13", ["234.67", "200.00"])],
)
def test_taken_back_in_arrears(down: str, amounts: list[str]) -> None:
    """10, 12 from 5 April. Down on the 12th (7 days): 2 x 20 x 7/30 = 9.33. On the 13th: x 26/30 = 34.67."""
    before = f"{make_date(down).day - 1:02}"
    readings = read(("04-01", "04-04", 10), ("04-05", f"04-{before}", 12), (down, "06-01", 10))
    scenario = tell(readings, *ARREARS)
    assert bill(scenario) == amounts
    assert expect(scenario).credits == ()


@pytest.mark.parametrize(
    ("down", "amounts"),
    [("04-12", ["200.00", "209.33"]), ("04-13", ["200.00", "234.67"])],
)
def test_taken_back_in_advance(down: str, amounts: list[str]) -> None:
    """The same, caught up on May's invoice: April was invoiced on the 1st."""
    before = f"{make_date(down).day - 1:02}"
    readings = read(("04-01", "04-04", 10), ("04-05", f"04-{before}", 12), (down, "06-01", 10))
    scenario = tell(readings, *ADVANCE, mode="advance")
    assert bill(scenario) == amounts
    assert expect(scenario).credits == ()


def test_taken_back_in_part() -> None:
    """10, 13 from 5 April, 11 from the 8th: 200 + 2 x 20 x 3/30 = 4.00 + 1 x 20 x 26/30 = 17.333 -> 221.33."""
    readings = read(("04-01", "04-04", 10), ("04-05", "04-07", 13), ("04-08", "06-01", 11))
    assert bill(tell(readings, *ARREARS)) == ["221.33", "220.00"]


def test_taken_back_over_the_end_of_a_period() -> None:
    """10, 12 from 28 April to 1 May, read as 10 on 2 May; April is invoiced on 5 May: nothing was in between.

    April 200 + 2 x 20 x 3/30 = 4.00; May 200 + 2 x 20 x 1/31 = 1.29.
    """
    readings = read(("04-01", "04-27", 10), ("04-28", "05-01", 12), ("05-02", "06-01", 10))
    assert bill(tell(readings, ("04", "05-05"), ("05", "06-01"))) == ["204.00", "201.29"]


def test_what_was_invoiced_in_between_is_not_taken_back() -> None:
    """In advance: 12 from 28 April, May invoiced on the 1st with 2 x 20 x (3/30 + 1) = 44; 10 again from 3 May.

    The seats are owed to the end of May: no credit, and June is 200.
    """
    readings = read(("04-01", "04-27", 10), ("04-28", "05-02", 12), ("05-03", "06-01", 10))
    scenario = tell(readings, *ADVANCE, ("06", "06-01"), mode="advance")
    assert bill(scenario) == ["200.00", "244.00", "200.00"]
    assert expect(scenario).credits == ()


def test_a_late_invoice_of_an_earlier_period_is_not_in_between() -> None:
    """March is invoiced on 7 April; 12 from 5 April, 10 again from the 9th: April is 200 + 2 x 20 x 4/30 = 5.33."""
    readings = read(("03-01", "04-04", 10), ("04-05", "04-08", 12), ("04-09", "05-01", 10))
    assert bill(tell(readings, ("03", "04-07"), ("04", "05-01"))) == ["200.00", "205.33"]


def test_an_invoice_of_the_period_that_ended_before_the_increase_is_not_in_between() -> None:
    """April is invoiced on 3 May; 12 from 1 May, 10 again from the 5th: May is 200 + 2 x 20 x 4/31 = 5.16."""
    readings = read(("04-01", "04-30", 10), ("05-01", "05-04", 12), ("05-05", "06-01", 10))
    assert bill(tell(readings, ("04", "05-03"), ("05", "06-01"))) == ["200.00", "205.16"]


def test_an_invoice_just_before_the_increase_is_not_in_between() -> None:
    """In advance: May is invoiced on 28 April; 12 is first read on the 29th, 10 again on 2 May.

    June is 200 + 2 x 20 x (2/30 + 1/31) = 3.957 -> 203.96.
    """
    readings = read(("04-01", "04-28", 10), ("04-29", "05-01", 12), ("05-02", "06-01", 10))
    days = (("04", "04-01"), ("05", "04-28"), ("06", "06-01"))
    assert bill(tell(readings, *days, mode="advance")) == ["200.00", "200.00", "203.96"]


def test_an_invoice_just_before_the_decrease_is_in_between() -> None:
    """In advance: 12 from 28 April, May invoiced on the 1st, a night that did not run; 10 is read on 2 May.

    The seats are owed to the end of May. They may have left on 1 May already: up to 2 x 20 is proposed.
    """
    readings = read(("04-01", "04-27", 10), ("04-28", "04-30", 12), ("05-02", "06-01", 10))
    scenario = tell(readings, *ADVANCE, ("06", "06-01"), mode="advance")
    assert bill(scenario) == ["200.00", "244.00", "200.00"]
    assert [tell_credit(credit) for credit in expect(scenario).credits] == [
        ("unknown across", "05-03", 2, "05-01", "05-31", 31, "40.00")
    ]


def test_proration_off_bills_full_periods_only() -> None:
    """10 from 1 April, 12 from the 16th: April 200, May 240. The other way round: April 240, May 200."""
    up = read(("04-01", "04-15", 10), ("04-16", "06-01", 12))
    down = read(("04-01", "04-15", 12), ("04-16", "06-01", 10))
    assert bill(tell(up, *ARREARS, prorates=False)) == ["200.00", "240.00"]
    assert bill(tell(down, *ARREARS, prorates=False)) == ["240.00", "200.00"]


def test_proration_off_counts_the_periods_first_day() -> None:
    """Read on 1 May: May is 240. Started on 2 April: April is nothing. A dip over 1 May: May is 160."""
    first = read(("04-01", "04-30", 10), ("05-01", "06-01", 12))
    started = read(("04-02", "06-01", 10))
    dip = read(("04-01", "04-29", 10), ("04-30", "05-03", 8), ("05-04", "06-01", 10))
    assert bill(tell(first, *ARREARS, prorates=False)) == ["200.00", "240.00"]
    assert bill(tell(started, *ARREARS, prorates=False)) == ["0.00", "200.00"]
    assert bill(tell(dip, *ARREARS, prorates=False)) == ["200.00", "160.00"]


def test_proration_off_catches_nothing_up() -> None:
    """May is invoiced on 28 April at 10; 12 from the 30th: May stays 200, June is 240."""
    readings = read(("04-01", "04-29", 10), ("04-30", "06-01", 12))
    days = (("04", "04-01"), ("05", "04-28"), ("06", "06-01"))
    assert bill(tell(readings, *days, prorates=False, mode="advance")) == ["200.00", "200.00", "240.00"]


def test_proration_off_proposes_a_full_credit() -> None:
    """May is invoiced on 28 April at 10; 8 from the 29th: 2 x 20 for all of May, known on the 30th."""
    readings = read(("04-01", "04-28", 10), ("04-29", "06-01", 8))
    days = (("04", "04-01"), ("05", "04-28"), ("06", "06-01"))
    scenario = tell(readings, *days, prorates=False, mode="advance")
    assert bill(scenario) == ["200.00", "200.00", "160.00"]
    assert [tell_credit(credit) for credit in expect(scenario).credits] == [
        ("known late", "04-30", 2, "05-01", "05-31", 31, "40.00")
    ]


def test_credits_on_in_arrears_is_the_quantity_of_the_day() -> None:
    """10, 8 from 10 April: 8 x 20 = 160 + 2 x 20 x 9/30 = 12; the credit is part of the invoice, not a proposal."""
    readings = read(("04-01", "04-09", 10), ("04-10", "06-01", 8))
    scenario = tell(readings, *ARREARS, credits_on=True)
    assert bill(scenario) == ["172.00", "160.00"]
    assert expect(scenario).credits == ()


def test_credits_on_in_advance_proposes() -> None:
    """April is invoiced on the 1st at 10; 8 from the 10th: 2 x 20 x 21/30 = 28.00, known on the 11th."""
    readings = read(("04-01", "04-09", 10), ("04-10", "06-01", 8))
    scenario = tell(readings, *ADVANCE, credits_on=True, mode="advance")
    assert bill(scenario) == ["200.00", "160.00"]
    assert [tell_credit(credit) for credit in expect(scenario).credits] == [
        ("known late", "04-11", 2, "04-10", "04-30", 21, "28.00")
    ]


def test_a_dip_with_credits_on_in_arrears() -> None:
    """10, 8 from the 10th, 10 from the 20th: 160 + 2 x 20 x 9/30 (12.00) + 2 x 20 x 11/30 (14.67) = 186.67."""
    readings = read(("04-01", "04-09", 10), ("04-10", "04-19", 8), ("04-20", "06-01", 10))
    assert bill(tell(readings, *ARREARS, credits_on=True)) == ["186.67", "200.00"]


@pytest.mark.parametrize("night_is_first", [True, False])
def test_a_decrease_confirmed_after_the_invoice_is_a_proposal(night_is_first: bool) -> None:
    """In advance: 8 on 30 April, confirmed on 1 May, the day of May's invoice.

    After the invoice: May was billed at 10, 2 x 20 is proposed. Before it: May is 160.
    """
    readings = read(("03-31", "04-29", 10), ("04-30", "06-01", 8))
    days = (*ADVANCE, ("06", "06-02"))
    scenario = tell(readings, *days, mode="advance", start=make_date("04-01"), night_is_first=night_is_first)
    found = [tell_credit(credit) for credit in expect(scenario).credits]
    if night_is_first:
        assert (bill(scenario), found) == (["200.00", "160.00", "160.00"], [])
    else:
        assert bill(scenario) == ["200.00", "200.00", "160.00"]
        assert found == [("known late", "05-01", 2, "05-01", "05-31", 31, "40.00")]


def test_unknown_across_an_invoice() -> None:
    """In advance: 10 on 29 April, nothing known until 8 on 4 May; May was invoiced on the 1st.

    The decrease counts from 4 May, so May is owed in full and June is 160. The seats may have left on 30 April: up to
    2 x 20 for May is proposed, known on 5 May.
    """
    readings = read(("04-01", "04-29", 10), ("04-30", "05-03", None), ("05-04", "06-01", 8))
    scenario = tell(readings, *ADVANCE, ("06", "06-01"), mode="advance")
    assert bill(scenario) == ["200.00", "200.00", "160.00"]
    assert [tell_credit(credit) for credit in expect(scenario).credits] == [
        ("unknown across", "05-05", 2, "05-01", "05-31", 31, "40.00")
    ]


@pytest.mark.parametrize(
    ("mode", "amounts"), [("arrears", ["200.00", "236.13"]), ("advance", ["200.00", "200.00", "276.13"])]
)
def test_an_increase_while_unknown_counts_from_the_night_that_read_it(
    mode: Literal["advance", "arrears"], amounts: list[str]
) -> None:
    """10 on 29 April, nothing known until 12 on 4 May: 2 x 20 x 28/31 = 36.129 for May, and no credit."""
    readings = read(("04-01", "04-29", 10), ("04-30", "05-03", None), ("05-04", "06-01", 12))
    days = ARREARS if mode == "arrears" else (*ADVANCE, ("06", "06-01"))
    scenario = tell(readings, *days, mode=mode)
    assert bill(scenario) == amounts
    assert expect(scenario).credits == ()


def test_unknown_within_one_period_proposes_nothing() -> None:
    """In arrears: unknown from 10 to 14 April, 8 after: April is owed at 10 whenever the seats left."""
    readings = read(("04-01", "04-09", 10), ("04-10", "04-14", None), ("04-15", "06-01", 8))
    scenario = tell(readings, *ARREARS)
    assert bill(scenario) == ["200.00", "160.00"]
    assert expect(scenario).credits == ()


def test_a_proposal_has_the_price_and_the_invoice_that_billed_it() -> None:
    """8 from 29 April, confirmed on the 30th, is known after both April's and May's invoices of 28 April.

    With credits on: 2 x 20 x 2/30 = 2.67 of April's invoice and 2 x 20 of May's.
    """
    readings = read(("04-01", "04-28", 10), ("04-29", "06-01", 8))
    scenario = tell(readings, ("04", "04-28"), ("05", "04-28"), credits_on=True)
    found = expect(scenario).credits
    assert [(credit.invoice.period, str(credit.amount)) for credit in found] == [
        (date(2026, 4, 1), "2.67"),
        (date(2026, 5, 1), "40.00"),
    ]


def test_what_was_known_after_the_invoice_is_not_unknown_across_it() -> None:
    """In advance: May is invoiced on 30 April before that night read 10; then nothing known until 8 on 4 May."""
    readings = read(("03-31", "04-30", 10), ("05-01", "05-03", None), ("05-04", "06-01", 8))
    days = (("04", "04-01"), ("05", "04-30"), ("06", "06-01"))
    scenario = tell(readings, *days, mode="advance", start=make_date("04-01"), night_is_first=False)
    assert bill(scenario) == ["200.00", "200.00", "160.00"]
    assert expect(scenario).credits == ()
