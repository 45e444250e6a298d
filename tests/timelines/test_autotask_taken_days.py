"""Days on Autotask that had their one adjustment, ours or a person's: amounts at 20.00 a seat (billing rules, 7).

April is posted on 1 April and May on 1 May, in advance.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.operations import operation_names
from local.simulators.faults import FaultBoard
from plans.adoption import Adopter, adopt
from plans.agreements import Agreement
from plans.changes import HoldRule
from plans.journal import Adoption, HistoryEntry
from profiles.billing import Mapping
from tests.oracle.facts import Price
from tests.timelines.autotask_nights import Nights
from tests.timelines.test_autotask_moves import Decide, follow, move, open_contract
from tests.timelines.world import AGREEMENT, CONNECTION, CUSTOMER, PRODUCT

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
TWENTY = Price(date(2020, 1, 1), Decimal(20))
DEARER = (TWENTY, Price(MAY, Decimal(25)))


def follow_here(mapping: Mapping) -> tuple[Mapping, ...]:
    return (replace(mapping, is_ended=True), replace(mapping, id="after", follows=(mapping.id,)))


@pytest.mark.parametrize("decide", [move, follow, follow_here])
@pytest.mark.parametrize(
    ("prices", "seats", "monthly"), [((TWENTY,), 8, 160.0), (DEARER, 10, 250.0)], ids=["fewer seats", "another price"]
)
def test_what_moves_after_the_next_period_was_written_begins_a_period_later(
    decide: Decide, prices: tuple[Price, ...], seats: int, monthly: float
) -> None:
    """10 seats become 8, or 25.00 each, from 1 May, which is written on 28 April; on the 29th the licence is mapped to
    another contract, or anew. 1 May had its adjustment, so that the old service ends on 31 May. It billed May beside
    the new one, 160.00 or 250.00 twice, and nobody was asked."""
    nights = Nights("advance", MARCH, prices)
    open_contract(nights.world)
    nights.live_on(date(2026, 4, 9), 10)
    nights.live_on(date(2026, 4, 28), seats)
    (mapping,) = nights.world.disk.mappings[CUSTOMER]
    nights.world.disk.mappings[CUSTOMER] = decide(mapping)
    nights.live_on(JUNE, seats)
    assert nights.posted[2:] == [("2026-05-01", seats, monthly), ("2026-06-01", seats, monthly)]
    assert nights.world.proposals == ()


class Edited(Nights):
    """Nights on which a person changes the licence's units in Autotask, and accepts them as they are."""

    def edit(self, day: date, units: int) -> None:
        (service,) = [row for row in self.records.all("ContractServices") if row["serviceID"] == PRODUCT]
        change = {"contractServiceID": service["id"], "effectiveDate": day.isoformat(), "unitChange": units}
        Contracts(self.records, FaultBoard(FAULT_NAMES, operation_names())).adjust(change, "A person", AGREEMENT)

    def accept(self) -> None:
        asyncio.run(self._accept())

    async def _accept(self) -> None:
        outside = self.world.outside
        desk = await outside.books.read_desk(CUSTOMER)
        (agreement,) = await outside.connections[CONNECTION].read_agreements([str(AGREEMENT)])
        assert desk is not None
        assert isinstance(agreement, Agreement)
        (mapping,) = desk.mappings
        adoption = adopt(desk.journals[mapping.id], agreement, (), Adopter("Ada", self.day, "It is right."))
        assert isinstance(adoption, Adoption), adoption
        told = HistoryEntry(self.world.now(), mapping.id, adoption.sequence, "", "Accepted.")
        assert await outside.books.adopt(CUSTOMER, adoption, told)


def test_units_that_a_person_took_away_on_posted_days_and_accepted_are_billed_again() -> None:
    """3 of 10 are taken away from 21 April, which is posted, and accepted before the next night: 3 x 20.00 x 10/30 =
    20.00 less. The seats are still there, so that once a person approves it they are billed from the 22nd on, 18.00.
    Days of a posted period counted as billed as before: the 18.00 never came back, nobody was told, and May's seats
    began on 2 May."""
    nights = Edited("advance", MARCH)
    nights.live_on(date(2026, 4, 20), 10)
    nights.edit(date(2026, 4, 21), -3)
    nights.accept()
    nights.live_on(date(2026, 4, 21), 10)
    assert [hold.line.rule for hold in nights.world.disk.holds.values()] == [HoldRule.FIRST_AFTER_ADOPTION]
    nights.world.approved_rules |= {HoldRule.FIRST_AFTER_ADOPTION}
    nights.live_on(MAY, 10)
    assert nights.posted[2:] == [("2026-04-21", -3, -20.0), ("2026-04-22", 3, 18.0), ("2026-05-01", 10, 200.0)]


def test_units_that_a_person_added_on_posted_days_and_accepted_are_proposed_as_a_credit() -> None:
    """3 more than the 10 that are there, from 21 April: 20.00 are proposed, and were never told."""
    nights = Edited("advance", MARCH)
    nights.live_on(date(2026, 4, 20), 10)
    nights.edit(date(2026, 4, 21), 3)
    nights.accept()
    nights.live_on(date(2026, 4, 22), 10)
    (proposed,) = [each.proposal for each in nights.world.proposals]
    assert (proposed.start, proposed.last, proposed.seats) == (date(2026, 4, 21), date(2026, 4, 30), 3)
    assert proposed.amount == Decimal("20.00")
