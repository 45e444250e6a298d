"""The ports in memory, as far as pages read them, and sign-ins signed with a key of the tests."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from plans.administration import Administration
from plans.agreements import AgreementReading
from plans.approvals import OpenHold, OpenProposal
from plans.asking import RunRequests
from plans.controls import Controls
from plans.errors import Bug
from plans.forecasting_port import Forecasts
from plans.journal import HistoryEntry, LineJournal
from plans.judgement import Verdict
from plans.limits import Limits
from plans.open_items_port import OpenItems
from plans.plan import AgreementPlan
from plans.ports import Archive, Books, CustomerOverview, Desk, Outside, PartnerReader, Profiles, Psa
from plans.raw_answers import KeepRaw, forget_raw
from plans.results import PushResult, TenantResult
from plans.runs import Run, Waiting
from plans.runs_port import Runs
from plans.traffic import Traffic
from profiles.billing import BillingProfile, Customer, Mapping
from profiles.licences import Snapshot
from profiles.partners import PartnerOutcome, PartnerReading
from profiles.readings import Known, Reading, Unknown, UnknownReason
from tests.alert_memory import MemoryAlerts
from tests.unit.web.administration_fakes import FakeAudit, FakeConfiguration, FakeCustomers
from tests.unit.web.connection_fakes import FakeConnections
from tests.unit.web.consent_fakes import FakeAccountRecords, FakeConsent, FakePendingConsents
from tests.unit.web.draft_fakes import MemoryDrafts
from tests.unit.web.forecast_fakes import FakeForecasts
from tests.unit.web.mail_fakes import FakeDeliveries, FakeMailOffice
from tests.unit.web.request_fakes import FakeRequests
from tests.unit.web.token_fakes import FakeTokens
from tests.unit.web.webhook_fakes import FakeWebhooks
from web.context import WebContext
from web.security.sign_in import SignIn

ZONE = ZoneInfo("Europe/Dublin")
NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
SIGN_IN = SignIn("https://issuer.example/v2.0", "seatledger-app", "5ea71ed9-0000-4000-8000-000000000001")
OBJECT_ID = "5ea71ed9-0000-4000-8000-0000000000a1"
KEY_ID = "test-key"
PUBLIC_URL = "https://seatledger.example"


@dataclass
class FakeBooks:
    """Customers with what is mapped and billed, and their history; `calls` counts what was asked."""

    customers: tuple[Customer, ...] = ()
    mappings: dict[str, tuple[Mapping, ...]] = field(default_factory=dict)
    billed: dict[str, int] = field(default_factory=dict)
    history: dict[str, tuple[HistoryEntry, ...]] = field(default_factory=dict)
    journals: dict[str, LineJournal] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    turns: dict[tuple[str, str], str] = field(default_factory=dict)
    undos: dict[str, int] = field(default_factory=dict)

    def _overview(self, customer: Customer) -> CustomerOverview:
        mappings = self.mappings.get(customer.id, ())
        billed = {mapping.id: self.billed[mapping.id] for mapping in mappings if mapping.id in self.billed}
        return CustomerOverview(customer, mappings, billed)

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        self.calls.append("list_overviews")
        return tuple(map(self._overview, self.customers))

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        self.calls.append("list_mapped_agreements")
        found: dict[str, set[str]] = {}
        for customer in self.customers:
            names = {mapping.agreement_id for mapping in self.mappings.get(customer.id, ())}
            found.setdefault(customer.connection_id, set()).update(names)
        return {connection_id: tuple(sorted(names)) for connection_id, names in found.items()}

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        self.calls.append(f"read_overview {customer_id}")
        return next((self._overview(each) for each in self.customers if each.id == customer_id), None)

    async def read_customer(self, customer_id: str) -> Customer | None:
        return next((each for each in self.customers if each.id == customer_id), None)

    async def read_desk(self, customer_id: str) -> Desk | None:
        self.calls.append(f"read_desk {customer_id}")
        customer = await self.read_customer(customer_id)
        if customer is None:
            return None
        mappings = self.mappings.get(customer_id, ())
        return Desk(
            customer, mappings, {each.id: self.journals.get(each.id, LineJournal(each.id)) for each in mappings}
        )

    async def read_line(self, customer_id: str, mapping_id: str) -> LineJournal:
        return self.journals.get(mapping_id, LineJournal(mapping_id))

    async def list_history(self, customer_id: str) -> tuple[HistoryEntry, ...]:
        return self.history.get(customer_id, ())

    async def list_customers(self) -> tuple[Customer, ...]:
        return self.customers

    async def ask_undo(self, customer_id: str, mapping_id: str, sequence: int, history: HistoryEntry) -> None:
        self.undos[mapping_id] = sequence

    async def take_turn(self, connection_id: str, agreement_id: str, holder: str, until: datetime) -> bool:
        return self.turns.setdefault((connection_id, agreement_id), holder) == holder

    async def end_turn(self, connection_id: str, agreement_id: str, holder: str) -> None:
        if self.turns.get((connection_id, agreement_id)) == holder:
            del self.turns[connection_id, agreement_id]


@dataclass
class FakeProfiles:
    """Billing profiles and controls."""

    profiles: dict[str, BillingProfile] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)

    async def list_profiles(self) -> dict[str, BillingProfile]:
        return self.profiles

    async def read_controls(self) -> Controls:
        return self.controls


@dataclass
class FakeOpenItems:
    """What waits across all customers; `calls` counts what was asked."""

    holds: tuple[OpenHold, ...] = ()
    proposals: tuple[OpenProposal, ...] = ()
    calls: list[str] = field(default_factory=list)

    async def list_holds(self) -> tuple[OpenHold, ...]:
        self.calls.append("list_holds")
        return self.holds

    async def replace_holds(self, customer_ids: frozenset[str], holds: Sequence[OpenHold]) -> None:
        others = tuple(each for each in self.holds if each.customer_id not in customer_ids)
        self.holds = (*others, *holds)

    async def list_proposals(self) -> tuple[OpenProposal, ...]:
        self.calls.append("list_proposals")
        return self.proposals

    async def settle_proposal(self, proposal: OpenProposal) -> bool:
        standing = next((each for each in self.proposals if each.id == proposal.id), None)
        if standing is None or standing.settled_by is not None:
            return False
        self.proposals = tuple(proposal if each.id == proposal.id else each for each in self.proposals)
        return True


@dataclass
class FakeArchive:
    """Snapshots by run and tenant, plans by hash, verdicts and agreements by run; `calls` counts what was asked."""

    snapshots: dict[tuple[str, str], Snapshot] = field(default_factory=dict)
    plans: dict[str, AgreementPlan] = field(default_factory=dict)
    agreements: dict[str, tuple[AgreementReading, ...]] = field(default_factory=dict)
    partner: PartnerReading | None = None
    outcomes: dict[tuple[str, str], PartnerOutcome] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def read_snapshot(self, run_id: str, tenant_id: str) -> Snapshot | None:
        return self.snapshots.get((run_id, tenant_id))

    async def find_snapshot_before(self, tenant_id: str, day: date) -> Snapshot | None:
        return next((each for (_, name), each in self.snapshots.items() if name == tenant_id), None)

    async def read_line_names(self, run_id: str) -> frozenset[str]:
        return frozenset()

    async def read_plan(self, plan_hash: str) -> AgreementPlan:
        self.calls.append(f"read_plan {plan_hash}")
        if plan_hash not in self.plans:
            raise Bug(f"Plan {plan_hash} is not in the archive.")
        return self.plans[plan_hash]

    async def read_agreements(
        self, run_id: str, connection_id: str, shard: int, wanted: object = None
    ) -> tuple[AgreementReading, ...] | None:
        self.calls.append(f"read_agreements {run_id}")
        return self.agreements.get(run_id)

    async def save_scope(self, run_id: str, customer_ids: frozenset[str]) -> None:
        self.scopes[run_id] = customer_ids

    async def read_scope(self, run_id: str) -> frozenset[str] | None:
        return self.scopes.get(run_id)

    async def read_results(self, run_id: str) -> None:
        """What runs of an older version left: their rows are read."""

    async def read_needs(self, run_id: str) -> None:
        """The same."""

    async def read_verdict(self, run_id: str) -> Verdict | None:
        self.calls.append(f"read_verdict {run_id}")
        return self.verdicts.get(run_id)

    async def read_newest_partner(self, account_id: str) -> PartnerReading | None:
        return self.partner

    async def read_partner(self, run_id: str, account_id: str) -> PartnerOutcome | None:
        return self.outcomes.get((run_id, account_id))

    async def save_partner(self, run_id: str, outcome: PartnerOutcome) -> None:
        if isinstance(outcome, PartnerReading):
            self.partner = outcome
        self.outcomes[run_id, outcome.account_id] = outcome


@dataclass
class FakeRuns:
    """Runs, newest first, and their rows; `calls` counts what was asked."""

    runs: tuple[Run, ...] = ()
    tenants: dict[str, Sequence[TenantResult]] = field(default_factory=dict)
    pushes: dict[str, Sequence[PushResult]] = field(default_factory=dict)
    traffic: dict[str, Traffic] = field(default_factory=dict)
    waiting: dict[str, tuple[Waiting, ...]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    error: Exception | None = None

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        self.calls.append("list_runs")
        if self.error is not None:
            raise self.error
        return self.runs[:limit]

    async def read_run(self, run_id: str) -> Run | None:
        if self.error is not None:
            raise self.error
        return next((run for run in self.runs if run.id == run_id), None)

    async def read_tenant(self, run_id: str, tenant_id: str) -> TenantResult | None:
        return next((each for each in self.tenants.get(run_id, ()) if each.tenant_id == tenant_id), None)

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        self.calls.append(f"list_tenants {run_id}")
        return tuple(self.tenants.get(run_id, ()))

    async def list_pushes(self, run_id: str) -> tuple[PushResult, ...]:
        self.calls.append(f"list_pushes {run_id}")
        return tuple(self.pushes.get(run_id, ()))

    async def list_waiting(self, run_id: str) -> tuple[Waiting, ...]:
        return self.waiting.get(run_id, ())

    async def read_traffic(self, run_id: str) -> Traffic:
        return self.traffic.get(run_id, Traffic())


@dataclass
class FakePartner:
    """A partner account that reaches what the archive has of it, or nothing."""

    archive: FakeArchive
    asked: int = 0

    async def read_partner(self, tell: Any = None) -> Reading[PartnerReading]:
        self.asked += 1
        if self.archive.partner is None:
            return Unknown(UnknownReason.SIGN_IN_REFUSED, "Grant consent again.")
        return Known(self.archive.partner)


LINK_KEY = bytes(range(32))


async def read_link_key() -> bytes:
    """The key that links in mails are signed with here."""
    return LINK_KEY


@dataclass
class FakeLicences:
    """Microsoft, by account; an account that reads nothing was not let in."""

    readings: dict[str, Reading[Snapshot]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def read_tenant(
        self, tenant_id: str, account_id: str | None = None, keep: KeepRaw = forget_raw
    ) -> Reading[Snapshot]:
        self.asked.append((tenant_id, account_id))
        shut = Unknown(UnknownReason.ACCESS_DENIED, "The tenant has not let the application in.")
        return self.readings.get(account_id or "", shut)


@dataclass
class World:
    """What a test changes to change what the pages see."""

    books: FakeBooks = field(default_factory=FakeBooks)
    runs: FakeRuns = field(default_factory=FakeRuns)
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    archive: FakeArchive = field(default_factory=FakeArchive)
    open_items: FakeOpenItems = field(default_factory=FakeOpenItems)
    forecasts: FakeForecasts = field(default_factory=FakeForecasts)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    connections: FakeConnections = field(default_factory=FakeConnections)
    consent: FakeConsent = field(default_factory=FakeConsent)
    pending_consents: FakePendingConsents = field(default_factory=FakePendingConsents)
    account_records: FakeAccountRecords = field(default_factory=FakeAccountRecords)
    partners: dict[str, PartnerReader] = field(default_factory=dict)
    licences: FakeLicences = field(default_factory=FakeLicences)
    audit: FakeAudit = field(default_factory=FakeAudit)
    mail: FakeMailOffice = field(default_factory=FakeMailOffice)
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    drafts: MemoryDrafts = field(default_factory=MemoryDrafts)
    requests: FakeRequests = field(default_factory=FakeRequests)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    alerts: MemoryAlerts = field(default_factory=MemoryAlerts)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.configuration = FakeConfiguration(self.profiles)
        self.partner = FakePartner(self.archive)
        self.partners.setdefault("main", self.partner)

    async def outside(self) -> Outside:
        return Outside(
            now=lambda: self.now,
            zone=ZONE,
            night_start_hour=2,
            limits=Limits(),
            licences=self.licences,
            connections={name: cast(Psa, None) for name in self.connections.psa},
            books=cast(Books, self.books),
            profiles=cast(Profiles, self.profiles),
            runs=cast(Runs, self.runs),
            archive=cast(Archive, self.archive),
            open_items=cast(OpenItems, self.open_items),
            currency="EUR",
            forecasts=cast(Forecasts, self.forecasts),
            alerts=self.alerts,
            partners=self.partners,
        )

    async def open_administration(self) -> Administration:
        return Administration(
            customers=FakeCustomers(self.books),
            configuration=self.configuration,
            audit=self.audit,
            connections=self.connections,
            consent=self.consent,
            pending_consents=self.pending_consents,
            account_records=self.account_records,
            mail=self.mail,
            deliveries=self.deliveries,
            resend_mail=self.deliveries.resend,
            read_link_key=read_link_key,
            webhooks=self.webhooks,
            drafts=self.drafts,
        )

    async def run_requests(self) -> RunRequests:
        return self.requests

    def context(self, sign_in: SignIn | None = SIGN_IN, fetch_keys: Callable[[], Any] | None = None) -> WebContext:
        return WebContext(
            outside=self.outside,
            administration=self.open_administration,
            configuration_changed=lambda: None,
            run_requests=self.run_requests,
            tokens=self.tokens.open,
            sign_in=sign_in,
            fetch_sign_in_keys=fetch_keys or fetch_test_keys,
            zone=ZONE,
            currency="EUR",
            public_url=PUBLIC_URL,
            now=lambda: self.now,
            login_origin=self.consent.login,
        )


@cache
def signing_key() -> RSAPrivateKey:
    """One key for all tests: making one takes a while."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def make_key_set(key_id: str = KEY_ID, key: RSAPrivateKey | None = None) -> dict[str, Any]:
    """The JSON Web Key Set of the issuer."""
    public = json.loads(RSAAlgorithm.to_jwk((key or signing_key()).public_key()))
    return {"keys": [{**public, "kid": key_id, "use": "sig"}]}


async def fetch_test_keys() -> dict[str, Any]:
    return make_key_set()


def make_claims(roles: Sequence[str] = ("Administrator",), **changes: object) -> dict[str, Any]:
    """The claims of a good ID token, with changes; a change to None takes the claim away."""
    now = NOW
    claims: dict[str, Any] = {
        "iss": SIGN_IN.issuer,
        "aud": SIGN_IN.audience,
        "tid": SIGN_IN.tenant_id,
        "oid": OBJECT_ID,
        "name": "Ada Administrator",
        "roles": list(roles),
        "iat": now - timedelta(days=1),
        "nbf": now - timedelta(days=1),
        "exp": now + timedelta(days=30),
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def sign(claims: dict[str, Any], key_id: str | None = KEY_ID, key: RSAPrivateKey | None = None) -> str:
    """The claims as an ID token."""
    return jwt.encode(claims, key or signing_key(), "RS256", headers={} if key_id is None else {"kid": key_id})


def announce(object_id: str = OBJECT_ID, tenant_id: str = SIGN_IN.tenant_id, roles: Sequence[str] = ()) -> str:
    """`X-MS-CLIENT-PRINCIPAL` as the platform writes it."""
    claims = [
        {"typ": "http://schemas.microsoft.com/identity/claims/objectidentifier", "val": object_id},
        {"typ": "http://schemas.microsoft.com/identity/claims/tenantid", "val": tenant_id},
        *({"typ": "roles", "val": role} for role in roles),
    ]
    return base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()


def sign_in_headers(roles: Sequence[str] = ("Administrator",), **changes: object) -> dict[str, str]:
    """What the platform adds to the requests of somebody with these roles."""
    return {
        "X-MS-TOKEN-AAD-ID-TOKEN": sign(make_claims(roles, **changes)),
        "X-MS-CLIENT-PRINCIPAL": announce(),
        "X-MS-CLIENT-PRINCIPAL-ID": OBJECT_ID,
        "X-MS-CLIENT-PRINCIPAL-IDP": "aad",
    }
