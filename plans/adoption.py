"""Making additions a line's own: what somebody typed years ago, or what somebody changed since (billing rules, 5)."""

from __future__ import annotations

import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from plans.agreements import Addition, Agreement
from plans.edits import is_countable, select_own, still_bills
from plans.journal import Adoption, LineJournal
from plans.ledger import LedgerEntry, derive_billed, sum_additions
from plans.timeline import Timeline, combine, replace_from, subtract
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
    over: Collection[str] = (),
) -> Adoption | NotAdoptable:
    """The adoption of these additions of the agreement, as they are now, beside what the line has there already.

    For days that are invoiced the ledger stays as it is; for all others, and those that an invoice still catches up,
    the line bills what the additions sum to. A line whose additions were all deleted may begin again with none. `over`
    are agreements whose last day is past, as far as they are known.
    """
    if journal.open_intents:
        return NotAdoptable("A write of this licence is still on its way. Wait until the next night has found it.")
    elsewhere = find_elsewhere(journal, agreement.id, by.today, over)
    if elsewhere is not None:
        return NotAdoptable(
            f"The licence is still billed on agreement {elsewhere} as well. Wait until it has ended there."
        )
    own = {each.id: each for each in (*select_own(agreement, journal.mapping_id, journal.written), *additions)}
    chosen = tuple(own[each] for each in sorted(own))
    if not chosen and not journal.ledger:
        return NotAdoptable(f"There is no addition of this licence on agreement {agreement.id}. Map it anew.")
    strange = next((each for each in chosen if not is_countable(each)), None)
    if strange is not None:
        return NotAdoptable(
            f"Addition {strange.id} has the quantity {strange.quantity}, which is no count of seats. Make it a whole "
            "number in the PSA first."
        )
    return Adoption(
        mapping_id=journal.mapping_id,
        sequence=journal.next_sequence,
        agreement_id=agreement.id,
        additions=chosen,
        ledger=make_entry(journal, agreement, chosen, by.today),
        adopted_on=by.today,
        adopted_by=by.name,
        reason=by.reason,
    )


def find_elsewhere(journal: LineJournal, agreement_id: str, today: date, over: Collection[str]) -> str | None:
    """Another agreement on which an addition of the line has not ended.

    One whose units the PSA keeps by day has no end of its own: it ends with its units, or with its agreement.
    """
    return next(
        (
            each.agreement_id
            for each in journal.written.values()
            if each.agreement_id != agreement_id
            and still_bills(each.addition, today)
            and not (each.agreement_id in over and each.addition.days is not None)
        ),
        None,
    )


def make_entry(journal: LineJournal, agreement: Agreement, chosen: Sequence[Addition], today: date) -> LedgerEntry:
    """What the line bills from the adoption on, and, where nothing is known of it, has billed before.

    What still waits for its catch-up bills all of its days on the next invoice, as it is now, those before P + 1 too.
    """
    through = agreement.facts.invoiced_through
    standing, now = derive_billed(journal.ledger), sum_additions(chosen)
    open_from = today if through is None else through + ONE_DAY
    if standing.steps:
        waiting = {
            name: each.addition
            for name, each in journal.written.items()
            if each.agreement_id == agreement.id and each.waits_for_catch_up(through)
        }
        moved = subtract(sum_additions(each for each in chosen if each.id in waiting), sum_additions(waiting.values()))
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
