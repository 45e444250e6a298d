"""Taking a write back: the change that undoes it, or why it is too late (billing rules, 6; vocabulary, "undo")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.edits import is_open
from plans.inputs import Surroundings
from plans.journal import Ending, Evidence
from plans.keys import make_key
from plans.lines import Line
from plans.transfers import find_uninvoiced
from profiles.periods import write_short_day


@dataclass(frozen=True, slots=True)
class TooLate:
    """The write cannot be taken back. `sentence` says why, and what a person can do instead."""

    sentence: str


def undo(line: Line, sequence: int, around: Surroundings) -> Change | TooLate:
    """The one change that takes the line's write of that number back."""
    entry = next((each for each in line.input.journal.evidence if each.sequence == sequence), None)
    if entry is None or entry.ending is not Ending.VERIFIED or entry.after is None:
        return TooLate("That write was never proved, so there is nothing to take back.")
    adopted = next((each for each in line.input.journal.adoptions if each.sequence > sequence), None)
    if adopted is not None:
        return TooLate(
            f"{adopted.adopted_by} made the additions of {line.input.mapping.licence_name} its own on "
            f"{write_short_day(adopted.adopted_on)}, as they were then. Change them in the PSA, and accept them again."
        )
    later = find_later(line, entry, entry.after)
    if later is not None:
        return TooLate(f"Addition {entry.after.id} was written again by run {later.run_id}. Take that back first.")
    if has_companions(line, entry):
        return TooLate(f"Run {entry.run_id} made several writes that belong together. Change the seats at Microsoft.")
    now = line.written[entry.after.id].addition
    if now.days is not None:
        return TooLate("An adjustment cannot be taken back. Make the opposite one in the PSA, and accept it here.")
    match entry.change:
        case CreateAddition():
            return undo_creation(line, now, entry, around)
        case SetAddition():
            return undo_setting(line, now, entry, entry.change, around)
        case AdjustUnits():  # pragma: no branch - there is no other change
            return TooLate("An adjustment cannot be taken back. Make the opposite one in the PSA, and accept it here.")


def has_companions(line: Line, entry: Evidence) -> bool:
    """Whether the plan of this write proved others of the line: half of them cannot be taken back."""
    return any(
        each.plan_hash == entry.plan_hash and each.sequence != entry.sequence and each.ending is Ending.VERIFIED
        for each in line.input.journal.evidence
    )


def find_later(line: Line, entry: Evidence, after: Addition) -> Evidence | None:
    """A later proved write of the same addition."""
    return next(
        (
            each
            for each in line.input.journal.evidence
            if each.sequence > entry.sequence and each.after is not None and each.after.id == after.id
        ),
        None,
    )


def undo_creation(line: Line, now: Addition, entry: Evidence, around: Surroundings) -> Change | TooLate:
    """An addition that no invoice has billed yet bills nothing from its first day on."""
    through = find_invoiced_through(entry.change.agreement_id, around)
    start = find_uninvoiced(now, line.written[now.id], through)
    if through is None or (now.effective_on is not None and start > now.effective_on):
        return TooLate(explain_invoiced(line, now, "It was created"))
    return set_addition(line, entry, now, replace(now, quantity=now.included))


def undo_setting(
    line: Line, now: Addition, entry: Evidence, change: SetAddition, around: Surroundings
) -> Change | TooLate:
    """A dated end is taken back until it has passed; anything undated until the next invoice."""
    back = replace(
        now,
        quantity=change.before.quantity,
        cancelled_on=change.before.cancelled_on,
        billable_option=change.before.billable_option,
        unit_price=change.before.unit_price,
        description=change.before.description,
    )
    if change.is_dated:
        if not is_open(now, around.today):
            ended = "" if now.cancelled_on is None else f" on {write_short_day(now.cancelled_on)}"
            return TooLate(f"Addition {now.id} has ended{ended}. Map it anew to bill the seats again.")
        return set_addition(line, entry, now, back)
    invoiced_then = None if entry.ledger is None else entry.ledger.invoiced_through
    through = find_invoiced_through(change.agreement_id, around)
    if through is None or through != invoiced_then:
        return TooLate(explain_invoiced(line, now, "It was changed"))
    return set_addition(line, entry, now, back)


def find_invoiced_through(agreement_id: str, around: Surroundings) -> date | None:
    """P of the agreement that was written to; None where nobody knows, or it was not read: the line left it since."""
    agreement = around.agreements.get(agreement_id)
    return None if agreement is None else agreement.facts.invoiced_through


def set_addition(line: Line, entry: Evidence, now: Addition, after: Addition) -> SetAddition:
    """The write that makes an addition be as `after`, under the line's next number."""
    sequence = line.input.journal.next_sequence
    start = entry.change.describes_from if isinstance(entry.change, SetAddition) else now.effective_on
    return SetAddition(
        agreement_id=entry.change.agreement_id,
        sequence=sequence,
        key=make_key(line.input.mapping.id, sequence),
        before=now,
        after=after,
        describes_from=start or after.effective_on or line.counts[0].day,
    )


def explain_invoiced(line: Line, addition: Addition, what: str) -> str:
    """Why a write that was invoiced since stays."""
    through = line.facts.invoiced_through
    if through is None:
        return (
            f"{what}, and the PSA does not say what it has invoiced of addition {addition.id} since. Correct it there."
        )
    told = f"addition {addition.id} is invoiced through {write_short_day(through)}"
    return f"{what} before the last invoice: {told}. Correct that invoice in the PSA."
