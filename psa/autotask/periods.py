"""Which billing periods a contract's rows of units show. Pure.

Periods step from the contract's first day, as far as anybody has seen (autotask-halo.md 2, Contracts); what Autotask
does with a first day that other months lack, or with a contract that somebody set up otherwise, is written nowhere. Its
rows tell: none of them spans two periods, and the last one of a service ends with a period, or with the contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from profiles.periods import ONE_DAY, Grid


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rows of some services show: the first and last day of each row, and on which days the last rows of
    services end."""

    spans: frozenset[tuple[date, date]]
    ends: frozenset[date]


def find_grid(stated: Grid, shown: Shown) -> Grid | None:
    """The periods that the rows keep to: those that are stated, else those of as many months that begin with a row or
    after the last one. None where none do, or where several do."""
    if keeps_to(stated, shown):
        return stated
    fitting = {each.as_one(): each for each in list_grids(stated.months, shown) if keeps_to(each, shown)}
    return next(iter(fitting.values())) if len(fitting) == 1 else None


def keeps_to(grid: Grid, shown: Shown) -> bool:
    """Whether no row spans two periods, and each service's rows end with one."""
    within = all(last < grid.period_of(start).end for start, last in shown.spans)
    return within and all(grid.period_of(each).last == each for each in shown.ends)


def list_grids(months: int, shown: Shown) -> Iterator[Grid]:
    """Periods that begin where a row does, or after one."""
    for day in sorted({start for start, _ in shown.spans} | {each + ONE_DAY for each in shown.ends}):
        yield Grid(day.year, day.month, day.day, months)


def show(services: Collection[Collection[tuple[date, date]]], today: date, ends_on: date) -> Shown:
    """What services with these rows show. Where the rows of one end before today it was ended, and where they end with
    the contract they tell nothing."""
    lasts = {max(last for _, last in rows) for rows in services if rows}
    spans = frozenset(span for rows in services for span in rows)
    return Shown(spans, frozenset(each for each in lasts if today <= each < ends_on))
