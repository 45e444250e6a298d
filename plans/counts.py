"""What was read of a line, night by night, and which decreases a second night has confirmed (billing rules, 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from profiles.periods import ONE_DAY, Grid

# Two readings that are nearer than this are one night's, though midnight lies between them.
BETWEEN_NIGHTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a line owed on the nights that read a count: its agreement and that one's periods, its own options.

    What was invoiced under the terms of its time is not judged again by those of today. `starts_on` is the mapping's
    start-date override.
    """

    agreement_id: str
    grid: Grid
    prorates: bool
    gives_credits: bool
    starts_on: date | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """From `day` on the line's quantity was read as `quantity`; `known_through` is the last night that read the same.

    `invoiced_through` is what the PSA had invoiced by `day`, None where it did not say. `seats` is the raw count,
    before anything was taken off or made up. `terms` are None where nobody knew the agreement's periods.
    `invoiced_lately` is the newest day that the PSA said it had invoiced while the count stood. `read_at` is when the
    quantity was read first, aware, in UTC; None where that was not kept. `posted_parts` are the first days, of the week
    before `day`, of parts of a period that the PSA had invoiced by then; None where it does not say. `came_on` is the
    day of the reading where a start-date override moved the count to another day, None where none did.
    """

    day: date
    quantity: int
    known_through: date
    invoiced_through: date | None
    seats: int
    terms: Terms | None = None
    invoiced_lately: date | None = None
    read_at: datetime | None = None
    posted_parts: tuple[date, ...] | None = None
    came_on: date | None = None

    @property
    def invoiced_at_least(self) -> date | None:
        """What was invoiced by its last night, as far as any of its nights knew."""
        return self.invoiced_lately or self.invoiced_through


def record_count(counts: Sequence[Count], read: Count) -> tuple[Count, ...]:
    """The counts with one more reading: the last one of a day counts for that day.

    A reading of a day before the newest one comes too late to be one, and changes nothing. One that reads the same
    again in the same night, after midnight, is no other night. Terms that nobody knew tonight are those of the last
    night that did, and at least as much is invoiced as then. The first night that knows what is invoiced is kept as one
    of its own: what was written before it may be on that invoice or not.
    """
    if not counts:
        return (read,)
    newest = counts[-1]
    read = remember(newest, read)
    if read.day < newest.known_through:
        return tuple(counts)
    is_same = (read.quantity, read.seats) == (newest.quantity, newest.seats)
    is_first_to_know = newest.invoiced_at_least is None and read.invoiced_through is not None
    if is_same and newest.terms in (None, read.terms) and not is_first_to_know:
        is_later = newest.day == read.day or is_another_night(newest, read)
        known_through, lately = read.day if is_later else newest.known_through, read.invoiced_through
        return (*counts[:-1], replace(newest, known_through=known_through, terms=read.terms, invoiced_lately=lately))
    if newest.day == read.day:
        first_read_at = newest.read_at if is_same else read.read_at
        changed = replace(newest, quantity=read.quantity, seats=read.seats, terms=read.terms, read_at=first_read_at)
        changed = replace(changed, invoiced_through=newest.invoiced_through or read.invoiced_through)
        return (*counts[:-1], changed)
    if newest.known_through == read.day:
        # The same day read two quantities: only the last one is the day's.
        counts = (*counts[:-1], replace(newest, known_through=read.day - ONE_DAY))
    return (*counts, read)


def remember(newest: Count, read: Count) -> Count:
    """The reading with what the night before knew, where tonight nobody does."""
    through = read.invoiced_through if read.invoiced_through is not None else newest.invoiced_at_least
    return replace(read, terms=read.terms or newest.terms, invoiced_through=through)


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


def list_terms(counts: Sequence[Count]) -> tuple[tuple[date, Terms], ...]:
    """The terms as they followed each other, each with the day of the first night that knew them."""
    known: list[tuple[date, Terms]] = []
    for count in counts:
        if count.terms is not None and (not known or known[-1][1] != count.terms):
            known.append((count.day, count.terms))
    return tuple(known)
