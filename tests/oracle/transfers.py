"""Mappings that move, split, merge and begin with what was there: which days belong where (03 section 3, Transfers).

"The old ends on E, the new starts on E + 1", E = the later of P and the running period's last day, on the first known
night after a person decided. An agreement that ends before E ends what is on it. What comes back before it left stayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tests.oracle.counting import count_steps, find_owed, list_bands
from tests.oracle.facts import ONE_DAY, Invoice, Reading, Scenario, Window, find_period
from tests.oracle.invoicing import expect

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
    """One mapping: seats at each run (None: unknown), from run `first` until it is ended before run `end`.

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


def hears_late(journey: Journey) -> bool:
    """Whether what is owed on an agreement that a mapping left turns out otherwise, or is to be given back, after its
    last day there. The night does not read such an agreement any more, so that nothing can be said of it."""
    for strand in journey.strands:
        windows = find_windows(journey, strand)
        home = list(windows)[-1] if strand.end is not None else find_home(windows)
        for spot in windows:
            if spot[0] != home[0] and is_late(make_part(journey, strand, spot, windows[spot])):
                return True
    return False


def find_home(windows: dict[Spot, list[Window]]) -> Spot:
    """Where a mapping is in the end."""
    return max(windows, key=lambda spot: windows[spot][-1].end)


def is_late(part: Scenario) -> bool:
    """Whether any of a place's days is judged otherwise by what was read after them, or was billed and is not owed."""
    last = max(each.end for each in part.days or ()) - ONE_DAY
    early = count_steps([each for each in part.readings if each.day <= last])
    steps = count_steps(part.readings)
    is_judged_anew = any(
        find_owed(part, early, upto, last + ONE_DAY) != find_owed(part, steps, upto, last + ONE_DAY)
        for _, upto in list_bands(part)
    )
    return is_judged_anew or bool([each for each in expect(part).credits if each.reason == "known late"])


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
    frame, last = journey.frame, strand.end if strand.end is not None else len(strand.seats)
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
