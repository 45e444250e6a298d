"""To which agreement and product each day of a line belongs, and what it owes and bills there (billing rules, 3).

What is left ends on E, what is new starts on E + 1. Nobody keeps a list of moves: which days belong to a place that was
left is read from what is billed there, so that a night that was missed changes nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

from plans.agreements import AgreementFacts
from plans.apart import see_from
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.collecting import collect_counts, find_insisted
from plans.counts import Count
from plans.ends import find_last_day
from plans.inputs import LineInput, Surroundings
from plans.journal import ADJUSTED, Adoption, Evidence, LineJournal
from plans.ledger import derive_billed, effect_of, sum_additions
from plans.old_additions import is_old_line
from plans.owed import owe_over_time
from plans.terms import Policies, list_policies, owe_on
from plans.timeline import Timeline, combine, make_timeline, replace_from
from profiles.periods import ONE_DAY

ALWAYS = Timeline(((date.min, 1),))


@dataclass(frozen=True, slots=True)
class Place:
    """An agreement and the product on it."""

    agreement_id: str
    product_id: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A place of a line, with what is owed and what is billed there on every day, by the ledger.

    `facts` are those of its agreement; None where that was not read tonight.
    """

    place: Place
    facts: AgreementFacts | None
    owed: Timeline
    billed: Timeline


@dataclass(frozen=True, slots=True)
class Handover:
    """What a line takes over from those it follows: nothing before `start`, and less what they still owe from then on.

    `since` is the first day on which they billed anything.
    """

    start: date
    since: date
    standing: Timeline


NO_HANDOVER = Handover(date.min, date.max, Timeline())


def find_stays(line: LineInput, counts: Sequence[Count], around: Surroundings) -> tuple[Stay, ...] | None:
    """Every place of the line: those that it leaves, in the order in which it came there, then where it is.

    A mapping that is ended is nowhere; an old addition that is not ended owes what it bills. `counts` are confirmed.
    None where nobody knows when one that is left ends.
    """
    home = Place(line.mapping.agreement_id, line.profile.product_id)
    billed = bill_places(line.journal, home)
    if is_old_line(line.mapping) and not line.mapping.is_ended:
        return tuple(Stay(place, find_facts(place, around), each, each) for place, each in billed.items())
    insisted = find_insisted(line.journal, counts)
    insisted = Timeline() if insisted.final else insisted
    if not line.mapping.is_ended and not line.mapping.follows and set(billed) <= {home}:
        standing = billed.get(home, Timeline())
        policies, start = find_policies(line, home, counts, around), find_first_day(home, standing, counts, around)
        owed = (
            owe_over_time(counts, policies)
            if start is None
            else owe_on(counts, policies, replace_from(Timeline(), start, ALWAYS))
        )
        return (Stay(home, find_facts(home, around), bill_on(owed, standing, insisted), standing),)
    ends = find_ends(line.journal, home, billed, bill_heirs(line.mapping.id, around))
    taken = list_taken(line.journal, home, billed)
    days = share_days(billed, home, around, (ends, taken), is_ended=line.mapping.is_ended, ends_on=line.mapping.ends_on)
    handover = find_handover(line, counts, around)
    if days is None or handover is None:
        return None
    if counts:
        counts = (replace(counts[0], day=min(counts[0].day, handover.since)), *counts[1:])
    stays = []
    for place, own in days.items():
        own = own if handover.start == date.min else replace_from(Timeline(), handover.start, own)
        standing = billed.get(place, Timeline())
        start = find_first_day(place, standing, counts, around)
        own = own if start is None else replace_from(Timeline(), start, own)
        owed = owe_on(counts, find_policies(line, place, counts, around), own)
        owed = combine(owed, handover.standing, lambda seats, others: max(seats - others, 0))
        kept = combine(insisted, own, lambda seats, is_own: seats * is_own)
        stays.append(Stay(place, find_facts(place, around), bill_on(owed, standing, kept), standing))
    return tuple(stays)


def bill_on(owed: Timeline, billed: Timeline, insisted: Timeline) -> Timeline:
    """What is owed in a place where a person refused a decrease that is over by now: on the days of the refusal it goes
    on billing what it bills, up to `insisted`.
    """
    return combine(owed, combine(billed, insisted, min), max) if insisted.steps else owed


def find_facts(place: Place, around: Surroundings) -> AgreementFacts | None:
    """The facts of a place's agreement; None where it was not read tonight."""
    agreement = around.agreements.get(place.agreement_id)
    return None if agreement is None else agreement.facts


def find_first_day(place: Place, billed: Timeline, counts: Sequence[Count], around: Surroundings) -> date | None:
    """The first day of an agreement that seats were counted before: it bills no day before it. None where they were
    not, or nobody says it, or where the line is billed there before that day: somebody moved it since.
    """
    facts = find_facts(place, around)
    start = None if facts is None else facts.starts_on
    is_moved = start is not None and bool(billed.steps) and billed.days[0] < start
    return start if start is not None and not is_moved and counts and counts[0].day < start else None


def find_policies(line: LineInput, place: Place, counts: Sequence[Count], around: Surroundings) -> Policies:
    """How the line owes in a place over time; what was adopted begins its first period wherever it began."""
    (day, first), *later = list_policies(line, place.agreement_id, around)
    return ((day, replace(first, begins_on=find_adopted_start(line, counts))), *later)


def find_adopted_start(line: LineInput, counts: Sequence[Count]) -> date | None:
    """The first day of what was adopted before anything was read: a person says that it was billed, from that day on,
    wherever in a period it lies. None where nothing was.
    """
    read = line.journal.counts
    is_first = bool(line.journal.adoptions and counts) and (not read or counts[0].day < read[0].day)
    return counts[0].day if is_first else None


def find_ends(
    journal: LineJournal, home: Place, billed: dict[Place, Timeline], heirs: Sequence[Timeline]
) -> dict[Place, date]:
    """From which day the seats of a place that was left go on in another one, where both were written.

    `heirs` is what those bill that take over from the line. Where a PSA carries a change of units on (Autotask), one
    that is dated before that day goes on beyond it, and what was over bills again: that is put right, and moves no end.
    """
    ends: dict[Place, date] = {}
    for each in journal.evidence:
        if each.ledger is None or not isinstance(each.change, AdjustUnits):
            continue
        place, day = find_place(each.change, home.product_id), each.change.effective_on
        if each.change.units_after == 0:
            ends[place] = day
        elif place in ends and day >= ends[place]:
            del ends[place]
    return {
        place: day
        for place, day in ends.items()
        if any(
            each.on(day) > each.on(day - ONE_DAY)
            for each in (*heirs, *(elsewhere for other, elsewhere in billed.items() if other != place))
        )
    }


def bill_heirs(mapping_id: str, around: Surroundings) -> tuple[Timeline, ...]:
    """What each line bills that takes over from a mapping."""
    heirs = (each for each in around.mappings.values() if mapping_id in list_followed(each.follows, around))
    return tuple(derive_billed(around.journals[each.id].ledger) for each in heirs if each.id in around.journals)


def list_taken(journal: LineJournal, home: Place, billed: dict[Place, Timeline]) -> dict[Place, frozenset[date]]:
    """The days on which each place had its one change of units, or was refused one for it."""
    taken = {place: {*timeline.days} for place, timeline in billed.items()}
    for each in journal.evidence:
        if isinstance(each.change, AdjustUnits) and each.ending in ADJUSTED:
            taken.setdefault(find_place(each.change, home.product_id), set()).add(each.change.effective_on)
    return {place: frozenset(days) for place, days in taken.items()}


def share_days(
    billed: dict[Place, Timeline],
    home: Place,
    around: Surroundings,
    known: tuple[AbstractMapping[Place, date], AbstractMapping[Place, frozenset[date]]],
    *,
    is_ended: bool,
    ends_on: date | None = None,
) -> dict[Place, Timeline] | None:
    """Which days belong to each place, as 1 on them: those that a place which is left bills through its end, where that
    was written, else through its E, and to the line's own place all others. What lies before all of it belongs to the
    first one. None where an E is unknown. `known` are the ends that were written, and the days that had their change.
    """
    ends, taken = known
    standing = {place: timeline for place, timeline in billed.items() if timeline.steps}
    first = min((timeline.days[0] for timeline in standing.values()), default=date.min)
    left: dict[Place, Timeline] = {}
    for place in sorted(standing, key=lambda each: (standing[each].days[0], each.agreement_id, each.product_id)):
        if place == home and not is_ended:
            continue
        end = ends.get(place)
        kept = (
            keep_through_end(place, standing[place], around, taken[place], ends_on)
            if end is None
            else replace_from(standing[place], end, Timeline())
        )
        if kept is None:
            return None
        own = make_timeline((day, min(seats, 1)) for day, seats in kept.steps)
        if own.steps and standing[place].days[0] == first:
            own = replace_from(ALWAYS, first, own)
        left = {other: combine(theirs, own, take_away) for other, theirs in left.items()}
        left[place] = own
    return (
        left
        if is_ended
        else left | {home: reduce(lambda one, other: combine(one, other, take_away), left.values(), ALWAYS)}
    )


def take_away(one: int, other: int) -> int:
    """1 where the first has the day and the second has not."""
    return one * (1 - other)


def keep_through_end(
    place: Place, billed: Timeline, around: Surroundings, taken: frozenset[date], ends_on: date | None = None
) -> Timeline | None:
    """What is billed in a place that is left: through the ends that it has, else through E; None where E is unknown.

    Where the day after E is one of `taken`, which had their one change (Autotask), it is a period later (`plans.ends`).
    `ends_on` is the last day that a person chose instead of E: what is invoiced already stays. An agreement that ends
    before that bills nothing after its own last day.
    """
    if billed.final == 0:
        return billed
    facts = find_facts(place, around)
    end = None if facts is None else find_last_day(facts, around.today, taken)
    if facts is None or end is None or facts.invoiced_through is None:
        return None
    end = end if ends_on is None else max(facts.invoiced_through, ends_on)
    return replace_from(billed, min(end, facts.ends_on or end) + ONE_DAY, Timeline())


def find_handover(line: LineInput, counts: Sequence[Count], around: Surroundings) -> Handover | None:
    """What the line takes over: it starts when the first of those it follows has ended, and what the others still owe
    is theirs until they end as well. None where nobody knows when one of them ends, or one has still to begin.
    """
    standing: list[Timeline] = []
    owed: list[Timeline] = []
    for mapping_id in list_handing_over(line.mapping.follows, around):
        total = keep_followed(mapping_id, around)
        if total is None or not total.steps:
            return None
        standing.append(total)
        owed.append(owe_followed(mapping_id, total, around))
    if not standing or not counts:
        return NO_HANDOVER
    start = max(counts[0].day, min(each.days[-1] for each in standing))
    since = min(each.days[0] for each in standing)
    return Handover(start, since, replace_from(Timeline(), start, reduce(add_up, owed)))


def keep_followed(mapping_id: str, around: Surroundings) -> Timeline | None:
    """What a line that is followed bills until it ends: through the end that was written, else as `keep_through_end`;
    None where nobody knows when one of its places ends.
    """
    journal, nowhere = around.journals[mapping_id], Place("", "")
    billed, seen = bill_places(journal, nowhere), see_from(around, journal)
    ends = find_ends(journal, nowhere, billed, bill_heirs(mapping_id, around))
    taken, total = list_taken(journal, nowhere, billed), Timeline()
    for place, timeline in billed.items():
        kept = (
            replace_from(timeline, ends[place], Timeline())
            if place in ends
            else keep_through_end(place, timeline, seen, taken[place])
        )
        if kept is None:
            return None
        total = add_up(total, kept)
    return total


def owe_followed(mapping_id: str, billed: Timeline, around: Surroundings) -> Timeline:
    """What a line that is followed owes to its end, whether it is written by now or not; what it bills to its end where
    it cannot be planned tonight.
    """
    line = around.lines.get(mapping_id)
    stays = None if line is None else find_stays(line, collect_counts(line), see_from(around, line.journal))
    return billed if not stays else reduce(add_up, (stay.owed for stay in stays))


def list_followed(follows: Sequence[str], around: Surroundings) -> list[str]:
    """Of the mappings that one follows those that ever billed; where none did, those that they took over from."""
    billing = [each for each in follows if each in around.journals and has_billed(around.journals[each])]
    if billing or not follows:
        return billing
    before = {other for each in follows if each in around.mappings for other in around.mappings[each].follows}
    return list_followed(sorted(before), around)


def list_handing_over(follows: Sequence[str], around: Surroundings) -> list[str]:
    """Of the mappings that one follows those whose seats it takes over: as `list_followed`, but one that was itself to
    begin after its E, and is followed before that, never bills, and those before it go on to their ends. Not so where
    that was written as a change of units (Autotask), which is never taken back: it begins, and ends with a later E.
    """
    found: dict[str, None] = {}
    for each in follows:
        if each not in around.journals or not around.journals[each].ledger:
            continue
        before = around.mappings[each].follows if each in around.mappings else ()
        is_real = bills_to_its_end(each, around) or must_begin(around.journals[each])
        found |= dict.fromkeys([each] if is_real else list_handing_over(before, around))
    if found or not follows:
        return list(found)
    others = {other for each in follows if each in around.mappings for other in around.mappings[each].follows}
    return list_handing_over(sorted(others), around)


def bills_to_its_end(mapping_id: str, around: Surroundings) -> bool:
    """Whether anything is left of what a line bills until it ends, or nobody knows when it does."""
    kept = keep_followed(mapping_id, around)
    return kept is None or bool(kept.steps)


def must_begin(journal: LineJournal) -> bool:
    """Whether units of a line were written that begin on a day which has had its change of units."""
    return has_billed(journal) and any(
        each.ledger is not None and isinstance(each.change, AdjustUnits) for each in journal.evidence
    )


def has_billed(journal: LineJournal) -> bool:
    """Whether a line billed a seat on any day."""
    return bool(derive_billed(journal.ledger).steps)


def bill_places(journal: LineJournal, home: Place) -> dict[Place, Timeline]:
    """What the line bills in each place on every day, by its ledger."""
    if all(place == home for place in list_written(journal, home)):
        return {home: derive_billed(journal.ledger)}
    events: list[tuple[int, int, Adoption | Evidence]] = [(each.sequence, 0, each) for each in journal.adoptions]
    events += [(each.sequence, 1, each) for each in journal.evidence if each.ledger is not None]
    billed: dict[Place, Timeline] = {}
    for _, _, event in sorted(events, key=lambda each: each[:2]):
        match event:
            case Adoption():
                billed |= bill_adopted(event, billed)
            case Evidence(change=change):  # pragma: no branch - there is no other event
                place = find_place(change, home.product_id)
                billed[place] = add_up(billed.get(place, Timeline()), effect_of(change)[1])
    return billed


def list_written(journal: LineJournal, home: Place) -> Iterator[Place]:
    """The places that the line was ever written or adopted in, each as often as it was."""
    yield from (find_place(each.change, home.product_id) for each in journal.evidence if each.ledger is not None)
    for adoption in journal.adoptions:
        yield from (Place(adoption.agreement_id, each.product_id) for each in adoption.additions)


def bill_adopted(adoption: Adoption, billed: dict[Place, Timeline]) -> dict[Place, Timeline]:
    """What the places on an adoption's agreement bill from then on: its additions are all that the line has there."""
    products = {each.product_id for each in adoption.additions}
    products |= {place.product_id for place in billed if place.agreement_id == adoption.agreement_id}
    found = {}
    for product_id in products:
        place = Place(adoption.agreement_id, product_id)
        now = sum_additions(each for each in adoption.additions if each.product_id == product_id)
        found[place] = replace_from(billed.get(place, Timeline()), adoption.ledger.effective_on, now)
    return found


def find_place(change: Change, product_id: str) -> Place:
    """The agreement and the product whose seats a change is about; `product_id` where it does not say which."""
    match change:
        case CreateAddition():
            return Place(change.agreement_id, change.product_id)
        case SetAddition():
            return Place(change.agreement_id, change.before.product_id)
        case AdjustUnits():  # pragma: no branch - there is no other change
            return Place(change.agreement_id, change.product_id or product_id)


def add_up(one: Timeline, other: Timeline) -> Timeline:
    """Both together, day by day."""
    return combine(one, other, operator.add)
