"""Reading a partner account now, because a person asked: the same reading as the night's, with visible progress."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from plans.account_records import AccountRecords, PartnerRefresh, ReadingStep, TellProgress
from plans.ports import Outside, PartnerReader
from profiles.partners import UnreadPartner, carry_lapsed
from profiles.readings import Known, Unknown
from web.actions.asking import Actor

LOGGER = logging.getLogger(__name__)

# Where the archive keeps the newest reading that a person asked for, beside those of the runs.
ASKED_RUN = "asked"
LONGEST_READING_SECONDS = 900
FAILED = "Seatledger could not keep what it read. Read it again."


@dataclass(slots=True)
class Refresher:
    """Readings of this process that are under way. What it tells is kept, so that every process shows it."""

    now: Callable[[], datetime]
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(
        self, outside: Outside, reader: PartnerReader, records: AccountRecords, account_id: str, actor: Actor
    ) -> bool:
        """Begin a reading; False where one of this account goes on already."""
        standing = await records.read_refresh(account_id)
        if standing is not None and standing.is_running(actor.at):
            return False
        begun = PartnerRefresh(account_id, actor.name, actor.at, actor.at)
        await records.save_refresh(begun)
        task = asyncio.create_task(self._run(outside, reader, records, begun))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return True

    async def _run(
        self, outside: Outside, reader: PartnerReader, records: AccountRecords, begun: PartnerRefresh
    ) -> None:
        refresh = begun

        async def tell(step: ReadingStep, count: int) -> None:
            nonlocal refresh
            refresh = replace(refresh, step=step, count=count, told_at=self.now())
            await records.save_refresh(refresh)

        try:
            async with asyncio.timeout(LONGEST_READING_SECONDS):
                tenant_count, sentence = await self._read(outside, reader, begun.account_id, tell)
        except Exception:
            LOGGER.exception("Account %s could not be read on request", begun.account_id)
            tenant_count, sentence = 0, FAILED
        ended = replace(refresh, ended_at=self.now(), told_at=self.now(), tenant_count=tenant_count, sentence=sentence)
        try:
            await records.save_refresh(ended)
        except Exception:
            LOGGER.exception("The end of reading account %s could not be kept", begun.account_id)

    async def _read(
        self, outside: Outside, reader: PartnerReader, account_id: str, tell: TellProgress
    ) -> tuple[int, str]:
        """How many tenants the account reaches, or why nobody can say; the archive keeps either."""
        match await reader.read_partner(tell):
            case Known(reading):
                outcome = carry_lapsed(await outside.archive.read_newest_partner(account_id), reading)
                await outside.archive.save_partner(ASKED_RUN, outcome)
                return len(reading.tenants), ""
            case Unknown(reason, detail):
                unread = UnreadPartner(account_id, self.now(), reason, detail)
                await outside.archive.save_partner(ASKED_RUN, unread)
                return 0, detail
