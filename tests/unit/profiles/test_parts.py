"""One subscription of a licence as a line of its own: what it counts, and that a split counts what the whole does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import Basis, CountOptions, Mapping
from profiles.description import describe_purchase
from profiles.holdings import HeldSubscription, list_holdings
from profiles.licences import (
    BillingType,
    Licence,
    PartnerStatus,
    PartnerSubscription,
    Snapshot,
    Subscription,
    SubscriptionStatus,
    Term,
)
from profiles.parts import OneSubscription, Part, Split, are_one_split, find_common_split
from profiles.quantity import bill_quantity, count_seats, count_suspended
from profiles.readings import Known, Unknown, UnknownReason

SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
ONE, OTHER = "1a2b3c4d-0000-4000-8000-000000000001", "9f8e7d6c-0000-4000-8000-000000000002"
FIRST, SECOND = OneSubscription(ONE), OneSubscription(OTHER)
LISTED = Subscription("d-1", SKU, "SPB", SubscriptionStatus.ENABLED, 10, False, "partner", None, ONE)
ALSO_LISTED = replace(LISTED, id="d-2", seats=4, commerce_id=OTHER)
SOLD = PartnerSubscription(
    ONE, "Business Premium", SKU, PartnerStatus.ACTIVE, BillingType.LICENSE, 10,
    is_trial=False, is_new_commerce=True, term=Term.ANNUAL, auto_renews=True, renews_on=date(2027, 4, 30),
    cancellable_until=None,
)  # fmt: skip
ALSO_SOLD = replace(SOLD, id=OTHER, seats=4)
MAPPED = Mapping("m", "c", SKU, "Business Premium", "spb", "1201", Basis.PURCHASED, part=FIRST)
DAY = datetime(2026, 11, 22, tzinfo=UTC)


def read(*rows: Subscription | PartnerSubscription, has_partner: bool = False, sku_id: str = SKU) -> Snapshot:
    """A tenant with these purchases; Partner Center was read where one of them is of it."""
    sold = tuple(row for row in rows if isinstance(row, PartnerSubscription))
    listed = tuple(row for row in rows if isinstance(row, Subscription))
    return Snapshot(
        "t", DAY, (Licence(sku_id, "SPB", 9, 14, 0, 0, 0),), listed, (), sold if sold or has_partner else None
    )


@pytest.mark.parametrize("spelt", [str.lower, str.upper])
@pytest.mark.parametrize("rows", [(LISTED, ALSO_LISTED), (SOLD, ALSO_SOLD)], ids=["directory", "Partner Center"])
def test_one_subscription_counts_its_own_seats_however_its_id_is_spelt(
    rows: tuple[Subscription | PartnerSubscription, ...], spelt: type[str]
) -> None:
    """The same id in both readings, so that a split outlives another Microsoft account."""
    own = [
        replace(row, commerce_id=spelt(row.commerce_id or ""))
        if isinstance(row, Subscription)
        else replace(row, id=spelt(row.id))
        for row in rows
    ]
    assert bill_quantity(read(*own), MAPPED) == Known(10)
    assert bill_quantity(read(*own), replace(MAPPED, part=OneSubscription(OTHER.upper()))) == Known(4)


def test_a_purchase_without_a_commerce_id_goes_by_the_directorys_own() -> None:
    bare = replace(LISTED, id=OTHER.upper(), commerce_id=None, seats=3)
    assert bill_quantity(read(LISTED, bare), replace(MAPPED, part=SECOND)) == Known(3)
    assert bill_quantity(read(LISTED, bare), MAPPED) == Known(10)


@pytest.mark.parametrize(
    ("row", "seats"),
    [
        (LISTED, 10),
        (replace(LISTED, status=SubscriptionStatus.WARNING), 10),
        (replace(LISTED, status=SubscriptionStatus.SUSPENDED), 0),
        (replace(LISTED, status=SubscriptionStatus.DELETED), 0),
        (replace(LISTED, status=SubscriptionStatus.LOCKED_OUT), 0),
        (replace(LISTED, is_trial=True), 0),
        (replace(LISTED, sku_id="another"), 0),
        (SOLD, 10),
        (replace(SOLD, status=PartnerStatus.SUSPENDED), 10),
        (replace(SOLD, status=PartnerStatus.SUSPENDED, is_new_commerce=False), 0),
        (replace(SOLD, status=PartnerStatus.EXPIRED), 0),
        (replace(SOLD, status=PartnerStatus.DELETED), 0),
        (replace(SOLD, status=PartnerStatus.DISABLED), 0),
        (replace(SOLD, billing_type=BillingType.USAGE), 0),
        (replace(SOLD, is_trial=True), 0),
        (replace(SOLD, sku_id=None), 0),
    ],
)
def test_each_state_of_it_counts_as_it_does_in_the_whole(row: Subscription | PartnerSubscription, seats: int) -> None:
    assert bill_quantity(read(row), MAPPED) == Known(seats) == bill_quantity(read(row), replace(MAPPED, part=None))


def test_whose_purchases_count_is_asked_of_one_subscription_too() -> None:
    foreign = replace(MAPPED, count=CountOptions(only_owned_by=("somebody else",)))
    assert bill_quantity(read(LISTED), foreign) == Known(0)


def test_only_the_line_of_a_suspended_subscription_is_held() -> None:
    suspended = replace(ALSO_LISTED, status=SubscriptionStatus.SUSPENDED)
    assert count_suspended(read(LISTED, suspended), MAPPED) == 0
    assert count_suspended(read(LISTED, suspended), replace(MAPPED, part=SECOND)) == 4
    assert count_suspended(read(LISTED, suspended), replace(MAPPED, part=None)) == 4


@pytest.mark.parametrize(
    ("snapshot", "quantity"),
    [
        (read(ALSO_LISTED), 0),
        (read(ALSO_SOLD), 0),
        (read(has_partner=True), 0),
        (read(replace(LISTED, status=SubscriptionStatus.DELETED)), 0),
        (read(replace(SOLD, status=PartnerStatus.EXPIRED)), 0),
        (read(replace(SOLD, status=PartnerStatus.DELETED)), 0),
        (read(replace(LISTED, status=SubscriptionStatus.SUSPENDED)), 5),
        (read(LISTED), 10),
    ],
)
def test_a_subscription_that_is_gone_or_over_bills_nothing_whatever_the_minimum(
    snapshot: Snapshot, quantity: int
) -> None:
    """It will never have seats again: a licence that has another one would bill the minimum for ever."""
    assert bill_quantity(snapshot, replace(MAPPED, minimum=5)) == Known(quantity)


def test_the_directory_tells_no_seat_of_a_term() -> None:
    suspended = replace(LISTED, status=SubscriptionStatus.SUSPENDED)
    by_term = replace(MAPPED, part=Term.ANNUAL)
    assert (count_seats(read(LISTED), by_term), count_suspended(read(suspended), by_term)) == (0, 0)


def test_a_new_subscription_changes_nothing_for_the_others() -> None:
    assert bill_quantity(read(LISTED, ALSO_LISTED), MAPPED) == bill_quantity(read(LISTED), MAPPED) == Known(10)


def test_users_cannot_be_split_by_subscription() -> None:
    assert bill_quantity(read(SOLD), replace(MAPPED, basis=Basis.ASSIGNED)) == Unknown(
        UnknownReason.INCOMPLETE,
        "Business Premium is split by subscription, but an assigned seat belongs to no subscription. Merge it, or "
        "count what was purchased.",
    )


@pytest.mark.parametrize(
    ("parts", "fits", "split"),
    [
        ((), True, Split.WHOLE),
        ((None,), True, Split.WHOLE),
        ((None, None), False, Split.WHOLE),
        ((Term.ANNUAL, Term.MONTHLY), True, Split.TERM),
        ((Term.ANNUAL, Term.ANNUAL), False, Split.TERM),
        ((FIRST, SECOND), True, Split.SUBSCRIPTION),
        ((FIRST, OneSubscription(ONE.upper())), False, Split.SUBSCRIPTION),
        ((None, Term.ANNUAL), False, Split.WHOLE),
        ((None, FIRST), False, Split.WHOLE),
        ((Term.ANNUAL, FIRST), False, Split.TERM),
    ],
)
def test_lines_of_one_licence_are_cut_in_one_way(parts: tuple[Part, ...], *, fits: bool, split: Split) -> None:
    assert are_one_split(parts) is fits
    assert find_common_split(parts) is split


# What is held


def test_a_holding_names_each_purchase_that_has_seats_once() -> None:
    """One that the directory lists in two rows is one; trials and what lapsed are none."""
    rows = (
        replace(ALSO_LISTED, next_lifecycle_at=DAY),
        replace(ALSO_LISTED, id="d-3", seats=1, next_lifecycle_at=DAY),
        LISTED,
        replace(LISTED, commerce_id="trial", is_trial=True),
        replace(LISTED, commerce_id="lapsed", status=SubscriptionStatus.SUSPENDED),
        replace(LISTED, commerce_id="empty", seats=0),
    )
    (held,) = list_holdings(read(*rows))
    assert held.subscriptions == (
        HeldSubscription(FIRST, 10),
        HeldSubscription(SECOND, 5, renews_on=date(2026, 11, 22)),
    )
    assert (held.count(SECOND, Basis.PURCHASED), held.count(OneSubscription("gone"), Basis.PURCHASED)) == (5, 0)


def test_where_partner_center_is_read_a_purchase_has_its_term_and_its_day() -> None:
    (held,) = list_holdings(read(LISTED, SOLD))
    assert held.subscriptions == (HeldSubscription(FIRST, 10, Term.ANNUAL, date(2027, 4, 30)),)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (HeldSubscription(FIRST, 10, Term.ANNUAL, date(2027, 4, 30)), " (annual, renews 30 Apr 2027)"),
        (HeldSubscription(FIRST, 10, None, date(2027, 4, 30)), " (until 30 Apr 2027)"),
        (HeldSubscription(FIRST, 10, Term.MONTHLY), " (monthly)"),
        (HeldSubscription(FIRST, 10), ""),
    ],
)
def test_a_person_recognises_a_purchase(held: HeldSubscription, said: str) -> None:
    assert describe_purchase(held) == f"subscription 1a2b3c4d{said}"


# A split counts what the whole does

IDS = st.sampled_from((ONE, OTHER, ONE.upper(), "third"))
SKUS = st.sampled_from((SKU, SKU.upper(), "another"))
DIRECTORY = st.builds(
    Subscription, IDS, SKUS, st.just("SPB"), st.sampled_from(SubscriptionStatus),
    st.integers(0, 50), st.booleans(), st.sampled_from(("partner", None)), st.none(), st.none() | IDS,
)  # fmt: skip
PARTNER = st.builds(
    PartnerSubscription, IDS, st.just("offer"), st.none() | SKUS, st.sampled_from(PartnerStatus),
    st.sampled_from(BillingType), st.integers(0, 50), st.booleans(), st.booleans(), st.none() | st.sampled_from(Term),
    st.none(), st.none(), st.none(),
)  # fmt: skip


@given(st.lists(DIRECTORY, max_size=6), st.none() | st.lists(PARTNER, max_size=6))
def test_the_lines_of_a_split_count_together_what_one_line_would(
    listed: list[Subscription], sold: list[PartnerSubscription] | None
) -> None:
    """For whatever a tenant may hold: no seat in two lines, none in no line."""
    snapshot = replace(read(*listed), partner_subscriptions=None if sold is None else tuple(sold))
    (held,) = list_holdings(snapshot)
    assert held.subscriptions is not None
    whole = replace(MAPPED, part=None)
    lines = [replace(MAPPED, part=each.part) for each in held.subscriptions]
    assert sum(count_seats(snapshot, line) for line in lines) == count_seats(snapshot, whole) == held.purchased
    assert [bill_quantity(snapshot, line) for line in lines] == [Known(each.seats) for each in held.subscriptions]
    everything = {*(each.part for each in held.subscriptions), *map(OneSubscription, (ONE, OTHER, "third"))}
    suspended = [count_suspended(snapshot, replace(MAPPED, part=part)) for part in everything]
    assert sum(suspended) == count_suspended(snapshot, whole)
