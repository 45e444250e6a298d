"""Agreements as one line sees them: where the PSA invoices additions apart, by those that are the line's (rules, 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from plans.agreements import Agreement
from plans.edits import select_own
from plans.inputs import Surroundings
from plans.journal import LineJournal


def see_from(around: Surroundings, journal: LineJournal) -> Surroundings:
    """What surrounds a line, where P of every agreement is that of the line's own additions.

    Whatever line they were seen from before: `posted_apart` stays as it is.
    """
    apart = [each for each in around.agreements.values() if each.facts.posted_apart]
    if not apart:
        return around
    return replace(
        around, agreements={**around.agreements, **{each.id: see_agreement(each, journal) for each in apart}}
    )


def see_agreement(agreement: Agreement, journal: LineJournal) -> Agreement:
    """An agreement whose P is that of a line's own additions: the latest of those that bill in the end, or of all where
    none does; that of an addition that is not there yet where the line has none."""
    facts = agreement.facts
    if not facts.posted_apart:
        return agreement
    own = select_own(agreement, journal.mapping_id, journal.written)
    names = [each.id for each in own if each.quantity] or [each.id for each in own] or [""]
    days = [day for name, day in facts.posted_apart if name in names]
    through = max(days, default=facts.invoiced_through)
    return replace(agreement, facts=replace(facts, invoiced_through=through))


def list_posted_parts(
    agreement: Agreement, journal: LineJournal, today: date, others: Iterable[Agreement] = ()
) -> tuple[date, ...] | None:
    """The first days, of the week through today, of the parts of a line's own additions that were invoiced by
    themselves; None where the PSA does not say. `others` are agreements that the line may have come from: what came
    last there is invoiced there."""
    if agreement.posted_parts is None:
        return None
    found: set[date] = set()
    for place in (agreement, *others):
        own = {each.id for each in select_own(place, journal.mapping_id, journal.written)} if place.posted_parts else ()
        found |= {day for name, day in place.posted_parts or () if name in own and day <= today}
    return tuple(sorted(found))
