"""What was read of a line, night by night, and which decreases a second night has confirmed (billing rules, 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class Count:
    """From `day` on the line's quantity was read as `quantity`; `known_through` is the last day that read the same.

    `invoiced_through` is what the PSA had invoiced by `day`, None where it did not say. `seats` is the raw count,
    before anything was taken off or made up.
    """

    day: date
    quantity: int
    known_through: date
    invoiced_through: date | None
    seats: int


def record_count(counts: Sequence[Count], read: Count) -> tuple[Count, ...]:
    """The counts with one more reading: the last one of a day counts for that day.

    A reading of a day before the newest one comes too late to be one, and changes nothing.
    """
    if not counts:
        return (read,)
    newest = counts[-1]
    if read.day < newest.known_through:
        return tuple(counts)
    if (read.quantity, read.seats) == (newest.quantity, newest.seats):
        return (*counts[:-1], replace(newest, known_through=read.day))
    if newest.day == read.day:
        return (*counts[:-1], replace(newest, quantity=read.quantity, seats=read.seats))
    if newest.known_through == read.day:
        # The same day read two quantities: only the last one is the day's.
        counts = (*counts[:-1], replace(newest, known_through=read.day - ONE_DAY))
    return (*counts, read)


def confirm_counts(counts: Sequence[Count]) -> tuple[Count, ...]:
    """What counts: every increase, and of every decrease what the next known night still saw.

    A decrease counts from the first known night that saw it; one that nobody has confirmed yet is left out.
    """
    confirmed: list[Count] = []
    for place, count in enumerate(counts):
        level = confirmed[-1].quantity if confirmed else 0
        quantity = count.quantity if count.quantity >= level else confirm_decrease(counts, place, level)
        if quantity != level or not confirmed:
            confirmed.append(replace(count, quantity=quantity))
    return tuple(confirmed)


def confirm_decrease(counts: Sequence[Count], place: int, level: int) -> int:
    """To which level the decrease that was read at `place` counts."""
    count = counts[place]
    if count.known_through > count.day:
        return count.quantity
    following = counts[place + 1].quantity if place + 1 < len(counts) else level
    return max(count.quantity, min(following, level))
