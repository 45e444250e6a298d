"""What writes make for a while only: a level on some days that is neither the one before nor the one in the end.

Every unusual drop waits for a person, also one that lasts only until a later day (billing rules, 9; R5).
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from plans.changes import Change
from plans.ledger import add_effects
from plans.timeline import Timeline, combine, subtract
from profiles.periods import ONE_DAY, write_short_day


@dataclass(frozen=True, slots=True)
class Swing:
    """Seats that are billed from `start` through `last` only; `then` on the day after."""

    level: int
    start: date
    last: date
    then: int


@dataclass(frozen=True, slots=True)
class Swings:
    """The lowest level and the highest one that writes make for a while; None where there is none beyond `before`, what
    is billed in the end without them, and `after`, what is with them.
    """

    before: int
    after: int
    lowest: Swing | None = None
    highest: Swing | None = None

    @property
    def told(self) -> Swing | None:
        """The one that a person must read of: fewer seats come first."""
        return self.lowest or self.highest

    @property
    def shown(self) -> int:
        """The quantity that stands for the writes where only one fits: that of the swing, else the one in the end."""
        if self.lowest is not None:
            return self.lowest.level
        return self.highest.level if self.highest is not None and self.before == self.after else self.after


NO_SWINGS = Swings(0, 0)
NOTHING = Timeline()


def find_swings(billed: Timeline, changes: Iterable[Change], beside: Timeline = NOTHING) -> Swings:
    """How far the total of a line swings, on every agreement and product together, on the days that `changes` change.

    `billed` is the line's ledger. Writes never change days that are invoiced. What ends in one place and goes on in
    another at the same level changes no day. Days that a write leaves as they were say nothing, however few they bill.
    `beside` is what other lines bill of the same seats until this one takes over.
    """
    after = add_effects(billed, changes)
    spans = list(list_changed_spans(combine(billed, beside, operator.add), combine(after, beside, operator.add)))
    ends = (billed.final, after.final)
    low = min((swing for swing, up in spans if not up and swing.level < min(ends)), key=rank_low, default=None)
    high = min((swing for swing, up in spans if up and swing.level > max(ends)), key=rank_high, default=None)
    return Swings(billed.final, after.final, low, high)


def list_changed_spans(billed: Timeline, after: Timeline) -> Iterator[tuple[Swing, bool]]:
    """The stretches of days with an end that are billed otherwise than before, and whether it is more."""
    difference = subtract(after, billed)
    days = sorted({*difference.days, *after.days})
    for start, end in pairwise(days):
        change = difference.on(start)
        if change:
            level = after.on(start)
            until = next((day for day in after.days if day >= end and day > start), end)
            yield Swing(level, start, until - ONE_DAY, after.on(until)), change > 0


def rank_low(swing: Swing) -> tuple[int, date]:
    """The fewest seats first, of these the earliest."""
    return swing.level, swing.start


def rank_high(swing: Swing) -> tuple[int, date]:
    """The most seats first, of these the earliest."""
    return -swing.level, swing.start


def describe_seats(swings: Swings) -> str:
    """How many seats become how many: `10 → 12`, or `12 → 0 from 2026-12-01 through 2027-02-28, then 12`."""
    swing = swings.told
    if swing is None:
        return f"{swings.before} → {swings.after}"
    days = f"from {write_short_day(swing.start)} through {write_short_day(swing.last)}"
    end = "" if swing.then == swings.after else f", and {swings.after} in the end"
    return f"{swings.before} → {swing.level} {days}, then {swing.then}{end}"
