"""What mapping by rule needs in a run, besides the books: the PSA's agreements, and a place to keep what it decides."""

from __future__ import annotations

from typing import Protocol

from plans.audit import AuditEntry
from plans.catalogue import AgreementSummary
from plans.editing import MappingChange
from plans.journal import HistoryEntry
from plans.preferences import Preferences


class MappingDesk(Protocol):
    """How a run maps what nobody decided about; pages have the same by `plans.administration`."""

    async def read_preferences(self) -> Preferences:
        """What new mappings begin with."""
        ...

    async def list_agreements_of(self, connection_id: str, company_id: str) -> tuple[AgreementSummary, ...]:
        """The agreements of a company. Raises Retry where the PSA does not answer, Misconfigured where it refuses."""
        ...

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        """Keep all these changes and what history says of them, or none; False where somebody was quicker."""
        ...

    async def note(self, entry: AuditEntry) -> None:
        """Keep an entry of the change log."""
        ...
