"""The effective-dated record of every quantity: what was billed on any day can be derived from it (R16)."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.timeline import Timeline, combine, make_timeline, replace_from, subtract
from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a write landed, and what the PSA had invoiced by then."""

    addition_id: str
    invoiced_through: date | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One proved write: from `effective_on` the line's additions sum to `levels`, whatever they summed to before.

    `invoiced_through` is what the PSA had invoiced when it was written; None where it did not say.
    """

    mapping_id: str
    effective_on: date
    sequence: int
    levels: Timeline
    addition_id: str
    invoiced_through: date | None

    @property
    def quantity(self) -> int:
        """What the line sums to in the end."""
        return self.levels.final


def derive_billed(entries: Iterable[LedgerEntry]) -> Timeline:
    """What was billed on every day, from the entries in the order in which they were written."""
    billed = Timeline()
    for entry in entries:
        billed = replace_from(billed, entry.effective_on, entry.levels)
    return billed


def bills_from(billed: Timeline, day: date) -> bool:
    """Whether a seat is billed on `day` or on any later one."""
    return bool(replace_from(Timeline(), day, billed).steps)


def effect_of(change: Change) -> tuple[date, Timeline]:
    """From which day a change counts, and how many seats more or fewer it bills on every day from then on."""
    match change:
        case CreateAddition(quantity=quantity, effective_on=start, ends_on=last):
            return start, cover(start, last, quantity)
        case AdjustUnits(effective_on=start, units_before=before, units_after=after):
            return start, cover(start, None, after - before)
        case SetAddition(
            before=before, after=after, describes_from=start
        ):  # pragma: no branch - there is no other change
            if change.is_dated:
                difference = subtract(cover_addition(after), cover_addition(before))
                return (difference.days[0] if difference.steps else start), difference
            changed = replace_from(cover_addition(before), start, cover_addition(after))
            return start, subtract(changed, cover_addition(before))


def cover(start: date, last: date | None, quantity: int) -> Timeline:
    """So many seats from `start` through `last`."""
    return make_timeline([(start, quantity)] if last is None else [(start, quantity), (last + ONE_DAY, 0)])


def cover_addition(addition: Addition) -> Timeline:
    """What an addition bills day by day, in whole seats; one without an effective day has always been there.

    One that ends before it begins never bills. Where the PSA itself says what it bills each day, that holds.
    """
    if addition.days is not None:
        last_day = addition.cancelled_on
        return addition.days if last_day is None else replace_from(addition.days, last_day + ONE_DAY, Timeline())
    start, last = addition.effective_on or date.min, addition.cancelled_on
    units = count_seats(addition)
    return Timeline() if last is not None and last < start else cover(start, last, units)


def count_seats(addition: Addition) -> int:
    """The whole seats an addition bills: its quantity less what the PSA leaves out; 0 where it has no quantity."""
    quantity = addition.quantity
    return int(quantity - addition.included) if quantity is not None and quantity.is_finite() else 0


def sum_additions(additions: Iterable[Addition]) -> Timeline:
    """What the additions bill together, day by day."""
    total = Timeline()
    for addition in additions:
        total = combine(total, cover_addition(addition), operator.add)
    return total


def add_effects(billed: Timeline, changes: Iterable[Change]) -> Timeline:
    """What is billed once the changes are made."""
    for change in changes:
        billed = combine(billed, effect_of(change)[1], operator.add)
    return billed


def make_entry(mapping_id: str, change: Change, billed: Timeline, proof: Proof) -> LedgerEntry:
    """The entry of a proved write, from what the line billed before it."""
    start, difference = effect_of(change)
    after = combine(billed, difference, operator.add)
    levels = replace_from(Timeline(), start, after)
    return LedgerEntry(mapping_id, start, change.sequence, levels, proof.addition_id, proof.invoiced_through)
