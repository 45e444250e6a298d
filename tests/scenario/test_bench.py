"""`make bench` at its smallest: every promise is really measured. How fast anything is says nothing here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.__main__ import MEASURES, main, measure_all
from bench.figures import SIZES, Figure, Size, make_table
from bench.p1_calls import allow_autotask, compare_autotask, cut_contracts

SMALL = SIZES["small"]
pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def figures() -> list[Figure]:
    """Everything that is measured, once."""
    return measure_all(list(MEASURES), SMALL)


def test_every_promise_is_measured(figures: list[Figure]) -> None:
    assert [each.number for each in figures] == sorted(each.number for each in figures)
    assert {each.number for each in figures} == set(MEASURES)
    assert all(each.measured and each.goal and each.limit for each in figures)


def test_what_was_counted_was_really_asked(figures: list[Figure]) -> None:
    """Calls and requests are whole things that somebody else counted: the stand-ins, and the storage SDK."""
    microsoft, connectwise, *_ = (
        float(each.measured) for each in figures if each.number == "P1" and "." in each.measured
    )
    assert 3 <= microsoft <= 3 + 6 / SMALL.customers
    assert 1 < connectwise <= 1 + 4 / SMALL.customers
    (storage,) = (float(each.measured) for each in figures if each.number == "P9")
    assert 5 <= storage < 60


def test_autotask_is_asked_by_lists_of_contracts_and_never_by_customers() -> None:
    """Four hundred contracts take a second look at the hourly counter: no more calls for a customer, only for pages."""
    few = cut_contracts(200)
    assert allow_autotask(few, 80) == allow_autotask(few, 14) == 8
    assert sum(len(piece) for piece in cut_contracts(2_000)) == 2_000
    assert allow_autotask([["1"] * 400], 153) == 9
    assert allow_autotask([["1"] * 401], 153) == 14, "a piece that one list does not take"
    figure = compare_autotask(replace(SMALL, few_customers=200, customers=400))
    assert (figure.measured, figure.is_met) == ("8 for 200 contracts and 9 for 400 contracts", True)


def test_what_depends_on_the_machine_is_no_verdict_at_this_size(figures: list[Figure]) -> None:
    timed = [each for each in figures if each.number in ("P3", "P5", "P6", "P7")]
    assert {each.verdict for each in timed} == {"–"}
    assert f"| {figures[0].number} " in make_table(figures)


def test_goals_are_judged_at_full_size() -> None:
    good, bad = Figure("P7", "planning", "0.9 s", "< 1 s", True), Figure("P7", "planning", "1.1 s", "< 1 s", False)
    assert (good.verdict, bad.verdict) == ("ok", "short")


def test_a_promise_that_nobody_measures_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "P77"]) == 2
    assert "P77 is no promise that is measured here" in capsys.readouterr().err


def test_sizes_differ_in_size_only() -> None:
    full: Size = SIZES["full"]
    assert full.is_full
    assert not SMALL.is_full
