"""Which fall a rise of another licence belongs to, and what a night reads of the PSA for a line that moved."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from plans.controls import Controls
from plans.counts import Count
from plans.journal import LineJournal
from plans.ports import Desk, Outside
from profiles.billing import Customer
from profiles.exclusions import LicenceExclusion
from profiles.licences import Snapshot, Term
from profiles.parts import Part
from sync.planning import name_agreements
from sync.rises import find_fall, find_unmapped_rise
from tests.unit.plans.agreements import HOME, Psa
from tests.unit.plans.nights import SPB, april, in_arrears, may
from tests.unit.profiles.test_parts import ALSO_LISTED, ALSO_SOLD, FIRST, LISTED, MAPPED, SECOND, SKU, SOLD, read


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


@dataclass
class Nights:
    """The reading before the fall."""

    before: Snapshot | None

    async def find_snapshot_before(self, *_: object) -> Snapshot | None:
        return self.before


NO_CONTROLS = Controls()


def find(before: Snapshot | None, now: Snapshot, *parts: Part, controls: Controls = NO_CONTROLS) -> str | None:
    """What rose unmapped since a line of a licence fell that is billed in these parts."""
    mappings = tuple(replace(MAPPED, id=f"m-{number}", part=part) for number, part in enumerate(parts))
    desk = Desk(Customer("c", "Contoso", "t", "cw", "250"), mappings, {}, (), {})
    outside = cast(Outside, SimpleNamespace(archive=Nights(before)))
    return asyncio.run(find_unmapped_rise(outside, controls, desk, count_each(10, 8), now))


@pytest.mark.parametrize("partner", [True, False], ids=["Partner Center", "directory"])
def test_a_subscription_that_rose_and_that_nobody_mapped_is_named(partner: bool) -> None:
    """Of a licence that is billed by subscription; one that is billed in one line has no part to map."""

    def tenant(one: int, other: int) -> Snapshot:
        rows = (replace(SOLD, seats=one), replace(ALSO_SOLD, seats=other))
        listed = (replace(LISTED, seats=one), replace(ALSO_LISTED, seats=other))
        return read(*(rows if partner else listed))

    before, now = tenant(10, 0), tenant(0, 10)
    said = "SPB subscription 9f8e7d6c" + (" (annual, renews 30 Apr 2027)" if partner else "")
    assert find(before, now, FIRST) == said
    assert find(None, now, FIRST) is None and find(now, now, FIRST) is None
    assert find(before, now, FIRST, SECOND) is None and find(before, now, None) is None
    assert find(before, now, FIRST, controls=Controls(exclusions=(LicenceExclusion(SKU),))) is None
    assert find(read(sku_id="other", has_partner=partner), now, FIRST) == said


def test_a_term_that_rose_and_that_nobody_mapped_is_named() -> None:
    by_month = replace(ALSO_SOLD, term=Term.MONTHLY)
    assert find(read(SOLD), read(by_month), Term.ANNUAL) == "SPB bought with a monthly term"
    assert find(read(SOLD), read(by_month), Term.ANNUAL, Term.MONTHLY) is None


def test_a_licence_that_rose_and_that_nobody_mapped_is_named() -> None:
    bare = replace(read(LISTED), licences=())
    assert find(bare, read(LISTED, LISTED)) is not None
    more = replace(read(LISTED), licences=(replace(read(LISTED).licences[0], enabled_seats=15),))
    assert find(read(LISTED), more) == "SPB" and find(more, read(LISTED)) is None


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
