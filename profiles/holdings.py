"""What a tenant holds, counted: one row for each licence, small enough to be kept for every tenant of a night."""

from __future__ import annotations

from dataclasses import dataclass, replace

from profiles.billing import Basis, Mapping
from profiles.licences import Snapshot, Term
from profiles.quantity import count_committed, count_seats, is_billed_by_partner


@dataclass(frozen=True, slots=True)
class Holding:
    """One licence of a tenant. Seats are whole numbers, before anything is taken off.

    `terms` are the terms that seats were bought for, each with its seats; None where only the directory was read, which
    does not tell terms. `committed` are those of a new commerce term; None where nobody can tell, and in rows of before
    that was kept.
    """

    sku_id: str
    part_number: str
    purchased: int
    assigned: int
    terms: tuple[tuple[Term, int], ...] | None = None
    committed: int | None = None

    def count(self, term: Term | None, basis: Basis, *, committed_floor: bool = False) -> int:
        """The seats of all terms (None) or of one; assigned seats belong to no term, and are at least those that are
        committed where that is wished."""
        if term is not None:
            return dict(self.terms or ()).get(term, 0)
        if basis is Basis.PURCHASED:
            return self.purchased
        return max(self.assigned, self.committed or 0) if committed_floor else self.assigned


def list_holdings(snapshot: Snapshot) -> tuple[Holding, ...]:
    """Every licence of the snapshot, in its order."""
    made = []
    for licence in snapshot.licences:
        whole = Mapping("", "", licence.sku_id, "", "", "", Basis.PURCHASED)
        bought = snapshot.partner_subscriptions
        terms = None if bought is None else {each.term for each in bought if is_billed_by_partner(each, whole)}
        made.append(
            Holding(
                sku_id=licence.sku_id,
                part_number=licence.part_number,
                purchased=count_seats(snapshot, whole),
                assigned=count_seats(snapshot, replace(whole, basis=Basis.ASSIGNED)),
                terms=None
                if terms is None
                else tuple((term, count_seats(snapshot, replace(whole, term=term))) for term in Term if term in terms),
                committed=count_committed(snapshot, whole),
            )
        )
    return tuple(made)
