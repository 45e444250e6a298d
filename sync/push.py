"""Pushing one agreement: its turn, its lines in their order, and each line's changes one after the other.

What one write goes through is in `sync.writing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plans.changes import Apply, Change, Unchanged
from plans.errors import SeatledgerError
from plans.plan import AgreementPlan, LinePlan
from plans.ports import Outside
from plans.results import PushResult
from sync.about import about
from sync.looking import Task
from sync.outcomes import Again, LineOutcome, Outcome, Overtaken, Withdrawn, ends_well, summarise_push
from sync.proving import pause
from sync.writing import push_change

# Of a turn, so that a push ends while its turns are still its own, and before an activity must (architecture).
LONGEST_PUSH = 0.8


@dataclass(frozen=True, slots=True)
class Push:
    """One plan on its way. After `ends_at` nothing new is begun: the rest waits for the next look."""

    outside: Outside
    run_id: str
    plan: AgreementPlan
    plan_hash: str
    ends_at: datetime

    @property
    def holder(self) -> str:
        """In whose name the turns are taken: this plan's, for two plans of one run may touch the same agreement."""
        return f"{self.run_id}/{self.plan.customer_id}/{self.plan.agreement_id}"


async def push_agreement(outside: Outside, run_id: str, plan_hash: str, allowed: frozenset[str]) -> PushResult | Again:
    """Bring the allowed lines of one plan to where it says, by their mappings; or say when to look again.

    It takes the turn of every agreement that the plan touches. While a line is in doubt the turns are kept beyond the
    next look, so that no other run writes around it. Raises Bug where there is no plan of this hash.
    """
    plan = await outside.archive.read_plan(plan_hash)
    push = Push(outside, run_id, plan, plan_hash, outside.now() + LONGEST_PUSH * outside.limits.turn_length)
    taken = await take_turns(push, outside.limits.turn_length)
    if taken is not None:
        return Again(pause(outside), f"another run is writing to agreement {taken}")
    try:
        with about(customer=plan.customer_id):
            lines = await push_lines(push, [line for line in plan.changes if line.mapping_id in allowed])
    except SeatledgerError:
        await end_turns(push, plan.touched_agreement_ids)
        raise
    waiting = [outcome for line in lines for outcome in line.outcomes if isinstance(outcome, Again)]
    if waiting:
        again = min(waiting, key=lambda again: again.seconds)
        await keep_turns(push, timedelta(seconds=again.seconds) + outside.limits.turn_length)
        return again
    await end_turns(push, plan.touched_agreement_ids)
    return summarise_push(run_id, plan, plan_hash, lines)


async def take_turns(push: Push, length: timedelta) -> str | None:
    """Become the one writer of every agreement the plan touches. The first that another run has is named, and those
    that were had are given back; all take them in the same order, so that no two wait for each other."""
    until = push.outside.now() + length
    had: list[str] = []
    for agreement_id in push.plan.touched_agreement_ids:
        if not await push.outside.books.take_turn(push.plan.connection_id, agreement_id, push.holder, until):
            await end_turns(push, had)
            return agreement_id
        had.append(agreement_id)
    return None


async def keep_turns(push: Push, length: timedelta) -> None:
    """Keep the turns for so long; one that ran out meanwhile is another's now, and the next look finds out."""
    until = push.outside.now() + length
    for agreement_id in push.plan.touched_agreement_ids:
        await push.outside.books.take_turn(push.plan.connection_id, agreement_id, push.holder, until)


async def end_turns(push: Push, agreement_ids: Sequence[str]) -> None:
    """Give turns back."""
    for agreement_id in agreement_ids:
        await push.outside.books.end_turn(push.plan.connection_id, agreement_id, push.holder)


async def push_lines(push: Push, lines: Sequence[LinePlan]) -> list[LineOutcome]:
    """Each line, after those whose writes belong to its own."""
    ended: dict[str, LineOutcome] = {}
    waiting = {line.mapping_id: line for line in lines}
    while waiting:
        line = next((each for each in waiting.values() if waiting.keys().isdisjoint(each.transfer)), None)
        line = line or next(iter(waiting.values()))
        del waiting[line.mapping_id]
        stopped = find_unended(push.plan, line, ended)
        ended[line.mapping_id] = await push_line(push, line) if stopped is None else LineOutcome(line, (stopped,))
    return [ended[line.mapping_id] for line in lines]


def find_unended(plan: AgreementPlan, line: LinePlan, ended: dict[str, LineOutcome]) -> Overtaken | Withdrawn | None:
    """Which line of the same transfer is not where it should be first, in a sentence; None where none is missing.

    What is left to find out about has more to come, which the next run plans.
    """
    if not isinstance(line.decision, Apply):
        return None
    for other in plan.lines:
        outcome = ended.get(other.mapping_id)
        is_there = isinstance(other.decision, Unchanged) or (
            isinstance(other.decision, Apply) and outcome is not None and outcome.stopped_by is None
        )
        if other.mapping_id in line.transfer and not is_there:
            if outcome is not None and isinstance(outcome.stopped_by, Withdrawn):
                return outcome.stopped_by
            return Overtaken(
                f"{line.licence_name} was not written: it is one transfer with {other.licence_name}, which has not "
                "ended. The next run plans both."
            )
    return None


async def push_line(push: Push, line: LinePlan) -> LineOutcome:
    """One line: its changes in their order, the next only when the one before was verified and nobody must look."""
    ended = LineOutcome(line, ())
    for change in line.changes:
        outcome = await push_next(push, ended, change)
        ended = LineOutcome(line, (*ended.outcomes, outcome))
        if not ends_well(outcome):
            break
    return ended


async def push_next(push: Push, ended: LineOutcome, change: Change) -> Outcome:
    """The next change of a line, on its journal as it is now."""
    line, now = ended.line, push.outside.now()
    if now >= push.ends_at:
        return Again(1, f"the writes of agreement {push.plan.agreement_id} take longer than one turn")
    task = Task(
        outside=push.outside,
        run_id=push.run_id,
        plan=push.plan,
        plan_hash=push.plan_hash,
        line=line,
        change=change,
        journal=await push.outside.books.read_line(push.plan.customer_id, line.mapping_id),
        earlier=ended.verified,
        facts=push.plan.facts_of(change.agreement_id),
    )
    return await push_change(task)
