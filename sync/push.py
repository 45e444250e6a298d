"""The protocol of one write: intent → re-read → write → read back → evidence (R1, R6, R8, R9, R13).

Every step is harmless when done again. The intent is a row that only one worker can insert; whoever finds it taken
reads and verifies, and sends again only after `late_effect_limit`, under an attempt of its own, with the same key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from plans.agreements import Addition, Agreement, AgreementReading, UnreadableAgreement
from plans.changes import CreateAddition, FinishIntent
from plans.errors import Bug, Retry, SeatledgerError
from plans.journal import Acceptance, Ending, Evidence, HistoryEntry, Intent, LedgerEntry, LineJournal, Settlement
from plans.keys import find_by_key
from plans.plan import AgreementPlan, LinePlan
from plans.planning import select_additions
from plans.ports import Accepted, InDoubt, Outside, Refused
from plans.results import PushResult
from profiles.billing import BillableOption
from sync.outcomes import Again, Outcome, Overtaken, Settled, summarise_push

CANNOT_READ_PAUSE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Task:
    """One change on its way: everything that the steps of the protocol share."""

    outside: Outside
    run_id: str
    plan: AgreementPlan
    plan_hash: str
    line: LinePlan
    change: CreateAddition


async def push_agreement(outside: Outside, run_id: str, plan_hash: str) -> PushResult | Again:
    """Bring one agreement to where its judged plan says, line by line; or say when to look again.

    While a line is in doubt the turn is kept beyond the next look, so that no other run writes around it.
    """
    plan = await outside.archive.read_plan(plan_hash)
    holder = f"{run_id}/{plan.customer_id}"
    until = outside.now() + outside.limits.turn_length
    if not await outside.books.take_turn(plan.connection_id, plan.agreement_id, holder, until):
        return Again(pause(outside), f"another run is writing to agreement {plan.agreement_id}")
    try:
        outcomes = [await push_line(outside, run_id, plan, plan_hash, line) for line in plan.changes]
    except SeatledgerError:
        await outside.books.end_turn(plan.connection_id, plan.agreement_id, holder)
        raise
    waiting = [outcome for outcome in outcomes if isinstance(outcome, Again)]
    if waiting:
        again = min(waiting, key=lambda again: again.seconds)
        until = outside.now() + timedelta(seconds=again.seconds) + outside.limits.turn_length
        await outside.books.take_turn(plan.connection_id, plan.agreement_id, holder, until)
        return again
    await outside.books.end_turn(plan.connection_id, plan.agreement_id, holder)
    return summarise_push(run_id, plan, plan_hash, outcomes)


async def push_line(outside: Outside, run_id: str, plan: AgreementPlan, plan_hash: str, line: LinePlan) -> Outcome:
    """One line, from wherever it stands to its evidence."""
    task = Task(outside, run_id, plan, plan_hash, line, find_change(line))
    journal = await outside.books.read_line(plan.customer_id, line.mapping_id)
    evidence = find_evidence(journal, task.change.sequence)
    if evidence is not None:
        return accept_evidence(task, evidence)
    attempts = [intent for intent in journal.open_intents if intent.sequence == task.change.sequence]
    try:
        return await (take_up(task, attempts, journal) if attempts else start(task))
    except Retry as error:
        return Again(CANNOT_READ_PAUSE_SECONDS, str(error))


def find_change(line: LinePlan) -> CreateAddition:
    """The change of a line that is pushed."""
    match line.decision:
        case CreateAddition():
            return line.decision
        case FinishIntent(change):
            return change
        case _:
            raise Bug(f"{line.licence_name} was to be pushed, but its plan changes nothing.")


async def start(task: Task) -> Outcome:
    """Nobody has promised this change: promise it, unless the plan only meant to find out about a promise."""
    if isinstance(task.line.decision, FinishIntent):
        return Overtaken(f"What was promised for {task.line.licence_name} was settled before this run looked.")
    return await send_first(task)


async def take_up(task: Task, attempts: Sequence[Intent], journal: LineJournal) -> Outcome:
    """Somebody promised under this number. If it was another change, that one is settled, and this plan is void."""
    promised = max(attempts, key=lambda intent: intent.attempt)
    if promised.agreement_id != task.plan.agreement_id:
        return Overtaken(f"{task.line.licence_name} was promised to agreement {promised.agreement_id} meanwhile.")
    accepted = next((each for each in journal.acceptances if each.sequence == promised.sequence), None)
    if promised.change == task.change:
        return await recover(task, promised, accepted)
    outcome = await recover(replace(task, change=promised.change), promised, accepted)
    if isinstance(outcome, Again):
        return outcome
    return Overtaken(f"Run {promised.run_id} changed {task.line.licence_name} after this run was planned.")


def find_evidence(journal: LineJournal, sequence: int) -> Evidence | None:
    """How this line's intent of that number ended, if it did."""
    return next((entry for entry in journal.evidence if entry.sequence == sequence), None)


def accept_evidence(task: Task, evidence: Evidence) -> Settled | Overtaken:
    """Evidence that is there already: of this very change, or of another that took its number."""
    if evidence.change == task.change:
        return Settled(evidence)
    return Overtaken(f"Run {evidence.run_id} changed {task.line.licence_name} after this run was planned.")


async def send_first(task: Task) -> Outcome:
    """Nobody has tried this change yet: promise it, look once more, send it."""
    intent = make_intent(task, attempt=0)
    if not await task.outside.books.insert_intent(task.plan.customer_id, intent):
        return Again(pause(task.outside), "another worker has just promised the same change")
    agreement = await read_agreement_now(task)
    matches = find_matches(task, agreement)
    if matches:
        return await settle_matches(task, matches)
    return await send(task, intent, agreement)


async def recover(task: Task, promised: Intent, accepted: Acceptance | None) -> Outcome:
    """This change was promised before: find what became of it before anything is sent again.

    Only the plan that promised it may send it again: another one rests on another world. An agreement that is not
    there proves nothing, and neither does one look at a list (connectwise.md 7, step 5).
    """
    limits = task.outside.limits
    quiet_since = promised.created_at + limits.send_window + limits.late_effect_limit
    is_quiet = task.outside.now() >= quiet_since
    agreement = await read_agreement_now(task)
    matches = find_matches(task, agreement)
    if matches:
        return await settle_matches(task, matches)
    if not is_quiet:
        return Again(seconds_until(task.outside, quiet_since), "the PSA may still act on what was sent")
    if agreement is None or await read_agreement_now(task) != agreement:
        return Again(pause(task.outside), f"agreement {task.plan.agreement_id} does not read the same twice")
    if accepted is not None:
        sentence = f"The PSA took addition {accepted.addition_id}, and it is gone. Somebody deleted it in the PSA."
        return await settle(task, Ending.MISMATCH, None, sentence)
    if promised.plan_hash != task.plan_hash:
        sentence = f"What was promised for {task.line.licence_name} never arrived. The next run plans it afresh."
        return await settle(task, Ending.OVERTAKEN, None, sentence)
    intent = make_intent(task, promised.attempt + 1)
    if not await task.outside.books.insert_intent(task.plan.customer_id, intent):
        return Again(pause(task.outside), "another worker has just taken the change over")
    return await send(task, intent, agreement)


async def send(task: Task, intent: Intent, agreement: AgreementReading | None) -> Outcome:
    """Write once, if the world is still the one that was planned on and the promise is still young."""
    moved = find_difference(task, agreement)
    if moved is not None:
        return await settle(task, Ending.OVERTAKEN, None, moved)
    if task.outside.now() > intent.created_at + task.outside.limits.send_window:
        return Again(pause(task.outside), "too much time passed between the promise and the write")
    answer = await task.outside.connections[task.plan.connection_id].create_addition(
        task.plan.agreement_id, task.change
    )
    match answer:
        case Accepted(addition_id):
            return await verify(task, addition_id)
        case Refused(sentence):
            return await settle(task, Ending.REFUSED, None, sentence)
        case InDoubt(sentence):
            return Again(pause(task.outside), sentence)


async def read_agreement_now(task: Task) -> AgreementReading | None:
    """The re-read before a write: the agreement as it is this moment; None where the PSA has it no more.

    Raises Retry where the list of its additions is not as long as the PSA itself counts.
    """
    psa, agreement_id = task.outside.connections[task.plan.connection_id], task.plan.agreement_id
    found = next((each for each in await psa.read_agreements([agreement_id]) if each.id == agreement_id), None)
    if isinstance(found, Agreement) and await psa.count_additions(agreement_id) != len(found.additions):
        raise Retry(f"the PSA did not list every addition of agreement {agreement_id}")
    return found


def find_matches(task: Task, agreement: AgreementReading | None) -> tuple[Addition, ...]:
    """The additions that already carry the key of this change.

    Raises Retry where the agreement cannot be read whole: a key that was not seen is not a key that is not there.
    """
    match agreement:
        case None:
            return ()
        case UnreadableAgreement(_, sentence):
            raise Retry(sentence)
        case _:
            return find_by_key(agreement.additions, task.change.key)


def find_difference(task: Task, agreement: AgreementReading | None) -> str | None:
    """What moved between plan and push, in a sentence; None where the plan still rests on the truth."""
    if agreement is None or isinstance(agreement, UnreadableAgreement):
        return f"Agreement {task.plan.agreement_id} is no longer in the PSA."
    if agreement.facts != task.plan.facts:
        return f"Agreement {task.plan.agreement_id} was changed in the PSA after the night was planned."
    found = select_additions(agreement, task.line.mapping_id, task.line.product_id)
    if found != task.line.before:
        return f"The additions of {task.line.licence_name} were changed in the PSA after the night was planned."
    return None


async def settle_matches(task: Task, matches: Sequence[Addition]) -> Outcome:
    """The key is in the PSA already: one is ours and done, two are one too many."""
    if len(matches) == 1:
        return await verify(task, matches[0].id)
    ids = ", ".join(addition.id for addition in matches)
    sentence = f"Additions {ids} carry the same key {task.change.key}. End all but one in the PSA."
    return await settle(task, Ending.MISMATCH, matches[0], sentence)


async def verify(task: Task, addition_id: str) -> Outcome:
    """Read the addition back and compare every field that was sent."""
    psa = task.outside.connections[task.plan.connection_id]
    after = await psa.read_addition(task.plan.agreement_id, addition_id)
    if after is None:
        acceptance = Acceptance(task.line.mapping_id, task.change.sequence, addition_id)
        await task.outside.books.note_acceptance(task.plan.customer_id, acceptance)
        return Again(pause(task.outside), f"addition {addition_id} was accepted but cannot be read back yet")
    differences = compare_fields(task.change, after)
    if differences:
        sentence = f"Addition {after.id} is not what was sent: {', '.join(differences)}."
        return await settle(task, Ending.MISMATCH, after, sentence)
    sentence = (
        f"{task.line.licence_name}: {task.line.quantity_before} → "
        f"{task.line.quantity_before + task.change.quantity} from {task.change.effective_on.isoformat()}, "
        f"addition {after.id}."
    )
    return await settle(task, Ending.VERIFIED, after, sentence)


def compare_fields(change: CreateAddition, after: Addition) -> tuple[str, ...]:
    """The fields in which the addition differs from what was sent, each with both values."""
    sent_and_found: dict[str, tuple[object, object]] = {
        "product": (change.product_id, after.product_id),
        "quantity": (change.quantity, after.quantity),
        "effective date": (change.effective_on, after.effective_on),
        "cancelled date": (None, after.cancelled_on),
        "billable option": (change.billable_option, after.billable_option),
        "key": (change.key, after.key),
    }
    if change.unit_price is not None:
        sent_and_found["price"] = (change.unit_price, after.unit_price)
    if change.description is not None:
        sent_and_found["description"] = (" ".join(change.description.split()), " ".join(after.description.split()))
    return tuple(
        f"{field} sent {spell(sent)}, found {spell(found)}"
        for field, (sent, found) in sent_and_found.items()
        if sent != found
    )


def spell(value: object) -> str:
    """A value as a person reads it."""
    match value:
        case None | "":
            return "nothing"
        case BillableOption():
            return value.value.replace("_", " ")
        case _:
            return str(value)


async def settle(task: Task, ending: Ending, after: Addition | None, sentence: str) -> Settled | Overtaken:
    """Commit how the intent ended: evidence, ledger, history, and the park if it ended badly, as one batch."""
    now = task.outside.now()
    change = task.change
    evidence = Evidence(
        mapping_id=task.line.mapping_id,
        sequence=change.sequence,
        run_id=task.run_id,
        plan_hash=task.plan_hash,
        ending=ending,
        ended_at=now,
        change=change,
        before=task.line.before,
        after=after,
        sentence=sentence,
    )
    ledger = make_ledger_entry(task, after) if ending is Ending.VERIFIED and after is not None else None
    settlement = Settlement(
        evidence=evidence,
        ledger=ledger,
        history=HistoryEntry(now, task.line.mapping_id, change.sequence, task.run_id, sentence),
        last_quantity=task.line.quantity_before if ledger is None else ledger.quantity,
        parked_sentence=sentence if ending is Ending.MISMATCH else None,
    )
    if await task.outside.books.settle(task.plan.customer_id, settlement):
        return Settled(evidence)
    journal = await task.outside.books.read_line(task.plan.customer_id, task.line.mapping_id)
    settled_by_another = find_evidence(journal, change.sequence)
    if settled_by_another is None:
        raise Bug(f"The books refused evidence {change.sequence} of {task.line.mapping_id} and have none.")
    return accept_evidence(task, settled_by_another)


def make_ledger_entry(task: Task, after: Addition) -> LedgerEntry:
    """What this line sums to from the change on."""
    return LedgerEntry(
        mapping_id=task.line.mapping_id,
        effective_on=task.change.effective_on,
        sequence=task.change.sequence,
        quantity=task.line.quantity_before + task.change.quantity,
        addition_id=after.id,
    )


def make_intent(task: Task, attempt: int) -> Intent:
    """The promise to write this change, dated now."""
    return Intent(
        mapping_id=task.line.mapping_id,
        sequence=task.change.sequence,
        attempt=attempt,
        connection_id=task.plan.connection_id,
        agreement_id=task.plan.agreement_id,
        run_id=task.run_id,
        plan_hash=task.plan_hash,
        created_at=task.outside.now(),
        change=task.change,
        before=task.line.before,
    )


def pause(outside: Outside) -> int:
    """How long to leave a line alone that somebody else may be at, in whole seconds."""
    return max(1, int(outside.limits.late_effect_limit.total_seconds()) // 10)


def seconds_until(outside: Outside, moment: datetime) -> int:
    """Whole seconds from now until then, at least one."""
    return max(1, int((moment - outside.now()).total_seconds()) + 1)
