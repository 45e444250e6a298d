"""The companies of each PSA connection. A PSA of thousands of companies answers page after page: while its list is
still being read, a company is found by its name.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from plans.catalogue import Company
from plans.connecting import Connections
from plans.errors import Retry
from plans.matching import CompanyToMatch
from web.actions.long_lists import LongLists
from web.wording import clean

MOST_WORDS = 5


@dataclass(slots=True)
class CompanyLists:
    """One per application."""

    _lists: LongLists[tuple[CompanyToMatch, ...]] = field(default_factory=LongLists)

    def forget(self) -> None:
        """Ask the PSA again next time."""
        self._lists.forget()

    def is_reading(self, connection_id: str) -> bool:
        """Whether somebody has waited for its list already."""
        return self._lists.is_reading(connection_id)

    async def read(
        self, connections: Connections, connection_id: str, patience_seconds: float
    ) -> tuple[CompanyToMatch, ...] | None:
        """All of them; None where they are still being read after that long. Raises Retry or Misconfigured."""

        async def ask() -> tuple[CompanyToMatch, ...]:
            found = await (await connections.open_psa(connection_id)).list_companies()
            return tuple(make_company(connection_id, each) for each in found)

        return await self._lists.read(connection_id, ask, patience_seconds)

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
