"""What nobody has decided about: whole licences, and what was bought after a split."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import Basis, Mapping
from profiles.holdings import HeldSubscription, Holding
from profiles.licences import Term
from profiles.parts import OneSubscription, Part, find_common_split, find_split
from profiles.unmapped import Piece, find_unmapped, list_held, list_mapped, list_termless

MONTHLY, ANNUAL = Term.MONTHLY, Term.ANNUAL
ONE, OTHER = OneSubscription("S-1"), OneSubscription("S-2")
BOUGHT = (HeldSubscription(ONE, 10, ANNUAL), HeldSubscription(OTHER, 2, MONTHLY))
HELD = Holding("SKU-1", "SPB", 12, 10, ((ANNUAL, 10), (MONTHLY, 2), (Term.TRIENNIAL, 0)), subscriptions=BOUGHT)


def make_mapping(sku_id: str, part: Part = None, **options: bool) -> Mapping:
    return replace(Mapping("m", "c", sku_id, "Premium", "p", "1", Basis.PURCHASED, part=part), **options)  # type: ignore[arg-type]


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
        ([make_mapping("sku-1", ONE), make_mapping("sku-2")], {("sku-1", OTHER)}),
        ([make_mapping("sku-1", ONE), make_mapping("sku-1", OneSubscription("s-2"))], {("sku-2", None)}),
        ([make_mapping("sku-1", ONE, is_excluded=True), make_mapping("sku-2")], {("sku-1", OTHER)}),
        ([make_mapping("sku-1", ONE, is_ended=True), make_mapping("sku-2")], {("sku-1", None)}),
        ([make_mapping("sku-1", OneSubscription("gone")), make_mapping("sku-2")], {("sku-1", ONE), ("sku-1", OTHER)}),
    ],
)
def test_what_no_mapping_names(mappings: list[Mapping], unmapped: set[Piece]) -> None:
    held = list_held(("SKU-1", "sku-2"), (HELD, Holding("sku-2", "EXO", 5, 5)))
    assert find_unmapped(held, list_mapped(mappings)) == unmapped


def test_what_is_free_is_nothing_to_decide_about() -> None:
    held = list_held(("SKU-1", "sku-2"), (HELD, Holding("SKU-2", "FLOW_FREE", 1_000_000, 9)))
    assert held == {("sku-1", part) for part in (None, ANNUAL, MONTHLY, ONE, OTHER)}


def test_a_run_of_before_kept_no_subscriptions_and_misses_none() -> None:
    held = list_held(("sku-1",), (replace(HELD, subscriptions=None),))
    assert find_unmapped(held, list_mapped([make_mapping("sku-1", ONE)])) == frozenset()


def test_what_was_bought_without_a_term_is_in_no_line_of_a_split_by_term() -> None:
    bare = HeldSubscription(OneSubscription("s-3"), 3)
    held = replace(HELD, subscriptions=(*BOUGHT, bare))
    by_term = list_mapped([make_mapping("SKU-1", ANNUAL), make_mapping("other")])
    assert list_termless(held, by_term) == (bare,)
    assert list_termless(HELD, by_term) == list_termless(replace(held, subscriptions=None), by_term) == ()
    assert list_termless(replace(held, terms=None), by_term) == (), "the directory tells no terms of anything"
    for part in (None, ONE):
        assert list_termless(held, list_mapped([make_mapping("sku-1", part)])) == ()


SKUS = st.sampled_from(("a", "b", "c"))
PARTS = st.none() | st.sampled_from((*Term, ONE, OTHER))


@given(st.frozensets(SKUS), st.frozensets(st.tuples(SKUS, PARTS)), st.lists(st.tuples(SKUS, PARTS)))
def test_mapping_what_is_unmapped_leaves_nothing(
    skus: frozenset[str], bought: frozenset[Piece], mapped: list[Piece]
) -> None:
    """And a whole licence is listed once however it was bought; what is unmapped of one that is cut is cut alike."""
    holdings = [
        Holding(
            sku, sku.upper(), 1, 1,
            tuple((part, 1) for own, part in bought if own == sku and isinstance(part, Term)),
            subscriptions=tuple(
                HeldSubscription(part, 1) for own, part in bought if own == sku and isinstance(part, OneSubscription)
            ),
        )
        for sku in skus
    ]  # fmt: skip
    held = list_held(skus, holdings)
    unmapped = find_unmapped(held, mapped)
    assert find_unmapped(held, [*mapped, *unmapped]) == frozenset()
    assert all(part is None or (sku, None) not in unmapped for sku, part in unmapped)
    assert unmapped.isdisjoint(mapped)
    for sku, part in unmapped:
        assert part is None or find_split(part) is find_common_split(each for own, each in mapped if own == sku)
