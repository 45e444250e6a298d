"""Making additions a line's own: what somebody typed years ago, or what somebody changed since (billing rules, 5)."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from plans.agreements import Addition, Agreement
from plans.edits import find_first_told, is_countable, say_uncountable, select_own, still_bills
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, cover_addition, derive_billed, sum_additions
from plans.timeline import Timeline, combine, make_timeline, replace_from, subtract
from profiles.periods import ONE_DAY


@dataclass(frozen=True, slots=True)
class NotAdoptable:
    """Why additions cannot be made a line's own. `sentence` says what to do instead."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Adopter:
    """Who adopts, on which day in the MSP's zone, and why."""

    name: str
    today: date
    reason: str


def adopt(
    journal: LineJournal,
    agreement: Agreement,
    additions: Sequence[Addition],
    by: Adopter,
    last_days: Mapping[str, date] | None = None,
    renewed_from: date | None = None,
) -> Adoption | NotAdoptable:
    """The adoption of these additions of the agreement, as they are now, beside what the line has there already.

    For days that are invoiced the ledger stays as it is; for all others, and those that an invoice still catches up,
    the line bills what the additions sum to. A line whose additions were all deleted may begin again with none.
    `last_days` are the last days of other agreements, as far as they are known. `renewed_from` is the first day of an
    agreement that renews the line's own: whatever was carried over to it bills from then on, invoiced or not.
    """
    if journal.open_intents:
        return NotAdoptable("A write of this licence is still on its way. Wait until the next night has found it.")
    elsewhere = find_elsewhere(journal, agreement, by.today, last_days or {})
    if elsewhere is not None:
        return NotAdoptable(
            f"The licence is still billed on agreement {elsewhere} as well. Wait until it has ended there."
        )
    own = {each.id: each for each in (*select_own(agreement, journal.mapping_id, journal.written), *additions)}
    handover = find_handover(journal, agreement.id, by.today, last_days or {}, renewed_from)
    chosen = tuple(own[each] if handover is None else reach_back(own[each], handover) for each in sorted(own))
    if not chosen and not journal.ledger:
        return NotAdoptable(f"There is no addition of this licence on agreement {agreement.id}. Map it anew.")
    strange = next((each for each in chosen if not is_countable(each)), None)
    if strange is not None:
        wanted = f"a whole number, {strange.included} or more,"
        return NotAdoptable(f"{say_uncountable(strange)} Make it {wanted} in the PSA first.")
    return Adoption(
        mapping_id=journal.mapping_id,
        sequence=journal.next_sequence,
        agreement_id=agreement.id,
        additions=chosen,
        ledger=make_entry(journal, agreement, chosen, by.today, handover),
        adopted_on=by.today,
        adopted_by=by.name,
        reason=by.reason,
        turn=sum(each.sequence == journal.next_sequence for each in journal.adoptions),
    )


def find_elsewhere(
    journal: LineJournal, agreement: Agreement, today: date, last_days: Mapping[str, date]
) -> str | None:
    """Another agreement on which an addition of the line has not ended.

    One whose units the PSA keeps by day has no end of its own: it ends with its units, or with its agreement, of which
    no day may be left that what is adopted could be billed for as well.
    """
    through = agreement.facts.invoiced_through
    over = {name for name, day in last_days.items() if day < today and through is not None and day <= through}
    return next(
        (
            each.agreement_id
            for each in journal.written.values()
            if each.agreement_id != agreement.id
            and still_bills(each.addition, today)
            and not (each.agreement_id in over and each.addition.days is not None)
        ),
        None,
    )


def find_handover(
    journal: LineJournal, agreement_id: str, today: date, last_days: Mapping[str, date], renewed_from: date | None
) -> date | None:
    """The day after the last one of the agreement whose end ended the line's units, or which this one renews, where it
    comes to this one for the first time; None where it did not. It must not be billed elsewhere (`find_elsewhere`)."""
    written = journal.written.values()
    if any(each.agreement_id == agreement_id for each in written):
        return None
    ended = [last_days[each.agreement_id] for each in written if still_bills(each.addition, today)]
    return max(ended) + ONE_DAY if ended else renewed_from


def reach_back(addition: Addition, day: date) -> Addition:
    """An addition that bills from `day` on what it bills on the first day of which it tells, where that is later: what
    renews an agreement carries its units over, and nobody asks the PSA for what is long past."""
    days, told = addition.days, addition.days_read_from
    if days is None or told is None or told <= day:
        return addition
    return replace(addition, days=replace_from(make_timeline([(day, days.on(told))]), told, days))


def make_entry(
    journal: LineJournal, agreement: Agreement, chosen: Sequence[Addition], today: date, handover: date | None
) -> LedgerEntry:
    """What the line bills from the adoption on, and, where nothing is known of it, has billed before.

    What still waits for its catch-up bills all of its days on the next invoice, as it is now, those before P + 1 too;
    so do units that the PSA keeps by day, of which a change on invoiced days is an item of its own (autotask-halo.md
    2).
    From `handover` on they billed the days that are invoiced, where the agreement before ended the line's units.
    """
    through = agreement.facts.invoiced_through
    standing, now = derive_billed(journal.ledger), sum_additions(chosen)
    open_from = today if through is None else through + ONE_DAY
    if standing.steps and handover is not None:
        start, levels = min(handover, open_from), now
    elif standing.steps:
        there = {name: each for name, each in journal.written.items() if each.agreement_id == agreement.id}
        waiting = {name: each.addition for name, each in there.items() if each.waits_for_catch_up(through)}
        by_day = {name: each.addition for name, each in there.items() if each.addition.days is not None}
        waiting = {name: each for name, each in waiting.items() if name not in by_day}
        moved = subtract(sum_additions(each for each in chosen if each.id in waiting), sum_additions(waiting.values()))
        for each in chosen:
            moved = combine(moved, find_moved(by_day.get(each.id), each), operator.add)
        start = min((*moved.days, open_from))
        levels = replace_from(combine(standing, moved, operator.add), open_from, now)
    else:
        start, levels = min((*now.days, today)), now
    return LedgerEntry(
        mapping_id=journal.mapping_id,
        effective_on=start,
        sequence=journal.next_sequence,
        levels=replace_from(Timeline(), start, levels),
        addition_id=chosen[0].id if chosen else "",
        invoiced_through=through,
    )


def find_moved(before: Addition | None, now: Addition) -> Timeline:
    """What an addition whose units are kept by day bills otherwise than when it was last read, on the days of which
    both readings tell; nothing for any other one."""
    told = (None, None) if before is None else (find_first_told(before), find_first_told(now))
    if before is None or told[0] is None or told[1] is None:
        return Timeline()
    return replace_from(Timeline(), max(told[0], told[1]), subtract(cover_addition(now), cover_addition(before)))
