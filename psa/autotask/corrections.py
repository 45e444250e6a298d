"""What is to be corrected in the units of a contract service, and from which day. Pure. Rules: billing rules 3 and 7.

Each day takes what it may and leaves the rest to a later one. A day that had its adjustment takes nothing any more;
fewer units begin where a period does, unless they are a credit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import takewhile
from operator import add

from plans.ledger import cover
from plans.timeline import Timeline, combine
from plans.translation import LineTask, OwnAddition
from profiles.periods import ONE_DAY
from psa.autotask.pricing import Move, choose_price, find_standing
from psa.autotask.site import Correction, Cut, Site, find_writable_day


def find_corrections(
    task: LineTask, site: Site, service: OwnAddition | None
) -> tuple[tuple[Correction, ...], tuple[Cut, ...]]:
    """What is to be corrected, in the order of the days, and what of it cannot be.

    Days before some that are billed already are caught up by a rise and a fall, or given back by a fall and a rise. If
    a run died in between, a day that had its adjustment would bill too much, and nothing could take it back; or
    Autotask refuses the first of them, because a later day would have fewer than no units. Such days are left to a
    person: what is lacking is told, and what was billed too much is proposed as a credit once it is invoiced.
    """
    found = walk_days(task, site, service)
    writes = order_writes(task.billed, [each for each in found[0] if each.writable_on <= task.today])
    is_safe = not falls_below_zero(task.billed, writes) and not bills_too_much(task, site, writes)
    return found if is_safe else walk_days(task, site, service, is_wary=True)


def walk_days(
    task: LineTask, site: Site, service: OwnAddition | None, *, is_wary: bool = False
) -> tuple[tuple[Correction, ...], tuple[Cut, ...]]:
    """Day by day, what is missing and what of it is cut. A wary walk plans nothing, for the time before any day that
    had its adjustment, which that day has no room for."""
    corrections: list[Correction] = []
    cuts: list[Cut] = []
    planned, left, standing = 0, 0, None if service is None else find_standing(service)
    days = list_days(task, site, service)
    for place, day in enumerate(days):
        if day in site.taken or day <= site.closed_through:
            continue
        bound = list_bound(site, days[place:], is_wary=is_wary)
        left = 0 if site.starts_period(day) and day > site.through else left
        missing = find_missing(task, site, day, planned, left)
        if not may_lower(task, site, day):
            left = max(left, task.billed.on(day) + planned + missing - task.owed.on(day))
        missing = limit_fall(task, bound, planned, missing)
        cut = find_cut(task, days[place:], bound, (planned, missing))
        if cut is not None:
            cuts.append(cut)
            missing -= cut.units
        move = Move(day, task.billed.on(day) + planned, missing)
        price = None if service is None else choose_price(task, site, service, move, standing)
        if missing or price is not None:
            corrections.append(Correction(day, missing, price, find_writable_day(task, site, day)))
            planned, standing = planned + missing, standing if price is None else price
    return tuple(corrections), tuple(cuts)


def list_bound(site: Site, days: Sequence[date], *, is_wary: bool) -> list[date]:
    """The days after the first of these that had their adjustment, and will have what this plan has on the first: those
    before the next free day; for a wary walk, all of them."""
    later = days[1:]
    near = later if is_wary else takewhile(site.taken.__contains__, later)
    return [day for day in near if day in site.taken]


def limit_fall(task: LineTask, bound: Sequence[date], planned: int, missing: int) -> int:
    """What is missing, or as much of a fall as leaves no bound day through today with fewer than no units. Ahead of
    today only a person dates a fall inside a period: that is asked about.
    """
    least = max((-task.billed.on(day) for day in bound if day <= task.today), default=planned + missing)
    return max(missing, min(least - planned, 0))


def find_missing(task: LineTask, site: Site, day: date, planned: int, left: int) -> int:
    """How many units more or fewer a day needs, where this plan has `planned` so many for it already.

    Posted days are not lowered, but what this plan itself adds to them must end when it is owed no more. A fall that
    gives credit gives none for units that were billed too much before it, `left` so many: a credit proposal has them,
    and a person may have given them back already.
    """
    missing = task.owed.on(day) - task.billed.on(day) - planned
    own = max(missing, -max(planned, 0))
    if missing >= 0 or not may_lower(task, site, day):
        return own
    return min(missing + left, own)


def find_cut(task: LineTask, days: Sequence[date], bound: Sequence[date], units: tuple[int, int]) -> Cut | None:
    """How many of the units that this plan has on the first of these days cannot be written, because they would have to
    end on one of the bound days. None where all of it can.

    `units` are those planned on the days before, and those missing now.
    """
    planned, level = units[0], sum(units)
    room, ends_on = level, days[0]
    for day in bound:
        bearable = max(task.owed.on(day) - task.billed.on(day), min(planned, 0))
        if bearable < room:
            room, ends_on = bearable, day
    free = next((day for day in days[1:] if day not in bound), ends_on)
    return None if room == level else Cut(days[0], level - room, min(free, ends_on) - ONE_DAY, ends_on)


def order_writes(billed: Timeline, corrections: Sequence[Correction]) -> list[Correction]:
    """The corrections as they are written: rises last, so that a run that dies in between has billed too little
    until the next one, and never too much; by their days where there would be fewer than no units on the way, or
    several prices: the last one that is sent must be the one that stays."""
    ordered = sorted(corrections, key=lambda each: each.units > 0)
    has_prices = sum(each.unit_price is not None for each in corrections) > 1
    return [*corrections] if has_prices or falls_below_zero(billed, ordered) else ordered


def falls_below_zero(billed: Timeline, corrections: Sequence[Correction]) -> bool:
    """Whether any day has fewer than no units after any one of the writes; Autotask would refuse it."""
    return any(units < 0 for after in play_writes(billed, corrections) for _, units in after.steps)


def bills_too_much(task: LineTask, site: Site, corrections: Sequence[Correction]) -> bool:
    """Whether a day that had its adjustment has more units after any one of the writes than are owed, and than it has
    now."""
    return any(
        after.on(day) > max(task.owed.on(day), task.billed.on(day))
        for after in play_writes(task.billed, corrections)
        for day in site.taken
    )


def play_writes(billed: Timeline, corrections: Sequence[Correction]) -> Iterator[Timeline]:
    """The units after each of the writes."""
    for each in corrections:
        billed = combine(billed, cover(each.day, None, each.units), add)
        yield billed


def list_days(task: LineTask, site: Site, service: OwnAddition | None) -> list[date]:
    """The days on which something may have to be corrected, ascending: where a quantity changes, where something that
    may not be dated there can be dated instead, those that had their adjustment, and from where a price is due."""
    days = {site.first, site.next_start(site.through), *task.owed.days}
    for day in site.taken:
        days |= {day, day + ONE_DAY, site.next_start(day)}
    if service is not None:
        days |= {site.price_day, *site.posted_next}
    return sorted(day for day in days if site.holds(day))


def may_lower(task: LineTask, site: Site, day: date) -> bool:
    """Whether units may fall on that day: where a period begins that is not posted, or where the fall gives credit, and
    a day later where that day has had its adjustment."""
    if site.starts_period(day) and day > site.through:
        return True
    eve = day - ONE_DAY
    return is_credit(task, site, day) or (eve in site.taken and is_credit(task, site, eve))


def is_credit(task: LineTask, site: Site, day: date) -> bool:
    """Whether less is owed from a day on, and for its own days: inside a period an ordinary decrease is never owed, so
    credits are on or an increase was taken back; on a period's first day only the terms can tell."""
    falls = task.owed.on(day) < task.owed.on(day - ONE_DAY)
    if site.starts_period(day):
        return falls and task.credits_from is not None and day >= task.credits_from
    return falls
