"""What nobody has decided about: whole licences, and terms that were bought after a split."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import Basis, Mapping
from profiles.holdings import Holding
from profiles.licences import Term
from profiles.unmapped import Piece, find_unmapped, list_held, list_mapped

MONTHLY, ANNUAL = Term.MONTHLY, Term.ANNUAL
HELD = Holding("SKU-1", "SPB", 12, 10, ((ANNUAL, 10), (MONTHLY, 2), (Term.TRIENNIAL, 0)))


def make_mapping(sku_id: str, term: Term | None = None, **options: bool) -> Mapping:
    return replace(Mapping("m", "c", sku_id, "Premium", "p", "1", Basis.PURCHASED, part=term), **options)  # type: ignore[arg-type]


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
    held = list_held(("SKU-1", "sku-2"), (HELD, Holding("sku-2", "EXO", 5, 5)))
    assert find_unmapped(held, list_mapped(mappings)) == unmapped


def test_what_is_free_is_nothing_to_decide_about() -> None:
    held = list_held(("SKU-1", "sku-2"), (HELD, Holding("SKU-2", "FLOW_FREE", 1_000_000, 9)))
    assert held == {("sku-1", None), ("sku-1", ANNUAL), ("sku-1", MONTHLY)}


SKUS = st.sampled_from(("a", "b", "c"))
TERMS = st.sampled_from(tuple(Term))


@given(st.frozensets(SKUS), st.frozensets(st.tuples(SKUS, TERMS)), st.lists(st.tuples(SKUS, st.none() | TERMS)))
def test_mapping_what_is_unmapped_leaves_nothing(
    skus: frozenset[str], terms: frozenset[tuple[str, Term]], mapped: list[Piece]
) -> None:
    """And a whole licence is listed once however many terms it was bought with."""
    holdings = [Holding(sku, sku.upper(), 1, 1, tuple((each, 1) for own, each in terms if own == sku)) for sku in skus]
    held = list_held(skus, holdings)
    unmapped = find_unmapped(held, mapped)
    assert find_unmapped(held, [*mapped, *unmapped]) == frozenset()
    assert all(term is None or (sku, None) not in unmapped for sku, term in unmapped)
    assert unmapped.isdisjoint(mapped)
