"""What a tenant holds, counted by the very rules by which a mapping counts."""

from __future__ import annotations

from dataclasses import replace

from profiles.billing import Basis, Mapping
from profiles.holdings import Holding, list_holdings
from profiles.licences import Term
from profiles.parts import Part
from profiles.quantity import count_seats
from tests.unit.web.tenants import EXCHANGE, PREMIUM, make_partner, make_snapshot

SNAPSHOT = make_snapshot("tenant")


def whole(sku_id: str, basis: Basis, part: Part = None) -> Mapping:
    return Mapping("", "", sku_id, "", "", "", basis, part=part)


def test_every_licence_is_counted_as_a_mapping_of_it_would_be() -> None:
    held = list_holdings(SNAPSHOT)
    assert [each.sku_id for each in held] == [each.sku_id for each in SNAPSHOT.licences]
    for each in held:
        assert each.count(None, Basis.PURCHASED) == count_seats(SNAPSHOT, whole(each.sku_id, Basis.PURCHASED))
        assert each.count(None, Basis.ASSIGNED) == count_seats(SNAPSHOT, whole(each.sku_id, Basis.ASSIGNED))
        for bought in each.subscriptions or ():
            assert bought.seats == count_seats(SNAPSHOT, whole(each.sku_id, Basis.PURCHASED, bought.part)) > 0
        for term, seats in each.terms or ():
            assert seats == count_seats(SNAPSHOT, whole(each.sku_id, Basis.PURCHASED, term)) > 0


def test_the_directory_alone_tells_no_terms() -> None:
    (held, *_) = list_holdings(replace(SNAPSHOT, partner_subscriptions=None))
    assert held.terms is None and held.count(Term.ANNUAL, Basis.PURCHASED) == 0


def test_terms_are_told_in_one_order_with_the_seats_of_each() -> None:
    day = SNAPSHOT.read_at.date()
    bought = (
        make_partner(PREMIUM, 3, Term.ANNUAL, day),
        make_partner(PREMIUM, 2, Term.MONTHLY, day),
        make_partner(PREMIUM, 4, Term.ANNUAL, day),
        replace(make_partner(EXCHANGE, 9, Term.TRIENNIAL, day), is_trial=True),
        replace(make_partner(EXCHANGE, 5, Term.ANNUAL, day), term=None),
    )
    held = {each.sku_id: each for each in list_holdings(replace(SNAPSHOT, partner_subscriptions=bought))}
    assert held[PREMIUM].terms == ((Term.MONTHLY, 2), (Term.ANNUAL, 7))
    assert held[EXCHANGE].terms == () and held[EXCHANGE].purchased == 5
    assert isinstance(held[PREMIUM], Holding) and held[PREMIUM].count(Term.ANNUAL, Basis.ASSIGNED) == 7
