"""A contract that ends and the one that renews it: every month is posted once, and nobody has to look twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from local.simulators.autotask.contracts import Contracts
from local.simulators.autotask.mishaps import FAULT_NAMES
from local.simulators.autotask.operations import operation_names
from local.simulators.faults import FaultBoard
from plans.adoption import Adopter
from plans.changes import HoldRule
from plans.journal import Adoption, HistoryEntry
from tests.oracle.facts import ONE_DAY
from tests.timelines.autotask_nights import Mode, Nights, through
from tests.timelines.world import CUSTOMER, PRODUCT
from web.actions.adopting import Found, find_additions, plan_adoption

RENEWAL = 1301
START, LAST_DAY, RENEWED_ON = date(2026, 4, 1), date(2026, 5, 31), date(2026, 6, 1)


def month_end(day: date) -> date:
    """The last day of the month."""
    return (day.replace(day=28) + 4 * ONE_DAY).replace(day=1) - ONE_DAY


class Renewed(Nights):
    """The contract of April and May, and the renewal from June on, which begins with `carried` units."""

    def __init__(self, mode: Mode, carried: int) -> None:
        super().__init__(mode, START, endDate=f"{LAST_DAY}T00:00:00Z", renewedContractID=RENEWAL)
        self.world.may_park = True
        self.world.approved_rules = frozenset({HoldRule.FIRST_AFTER_ADOPTION})
        renewed = {"id": RENEWAL, "startDate": f"{RENEWED_ON}T00:00:00Z", "endDate": "2027-05-31T00:00:00Z"}
        self.records.all("Contracts").append({**self.contract, **renewed, "renewedContractID": None})
        if carried:
            contracts = Contracts(self.records, FaultBoard(FAULT_NAMES, operation_names()))
            made = contracts.add_service({"serviceID": PRODUCT}, RENEWAL)
            change = {
                "contractServiceID": made["id"],
                "effectiveDate": f"{RENEWED_ON}T00:00:00Z",
                "unitChange": carried,
            }
            contracts.adjust(change, "x", 7)

    def map_to_renewal(self) -> None:
        (mapping,) = self.world.disk.mappings[CUSTOMER]
        self.world.disk.mappings[CUSTOMER] = (replace(mapping, agreement_id=str(RENEWAL)),)

    def adopt(self, day: date) -> None:
        """A person ticks what the page offers."""
        asyncio.run(self._adopt(day))
        self.world.troubles.clear()
        self.world.disk.holds.clear()

    async def _adopt(self, day: date) -> None:
        outside = self.world.outside
        desk = await outside.books.read_desk(CUSTOMER)
        assert desk is not None
        (mapping,) = desk.mappings
        found = await find_additions(outside, desk, mapping)
        assert isinstance(found, Found)
        planned = plan_adoption(found, found.takeable, Adopter("Ada", day, "the renewal"))
        assert isinstance(planned, Adoption), planned
        told = HistoryEntry(self.world.now(), mapping.id, planned.sequence, day.isoformat(), "Adopted.")
        assert await outside.books.adopt(CUSTOMER, planned, told)


@pytest.mark.parametrize("adopted_on", [date(2026, 6, 3), date(2026, 9, 3)])
@pytest.mark.parametrize("mode", ["advance", "arrears"])
def test_a_renewal_that_carries_the_units_over_is_adopted_and_goes_on(mode: Mode, adopted_on: date) -> None:
    """10 seats at 20.00, and 12 from the 10th of the month of the adoption: 200.00 a month, 28.00 and then 240.00.

    Without the adoption, which was refused for ever, "10 → 20" was all that could be approved: 400.00 a month.
    """
    story = Renewed(mode, carried=10)
    story.live(through(START, date(2026, 5, 4)), 10)
    story.map_to_renewal()
    story.live(through(date(2026, 5, 5), adopted_on), 10)
    story.adopt(adopted_on)
    rose_on = adopted_on.replace(day=10)
    story.live(through(adopted_on + ONE_DAY, rose_on - ONE_DAY), 10)
    end = month_end(month_end(adopted_on) + ONE_DAY) + ONE_DAY
    story.live(through(rose_on, end), 12)
    assert story.world.troubles == []
    months = [each for each in through(START, end) if each.day == 1][: None if mode == "advance" else -1]
    expected = {
        (each.isoformat(), 10 if each <= adopted_on else 12, 200.0 if each <= adopted_on else 240.0) for each in months
    }
    assert sorted(story.posted) == sorted({*expected, (rose_on.isoformat(), 2, 28.0)})


def test_a_renewal_that_begins_empty_is_filled_and_never_parked() -> None:
    """10 seats, 15 from 10 September: three periods after its end the old contract's rows are read no more, and the
    line was parked as "changed in the PSA"; 5 seats, 70.00 and then 100.00 a month, were never billed."""
    story = Renewed("advance", carried=0)
    story.live(through(START, date(2026, 5, 4)), 10)
    story.map_to_renewal()
    story.live(through(date(2026, 5, 5), date(2026, 9, 9)), 10)
    story.live(through(date(2026, 9, 10), date(2026, 10, 1)), 15)
    assert story.world.troubles == []
    assert story.world.proposals == ()
    months = [(f"2026-{month:02}-01", 10, 200.0) for month in range(4, 10)]
    assert sorted(story.posted) == sorted([*months, ("2026-09-10", 5, 70.0), ("2026-10-01", 15, 300.0)])
