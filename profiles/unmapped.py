"""Which licences of a tenant, and which terms of those that are billed by their terms, no mapping bills. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from profiles.billing import Mapping
from profiles.licences import Snapshot, Term
from profiles.quantity import is_paid_by_partner

type Piece = tuple[str, Term | None]
"""A licence by its SKU id in lower case: the whole of it (None), or what was bought of it with one term."""


def count_terms(snapshot: Snapshot) -> dict[tuple[str, Term], int]:
    """The seats of each licence and term that the partner pays for; empty where only the directory is known."""
    seats: Counter[tuple[str, Term]] = Counter()
    for each in snapshot.partner_subscriptions or ():
        if each.sku_id is not None and each.term is not None and is_paid_by_partner(each):
            seats[each.sku_id.lower(), each.term] += each.seats
    return {piece: count for piece, count in seats.items() if count}


def list_held(sku_ids: Iterable[str], terms: Iterable[Piece]) -> frozenset[Piece]:
    """Everything there is to map in a tenant with these licences, bought with these terms."""
    return frozenset({(sku_id.lower(), None) for sku_id in sku_ids} | set(terms))


def list_mapped(mappings: Iterable[Mapping]) -> frozenset[Piece]:
    """What mappings bill, or were told not to bill; ended ones do neither."""
    return frozenset((each.sku_id.lower(), each.term) for each in mappings if not each.is_ended)


def find_unmapped(held: Iterable[Piece], mapped: Iterable[Piece]) -> frozenset[Piece]:
    """What nobody has decided about: licences that no mapping names, each once, and of a licence that is mapped by its
    terms those that none of its mappings names: somebody bought them later.
    """
    terms_of: dict[str, set[Term | None]] = defaultdict(set)
    for sku_id, term in mapped:
        terms_of[sku_id].add(term)
    unmapped: set[Piece] = set()
    for sku_id, term in held:
        decided = terms_of.get(sku_id)
        if decided is None:
            unmapped.add((sku_id, None))
        elif None not in decided and term is not None and term not in decided:
            unmapped.add((sku_id, term))
    return frozenset(unmapped)
