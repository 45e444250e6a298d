"""Ending additions that Seatledger did not make, and taking such an end back: many at once, each as a line of its own.

Nothing is written here: a run plans what is kept, the brakes hold it, and a person approves it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from starlette.requests import Request

from plans.administration import Administration
from plans.adoption import Adopter, NotAdoptable, adopt
from plans.agreements import Addition, Agreement
from plans.asking import RunRequests
from plans.editing import OldLine
from plans.edits import is_open
from plans.journal import HistoryEntry, LineJournal
from plans.old_additions import is_old_line, make_old_line
from plans.ports import Outside
from profiles.billing import Customer, Mapping
from web.actions.asking import Actor, ask_for_run, reserve_run
from web.actions.noting import note_change
from web.actions.undoing import find_newest_write
from web.wording import clean, write_short_day

CUSTOMERS_AT_ONCE = 8
# One commit takes a hundred rows, and a line takes four.
LINES_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class OldAddition:
    """An addition of a customer's agreement that Seatledger did not make. `mapping` is its line, where it was to end
    before and that was taken back."""

    customer: Customer
    agreement: Agreement
    addition: Addition
    name: str
    mapping: Mapping | None = None


@dataclass(frozen=True, slots=True)
class EndedMany:
    """How many are to end now, or not any more; the customers of those that were left out; and the run that plans it,
    empty where it could not be asked for."""

    count: int
    left_out: tuple[str, ...]
    run_id: str


async def end_many(
    outside: Outside,
    administration: Administration,
    requests: RunRequests,
    request: Request,
    actor: Actor,
    chosen: Sequence[OldAddition],
    ends_on: date | None,
) -> EndedMany:
    """Keep that each of them is to end, on a day or (None) with its running period, and ask for a run of them."""
    by_customer: dict[str, list[OldAddition]] = {}
    for each in chosen:
        by_customer.setdefault(each.customer.id, []).append(each)
    asked = await reserve_run(outside, requests, set(by_customer), actor)

    async def keep(own: Sequence[OldAddition]) -> int:
        kept = 0
        for start in range(0, len(own), LINES_AT_ONCE):
            part = own[start : start + LINES_AT_ONCE]
            kept += await end_of_customer(outside, administration, request, actor, part, ends_on, asked.run_id)
        return kept

    counts = await gather_by_customer(by_customer, keep)
    is_asked = any(counts.values()) and await ask_for_run(outside, requests, asked)
    left = tuple(name for name, own in by_customer.items() for _ in range(len(own) - counts[name]))
    return EndedMany(sum(counts.values()), left, asked.run_id if is_asked else "")


async def gather_by_customer[T](
    by_customer: dict[str, list[T]], work: Callable[[Sequence[T]], Awaitable[int]]
) -> dict[str, int]:
    """What the work comes to for each customer, a few of them at a time."""
    gate = asyncio.Semaphore(CUSTOMERS_AT_ONCE)

    async def limited(own: Sequence[T]) -> int:
        async with gate:
            return await work(own)

    found = await asyncio.gather(*(limited(own) for own in by_customer.values()))
    return dict(zip(by_customer, found, strict=True))


async def end_of_customer(
    outside: Outside,
    administration: Administration,
    request: Request,
    actor: Actor,
    part: Sequence[OldAddition],
    ends_on: date | None,
    run_id: str,
) -> int:
    """How many of one customer's are kept: those that are lines already change, the others are made, as one commit.

    What somebody adopted for a licence since the last run is left out.
    """
    customer = part[0].customer
    desk = await outside.books.read_desk(customer.id)
    if desk is None:
        return 0
    taken = {
        (each.agreement_id, addition_id)
        for mapping in desk.mappings
        if not is_old_line(mapping)
        for addition_id, each in desk.journals[mapping.id].written.items()
    }
    kept = 0
    lines: list[tuple[OldLine, str]] = []
    for each in part:
        if (each.agreement.id, each.addition.id) in taken:
            continue
        sentence = tell_end(actor, each.name, ends_on)
        if each.mapping is not None:
            after = replace(each.mapping, is_ended=True, ends_on=ends_on)
            told = HistoryEntry(actor.at, after.id, 0, run_id, sentence)
            if await administration.customers.save_mappings(customer.id, ((each.mapping, after),), (told,)):
                await note_line(administration, request, actor, customer, sentence, each.mapping, after)
                kept += 1
            continue
        made = make_old_line(customer.id, each.agreement.id, each.addition, each.name, ends_on)
        by = Adopter(actor.name, outside.local_day(), actor.reason)
        adoption = adopt(LineJournal(made.id), each.agreement, (each.addition,), by)
        if not isinstance(adoption, NotAdoptable):
            lines.append(((made, adoption), sentence))
    told_all = tuple(HistoryEntry(actor.at, line[0].id, 0, run_id, sentence) for line, sentence in lines)
    old_lines = tuple(line for line, _ in lines)
    if not lines or not await administration.customers.add_old_lines(customer.id, old_lines, told_all):
        return kept
    for (made, _), sentence in lines:
        await note_line(administration, request, actor, customer, sentence, None, made)
    return kept + len(lines)


async def take_back_many(
    outside: Outside,
    administration: Administration,
    requests: RunRequests,
    request: Request,
    actor: Actor,
    chosen: Iterable[tuple[str, str]],
) -> EndedMany:
    """Keep that these lines (customer, mapping) are not to end after all: what was written already is taken back by the
    run that is asked for. What has ended by now is left out.
    """
    by_customer: dict[str, list[tuple[str, str]]] = {}
    for customer_id, mapping_id in chosen:
        by_customer.setdefault(customer_id, []).append((customer_id, mapping_id))
    asked = await reserve_run(outside, requests, set(by_customer), actor)

    async def keep(own: Sequence[tuple[str, str]]) -> int:
        ids = {mapping_id for _, mapping_id in own}
        return await take_back_of_customer(outside, administration, request, actor, own[0][0], ids, asked.run_id)

    counts = await gather_by_customer(by_customer, keep)
    is_asked = any(counts.values()) and await ask_for_run(outside, requests, asked)
    left = tuple(name for name, own in by_customer.items() for _ in range(len(own) - counts[name]))
    return EndedMany(sum(counts.values()), left, asked.run_id if is_asked else "")


async def take_back_of_customer(
    outside: Outside,
    administration: Administration,
    request: Request,
    actor: Actor,
    customer_id: str,
    mapping_ids: set[str],
    run_id: str,
) -> int:
    """How many of one customer's do not end any more.

    The wish to take a write back comes first: if the process dies between the two, the end is held again, and nothing
    is billed that should not be.
    """
    desk = await outside.books.read_desk(customer_id)
    kept = 0
    for mapping in () if desk is None else desk.mappings:
        if desk is None or mapping.id not in mapping_ids or not is_old_line(mapping) or not mapping.is_ended:
            continue
        journal = desk.journals[mapping.id]
        if not can_take_back(journal, outside.local_day()):
            continue
        sentence = f"{actor.name} took back that {clean(mapping.licence_name)} ends: {actor.reason}"
        told = HistoryEntry(actor.at, mapping.id, journal.next_sequence, run_id, sentence)
        write = find_newest_write(journal)
        if write is not None:
            await outside.books.ask_undo(customer_id, mapping.id, write.sequence, told)
        after = replace(mapping, is_ended=False, ends_on=None)
        if await administration.customers.save_mappings(customer_id, ((mapping, after),), (told,)):
            await note_line(administration, request, actor, desk.customer, sentence, mapping, after)
            kept += 1
    return kept


def can_take_back(journal: LineJournal, today: date) -> bool:
    """Whether its addition still bills, and nothing of it is on its way."""
    return not journal.open_intents and all(is_open(each.addition, today) for each in journal.written.values())


async def note_line(
    administration: Administration,
    request: Request,
    actor: Actor,
    customer: Customer,
    sentence: str,
    before: Mapping | None,
    after: Mapping,
) -> None:
    """Note one of them in the change log."""
    subject = f"mapping/{customer.id}/{after.id}"
    said = f"{customer.name}: {sentence}"
    await note_change(administration.audit, request, actor, subject, said, before=before, after=after)


def tell_end(actor: Actor, name: str, ends_on: date | None) -> str:
    """Ada asked to end addition 9001 (CloudConsole) on 30 Nov 2026: double billing."""
    when = "with its period" if ends_on is None else f"on {write_short_day(ends_on)}"
    return f"{actor.name} asked to end {clean(name)} {when}: {actor.reason}"
