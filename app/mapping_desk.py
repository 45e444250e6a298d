"""What mapping by rule needs within a run, on the adapters that pages have as well."""

from __future__ import annotations

from dataclasses import dataclass

from plans.audit import AuditEntry
from plans.catalogue import AgreementSummary
from plans.connecting import Connections
from plans.editing import MappingChange
from plans.journal import HistoryEntry
from plans.preferences import Preferences
from store.audit import TableAudit
from store.configuration import TableConfiguration
from store.editing import TableCustomerEditor


@dataclass(frozen=True, slots=True)
class KeptMappingDesk:
    """`plans.mapping_desk.MappingDesk`."""

    configuration: TableConfiguration
    customers: TableCustomerEditor
    audit: TableAudit
    connections: Connections

    async def read_preferences(self) -> Preferences:
        return await self.configuration.read_preferences()

    async def list_agreements_of(self, connection_id: str, company_id: str) -> tuple[AgreementSummary, ...]:
        psa = await self.connections.open_psa(connection_id)
        return await psa.list_agreements_of(company_id)

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        return await self.customers.save_mappings(customer_id, changes, history)

    async def note(self, entry: AuditEntry) -> None:
        await self.audit.note(entry)
