"""What we promised to write and what we proved: intents, evidence, ledger, history (R8, R9, R16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from plans.agreements import Addition
from plans.changes import Change


@dataclass(frozen=True, slots=True)
class Intent:
    """Committed before a PSA write. Insert-only: attempt n + 1 is a row of its own.

    It names the agreement it was sent to, which the mapping may have left since. `before` is the state of the line that
    the change was planned on; times are aware, in UTC.
    """

    mapping_id: str
    sequence: int
    attempt: int
    connection_id: str
    agreement_id: str
    run_id: str
    plan_hash: str
    created_at: datetime
    change: Change
    before: tuple[Addition, ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The PSA said it took the write, and had nothing to show when it was read back: it is never sent again."""

    mapping_id: str
    sequence: int
    addition_id: str


class Ending(StrEnum):
    """How an intent ended."""

    VERIFIED = "verified"
    MISMATCH = "mismatch"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Committed after the write was read back, or after it was given up.

    `after` is what the PSA answered to the read-back: None where nothing was written.
    """

    mapping_id: str
    sequence: int
    run_id: str
    plan_hash: str
    ending: Ending
    ended_at: datetime
    change: Change
    before: tuple[Addition, ...]
    after: Addition | None
    sentence: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """From `effective_on` this line's additions sum to `quantity`: any invoice line can be derived from these."""

    mapping_id: str
    effective_on: date
    sequence: int
    quantity: int
    addition_id: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One sentence of a customer's history."""

    at: datetime
    mapping_id: str
    sequence: int
    run_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """Everything that ends one intent. It is committed as one batch, or not at all."""

    evidence: Evidence
    ledger: LedgerEntry | None
    history: HistoryEntry
    last_quantity: int
    parked_sentence: str | None


@dataclass(frozen=True, slots=True)
class LineJournal:
    """What we know of one line before planning it."""

    mapping_id: str
    evidence: tuple[Evidence, ...] = ()
    open_intents: tuple[Intent, ...] = ()
    parked_sentence: str | None = None
    acceptances: tuple[Acceptance, ...] = ()

    @property
    def next_sequence(self) -> int:
        """The number of this line's finished intents."""
        return len(self.evidence)

    @property
    def written(self) -> dict[str, Addition]:
        """Our additions as we last read them back, by key."""
        return {entry.change.key: entry.after for entry in self.evidence if entry.after is not None}
