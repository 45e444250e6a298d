"""From a complete snapshot to the number of seats a mapping counts (billing rules, 1 and 2)."""

from __future__ import annotations

from profiles.billing import Basis, Mapping
from profiles.licences import Snapshot, SubscriptionStatus

COUNTED_STATUSES = frozenset({SubscriptionStatus.ENABLED, SubscriptionStatus.WARNING})


def count_seats(snapshot: Snapshot, mapping: Mapping) -> int:
    """Seats of the mapping's licence in this tenant by the mapping's basis."""
    match mapping.basis:
        case Basis.PURCHASED:
            return count_purchased_seats(snapshot, mapping.sku_id)
        case Basis.ASSIGNED:
            return count_assigned_seats(snapshot, mapping.sku_id)


def count_purchased_seats(snapshot: Snapshot, sku_id: str) -> int:
    """Seats bought: every paid subscription that is active or in grace (microsoft.md 2.5, number 2)."""
    return sum(
        subscription.seats
        for subscription in snapshot.subscriptions
        if subscription.sku_id == sku_id and not subscription.is_trial and subscription.status in COUNTED_STATUSES
    )


def count_assigned_seats(snapshot: Snapshot, sku_id: str) -> int:
    """Distinct users who hold the licence, however it was assigned (microsoft.md 3.1)."""
    return len({user.id for user in snapshot.users if sku_id in user.sku_ids})
