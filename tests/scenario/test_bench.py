"""`make bench` at its smallest: every promise is really measured. How fast anything is says nothing here."""

from __future__ import annotations

import pytest

from bench.__main__ import MEASURES, main, measure_all
from bench.figures import SIZES, Figure, Size, make_table
from bench.p1_calls import PARTLY_FULL, Asked, count_autotask, count_least, cut_contracts, keeps_the_law, sort_calls

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


@pytest.mark.parametrize(
    ("contracts", "services", "asked"),
    [
        # 500 services and 8,500 rows of units: every last page but that of contracts is full.
        (50, 10, Asked(pages=20, counts=2, looks=1, once=2)),
        (200, 10, Asked(pages=74, counts=3, looks=1, once=2)),
        (2000, 1, Asked(pages=82, counts=0, looks=1, once=2)),
    ],
)
def test_autotask_is_asked_for_pages_of_rows_and_for_nothing_by_customers(
    contracts: int, services: int, asked: Asked
) -> None:
    assert count_autotask(contracts, services) == asked
    assert keeps_the_law(asked, contracts, services)
    assert asked.pages - count_least(contracts, services) <= PARTLY_FULL * len(cut_contracts(contracts))


def test_a_call_for_a_customer_breaks_the_law() -> None:
    """2,000 contracts of ten services each fill 725 pages; every contract has rows of its own."""
    assert count_least(2000, 10) == 725
    assert keeps_the_law(Asked(pages=733, counts=3, looks=8, once=2), 2000, 10)
    assert not keeps_the_law(Asked(pages=733 + 2000, counts=3, looks=8, once=2), 2000, 10)
    assert not keeps_the_law(Asked(pages=733, counts=3, looks=8, once=2000), 2000, 10)
    with pytest.raises(ValueError, match="Companies"):
        sort_calls({"GET /V1.0/Companies/{id}": 1})


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
