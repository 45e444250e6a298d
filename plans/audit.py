"""Who changed what Seatledger is told: one entry for every change of configuration (promise S12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. The time is aware, in UTC.

    `subject` is what was changed, such as `connection/cw` or `profile/business-premium`; `before` and `after` are its
    canonical JSON without any secret, empty where it did not exist. `came_from` is the address of the request, as the
    platform tells it; empty where it does not.
    """

    at: datetime
    changed_by: str
    identity: str
    came_from: str
    subject: str
    sentence: str
    before: str = ""
    after: str = ""


class Audit(Protocol):
    """The record of changes (table `audit`): it only grows."""

    async def note(self, entry: AuditEntry) -> None: ...

    async def list_entries(self, limit: int, until: datetime) -> tuple[AuditEntry, ...]:
        """The newest first, from `until` (aware) back through three years."""
        ...
