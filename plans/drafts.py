"""What a person sent to be looked at before it is applied, where it is too large for an address: kept for a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

DRAFT_LASTS = timedelta(days=1)
# Of one person; the newest ones stay.
MOST_DRAFTS = 5


class Drafts(Protocol):
    """Texts of people, each for whoever sent it and nobody else. `owner` is the identity of a caller."""

    async def keep(self, owner: str, text: str) -> str:
        """Keep it for a day, and throw away what is over; its name, fit for an address. The same text that is sent
        again has the same name."""
        ...

    async def read(self, owner: str, name: str) -> str | None:
        """The text; None where its day is over, or this person has none of that name."""
        ...
