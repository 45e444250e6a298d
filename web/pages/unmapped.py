"""Licences that nobody has decided about. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from plans.ports import CustomerOverview
from profiles.exclusions import find_exclusion
from web.pages.shelf import Shelf


def count_unmapped(overview: CustomerOverview, licences: frozenset[str] | None, shelf: Shelf) -> int | None:
    """How many of the tenant's licences (SKU ids, lower case) are neither mapped nor excluded; None where unknown."""
    if licences is None:
        return None
    tenant_id = overview.customer.tenant_id
    undecided = licences - overview.mapped_skus
    return sum(find_exclusion(shelf.exclusions, tenant_id, each) is None for each in undecided)


def count_all_unmapped(shelf: Shelf, licences: Mapping[str, frozenset[str]]) -> int:
    """The same of every customer; `licences` are by tenant."""
    return sum(
        count_unmapped(overview, licences.get(overview.customer.tenant_id), shelf) or 0
        for overview in shelf.overviews.values()
    )
