"""Where a line's seats go: to its agreement and product, and away from those that it leaves (billing rules, 3).

What is left ends on E, what is new starts on E + 1: another agreement, another product, a mapping that follows others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from plans.agreements import Addition, Agreement
from plans.changes import Change, HoldRule, Scheduled
from plans.inputs import Surroundings
from plans.journal import Written
from plans.keys import is_ours
from plans.ledger import add_effects, cover_addition, derive_billed, sum_additions
from plans.lines import Line, choose_price, find_period_end, own_on
from plans.timeline import Timeline, replace_from
from plans.translation import LineTask, OwnAddition, Translation
from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class Place:
    """An agreement and the product on it."""

    agreement_id: str
    product_id: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """A place that the line leaves: the first day it bills there, and the first one on which it bills nothing more.

    The place it was on first bills whatever lies before. `is_ended` where every addition has its end already.
    """

    place: Place
    first_day: date
    first_day_without: date
    is_ended: bool


def translate_line(line: Line, around: Surroundings) -> Translation:
    """The writes of a line on every place it touches: those it leaves first, then where it is."""
    home = Place(line.agreement.id, line.input.profile.product_id)
    leaving = find_leaving(line.written.values(), home, around, ends=line.input.mapping.is_ended)
    if leaving is None:
        return Translation(hold=HoldRule.INVOICING_UNKNOWN, hold_sentence=explain_unknown(line))
    start = find_start(line, around)
    if start is None:
        return Translation(hold=HoldRule.INVOICING_UNKNOWN, hold_sentence=explain_unknown(line))
    translations: list[Translation] = []
    sequence = line.input.journal.next_sequence
    for each in leaving:
        if each.first_day_without > around.today or not each.is_ended:
            task = make_task(line, each.place, around, sequence)
            later = [other for other in leaving if other.first_day > each.first_day]
            owed = cut_out(begin(task.owed, each.first_day), later)
            billed = cut_out(begin(task.billed, each.first_day), later)
            ended = replace(task, owed=replace_from(owed, each.first_day_without, Timeline()), billed=billed)
            translations.append(around.translate(ended))
            sequence += len(translations[-1].changes)
            line = replace(line, ledger=add_effects(line.ledger, translations[-1].changes))
    if not line.input.mapping.is_ended:
        task = make_task(line, home, around, sequence)
        owed, billed = begin(cut_out(task.owed, leaving), start), begin(cut_out(task.billed, leaving), start)
        translations.append(around.translate(replace(task, owed=owed, billed=billed)))
    return join(translations)


def cut_out(timeline: Timeline, leaving: Iterable[Leaving]) -> Timeline:
    """The timeline with nothing on the days that belong to places that are left: every day belongs to one place."""
    for each in leaving:
        without = replace_from(timeline, each.first_day, Timeline())
        timeline = replace_from(without, each.first_day_without, timeline)
    return timeline


def begin(timeline: Timeline, start: date) -> Timeline:
    """The timeline with nothing before `start`."""
    return timeline if start == date.min else replace_from(Timeline(), start, timeline)


def find_leaving(
    written: Iterable[Written], home: Place, around: Surroundings, *, ends: bool
) -> tuple[Leaving, ...] | None:
    """The places that bill seats and that the line is not on, or all where it `ends`; None where an end is unknown."""
    groups: dict[Place, list[Addition]] = {}
    for each in written:
        if cover_addition(each.addition).steps:
            groups.setdefault(Place(each.agreement_id, each.addition.product_id), []).append(each.addition)
    first_days = {place: min(each.effective_on or date.min for each in group) for place, group in groups.items()}
    earliest = min(first_days.values(), default=date.min)
    found = []
    for place, additions in sorted(groups.items(), key=lambda group: (group[0].agreement_id, group[0].product_id)):
        if place == home and not ends:
            continue
        day = find_first_day_without(place, additions, around)
        if day is None:
            return None
        first_day = date.min if first_days[place] == earliest else first_days[place]
        is_ended = all(addition.cancelled_on is not None for addition in additions)
        found.append(Leaving(place, first_day, day, is_ended))
    return tuple(found)


def find_first_day_without(place: Place, additions: Sequence[Addition], around: Surroundings) -> date | None:
    """The day after the last one billed there, if all of it has an end already, else E + 1; None where E is unknown.

    An agreement that ends before E bills nothing after its own last day.
    """
    ends = [addition.cancelled_on for addition in additions]
    known = [end for end in ends if end is not None]
    if len(known) == len(ends):
        return max(known) + ONE_DAY
    agreement = around.agreements.get(place.agreement_id)
    end = None if agreement is None else find_period_end(agreement.facts, around.today)
    if agreement is None or end is None:
        return None
    return min(end, agreement.facts.ends_on or end) + ONE_DAY


def find_start(line: Line, around: Surroundings) -> date | None:
    """The first day that the line bills at all: after all that it follows; None where that is unknown."""
    days: list[date] = []
    for mapping_id in line.input.mapping.follows:
        journal = around.journals.get(mapping_id)
        billed = Timeline() if journal is None else derive_billed(journal.ledger)
        if journal is None or billed.final == 0:
            days += billed.days[-1:]
            continue
        left = find_leaving(journal.written.values(), Place("", ""), around, ends=True)
        if left is None:
            return None
        days += [each.first_day_without for each in left]
    return max(days, default=date.min)


def make_task(line: Line, place: Place, around: Surroundings, sequence: int) -> LineTask:
    """What the PSA's translation is asked about one place."""
    agreement, mapping, profile = around.agreements[place.agreement_id], line.input.mapping, line.input.profile
    facts = agreement.facts
    own = [addition for addition in own_on(line, agreement) if addition.product_id == place.product_id]
    through = facts.invoiced_through
    billed = line.ledger if through is None else replace_from(line.ledger, through + ONE_DAY, sum_additions(own))
    due = around.today if through is None else through + ONE_DAY
    return LineTask(
        mapping_id=mapping.id,
        licence_name=mapping.licence_name,
        agreement_id=agreement.id,
        product_id=place.product_id,
        billable_option=profile.billable_option,
        unit_price=choose_price(profile.price, due),
        description=line.input.description,
        sequence=sequence,
        today=around.today,
        facts=facts,
        owed=line.owed,
        billed=billed,
        own=tuple(make_own(line, agreement, addition) for addition in order_own(own)),
    )


def order_own(own: Iterable[Addition]) -> list[Addition]:
    """Additions in the order in which they were made: adopted ones carry no key of ours, and were there before."""
    return sorted(own, key=lambda each: (each.key if is_ours(each) else "", each.effective_on or date.min, each.id))


def make_own(line: Line, agreement: Agreement, addition: Addition) -> OwnAddition:
    """An addition of ours with the first day of it that is not invoiced, and the price due.

    A price holds for whole periods: the one in force on P + 1 (billing rules, 3), also for what begins later.
    """
    written = line.written.get(addition.id)
    day = find_uninvoiced(addition, written, agreement.facts.invoiced_through)
    through = agreement.facts.invoiced_through
    price = choose_price(line.input.profile.price, day if through is None else through + ONE_DAY)
    is_adopted = written is not None and written.adoption is not None
    return OwnAddition(addition, is_adopted, day, price)


def find_uninvoiced(addition: Addition, written: Written | None, through: date | None) -> date:
    """The first day of an addition that no invoice has billed yet.

    What was put there after the last invoice is not on it, however early it is dated: it is caught up by the next one.
    """
    start = addition.effective_on or date.min
    if through is None or start > through:
        return start
    is_new = written is not None and written.adoption is None and written.created_invoiced_through == through
    return start if is_new else through + ONE_DAY


def join(translations: Sequence[Translation]) -> Translation:
    """Several translations as one: all their writes, in order, and the first hold."""
    changes: list[Change] = []
    scheduled: list[Scheduled] = []
    for each in translations:
        changes += each.changes
        scheduled += each.scheduled
    held = next((each for each in translations if each.hold is not None), Translation())
    return Translation(tuple(changes), tuple(scheduled), held.hold, held.hold_sentence)


def explain_unknown(line: Line) -> str:
    """Why nobody can tell when a period ends, and what waits for it."""
    doubt = line.facts.invoicing_doubt or "The PSA does not say through which day it has invoiced."
    return f"The move of {line.input.mapping.licence_name} waits: nobody knows when the running period ends. {doubt}"
