"""After a write: the read-back, its comparison with what was sent, and the evidence that ends the intent (R9, R16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from plans.agreements import Addition, Agreement
from plans.changes import AdjustUnits, CreateAddition, SetAddition
from plans.edits import is_heard
from plans.errors import Bug, Retry
from plans.journal import Acceptance, Ending, Evidence, HistoryEntry, LineJournal, Settlement
from plans.ledger import LedgerEntry, Proof, derive_billed, effect_of, make_entry
from plans.ports import Outside
from sync.looking import (
    DECIDING,
    Conflict,
    Landed,
    Task,
    compare_fields,
    compare_sent,
    expect_after,
    expect_before,
    find_target,
    find_target_id,
    list_sent,
    read_agreement,
)
from sync.outcomes import Again, Outcome, Overtaken, Settled
from sync.wording import describe_late_adjustment, describe_late_write, describe_write


async def conclude(task: Task, effect: Landed | Conflict) -> Outcome:
    """End a promise of which the PSA shows something."""
    match effect:
        case Landed(addition_id):
            return await verify(task, addition_id)
        case Conflict(sentence, addition):
            return await settle(task, Ending.MISMATCH, addition, sentence)


async def verify(task: Task, addition_id: str) -> Outcome:
    """Read the addition back and compare every field that was sent; of what was not, nothing that decides may move."""
    change = task.change
    target_id = addition_id if isinstance(change, CreateAddition) else find_target(task, change)
    after = await task.psa.read_addition(change.agreement_id, target_id)
    if after is None:
        return await wait_for_it(task, target_id, "cannot be read back yet")
    sent = list_sent(change)
    if isinstance(change, AdjustUnits) and not compare_fields(expect_before(task, change), after, sent, "was"):
        # The PSA said that it took the adjustment, and its units are as they were: it may show them later.
        return await wait_for_it(task, target_id, "does not show it yet")
    wrong = list_wrong(task, after)
    if wrong:
        again = await task.psa.read_addition(change.agreement_id, target_id)
        if again is None or list_wrong(task, again) != wrong:
            # Units come in pages: an adjustment that lands between two of them shows on the later one alone.
            return await wait_for_it(task, target_id, "is not read twice alike yet")
        sentence = f"Addition {after.id} is not what was sent: {', '.join(wrong)}."
        return await settle(task, Ending.MISMATCH, after, sentence)
    park = await find_late_write(task)
    entry = make_ledger_entry(task, after)
    sentence = describe_write(task.line, change, derive_billed(task.journal.ledger), entry)
    return await settle(task, Ending.VERIFIED, after, sentence, entry, park)


def list_wrong(task: Task, after: Addition) -> tuple[str, ...]:
    """What of an addition is not as it was sent, or moved although nothing of it was."""
    moved = compare_fields(expect_after(task), after, DECIDING - list_sent(task.change), "should be")
    return (*compare_sent(task, after), *moved)


async def wait_for_it(task: Task, target_id: str, why: str) -> Again:
    """The PSA took the write and shows nothing of it: it is never sent again, and looked for until it is quiet."""
    await note_accepted(task, target_id)
    return Again(pause(task.outside), f"addition {target_id} was accepted but {why}")


async def note_accepted(task: Task, target_id: str) -> None:
    """Keep that the PSA took the write, and to which addition."""
    acceptance = Acceptance(task.line.mapping_id, task.change.sequence, target_id)
    await task.outside.books.note_acceptance(task.plan.customer_id, acceptance)


async def find_late_write(task: Task) -> str | None:
    """Whether an invoice came between that bills otherwise than the write says, in a sentence (billing rules, 6).

    Raises Retry where the agreement cannot be read: the write is verified again then.
    """
    change, through = task.change, task.invoiced_through
    if isinstance(change, CreateAddition) or (isinstance(change, AdjustUnits) and not takes_away(change)):
        return None
    agreement = await read_agreement(task)
    if agreement is None:
        raise Retry(f"agreement {change.agreement_id} cannot be read after it was written to")
    if isinstance(change, AdjustUnits):
        target_id = find_target(task, change)
        is_late = is_posted(change, target_id, through, agreement) and not has_caught_up(task, target_id, agreement)
        return describe_late_adjustment(task.line, change, target_id, agreement) if is_late else None
    found = agreement.facts.find_invoiced(find_target_id(change))
    if found == through or (change.is_dated and not may_have_billed(change, through, found)):
        return None
    return describe_late_write(task.line, change, through, found)


def takes_away(change: AdjustUnits) -> bool:
    """Whether an adjustment gives money back where its days are invoiced already: fewer units, or another price of
    those that were there. More units become an item of their own, whenever they come (autotask-halo.md 2)."""
    is_repriced = change.unit_price is not None and change.unit_price != change.price_before
    return change.units_after < change.units_before or (is_repriced and change.units_before > 0)


def is_posted(change: AdjustUnits, addition_id: str, through: date | None, agreement: Agreement) -> bool:
    """Whether the day of an adjustment was invoiced since it was planned, when P of the addition was `through`.

    No units from a period's first day on are invoiced with nothing, so that P goes along with the agreement's there:
    the parts that were invoiced by themselves tell, where the PSA says which.
    """
    facts, day = agreement.facts, change.effective_on
    found = facts.find_invoiced(addition_id)
    if found is not None and (day > found or (through is not None and day <= through)):
        return False
    starts_period = facts.grid is not None and facts.grid.period_of(day).start == day
    if change.units_after or not starts_period or agreement.posted_parts is None:
        return True
    return (addition_id, day) in agreement.posted_parts


def has_caught_up(task: Task, addition_id: str, agreement: Agreement) -> bool:
    """Whether an addition that the plan itself made has come no further than its agreement was when it was planned:
    units may be invoiced as soon as they are put on days that are, and no invoice came between."""
    found = agreement.facts.find_invoiced(addition_id)
    planned = None if task.facts is None else task.facts.invoiced_through
    is_new = isinstance(task.change, AdjustUnits) and bool(task.change.made_by)
    return is_new and found is not None and planned is not None and found <= planned


def may_have_billed(change: SetAddition, through: date | None, found: date | None) -> bool:
    """Whether seats that another end moves may be on an invoice made since it was planned: P was `through` then, and is
    `found` now. Nobody knows whether the end or the invoice was there first; an end after what is invoiced is right."""
    first, moved = effect_of(change)
    is_reached = found is None or ((through is None or found > through) and first <= found)
    return is_reached and bool(moved.steps)


def make_ledger_entry(task: Task, after: Addition) -> LedgerEntry:
    """What the line sums to since the write, from what its ledger said before it."""
    billed = task.journal.find_billed(task.change.agreement_id, task.invoiced_through)
    return make_entry(task.line.mapping_id, task.change, billed, Proof(after.id, task.invoiced_through))


async def settle(
    task: Task,
    ending: Ending,
    after: Addition | None,
    sentence: str,
    entry: LedgerEntry | None = None,
    park: str | None = None,
) -> Settled | Overtaken:
    """Commit how the intent ended: evidence with its ledger entry, history and the line's state, as one batch.

    `park` is why a person must look at a write that was verified. A line that is parked already stays so.
    """
    now, change, journal = task.outside.now(), task.change, task.journal
    evidence = Evidence(
        mapping_id=task.line.mapping_id,
        sequence=change.sequence,
        run_id=task.run_id,
        plan_hash=task.plan_hash,
        ending=ending,
        ended_at=now,
        change=change,
        before=task.before,
        after=after,
        ledger=entry,
        sentence=sentence,
    )
    told = sentence if park is None else f"{sentence} {park}"
    settlement = Settlement(
        evidence=evidence,
        history=HistoryEntry(now, task.line.mapping_id, change.sequence, task.run_id, told),
        last_quantity=derive_billed(journal.ledger).final if entry is None else entry.quantity,
        parked_sentence=sentence if ending is Ending.MISMATCH else park or journal.parked_sentence,
        agreement_ids=find_billing_agreements(task, evidence),
    )
    if await task.outside.books.settle(task.plan.customer_id, settlement):
        return Settled(evidence, settlement.parked_sentence)
    journal = await task.outside.books.read_line(task.plan.customer_id, task.line.mapping_id)
    settled_by_another = find_evidence(journal, change.sequence)
    if settled_by_another is None:
        raise Bug(f"The books refused evidence {change.sequence} of {task.line.mapping_id} and have none.")
    return accept_evidence(task, journal, settled_by_another)


def find_billing_agreements(task: Task, evidence: Evidence) -> tuple[str, ...]:
    """The agreements that are read for an addition of the line, this write included, in the order of their ids."""
    journal = replace(task.journal, evidence=(*task.journal.evidence, evidence))
    today = task.outside.local_day()
    return tuple(sorted({each.agreement_id for each in journal.written.values() if is_heard(each.addition, today)}))


def find_evidence(journal: LineJournal, sequence: int) -> Evidence | None:
    """How this line's intent of that number ended, if it did."""
    return next((entry for entry in journal.evidence if entry.sequence == sequence), None)


def accept_evidence(task: Task, journal: LineJournal, evidence: Evidence) -> Settled | Overtaken:
    """Evidence that is there already: of this very change, or of another that took its number.

    Why the line is parked belongs to the newest evidence of it.
    """
    if evidence.change == task.change:
        is_newest = evidence == journal.evidence[-1]
        return Settled(evidence, journal.parked_sentence if is_newest else None)
    return Overtaken(f"Run {evidence.run_id} changed {task.line.licence_name} after this run was planned.")


def pause(outside: Outside) -> int:
    """How long to leave a line alone that somebody else may be at, in whole seconds."""
    return max(1, int(outside.limits.late_effect_limit.total_seconds()) // 10)


def seconds_until(outside: Outside, moment: datetime) -> int:
    """Whole seconds from now until then, at least one."""
    return max(1, int((moment - outside.now()).total_seconds()) + 1)
