"""Approving and refusing what waits (billing rules, 9)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from plans.approvals import Approval, OpenHold
from plans.asking import RunRequests
from plans.changes import HoldRule
from plans.collecting import understand_refusal
from plans.errors import Bug
from plans.journal import HistoryEntry, LineJournal, Refusal
from plans.plan import LinePlan
from plans.ports import Outside
from web.actions.asking import Actor, ask_for_run, reserve_run
from web.wording import write_count

LOGGER = logging.getLogger(__name__)

AT_ONCE = 16
# Approving these would write nothing: the pause comes before every approval, and half a transfer follows the other.
BEYOND_APPROVAL = frozenset({HoldRule.PAUSED, HoldRule.TRANSFER})


class Word(StrEnum):
    """What a person decides."""

    APPROVE = "approve"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Ticked:
    """One hold that a person ticked, with the hash of what was shown then."""

    hold_id: str
    line_hash: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision.

    `moved` waits with another plan than the one that was shown, `gone` counts what waits no longer; nothing was decided
    about either. `run_id` is the run that was asked for; None where none was, and then `is_asked` says whether one was
    needed.
    """

    word: Word
    done: tuple[OpenHold, ...] = ()
    moved: tuple[OpenHold, ...] = ()
    gone: int = 0
    run_id: str | None = None


def can_decide(hold: OpenHold) -> bool:
    """Whether a person's word can end this hold, or something else must be put right."""
    return bool(hold.line.line_hash) and hold.line.rule not in BEYOND_APPROVAL


async def decide(
    outside: Outside, requests: RunRequests, word: Word, ticked: Sequence[Ticked], actor: Actor
) -> Decided:
    """Approve or refuse every ticked hold that still is what was shown, and ask for one run that carries it out.

    Doing it again is harmless: the first approval of a hash stands, and a refusal takes the place of the last one.
    """
    holds = {hold.id: hold for hold in await outside.open_items.list_holds() if can_decide(hold)}
    shown = {each.hold_id: each.line_hash for each in ticked}
    waiting = {hold_id: holds[hold_id] for hold_id in shown if hold_id in holds}
    done = tuple(hold for hold_id, hold in waiting.items() if hold.line.line_hash == shown[hold_id])
    moved = tuple(hold for hold_id, hold in waiting.items() if hold.line.line_hash != shown[hold_id])
    gone = len(shown) - len(waiting)
    if not done:
        return Decided(word, (), moved, gone)
    asked = await reserve_run(outside, requests, {hold.customer_id for hold in done}, actor)
    keep = keep_approval if word is Word.APPROVE else keep_refusal
    await for_each(done, lambda hold: keep(outside, hold, asked.run_id, actor))
    for hold in done:
        LOGGER.info(
            "Allowed %s of %s, plan %s, run %s, by %s", word, hold.id, hold.line.line_hash, asked.run_id, actor.identity
        )
    is_asked = await ask_for_run(outside, requests, asked)
    return Decided(word, done, moved, gone, asked.run_id if is_asked else None)


async def for_each[T](items: Sequence[T], work: Callable[[T], Awaitable[None]]) -> None:
    """All of them, a few at once; the first error ends it, and what is done stays done."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(item: T) -> None:
        async with room:
            await work(item)

    await asyncio.gather(*(one(item) for item in items))


async def keep_approval(outside: Outside, hold: OpenHold, run_id: str, actor: Actor) -> None:
    """Allow exactly the writes that were shown."""
    line = hold.line
    approval = Approval(line.mapping_id, line.line_hash, actor.name, actor.at, actor.reason)
    journal = await outside.books.read_line(hold.customer_id, line.mapping_id)
    history = tell(journal, run_id, actor, f"{actor.name} approved {describe(hold)}")
    await outside.books.approve(hold.customer_id, approval, history)


async def keep_refusal(outside: Outside, hold: OpenHold, run_id: str, actor: Actor) -> None:
    """Refuse the quantity that was planned for; until it is another one, the line bills what it billed before."""
    planned = await find_line(outside, hold)
    refusal = Refusal(
        mapping_id=hold.line.mapping_id,
        quantity=planned.quantity_owed,
        level=planned.quantity_billed,
        refused_on=outside.local_day(),
        refused_by=actor.name,
        reason=actor.reason,
        refused_at=actor.at,
    )
    journal = await outside.books.read_line(hold.customer_id, hold.line.mapping_id)
    history = tell(journal, run_id, actor, f"{actor.name} refused {describe(hold)}")
    await outside.books.refuse(hold.customer_id, understand_refusal(refusal, journal), history)


async def find_line(outside: Outside, hold: OpenHold) -> LinePlan:
    """The line as it was planned. Raises Bug where the plan is not kept."""
    plan = await outside.archive.read_plan(hold.line.plan_hash)
    line = next((each for each in plan.lines if each.mapping_id == hold.line.mapping_id), None)
    if line is None:
        raise Bug(f"Plan {hold.line.plan_hash} has no line for mapping {hold.line.mapping_id}, which waits by it.")
    return line


def tell(journal: LineJournal, run_id: str, actor: Actor, sentence: str) -> HistoryEntry:
    """The history entry, beside the line's intent that comes next."""
    return HistoryEntry(actor.at, journal.mapping_id, journal.next_sequence, run_id, f"{sentence}: {actor.reason}")


def describe(hold: OpenHold) -> str:
    """12 → 8 Business Premium (plan 3f9a2c1b04de)."""
    line = hold.line
    seats = f"{write_count(line.quantity_before)} → {write_count(line.quantity_after)}"
    return f"{seats} {line.licence_name} (plan {line.line_hash[:12]})"
