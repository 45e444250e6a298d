"""Invoices worked out by hand: increases, decreases, returns, prices and the edges of a mapping's life."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.oracle.facts import Price, Reading, Scenario, place_invoices
from tests.oracle.invoicing import agrees, expect, round_cents
from tests.unit.oracle.stories import make_date, read, tell


def bill(scenario: Scenario) -> list[str]:
    """The amounts of the scenario's invoices; it must lead to no credit proposal."""
    expectation = expect(scenario)
    assert expectation.credits == ()
    return [str(expected.amount) for expected in expectation.invoices]


def test_the_documented_example() -> None:
    """22.00, effective 15 March, billed in advance: April's line is 22.00 + 22.00 x 17/31 = 34.0645 -> 34.06."""
    scenario = tell(read(("03-15", "04-05", 1)), ("03", "03-01"), ("04", "04-01"), price="22.00", mode="advance")
    assert bill(scenario) == ["0.00", "34.06"]
    (line,) = expect(scenario).invoices[1].lines
    assert line.exact == 22 + Fraction(22 * 17, 31)
    assert [(span.days, span.of) for span in line.spans] == [(17, 31), (30, 30)]


def test_an_increase_before_its_invoice() -> None:
    """April in arrears: 10 x 20 = 200; 2 more from the 16th: 2 x 20 x 15/30 = 20."""
    scenario = tell(read(("04-01", "04-15", 10), ("04-16", "05-02", 12)), ("04", "05-01"))
    assert bill(scenario) == ["220.00"]
    first, second = expect(scenario).invoices[0].lines
    assert (first.since, first.seats, first.amount) == (date(2026, 4, 1), 10, Decimal("200.00"))
    assert (second.since, second.seats, second.amount) == (date(2026, 4, 16), 2, Decimal("20.00"))


def test_an_increase_after_an_early_invoice_in_arrears() -> None:
    """April is invoiced on the 28th at 10. 2 more from the 29th: May is 200 + 2 x 20 x (2/30 + 1) = 42.667 -> 42.67."""
    readings = read(("04-01", "04-28", 10), ("04-29", "06-01", 12))
    assert bill(tell(readings, ("04", "04-28"), ("05", "06-01"))) == ["200.00", "242.67"]


def test_an_increase_after_its_invoice_in_advance() -> None:
    """May is invoiced on 1 May at 10. 2 more from the 11th: June is 200 + 2 x 20 x (21/31 + 1) = 67.097 -> 67.10."""
    readings = read(("05-01", "05-10", 10), ("05-11", "07-01", 12))
    scenario = tell(readings, ("05", "05-01"), ("06", "06-01"), ("07", "07-01"), mode="advance")
    assert bill(scenario) == ["200.00", "267.10", "240.00"]
    assert [(line.since, line.seats) for line in expect(scenario).invoices[2].lines] == [(None, 12)]


def test_an_increase_just_after_an_early_invoice_in_advance_has_three_parts() -> None:
    """May is invoiced on 28 April. 2 more from the 29th: June has 2 x 20 x (2/30 + 31/31 + 30/30) = 82.667 -> 82.67.

    April was invoiced on 1 April.
    """
    readings = read(("04-01", "04-28", 10), ("04-29", "06-01", 12))
    scenario = tell(readings, ("04", "04-01"), ("05", "04-28"), ("06", "06-01"), mode="advance")
    assert bill(scenario) == ["200.00", "200.00", "282.67"]


@pytest.mark.parametrize("mode", ["advance", "arrears"])
def test_a_dip_that_returns_within_its_period_changes_nothing(mode: str) -> None:
    """10, 8 from the 10th, 10 again from the 20th: free up to the high-water mark; April and May are 200."""
    readings = read(("04-01", "04-09", 10), ("04-10", "04-19", 8), ("04-20", "06-01", 10))
    days = (("04", "05-01"), ("05", "06-01")) if mode == "arrears" else (("04", "04-01"), ("05", "05-01"))
    assert bill(tell(readings, *days)) == ["200.00", "200.00"]


def test_a_return_above_the_mark_pays_only_what_is_above() -> None:
    """10, 8 from the 10th, 11 from the 20th: April is 200 + 1 x 20 x 11/30 = 7.333 -> 207.33; May is 220."""
    readings = read(("04-01", "04-09", 10), ("04-10", "04-19", 8), ("04-20", "06-01", 11))
    assert bill(tell(readings, ("04", "05-01"), ("05", "06-01"))) == ["207.33", "220.00"]


def test_a_decrease_in_arrears_ends_with_its_period() -> None:
    """10, 8 from 10 April: April is 200, May 160."""
    readings = read(("04-01", "04-09", 10), ("04-10", "06-01", 8))
    assert bill(tell(readings, ("04", "05-01"), ("05", "06-01"))) == ["200.00", "160.00"]


def test_a_decrease_on_a_periods_first_day_lowers_that_period() -> None:
    """10 through 30 April, 8 from 1 May: May is 160."""
    readings = read(("04-01", "04-30", 10), ("05-01", "06-01", 8))
    assert bill(tell(readings, ("04", "05-01"), ("05", "06-01"))) == ["200.00", "160.00"]


@pytest.mark.parametrize(
    ("confirming", "may"),
    [
        (6, "120.00"),  # confirmed
        (8, "160.00"),  # confirmed in part
        (10, "200.00"),  # a glitch
        (4, "80.00"),  # 6 is confirmed, and the next night confirms 4
    ],
)
def test_a_decrease_counts_as_far_as_the_next_known_night_confirms_it(confirming: int, may: str) -> None:
    """10, 6 on 10 April, unknown on the 11th, then the confirming quantity."""
    readings = read(("04-01", "04-09", 10), ("04-10", "04-10", 6), ("04-11", "04-11", None))
    readings += read(("04-12", "06-01", confirming))
    assert bill(tell(readings, ("04", "05-01"), ("05", "06-01"))) == ["200.00", may]


def test_a_decrease_that_nothing_confirms_does_not_count() -> None:
    """10 through 30 April, 8 on 1 May and nothing after: May, invoiced on 1 June, is 200."""
    readings = read(("04-01", "04-30", 10), ("05-01", "05-01", 8), ("05-02", "06-01", None))
    assert bill(tell(readings, ("05", "06-01"))) == ["400.00"]  # April was not invoiced before: it is caught up


def test_to_zero_and_back() -> None:
    """5, 0 from 10 April, 5 from 10 May: April 100, May 5 x 20 x 22/31 = 70.968 -> 70.97 as a new line, June 100."""
    readings = read(("04-01", "04-09", 5), ("04-10", "05-09", 0), ("05-10", "07-01", 5))
    scenario = tell(readings, ("04", "05-01"), ("05", "06-01"), ("06", "07-01"))
    assert bill(scenario) == ["100.00", "70.97", "100.00"]
    assert [[line.since for line in expected.lines] for expected in expect(scenario).invoices] == [
        [date(2026, 4, 1)],
        [date(2026, 5, 10)],
        [None],
    ]


def test_two_increases_on_one_day_are_one_line() -> None:
    """10; 12 and then 13 on 16 April: 200 + 3 x 20 x 15/30 = 230."""
    readings = read(("04-01", "04-15", 10), ("04-16", "04-16", 12), ("04-16", "05-01", 13))
    scenario = tell(readings, ("04", "05-01"))
    assert bill(scenario) == ["230.00"]
    assert [line.seats for line in expect(scenario).invoices[0].lines] == [10, 3]


def test_up_and_down_on_one_day_is_nothing() -> None:
    """10; 12 and 10 again on 16 April: 200."""
    readings = read(("04-01", "04-15", 10), ("04-16", "04-16", 12), ("04-16", "05-01", 10))
    assert bill(tell(readings, ("04", "05-01"))) == ["200.00"]


def test_an_unknown_reading_after_a_known_one_changes_nothing() -> None:
    """10; 12 and then unknown on 16 April: 200 + 2 x 20 x 15/30 = 220."""
    readings = read(("04-01", "04-15", 10), ("04-16", "04-16", 12), ("04-16", "05-01", None))
    assert bill(tell(readings, ("04", "05-01"))) == ["220.00"]


def test_each_line_is_rounded_once() -> None:
    """12.99: 10 seats 129.90; one from the 17th x 14/30 = 6.062 -> 6.06; one from the 18th x 13/30 = 5.629 -> 5.63.

    Together 141.59; in May all 12 are the base: 155.88.
    """
    readings = read(("04-01", "04-16", 10), ("04-17", "04-17", 11), ("04-18", "06-01", 12))
    scenario = tell(readings, ("04", "05-01"), ("05", "06-01"), price="12.99")
    assert bill(scenario) == ["141.59", "155.88"]
    assert expect(scenario).exact == Fraction("12.99") * (10 + Fraction(27, 30) + 12)


def test_once_per_line_is_not_once_per_seat() -> None:
    """anchors.md 3.3: 3 x 12.99 from the 17th of a 31-day month is 18.86."""
    assert bill(tell(read(("05-17", "06-01", 3)), ("05", "06-01"), price="12.99")) == ["18.86"]


def test_prices_hold_for_whole_periods_and_a_catch_up_has_its_lines_price() -> None:
    """20.00, from 15 April 30.00. One seat from 15 March, in advance.

    April (invoiced 1 April) at 20: 20 x (17/31 + 1) = 30.968 -> 30.97; May at 30. A second seat from 16 April:
    30 x (15/30 + 1) = 45.00 on the same invoice, the catch-up for April at 30 as well. May: 30 + 45 = 75.
    """
    prices = (Price(date(2020, 1, 1), Decimal("20.00")), Price(date(2026, 4, 15), Decimal("30.00")))
    readings = read(("03-15", "04-15", 1), ("04-16", "05-01", 2))
    days = (("03", "03-01"), ("04", "04-01"), ("05", "05-01"))
    assert bill(tell(readings, *days, prices=prices, mode="advance")) == ["0.00", "30.97", "75.00"]


def test_a_price_from_a_periods_first_day_holds_for_that_period() -> None:
    """10 seats, 20.00, from 1 May 30.00: April 200, May 300."""
    prices = (Price(date(2020, 1, 1), Decimal("20.00")), Price(date(2026, 5, 1), Decimal("30.00")))
    days = (("04", "05-01"), ("05", "06-01"))
    assert bill(tell(read(("04-01", "06-01", 10)), *days, prices=prices)) == ["200.00", "300.00"]


def test_a_return_on_a_periods_first_day_stays_in_the_base() -> None:
    """10, 8 from 10 April, 10 again from 1 May: in arrears the base was never lowered, and May is one line of 10."""
    readings = read(("04-01", "04-09", 10), ("04-10", "04-30", 8), ("05-01", "06-01", 10))
    scenario = tell(readings, ("04", "05-01"), ("05", "06-01"))
    assert bill(scenario) == ["200.00", "200.00"]
    assert [(line.since, line.seats) for line in expect(scenario).invoices[1].lines] == [(None, 10)]


def test_nothing_is_billed_before_the_start() -> None:
    """12 and then 10 seats are read from 1 April; billing starts on the 11th: 10 x 20 x 20/30 = 133.33."""
    readings = read(("04-01", "04-04", 12), ("04-05", "05-01", 10))
    assert bill(tell(readings, ("04", "05-01"), start=date(2026, 4, 11))) == ["133.33"]


def test_nothing_is_billed_from_the_end_of_the_agreement_on() -> None:
    """10 seats, the agreement covers April through the 20th: 10 x 20 x 20/30 = 133.33, and May nothing.

    With proration off the period that it ends in is billed in full.
    """
    readings = read(("04-01", "06-01", 10))
    days = (("04", "05-01"), ("05", "06-01"))
    assert bill(tell(readings, *days, ends=date(2026, 4, 21))) == ["133.33", "0.00"]
    assert bill(tell(readings, *days, ends=date(2026, 4, 21), prorates=False)) == ["200.00", "0.00"]


def test_periods_from_the_31st() -> None:
    """Leap February: 31 January to 28 February has 29 days, the next period (29 February to 30 March) 31.

    10 seats: 200. 2 more from 20 February: 2 x 20 x 9/29 = 12.414 -> 12.41. 1 more from 30 March: 20 x 1/31 = 0.65.
    """
    days = [(date(2024, 1, 31), 10), (date(2024, 2, 19), 10), (date(2024, 2, 20), 12), (date(2024, 3, 30), 13)]
    readings = tuple(Reading(day, quantity) for day, quantity in days)
    made = [(date(2024, 1, 31), date(2024, 2, 29)), (date(2024, 2, 29), date(2024, 3, 31))]
    prices = (Price(date(2020, 1, 1), Decimal("20.00")),)
    scenario = Scenario(readings, prices, days[0][0], place_invoices(readings, made), anchor=31)
    assert bill(scenario) == ["212.41", "240.65"]


def test_a_days_seat_is_never_billed_twice() -> None:
    """May is invoiced on 30 April at 10, before 8 (read on the 30th, confirmed on 1 May) counts; 9 from 15 May.

    June is 9 x 20 = 180 and nothing for May: its tenth and ninth seats were billed. Credits: 1 seat for 1 to 14 May
    (9.03), and 1 seat for all of May (20.00).
    """
    readings = read(("04-01", "04-29", 10), ("04-30", "05-14", 8), ("05-15", "06-01", 9))
    days = (("04", "04-01"), ("05", "04-30"), ("06", "06-01"))
    expectation = expect(tell(readings, *days, mode="advance"))
    assert [str(expected.amount) for expected in expectation.invoices] == ["200.00", "200.00", "180.00"]
    found = [(credit.seats, credit.span.first, credit.span.last, str(credit.amount)) for credit in expectation.credits]
    assert sorted(found) == [
        (1, make_date("05-01"), make_date("05-14"), "9.03"),
        (1, make_date("05-01"), make_date("05-31"), "20.00"),
    ]


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("1/200", "0.01"), ("1/201", "0.00"), ("3/200", "0.02"), ("201/2000", "0.10"), ("5", "5.00"), ("0", "0.00")],
)
def test_cents_are_rounded_half_up(amount: str, cents: str) -> None:
    assert str(round_cents(Fraction(amount))) == cents


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        round_cents(Fraction(-1, 100))


def test_another_cut_into_lines_may_differ_by_half_a_cent_a_line() -> None:
    """12.99 x (10 + 14/30 + 13/30) = 141.591 in three lines: 1.5 cents either way, so 141.58 to 141.60."""
    readings = read(("04-01", "04-16", 10), ("04-17", "04-17", 11), ("04-18", "05-01", 12))
    (expected,) = expect(tell(readings, ("04", "05-01"), price="12.99")).invoices
    assert expected.exact == Fraction("141.591")
    verdicts = [agrees(expected, Decimal(amount), 3) for amount in ("141.57", "141.58", "141.59", "141.60", "141.61")]
    assert verdicts == [False, True, True, True, False]
