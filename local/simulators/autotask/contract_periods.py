"""The billing periods of a recurring service contract: they step from its start date, not from the calendar's months.

Source: autotask-halo.md 2, Contracts. What the real one does with a first day that other months lack, or with contracts
that were set up otherwise, is written nowhere: a contract's member `steps`, which the API never shows, plays it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from local.simulators.periods import Period, move_months

RECURRING_SERVICE = 7
# The values of the picklist contractPeriodType (fields.json).
MONTHS = {2: 1, 3: 3, 4: 6, 5: 12}


# How periods follow each other: by the first day's number in its month, or in a shorter month its last day; by calendar
# months, of which the first period has a part; each from the one before, so that a 31st becomes a 28th for good.
FROM_FIRST_DAY, BY_CALENDAR, FROM_LAST_PERIOD = "from the first day", "by the calendar", "from the last period"


@dataclass(frozen=True)
class Term:
    """A contract's days, both inside, how many months its periods last, and how they follow each other."""

    first: date
    last: date
    months: int
    steps: str = FROM_FIRST_DAY

    def periods(self) -> Iterator[Period]:
        """Each of them whole, also a last one that the contract's end cuts off."""
        start = self.first
        for number in count(1):
            if start > self.last:
                return
            following = self._follow(start, number)
            yield Period(start, following - timedelta(days=1))
            start = following

    def _follow(self, start: date, number: int) -> date:
        """The first day of the period after the one that starts then, which is so many from the first day on."""
        if self.steps == BY_CALENDAR:
            return move_months(start.replace(day=1), self.months)
        if self.steps == FROM_LAST_PERIOD:
            return move_months(start, self.months)
        return move_months(self.first, number * self.months, self.first.day)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def term_of(contract: dict[str, Any]) -> Term:
    """The term of a contract's record."""
    months = MONTHS.get(contract.get("contractPeriodType") or 2, 1)
    steps = contract.get("steps", FROM_FIRST_DAY)
    return Term(read_day(contract["startDate"]), read_day(contract["endDate"]), months, steps)


def read_day(text: str) -> date:
    """The day of a date as it is stored."""
    return date.fromisoformat(text[:10])


def spell_day(day: date) -> str:
    """A date as it is stored and answered."""
    return f"{day.isoformat()}T00:00:00Z"
