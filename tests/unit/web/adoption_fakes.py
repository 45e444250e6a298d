"""A customer with a mapped licence, books that keep adoptions, and an archive that knows whose additions are whose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from plans.agreements import Addition
from plans.changes import CreateAddition
from plans.counts import Count
from plans.journal import Adoption, Ending, Evidence, HistoryEntry, LineJournal
from plans.keys import make_key
from plans.ledger import LedgerEntry
from plans.runs import Run, RunPhase
from plans.timeline import Timeline
from profiles.billing import BillableOption, BillingProfile
from tests.unit.web.approval_fakes import (
    CONNECTION,
    NIGHT,
    STARTED,
    DecisionArchive,
    DecisionBooks,
    DecisionWorld,
    make_addition,
    make_agreement,
    make_customer,
    make_mapping,
)

INVOICED = date(2026, 10, 31)
TODAY = date(2026, 11, 22)
WRITTEN_AT = datetime(2026, 11, 20, 2, 6, tzinfo=UTC)
TYPED = replace(make_addition("9001", 25, key=""), effective_on=date(2023, 4, 1))
CHANGED = make_addition("9001", 14)


@dataclass
class AdoptionBooks(DecisionBooks):
    """Books that keep adoptions as the store does; `before_adopt` is done just before one is kept."""

    adoptions: list[tuple[str, Adoption]] = field(default_factory=list)
    turns: dict[tuple[str, str], str] = field(default_factory=dict)
    turns_taken: list[str] = field(default_factory=list)
    before_adopt: Callable[[], None] | None = None

    async def adopt(self, customer_id: str, adoption: Adoption, history: HistoryEntry) -> bool:
        assert self.turns, "no adoption without the agreement's turn"
        if self.before_adopt is not None:
            self.before_adopt()
        journal = self.journals.get(adoption.mapping_id, LineJournal(adoption.mapping_id))
        if journal.next_sequence != adoption.sequence or any(
            each.sequence == adoption.sequence for each in journal.adoptions
        ):
            return False
        self.order.append(f"adopt {customer_id}")
        self.adoptions.append((customer_id, adoption))
        self.journals[adoption.mapping_id] = replace(
            journal, adoptions=(*journal.adoptions, adoption), parked_sentence=None
        )
        self.history.setdefault(customer_id, []).append(history)
        return True

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        if self.turns.setdefault((connection_id, agreement_id), holder) != holder:
            return False
        self.turns_taken.append(agreement_id)
        return True

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        if self.turns.get((connection_id, agreement_id)) == holder:
            del self.turns[connection_id, agreement_id]


@dataclass
class AdoptionArchive(DecisionArchive):
    """`names` are the lines there were, by run."""

    names: dict[str, frozenset[str]] = field(default_factory=dict)

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        return self.names.get(run_id, frozenset())


@dataclass
class AdoptionWorld(DecisionWorld):
    """Customer 0, whose Business Premium is mapped to agreement 400."""

    books: AdoptionBooks = field(default_factory=AdoptionBooks)
    archive: AdoptionArchive = field(default_factory=AdoptionArchive)


def make_world(
    *additions: Addition, journal: LineJournal | None = None, started: datetime = STARTED, quantity: int | None = 21
) -> AdoptionWorld:
    """The agreement as the night read it, with these additions on it; `quantity` is the newest count."""
    world = AdoptionWorld()
    counts = () if quantity is None else (Count(TODAY, quantity, TODAY, INVOICED, quantity),)
    world.books.customers = (make_customer(0), make_customer(1))
    world.books.mappings = {"customer-0": (make_mapping(0),), "customer-1": (make_mapping(1),)}
    world.books.journals = {"m-0": replace(journal or LineJournal("m-0"), counts=counts)}
    world.runs.runs = (
        Run(NIGHT, RunPhase.CLOSED, started, started + timedelta(minutes=9), shard_counts=((CONNECTION, 1),)),
    )
    world.archive.agreements = {NIGHT: (make_agreement(0, *additions),)}
    world.profiles.profiles = {
        "premium": BillingProfile("premium", "Premium", CONNECTION, "501", BillableOption.BILLABLE)
    }
    return world


def write_ten(
    after: Addition | None = None, ending: Ending = Ending.VERIFIED, ended_at: datetime = WRITTEN_AT
) -> Evidence:
    """Ten seats that Seatledger made on 1 November, and how they were read back."""
    change = CreateAddition(
        "400", 0, make_key("m-0", 0), "501", 10, date(2026, 11, 1), BillableOption.BILLABLE,
    )  # fmt: skip
    ledger = LedgerEntry("m-0", date(2026, 11, 1), 0, Timeline(((date(2026, 11, 1), 10),)), "9001", INVOICED)
    is_proved = ending is Ending.VERIFIED
    return Evidence(
        mapping_id="m-0",
        sequence=0,
        run_id=NIGHT,
        plan_hash="3f9a2c1b04de" + "0" * 52,
        ending=ending,
        ended_at=ended_at,
        change=change,
        before=(),
        after=after or make_addition(),
        ledger=ledger if is_proved else None,
        sentence="Addition 9001 was written.",
    )


def edited_world(*more: Addition, parked: str | None = None) -> AdoptionWorld:
    """Somebody typed 14 over the ten that Seatledger wrote."""
    journal = LineJournal("m-0", (write_ten(),), parked_sentence=parked)
    return make_world(CHANGED, *more, journal=journal)
