"""Some walks over Autotask's contracts in every test run, and that they would notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from plans.journal import Ending
from plans.translation import LineTask
from profiles.periods import Grid
from psa.autotask.site import Site, find_site
from tests.unit.psa.autotask.contracts import Contract
from tests.walks.autotask import Autotask, read_by_hand
from tests.walks.bounds import Ahead, Beat, Read
from tests.walks.people import ORDERLY, UNRULY, Manners
from tests.walks.walking import walk


@pytest.mark.parametrize("manners", [ORDERLY, UNRULY], ids=["orderly", "unruly"])
@pytest.mark.parametrize("seed", range(10))
def test_no_day_bills_what_was_never_there_and_none_is_lost(seed: int, manners: Manners) -> None:
    walked = walk(seed, manners, Autotask)
    assert not walked.problems, "\n".join([*walked.problems, *walked.told])


@pytest.mark.parametrize("more", [-1, 1])
def test_an_adjustment_of_other_units_is_noticed(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """Were a unit more or fewer adjusted than is believed, some walk of five says so."""
    adjust = Contract.adjust

    def slip(contract: Contract, number: int, day: date, units: int, today: date) -> Ending:
        is_mine = bool(contract.services[number].key) and units > 1
        return adjust(contract, number, day, units + more if is_mine else units, today)

    monkeypatch.setattr(Contract, "adjust", slip)
    assert any(walk(seed, ORDERLY, Autotask).problems for seed in range(5))


def test_a_second_adjustment_of_a_day_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it forgotten which days had their one adjustment, the walk says so."""

    def forget(task: LineTask, grid: Grid, lead_nights: int) -> Site:
        return replace(find_site(task, grid, lead_nights), taken=frozenset())

    monkeypatch.setattr("psa.autotask.translate.find_site", forget)
    assert any("day_taken" in each for each in walk(3, ORDERLY, Autotask).problems)


def test_a_day_that_could_not_be_changed_any_more_bills_what_was_there_by_then() -> None:
    """1 May was adjusted on 28 April, when 10 were there: 12 from the 29th on are billed on 2 May at the latest."""
    may = date(2026, 5, 1)
    read = Read({date(2026, 4, 28): 10, date(2026, 4, 29): 12}, ahead={may: Ahead(date(2026, 4, 28))})
    assert [read.find_least(day) for day in (date(2026, 4, 30), may, date(2026, 5, 2))] == [12, 10, 12]
    assert replace(read, told={date(2026, 5, 2): 2}).find_least(date(2026, 5, 2)) == 10
    assert replace(read, ahead={may: Ahead(date(2026, 4, 28), 3)}).find_least(may) == 7


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("3 more Office 365 E3 for 24 Nov 2026 are not billed: they would have to end", {24: 3}),
        ("3 more Office 365 E3 for 24 Nov 2026 through 25 Nov 2026 are not billed: they", {24: 3, 25: 3}),
        ("1 more spb from 24 Nov 2026 through 25 Nov 2026 are not billed: these days are posted", {24: 1, 25: 1}),
        ("spb becomes 3 from 24 Nov 2026; this is written on 21 Nov 2026, with whatever else", {}),
    ],
)
def test_what_a_person_is_told_to_bill_by_hand_is_read_from_the_sentence(sentence: str, days: dict[int, int]) -> None:
    assert read_by_hand(sentence) == {date(2026, 11, day): seats for day, seats in days.items()}


@pytest.mark.parametrize(
    ("beat", "day", "start"),
    [
        (Beat(5, 1, 6, date(2026, 6, 5)), date(2026, 7, 4), date(2026, 6, 5)),
        (Beat(30, 3, 4, date(2026, 4, 30)), date(2026, 8, 1), date(2026, 7, 30)),
        (Beat(5, 1, 6, date(2026, 6, 5)), date(2026, 5, 1), date(2026, 6, 5)),
    ],
)
def test_a_renewal_has_its_own_periods(beat: Beat, day: date, start: date) -> None:
    assert beat.find_start(day) == start
