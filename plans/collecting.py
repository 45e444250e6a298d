"""What a line counts by: its readings, what was adopted before them, and what a person decided about either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from plans.counts import Count, confirm_counts, list_terms
from plans.inputs import LineInput
from plans.journal import LineJournal, Refusal
from plans.ledger import cover, derive_billed
from plans.owed import cap_counts, start_counts
from plans.timeline import Timeline, combine
from profiles.periods import ONE_DAY


def collect_counts(line: LineInput) -> tuple[Count, ...]:
    """The confirmed counts: what was adopted before the first, not before the start, and never what was refused."""
    journal, starts_on = line.journal, line.mapping.starts_on
    counts = confirm_all(journal)
    if starts_on is None:
        starts_on = find_dropped_start(journal)
    if starts_on is not None:
        counts = start_counts(counts, starts_on)
    if journal.refusal is not None and counts:
        refusal = understand_refusal(journal.refusal, journal)
        if counts[-1].quantity != refusal.quantity:
            counts = cap_counts(counts, find_refused_through(counts, refusal), find_levels(refusal, journal))
    return counts


def find_levels(refusal: Refusal, journal: LineJournal) -> Timeline:
    """What each day of a refusal owes at most: what the line bills in the end, as it was refused, or what it bills on
    that day, where it has an end by then. A person who refuses seats gives none back."""
    return combine(cover(date.min, None, refusal.level), derive_billed(journal.ledger), max)


def confirm_all(journal: LineJournal) -> tuple[Count, ...]:
    """Every confirmed count of a line, whatever a person decided: what was adopted before the first is one of them."""
    return confirm_counts((*seed_counts(journal), *journal.counts))


def understand_refusal(refusal: Refusal, journal: LineJournal) -> Refusal:
    """A refusal with the confirmed quantity that was refused.

    In the first night of a fall the plan is still about the last confirmed quantity: what was refused then, and is kept
    with the quantity that was read, is that one. Where another night confirmed the fall, it was refused as it is kept.
    """
    read = [each for each in journal.counts if each.day <= refusal.refused_on]
    if not read or read[-1].quantity != refusal.quantity:
        return refusal
    confirmed = [each for each in confirm_all(journal) if each.day <= refusal.refused_on]
    return replace(refusal, quantity=confirmed[-1].quantity)


def find_standing_refusal(line: LineInput) -> Refusal | None:
    """The refusal of what tonight's plan is about: the last confirmed quantity, or what was read of a line that is
    counted no more (an old addition, an ended mapping). None where nothing was refused, or something else.
    """
    journal = line.journal
    if journal.refusal is None:
        return None
    is_counted = bool(journal.counts) and journal.counts[-1].quantity == line.quantity
    quantity = confirm_all(journal)[-1].quantity if is_counted else line.quantity
    refusal = understand_refusal(journal.refusal, journal)
    return refusal if refusal.quantity == quantity else None


def find_insisted(journal: LineJournal, counts: Sequence[Count]) -> Timeline:
    """What a person wants billed although fewer seats are owed: the level of a refused decrease, from the day of the
    decrease, for as long as the refusal stands; for ever while it does. `counts` are confirmed.
    """
    if journal.refusal is None or not counts:
        return Timeline()
    refusal = understand_refusal(journal.refusal, journal)
    # A line that has an end bills nothing in the end: what it bills until then is not to go down either.
    has_end = refusal.level <= refusal.quantity
    level = find_levels(refusal, journal).on(refusal.refused_on) if has_end else refusal.level
    if level <= refusal.quantity:
        return Timeline()
    start: date | None = None
    for count in (each for each in counts if each.day <= refusal.refused_on):
        start = None if count.quantity >= level else start or count.day
    if start is None:
        return Timeline()
    stands = counts[-1].quantity == refusal.quantity and counts[-1].day <= refusal.refused_on
    return cover(start, None if stands else find_refused_through(counts, refusal), level)


def find_dropped_start(journal: LineJournal) -> date | None:
    """From when a line counts whose start-date override was taken away: from that day on at the latest, for the days
    before were not to be billed when they passed. None where there was no override, or the line was billed before it.
    """
    known, billed = list_terms(journal.counts), derive_billed(journal.ledger)
    for place, (_, terms) in reversed(list(enumerate(known))):
        if terms.starts_on is not None:
            dropped_on = known[place + 1][0] if place + 1 < len(known) else terms.starts_on
            start = min(terms.starts_on, dropped_on)
            return None if billed.steps and billed.days[0] < start else start
    return None


def find_refused_through(counts: Sequence[Count], refusal: Refusal) -> date:
    """The last day on which the line's quantity still was the refused one: the refusal stands until it changes."""
    through = refusal.refused_on
    for count, following in pairwise(counts):
        if count.quantity == refusal.quantity and count.day <= through < following.day:
            through = following.day - ONE_DAY
    return through


def seed_counts(journal: LineJournal) -> tuple[Count, ...]:
    """What an adopted line billed before its first reading, as if it had been read.

    It may have been read for nights before somebody adopted it, as a hold advises: what stood before the first of them
    counts, unless we wrote the line ourselves meanwhile. Where the PSA had invoiced its first day by then, nobody knows
    when: it counts as if that had been long ago, so that no seat of it is an increase that somebody took back.
    """
    if not journal.adoptions:
        return ()
    first = journal.adoptions[0]
    read_from = journal.counts[0].day if journal.counts else first.adopted_on
    is_late = read_from < first.adopted_on
    eve = min(read_from, first.adopted_on) - ONE_DAY
    quantity = first.ledger.levels.on(eve if is_late else first.adopted_on)
    if quantity <= 0 or (is_late and any(each.sequence < first.sequence for each in journal.ledger)):
        return ()
    start = min(first.ledger.levels.days[0], eve)
    through = first.ledger.invoiced_through
    is_invoiced = through is not None and start <= through
    return (Count(start, quantity, eve, None if is_invoiced else through, quantity),)
