"""What the night needs of the outside world. Adapters keep these promises; `sync` and `web` know nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from plans.account_records import TellProgress, tell_nobody
from plans.agreements import Addition, AgreementReading
from plans.alerts.port import AlertBook
from plans.approvals import Approval
from plans.basis import JustRead, RecentNight
from plans.beside import ProductSearch
from plans.catalogue import Payer, PriceList
from plans.changes import Change
from plans.controls import Controls
from plans.counts import Count
from plans.forecast import InvoiceTotal
from plans.forecasting_port import Forecasts
from plans.journal import Acceptance, Adoption, HistoryEntry, Intent, LineJournal, Refusal, Settlement
from plans.judgement import Verdict
from plans.limits import Limits, Rhythm
from plans.mapping_desk import MappingDesk
from plans.open_items_port import OpenItems
from plans.plan import AgreementPlan
from plans.raw_answers import KeepRaw, RawAnswer, forget_raw
from plans.results import RunResults
from plans.runs_port import Runs
from plans.translation import LineTask, Translation
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.licences import Snapshot
from profiles.partners import PartnerOutcome, PartnerReading
from profiles.readings import Reading
from profiles.unmapped import Piece, list_mapped


class LicenceReader(Protocol):
    """Microsoft, for reading the tenants of customers."""

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        """The tenant's complete snapshot, or why there is none. Never raises for what Microsoft answers.

        `account_id` names the partner account that reaches the tenant; None is the first one. `keep` is told every
        answer as it comes, so that it is kept where the reading fails as well.
        """
        ...


class PartnerReader(Protocol):
    """Microsoft, for reading one partner account: whom it serves, and how far it may reach them."""

    async def read_partner(self, tell: TellProgress = tell_nobody) -> Reading[PartnerReading]:
        """What the account reaches now, or why that cannot be told. Never raises for what Microsoft answers.

        Stores the refresh token that Microsoft gives in exchange for the one that was used (S6).
        """
        ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """The PSA answered that it took the write."""

    addition_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The PSA answered that it did not take the write, and will not.

    `is_day_taken` says that it takes one adjustment a day and had it: on another day the same change would be taken.
    `is_posted` says that it takes none of days that are posted: from the next period on it would be.
    """

    sentence: str
    is_day_taken: bool = False
    is_posted: bool = False


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody knows whether the PSA took the write: a timeout, a reset, a 5xx. Never repeat it blindly."""

    sentence: str


type WriteAnswer = Accepted | Refused | InDoubt


class Psa(ProductSearch, Protocol):
    """One PSA connection."""

    @property
    def rhythm(self) -> Rhythm:
        """How it likes to be asked."""
        ...

    @property
    def prorates(self) -> bool:
        """Whether an increase counts from its day where neither a customer nor a mapping says otherwise."""
        ...

    async def read_agreements(self, agreement_ids: Sequence[str], run_id: str = "") -> tuple[AgreementReading, ...]:
        """The named agreements with all their additions, bundles as first read for a run that is named; those the PSA
        does not know are left out. Raises Retry where it cannot be read now, Misconfigured where it refuses us.
        """
        ...

    def translate(self, task: LineTask) -> Translation:
        """The writes that make the law true for one line (`plans.translation`). Pure."""
        ...

    async def send(self, change: Change) -> WriteAnswer:
        """Send one write once. Never raises for what the PSA answers or fails to answer.

        Raises Bug for a change that this PSA has no words for: its own translation never makes one.
        """
        ...

    async def count_additions(self, agreement_id: str) -> int:
        """How many additions the PSA has on the agreement, by its own count. Raises like `read_agreements`."""
        ...

    async def read_addition(self, agreement_id: str, addition_id: str) -> Addition | None:
        """One addition as the PSA has it now; None where it has none. Raises like `read_agreements`."""
        ...

    async def read_payer(self, company_id: str, run_id: str = "") -> Payer | None:
        """The parent that the PSA invoices for it, if any: as read now, or once for the run. Raises like the others."""
        ...

    async def read_prices(self) -> MappingOf[str, Decimal]:
        """What products cost by the PSA's catalog, by their ids, as one bulk list. Raises like `read_agreements`."""
        ...

    async def read_invoices(self, agreement_ids: Sequence[str], since: date) -> tuple[InvoiceTotal, ...]:
        """What the agreements were invoiced on that day or later, by the date of the invoice. An agreement that is
        invoiced with its parent has no invoices of its own. Raises like `read_agreements`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """A customer with what is mapped for it, what we wrote for it so far, and what people approved of it and did not
    refuse afterwards. `undos` are the writes that a person wants taken back: the line's intent's number, by mapping.
    """

    customer: Customer
    mappings: tuple[Mapping, ...]
    journals: dict[str, LineJournal]
    approvals: tuple[Approval, ...] = ()
    undos: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerOverview:
    """A customer with what is mapped for it and what its lines bill, without the journal behind them.

    `billed` is the last verified quantity by mapping; a mapping that was never written is not in it.
    """

    customer: Customer
    mappings: tuple[Mapping, ...]
    billed: dict[str, int]

    @property
    def mapped(self) -> frozenset[Piece]:
        """The licences, and terms of licences, that are mapped."""
        return list_mapped(self.mappings)

    @property
    def seats(self) -> int:
        """What all its mappings bill together."""
        return sum(self.billed.get(mapping.id, 0) for mapping in self.mappings)


class Books(Protocol):
    """Customers, their mappings, and the journal of every write (table `books`)."""

    async def list_customers(self) -> tuple[Customer, ...]: ...

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        """Every customer, for lists of them."""
        ...

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        """One customer; None where there is none with this id."""
        ...

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        """What happened to the customer's lines, the newest first."""
        ...

    async def list_line_names(self) -> frozenset[str]:
        """The name of every mapping's line (`plans.keys.name_line`) and adopted addition (`name_addition`).

        A removed customer's are not among them: its additions are nobody's until a person adopts them.
        """
        ...

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        """Agreement ids that some mapping names or some line still bills on, by PSA connection."""
        ...

    async def read_customer(self, customer_id: str) -> Customer | None:
        """A customer as it is this moment; None where it was removed, or never was."""
        ...

    async def read_desk(self, customer_id: str) -> Desk | None:
        """Everything that planning a customer rests on; None where it was removed, or never was."""
        ...

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal: ...

    async def insert_intent(self, customer_id: str, intent: Intent) -> bool:
        """Commit the intent; False where this line, number and attempt is already taken by somebody."""
        ...

    async def note_acceptance(self, customer_id: str, acceptance: Acceptance) -> None:
        """Keep what the PSA called the addition; the first one noted for a line's number stands."""
        ...

    async def settle(self, customer_id: str, settlement: Settlement) -> bool:
        """Commit evidence, ledger, history and last quantity as one batch; False where it was settled before."""
        ...

    async def save_counts(self, customer_id: str, counts: MappingOf[str, Sequence[Count]]) -> None:
        """Keep these counts of lines, by mapping; one of a day that has one already takes its place."""
        ...

    async def adopt(self, customer_id: str, adoption: Adoption, history: HistoryEntry) -> bool:
        """Make additions a line's own, and end its park; False where the line moved on or was adopted meanwhile."""
        ...

    async def approve(self, customer_id: str, approval: Approval, history: HistoryEntry) -> None:
        """Keep an approval; the first one of a hash stands, unless a refusal that was asked for later ended it."""
        ...

    async def refuse(self, customer_id: str, refusal: Refusal, history: HistoryEntry) -> None:
        """Keep a refusal; it takes the place of the line's last one, and ends every approval that was asked for before
        it, also one that is kept a moment later."""
        ...

    async def ask_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry) -> None:
        """Keep that a person wants the line's write of that number taken back."""
        ...

    async def end_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry | None) -> None:
        """Forget that a person wants that write taken back, and tell it; a wish about another write stays."""
        ...

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        """Become the agreement's one writer until then; False while another holder has the turn.

        The same holder may take its own turn again: a run that died goes on where it was.
        """
        ...

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        """Give the turn back; nothing happens if it is no longer ours."""
        ...


class Profiles(Protocol):
    """Billing profiles, and what an administrator set for every night (table `config`)."""

    async def list_profiles(self) -> dict[str, BillingProfile]: ...

    async def read_controls(self) -> Controls:
        """The controls; as they come where nobody set any."""
        ...


class Archive(Protocol):
    """Snapshots, PSA readings, plans and verdicts (blobs)."""

    async def save_line_names(self, run_id: str, names: frozenset[str]) -> None: ...

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        """The lines there were when the run was opened; none where it kept none."""
        ...

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        """Keep which customers an extra run is about."""
        ...

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        """The customers that a run is about; None for all of them."""
        ...

    async def save_results(self, run_id: str, results: RunResults) -> None:
        """Keep how the tenants of a run that is being closed ended: its rows in one piece."""
        ...

    async def read_results(self, run_id: str) -> RunResults | None:
        """How the tenants of a closed run ended; None where that is not kept, and its rows have to be read."""
        ...

    async def save_needs(self, run_id: str, customer_ids: frozenset[str]) -> None:
        """Keep which customers a run that is being closed left to people."""
        ...

    async def read_needs(self, run_id: str) -> frozenset[str] | None:
        """The customers that a closed run left to people; None where that is not kept."""
        ...

    async def find_snapshot_before(self, tenant_id: str, day: date) -> Snapshot | None:
        """The newest snapshot of the tenant from a run before that day; None where none is kept."""
        ...

    async def save_snapshot(self, run_id: str, snapshot: Snapshot, answers: Sequence[RawAnswer] = ()) -> bool:
        """Keep a reading and the answers behind it (`save_raw`: alone); False where the run has one, which stands."""
        ...

    async def read_snapshot(self, run_id: str, tenant_id: str) -> Snapshot | None: ...

    async def save_raw(self, run_id: str, tenant_id: str, answers: Sequence[RawAnswer]) -> None: ...

    async def save_partner(self, run_id: str, outcome: PartnerOutcome) -> None:
        """Keep how reading a partner account ended; a reading is also the newest one from now on."""
        ...

    async def read_partner(self, run_id: str, account_id: str) -> PartnerOutcome | None: ...

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        """The newest reading of any run."""
        ...

    async def save_agreements(
        self, run_id: str, connection_id: str, shard: int, found: Sequence[AgreementReading], asked: Collection[str]
    ) -> None:
        """Keep what the PSA answered for a shard, and the ids that it was asked for."""
        ...

    async def read_agreements(
        self, run_id: str, connection_id: str, shard: int, wanted: Collection[str] | None = None
    ) -> tuple[AgreementReading, ...] | None:
        """Those of a shard whose ids are wanted, all where nobody says; None where the shard was not read."""
        ...

    async def list_asked(self, run_id: str, connection_id: str, shard: int) -> frozenset[str] | None:
        """The ids that a shard was read for; None where it was not read, or kept by a version that did not say."""
        ...

    async def save_prices(self, connection_id: str, prices: PriceList) -> None: ...

    async def read_prices(self, connection_id: str) -> PriceList | None:
        """What was kept last; None where nobody has asked this PSA yet."""
        ...

    async def save_plan(self, plan: AgreementPlan) -> str:
        """Keep the plan under its hash, and return the hash."""
        ...

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        """The plan with exactly this hash. Raises Bug where it is missing or was tampered with."""
        ...

    async def save_verdict(self, verdict: Verdict) -> Verdict:
        """Keep the verdict; where the run already has one, that one is returned and stands."""
        ...

    async def read_verdict(self, run_id: str) -> Verdict | None: ...


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything a step may touch, wired once per event loop by `app.wiring`. Without a `mapping_desk` no rule maps."""

    now: Callable[[], datetime]
    zone: ZoneInfo
    night_start_hour: int
    limits: Limits
    licences: LicenceReader
    connections: dict[str, Psa]
    books: Books
    profiles: Profiles
    runs: Runs
    archive: Archive
    open_items: OpenItems
    forecasts: Forecasts
    alerts: AlertBook
    currency: str = "USD"
    partners: MappingOf[str, PartnerReader] = field(default_factory=dict)
    mapping_desk: MappingDesk | None = None
    recent_night: RecentNight = field(default_factory=RecentNight, compare=False)
    just_read: JustRead = field(default_factory=JustRead, compare=False)

    def local_day(self) -> date:
        """Today in the MSP's zone."""
        return self.now().astimezone(self.zone).date()
