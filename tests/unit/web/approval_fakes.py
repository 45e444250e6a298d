"""What waits for people, in memory: holds, credit proposals, journals, and a queue that remembers who asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from plans.administration import Administration
from plans.agreements import Addition, Agreement, AgreementFacts, AgreementReading
from plans.approvals import Approval, HeldLine, OpenHold, OpenProposal, ProposedLine
from plans.changes import Change, CreateAddition, CreditProposal, Held, HoldRule, SetAddition
from plans.controls import Controls
from plans.errors import Bug
from plans.journal import HistoryEntry, LineJournal, Refusal
from plans.keys import make_key
from plans.limits import Limits
from plans.open_items_port import OpenItems
from plans.plan import AgreementPlan, LinePlan, hash_line, hash_plan
from plans.ports import Archive, Books, CustomerOverview, Desk, LicenceReader, Outside, Profiles, Psa
from plans.results import TenantResult
from plans.runs import Run
from plans.runs_port import Runs
from plans.timeline import Timeline
from profiles.billing import Basis, BillableOption, BillingProfile, Customer, Mapping
from profiles.periods import Grid
from tests.alert_memory import MemoryAlerts
from tests.unit.web.administration_fakes import FakeAudit
from tests.unit.web.fakes import NOW, PUBLIC_URL, SIGN_IN, ZONE, fetch_test_keys
from tests.unit.web.mail_fakes import FakeDeliveries
from tests.unit.web.request_fakes import FakeRequests
from tests.unit.web.token_fakes import FakeTokens
from tests.unit.web.webhook_fakes import FakeWebhooks
from web.context import WebContext

NIGHT = "2026-11-22"
STARTED = datetime(2026, 11, 22, 2, 0, 3, tzinfo=UTC)
CONNECTION = "connectwise-1"
PREMIUM = "Microsoft 365 Business Premium"
FACTS = AgreementFacts(
    is_active=True,
    prorates=True,
    next_invoice_on=date(2026, 12, 1),
    ends_on=None,
    company_id="250",
    grid=Grid(2026, 1, 1, 1),
    invoiced_through=date(2026, 10, 31),
)


@dataclass
class FakeOpenItems:
    """Holds and proposals; `error` is raised by every read."""

    holds: tuple[OpenHold, ...] = ()
    proposals: tuple[OpenProposal, ...] = ()
    error: Exception | None = None

    async def list_holds(self) -> tuple[OpenHold, ...]:
        if self.error is not None:
            raise self.error
        return self.holds

    async def list_proposals(self) -> tuple[OpenProposal, ...]:
        if self.error is not None:
            raise self.error
        return self.proposals

    async def settle_proposal(self, proposal: OpenProposal) -> bool:
        standing = next((each for each in self.proposals if each.id == proposal.id), None)
        if standing is None or standing.settled_by is not None:
            return False
        self.proposals = tuple(proposal if each.id == proposal.id else each for each in self.proposals)
        return True


@dataclass
class DecisionBooks:
    """Customers with their journals, and what people decided."""

    customers: tuple[Customer, ...] = ()
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)
    journals: dict[str, LineJournal] = field(default_factory=dict)
    approvals: list[tuple[str, Approval]] = field(default_factory=list)
    refusals: list[tuple[str, Refusal]] = field(default_factory=list)
    undos: list[tuple[str, str, int]] = field(default_factory=list)
    history: dict[str, list[HistoryEntry]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    async def list_customers(self) -> tuple[Customer, ...]:
        return self.customers

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        return tuple(CustomerOverview(each, self.mappings.get(each.id, ()), {}) for each in self.customers)

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        return next((each for each in await self.list_overviews() if each.customer.id == customer_id), None)

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        return tuple(reversed(self.history.get(customer_id, [])))

    async def list_line_names(self) -> frozenset[str]:
        return frozenset()

    async def read_customer(self, customer_id: str) -> Customer | None:
        return next((each for each in self.customers if each.id == customer_id), None)

    async def read_desk(self, customer_id: str) -> Desk | None:
        customer = await self.read_customer(customer_id)
        if customer is None:
            return None
        mappings = self.mappings.get(customer_id, ())
        journals = {each.id: self.journals.get(each.id, LineJournal(each.id)) for each in mappings}
        return Desk(customer, mappings, journals)

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        return self.journals.get(mapping_id, LineJournal(mapping_id))

    async def approve(self, customer_id: str, approval: Approval, history: HistoryEntry) -> None:
        self.order.append(f"approve {customer_id}")
        self.approvals.append((customer_id, approval))
        self.history.setdefault(customer_id, []).append(history)

    async def refuse(self, customer_id: str, refusal: Refusal, history: HistoryEntry) -> None:
        self.order.append(f"refuse {customer_id}")
        self.refusals.append((customer_id, refusal))
        self.history.setdefault(customer_id, []).append(history)

    async def ask_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry) -> None:
        self.order.append(f"undo {customer_id}")
        self.undos.append((customer_id, mapping_id, sequence))
        self.history.setdefault(customer_id, []).append(history)


@dataclass
class DecisionArchive:
    """Plans by hash, agreements by run, scopes by run."""

    plans: dict[str, AgreementPlan] = field(default_factory=dict)
    agreements: dict[str, tuple[AgreementReading, ...]] = field(default_factory=dict)
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)

    async def read_results(self, run_id: str) -> None:
        """What runs of an older version left: their rows are read."""

    async def read_needs(self, run_id: str) -> None:
        """The same."""

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        if plan_hash not in self.plans:
            raise Bug(f"Plan {plan_hash} is not in the archive.")
        return self.plans[plan_hash]

    async def read_agreements(
        self, run_id: str, connection_id: str, shard: int, wanted: object = None
    ) -> tuple[AgreementReading, ...] | None:
        return self.agreements.get(run_id)

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        return frozenset()

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        self.scopes[run_id] = customer_ids

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        return self.scopes.get(run_id)


@dataclass
class DecisionRuns:
    """Runs, newest first, and their rows."""

    runs: tuple[Run, ...] = ()
    tenants: dict[str, Sequence[TenantResult]] = field(default_factory=dict)

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        return self.runs[:limit]

    async def read_run(self, run_id: str) -> Run | None:
        return next((run for run in self.runs if run.id == run_id), None)

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        return tuple(self.tenants.get(run_id, ()))

    async def read_tenant(self, run_id: str, tenant_id: str) -> TenantResult | None:
        return next((each for each in self.tenants.get(run_id, ()) if each.tenant_id == tenant_id), None)


@dataclass
class DecisionProfiles:
    """Billing profiles."""

    profiles: dict[str, BillingProfile] = field(default_factory=dict)

    async def list_profiles(self) -> dict[str, BillingProfile]:
        return self.profiles

    async def read_controls(self) -> Controls:
        return Controls()


@dataclass
class DecisionWorld:
    """What a test changes to change what people see and decide about."""

    open_items: FakeOpenItems = field(default_factory=FakeOpenItems)
    books: DecisionBooks = field(default_factory=DecisionBooks)
    archive: DecisionArchive = field(default_factory=DecisionArchive)
    runs: DecisionRuns = field(default_factory=DecisionRuns)
    requests: FakeRequests = field(default_factory=FakeRequests)
    profiles: DecisionProfiles = field(default_factory=DecisionProfiles)
    connections: dict[str, Psa] = field(default_factory=dict)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    audit: FakeAudit = field(default_factory=FakeAudit)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.requests.order = self.books.order

    async def outside(self) -> Outside:
        return Outside(
            now=lambda: self.now,
            zone=ZONE,
            night_start_hour=2,
            limits=Limits(),
            licences=cast(LicenceReader, None),
            connections=self.connections,
            books=cast(Books, self.books),
            profiles=cast(Profiles, self.profiles),
            runs=cast(Runs, self.runs),
            archive=cast(Archive, self.archive),
            open_items=cast(OpenItems, self.open_items),
            currency="EUR",
            forecasts=cast(Any, None),
            alerts=self.alerts,
        )

    async def open_administration(self) -> Administration:
        return cast(
            Administration, SimpleNamespace(audit=self.audit, webhooks=self.webhooks, deliveries=self.deliveries)
        )

    async def run_requests(self) -> FakeRequests:
        return self.requests

    def context(self) -> WebContext:
        return WebContext(
            outside=self.outside,
            administration=self.open_administration,
            configuration_changed=lambda: None,
            run_requests=self.run_requests,
            tokens=self.tokens.open,
            sign_in=SIGN_IN,
            fetch_sign_in_keys=fetch_test_keys,
            zone=ZONE,
            currency="EUR",
            public_url=PUBLIC_URL,
            now=lambda: self.now,
        )

    def add_hold(self, number: int, before: int = 12, after: int = 8, **changes: Any) -> OpenHold:
        """One more hold with its plan in the archive; `changes` are of its line."""
        plan = make_plan(number, before, after)
        line = plan.lines[0]
        held = HeldLine(
            mapping_id=line.mapping_id,
            licence_name=PREMIUM,
            line_hash=hash_line(plan, line),
            plan_hash=hash_plan(plan),
            rule=HoldRule.LARGE_DROP,
            sentence=f"{before} → {after} {PREMIUM}: it is a drop of a third. Approve it, or refuse it.",
            quantity_before=before,
            quantity_after=after,
            monthly=Decimal(after - before) * 20,
        )
        self.archive.plans[held.plan_hash] = plan
        hold = OpenHold(
            f"customer-{number}", f"Customer {number:04}", CONNECTION, str(400 + number), STARTED, NIGHT,
            replace(held, **changes),
        )  # fmt: skip
        self.open_items.holds = (*(each for each in self.open_items.holds if each.id != hold.id), hold)
        return hold


def make_plan(number: int, before: int, after: int) -> AgreementPlan:
    """One line that goes from one quantity to another: up by one more addition, down by a base that says fewer from
    the first day not yet invoiced."""
    mapping_id, agreement_id = f"m-{number}", str(400 + number)
    change: Change = CreateAddition(
        agreement_id=agreement_id,
        sequence=0,
        key=make_key(mapping_id, 0),
        product_id="501",
        quantity=after - before,
        effective_on=date(2026, 11, 22),
        billable_option=BillableOption.BILLABLE,
    )
    if after < before:
        base = make_addition("9001", before, key=make_key(mapping_id, 0))
        lowered = replace(base, quantity=Decimal(after))
        change = SetAddition(agreement_id, 1, make_key(mapping_id, 1), base, lowered, date(2026, 12, 1))
    line = LinePlan(
        mapping_id=mapping_id,
        licence_name=PREMIUM,
        product_id="501",
        quantity_billed=before,
        quantity_owed=after,
        seats=after,
        before=(),
        billed=Timeline(),
        owed=Timeline(),
        decision=Held(HoldRule.LARGE_DROP, "held", (change,)),
    )
    return AgreementPlan(f"customer-{number}", CONNECTION, agreement_id, ((agreement_id, FACTS),), (line,))


def make_customer(number: int) -> Customer:
    tenant_id = f"7e7a2700-0000-4000-8000-{number:012d}"
    return Customer(f"customer-{number}", f"Customer {number:04}", tenant_id, CONNECTION, "250")


def make_mapping(number: int) -> Mapping:
    return Mapping(f"m-{number}", f"customer-{number}", "sku", PREMIUM, "premium", str(400 + number), Basis.PURCHASED)


def make_addition(addition_id: str = "9001", quantity: int = 10, **changes: Any) -> Addition:
    addition = Addition(
        addition_id, "501", Decimal(quantity), date(2026, 11, 1), None, BillableOption.BILLABLE, make_key("m-0", 0)
    )
    return replace(addition, **changes)


def make_agreement(number: int, *additions: Addition, facts: AgreementFacts = FACTS) -> Agreement:
    return Agreement(CONNECTION, str(400 + number), "Managed Services", "250", facts, additions)


def make_proposal(number: int, **changes: Any) -> OpenProposal:
    days = CreditProposal(date(2026, 11, 3), date(2026, 11, 30), 2, Decimal("37.33"), "2 seats were not owed.")
    line = ProposedLine(f"m-{number}", PREMIUM, days)
    proposal = OpenProposal(f"customer-{number}", f"Customer {number:04}", str(400 + number), STARTED, line)
    return replace(proposal, **changes)
