"""Which licences of a tenant no mapping bills; and of those that are billed in parts, which of them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from profiles.billing import Mapping
from profiles.free import is_free
from profiles.holdings import HeldSubscription, Holding
from profiles.parts import Part, Split, find_common_split, find_split

type Piece = tuple[str, Part]
"""A licence by its SKU id in lower case: the whole of it (None), or a part of what was bought of it."""


def list_held(sku_ids: Iterable[str], holdings: Iterable[Holding]) -> frozenset[Piece]:
    """Everything there is to map in a tenant: these licences, the terms that they were bought with, and each purchase.
    What is free is billed to nobody, so nobody has to decide about it.
    """
    holdings = tuple(holdings)
    free = {each.sku_id.lower() for each in holdings if is_free(each.part_number)}
    held: set[Piece] = {(sku_id.lower(), None) for sku_id in sku_ids}
    for each in holdings:
        held |= {(each.sku_id.lower(), term) for term, seats in each.terms or () if seats}
        held |= {(each.sku_id.lower(), bought.part) for bought in each.subscriptions or ()}
    return frozenset(piece for piece in held if piece[0] not in free)


def list_mapped(mappings: Iterable[Mapping]) -> frozenset[Piece]:
    """What mappings bill, or were told not to bill; ended ones do neither."""
    return frozenset((each.sku_id.lower(), each.part) for each in mappings if not each.is_ended)


def list_termless(holding: Holding, mapped: Iterable[Piece]) -> tuple[HeldSubscription, ...]:
    """The purchases without a term of a licence that is billed by its terms: they are in none of its lines."""
    parts = [part for sku_id, part in mapped if sku_id == holding.sku_id.lower()]
    if holding.terms is None or find_common_split(parts) is not Split.TERM:
        return ()
    return tuple(each for each in holding.subscriptions or () if each.term is None)


def find_unmapped(held: Iterable[Piece], mapped: Iterable[Piece]) -> frozenset[Piece]:
    """What nobody has decided about: licences that no mapping names, each once, and of a licence that is mapped by its
    terms or by its subscriptions those that none of its mappings names: somebody bought them later.
    """
    parts_of: dict[str, set[Part]] = defaultdict(set)
    for sku_id, part in mapped:
        parts_of[sku_id].add(part)
    unmapped: set[Piece] = set()
    for sku_id, part in held:
        decided = parts_of.get(sku_id)
        if decided is None:
            unmapped.add((sku_id, None))
        elif part not in decided and find_split(part) is find_common_split(decided) is not Split.WHOLE:
            unmapped.add((sku_id, part))
    return frozenset(unmapped)
