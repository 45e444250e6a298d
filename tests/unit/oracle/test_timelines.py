"""Drawn timelines are the same every time, reach what they promise to reach, and can be read and shrunk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.oracle.facts import Scenario, find_period
from tests.oracle.invoicing import expect
from tests.oracle.telling import describe, explain, judge_scope, shrink
from tests.oracle.timelines import draw_scenario
from tests.unit.oracle.stories import make_date, read, tell

DRAWN = [draw_scenario(seed) for seed in range(200)]


def quantities(scenario: Scenario) -> list[int]:
    return [reading.quantity for reading in scenario.readings if reading.quantity is not None]


def lateness(scenario: Scenario) -> set[int]:
    """By how many days the invoices were late."""
    ends = scenario.mode == "arrears"
    due = [find_period(invoice.period, scenario.anchor) for invoice in scenario.invoices]
    return {
        (invoice.made - (period.end if ends else period.start)).days
        for invoice, period in zip(scenario.invoices, due, strict=True)
    }


def test_a_seed_is_a_timeline() -> None:
    assert [draw_scenario(seed) for seed in range(20)] == DRAWN[:20]
    assert len({repr(scenario) for scenario in DRAWN}) == len(DRAWN)


def test_every_drawn_timeline_is_decided_by_the_rules() -> None:
    assert {judge_scope(scenario) for scenario in DRAWN} == {()}


def test_two_hundred_timelines_reach_everything() -> None:
    assert {scenario.mode for scenario in DRAWN} == {"advance", "arrears"}
    assert {(scenario.prorates, scenario.credits_on) for scenario in DRAWN} == {
        (True, True), (True, False), (False, True), (False, False)
    }  # fmt: skip
    assert {scenario.anchor for scenario in DRAWN} == {1, 15, 28, 29, 30, 31}
    assert set(range(-3, 10)) == {days for scenario in DRAWN for days in lateness(scenario)}
    assert {2, 3, 4, 5} == {len(scenario.invoices) for scenario in DRAWN}
    assert {reason for scenario in DRAWN for reason in (credit.reason for credit in expect(scenario).credits)} == {
        "known late",
        "unknown across",
    }
    assert any(len(scenario.prices) > 1 for scenario in DRAWN)
    assert any(reading.quantity is None for scenario in DRAWN for reading in scenario.readings)
    assert any(0 in quantities(scenario)[1:-1] and quantities(scenario)[-1] for scenario in DRAWN)
    assert any(max(quantities(scenario)) > 150 for scenario in DRAWN)
    assert any(len({reading.day for reading in scenario.readings}) < len(scenario.readings) for scenario in DRAWN)
    assert any(reading.day == date(2024, 2, 29) for scenario in DRAWN for reading in scenario.readings)
    assert any(scenario.start > scenario.readings[0].day for scenario in DRAWN)


def test_a_story_can_be_read() -> None:
    readings = read(("04-01", "04-03", 10), ("04-05", "04-05", 12), ("04-06", "05-01", None), ("05-02", "05-02", 9))
    scenario = tell(readings, ("04", "05-01"), ends=date(2026, 9, 1))
    assert describe(scenario).splitlines() == [
        "arrears, periods from day 1, price 20.00 from 2020-01-01, bills from 2020-01-01 to before 2026-09-01",
        "proration on, credits off",
        "2026-04-01 to 2026-04-03  10 seats",
        "2026-04-05  12 seats",
        "2026-04-06 to 2026-05-01  unknown",
        "2026-05-01  INVOICE of 2026-04-01 to 2026-04-30",
        "2026-05-02  9 seats",
    ]
    assert explain(expect(scenario).invoices[0]).splitlines() == [
        "invoice of 2026-04-01, made 2026-05-01: 234.67",
        "  10 seats, since 2026-04-01: 20.00 x 30/30 (2026-04-01 to 2026-04-30) = 200.00",
        "  2 seats, since 2026-04-05: 20.00 x 26/30 (2026-04-05 to 2026-04-30) = 34.67",
    ]


def test_a_failure_is_shrunk_to_what_it_needs() -> None:
    """What fails here is any invoice with a catch-up: that takes one reading, and nothing after that invoice."""

    def fails(scenario: Scenario) -> bool:
        return any(len(line.spans) > 1 for invoice in expect(scenario).invoices for line in invoice.lines)

    long = next(scenario for scenario in DRAWN if fails(scenario) and len(scenario.invoices) > 3)
    short = shrink(long, fails)
    assert fails(short)
    assert len(short.readings) == 1
    assert short.invoices[-1].seen == 1
    assert all(invoice.seen == 0 for invoice in short.invoices[:-1])


@pytest.mark.parametrize(
    ("scenario", "sentence"),
    [
        (
            tell(read(("04-01", "04-30", 10), ("05-01", "05-20", None)), ("04", "05-01"), ("05", "06-01")),
            "Nothing is read in the 5 days after the invoice made on 2026-05-01.",
        ),
        (
            tell(read(("04-10", "05-10", 10)), ("04", "04-01"), mode="advance", start=make_date("04-20")),
            "The bill shall start on 2026-04-20, in a period that was invoiced on 2026-04-01 already.",
        ),
        (
            tell(read(("04-01", "04-09", 10), ("04-10", "04-11", 8), ("04-11", "05-10", 9)), ("04", "05-01")),
            "The second reading of 2026-04-11 changes what the first one confirms.",
        ),
        (
            tell(read(("04-01", "04-30", 12), ("04-30", "04-30", 10), ("05-02", "05-10", 10)), ("04", "05-01")),
            "An invoice is made on 2026-05-01, before 2026-04-30's seats are seen to stay away.",
        ),
    ],
)
def test_what_the_rules_do_not_decide_is_said(scenario: Scenario, sentence: str) -> None:
    assert judge_scope(scenario) == (sentence,)


def test_an_invoice_between_two_readings_of_a_day_is_said() -> None:
    scenario = tell(read(("04-01", "05-01", 10), ("05-01", "05-05", 12)), ("04", "05-01"))
    (april,) = scenario.invoices
    between = replace(scenario, invoices=(replace(april, seen=april.seen - 1),))
    assert between.readings[april.seen - 1].day == april.made == make_date("04-30") + timedelta(days=1)
    assert judge_scope(between) == ("The invoice made on 2026-05-01 stands between two readings of its day.",)
