"""From a complete snapshot to the number of seats a mapping bills (billing rules, 1 and 2)."""

from __future__ import annotations

from profiles.billing import Basis, Mapping
from profiles.licences import (
    BillingType,
    LicensedUser,
    PartnerStatus,
    PartnerSubscription,
    Snapshot,
    Subscription,
    SubscriptionStatus,
    Term,
)
from profiles.parts import OneSubscription, takes_listed, takes_purchase
from profiles.readings import Known, Reading, Unknown, UnknownReason

COUNTED_STATUSES = frozenset({SubscriptionStatus.ENABLED, SubscriptionStatus.WARNING})
OVER_AT_PARTNER = frozenset({PartnerStatus.EXPIRED, PartnerStatus.DELETED})


def bill_quantity(snapshot: Snapshot, mapping: Mapping) -> Reading[int]:
    """The quantity of a mapping: its count less what is included, within its minimum and maximum.

    A licence that is not in the snapshot bills 0 whatever the minimum says, and so does an excluded one, and one
    subscription that is over. A mapping of a part is unknown where nobody can tell which seats are in it: the directory
    shows no terms, and an assigned seat is of no part.
    """
    if mapping.is_excluded or not is_present(snapshot, mapping):
        return Known(0)
    doubt = doubt_part(snapshot, mapping)
    if doubt is not None:
        return Unknown(UnknownReason.INCOMPLETE, f"{mapping.licence_name} is split by {doubt}")
    quantity = max(count_seats(snapshot, mapping) - mapping.included, mapping.minimum, 0)
    return Known(quantity if mapping.maximum is None else min(quantity, mapping.maximum))


def doubt_part(snapshot: Snapshot, mapping: Mapping) -> str | None:
    """Why nobody can tell the seats of the mapping's part, and what to do; None where they can be told."""
    match mapping.part:
        case None:
            return None
        case Term() if mapping.basis is Basis.ASSIGNED:
            return "term, but an assigned seat belongs to no term. Merge it, or count what was purchased."
        case OneSubscription() if mapping.basis is Basis.ASSIGNED:
            return (
                "subscription, but an assigned seat belongs to no subscription. Merge it, or count what was purchased."
            )
        case Term() if snapshot.partner_subscriptions is None:
            return (
                "term, which only Partner Center shows. Merge it, or connect an account that may read Partner Center."
            )
        case _:
            return None


def is_present(snapshot: Snapshot, mapping: Mapping) -> bool:
    """Whether the tenant has the licence at all, and the subscription that the mapping is of."""
    if not any(is_same_id(licence.sku_id, mapping.sku_id) for licence in snapshot.licences):
        return False
    return not isinstance(mapping.part, OneSubscription) or has_subscription(snapshot, mapping.sku_id, mapping.part)


def has_subscription(snapshot: Snapshot, sku_id: str, part: OneSubscription) -> bool:
    """Whether a subscription of the licence is listed and not over: one that is will never have seats again."""
    if snapshot.partner_subscriptions is not None:
        return any(
            is_same_id(each.sku_id, sku_id) and takes_purchase(part, each) and each.status not in OVER_AT_PARTNER
            for each in snapshot.partner_subscriptions
        )
    return any(
        is_same_id(each.sku_id, sku_id) and takes_listed(part, each) and each.status is not SubscriptionStatus.DELETED
        for each in snapshot.subscriptions
    )


def is_same_id(one: str | None, other: str) -> bool:
    """Whether two ids of Microsoft's name the same thing; it spells them in both cases (microsoft.md 2.2)."""
    return one is not None and one.lower() == other.lower()


def count_seats(snapshot: Snapshot, mapping: Mapping) -> int:
    """Seats of the mapping's licence in this tenant by the mapping's basis, before anything is taken off.

    The floor of assigned seats is part of the count: what is included is taken off after it.
    """
    match mapping.basis:
        case Basis.PURCHASED if snapshot.partner_subscriptions is not None:
            return sum(each.seats for each in snapshot.partner_subscriptions if is_billed_by_partner(each, mapping))
        case Basis.PURCHASED:
            return sum(each.seats for each in snapshot.subscriptions if is_bought(each, mapping))
        case Basis.ASSIGNED:  # pragma: no branch - there is no other basis
            return max(count_holders(snapshot, mapping), find_floor(snapshot, mapping) or 0)


def count_holders(snapshot: Snapshot, mapping: Mapping) -> int:
    """The users who hold the licence and are of a kind that counts, each once."""
    return len({user.id for user in snapshot.users if is_counted(user, mapping)})


def has_floor(mapping: Mapping) -> bool:
    """Whether the mapping is to count at least what is committed; purchased seats need no floor."""
    return mapping.basis is Basis.ASSIGNED and mapping.count.committed_floor


def find_floor(snapshot: Snapshot, mapping: Mapping) -> int | None:
    """The committed seats below which the mapping's count does not fall; None where it has no such floor, or nobody can
    tell it because only the directory was read."""
    return count_committed(snapshot, mapping) if has_floor(mapping) else None


def count_committed(snapshot: Snapshot, mapping: Mapping) -> int | None:
    """The seats of the licence that the partner pays for to the end of a term; None where nobody can tell terms."""
    committed = list_committed(snapshot, mapping)
    return None if committed is None else sum(each.seats for each in committed)


def list_committed(snapshot: Snapshot, mapping: Mapping) -> tuple[PartnerSubscription, ...] | None:
    """The purchases behind the committed seats; None where only the directory was read, which tells no terms.

    What counts is whether Microsoft bills a new commerce subscription that has a term, a month's as well. Its end is no
    day on which the commitment is dropped: a term that renews, or ends, says so by the subscription's status.
    """
    if snapshot.partner_subscriptions is None:
        return None
    return tuple(each for each in snapshot.partner_subscriptions if is_committed(each, mapping))


def is_committed(subscription: PartnerSubscription, mapping: Mapping) -> bool:
    """Whether the partner pays for it to the end of its term: legacy seats could be given back on any day."""
    has_term = subscription.is_new_commerce and subscription.term is not None
    return has_term and is_billed_by_partner(subscription, mapping)


def doubt_count(snapshot: Snapshot, mapping: Mapping) -> str | None:
    """Why the purchased seats of a mapping may be wrong although the reading is complete; None where they agree.

    The directory counts twice: the seats of its subscriptions must sum to the licence's own, active and in grace each
    (billing rules, 1; microsoft.md 2.5, number 3). A floor of committed seats rests on the same rows, which say what
    licence a purchase at Partner Center is of: without them it would fall unseen.
    """
    rests_on_purchases = mapping.basis is Basis.PURCHASED or find_floor(snapshot, mapping) is not None
    if not rests_on_purchases or mapping.is_excluded:
        return None
    for licence in snapshot.licences:
        if not is_same_id(licence.sku_id, mapping.sku_id):
            continue
        counted = {SubscriptionStatus.ENABLED: licence.enabled_seats, SubscriptionStatus.WARNING: licence.warning_seats}
        for status, expected in counted.items():
            listed = sum(
                each.seats
                for each in snapshot.subscriptions
                if each.status is status and is_same_id(each.sku_id, mapping.sku_id)
            )
            if listed != expected:
                return f"Microsoft counts {expected} seats of it, but lists subscriptions for {listed}. Look at both."
    return None


def is_billed_by_partner(subscription: PartnerSubscription, mapping: Mapping) -> bool:
    """Whether Microsoft bills the partner for it, and the mapping is about it."""
    return (
        is_paid_by_partner(subscription)
        and is_same_id(subscription.sku_id, mapping.sku_id)
        and takes_purchase(mapping.part, subscription)
    )


def is_paid_by_partner(subscription: PartnerSubscription) -> bool:
    """Whether Microsoft bills the partner for it: active, or suspended new commerce (microsoft.md 2.4)."""
    is_billed = subscription.status is PartnerStatus.ACTIVE or (
        subscription.status is PartnerStatus.SUSPENDED and subscription.is_new_commerce
    )
    return is_billed and subscription.billing_type is BillingType.LICENSE and not subscription.is_trial


def count_suspended(snapshot: Snapshot, mapping: Mapping) -> int:
    """Purchased seats that a mapping would count if they were not suspended: held, not dropped (billing rules, 1).

    The directory cannot tell a suspension that Microsoft goes on billing from one of seats that lapsed (microsoft.md
    2.4). Partner Center can: where it is read there are none.
    """
    if mapping.basis is not Basis.PURCHASED or mapping.is_excluded or snapshot.partner_subscriptions is not None:
        return 0
    return sum(
        each.seats
        for each in snapshot.subscriptions
        if each.status is SubscriptionStatus.SUSPENDED and is_sold(each, mapping)
    )


def is_bought(subscription: Subscription, mapping: Mapping) -> bool:
    """Whether it is paid, active or in grace, and bought from those whose purchases count (microsoft.md 2.5)."""
    return subscription.status in COUNTED_STATUSES and is_sold(subscription, mapping)


def is_sold(subscription: Subscription, mapping: Mapping) -> bool:
    """Whether it is the mapping's licence and in its part, no trial, and bought from those whose purchases count."""
    owners = mapping.count.only_owned_by
    return (
        is_same_id(subscription.sku_id, mapping.sku_id)
        and takes_listed(mapping.part, subscription)
        and not subscription.is_trial
        and (not owners or any(is_same_id(subscription.owner_tenant_id, owner) for owner in owners))
    )


def is_counted(user: LicensedUser, mapping: Mapping) -> bool:
    """Whether the user holds the licence and is of a kind that counts, however it was assigned."""
    return (
        any(is_same_id(sku_id, mapping.sku_id) for sku_id in user.sku_ids)
        and (user.account_enabled or mapping.count.disabled_users)
        and (not user.is_guest or mapping.count.guests)
    )
