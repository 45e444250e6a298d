"""A line's additions while its writes are worked out: as they are, as they shall be, the writes in between. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition
from plans.changes import CreateAddition, SetAddition
from plans.keys import make_key
from plans.ledger import add_effects, count_seats
from plans.timeline import Timeline, replace_from
from plans.translation import LineTask, OwnAddition
from profiles.periods import Grid


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a write that is not dated rests on: P, and the periods that follow it."""

    invoiced_through: date
    first_open_day: date
    next_open_day: date
    grid: Grid


@dataclass(frozen=True, slots=True)
class Line:
    """An addition of ours and what it shall become. `place` counts the line's additions as they were made."""

    own: OwnAddition
    place: int
    after: Addition

    @property
    def start(self) -> date:
        """The first day it bills."""
        return self.after.effective_on or date.min

    @property
    def is_uninvoiced(self) -> bool:
        """Whether no day of it was ever on an invoice."""
        return self.own.uninvoiced_from <= self.start

    @property
    def first_open_day(self) -> date:
        """The first day that it bills and that is on no invoice yet: where its undated fields begin to count."""
        return max(self.own.uninvoiced_from, self.start)

    @property
    def units(self) -> int:
        """What it shall bill a day, in whole seats."""
        return count_seats(self.after)

    def units_on(self, day: date) -> int:
        """What it shall bill on `day`, in whole seats."""
        last = self.after.cancelled_on
        return self.units if self.start <= day and (last is None or day <= last) else 0

    def bills_from_now_on(self) -> bool:
        """Whether any seat of it is still to be invoiced."""
        last = self.after.cancelled_on
        return self.units > 0 and (last is None or last >= self.first_open_day)

    def with_units(self, units: int) -> Line:
        """Billing so many seats; the PSA's quantity is gross (billing rules, 5)."""
        return replace(self, after=replace(self.after, quantity=Decimal(units) + self.after.included))

    def with_end(self, last: date | None) -> Line:
        """Billing through `last`; None for no end."""
        return replace(self, after=replace(self.after, cancelled_on=last))

    @property
    def is_raised(self) -> bool:
        """Whether it shall bill more seats, or longer."""
        is_reopened = self.after.cancelled_on is None and self.own.addition.cancelled_on is not None
        return is_reopened or self.units > self.own.units


@dataclass(frozen=True, slots=True)
class Draft:
    """The additions as they shall be, the newest first, and those that shall be made, without their numbers yet."""

    task: LineTask
    lines: tuple[Line, ...]
    created: tuple[CreateAddition, ...] = ()

    def with_line(self, line: Line) -> Draft:
        """The same with one line replaced."""
        return replace(self, lines=tuple(line if each.place == line.place else each for each in self.lines))

    def with_new(self, addition: CreateAddition) -> Draft:
        """The same with one more addition to be made."""
        return replace(self, created=(*self.created, addition))


def read_calendar(task: LineTask) -> Calendar | None:
    """The agreement's P and its periods; None where either is unknown, and nothing but a dated start can be right."""
    facts = task.facts
    if facts.invoiced_through is None or facts.grid is None:
        return None
    period = facts.grid.period_of(following(facts.invoiced_through))
    return Calendar(facts.invoiced_through, following(facts.invoiced_through), period.end, facts.grid)


def following(day: date) -> date:
    """The day after."""
    return date.fromordinal(day.toordinal() + 1)


def preceding(day: date) -> date:
    """The day before."""
    return date.fromordinal(day.toordinal() - 1)


def start_draft(task: LineTask) -> Draft:
    """The additions as they are, the newest first: by the day they begin, then by the order of their making."""
    lines = [Line(own, place, own.addition) for place, own in enumerate(task.own)]
    return Draft(task, tuple(sorted(lines, key=lambda line: (line.start, line.place), reverse=True)))


def find_base(lines: Iterable[Line]) -> Line | None:
    """The base: of those that bill seats the first one made that has no end; where all have one, that ends last."""
    return min(lines, key=rank_as_base, default=None)


def rank_as_base(line: Line) -> tuple[bool, int, int]:
    """Smaller is more of a base."""
    last = line.after.cancelled_on or date.max
    return line.units == 0, -last.toordinal(), line.place


def sum_draft(draft: Draft) -> Timeline:
    """What the line bills day by day once the draft is written (plans.ledger)."""
    return add_effects(draft.task.billed, list_changes(draft))


def keep_from(timeline: Timeline, day: date) -> Timeline:
    """The timeline from `day` on, nothing before it."""
    return replace_from(Timeline(), day, timeline)


def list_changes(draft: Draft) -> tuple[CreateAddition | SetAddition, ...]:
    """The writes in their order, numbered: what lowers, then what raises, then what is made.

    Ends at P come last among what lowers, and the base first among what raises, so that nothing stands between the two
    halves of a roll-up.
    """
    task = draft.task
    lowered = sorted((line for line in draft.lines if not line.is_raised), key=lambda line: ends_at_last(line, task))
    raised = sorted((line for line in draft.lines if line.is_raised), key=lambda line: line.place)
    writes: list[CreateAddition | SetAddition] = []
    for line in (*lowered, *raised):
        writes += write_line(line, task.agreement_id)
    writes += draft.created
    return tuple(
        replace(write, sequence=sequence, key=make_key(task.mapping_id, sequence))
        for sequence, write in enumerate(writes, start=task.sequence)
    )


def ends_at_last(line: Line, task: LineTask) -> bool:
    """Whether it shall end on the last invoiced day."""
    return line.after.cancelled_on is not None and line.after.cancelled_on == task.facts.invoiced_through


def write_line(line: Line, agreement_id: str) -> tuple[SetAddition, ...]:
    """The writes that make an addition what it shall be: the day it ends by itself, which is right at any time.

    All that is not dated goes into one write after it.
    """
    # How it is booked is never set again, so that no write rests on it.
    before, after = replace(line.own.addition, booking=None), replace(line.after, booking=None)
    if before == after:
        return ()
    dated = replace(before, cancelled_on=after.cancelled_on)
    steps = [(one, other) for one, other in ((before, dated), (dated, after)) if one != other]
    return tuple(SetAddition(agreement_id, 0, "", one, other, line.own.uninvoiced_from) for one, other in steps)
