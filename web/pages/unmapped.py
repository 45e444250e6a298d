"""Licences that nobody has decided about. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from plans.ports import CustomerOverview
from profiles.exclusions import find_exclusion
from profiles.unmapped import Piece, find_unmapped
from web.pages.shelf import Shelf


def count_unmapped(overview: CustomerOverview, licences: frozenset[Piece] | None, shelf: Shelf) -> int | None:
    """How many of the tenant's licences, and of the terms that were bought after a split, are neither mapped nor
    excluded; None where unknown.
    """
    if licences is None:
        return None
    tenant_id, unmapped = overview.customer.tenant_id, find_unmapped(licences, overview.mapped)
    return sum(find_exclusion(shelf.exclusions, tenant_id, sku_id) is None for sku_id, _ in unmapped)


def count_all_unmapped(shelf: Shelf, licences: Mapping[str, frozenset[Piece]]) -> int:
    """The same of every customer; `licences` are by tenant."""
    return sum(
        count_unmapped(overview, licences.get(overview.customer.tenant_id), shelf) or 0
        for overview in shelf.overviews.values()
    )
