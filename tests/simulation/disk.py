"""What a simulated MSP has stored: dictionaries that survive every process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from plans.approvals import Approval, OpenHold, OpenProposal
from plans.controls import Controls
from plans.counts import Count
from plans.invoices import InvoiceDifference, KeptForecast
from plans.journal import Acceptance, Adoption, Evidence, HistoryEntry, Intent, Refusal
from plans.ledger import LedgerEntry
from plans.results import PushResult, TenantResult
from plans.runs import Run, Waiting
from plans.traffic import Traffic
from profiles.billing import BillingProfile, Customer, Mapping


@dataclass(frozen=True)
class State:
    """What the last settlement or adoption of a line left."""

    last_quantity: int
    parked_sentence: str | None
    agreement_ids: tuple[str, ...]


@dataclass
class Disk:
    """What survives every process. Ids of mappings are nobody else's; what has no mapping is kept by customer.

    `on_counted` hears of every count that is kept, in the moment it is.
    """

    customers: dict[str, Customer] = field(default_factory=dict)
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)
    profiles: dict[str, BillingProfile] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)
    intents: dict[tuple[str, int, int], Intent] = field(default_factory=dict)
    evidence: dict[tuple[str, int], Evidence] = field(default_factory=dict)
    acceptances: dict[tuple[str, int], Acceptance] = field(default_factory=dict)
    adoptions: dict[tuple[str, int, int], Adoption] = field(default_factory=dict)
    counts: dict[tuple[str, date], Count] = field(default_factory=dict)
    refusals: dict[str, Refusal] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)
    histories: dict[str, dict[str, HistoryEntry]] = field(default_factory=lambda: defaultdict(dict))
    states: dict[str, dict[str, State]] = field(default_factory=lambda: defaultdict(dict))
    approvals: dict[str, dict[tuple[str, str], Approval]] = field(default_factory=lambda: defaultdict(dict))
    undos: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    turns: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    tenants: dict[tuple[str, str], TenantResult] = field(default_factory=dict)
    pushes: dict[tuple[str, str], PushResult] = field(default_factory=dict)
    waiting: dict[tuple[str, str], Waiting] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    traffic: dict[tuple[str, str], Traffic] = field(default_factory=dict)
    holds: dict[str, OpenHold] = field(default_factory=dict)
    proposals: dict[str, OpenProposal] = field(default_factory=dict)
    forecasts: dict[str, KeptForecast] = field(default_factory=dict)
    differences: dict[str, dict[date, InvoiceDifference]] = field(default_factory=lambda: defaultdict(dict))
    blobs: dict[str, Any] = field(default_factory=dict)
    on_counted: Callable[[str, MappingOf[str, Sequence[Count]]], None] | None = None

    @property
    def history(self) -> list[HistoryEntry]:
        """Everything that happened, in the order in which it was written, one customer after the other."""
        return [entry for entries in self.histories.values() for entry in entries.values()]

    @property
    def parked(self) -> dict[str, str | None]:
        """Why lines are parked, by mapping; None where one is not any more."""
        return {name: state.parked_sentence for states in self.states.values() for name, state in states.items()}
