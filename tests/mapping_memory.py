"""What a run needs to keep mappings, on a simulated disk: `plans.mapping_desk.MappingDesk`."""

from __future__ import annotations

from plans.audit import AuditEntry
from plans.catalogue import AgreementSummary
from plans.editing import MappingChange
from plans.journal import HistoryEntry
from plans.preferences import Preferences
from tests.simulation.disk import Disk


class MemoryMappingDesk:
    """Keeps what is as expected. `noted` is the change log."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.noted: list[AuditEntry] = []

    async def read_preferences(self) -> Preferences:
        raise AssertionError("no rule maps here")

    async def list_agreements_of(self, connection_id: str, company_id: str) -> tuple[AgreementSummary, ...]:
        raise AssertionError("no rule maps here")

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        standing = self._disk.mappings[customer_id]
        if any(before not in standing for before, _ in changes):
            return False
        wanted = {after.id: after for _, after in changes}
        self._disk.mappings[customer_id] = tuple(wanted.get(each.id, each) for each in standing)
        return True

    async def note(self, entry: AuditEntry) -> None:
        self.noted.append(entry)
