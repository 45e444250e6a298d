"""What pages change configuration with, in memory: it changes what the pages' other fakes tell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from plans.audit import AuditEntry
from plans.brakes import Thresholds
from plans.controls import Controls, Pause
from plans.editing import MappingChange, OldLine
from plans.journal import HistoryEntry, LineJournal
from plans.mapping_rules import MappingRule
from plans.preferences import Preferences
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.exclusions import Exclusion
from store.tables import BATCH_LIMIT


class ProfilesToldOf(Protocol):
    profiles: dict[str, BillingProfile]
    controls: Controls


class BooksToldOf(Protocol):
    customers: tuple[Customer, ...]
    mappings: dict[str, tuple[Mapping, ...]]
    history: dict[str, tuple[HistoryEntry, ...]]
    journals: dict[str, LineJournal]
    billed: dict[str, int]


@dataclass
class FakeAudit:
    """The change log; `error` is raised by every write."""

    entries: list[AuditEntry] = field(default_factory=list)
    error: Exception | None = None

    async def note(self, entry: AuditEntry) -> None:
        if self.error is not None:
            raise self.error
        self.entries.append(entry)

    async def list_entries(self, limit: int, until: datetime) -> tuple[AuditEntry, ...]:
        known = [entry for entry in self.entries if entry.at <= until]
        return tuple(sorted(known, key=lambda entry: entry.at, reverse=True)[:limit])


@dataclass
class FakeConfiguration:
    """`plans.editing.ConfigurationEditor`."""

    told: ProfilesToldOf
    preferences: Preferences = field(default_factory=lambda: Preferences("Europe/Dublin", 2, "EUR"))

    async def save_profile(self, profile: BillingProfile, expected: BillingProfile | None) -> bool:
        if self.told.profiles.get(profile.id) != expected:
            return False
        self.told.profiles[profile.id] = profile
        return True

    async def remove_profile(self, expected: BillingProfile) -> bool:
        if self.told.profiles.get(expected.id) != expected:
            return False
        del self.told.profiles[expected.id]
        return True

    async def save_thresholds(self, thresholds: Thresholds) -> None:
        self.told.controls = replace(self.told.controls, thresholds=thresholds)

    async def save_pause(self, pause: Pause | None) -> None:
        self.told.controls = replace(self.told.controls, pause=pause)

    async def save_rules(self, rules: tuple[MappingRule, ...], expected: tuple[MappingRule, ...]) -> bool:
        if self.told.controls.rules != expected:
            return False
        self.told.controls = replace(self.told.controls, rules=rules)
        return True

    async def save_exclusion(self, exclusion: Exclusion) -> None:
        self.told.controls = replace(self.told.controls, exclusions=(*self.told.controls.exclusions, exclusion))

    async def remove_exclusion(self, exclusion: Exclusion) -> None:
        left = tuple(each for each in self.told.controls.exclusions if each != exclusion)
        self.told.controls = replace(self.told.controls, exclusions=left)

    async def save_preferences(self, preferences: Preferences) -> None:
        self.preferences = preferences

    async def read_preferences(self) -> Preferences:
        return self.preferences


@dataclass
class FakeCustomers:
    """`plans.editing.CustomerEditor`."""

    told: BooksToldOf

    async def add_customer(self, customer: Customer, history: HistoryEntry) -> bool:
        if any(each.id == customer.id for each in self.told.customers):
            return False
        self.told.customers = (*self.told.customers, customer)
        return self._tell(customer.id, history)

    async def change_customer(self, customer: Customer, expected: Customer, history: HistoryEntry) -> bool:
        if expected not in self.told.customers:
            return False
        self.told.customers = tuple(customer if each == expected else each for each in self.told.customers)
        return self._tell(customer.id, history)

    async def remove_customer(self, expected: Customer, history: HistoryEntry) -> bool:
        if expected not in self.told.customers:
            return False
        self.told.customers = tuple(each for each in self.told.customers if each != expected)
        return self._tell(expected.id, history)

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        assert len(changes) + len(history) < BATCH_LIMIT, "more than one commit of storage takes"
        standing: dict[str, Any] = {each.id: each for each in self.told.mappings.get(customer_id, ())}
        if any(each.id == customer_id for each in self.told.customers) and all(
            standing.get(wanted.id) == expected for expected, wanted in changes
        ):
            standing |= {wanted.id: wanted for _, wanted in changes}
            self.told.mappings[customer_id] = tuple(standing.values())
            for entry in history:
                self._tell(customer_id, entry)
            return True
        return False

    async def add_old_lines(
        self, customer_id: str, lines: tuple[OldLine, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        standing = {each.id for each in self.told.mappings.get(customer_id, ())}
        if standing & {mapping.id for mapping, _ in lines}:
            return False
        for mapping, adoption in lines:
            self.told.journals[mapping.id] = LineJournal(mapping.id, adoptions=(adoption,))
            self.told.billed[mapping.id] = adoption.ledger.quantity
        changes: tuple[MappingChange, ...] = tuple((None, mapping) for mapping, _ in lines)
        return await self.save_mappings(customer_id, changes, history)

    def _tell(self, customer_id: str, entry: HistoryEntry) -> bool:
        self.told.history[customer_id] = (entry, *self.told.history.get(customer_id, ()))
        return True
