"""What was read of a line, night by night, and which decreases a second night has confirmed (billing rules, 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from profiles.periods import ONE_DAY

# Two readings that are nearer than this are one night's, though midnight lies between them.
BETWEEN_NIGHTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Count:
    """From `day` on the line's quantity was read as `quantity`; `known_through` is the last night that read the same.

    `invoiced_through` is what the PSA had invoiced by `day`, None where it did not say. `seats` is the raw count,
    before anything was taken off or made up. `read_at` is when it was read first, aware, in UTC; None where that was
    not kept.
    """

    day: date
    quantity: int
    known_through: date
    invoiced_through: date | None
    seats: int
    read_at: datetime | None = None


def record_count(counts: Sequence[Count], read: Count) -> tuple[Count, ...]:
    """The counts with one more reading: the last one of a day counts for that day.

    A reading of a day before the newest one comes too late to be one, and changes nothing; so does one that reads the
    same again in the same night, after midnight.
    """
    if not counts:
        return (read,)
    newest = counts[-1]
    if read.day < newest.known_through:
        return tuple(counts)
    if (read.quantity, read.seats) == (newest.quantity, newest.seats):
        is_later = newest.day == read.day or is_another_night(newest, read)
        return (*counts[:-1], replace(newest, known_through=read.day)) if is_later else tuple(counts)
    if newest.day == read.day:
        return (*counts[:-1], replace(newest, quantity=read.quantity, seats=read.seats, read_at=read.read_at))
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
    """To which level the decrease that was read at `place` counts: the most that was read until another night has seen
    it; none yet where no other night has."""
    quantity = counts[place].quantity
    if counts[place].known_through > counts[place].day:
        return quantity
    for following in counts[place + 1 :]:
        quantity = max(quantity, following.quantity)
        if is_another_night(counts[place], following) or following.known_through > following.day:
            return min(quantity, level)
    return level


def is_another_night(first: Count, then: Count) -> bool:
    """Whether the second was read in another night than the first: on a later day, and not within the same hours.

    Extra runs read at any time: two of them around midnight are one night (billing rules, 1, "a second known night").
    """
    is_near = first.read_at is not None and then.read_at is not None and then.read_at - first.read_at < BETWEEN_NIGHTS
    return then.day > first.day and not is_near
