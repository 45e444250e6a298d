"""What nobody has decided about: whole licences, and terms that were bought after a split."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import Basis, Mapping
from profiles.licences import BillingType, PartnerStatus, PartnerSubscription, Snapshot, Term
from profiles.unmapped import Piece, count_terms, find_unmapped, list_held, list_mapped
from tests.unit.sync.preview_world import make_snapshot

MONTHLY, ANNUAL = Term.MONTHLY, Term.ANNUAL
BOUGHT = PartnerSubscription(
    "p-1", "Premium", "SKU-1", PartnerStatus.ACTIVE, BillingType.LICENSE, 10, False, True, ANNUAL, True, None, None
)


def make_mapping(sku_id: str, term: Term | None = None, **options: bool) -> Mapping:
    return replace(Mapping("m", "c", sku_id, "Premium", "p", "1", Basis.PURCHASED, term=term), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mappings", "unmapped"),
    [
        ([], {("sku-1", None), ("sku-2", None)}),
        ([make_mapping("SKU-1"), make_mapping("sku-2")], set()),
        ([make_mapping("sku-1", ANNUAL), make_mapping("sku-2")], {("sku-1", MONTHLY)}),
        ([make_mapping("sku-1", ANNUAL), make_mapping("sku-1", MONTHLY)], {("sku-2", None)}),
        ([make_mapping("sku-1", ANNUAL, is_ended=True), make_mapping("sku-2")], {("sku-1", None)}),
        ([make_mapping("sku-1", ANNUAL), make_mapping("sku-1"), make_mapping("sku-2")], set()),
        ([make_mapping("sku-1", MONTHLY, is_excluded=True), make_mapping("sku-2")], {("sku-1", ANNUAL)}),
    ],
)
def test_what_no_mapping_names(mappings: list[Mapping], unmapped: set[Piece]) -> None:
    held = list_held(("SKU-1", "sku-2"), (("sku-1", ANNUAL), ("sku-1", MONTHLY)))
    assert find_unmapped(held, list_mapped(mappings)) == unmapped


@pytest.mark.parametrize(
    ("changes", "seats"),
    [
        ({}, 10),
        ({"seats": 0}, None),
        ({"term": None}, None),
        ({"sku_id": None}, None),
        ({"is_trial": True}, None),
        ({"billing_type": BillingType.USAGE}, None),
        ({"status": PartnerStatus.DELETED}, None),
        ({"status": PartnerStatus.SUSPENDED}, 10),
        ({"status": PartnerStatus.SUSPENDED, "is_new_commerce": False}, None),
    ],
)
def test_terms_count_where_the_partner_pays_for_them(changes: dict[str, object], seats: int | None) -> None:
    snapshot: Snapshot = make_snapshot(partner_subscriptions=(replace(BOUGHT, **changes),))  # type: ignore[arg-type]
    assert count_terms(snapshot) == ({} if seats is None else {("sku-1", ANNUAL): seats})
    assert count_terms(make_snapshot()) == {}


SKUS = st.sampled_from(("a", "b", "c"))
TERMS = st.sampled_from((None, MONTHLY, ANNUAL, Term.TRIENNIAL))


@given(st.frozensets(SKUS), st.frozensets(st.tuples(SKUS, TERMS.filter(bool))), st.lists(st.tuples(SKUS, TERMS)))
def test_mapping_what_is_unmapped_leaves_nothing(
    skus: frozenset[str], terms: frozenset[Piece], mapped: list[Piece]
) -> None:
    """And a whole licence is listed once however many terms it was bought with."""
    held = list_held(skus, terms)
    unmapped = find_unmapped(held, mapped)
    assert find_unmapped(held, [*mapped, *unmapped]) == frozenset()
    assert all(term is None or (sku, None) not in unmapped for sku, term in unmapped)
    assert unmapped.isdisjoint(mapped)
