"""A quantity for every day, as the days on which it changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

type Step = tuple[date, int]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What holds from each step's day until the next; 0 before the first. Steps ascend and each changes something."""

    steps: tuple[Step, ...] = ()

    def on(self, day: date) -> int:
        """The quantity of a day."""
        place = bisect_right(self.steps, day, key=lambda step: step[0])
        return self.steps[place - 1][1] if place else 0

    @property
    def final(self) -> int:
        """The quantity of all days after the last step."""
        return self.steps[-1][1] if self.steps else 0

    @property
    def days(self) -> tuple[date, ...]:
        """The days on which it changes."""
        return tuple(day for day, _ in self.steps)


def make_timeline(steps: Iterable[Step]) -> Timeline:
    """A timeline from steps in any order, of which the last one named for a day counts."""
    kept: list[Step] = []
    for day, quantity in sorted(dict(steps).items()):
        if quantity != (kept[-1][1] if kept else 0):
            kept.append((day, quantity))
    return Timeline(tuple(kept))


def replace_from(before: Timeline, day: date, after: Timeline) -> Timeline:
    """`before` up to `day`, and `after` from then on."""
    old = [step for step in before.steps if step[0] < day]
    new = [step for step in after.steps if step[0] > day]
    return make_timeline([*old, (day, after.on(day)), *new])


def combine(one: Timeline, other: Timeline, join: Callable[[int, int], int]) -> Timeline:
    """Both, day by day, joined by `join`, of which join(0, 0) must be 0."""
    first, second = dict(one.steps), dict(other.steps)
    left = right = level = 0
    kept: list[Step] = []
    for day in sorted(first.keys() | second.keys()):
        left, right = first.get(day, left), second.get(day, right)
        if join(left, right) != level:
            level = join(left, right)
            kept.append((day, level))
    return Timeline(tuple(kept))


def subtract(one: Timeline, other: Timeline) -> Timeline:
    """How much more the first says than the second, day by day; less is negative."""
    return combine(one, other, lambda left, right: left - right)
