"""What a tenant holds: licences, the subscriptions behind them, and who is assigned to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriptionStatus(StrEnum):
    """Graph companySubscription.status (reference microsoft.md 2.2)."""

    ENABLED = "Enabled"
    WARNING = "Warning"
    SUSPENDED = "Suspended"
    DELETED = "Deleted"
    LOCKED_OUT = "LockedOut"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One purchase at Microsoft. `seats` is what was bought, in units of the licence."""

    id: str
    sku_id: str
    part_number: str
    status: SubscriptionStatus
    seats: int
    is_trial: bool
    owner_tenant_id: str | None
    next_lifecycle_at: datetime | None


@dataclass(frozen=True, slots=True)
class Licence:
    """One SKU in one tenant, as subscribedSkus counts it: all subscriptions of the SKU merged."""

    sku_id: str
    part_number: str
    assigned_seats: int
    enabled_seats: int
    warning_seats: int
    suspended_seats: int
    locked_out_seats: int


@dataclass(frozen=True, slots=True)
class LicensedUser:
    """A user who holds at least one licence. `sku_ids` leaves out assignments in state Error."""

    id: str
    principal_name: str
    display_name: str
    account_enabled: bool
    sku_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One tenant's complete reading on one night. A partial one does not exist (billing rules, 1)."""

    tenant_id: str
    read_at: datetime
    licences: tuple[Licence, ...]
    subscriptions: tuple[Subscription, ...]
    users: tuple[LicensedUser, ...]
