"""Mappings that move, split, merge and begin with what was there: which days belong where (03 section 3, Transfers).

"The old ends on E, the new starts on E + 1", E = the later of P and the running period's last day, on the first known
night after a person decided. An agreement that ends before E ends what is on it. What comes back before it left stayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tests.oracle.facts import ONE_DAY, Invoice, Reading, Scenario, Window, find_period

type Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Account:
    """An agreement: its number, when it is invoiced (a child by its parent's invoices), and its last day, if any."""

    number: int
    invoices: tuple[Invoice, ...]
    parent: int | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Strand:
    """One mapping: seats at each run (None: unknown), from run `first` until it is ended before run `end`; where others
    follow it, its seats count to its last day all the same.

    `moves` are (run before which it is decided, (account, product)), the first of them where it begins. `follows` are
    the strands that it takes over from. `adopted` is the first day of an addition of as many seats as the first run
    reads, which was there before; None for none.
    """

    name: str
    seats: tuple[int | None, ...]
    moves: tuple[tuple[int, Spot], ...]
    first: int = 0
    end: int | None = None
    follows: tuple[str, ...] = ()
    adopted: date | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """Several mappings of one customer; the nights, prices and terms are those of `frame`."""

    kind: str
    frame: Scenario
    accounts: tuple[Account, ...]
    strands: tuple[Strand, ...]

    def account(self, number: int) -> Account:
        """The agreement of that number."""
        return next(each for each in self.accounts if each.number == number)

    def find(self, name: str) -> Strand:
        """The mapping of that name."""
        return next(each for each in self.strands if each.name == name)


def find_parts(journey: Journey) -> dict[Spot, list[Scenario]]:
    """For each agreement and product the scenarios that its invoices bill, one a mapping that is ever there."""
    parts: dict[Spot, list[Scenario]] = {}
    for strand in journey.strands:
        for spot, windows in find_windows(journey, strand).items():
            parts.setdefault(spot, []).append(make_part(journey, strand, spot, windows))
    return parts


def find_windows(journey: Journey, strand: Strand) -> dict[Spot, list[Window]]:
    """The days of a mapping in each place, in order; a window's `known` counts all runs."""
    begun = find_known_run(strand, strand.first)
    decided = {find_known_run(strand, run): spot for run, spot in strand.moves}
    spot = next(spot for run, spot in reversed(strand.moves) if find_known_run(strand, run) <= begun)
    start, known = find_beginning(journey, strand), -1
    windows: dict[Spot, list[Window]] = {}
    for run in sorted(run for run in decided if begun < run < len(strand.seats)):
        if decided[run] == spot or (strand.end is not None and run >= strand.end):
            continue
        after = max(start, find_end(journey, spot, run) + ONE_DAY)
        if start < after:
            windows.setdefault(spot, []).append(Window(start, after, known))
        spot, start, known = decided[run], after, run
    stop = date.max if strand.end is None else find_end(journey, spot, find_known_run(strand, strand.end)) + ONE_DAY
    if start < stop:
        windows.setdefault(spot, []).append(Window(start, stop, known))
    return windows


def find_known_run(strand: Strand, run: int) -> int:
    """The first run from `run` on that read anything; one after the last where there is none."""
    return next((n for n in range(run, len(strand.seats)) if strand.seats[n] is not None), len(strand.seats))


def find_beginning(journey: Journey, strand: Strand) -> date:
    """The first day of a mapping: after the end of those that it follows, who all end on one day here.

    What was adopted was billed by hand before the first period that is invoiced here.
    """
    if strand.adopted is not None:
        return journey.accounts[0].invoices[0].period
    ends = {
        find_windows(journey, old)[spot][-1].end
        for old in map(journey.find, strand.follows)
        for spot in [list(find_windows(journey, old))[-1]]
    }
    return min(ends, default=date.min)


def find_end(journey: Journey, spot: Spot, run: int) -> date:
    """E of a place, as of a run."""
    account = journey.account(spot[0])
    day, anchor = journey.frame.readings[run].day, journey.frame.anchor
    through = account.invoices[0].period - ONE_DAY
    for invoice in account.invoices:
        if invoice.seen <= run:
            through = find_period(invoice.period, anchor).end - ONE_DAY
    end = max(through, find_period(day, anchor).end - ONE_DAY)
    return end if account.last_day is None else min(end, account.last_day)


def make_part(journey: Journey, strand: Strand, spot: Spot, windows: Sequence[Window]) -> Scenario:
    """One mapping in one place as a scenario of its own."""
    frame, last = journey.frame, find_last_run(journey, strand, windows[-1].end)
    readings = [Reading(frame.readings[run].day, strand.seats[run]) for run in range(strand.first, last)]
    before = list(find_earlier(journey, strand, readings))
    shift = len(before) - strand.first
    return replace(
        frame,
        readings=(*before, *readings),
        start=date.min,
        invoices=tuple(
            replace(each, seen=count_seen(each, shift, before, readings)) for each in journey.account(spot[0]).invoices
        ),
        days=tuple(replace(each, known=each.known if each.known < 0 else each.known + shift) for each in windows),
    )


def find_last_run(journey: Journey, strand: Strand, end: date) -> int:
    """The run before which a mapping is counted for the last time: one that others follow counts as long as it bills,
    which is before `end`.
    """
    if strand.end is None:
        return len(strand.seats)
    later = [run for run in range(strand.end, len(strand.seats)) if journey.frame.readings[run].day < end]
    is_followed = any(strand.name in each.follows for each in journey.strands)
    return later[-1] + 1 if later and is_followed else strand.end


def count_seen(invoice: Invoice, shift: int, before: Sequence[Reading], readings: Sequence[Reading]) -> int:
    """How many of a part's readings had happened when an invoice was made."""
    least = sum(each.day <= invoice.made for each in before)
    return min(max(invoice.seen + shift, least), len(before) + len(readings))


def find_earlier(journey: Journey, strand: Strand, readings: Sequence[Reading]) -> Iterator[Reading]:
    """What was there before the first reading: an adopted addition, or the seats that were taken over.

    Room in the text: seats that are taken over are as old as the oldest of what they come from.
    """
    first = next(each.quantity for each in readings if each.quantity is not None)
    if strand.adopted is not None:
        yield Reading(strand.adopted, first)
    elif strand.follows:
        old = [journey.find(name) for name in strand.follows]
        yield Reading(min(journey.frame.readings[find_known_run(each, each.first)].day for each in old), first)
