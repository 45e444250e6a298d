"""The billing periods of a recurring service contract: they step from its start date, not from the calendar's months.

Source: autotask-halo.md 2, Contracts.
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


@dataclass(frozen=True)
class Term:
    """A contract's days, both inside, and how many months its periods last."""

    first: date
    last: date
    months: int

    def periods(self) -> Iterator[Period]:
        """Each of them whole, also a last one that the contract's end cuts off."""
        for number in count():
            first = move_months(self.first, number * self.months, self.first.day)
            if first > self.last:
                return
            following = move_months(self.first, (number + 1) * self.months, self.first.day)
            yield Period(first, following - timedelta(days=1))

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def term_of(contract: dict[str, Any]) -> Term:
    """The term of a contract's record."""
    months = MONTHS.get(contract.get("contractPeriodType") or 2, 1)
    return Term(read_day(contract["startDate"]), read_day(contract["endDate"]), months)


def read_day(text: str) -> date:
    """The day of a date as it is stored."""
    return date.fromisoformat(text[:10])


def spell_day(day: date) -> str:
    """A date as it is stored and answered."""
    return f"{day.isoformat()}T00:00:00Z"
