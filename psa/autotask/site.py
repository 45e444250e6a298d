"""The days of an Autotask contract: its billing periods, what is posted, and when a change is written. Pure.

Facts: reference autotask-halo.md 2; rules: billing rules 3 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from plans.owed import find_boundary
from plans.translation import LineTask
from profiles.periods import ONE_DAY, Grid


@dataclass(frozen=True, slots=True)
class Site:
    """The calendar that a contract's changes must keep to.

    `first` and `last` bound the effective dates: the contract's own days, `last` None for an open end. `through` is
    the last day posted of the line; where nobody knows it, the running period counts as posted, and what rests on that
    is held. `posted_next` are the first days of the periods that may be posted next: the line's, and the contract's
    where other services are posted further. `lead_nights` is how many nights before posting the net of a later day is
    written. `taken` are the days that had their one adjustment; those up to `closed_through` take none.
    """

    grid: Grid
    first: date
    last: date | None
    through: date
    posted_next: tuple[date, ...]
    lead_nights: int
    taken: frozenset[date] = frozenset()
    closed_through: date = date.min

    @property
    def price_day(self) -> date:
        """From when a new price holds: the first day of the contract that is not posted."""
        return max(self.first, self.through + ONE_DAY)

    def starts_period(self, day: date) -> bool:
        """Whether a period begins on that day."""
        return find_boundary(day, self.grid) == day

    def next_start(self, day: date) -> date:
        """The first start of a period after that day."""
        return find_boundary(day + ONE_DAY, self.grid)

    def holds(self, day: date) -> bool:
        """Whether a change may be dated on that day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Correction:
    """So many units more or fewer from a day on, and a price where it is to change; written from `writable_on`."""

    day: date
    units: int
    unit_price: Decimal | None
    writable_on: date


@dataclass(frozen=True, slots=True)
class Cut:
    """So many units from `day` through `last`, which would have to end on a day that had its adjustment, `ends_on`, and
    are not written."""

    day: date
    units: int
    last: date
    ends_on: date


def find_site(task: LineTask, grid: Grid, lead_nights: int) -> Site:
    """The contract's calendar (autotask-halo.md 2)."""
    facts = task.facts
    through = grid.period_of(task.today).last if facts.invoiced_through is None else facts.invoiced_through
    posted = {through, max((day for _, day in facts.posted_apart), default=through)}
    return Site(
        grid=grid,
        first=facts.starts_on or grid.boundary(0),
        last=facts.ends_on,
        through=through,
        posted_next=tuple(sorted({find_boundary(day + ONE_DAY, grid) for day in posted})),
        lead_nights=lead_nights,
        taken=list_taken(task),
        closed_through=through if task.posted_is_closed else date.min,
    )


def list_taken(task: LineTask) -> frozenset[date]:
    """The days that had their adjustment: those that the journal knows, and those on which the units change, but the
    contract's first: what a renewal carried over began there without one, as far as anybody knows. If Autotask refuses
    one there all the same, the journal knows that."""
    return task.adjusted_on | (frozenset(task.billed.days) - {task.facts.starts_on})


def find_writable_day(task: LineTask, site: Site, day: date) -> date:
    """From when a change dated on `day` is written: on its day, or some nights before the next posting if that is of
    the period which begins on it. A place that is left ends on the last day of a period, and once that is over the end
    would be a period later: it is written the night before at the latest, whatever is posted.
    """
    if task.is_due:
        return min(day, task.today)
    if task.is_leaving and day > site.through and site.starts_period(day):
        return day - timedelta(days=max(site.lead_nights, 1))
    return day - timedelta(days=site.lead_nights) if day in site.posted_next else day
