"""What a partner account reaches: the tenants that Microsoft lists for it, and how far its access goes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from profiles.periods import write_short_day
from profiles.readings import Unknown, UnknownReason

EXPIRY_WARNING = timedelta(days=30)
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
CONSENTING_ROLES = frozenset(
    {
        "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
    }
)
READING_ROLES = frozenset({GLOBAL_READER, DIRECTORY_READERS})
ACCESS_REASONS = frozenset({UnknownReason.SIGN_IN_REFUSED, UnknownReason.ACCESS_DENIED, UnknownReason.TENANT_GONE})


class PartnerModel(StrEnum):
    """How a partner buys from Microsoft. Partner Center's API is closed to indirect resellers (microsoft.md 0)."""

    DIRECT_BILL = "direct_bill"
    INDIRECT_PROVIDER = "indirect_provider"
    INDIRECT_RESELLER = "indirect_reseller"

    @property
    def reads_partner_center(self) -> bool:
        """Whether Partner Center's API answers this partner."""
        return self is not PartnerModel.INDIRECT_RESELLER


@dataclass(frozen=True, slots=True)
class GdapRelationship:
    """One active delegated admin relationship (Graph delegatedAdminRelationship; microsoft.md 1.6)."""

    id: str
    name: str
    tenant_id: str
    tenant_name: str
    ends_at: datetime
    role_ids: tuple[str, ...]
    extends_itself: bool


@dataclass(frozen=True, slots=True)
class ActiveGdap:
    """Access until `until`: the union of all active relationships with the tenant, and the latest end."""

    until: datetime
    role_ids: tuple[str, ...]
    extends_itself: bool
    kind: Literal["active"] = "active"

    @property
    def may_read_licences(self) -> bool:
        """Whether one of the roles suffices for licences and users (Graph docs, rbac for company subscriptions)."""
        return not READING_ROLES.isdisjoint(self.role_ids)

    @property
    def may_consent(self) -> bool:
        """Whether one of the roles lets our application in for the customer (microsoft.md 1.6)."""
        return not CONSENTING_ROLES.isdisjoint(self.role_ids)

    def expires_soon(self, now: datetime) -> bool:
        """Whether a person should renew it: it ends within a month and does not extend itself."""
        return not self.extends_itself and self.until - now <= EXPIRY_WARNING


@dataclass(frozen=True, slots=True)
class LapsedGdap:
    """Access that an earlier reading found and that is gone. `ended_at` is when it ended, or was missed first."""

    ended_at: datetime
    kind: Literal["lapsed"] = "lapsed"


@dataclass(frozen=True, slots=True)
class NoGdap:
    """No relationship that we know of."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, slots=True)
class UnlistedGdap:
    """Nobody can tell: this cloud has no GDAP API (microsoft.md 4)."""

    kind: Literal["unlisted"] = "unlisted"


type GdapState = ActiveGdap | LapsedGdap | NoGdap | UnlistedGdap


class TenantSource(StrEnum):
    """Which of Microsoft's lists names a tenant."""

    GDAP = "gdap"
    PARTNER_CENTER = "partner_center"


@dataclass(frozen=True, slots=True)
class PartnerCustomer:
    """One customer as Partner Center lists it."""

    tenant_id: str
    name: str
    domain: str | None


@dataclass(frozen=True, slots=True)
class PartnerTenant:
    """One customer tenant of a partner account. Its id is its only key: names are copies (microsoft.md 1.6)."""

    tenant_id: str
    name: str
    default_domain: str | None
    gdap: GdapState
    sources: tuple[TenantSource, ...]


@dataclass(frozen=True, slots=True)
class PartnerReading:
    """Everything that a partner account reached when it was read; complete, or it does not exist.

    `relationships` is None where the cloud lists none.
    """

    account_id: str
    read_at: datetime
    tenants: tuple[PartnerTenant, ...]
    relationships: tuple[GdapRelationship, ...] | None
    kind: Literal["read"] = "read"

    def find(self, tenant_id: str) -> PartnerTenant | None:
        """The tenant, if the account knows it."""
        return next((tenant for tenant in self.tenants if tenant.tenant_id == tenant_id.lower()), None)


@dataclass(frozen=True, slots=True)
class UnreadPartner:
    """Why a partner account could not be read in a run."""

    account_id: str
    tried_at: datetime
    reason: UnknownReason
    sentence: str
    kind: Literal["unread"] = "unread"


type PartnerOutcome = PartnerReading | UnreadPartner


def make_reading(
    account_id: str,
    read_at: datetime,
    relationships: Sequence[GdapRelationship] | None,
    customers: Sequence[PartnerCustomer],
) -> PartnerReading:
    """The tenants of both lists, each once. `relationships` is None where the cloud has no such list."""
    by_tenant: dict[str, list[GdapRelationship]] = {}
    for relationship in relationships or ():
        by_tenant.setdefault(relationship.tenant_id, []).append(relationship)
    customer_of = {customer.tenant_id: customer for customer in customers}
    without = UnlistedGdap() if relationships is None else NoGdap()
    tenants = tuple(
        make_tenant(tenant_id, by_tenant.get(tenant_id, ()), customer_of.get(tenant_id), without, read_at)
        for tenant_id in sorted(by_tenant.keys() | customer_of.keys())
    )
    return PartnerReading(account_id, read_at, tenants, None if relationships is None else tuple(relationships))


def make_tenant(
    tenant_id: str,
    relationships: Sequence[GdapRelationship],
    customer: PartnerCustomer | None,
    without: NoGdap | UnlistedGdap,
    read_at: datetime,
) -> PartnerTenant:
    """One tenant; Partner Center's name is preferred, because its customer may change it."""
    sources = [TenantSource.GDAP] if relationships else []
    if customer is not None:
        sources.append(TenantSource.PARTNER_CENTER)
    names = [customer.name] if customer is not None else [each.tenant_name for each in relationships]
    return PartnerTenant(
        tenant_id=tenant_id,
        name=names[0],
        default_domain=None if customer is None else customer.domain,
        gdap=unite(relationships, read_at) if relationships else without,
        sources=tuple(sources),
    )


def unite(relationships: Iterable[GdapRelationship], now: datetime) -> ActiveGdap | LapsedGdap:
    """The union of several relationships with one tenant: all their roles, and the latest end."""
    united = list(relationships)
    until = max(each.ends_at for each in united)
    extends_itself = any(each.extends_itself for each in united)
    if until <= now and not extends_itself:
        return LapsedGdap(until)
    return ActiveGdap(until, tuple(sorted({role for each in united for role in each.role_ids})), extends_itself)


def carry_lapsed(before: PartnerReading | None, now: PartnerReading) -> PartnerReading:
    """Today's reading with what yesterday's had and today's has lost: the list of active relationships forgets."""
    if before is None:
        return now
    tenants: Mapping[str, PartnerTenant] = {tenant.tenant_id: tenant for tenant in now.tenants}
    merged = dict(tenants)
    for old in before.tenants:
        today = tenants.get(old.tenant_id)
        if today is not None and not isinstance(today.gdap, NoGdap):
            continue
        match old.gdap:
            case ActiveGdap(until):
                lapsed = LapsedGdap(min(until, now.read_at))
            case LapsedGdap():
                lapsed = old.gdap
            case _:
                continue
        merged[old.tenant_id] = replace(today or replace(old, sources=()), gdap=lapsed)
    return replace(now, tenants=tuple(merged[tenant_id] for tenant_id in sorted(merged)))


def is_unlisted(reading: PartnerReading, tenant_id: str) -> bool:
    """Whether the account lists the tenant no more. Partner Center's list decides, where the account reads it: a
    relationship that ended is lost access, not a lost customer. A reading without any tenant says nothing.
    """
    if not reading.tenants:
        return False
    tenant = reading.find(tenant_id)
    if any(TenantSource.PARTNER_CENTER in each.sources for each in reading.tenants):
        return tenant is None or TenantSource.PARTNER_CENTER not in tenant.sources
    return tenant is None


def explain_refusal(unknown: Unknown, outcome: PartnerOutcome | None, tenant_id: str) -> str:
    """Why a tenant could not be read, with what is known of our access to it, by name."""
    if unknown.reason not in ACCESS_REASONS or not isinstance(outcome, PartnerReading) or outcome.relationships is None:
        return unknown.detail
    tenant = outcome.find(tenant_id)
    match tenant:
        case None:
            known = "The partner account lists no such tenant and no GDAP relationship with it."
        case PartnerTenant(name=name, gdap=LapsedGdap(ended_at)):
            known = f"The GDAP relationship with {name} ended on {write_short_day(ended_at.date())}. Ask for a new one."
        case PartnerTenant(name=name, gdap=NoGdap()):
            known = f"There is no GDAP relationship with {name}. Ask for one."
        case PartnerTenant(name=name, gdap=ActiveGdap() as gdap) if not gdap.may_read_licences:
            known = f"The GDAP relationship with {name} grants neither Directory Readers nor Global Reader."
        case _:
            return unknown.detail
    return f"{known} {unknown.detail}"
