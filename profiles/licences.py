"""What a tenant holds: licences, the subscriptions behind them, and who is assigned to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal


class SubscriptionStatus(StrEnum):
    """Graph companySubscription.status (reference microsoft.md 2.2)."""

    ENABLED = "Enabled"
    WARNING = "Warning"
    SUSPENDED = "Suspended"
    DELETED = "Deleted"
    LOCKED_OUT = "LockedOut"


class Term(StrEnum):
    """How long a purchase is committed for (Partner Center termDuration)."""

    MONTHLY = "P1M"
    ANNUAL = "P1Y"
    TRIENNIAL = "P3Y"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One purchase at Microsoft, as the customer's directory shows it. `seats` is what was bought.

    `commerce_id` is the id of the same purchase in Partner Center (microsoft.md 2.2).
    """

    id: str
    sku_id: str
    part_number: str
    status: SubscriptionStatus
    seats: int
    is_trial: bool
    owner_tenant_id: str | None
    next_lifecycle_at: datetime | None
    commerce_id: str | None = None


class PartnerStatus(StrEnum):
    """Partner Center subscription.status (microsoft.md 2.3)."""

    NONE = "none"
    ACTIVE = "active"
    PENDING = "pending"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    DISABLED = "disabled"
    DELETED = "deleted"


class BillingType(StrEnum):
    """Partner Center subscription.billingType."""

    NONE = "none"
    USAGE = "usage"
    LICENSE = "license"
    BENEFIT = "benefit"


@dataclass(frozen=True, slots=True)
class PartnerSubscription:
    """One purchase as the partner's contract shows it: direct-bill partners and indirect providers only.

    `sku_id` comes from the directory's row of the same purchase, joined by `commerce_id`; None where no row joins.
    `renews_on` is the day after the term's last day, which Partner Center states inclusively for new commerce.
    """

    id: str
    offer_name: str
    sku_id: str | None
    status: PartnerStatus
    billing_type: BillingType
    seats: int
    is_trial: bool
    is_new_commerce: bool
    term: Term | None
    auto_renews: bool | None
    renews_on: date | None
    cancellable_until: date | None


@dataclass(frozen=True, slots=True)
class Licence:
    """One SKU in one tenant, as subscribedSkus counts it: all subscriptions of the SKU merged.

    What is not for users (storage, capacity) is assigned to the company, never to anybody (subscribedSku.appliesTo).
    """

    sku_id: str
    part_number: str
    assigned_seats: int
    enabled_seats: int
    warning_seats: int
    suspended_seats: int
    locked_out_seats: int
    is_for_users: bool = True


@dataclass(frozen=True, slots=True)
class LicensedUser:
    """A user who holds at least one licence. `sku_ids` leaves out assignments in state Error."""

    id: str
    principal_name: str
    display_name: str
    account_enabled: bool
    sku_ids: tuple[str, ...]
    is_guest: bool = False


@dataclass(frozen=True, slots=True)
class SharedMailbox:
    """A mailbox of several people. One that is larger than what comes free, or has an archive, `needs_licence`
    (microsoft.md 3.2)."""

    principal_name: str
    needs_licence: bool


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """The shared mailboxes of a tenant as Microsoft's usage report had them on a day, some days before it is read."""

    refreshed_on: date
    shared: tuple[SharedMailbox, ...]
    kind: Literal["report"] = "report"

    def find(self, principal_name: str) -> SharedMailbox | None:
        """The shared mailbox of a user; None where the user has none."""
        wanted = principal_name.lower()
        return next((each for each in self.shared if each.principal_name.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class UnreadMailboxes:
    """Nobody knows which mailboxes are shared; the sentence says why, and what to do."""

    sentence: str
    kind: Literal["unread"] = "unread"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One tenant's complete reading on one night. A partial one does not exist (billing rules, 1).

    `partner_subscriptions` is None where the partner account has no access to Partner Center's API (indirect
    resellers); then the directory's subscriptions are the truth. `mailboxes` is None where nobody asked for the report;
    no quantity rests on it.
    """

    tenant_id: str
    read_at: datetime
    licences: tuple[Licence, ...]
    subscriptions: tuple[Subscription, ...]
    users: tuple[LicensedUser, ...]
    partner_subscriptions: tuple[PartnerSubscription, ...] | None = None
    mailboxes: MailboxReport | UnreadMailboxes | None = None
