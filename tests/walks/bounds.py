"""What a day may bill at most and must bill at least, from what was read alone: no rule of the product is asked."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)
CONFIRMATION = timedelta(days=2)
"""A fall counts once a second night has seen it, and of an increase the night before it may still be unknown."""


@dataclass(frozen=True, slots=True)
class Beat:
    """How often an agreement is billed: every so many months, counted from `month`, on a day of the month, the last one
    where it has fewer. `first` is the agreement's first day."""

    anchor: int
    months: int
    month: int = 1
    first: date = date.min

    def find_start(self, day: date) -> date:
        """The first day of the period of a day; the agreement's own where that is later."""
        starts = (self.begin(day.year + (month - 1) // 12, (month - 1) % 12 + 1) for month in self.list_months(day))
        return max(self.first, max(start for start in starts if start <= day))

    def list_months(self, day: date) -> range:
        """The months that begin a period, from the year before a day, counted from January of the day's year."""
        return range(self.month - 24, day.month + 1, self.months)

    def begin(self, year: int, month: int) -> date:
        """The day of a month on which a period begins."""
        return date(year, month, min(self.anchor, monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Breach:
    """A day that bills more than was ever there in its period, or fewer seats than are there."""

    day: date
    billed: int
    allowed: int

    def __str__(self) -> str:
        word = "at most" if self.billed > self.allowed else "at least"
        return f"{self.day} bills {self.billed}, {word} {self.allowed}"


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day was changed last on `changed_on`, before it came, and `fallen` seats fell before it since."""

    changed_on: date
    fallen: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one licence by day, and what was billed of it before anybody read. `kept` is what a person
    refused to have lowered, by the days of the nights that were told so: that covers the whole of their period, with
    the days before that could not be lowered in time. `told` are seats that a person was told to bill by hand, by day.
    `ahead` are days that could not be changed any more when they came."""

    levels: Mapping[date, int]
    before: int = 0
    kept: Mapping[date, int] = field(default_factory=dict)
    told: Mapping[date, int] = field(default_factory=dict)
    ahead: Mapping[date, Ahead] = field(default_factory=dict)

    def find_most(self, day: date, beats: Sequence[Beat]) -> int:
        """The most seats of the day's period on any of the agreements, with what was there when it began."""
        opening = min(*(beat.find_start(day) for beat in beats), day - CONFIRMATION)
        levels = {read_on: max(level, self.kept.get(read_on, 0)) for read_on, level in self.levels.items()}
        inside = [level for read_on, level in levels.items() if opening <= read_on <= day]
        earlier = [level for read_on, level in sorted(levels.items()) if read_on < opening][-2:]
        kept = [
            level
            for told_on, level in self.kept.items()
            if told_on >= opening and min(beat.find_start(told_on) for beat in beats) <= day
        ]
        standing = earlier if len(earlier) == 2 else [self.before, *earlier]
        return max([*standing, *inside, *kept])

    def find_least(self, day: date) -> int:
        """The seats that the newest reading of a day found, or any since its last change where it could not be changed
        any more, but for those that were told."""
        ahead = self.ahead.get(day, Ahead(day))
        changed_on = ahead.changed_on
        known = [read_on for read_on in self.levels if read_on <= changed_on]
        since = max(known) if known else changed_on
        least = min((level for read_on, level in self.levels.items() if since <= read_on <= day), default=0)
        return max(0, (least if known else 0) - self.told.get(day, 0) - ahead.fallen)


def find_breaches(
    billed: Mapping[date, int], read: Read, beats: Sequence[Beat], span: tuple[date, date], *, is_lower_bound: bool
) -> list[Breach]:
    """The days of a span that bill too much, and too little where `is_lower_bound`."""
    first, last = span
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    over = [Breach(day, billed.get(day, 0), read.find_most(day, beats)) for day in days]
    under = [Breach(day, billed.get(day, 0), read.find_least(day)) for day in days] if is_lower_bound else []
    breaches = [each for each in over if each.billed > each.allowed]
    return [*breaches, *(each for each in under if each.billed < each.allowed)]
