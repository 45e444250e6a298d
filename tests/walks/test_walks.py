"""Some walks in every test run, and that they would notice; `python -m tests.walks --count n` walks more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from plans.agreements import Addition
from plans.changes import Change, CreateAddition
from tests.unit.plans.agreements import Psa
from tests.unit.plans.nights import World
from tests.walks.bounds import Beat, Breach, Read, find_breaches
from tests.walks.people import ORDERLY, UNRULY, Manners
from tests.walks.walking import walk

MONTHLY = (Beat(1, 1),)
SPAN = (date(2026, 4, 1), date(2026, 4, 30))


@pytest.mark.parametrize("manners", [ORDERLY, UNRULY], ids=["orderly", "unruly"])
@pytest.mark.parametrize("seed", range(20))
def test_no_day_bills_what_was_never_there_and_none_is_lost(seed: int, manners: Manners) -> None:
    walked = walk(seed, manners)
    assert not walked.problems, "\n".join([*walked.problems, *walked.told])


@pytest.mark.parametrize("more", [-1, 1])
def test_an_addition_of_another_quantity_is_noticed(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """Were a seat more or fewer written than is believed, some walk of ten says so."""
    act = World.act

    def slip(world: World, psa: Psa, change: Change) -> Addition:
        made = act(world, psa, change)
        if isinstance(change, CreateAddition):
            psa.kept[-1].addition = replace(made, quantity=Decimal(max(0, change.quantity + more)))
        return made

    monkeypatch.setattr(World, "act", slip)
    assert any(walk(seed, ORDERLY).problems for seed in range(10))


def test_a_day_bills_at_most_the_most_of_its_period() -> None:
    """10, then 8 from the 10th: the 30th may bill 10, and the first of a day with 12 before it 12."""
    levels = {date(2026, 4, day): 10 if day < 10 else 8 for day in range(1, 31)}
    billed = dict.fromkeys(levels, 10)
    assert find_breaches(billed, Read(levels), MONTHLY, SPAN, is_lower_bound=True) == []
    billed[date(2026, 4, 30)] = 11
    found = find_breaches(billed, Read(levels), MONTHLY, SPAN, is_lower_bound=True)
    assert found == [Breach(date(2026, 4, 30), 11, 10)]
    assert str(found[0]) == "2026-04-30 bills 11, at most 10"


def test_a_day_bills_at_least_what_is_there() -> None:
    levels = {date(2026, 4, 1): 10}
    billed = {date(2026, 4, day): 10 for day in range(1, 30)}
    found = find_breaches(billed, Read(levels), MONTHLY, SPAN, is_lower_bound=True)
    assert [str(each) for each in found] == ["2026-04-30 bills 0, at least 10"]
    assert find_breaches(billed, Read(levels), MONTHLY, SPAN, is_lower_bound=False) == []


@pytest.mark.parametrize(
    ("beat", "day", "start"),
    [
        (Beat(1, 1), date(2026, 4, 30), date(2026, 4, 1)),
        (Beat(15, 1), date(2026, 4, 14), date(2026, 3, 15)),
        (Beat(31, 1), date(2026, 3, 1), date(2026, 2, 28)),
        (Beat(1, 3), date(2026, 3, 31), date(2026, 1, 1)),
        (Beat(15, 3), date(2026, 1, 3), date(2025, 10, 15)),
    ],
)
def test_a_period_begins_on_its_day(beat: Beat, day: date, start: date) -> None:
    assert beat.find_start(day) == start
