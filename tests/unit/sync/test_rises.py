"""Which fall a rise of another licence belongs to, and what a night reads of the PSA for a line that moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from plans.counts import Count
from plans.journal import LineJournal
from sync.planning import name_agreements
from sync.rises import find_fall
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import SPB, april, in_arrears, may


def count_each(*quantities: int) -> LineJournal:
    """One reading a day from 1 April, each of its own raw count."""
    days = enumerate(quantities, start=1)
    return LineJournal("m", counts=tuple(Count(april(day), each, april(day), None, day) for day, each in days))


@pytest.mark.parametrize(
    ("quantities", "fell_on"),
    [
        pytest.param((), None, id="never read"),
        pytest.param((10,), None, id="read once"),
        pytest.param((10, 12), None, id="rose"),
        pytest.param((10, 8), 2, id="fell"),
        pytest.param((10, 8, 7), 2, id="fell twice: the first step came with the rise"),
        pytest.param((10, 8, 8, 7), 2, id="fell, stayed, fell"),
        pytest.param((8, 10, 7), 3, id="rose, then fell"),
        pytest.param((10, 8, 9), None, id="fell, then rose"),
        pytest.param((10, 10), None, id="only the raw count moved"),
    ],
)
def test_a_line_fell_with_the_first_of_its_last_falls(quantities: tuple[int, ...], fell_on: int | None) -> None:
    assert find_fall(count_each(*quantities)) == (None if fell_on is None else april(fell_on))


def test_an_agreement_that_a_line_left_is_read_for_late_news() -> None:
    """Moved on 16 April, ending on the 30th: without it the line would be parked for an agreement that is there."""
    world = in_arrears()
    world.psas["13"] = Psa(id="13")
    world.change(agreement_id="13")
    world.night(april(16), 10)
    mapping, journal = world.mappings[SPB], world.journals[SPB]
    last = april(30) + timedelta(days=150)
    for day in (april(17), april(30), may(1), last):
        assert name_agreements(mapping, journal, day) == {HOME, "13"}
    assert name_agreements(mapping, journal, last + timedelta(days=1)) == {"13"}


def test_an_agreement_that_a_promise_was_sent_to_is_read() -> None:
    world = in_arrears()
    world.read(april(2), {SPB: 12})
    line = world.plan(april(2))[SPB]
    world.promise(line, line.changes[0], april(2))
    moved = replace(world.mappings[SPB], agreement_id="13")
    assert name_agreements(moved, world.journals[SPB], date(2026, 4, 2)) == {HOME, "13"}
