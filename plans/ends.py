"""When the running period ends, and with it what is left or ended: E (billing rules, 3). Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from plans.agreements import AgreementFacts
from profiles.periods import ONE_DAY


def find_period_end(facts: AgreementFacts, today: date) -> date | None:
    """E: the later of the last day invoiced and the running period's last day; None where nobody knows both."""
    if facts.grid is None or facts.invoiced_through is None:
        return None
    return max(facts.invoiced_through, facts.grid.period_of(today).last)


def find_last_day(facts: AgreementFacts, today: date, taken: Collection[date]) -> date | None:
    """E of a place whose days `taken` had their one change of units: where the PSA keeps units by day (Autotask), what
    is to end must change on E + 1, and ends a period later where that day is taken. What a renewal carried over began
    on the agreement's first day without a change. None where nobody knows E.
    """
    end = find_period_end(facts, today)
    if end is None or facts.grid is None or not facts.bills_late:
        return end
    while end + ONE_DAY in taken and end + ONE_DAY != facts.starts_on:
        end = facts.grid.period_of(end + ONE_DAY).last
    return end
