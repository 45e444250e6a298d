"""Owed: the quantity that an agreement owes on a day, by the one definition of billing rules 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from plans.counts import Count
from plans.timeline import Step, Timeline, combine, make_timeline, replace_from
from profiles.periods import ONE_DAY, Grid

TAKE_BACK_LIMIT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OwedPolicy:
    """How a line owes. `grid` None stands for one endless period, in which nothing that rose ever falls.

    `begins_on` is the day on which the line comes to the agreement from another one; None where it was there from the
    first. Its first period there begins on that day: what left before it was the other agreement's.
    """

    grid: Grid | None
    prorates: bool = True
    gives_credits: bool = False
    begins_on: date | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """Seats that were there from `start` until `end`; None where they still are."""

    start: Count
    end: Count | None


def owe(counts: Sequence[Count], policy: OwedPolicy) -> Timeline:
    """What is owed on every day, from counts that are confirmed; the newest one holds for ever.

    Each seat is owed while it is there and to the end of the period in which it left, so that a day owes the highest
    quantity since its period began. With credits it is owed while it is there. Without proration a period owes what
    was there on its first day.
    """
    if not policy.prorates:
        return owe_whole_periods(counts, policy)
    bands = sorted({count.quantity for count in counts} | {0})
    changes: dict[date, int] = {}
    for below, top in pairwise(bands):
        for start, end in cover_days(counts, top, policy):
            changes[start] = changes.get(start, 0) + top - below
            if end is not None:
                changes[end] = changes.get(end, 0) - (top - below)
    return sum_changes(changes)


def owe_over_time(counts: Sequence[Count], policies: Sequence[tuple[date, OwedPolicy]]) -> Timeline:
    """What is owed on every day where a line owed by one policy after another, each with the day of its first night.

    The first one holds from the beginning. A policy judges no day before its own: what was invoiced by the rules of its
    time is settled. What the running period owed before a change it owes to its end, unless credits are given now.
    """
    owed = owe(counts, policies[0][1])
    for place, (day, policy) in enumerate(policies[1:], start=1):
        standing = owe_over_time([count for count in counts if count.day < day], policies[:place])
        owed = replace_from(owed, day, begin_anew(counts, day, policy, standing, policies[place - 1][1]))
    return owed


def begin_anew(
    counts: Sequence[Count], day: date, policy: OwedPolicy, standing: Timeline, before: OwedPolicy
) -> Timeline:
    """What is owed from `day` on, when `policy` takes the place of `before`; `standing` is what was owed by then, as if
    nothing came or left since.
    """
    begun = owe(counts, replace(policy, begins_on=day))
    if not policy.prorates:
        return standing if policy.grid is None else replace_from(standing, find_boundary(day, policy.grid), begun)
    if policy.gives_credits:
        return begun
    if before.grid is None:
        return begun
    return combine(begun, replace_from(standing, before.grid.period_of(day).end, Timeline()), max)


def owe_whole_periods(counts: Sequence[Count], policy: OwedPolicy) -> Timeline:
    """Each period owes what was there on its first day; nothing where nobody knows the periods."""
    grid, begins_on = policy.grid, policy.begins_on
    if grid is None:
        return Timeline()
    raw = make_timeline((count.day, count.quantity) for count in counts)
    if begins_on is not None:
        raw = replace_from(Timeline(), begins_on, raw)
    starts = {day if day == begins_on else find_boundary(day, grid) for day in raw.days}
    return make_timeline((start, raw.on(start)) for start in starts)


def find_boundary(day: date, grid: Grid) -> date:
    """The first day of a period that is not before `day`."""
    period = grid.period_of(day)
    return day if period.start == day else period.end


def cover_days(counts: Sequence[Count], top: int, policy: OwedPolicy) -> Iterator[tuple[date, date | None]]:
    """The days on which the seats up to `top` are owed, as `[start, end)`, one after another."""
    covered_until = policy.begins_on
    for presence in find_presences(counts, top):
        if presence.end is not None and policy.begins_on is not None and presence.end.day <= policy.begins_on:
            continue
        start = presence.start.day if covered_until is None else max(presence.start.day, covered_until)
        end = None if presence.end is None else find_end(presence.start, presence.end, policy)
        if end is None:
            yield start, None
            return
        if end > start:
            yield start, end
        covered_until = end if covered_until is None else max(covered_until, end)


def find_presences(counts: Sequence[Count], top: int) -> Iterator[Presence]:
    """When the seats up to `top` were there."""
    start: Count | None = None
    for count in counts:
        if start is None and count.quantity >= top:
            start = count
        elif start is not None and count.quantity < top:
            yield Presence(start, count)
            start = None
    if start is not None:
        yield Presence(start, None)


def find_end(start: Count, end: Count, policy: OwedPolicy) -> date | None:
    """The day from which seats that left on `end.day` are owed no more; None where their period never ends."""
    if policy.gives_credits or is_taken_back(start, end):
        return end.day
    return None if policy.grid is None else policy.grid.period_of(end.day - ONE_DAY).end


def is_taken_back(start: Count, end: Count) -> bool:
    """Whether an increase was taken back within 7 days and not invoiced meanwhile: it counts its days of use.

    The 7 days are those in which Microsoft takes a purchase back: they run from the reading of the seats, also where a
    start date lets them count from a later day.
    An invoice that was made between the two readings and does not reach the increase's day says nothing about it. Where
    the PSA says which parts of a period it invoiced, the part that begins with the increase tells, or that of the day
    after, if its own day had its adjustment; where the line came from another agreement since, the one there tells.
    """
    if end.day - (start.came_on or start.day) > TAKE_BACK_LIMIT:
        return False
    if start.posted_parts is not None and end.posted_parts is not None:
        parts = {*end.posted_parts} - {*start.posted_parts}
        begins = {start.day, start.came_on or start.day}
        return parts.isdisjoint(begins | {day + ONE_DAY for day in begins})
    before, after = start.invoiced_through, end.invoiced_through
    return before is not None and after is not None and (before == after or after < start.day)


def sum_changes(changes: dict[date, int]) -> Timeline:
    """A timeline from how much it rises or falls on each day."""
    total = 0
    steps: list[Step] = []
    for day in sorted(changes):
        total += changes[day]
        steps.append((day, total))
    return make_timeline(steps)


def start_counts(counts: Sequence[Count], day: date) -> tuple[Count, ...]:
    """The counts as if nothing had been there before `day`: what stood then came on it, or the first one is moved back.

    Seats that came one after another stay apart, for some may be invoiced and others not.
    """
    standing: list[Count] = []
    for count in counts:
        if count.day > day:
            break
        rose = count
        while standing and standing[-1].quantity >= count.quantity:
            rose = standing.pop()
        came_on = rose.came_on or rose.day
        rose = replace(count, invoiced_through=rose.invoiced_through, posted_parts=rose.posted_parts)
        standing.append(replace(rose, day=day, came_on=came_on if came_on < day else None))
    later = [count for count in counts if count.day > day]
    if not standing and later:
        return (replace(later[0], day=day), *later[1:])
    return (*standing, *later)


def cap_counts(counts: Sequence[Count], through: date, levels: Timeline) -> tuple[Count, ...]:
    """The counts where no day up to and with `through` owes more than `levels`: what a person refused stays refused."""
    capped: list[Count] = []
    ends = [*(count.day for count in counts[1:]), date.max]
    for count, end in zip(counts, ends, strict=True):
        turns = (day for day in (*levels.days, through + ONE_DAY) if count.day < day < end and day <= through + ONE_DAY)
        for day in (count.day, *sorted(turns)):
            quantity = count.quantity if day > through else min(count.quantity, levels.on(day))
            if day == count.day or quantity != capped[-1].quantity:
                capped.append(replace(count, day=day, quantity=quantity))
    return tuple(capped)
