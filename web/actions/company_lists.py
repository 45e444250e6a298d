"""The companies of each PSA connection: read once for everybody, and read on where a list is longer than a page waits.

A PSA of thousands of companies answers page after page. Whoever asks waits a while for the list; the reading goes on
without him, so that the next look has it, and meanwhile a company is found by its name.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field

from plans.catalogue import Company
from plans.connecting import Connections
from plans.errors import Retry
from plans.matching import CompanyToMatch
from web.wording import clean

LOGGER = logging.getLogger(__name__)

SECONDS_REMEMBERED = 60.0
# What took long to read is kept for so many times as long.
TIMES_REMEMBERED = 10
LONGEST_LIST_SECONDS = 300
MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class ReadCompanies:
    """The companies of one connection, when they had been read (monotonic seconds), and how long that took."""

    companies: tuple[CompanyToMatch, ...]
    read_at: float
    took: float

    @property
    def is_fresh(self) -> bool:
        """Whether they need not be asked for again."""
        return time.monotonic() - self.read_at < max(SECONDS_REMEMBERED, TIMES_REMEMBERED * self.took)


@dataclass(slots=True)
class CompanyLists:
    """One per application."""

    _kept: dict[str, ReadCompanies] = field(default_factory=dict)
    _reading: dict[str, asyncio.Task[ReadCompanies]] = field(default_factory=dict)

    def forget(self) -> None:
        """Ask the PSA again next time."""
        self._kept.clear()

    async def read(
        self, connections: Connections, connection_id: str, patience_seconds: float
    ) -> tuple[CompanyToMatch, ...] | None:
        """All of them; None where they are still being read after that long. Raises Retry or Misconfigured."""
        kept = self._kept.get(connection_id)
        if kept is not None and kept.is_fresh:
            return kept.companies
        reading = self._reading.get(connection_id)
        if reading is None:
            reading = asyncio.create_task(self._read(connections, connection_id))
            self._reading[connection_id] = reading
            reading.add_done_callback(lambda ended: self._end(connection_id, ended))
        await asyncio.wait({reading}, timeout=max(patience_seconds, 0.0))
        return reading.result().companies if reading.done() else None

    async def _read(self, connections: Connections, connection_id: str) -> ReadCompanies:
        began = time.monotonic()
        try:
            async with asyncio.timeout(LONGEST_LIST_SECONDS):
                found = await (await connections.open_psa(connection_id)).list_companies()
        except TimeoutError as error:
            raise Retry(f"It takes longer than {LONGEST_LIST_SECONDS // 60} minutes.") from error
        ended = time.monotonic()
        made = tuple(make_company(connection_id, each) for each in found)
        kept = self._kept[connection_id] = ReadCompanies(made, ended, ended - began)
        return kept

    def _end(self, connection_id: str, ended: asyncio.Task[ReadCompanies]) -> None:
        """Whoever waits is told what went wrong; the next one asks anew."""
        self._reading.pop(connection_id, None)
        if not ended.cancelled() and ended.exception() is not None:
            LOGGER.warning("PSA connection %s does not list its companies: %s", connection_id, ended.exception())

    async def find(
        self, connections: Connections, connection_id: str, search: str, seconds: float
    ) -> tuple[CompanyToMatch, ...]:
        """Those whose name holds every word of the search; none of an empty one. Raises like the PSA."""
        words = list_words(search)
        if not words:
            return ()
        try:
            async with asyncio.timeout(seconds):
                found = await (await connections.open_psa(connection_id)).find_companies(words)
        except TimeoutError as error:
            raise Retry("It does not answer now.") from error
        return tuple(make_company(connection_id, each) for each in found)


def list_words(search: str) -> list[str]:
    """Letters and digits that stand together, the first few: what is no letter is spelled in more than one way."""
    return "".join(letter if letter.isalnum() else " " for letter in search).split()[:MOST_WORDS]


def make_company(connection_id: str, company: Company) -> CompanyToMatch:
    """A company as it is matched."""
    return CompanyToMatch(
        connection_id, company.id, clean(company.name), clean(company.identifier), company.domain, company.tenant_ids
    )
