"""Contracts that are renewed in Autotask, and nobody does anything here: the lines go on where the units went."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from local.simulators.autotask.contract_periods import read_day
from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.operations import operation_names
from local.simulators.faults import FaultBoard
from plans.changes import HoldRule
from plans.ledger import derive_billed
from tests.mapping_memory import MemoryMappingDesk
from tests.oracle.facts import ONE_DAY
from tests.timelines.autotask import Habits
from tests.timelines.autotask_nights import Mode, Nights, through
from tests.timelines.reader import SKU
from tests.timelines.world import AGREEMENT, CUSTOMER, PRODUCT

START, LAST_DAY, RENEWED_ON = date(2026, 4, 1), date(2026, 5, 31), date(2026, 6, 1)
EVERY_WAY = [(mode, keeps_text) for mode in ("advance", "arrears") for keeps_text in (True, False)]


class Renewing(Nights):
    """The contract of April and May, which somebody may renew; `FIRST_AFTER_ADOPTION` is approved where it is said."""

    def __init__(self, mode: Mode, *, approves: bool = False, **members: Any) -> None:
        super().__init__(mode, START, endDate=f"{LAST_DAY}T00:00:00Z", **members)
        self.desk = MemoryMappingDesk(self.world.disk)
        self.world.outside = replace(self.world.outside, mapping_desk=self.desk)
        if approves:
            self.world.approved_rules = frozenset({HoldRule.TO_ZERO, HoldRule.FIRST_AFTER_ADOPTION})

    @property
    def contracts(self) -> Contracts:
        return Contracts(self.records, FaultBoard(FAULT_NAMES, operation_names()))

    def renew(self, number: int = AGREEMENT, last: date = date(2027, 5, 31), *, keeps_text: bool = True) -> int:
        """Somebody renews a contract; the number of the new one."""
        return int(self.contracts.renew(number, last, keeps_text=keeps_text)["id"])

    def remove_service(self, number: int) -> None:
        """Somebody takes the licence's service off a contract."""
        for entity in ("ContractServices", "ContractServiceAdjustments", "ContractServiceUnits"):
            rows = self.records.all(entity)
            rows[:] = [row for row in rows if (row["contractID"], row["serviceID"]) != (number, PRODUCT)]

    def last_day_of(self, number: int) -> date:
        contract = self.records.find("Contracts", number)
        assert contract is not None
        return read_day(contract["endDate"])

    @property
    def mapped_to(self) -> str:
        return self.world.disk.mappings[CUSTOMER][0].agreement_id

    def adjusted_on(self, number: int) -> list[tuple[str, int]]:
        """The adjustments of the licence on a contract, its beginning among them."""
        rows = self.records.all("ContractServiceAdjustments")
        own = [row for row in rows if row["contractID"] == number and row["serviceID"] == PRODUCT]
        return [(row["effectiveDate"][:10], row["unitChange"]) for row in own]


def month(number: int, units: int, year: int = 2026) -> tuple[str, int, float]:
    """A whole month at 20.00."""
    return f"{year}-{number:02}-01", units, 20.0 * units


def posted_of(story: Nights, upto: int) -> Sequence[tuple[str, int, float]]:
    """What was posted for the months before that one, whenever it was."""
    return sorted(each for each in story.posted if each[0] < f"2026-{upto:02}-01")


@pytest.mark.parametrize(("mode", "keeps_text"), EVERY_WAY)
def test_with_equal_counts_nothing_is_written(mode: Mode, keeps_text: bool) -> None:
    """10 seats before and after: 200.00 a month, and the renewal has its first units alone. 12 from 10 July go without
    a question: 2 × 20.00 × 22/31 = 28.39 for July, 240.00 for August."""
    story = Renewing(mode)
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=keeps_text)
    story.live_on(date(2026, 7, 9), 10)
    assert story.mapped_to == str(renewal)
    assert story.adjusted_on(renewal) == [("2026-06-01", 10)]
    story.live_on(date(2026, 9, 1), 12)
    assert story.world.troubles == []
    assert story.world.proposals == ()
    assert story.adjusted_on(renewal) == [("2026-06-01", 10), ("2026-07-10", 2)]
    expected = [month(4, 10), month(5, 10), month(6, 10), month(7, 10), ("2026-07-10", 2, 28.39), month(8, 12)]
    assert posted_of(story, 9) == sorted(expected)


@pytest.mark.parametrize(("mode", "keeps_text"), EVERY_WAY)
def test_a_rise_of_the_last_month_is_asked_about_once(mode: Mode, keeps_text: bool) -> None:
    """Renewed with 10 on 20 May, 12 from the 21st: 2 × 20.00 × 11/31 = 14.19 on the old contract. The renewal begins
    with 10 where 12 were billed: +2 from 1 June is held, approved, and June costs 240.00. The next rise, 13 from
    10 June, 20.00 × 21/30 = 14.00, is no first one any more."""
    story = Renewing(mode, approves=True)
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=keeps_text)
    story.live_on(date(2026, 5, 31), 12)
    assert story.adjusted_on(AGREEMENT) == [("2026-04-01", 10), ("2026-05-21", 2)]
    story.live_on(date(2026, 6, 9), 12)
    story.world.approved_rules = frozenset({HoldRule.TO_ZERO})
    story.live_on(date(2026, 8, 1), 13)
    assert story.world.troubles == []
    assert story.adjusted_on(renewal) == [("2026-06-01", 10), ("2026-06-01", 2), ("2026-06-10", 1)]
    expected = [month(4, 10), month(5, 10), ("2026-05-21", 2, 14.19), month(6, 12), ("2026-06-10", 1, 14.0)]
    assert posted_of(story, 7) == sorted(expected)


@pytest.mark.parametrize(("mode", "keeps_text"), EVERY_WAY)
def test_a_decrease_that_waits_is_written_on_the_renewals_first_day(mode: Mode, keeps_text: bool) -> None:
    """10 → 8 on 20 May is owed to the end of May and cannot be dated on 1 June in a contract that ends on 31 May. The
    renewal begins with 10: −2 from 1 June, in the night of 1 June. May 200.00, June 160.00."""
    story = Renewing(mode)
    story.live_on(date(2026, 5, 19), 10)
    renewal = story.renew(keeps_text=keeps_text)
    story.live_on(date(2026, 7, 1), 8)
    assert story.world.troubles == []
    assert story.adjusted_on(renewal) == [("2026-06-01", 10), ("2026-06-01", -2)]
    assert posted_of(story, 7) == [month(4, 10), month(5, 10), month(6, 8)]
    assert story.world.proposals == ()


@pytest.mark.parametrize("keeps_text", [True, False])
def test_a_renewal_that_is_found_late_bills_from_the_day_after_the_end(keeps_text: bool) -> None:
    """Nobody renews before 9 June: parked until then. 12 from 5 June, 10 carried over from 1 June: 2 × 20.00 × 26/30 =
    34.67 for June, and 240.00 for July. The carried units are the last day's, so that nobody is asked."""
    story = Renewing("arrears")
    story.live_on(RENEWED_ON - ONE_DAY, 10)
    story.world.may_park = True
    story.live_on(date(2026, 6, 4), 10)
    story.live_on(date(2026, 6, 9), 12)
    assert story.mapped_to == str(AGREEMENT)
    story.world.may_park = False
    renewal = story.renew(keeps_text=keeps_text)
    story.live_on(date(2026, 8, 1), 12)
    assert story.world.troubles == []
    assert story.adjusted_on(renewal) == [("2026-06-01", 10), ("2026-06-05", 2)]
    expected = [month(4, 10), month(5, 10), month(6, 10), ("2026-06-05", 2, 34.67), month(7, 12)]
    assert posted_of(story, 8) == sorted(expected)


@pytest.mark.parametrize("mode", ["advance", "arrears"])
def test_on_a_renewal_without_the_service_the_first_one_is_made(mode: Mode) -> None:
    """Somebody takes the service off the renewal before it begins: 10 from 1 June, made in that night, 200.00."""
    story = Renewing(mode)
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew()
    story.remove_service(renewal)
    story.live_on(date(2026, 8, 1), 10)
    assert story.world.troubles == []
    assert story.adjusted_on(renewal) == [("2026-06-01", 10)]
    assert posted_of(story, 8) == [month(each, 10) for each in (4, 5, 6, 7)]


@pytest.mark.parametrize(("mode", "keeps_text"), EVERY_WAY)
def test_a_renewal_of_a_renewal_is_followed_as_well(mode: Mode, keeps_text: bool) -> None:
    """Two months each: 10 through July, 12 from 10 July (2 × 20.00 × 22/31 = 28.39), and 12 on the third contract."""
    story = Renewing(mode)
    story.live_on(date(2026, 5, 20), 10)
    second = story.renew(last=date(2026, 7, 31), keeps_text=keeps_text)
    story.live_on(date(2026, 7, 9), 10)
    story.live_on(date(2026, 7, 20), 12)
    third = story.renew(second, keeps_text=keeps_text)
    story.live_on(date(2026, 9, 19), 12)
    story.live_on(date(2026, 10, 1), 11)
    assert story.world.troubles == []
    assert story.mapped_to == str(third)
    assert story.adjusted_on(third)[0] == ("2026-08-01", 12)
    expected = [month(each, 10) for each in (4, 5, 6, 7)] + [("2026-07-10", 2, 28.39), month(8, 12), month(9, 12)]
    assert posted_of(story, 10) == sorted(expected)


@pytest.mark.parametrize("keeps_text", [True, False])
def test_where_two_services_could_be_meant_a_person_decides(keeps_text: bool) -> None:
    """A person put one more service of the product on the renewal: without our key nobody can tell which is which."""
    story = Renewing("advance")
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=keeps_text)
    made = story.contracts.add_service({"serviceID": PRODUCT}, renewal)
    change = {"contractServiceID": made["id"], "effectiveDate": RENEWED_ON.isoformat(), "unitChange": 3}
    story.contracts.adjust(change, "x", 7)
    story.world.may_park = True
    story.live_on(RENEWED_ON, 10)
    if keeps_text:
        assert story.mapped_to == str(renewal)
        return
    assert story.mapped_to == str(AGREEMENT)
    (told,) = story.told
    assert "ended on 31 May 2026" in told
    assert "nobody can tell for certain which of the additions there carries Business Premium on: " in told
    assert f"Map the licence to agreement {renewal}, and adopt what bills it there." in told


def test_a_mapping_that_was_ended_as_the_contract_ended_is_asked_about() -> None:
    """Ended on 20 May: the end falls on 1 June, which the old contract has no more, and the renewal bills 10 on. It is
    followed, held as "Down to nothing", approved, and ends with the period that runs by then."""
    story = Renewing("advance", approves=True)
    story.live_on(date(2026, 5, 15), 10)
    renewal = story.renew()
    (mapping,) = story.world.disk.mappings[CUSTOMER]
    story.world.disk.mappings[CUSTOMER] = (replace(mapping, is_ended=True),)
    story.live(through(date(2026, 5, 16), date(2026, 8, 1)), 10)
    assert story.world.troubles == []
    assert sum(units for _, units in story.adjusted_on(renewal)) == 0


def test_years_without_a_change_are_followed_one_after_the_other() -> None:
    """Three contracts of two months and 10 seats: nothing is ever written after the first night, 200.00 a month."""
    story = Renewing("advance")
    number = AGREEMENT
    for last in (date(2026, 7, 31), date(2026, 9, 30), date(2026, 11, 30)):
        story.live_on(story.last_day_of(number) - 10 * ONE_DAY, 10)
        number = story.renew(number, last)
    story.live_on(date(2026, 11, 1), 10)
    assert story.world.troubles == []
    assert story.mapped_to == str(number)
    assert posted_of(story, 11) == [month(each, 10) for each in range(4, 11)]
    assert story.world.count_writes() == 2


class Quicker(MemoryMappingDesk):
    """Somebody else is always a moment quicker."""

    async def save_mappings(self, *_: object) -> bool:
        return False


def test_what_was_taken_over_and_not_mapped_is_mapped_by_the_next_night() -> None:
    """The run of 1 June dies between the two: parked that night, and 2 June maps, with what is kept; 10 all along."""
    story = Renewing("advance")
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew()
    story.live_on(LAST_DAY, 10)
    whole, story.world.may_park = story.world.outside, True
    story.world.outside = replace(whole, mapping_desk=Quicker(story.world.disk))
    story.live_on(RENEWED_ON, 10)
    assert (story.mapped_to, len(story.world.disk.adoptions)) == (str(AGREEMENT), 1)
    story.world.outside, story.world.may_park = whole, False
    story.live_on(date(2026, 7, 1), 10)
    assert story.world.troubles == []
    assert (story.mapped_to, len(story.world.disk.adoptions)) == (str(renewal), 1)
    assert story.adjusted_on(renewal) == [("2026-06-01", 10)]


def test_without_anything_to_keep_mappings_with_nothing_is_followed() -> None:
    story = Renewing("advance")
    story.world.outside = replace(story.world.outside, mapping_desk=None)
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew()
    story.world.may_park = True
    story.live_on(RENEWED_ON, 10)
    assert story.mapped_to == str(AGREEMENT)
    (told,) = story.told
    assert f"It is renewed by agreement {renewal}, where the licence goes on: the next run sees to it." in told


def test_where_autotask_refuses_the_first_day_a_decrease_waits_a_month_and_is_proposed_back() -> None:
    """−2 on 1 June is refused as that day's second adjustment: from 1 July on, and 2 × 20.00 for June as a credit."""
    story = Renewing("advance", habits=Habits(refusals=("duplicate_period",)))
    story.live_on(date(2026, 5, 19), 10)
    renewal = story.renew()
    story.live_on(RENEWED_ON, 8)
    assert story.adjusted_on(renewal) == [("2026-06-01", 10)]
    story.live_on(date(2026, 7, 1), 8)
    assert story.adjusted_on(renewal) == [("2026-06-01", 10), ("2026-07-01", -2)]
    assert posted_of(story, 8) == [month(4, 10), month(5, 10), month(6, 10), month(7, 8)]
    (proposed,) = story.world.proposals
    assert (proposed.proposal.seats, proposed.proposal.amount) == (2, Decimal("40.00"))


def test_a_mapping_that_was_moved_by_hand_takes_the_units_over_too() -> None:
    """A person maps the licence to the renewal on 25 May, as any other move: nothing is made beside what is there."""
    story = Renewing("advance")
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew()
    story.live_on(date(2026, 5, 24), 10)
    (mapping,) = story.world.disk.mappings[CUSTOMER]
    story.world.disk.mappings[CUSTOMER] = (replace(mapping, agreement_id=str(renewal)),)
    story.world.may_park = True
    story.live_on(LAST_DAY, 10)
    story.world.may_park = False
    story.world.troubles.clear()
    story.live_on(date(2026, 8, 1), 10)
    assert story.world.troubles == []
    assert story.adjusted_on(renewal) == [("2026-06-01", 10)]


def test_a_posting_that_is_taken_back_after_a_renewal_counts_no_seat_twice() -> None:
    """12 from 10 July, posted, and taken back on 12 July: 13 from the 13th are 13, and not with the old contract's 10
    as well, which its rows say for ever."""
    story = Renewing("advance")
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew()
    story.live_on(date(2026, 7, 9), 10)
    story.live_on(date(2026, 7, 12), 12)
    for row in story.records.all("ContractServices"):
        story.unpost(row["id"] if row["contractID"] == renewal else 0)
    story.live_on(date(2026, 7, 15), 13)
    assert story.world.troubles == []
    assert derive_billed(story.world.disk.ledger).final == 13
    assert story.world.disk.history[-1].sentence == "Business Premium: 12 → 13 from 13 Jul 2026, addition 9103."


def test_what_was_taken_over_tonight_is_no_stranger_to_another_line_tonight() -> None:
    """Another licence of the customer is billed by the same product, and mapped to the renewal before it begins: on
    1 June nobody is told that the units which the renewal carried over are no line's."""
    story = Renewing("advance")
    story.live_on(date(2026, 5, 20), 10)
    renewal = story.renew(keeps_text=False)
    story.live_on(LAST_DAY, 10)
    (mapping,) = story.world.disk.mappings[CUSTOMER]
    other = replace(mapping, id="another-spb", sku_id="another", licence_name="Another", agreement_id=str(renewal))
    story.world.disk.mappings[CUSTOMER] = (mapping, other)
    story.world.may_park = True
    asyncio.run(story.world.read_on(RENEWED_ON, {SKU: 10, "another": 3}))
    assert [said for said in story.told if "no line of Seatledger's" in said] == []


@pytest.mark.parametrize("keeps_text", [True, False])
def test_a_rise_of_the_last_days_that_was_posted_with_the_old_contract_is_owed_on_the_renewal(keeps_text: bool) -> None:
    """13 from 28 May, posted with May on 1 June; 11 from 3 June, six days after the rise: an increase that is invoiced
    is none that is taken back. June 260.00, and 220.00 from July on."""
    story = Renewing("arrears")
    story.live_on(date(2026, 5, 27), 10)
    story.live_on(date(2026, 5, 30), 13)
    renewal = story.renew(keeps_text=keeps_text)
    story.live_on(date(2026, 6, 2), 13)
    story.live_on(date(2026, 8, 1), 11)
    assert story.world.troubles == []
    assert story.adjusted_on(renewal) == [("2026-06-01", 13), ("2026-07-01", -2)]
    assert posted_of(story, 8)[-2:] == [month(6, 13), month(7, 11)]
