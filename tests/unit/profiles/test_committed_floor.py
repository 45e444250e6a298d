"""Assigned seats count as at least those that are committed to the end of a term (billing rules, 1 and 2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import CountOptions, Mapping
from profiles.holdings import list_holdings
from profiles.licences import (
    BillingType,
    LicensedUser,
    PartnerStatus,
    PartnerSubscription,
    Snapshot,
    SubscriptionStatus,
    Term,
)
from profiles.quantity import bill_quantity, count_committed, count_seats, doubt_count, find_floor
from profiles.readings import Known, Unknown
from tests.unit.profiles.test_quantity import ANA, ASSIGNED, BOUGHT, CONTRACT, E3, PAID, make_snapshot

FLOORED = replace(ASSIGNED, count=CountOptions(committed_floor=True))


def use(count: int) -> list[LicensedUser]:
    return [replace(ANA, id=f"u-{number}") for number in range(count)]


def read(assigned: int, *contracts: PartnerSubscription) -> Snapshot:
    """So many users, and what Partner Center shows; it was read."""
    return make_snapshot(*use(assigned), *contracts, has_partner=True)


def test_eight_assigned_of_ten_committed_are_ten() -> None:
    """10 seats for a year at 20.00, 8 users: 10 x 20.00 = 200.00 and not 8 x 20.00 = 160.00, for Microsoft asks for 10.
    12 users are 12 x 20.00 = 240.00."""
    year = replace(CONTRACT, renews_on=date(2027, 5, 1))
    assert bill_quantity(read(8, year), FLOORED) == Known(10)
    assert bill_quantity(read(12, year), FLOORED) == Known(12)
    assert bill_quantity(read(8, year), ASSIGNED) == Known(8)


@pytest.mark.parametrize(
    ("included", "minimum", "maximum", "quantity"),
    [(2, 0, None, 8), (2, 9, None, 9), (0, 11, None, 11), (0, 0, 9, 9), (3, 0, 6, 6), (12, 0, None, 0)],
)
def test_the_floor_belongs_to_the_count(included: int, minimum: int, maximum: int | None, quantity: int) -> None:
    """8 assigned, 10 committed: 10 are counted, and of these 2 included are taken off: 8, and not 10."""
    mapping = replace(FLOORED, included=included, minimum=minimum, maximum=maximum)
    assert bill_quantity(read(8, CONTRACT), mapping) == Known(quantity)
    assert count_seats(read(8, CONTRACT), mapping) == 10


@pytest.mark.parametrize("status", list(PartnerStatus))
@pytest.mark.parametrize("term", [*Term, None])
@pytest.mark.parametrize("is_new_commerce", [True, False])
def test_what_is_committed_is_new_commerce_under_a_term_while_microsoft_bills_it(
    status: PartnerStatus, term: Term | None, is_new_commerce: bool
) -> None:
    contract = replace(CONTRACT, status=status, term=term, is_new_commerce=is_new_commerce)
    is_billed = status in (PartnerStatus.ACTIVE, PartnerStatus.SUSPENDED)
    seats = 10 if is_billed and is_new_commerce and term is not None else 0
    assert count_committed(read(0, contract), FLOORED) == seats
    assert bill_quantity(read(3, contract), FLOORED) == Known(max(3, seats))


@pytest.mark.parametrize(
    "contract",
    [
        replace(CONTRACT, is_trial=True),
        replace(CONTRACT, sku_id=E3),
        replace(CONTRACT, sku_id=None),
        *(replace(CONTRACT, billing_type=each) for each in BillingType if each is not BillingType.LICENSE),
    ],
)
def test_what_is_no_purchased_seat_is_not_committed_either(contract: PartnerSubscription) -> None:
    assert count_committed(read(0, contract), FLOORED) == count_seats(read(0, contract), BOUGHT) == 0


@pytest.mark.parametrize("renews_on", [None, date(2020, 1, 1), date(2026, 11, 22), date(2030, 1, 1)])
@pytest.mark.parametrize("auto_renews", [True, False, None])
def test_no_day_drops_the_floor_but_the_status_does(renews_on: date | None, auto_renews: bool | None) -> None:
    """A term that renews on a day is shown with the old day until Microsoft has renewed it, and billed meanwhile."""
    contract = replace(CONTRACT, renews_on=renews_on, auto_renews=auto_renews)
    assert bill_quantity(read(8, contract), FLOORED) == Known(10)
    ended = replace(contract, status=PartnerStatus.EXPIRED)
    assert bill_quantity(read(8, ended), FLOORED) == Known(8)


def test_all_terms_together_are_the_floor() -> None:
    """6 for a year and 3 for a month, 8 users: 9."""
    month = replace(CONTRACT, id="psub-2", seats=3, term=Term.MONTHLY)
    assert bill_quantity(read(8, replace(CONTRACT, seats=6), month), FLOORED) == Known(9)


def test_the_directory_alone_tells_no_floor() -> None:
    """10 bought as the directory has it: for how long nobody can tell, so the 8 assigned count."""
    snapshot = make_snapshot(PAID, *use(8))
    assert find_floor(snapshot, FLOORED) is None and bill_quantity(snapshot, FLOORED) == Known(8)
    assert find_floor(read(8), FLOORED) == 0, "read, and nothing is committed"


def test_purchased_seats_an_absent_and_an_excluded_licence_have_no_floor() -> None:
    bought = replace(BOUGHT, count=FLOORED.count)
    monthly = replace(CONTRACT, seats=4, is_new_commerce=False)
    assert find_floor(read(8, CONTRACT), bought) is None and bill_quantity(read(8, monthly), bought) == Known(4)
    assert bill_quantity(read(8, CONTRACT), replace(FLOORED, is_excluded=True)) == Known(0)
    gone = make_snapshot(*use(8), CONTRACT, sku_id=E3)
    assert bill_quantity(gone, FLOORED) == Known(0)


def test_a_floor_makes_no_term_of_assigned_seats() -> None:
    assert isinstance(bill_quantity(read(8, CONTRACT), replace(FLOORED, part=Term.ANNUAL)), Unknown)


def test_a_floor_rests_on_the_directorys_purchases_and_is_in_doubt_with_them() -> None:
    """The directory counts 10 seats and lists purchases for none, so nobody knows which licence a purchase is of."""
    licence = replace(read(8).licences[0], enabled_seats=10)
    unlisted = replace(read(8), licences=(licence,))
    assert doubt_count(unlisted, FLOORED) is not None
    assert doubt_count(replace(unlisted, subscriptions=(PAID,)), FLOORED) is None
    assert doubt_count(unlisted, ASSIGNED) is None, "users are counted, and nothing else"
    assert doubt_count(replace(unlisted, partner_subscriptions=None), FLOORED) is None
    assert doubt_count(unlisted, replace(FLOORED, is_excluded=True)) is None


def test_a_holding_counts_with_the_floor_as_a_mapping_does() -> None:
    (held,) = list_holdings(read(8, CONTRACT))
    assert held.committed == 10
    assert held.count(None, ASSIGNED.basis, committed_floor=True) == count_seats(read(8, CONTRACT), FLOORED) == 10
    assert held.count(None, ASSIGNED.basis) == 8 and held.count(None, BOUGHT.basis, committed_floor=True) == 10
    (unread,) = list_holdings(make_snapshot(PAID, *use(8)))
    assert unread.committed is None and unread.count(None, ASSIGNED.basis, committed_floor=True) == 8


contracts = st.builds(
    PartnerSubscription,
    id=st.uuids().map(str),
    offer_name=st.just("Business Premium"),
    sku_id=st.sampled_from([CONTRACT.sku_id, E3, None]),
    status=st.sampled_from(PartnerStatus),
    billing_type=st.sampled_from(BillingType),
    seats=st.integers(0, 50),
    is_trial=st.booleans(),
    is_new_commerce=st.booleans(),
    term=st.none() | st.sampled_from(Term),
    auto_renews=st.none() | st.booleans(),
    renews_on=st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    cancellable_until=st.none(),
)
mappings = st.builds(
    replace,
    st.just(FLOORED),
    included=st.integers(0, 60),
    minimum=st.integers(0, 60),
    maximum=st.none() | st.integers(0, 60),
    count=st.builds(CountOptions, disabled_users=st.booleans(), guests=st.booleans(), committed_floor=st.just(True)),
)


@given(assigned=st.integers(0, 60), bought=st.lists(contracts, max_size=5), mapping=mappings, data=st.data())
def test_a_floor_only_ever_raises_never_above_both_and_never_above_what_is_purchased(
    assigned: int, bought: list[PartnerSubscription], mapping: Mapping, data: st.DataObject
) -> None:
    snapshot = read(assigned, *bought)
    plain = replace(mapping, count=replace(mapping.count, committed_floor=False))
    counted, users, committed = (
        count_seats(snapshot, mapping),
        count_seats(snapshot, plain),
        find_floor(snapshot, mapping),
    )
    assert committed is not None and counted >= users and counted >= committed and counted in (users, committed)
    assert committed <= count_seats(snapshot, BOUGHT)
    billed, without = bill_quantity(snapshot, mapping), bill_quantity(snapshot, plain)
    assert isinstance(billed, Known) and isinstance(without, Known) and billed.value >= without.value
    shuffled = read(assigned, *data.draw(st.permutations(bought)))
    assert bill_quantity(shuffled, mapping) == billed
    unread = replace(snapshot, partner_subscriptions=None)
    assert bill_quantity(unread, mapping) == without and find_floor(unread, mapping) is None


def test_a_suspended_row_of_the_directory_is_told_by_partner_center() -> None:
    """The directory cannot tell who pays for suspended seats; Partner Center does, and its word is the floor."""
    row = replace(PAID, status=SubscriptionStatus.SUSPENDED)
    contract = replace(CONTRACT, status=PartnerStatus.SUSPENDED)
    assert bill_quantity(make_snapshot(row, *use(8), contract), FLOORED) == Known(10)
