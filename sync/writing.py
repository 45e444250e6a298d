"""The protocol of one write: intent → re-read → write → read back → evidence (R1, R6, R8, R9, R13).

Every step is harmless when done again. The intent is a row that only one worker can insert; whoever finds it taken
reads and verifies, and sends again only after `late_effect_limit`, under an attempt of its own. A write that makes an
addition is known again by its key, one that changes an addition by the values that it was to have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plans.changes import CreateAddition, FinishIntent
from plans.errors import Retry, Spent
from plans.journal import Acceptance, Ending, Intent
from plans.ledger import derive_billed
from plans.ports import Accepted, InDoubt, Refused
from profiles.billing import Customer
from profiles.periods import ONE_DAY
from sync.looking import (
    Conflict,
    Landed,
    Look,
    Task,
    Untouched,
    as_planned,
    find_difference,
    find_effect,
    find_target,
    name_target,
    take_look,
)
from sync.outcomes import Again, Outcome, Overtaken, Settled, Withdrawn
from sync.proving import (
    accept_evidence,
    conclude,
    find_evidence,
    note_accepted,
    pause,
    seconds_until,
    settle,
    verify,
)

CANNOT_READ_PAUSE_SECONDS = 30
TOO_LATE = "too much time passed between the promise and the write"


async def push_change(task: Task) -> Outcome:
    """One change, from wherever it stands to its evidence."""
    evidence = find_evidence(task.journal, task.change.sequence)
    if evidence is not None:
        return accept_evidence(task, task.journal, evidence)
    attempts = [intent for intent in task.journal.open_intents if intent.sequence == task.change.sequence]
    try:
        return await (take_up(task, attempts) if attempts else start(task))
    except Spent as error:
        return Again(int(task.outside.limits.budget_pause.total_seconds()), str(error))
    except Retry as error:
        return Again(CANNOT_READ_PAUSE_SECONDS, str(error))


async def start(task: Task) -> Outcome:
    """Nobody has promised this change: promise it, unless the plan only meant to find out about a promise, or rests on
    a line that is not the one it was."""
    name = task.line.licence_name
    withdrawn = await find_withdrawal(task)
    if withdrawn is not None:
        return withdrawn
    if isinstance(task.line.decision, FinishIntent):
        return Overtaken(f"What was promised for {name} was settled before this run looked.")
    if task.journal.parked_sentence is not None:
        return Overtaken(f"{name} waits for a person: {task.journal.parked_sentence}")
    if derive_billed(as_planned(task.journal, task.line).ledger) != task.line.billed:
        return Overtaken(f"What {name} bills was written anew, or adopted, after this run was planned.")
    return await send_first(task)


async def take_up(task: Task, attempts: Sequence[Intent]) -> Outcome:
    """Somebody promised under this number. If it was another change, that one is settled, and this plan is void."""
    promised = max(attempts, key=lambda intent: intent.attempt)
    if promised.agreement_id not in task.plan.touched_agreement_ids:
        return Overtaken(f"{task.line.licence_name} was promised to agreement {promised.agreement_id} meanwhile.")
    accepted = next((each for each in task.journal.acceptances if each.sequence == promised.sequence), None)
    taken_up = await adopt_promise(task, promised)
    outcome = await recover(taken_up, promised, accepted)
    if promised.change == task.change or isinstance(outcome, Again):
        return outcome
    return Overtaken(f"Run {promised.run_id} changed {task.line.licence_name} after this run was planned.")


async def adopt_promise(task: Task, promised: Intent) -> Task:
    """The promise as the task: what was invoiced when it was made is said by the plan that made it.

    Raises Bug where that plan is missing.
    """
    plan = task.plan
    if promised.plan_hash != task.plan_hash:
        plan = await task.outside.archive.read_plan(promised.plan_hash)
    return replace(task, change=promised.change, promised=promised, facts=plan.facts_of(promised.agreement_id))


async def send_first(task: Task) -> Outcome:
    """Nobody has tried this change yet: promise it, look once more, send it."""
    intent = make_intent(task, attempt=0)
    if not await task.outside.books.insert_intent(task.plan.customer_id, intent):
        return Again(pause(task.outside), "another worker has just promised the same change")
    look = await take_look(task)
    if isinstance(task.change, CreateAddition):
        effect = find_effect(task, look)
        if not isinstance(effect, Untouched):
            return await conclude(task, effect)
    return await send(task, intent, look)


async def recover(task: Task, promised: Intent, accepted: Acceptance | None) -> Outcome:
    """This change was promised before: find what became of it before anything is sent again.

    Only the plan that promised it may send it again: another one rests on another world. An agreement that is not
    there proves nothing, and neither does one look at a list (connectwise.md 7, step 5).
    """
    limits = task.outside.limits
    quiet_since = promised.created_at + limits.send_window + limits.late_effect_limit
    is_quiet = task.outside.now() >= quiet_since
    look = await take_look(task)
    effect = find_effect(task, look)
    if isinstance(effect, Landed) or (isinstance(effect, Conflict) and not effect.may_pass):
        return await conclude(task, effect)
    if not is_quiet:
        return Again(seconds_until(task.outside, quiet_since), "the PSA may still act on what was sent")
    if look.agreement is None or await take_look(task) != look:
        return Again(pause(task.outside), f"agreement {promised.agreement_id} does not read the same twice")
    if isinstance(effect, Conflict):
        return await conclude(task, effect)
    if accepted is not None:
        return await settle_accepted(task, accepted, look)
    if may_be_hidden(task, look):
        return await settle(task, Ending.MISMATCH, None, explain_hidden(task))
    is_own = promised.plan_hash == task.plan_hash
    intent = make_intent(task, promised.attempt + 1) if is_own else renew(task, promised)
    if not await task.outside.books.insert_intent(task.plan.customer_id, intent):
        return Again(pause(task.outside), "another worker has just taken the change over")
    return await (send(task, intent, look) if is_own else give_up(task, intent))


async def give_up(task: Task, intent: Intent) -> Outcome:
    """End another plan's promise that never arrived, while nobody else can have taken it over."""
    if not is_young(task, intent):
        return Again(pause(task.outside), TOO_LATE)
    sentence = f"What was promised for {task.line.licence_name} never arrived. The next run plans it afresh."
    return await settle(task, Ending.OVERTAKEN, None, sentence)


def may_be_hidden(task: Task, look: Look) -> bool:
    """Whether the addition that was promised would have ended by now, wherever the PSA's day begins: a PSA may leave it
    out of its lists and counts then, and what was made is not made again (connectwise.md 3, "After invoicing"). One
    that lists others which have ended leaves none out.
    """
    change, today = task.change, task.outside.local_day()
    ends_on = change.ends_on if isinstance(change, CreateAddition) else None
    if ends_on is None or ends_on > today + ONE_DAY:
        return False
    listed = () if look.agreement is None else look.agreement.additions
    return not any(each.cancelled_on is not None and each.cancelled_on < today - ONE_DAY for each in listed)


def explain_hidden(task: Task) -> str:
    """What a person has to find out where nobody can tell whether an addition was made."""
    return (
        f"Nobody can tell whether the PSA made the addition {task.change.key} for {task.line.licence_name} on "
        f"agreement {task.change.agreement_id}: its answer was lost, and the addition has ended since, so that the PSA "
        "may not list it. Look for it there. If it is there, it is right; if not, bill its days by hand. Then accept "
        "the line as it is."
    )


async def settle_accepted(task: Task, accepted: Acceptance, look: Look) -> Outcome:
    """The PSA took the write once, and lists nothing of it. An addition is asked for by its number first; else somebody
    undid it, and it is not written again."""
    if isinstance(task.change, CreateAddition):
        if await task.psa.read_addition(task.change.agreement_id, accepted.addition_id) is not None:
            return await verify(task, accepted.addition_id)
        sentence = f"The PSA took addition {accepted.addition_id}, and it is gone. Somebody deleted it in the PSA."
        return await settle(task, Ending.MISMATCH, None, sentence)
    sentence = (
        f"The PSA took the change of addition {accepted.addition_id}, and shows it as it was before. Somebody put it "
        "back, or the PSA did."
    )
    return await settle(task, Ending.MISMATCH, look.found[0], sentence)


async def send(task: Task, intent: Intent, look: Look) -> Outcome:
    """Write once, if the promise is still young and the world is still the one that was planned on.

    An old promise may be another worker's by now, who may have sent it: its end is no longer ours to tell.
    """
    withdrawn = await find_withdrawal(task)
    if not is_young(task, intent):
        return Again(pause(task.outside), TOO_LATE)
    if withdrawn is not None:
        ended = await settle(task, Ending.OVERTAKEN, None, withdrawn.sentence)
        return withdrawn if isinstance(ended, Settled) else ended
    moved = find_difference(task, look)
    if moved is not None:
        return await settle(task, Ending.OVERTAKEN, None, moved)
    answer = await task.psa.send(name_target(task))
    match answer:
        case Accepted(addition_id):
            return await verify_sent(task, addition_id)
        case Refused(sentence, is_day_taken, is_posted):
            ending = Ending.POSTED if is_posted else Ending.DAY_TAKEN if is_day_taken else Ending.REFUSED
            return await settle(task, ending, None, sentence)
        case InDoubt(sentence):
            return Again(pause(task.outside), sentence)


async def verify_sent(task: Task, addition_id: str) -> Outcome:
    """Read back what the PSA has just taken. Where it cannot be read, its number is kept for whoever looks next."""
    try:
        return await verify(task, addition_id)
    except Retry:
        change = task.change
        target_id = addition_id if isinstance(change, CreateAddition) else find_target(task, change)
        await note_accepted(task, target_id)
        raise


async def find_withdrawal(task: Task) -> Withdrawn | None:
    """Whether a person removed the customer, let it only be observed, or paused all writing since this run was planned.

    Looked at before a promise is made and again just before anything is sent: what is on its way by then ends as any
    write does.
    """
    name = task.line.licence_name
    match await task.outside.books.read_customer(task.plan.customer_id):
        case None:
            return Withdrawn(f"{name} was not written: its customer was removed since this run was planned.")
        case Customer(is_observed=True):
            return Withdrawn(f"{name} was not written: its customer is only observed since this run was planned.")
        case _:
            return await find_pause(task)


async def find_pause(task: Task) -> Withdrawn | None:
    """Whether somebody paused all writing: a run that was judged before stops at its next write."""
    pause = (await task.outside.profiles.read_controls()).pause
    if pause is None:
        return None
    sentence = f"{task.line.licence_name} was not written: {pause.paused_by} paused all writing. {pause.reason}"
    return Withdrawn(sentence)


def is_young(task: Task, intent: Intent) -> bool:
    """Whether a promise is its maker's alone: nobody takes it over before the send window has long passed."""
    return task.outside.now() <= intent.created_at + task.outside.limits.send_window


def renew(task: Task, promised: Intent) -> Intent:
    """Another plan's promise under an attempt of ours, so that nobody sends it while we end it."""
    return replace(promised, attempt=promised.attempt + 1, created_at=task.outside.now())


def make_intent(task: Task, attempt: int) -> Intent:
    """The promise to write this change, dated now."""
    return Intent(
        mapping_id=task.line.mapping_id,
        sequence=task.change.sequence,
        attempt=attempt,
        connection_id=task.plan.connection_id,
        run_id=task.run_id,
        plan_hash=task.plan_hash,
        created_at=task.outside.now(),
        change=task.change,
        before=task.before,
    )
