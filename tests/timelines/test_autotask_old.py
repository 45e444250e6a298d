"""Old services of an Autotask contract end as lines of their own: many at once, held, approved, and billed to the day
that was said (decision 20)."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import pytest

from plans.adoption import Adopter, adopt
from plans.agreements import Agreement
from plans.changes import HoldRule
from plans.journal import Adoption, HistoryEntry, LineJournal
from plans.old_additions import explain_not_endable, make_old_line
from tests.oracle.facts import ONE_DAY
from tests.timelines.autotask import BACKUP, BACKUP_SERVICE
from tests.timelines.autotask_nights import Mode, Nights
from tests.timelines.world import AGREEMENT, CONNECTION, CUSTOMER

MARCH, MAY, JUNE = date(2026, 3, 1), date(2026, 5, 1), date(2026, 6, 1)
ASKED_ON = date(2026, 4, 16)


class OldServices(Nights):
    """The backup, one unit at 65.00, and what a person put beside it."""

    def end(self, *numbers: int, ends_on: date | None = None) -> None:
        """A person asks that services end, on a day or with their running period."""
        psa = self.world.outside.connections[CONNECTION]
        (agreement,) = asyncio.run(psa.read_agreements([str(AGREEMENT)]))
        assert isinstance(agreement, Agreement)
        for number in numbers:
            (addition,) = [each for each in agreement.additions if each.id == str(number)]
            assert explain_not_endable(addition, agreement, False) == ""
            made = make_old_line(CUSTOMER, agreement.id, addition, f"Old {number}", ends_on)
            adoption = adopt(
                LineJournal(made.id), agreement, (addition,), Adopter("Ada", self.day, "from another tool")
            )
            assert isinstance(adoption, Adoption)
            told = HistoryEntry(datetime(2026, 4, 16, tzinfo=UTC), made.id, 0, "", "It is to end.")
            assert asyncio.run(self.world.outside.books.adopt(CUSTOMER, adoption, told))
            self.world.disk.mappings[CUSTOMER] = (*self.world.disk.mappings[CUSTOMER], made)

    def units_on(self, number: int, day: date) -> int:
        """What a service bills on a day, by its rows."""
        rows = [row for row in self.records.all("ContractServiceUnits") if row["contractServiceID"] == number]
        text = day.isoformat()
        return sum(row["units"] for row in rows if row["startDate"][:10] <= text <= row["endDate"][:10])

    def billed_since(self, number: int, first: date) -> list[tuple[str, float]]:
        """The items of a service that were posted for that day and later."""
        items = [row for row in self.records.all("BillingItems") if row["contractServiceID"] == number]
        return [
            (row["itemDate"][:10], row["totalAmount"]) for row in items if row["itemDate"][:10] >= first.isoformat()
        ]


@pytest.mark.parametrize(
    ("mode", "ends_on", "none_from", "items"),
    [
        ("advance", None, MAY, []),
        ("advance", date(2026, 4, 30), MAY, []),
        # April is posted, and what is posted stays.
        ("advance", date(2026, 4, 20), MAY, []),
        ("advance", date(2026, 5, 31), JUNE, [("2026-05-01", 65.0)]),
        ("arrears", None, MAY, []),
        # 65.00 x 10/30 of April are not billed.
        ("arrears", date(2026, 4, 20), date(2026, 4, 21), [("2026-04-21", -21.67)]),
    ],
)
def test_many_old_services_end_once_a_person_agrees(
    mode: Mode, ends_on: date | None, none_from: date, items: list[tuple[str, float]]
) -> None:
    nights = OldServices(mode, MARCH)
    others = [nights.add_service(MARCH, BACKUP) for _ in range(2)]
    nights.live_on(date(2026, 4, 15), 10)
    nights.end(BACKUP_SERVICE, *others, ends_on=ends_on)
    nights.live_on(ASKED_ON, 10)
    assert nights.world.count_writes() == 2, "the licence's service, and its first units"
    holds = [hold.line.rule for hold in nights.world.disk.holds.values()]
    assert holds == [HoldRule.FIRST_AFTER_ADOPTION] * 3
    nights.world.troubles.clear()
    nights.world.approved_rules |= {HoldRule.FIRST_AFTER_ADOPTION}
    nights.live_on(JUNE, 10)
    for number in (BACKUP_SERVICE, *others):
        days = (none_from - ONE_DAY, none_from, JUNE)
        assert [nights.units_on(number, day) for day in days] == [1, 0, 0]
        assert nights.billed_since(number, date(2026, 4, 2)) == items
    months = {"advance": ("03", "04", "05", "06"), "arrears": ("03", "04", "05")}[mode]
    assert nights.posted == [(f"2026-{month}-01", 10, 200.0) for month in months]
    assert nights.world.troubles == []


def test_an_old_service_that_nobody_agrees_to_end_is_billed_on() -> None:
    nights = OldServices("advance", MARCH)
    nights.live_on(date(2026, 4, 15), 10)
    nights.end(BACKUP_SERVICE)
    nights.live_on(JUNE, 10)
    assert nights.billed_since(BACKUP_SERVICE, date(2026, 4, 2)) == [("2026-05-01", 65.0), ("2026-06-01", 65.0)]
    assert nights.world.count_writes() == 2
