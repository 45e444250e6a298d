"""One allowed plan, books in memory, and a PSA whose every answer a test decides."""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from plans.agreements import Addition, Agreement, AgreementFacts, AgreementReading
from plans.beside import OtherAgreement, pick_products
from plans.catalogue import Payer
from plans.changes import AdjustUnits, Apply, Change, CreateAddition, Decision, SetAddition
from plans.controls import Controls
from plans.edits import select_basis
from plans.errors import Bug
from plans.journal import Acceptance, Adoption, Evidence, HistoryEntry, Intent, LineJournal, Settlement
from plans.keys import make_key
from plans.ledger import LedgerEntry, cover_addition, derive_billed, effect_of, sum_additions
from plans.limits import Limits
from plans.plan import AgreementPlan, LinePlan, hash_plan
from plans.ports import Accepted, Outside, WriteAnswer
from plans.standing import Standing
from plans.timeline import Timeline, combine
from profiles.billing import BillableOption, Customer
from profiles.periods import Grid
from sync.outcomes import Again
from sync.push import push_agreement

RUN = "2026-11-22"
CUSTOMER, CONNECTION, MAPPING, PRODUCT = "contoso", "connectwise", "contoso-spb", "501"
HOME, AWAY = "1201", "1202"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
THROUGH = date(2026, 11, 30)
NEXT = date(2026, 12, 1)
LIMITS = Limits()
CONTOSO = Customer(CUSTOMER, "Contoso", "tenant-1", CONNECTION, "42")
FACTS = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=NEXT,
    ends_on=None,
    company_id="42",
    grid=Grid(2026, 1, 1, 1),
    invoiced_through=THROUGH,
)

type Send = Callable[[Change], Awaitable[WriteAnswer]]


def make_addition(addition_id: str = "8001", quantity: str | int | None = 10, **changes: Any) -> Addition:
    """An addition from November 1 without an end."""
    units = None if quantity is None else Decimal(quantity)
    made = Addition(addition_id, PRODUCT, units, date(2026, 11, 1), None, BillableOption.BILLABLE, "")
    return replace(made, **changes)


def make_create(sequence: int = 0, quantity: int = 10, mapping_id: str = MAPPING, **changes: Any) -> CreateAddition:
    """So many seats from today."""
    key = make_key(mapping_id, sequence)
    made = CreateAddition(HOME, sequence, key, PRODUCT, quantity, TODAY, BillableOption.BILLABLE)
    return replace(made, **changes)


def make_set(before: Addition, sequence: int = 0, mapping_id: str = MAPPING, **changes: Any) -> SetAddition:
    """Other values of an addition of the home agreement, which describe what follows the last invoice."""
    return SetAddition(HOME, sequence, make_key(mapping_id, sequence), before, replace(before, **changes), NEXT)


def make_adjust(units_before: int, units_after: int, sequence: int = 0, **changes: Any) -> AdjustUnits:
    """A dated delta on addition 8001."""
    key = make_key(MAPPING, sequence)
    return replace(AdjustUnits(HOME, sequence, key, "8001", NEXT, units_before, units_after), **changes)


def write(change: CreateAddition, addition_id: str = "9001") -> Addition:
    """The addition that the PSA has once it made it."""
    return Addition(
        addition_id,
        change.product_id,
        Decimal(change.quantity),
        None if change.is_empty else change.effective_on,
        change.ends_on,
        change.billable_option,
        change.key,
        Decimal("20.00") if change.unit_price is None else change.unit_price,
        "Business Premium" if change.description is None else change.description,
        days=Timeline() if change.is_empty else None,
    )


@dataclass
class FakePsa:
    """The port. `on_send` replaces what happens to a write; what is `hidden` is in no list."""

    agreements: dict[str, AgreementReading] = field(default_factory=dict)
    on_send: Send | None = None
    on_read: Callable[[], None] = lambda: None
    read_back: Callable[[Addition | None], Addition | None] = lambda addition: addition
    count: int | None = None
    hidden: set[str] = field(default_factory=set)
    payer: Payer | None = None
    prices: dict[str, Decimal] = field(default_factory=dict)
    sent: list[Change] = field(default_factory=list)
    done: list[Change] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        self.calls.append("read agreements")
        self.on_read()
        return tuple(self.listed(each) for each in agreement_ids if each in self.agreements)

    def listed(self, agreement_id: str) -> AgreementReading:
        agreement = self.agreements[agreement_id]
        if not isinstance(agreement, Agreement):
            return agreement
        return replace(agreement, additions=tuple(each for each in agreement.additions if each.id not in self.hidden))

    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        self.calls.append("read payer")
        return self.payer

    async def search_products(
        self, company_ids: Sequence[str], product_ids: Collection[str], known_ids: Collection[str]
    ) -> tuple[OtherAgreement, ...]:
        self.calls.append("search products")
        others = (each for name, each in sorted(self.agreements.items()) if name not in known_ids)
        return tuple(pick_products(each, product_ids) for each in others if isinstance(each, Agreement))

    async def read_prices(self) -> dict[str, Decimal]:
        self.calls.append("read prices")
        return self.prices

    async def count_additions(self, agreement_id: str) -> int:
        self.calls.append("count additions")
        listed = self.listed(agreement_id)
        counted = len(listed.additions) if isinstance(listed, Agreement) else 0
        return counted if self.count is None else self.count

    async def read_addition(self, agreement_id: str, addition_id: str) -> Addition | None:
        self.calls.append("read back")
        found = [addition for addition in self.additions(agreement_id) if addition.id == addition_id]
        return self.read_back(found[0] if found else None)

    async def send(self, change: Change) -> WriteAnswer:
        self.calls.append("send")
        self.sent.append(change)
        return await self.on_send(change) if self.on_send else Accepted(self.act(change))

    def act(self, change: Change) -> str:
        """Do what was asked; the id of the addition."""
        self.done.append(change)
        match change:
            case CreateAddition():
                made = sum(isinstance(each, CreateAddition) for each in self.done)
                addition_id = str(9000 + made)
                self.put(write(change, addition_id), agreement_id=change.agreement_id)
                return addition_id
            case SetAddition(before=before, after=after):
                differing = [each for each in FIELDS if getattr(before, each) != getattr(after, each)]
                self.edit(before.id, change.agreement_id, **{each: getattr(after, each) for each in differing})
                return before.id
            case AdjustUnits(unit_price=price):
                standing = next(each for each in self.additions(change.agreement_id) if each.id == change.addition_id)
                days = combine(cover_addition(standing), effect_of(change)[1], operator.add)
                price = standing.unit_price if price is None else price
                self.edit(standing.id, change.agreement_id, days=days, quantity=Decimal(days.final), unit_price=price)
                return ""

    def additions(self, agreement_id: str = HOME) -> tuple[Addition, ...]:
        agreement = self.agreements[agreement_id]
        assert isinstance(agreement, Agreement)
        return agreement.additions

    def put(self, *additions: Addition, agreement_id: str = HOME) -> None:
        self.change(agreement_id, additions=self.additions(agreement_id) + additions)

    def drop(self, *addition_ids: str, agreement_id: str = HOME) -> None:
        kept = tuple(each for each in self.additions(agreement_id) if each.id not in addition_ids)
        self.change(agreement_id, additions=kept)

    def edit(self, addition_id: str, agreement_id: str = HOME, **changes: Any) -> None:
        edited = (replace(each, **changes) if each.id == addition_id else each for each in self.additions(agreement_id))
        self.change(agreement_id, additions=tuple(edited))

    def change(self, agreement_id: str = HOME, **changes: Any) -> None:
        agreement = self.agreements[agreement_id]
        assert isinstance(agreement, Agreement)
        self.agreements[agreement_id] = replace(agreement, **changes)

    def invoice(self, through: date | None, agreement_id: str = HOME) -> None:
        """Somebody makes an invoice."""
        agreement = self.agreements[agreement_id]
        assert isinstance(agreement, Agreement)
        self.change(agreement_id, facts=replace(agreement.facts, invoiced_through=through))


FIELDS = ("quantity", "effective_on", "cancelled_on", "billable_option", "unit_price", "description")


@dataclass
class FakeBooks:
    """The journal in memory."""

    now: Callable[[], datetime]
    intents: dict[tuple[str, int, int], Intent] = field(default_factory=dict)
    evidence: dict[tuple[str, int], Evidence] = field(default_factory=dict)
    acceptances: dict[tuple[str, int], Acceptance] = field(default_factory=dict)
    adoptions: list[Adoption] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    parked: dict[str, str | None] = field(default_factory=dict)
    turns: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    turns_taken: list[str] = field(default_factory=list)
    customer: Customer | None = CONTOSO

    async def read_customer(self, customer_id: str) -> Customer | None:
        assert customer_id == CUSTOMER
        return self.customer

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        return self.journal(mapping_id)

    def journal(self, mapping_id: str = MAPPING) -> LineJournal:
        evidence = [entry for key, entry in sorted(self.evidence.items()) if key[0] == mapping_id]
        ended = {entry.sequence for entry in evidence}
        intents = [each for key, each in sorted(self.intents.items()) if key[0] == mapping_id]
        return LineJournal(
            mapping_id,
            tuple(evidence),
            tuple(each for each in intents if each.sequence not in ended),
            self.parked.get(mapping_id),
            tuple(each for key, each in self.acceptances.items() if key[0] == mapping_id),
            tuple(each for each in self.adoptions if each.mapping_id == mapping_id),
        )

    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        key = (intent.mapping_id, intent.sequence, intent.attempt)
        return self.intents.setdefault(key, intent) is intent

    async def note_acceptance(self, customer_id: str, acceptance: Acceptance) -> None:
        self.acceptances.setdefault((acceptance.mapping_id, acceptance.sequence), acceptance)

    async def settle(self, customer_id: str, settlement: Settlement) -> bool:
        entry = settlement.evidence
        if (entry.mapping_id, entry.sequence) in self.evidence:
            return False
        self.evidence[entry.mapping_id, entry.sequence] = entry
        self.settlements.append(settlement)
        self.parked[entry.mapping_id] = settlement.parked_sentence
        return True

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        standing = self.turns.get((connection_id, agreement_id))
        if standing is not None and standing[0] != holder and standing[1] > self.now():
            return False
        self.turns[connection_id, agreement_id] = (holder, until)
        self.turns_taken.append(agreement_id)
        return True

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        standing = self.turns.get((connection_id, agreement_id))
        if standing is not None and standing[0] == holder:
            del self.turns[connection_id, agreement_id]


@dataclass
class FakeArchive:
    """The plans, by their hashes."""

    plans: dict[str, AgreementPlan] = field(default_factory=dict)

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        if plan_hash not in self.plans:
            raise Bug(f"There is no plan {plan_hash}.")
        return self.plans[plan_hash]


@dataclass
class FakeProfiles:
    """What administrators set."""

    controls: Controls = field(default_factory=Controls)

    async def read_controls(self) -> Controls:
        return self.controls


@dataclass
class Bench:
    """Everything around one push."""

    psa: FakePsa = field(default_factory=FakePsa)
    archive: FakeArchive = field(default_factory=FakeArchive)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    time: datetime = NOW
    plan_hash: str = ""

    def __post_init__(self) -> None:
        self.books = FakeBooks(lambda: self.time)
        for agreement_id in (HOME, AWAY):
            self.psa.agreements[agreement_id] = Agreement(CONNECTION, agreement_id, "Managed", "42", FACTS, ())
        # Pushing touches nothing of the outside but this.
        touched: dict[str, Any] = {
            "now": lambda: self.time,
            "zone": ZoneInfo("UTC"),
            "night_start_hour": 2,
            "limits": LIMITS,
            "connections": {CONNECTION: self.psa},
            "books": self.books,
            "archive": self.archive,
            "profiles": self.profiles,
        }
        self.outside = Outside(**{each.name: None for each in fields(Outside)} | touched)

    def own(self, *additions: Addition, agreement_id: str = HOME, mapping_id: str = MAPPING, sequence: int = 0) -> None:
        """The PSA has these additions, and a person made them the line's own."""
        self.psa.put(*additions, agreement_id=agreement_id)
        self.adopt(*additions, agreement_id=agreement_id, mapping_id=mapping_id, sequence=sequence)

    def adopt(
        self, *additions: Addition, agreement_id: str = HOME, mapping_id: str = MAPPING, sequence: int = 0
    ) -> None:
        """A person makes additions that are there the line's own."""
        levels = sum_additions(additions)
        entry = LedgerEntry(mapping_id, date.min, sequence, levels, "", THROUGH)
        self.books.adoptions.append(
            Adoption(mapping_id, sequence, agreement_id, additions, entry, TODAY, "Ada", "ours")
        )

    def line(self, *changes: Change, mapping_id: str = MAPPING, **parts: Any) -> LinePlan:
        """A line's plan on the PSA and the books as they are."""
        journal = self.books.journal(mapping_id)
        billed = derive_billed(journal.ledger)
        touched = sorted({HOME, *(change.agreement_id for change in changes)})
        standings = []
        for agreement_id in touched:
            agreement = self.psa.agreements.get(agreement_id)
            if isinstance(agreement, Agreement):
                basis = select_basis(agreement, mapping_id, PRODUCT, journal.written)
                standings.append(Standing(agreement_id, basis))
        decision: Decision = Apply(changes)
        made = LinePlan(
            mapping_id=mapping_id,
            licence_name="Business Premium" if mapping_id == MAPPING else f"Licence {mapping_id}",
            product_id=PRODUCT,
            quantity_billed=billed.final,
            quantity_owed=0,
            seats=0,
            before=tuple(standings),
            billed=billed,
            owed=Timeline(),
            decision=decision,
        )
        return replace(made, **parts)

    def plan(self, *planned: Change | LinePlan, keep: bool = True, **parts: Any) -> str:
        """A plan of these lines, or of one line with these changes; it is the one that is pushed, if it is kept."""
        lines = tuple(each for each in planned if isinstance(each, LinePlan))
        changes = tuple(each for each in planned if not isinstance(each, LinePlan))
        facts = [(name, each.facts) for name, each in self.psa.agreements.items() if isinstance(each, Agreement)]
        made = AgreementPlan(CUSTOMER, CONNECTION, HOME, tuple(facts), lines or (self.line(*changes),))
        made = replace(made, **parts)
        plan_hash = hash_plan(made)
        self.archive.plans[plan_hash] = made
        if keep:
            self.plan_hash = plan_hash
        return plan_hash

    async def push(self, run_id: str = RUN, allowed: frozenset[str] | None = None) -> Any:
        plan = self.archive.plans.get(self.plan_hash)
        everything = frozenset() if plan is None else frozenset(line.mapping_id for line in plan.lines)
        return await push_agreement(self.outside, run_id, self.plan_hash, everything if allowed is None else allowed)

    async def push_again(self, run_id: str = RUN) -> Again:
        result = await self.push(run_id)
        assert isinstance(result, Again), result
        return result

    def promise(self, change: Change, plan_hash: str | None = None, mapping_id: str = MAPPING, **parts: Any) -> Intent:
        """Somebody promised the change now, and nobody knows more."""
        made_by = self.plan_hash if plan_hash is None else plan_hash
        intent = Intent(mapping_id, change.sequence, 0, CONNECTION, RUN, made_by, self.time, change, ())
        intent = replace(intent, **parts)
        self.books.intents[mapping_id, intent.sequence, intent.attempt] = intent
        return intent

    def answer(self, reply: WriteAnswer, *, acts: bool = False) -> None:
        """From now on every write is answered like this, and acted on or not."""

        async def send(change: Change) -> WriteAnswer:
            if acts:
                self.psa.act(change)
            return reply

        self.psa.on_send = send

    def wait(self, **duration: float) -> None:
        self.time += timedelta(**duration)

    def outwait(self) -> None:
        """Until what was sent can have no effect any more."""
        self.time += LIMITS.send_window + LIMITS.late_effect_limit

    @property
    def endings(self) -> list[str]:
        return [evidence.ending.value for _, evidence in sorted(self.books.evidence.items())]

    @property
    def ledger(self) -> list[LedgerEntry]:
        return [each.ledger for _, each in sorted(self.books.evidence.items()) if each.ledger is not None]

    @property
    def history(self) -> list[HistoryEntry]:
        return [settlement.history for settlement in self.books.settlements]

    @property
    def told(self) -> list[str]:
        return [entry.sentence for entry in self.history]

    @property
    def parked(self) -> str | None:
        return self.books.parked.get(MAPPING)
