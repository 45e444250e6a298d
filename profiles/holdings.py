"""What a tenant holds, counted: one row for each licence, small enough to be kept for every tenant of a night."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from profiles.billing import Basis, Mapping
from profiles.licences import Licence, Snapshot, Term
from profiles.parts import OneSubscription, Part, name_purchase
from profiles.quantity import count_committed, count_seats, is_billed_by_partner, is_bought


@dataclass(frozen=True, slots=True)
class HeldSubscription:
    """One purchase that counts, with its seats and what a person knows it by. `renews_on` is the day in UTC on which
    its term is over, renewed or not; `term` is None where only the directory was read.
    """

    part: OneSubscription
    seats: int
    term: Term | None = None
    renews_on: date | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """One licence of a tenant. Seats are whole numbers, before anything is taken off.

    `terms` are the terms that seats were bought for, each with its seats; None where only the directory was read, which
    does not tell terms. `committed` are those of a new commerce term; None where nobody can tell, and in rows of before
    that was kept. `subscriptions` are the purchases that have seats; None in rows of before that was kept.
    """

    sku_id: str
    part_number: str
    purchased: int
    assigned: int
    terms: tuple[tuple[Term, int], ...] | None = None
    committed: int | None = None
    subscriptions: tuple[HeldSubscription, ...] | None = None

    def count(self, part: Part, basis: Basis, *, committed_floor: bool = False) -> int:
        """The seats of the whole licence (None) or of a part; assigned seats belong to no part, and are at least those
        that are committed where that is wished."""
        match part:
            case Term():
                return dict(self.terms or ()).get(part, 0)
            case OneSubscription():
                held = self.find_subscription(part)
                return 0 if held is None else held.seats
            case None if basis is Basis.PURCHASED:
                return self.purchased
            case None:  # pragma: no branch - there is no other part
                return max(self.assigned, self.committed or 0) if committed_floor else self.assigned

    def find_subscription(self, part: OneSubscription) -> HeldSubscription | None:
        """A purchase that has seats; None where there is none, or nobody kept it."""
        return next((each for each in self.subscriptions or () if each.part == part), None)


def list_holdings(snapshot: Snapshot) -> tuple[Holding, ...]:
    """Every licence of the snapshot, in its order."""
    return tuple(make_holding(snapshot, licence) for licence in snapshot.licences)


def make_holding(snapshot: Snapshot, licence: Licence) -> Holding:
    """One licence of the snapshot."""
    whole = Mapping("", "", licence.sku_id, "", "", "", Basis.PURCHASED)
    bought = snapshot.partner_subscriptions
    terms = None if bought is None else {each.term for each in bought if is_billed_by_partner(each, whole)}
    return Holding(
        sku_id=licence.sku_id,
        part_number=licence.part_number,
        purchased=count_seats(snapshot, whole),
        assigned=count_seats(snapshot, replace(whole, basis=Basis.ASSIGNED)),
        terms=None
        if terms is None
        else tuple((term, count_seats(snapshot, replace(whole, part=term))) for term in Term if term in terms),
        committed=count_committed(snapshot, whole),
        subscriptions=list_subscriptions(snapshot, whole),
    )


def list_subscriptions(snapshot: Snapshot, whole: Mapping) -> tuple[HeldSubscription, ...]:
    """The purchases with seats that a mapping of the whole licence counts, by their ids. One that the directory lists
    in several rows is one.
    """
    if snapshot.partner_subscriptions is not None:
        found = [
            HeldSubscription(OneSubscription(each.id), each.seats, each.term, each.renews_on)
            for each in snapshot.partner_subscriptions
            if is_billed_by_partner(each, whole)
        ]
    else:
        found = [
            HeldSubscription(
                name_purchase(each),
                each.seats,
                renews_on=None if each.next_lifecycle_at is None else each.next_lifecycle_at.date(),
            )
            for each in snapshot.subscriptions
            if is_bought(each, whole)
        ]
    of_part: dict[OneSubscription, HeldSubscription] = {}
    for each in found:
        known = of_part.get(each.part)
        of_part[each.part] = each if known is None else replace(known, seats=known.seats + each.seats)
    kept = (each for each in of_part.values() if each.seats)
    return tuple(sorted(kept, key=lambda each: each.part.subscription_id))
