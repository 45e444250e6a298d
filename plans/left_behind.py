"""Days of a mapping that was read and never written, and that others take over from: a split, a merge (rules, 3). Pure.

Those that take over count from their own first reading. What was read before that is owed all the same, but nobody can
tell whether something else has billed it meanwhile: a person is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from plans.agreements import AgreementFacts
from plans.counts import Count
from plans.edits import LATE_NEWS
from plans.inputs import LineInput, Surroundings
from plans.old_additions import is_old_line
from plans.owed import find_boundary
from plans.places import ALWAYS, Place, Stay, find_facts, find_first_day, find_handover, find_policies, has_billed
from plans.terms import owe_on
from plans.timeline import Timeline, combine, replace_from
from profiles.billing import Mapping
from profiles.periods import ONE_DAY


def find_left_behind(line: LineInput, counts: Sequence[Count], around: Surroundings) -> tuple[Stay, ...]:
    """Where a line was that was read, is ended and never billed: its days until those that follow it count. `counts`
    are confirmed. Nothing where nobody follows it, for then a person ended what was never billed; nor for days that a
    person refused, nor once all of it is long past.
    """
    mapping, home = line.mapping, Place(line.mapping.agreement_id, line.profile.product_id)
    facts, until = find_facts(home, around), find_first_of_heirs(mapping.id, around)
    is_written = any(entry.levels.steps for entry in line.journal.ledger)
    is_left = mapping.is_ended and not is_written and not is_old_line(mapping) and bool(counts)
    if not is_left or facts is None or until is None or is_refused(line, until):
        return ()
    handover, until = find_handover(line, counts, around), find_end(mapping, facts, until, around)
    if handover is None or around.today - until > LATE_NEWS:
        return ()
    days = replace_from(ALWAYS, until, Timeline())
    days = days if handover.start == date.min else replace_from(Timeline(), handover.start, days)
    start = find_first_day(home, Timeline(), counts, around)
    days = days if start is None else replace_from(Timeline(), start, days)
    owed = owe_on(counts, find_policies(line, home, counts, around), days)
    owed = combine(owed, handover.standing, lambda seats, others: max(seats - others, 0))
    return (Stay(home, facts, owed, Timeline()),) if owed.steps else ()


def find_first_of_heirs(mapping_id: str, around: Surroundings) -> date | None:
    """The first day that was read of those that follow a mapping; None where none of them was read."""
    heirs = (each.id for each in around.mappings.values() if mapping_id in each.follows)
    counts = (around.journals[each].counts for each in heirs if each in around.journals)
    return min((known[0].day for known in counts if known), default=None)


def find_end(mapping: Mapping, facts: AgreementFacts, until: date, around: Surroundings) -> date:
    """The day from which those that follow bill: `until`, or the first day of a period where increases wait for it,
    there as here. Sooner where one that was to begin then ended before it billed, and others take over from it. No
    later than the agreement's own end.
    """
    until = find_first_billed(mapping, mapping.id, facts, around) or until
    return until if facts.ends_on is None else min(until, facts.ends_on + ONE_DAY)


def find_first_billed(mapping: Mapping, followed_id: str, facts: AgreementFacts, around: Surroundings) -> date | None:
    """The day from which those bill what a mapping would that follow it, or one that never billed; `followed_id` is
    the one of them that is asked about. None where none of its followers was read."""
    until = find_first_of_heirs(followed_id, around)
    if until is None:
        return None
    heirs = [each for each in around.mappings.values() if followed_id in each.follows]
    waits = (each.agreement_id == mapping.agreement_id and not (facts.prorates and each.prorates) for each in heirs)
    if facts.grid is not None and all(waits) and not (facts.prorates and mapping.prorates):
        until = find_boundary(until, facts.grid)
    ended = [each.id for each in heirs if each.is_ended and each.id in around.journals]
    unbilled = [each for each in ended if not has_billed(around.journals[each])]
    later = (find_first_billed(mapping, each, facts, around) for each in unbilled)
    return min([until, *(day for day in later if day is not None)])


def is_refused(line: LineInput, until: date) -> bool:
    """Whether a person refused to bill these days: all of them, or the count that they still have."""
    refusal, counts = line.journal.refusal, line.journal.counts
    if refusal is None:
        return False
    return refusal.refused_on >= until - ONE_DAY or refusal.quantity == counts[-1].quantity
