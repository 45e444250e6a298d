"""What people ask for about a Microsoft account: reading it, and letting the application into its tenants.

A message of the queue `account-errands` is delivered at least once, and its worker may die. Whoever has the message
takes the errand over by its stamp; who worked on it before stops at its next word. All of it may be done again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import TypedDict

from plans.account_records import AccountRecords, Errand, ErrandKind, PreConsentRecord, ReadingStep
from plans.consent import PreConsent
from plans.ports import Outside
from profiles.partners import UnreadPartner, carry_lapsed
from profiles.readings import Known, Unknown

LOG = logging.getLogger(__name__)

# Where the archive keeps the newest reading that a person asked for, beside those of the runs.
ASKED_RUN = "asked"
# Less than functionTimeout (host.json), so that an errand ends with its own word.
LONGEST_ERRAND = timedelta(minutes=8)
TENANTS_AT_A_TIME = 5
NO_ACCOUNT = "This account is not connected any more."
SLOW = "Microsoft took longer than eight minutes. Read it again."
FAILED = "It failed again and again by an error of Seatledger's own, which the log tells. Try it again later."


class ErrandMessage(TypedDict):
    """A message of the queue `account-errands`."""

    account_id: str
    kind: str
    errand_id: str


@dataclass(frozen=True, slots=True)
class AccountRoom:
    """What errands need beside the outside: where they are kept, and Partner Center's consent for a tenant."""

    outside: Outside
    records: AccountRecords
    preconsent: Callable[[str, str], Awaitable[PreConsent]]


class Overtaken(Exception):
    """Somebody else has taken the errand over, or its account was removed: nothing of it is ours any more."""


@dataclass(slots=True)
class Work:
    """An errand that we have taken over. Every word is kept by the stamp of the one before."""

    records: AccountRecords
    now: Callable[[], datetime]
    errand: Errand
    stamp: str

    async def tell(self, step: ReadingStep, count: int) -> None:
        """How far it is. Raises Overtaken."""
        await self._keep(replace(self.errand, step=step, count=count, told_at=self.now()))

    async def end(self, sentence: str = "", tenant_count: int = 0) -> None:
        """How it ended. Raises Overtaken."""
        now = self.now()
        await self._keep(replace(self.errand, ended_at=now, told_at=now, tenant_count=tenant_count, sentence=sentence))

    async def _keep(self, errand: Errand) -> None:
        stamp = await self.records.keep_errand(errand, self.stamp)
        if stamp is None:
            raise Overtaken
        self.errand, self.stamp = errand, stamp


async def run_errand(room: AccountRoom, message: ErrandMessage) -> None:
    """Carry out what a message asks for, or go on with it. An errand that has ended or was asked anew is left alone.

    Raises what a store or an error of our own raises: the message comes again.
    """
    work = await take_over(room, message)
    if work is None:
        return
    LOG.info("Errand %s of account %s begins", work.errand.kind, work.errand.account_id)
    try:
        await work.tell(work.errand.step, work.errand.count)
        match work.errand.kind:
            case ErrandKind.READ:
                await read_account(room, work)
            case ErrandKind.LET_IN:
                await let_in(room, work)
    except Overtaken:
        LOG.info("Errand %s of account %s was taken over", work.errand.kind, work.errand.account_id)


async def give_up_errand(room: AccountRoom, message: ErrandMessage) -> None:
    """A message that failed again and again: the person who asked is told."""
    work = await take_over(room, message)
    if work is not None:
        LOG.error("Errand %s of account %s is given up", work.errand.kind, work.errand.account_id)
        try:
            await work.end(FAILED)
        except Overtaken:
            return


async def take_over(room: AccountRoom, message: ErrandMessage) -> Work | None:
    """The errand that a message is about; None where it has ended, or another one took its place."""
    found = await room.records.read_errand(message["account_id"], ErrandKind(message["kind"]))
    if found is None or found[0].id != message["errand_id"] or found[0].ended_at is not None:
        return None
    return Work(room.records, room.outside.now, *found)


async def read_account(room: AccountRoom, work: Work) -> None:
    """The same reading as the night's; the archive keeps its outcome, whichever it is."""
    outside, account_id = room.outside, work.errand.account_id
    reader = outside.partners.get(account_id)
    if reader is None:
        await work.end(NO_ACCOUNT)
        return
    try:
        async with asyncio.timeout(LONGEST_ERRAND.total_seconds()):
            outcome = await reader.read_partner(work.tell)
    except TimeoutError:
        await work.end(SLOW)
        return
    match outcome:
        case Known(reading):
            carried = carry_lapsed(await outside.archive.read_newest_partner(account_id), reading)
            await outside.archive.save_partner(ASKED_RUN, carried)
            await work.end(tenant_count=len(reading.tenants))
        case Unknown(reason, detail):
            await outside.archive.save_partner(ASKED_RUN, UnreadPartner(account_id, outside.now(), reason, detail))
            await work.end(detail)


async def let_in(room: AccountRoom, work: Work) -> None:
    """Ask Partner Center for every tenant, five at a time; each result is kept as it comes, and not asked for again.

    Raises TimeoutError where that takes too long: the message comes again, and goes on with those that are left.
    """
    errand = work.errand
    kept = await room.records.list_preconsents(errand.account_id)
    done = {each.tenant_id: each.is_granted for each in kept if each.at >= errand.started_at}
    waiting = [each for each in errand.tenant_ids if each not in done]

    async def ask(tenant_id: str) -> PreConsentRecord:
        ending = await room.preconsent(errand.account_id, tenant_id)
        return PreConsentRecord(tenant_id, ending.is_granted, ending.sentence, errand.asked_by, room.outside.now())

    async with asyncio.timeout(LONGEST_ERRAND.total_seconds()):
        for some in batched(waiting, TENANTS_AT_A_TIME, strict=False):
            records = tuple(await asyncio.gather(*map(ask, some)))
            await room.records.save_preconsents(errand.account_id, records)
            done |= {each.tenant_id: each.is_granted for each in records}
            await work.tell(errand.step, sum(each in done for each in errand.tenant_ids))
    await work.end(tenant_count=sum(done[each] for each in errand.tenant_ids))
