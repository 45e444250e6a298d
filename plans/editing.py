"""Changing what Seatledger is told: customers, mappings, profiles, controls. One way to do each, all with history.

Whoever changes something says what he saw before (`expected`): where it is not so any more nothing is kept, and the
method answers False (billing rules 4 and 5; promise S12).
"""

from __future__ import annotations

from typing import Protocol

from plans.brakes import Thresholds
from plans.controls import Pause
from plans.journal import Adoption, HistoryEntry
from plans.mapping_rules import MappingRule
from plans.preferences import Preferences
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.exclusions import Exclusion


class CustomerEditor(Protocol):
    """Customers and their mappings (table `books`). A customer that was removed keeps its journal and history."""

    async def add_customer(self, customer: Customer, history: HistoryEntry) -> bool:
        """Keep a new customer; False where its id is taken by one that is not removed."""
        ...

    async def change_customer(self, customer: Customer, expected: Customer, history: HistoryEntry) -> bool:
        """Put a customer in place of what was seen."""
        ...

    async def remove_customer(self, expected: Customer, history: HistoryEntry) -> bool:
        """Look after this customer no longer. Its mappings, journal and history stay; its additions are not touched."""
        ...

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        """Keep all these changes and what history says of them, or none: a transfer is one commit."""
        ...

    async def add_old_lines(
        self, customer_id: str, lines: tuple[OldLine, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        """Keep additions as lines of their own, 24 at most, or none; False where one of them is a line already, or the
        customer is gone.
        """
        ...


type OldLine = tuple[Mapping, Adoption]
"""An addition that Seatledger did not make, as a line of its own: its mapping, and what it was when it was adopted."""

type MappingChange = tuple[Mapping | None, Mapping]
"""What was seen before, None for a new mapping, and what it is to be."""


class ConfigurationEditor(Protocol):
    """What is the same for every customer (table `config`)."""

    async def save_profile(self, profile: BillingProfile, expected: BillingProfile | None) -> bool:
        """Keep a profile; a new one where nothing was expected. False as well where another one has its name."""
        ...

    async def remove_profile(self, expected: BillingProfile) -> bool:
        """Forget a profile. Whether a mapping still names it is for the caller to look at."""
        ...

    async def save_thresholds(self, thresholds: Thresholds) -> None: ...

    async def save_pause(self, pause: Pause | None) -> None:
        """Stop all writing, or let it go on."""
        ...

    async def save_rules(self, rules: tuple[MappingRule, ...], expected: tuple[MappingRule, ...]) -> bool:
        """Put the mapping rules in place of those that were seen."""
        ...

    async def save_exclusion(self, exclusion: Exclusion) -> None: ...

    async def remove_exclusion(self, exclusion: Exclusion) -> None: ...

    async def save_preferences(self, preferences: Preferences) -> None: ...

    async def read_preferences(self) -> Preferences:
        """What is set; what the deployment set where nobody has."""
        ...
