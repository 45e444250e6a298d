"""Which licences of a tenant, and which terms of those that are billed by their terms, no mapping bills. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from profiles.billing import Mapping
from profiles.free import is_free
from profiles.holdings import Holding
from profiles.licences import Term

type Piece = tuple[str, Term | None]
"""A licence by its SKU id in lower case: the whole of it (None), or what was bought of it with one term."""


def list_held(sku_ids: Iterable[str], holdings: Iterable[Holding]) -> frozenset[Piece]:
    """Everything there is to map in a tenant: these licences, and the terms that they were bought with. What is free is
    billed to nobody, so nobody has to decide about it.
    """
    holdings = tuple(holdings)
    free = {each.sku_id.lower() for each in holdings if is_free(each.part_number)}
    bought = {(each.sku_id.lower(), term) for each in holdings for term, seats in each.terms or () if seats}
    held = {(sku_id.lower(), None) for sku_id in sku_ids} | bought
    return frozenset(piece for piece in held if piece[0] not in free)


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
