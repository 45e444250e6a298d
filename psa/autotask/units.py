"""Rows of units and what they come to day by day. Pure. Facts: reference autotask-halo.md 2, ContractServiceUnits.

One row is for a billing period, and an adjustment inside it makes a further one. Whether the row before is cut short by
that is written nowhere for a row that was posted: it may stay whole, and the further row may then hold all the units
from its day on, or only those that came. Both are read, and what there is in the next period tells which it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from plans.timeline import Timeline, make_timeline
from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class UnitRow:
    """The units of a service from `start` through `last`. `price` is what they cost together, None where it says none.

    `is_posted` says whether they were approved and posted, `posted_on` the day in UTC, None where it does not say.
    """

    start: date
    last: date
    units: int
    price: Decimal | None
    is_posted: bool
    posted_on: date | None = None


def bill_rows(rows: Sequence[UnitRow], *, add_up: bool) -> Timeline | None:
    """What the rows of one service bill every day; the last one continues. `rows` are by their first days.

    Of rows for the same day the one that begins last holds, or they `add_up`. None where two that begin on one day
    would both hold.
    """
    clusters = list(cluster_rows(rows))
    days: list[tuple[date, int]] = []
    for cluster in clusters:
        if len(cluster) == 1:
            days.append((cluster[0].start, cluster[0].units))
        elif not add_up and len({each.start for each in cluster}) < len(cluster):
            return None
        else:
            cuts = {each.start for each in cluster} | {each.last + ONE_DAY for each in cluster}
            days += [(day, level_on(cluster, day, add_up=add_up)) for day in sorted(cuts)[:-1]]
        days.append((find_end(cluster), 0))
    return make_timeline(days[:-1])


def cluster_rows(rows: Sequence[UnitRow]) -> Iterator[list[UnitRow]]:
    """Rows that are for the same days together, all others alone."""
    cluster: list[UnitRow] = []
    for row in rows:
        if cluster and row.start >= find_end(cluster):
            yield cluster
            cluster = []
        cluster.append(row)
    if cluster:
        yield cluster


def find_end(cluster: Sequence[UnitRow]) -> date:
    """The first day after all of these rows."""
    return max(each.last for each in cluster) + ONE_DAY


def level_on(cluster: Sequence[UnitRow], day: date, *, add_up: bool) -> int:
    """The units of a day: of all rows that are for it, or of the one that begins last."""
    units = [each.units for each in cluster if each.start <= day <= each.last]
    return sum(units) if add_up else sum(units[-1:])


def adds_up(services: Collection[Sequence[UnitRow]]) -> bool:
    """Whether rows that are for the same days add up, by the services of one contract: what follows them is what they
    come to, or one of them takes units away. Where nothing tells, or they contradict each other, the one that begins
    last holds: whoever reads that wrongly finds other units than were written, and stops there."""
    if any(row.units < 0 for rows in services for row in rows):
        return True
    proofs = {
        is_sum
        for rows in services
        for cluster, following in pair_clusters(rows)
        if (is_sum := judge_cluster(cluster, following)) is not None
    }
    return proofs == {True}


def pair_clusters(rows: Sequence[UnitRow]) -> Iterator[tuple[list[UnitRow], UnitRow]]:
    """Rows that are for the same days, with the one that follows them."""
    for cluster, following in pairwise(cluster_rows(rows)):
        if len(cluster) > 1:
            yield cluster, following[0]


def judge_cluster(cluster: Sequence[UnitRow], following: UnitRow) -> bool | None:
    """Whether these rows add up, by the units that follow them; None where that does not tell."""
    last_day = find_end(cluster) - ONE_DAY
    one, summed = (level_on(cluster, last_day, add_up=each) for each in (False, True))
    if one == summed or following.units not in (one, summed):
        return None
    return following.units == summed
