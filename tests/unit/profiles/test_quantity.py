"""From a snapshot to a quantity: what counts, and what is taken off (billing rules 1 and 2, microsoft.md 2 and 3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import Basis, CountOptions, CustomPrice, DatedPrice, Mapping
from profiles.licences import (
    BillingType,
    Licence,
    LicensedUser,
    PartnerStatus,
    PartnerSubscription,
    Snapshot,
    Subscription,
    SubscriptionStatus,
    Term,
)
from profiles.quantity import bill_quantity, count_seats, count_suspended
from profiles.readings import Known, Unknown, UnknownReason

SPB, E3 = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "05e9a617-0261-4cee-bb44-138d3ef5d965"
PARTNER = "aaaaaaaa-0000-4000-8000-000000000001"
PAID = Subscription("sub-1", SPB, "SPB", SubscriptionStatus.ENABLED, 10, False, PARTNER, None)
ANA = LicensedUser("u-1", "ana@contoso.example", "Ana", True, (SPB,))
CONTRACT = PartnerSubscription(
    "psub-1",
    "Business Premium",
    SPB,
    PartnerStatus.ACTIVE,
    BillingType.LICENSE,
    10,
    is_trial=False,
    is_new_commerce=True,
    term=Term.ANNUAL,
    auto_renews=True,
    renews_on=None,
    cancellable_until=None,
)
BOUGHT = Mapping("m", "c", SPB, "Business Premium", "spb", "1201", Basis.PURCHASED)
ASSIGNED = replace(BOUGHT, basis=Basis.ASSIGNED)


def make_snapshot(
    *rows: Subscription | LicensedUser | PartnerSubscription, has_partner: bool = False, sku_id: str = SPB
) -> Snapshot:
    contracts = tuple(row for row in rows if isinstance(row, PartnerSubscription))
    return Snapshot(
        "tenant",
        datetime(2026, 11, 22, tzinfo=UTC),
        (Licence(sku_id, "SPB", 0, 0, 0, 0, 0),),
        tuple(row for row in rows if isinstance(row, Subscription)),
        tuple(row for row in rows if isinstance(row, LicensedUser)),
        contracts if contracts or has_partner else None,
    )


@pytest.mark.parametrize(
    ("status", "seats"),
    [
        (SubscriptionStatus.ENABLED, 10),
        (SubscriptionStatus.WARNING, 10),
        (SubscriptionStatus.SUSPENDED, 0),
        (SubscriptionStatus.DELETED, 0),
        (SubscriptionStatus.LOCKED_OUT, 0),
    ],
)
def test_a_subscription_counts_while_it_is_active_or_in_grace(status: SubscriptionStatus, seats: int) -> None:
    assert count_seats(make_snapshot(replace(PAID, status=status)), BOUGHT) == seats


SUSPENDED = replace(PAID, id="sub-2", seats=1, status=SubscriptionStatus.SUSPENDED)


@pytest.mark.parametrize(
    ("rows", "mapping", "seats"),
    [
        pytest.param((PAID, SUSPENDED), BOUGHT, 1, id="beside what is paid"),
        pytest.param((SUSPENDED,), BOUGHT, 1, id="alone"),
        pytest.param((PAID,), BOUGHT, 0, id="none"),
        pytest.param((PAID, replace(SUSPENDED, is_trial=True)), BOUGHT, 0, id="a trial"),
        pytest.param((PAID, replace(SUSPENDED, sku_id=E3)), BOUGHT, 0, id="another licence"),
        pytest.param((PAID, replace(SUSPENDED, status=SubscriptionStatus.LOCKED_OUT)), BOUGHT, 0, id="cancelled"),
        pytest.param((PAID, SUSPENDED), ASSIGNED, 0, id="what is assigned"),
        pytest.param((PAID, SUSPENDED), replace(BOUGHT, is_excluded=True), 0, id="excluded"),
        pytest.param(
            (PAID, SUSPENDED), replace(BOUGHT, count=CountOptions(only_owned_by=("other",))), 0, id="sold by others"
        ),
        pytest.param((PAID, SUSPENDED, CONTRACT), BOUGHT, 0, id="Partner Center tells"),
    ],
)
def test_suspended_seats_are_those_that_would_count(
    rows: tuple[Subscription | PartnerSubscription, ...], mapping: Mapping, seats: int
) -> None:
    """10 Enabled and 1 Suspended: 10 are billed, and the 1 is known (billing rules, 1: held, not dropped)."""
    assert count_suspended(make_snapshot(*rows), mapping) == seats


def test_a_trial_is_not_bought() -> None:
    assert count_seats(make_snapshot(replace(PAID, is_trial=True)), BOUGHT) == 0


def test_an_annual_and_a_monthly_subscription_of_one_licence_are_added_up() -> None:
    assert count_seats(make_snapshot(PAID, replace(PAID, id="sub-2", seats=3)), BOUGHT) == 13


@pytest.mark.parametrize("mapping", [BOUGHT, ASSIGNED])
def test_another_licence_is_not_counted(mapping: Mapping) -> None:
    assert count_seats(make_snapshot(PAID, ANA), replace(mapping, sku_id=E3)) == 0


@pytest.mark.parametrize(("mapping", "seats"), [(BOUGHT, 10), (ASSIGNED, 1)])
def test_the_basis_decides_and_the_other_one_is_never_mixed_in(mapping: Mapping, seats: int) -> None:
    assert count_seats(make_snapshot(PAID, ANA), mapping) == seats


@pytest.mark.parametrize(
    ("owner", "owners", "seats"),
    [(PARTNER, (), 10), (None, (), 10), (PARTNER, (PARTNER,), 10), ("other", (PARTNER,), 0), (None, (PARTNER,), 0)],
)
def test_what_others_sold_counts_unless_owners_are_named(
    owner: str | None, owners: tuple[str, ...], seats: int
) -> None:
    mapping = replace(BOUGHT, count=CountOptions(only_owned_by=owners))
    assert count_seats(make_snapshot(replace(PAID, owner_tenant_id=owner)), mapping) == seats


def test_an_owner_may_be_spelled_in_upper_case() -> None:
    mapping = replace(BOUGHT, count=CountOptions(only_owned_by=(PARTNER.upper(),)))
    assert count_seats(make_snapshot(PAID), mapping) == 10


@pytest.mark.parametrize(("mapping", "seats"), [(BOUGHT, 10), (ASSIGNED, 1)])
def test_a_mapping_may_spell_its_licence_in_upper_case(mapping: Mapping, seats: int) -> None:
    assert bill_quantity(make_snapshot(PAID, ANA), replace(mapping, sku_id=SPB.upper())) == Known(seats)


# Partner Center


@pytest.mark.parametrize("status", list(PartnerStatus))
@pytest.mark.parametrize("is_new_commerce", [True, False])
def test_a_contract_counts_while_microsoft_bills_it(status: PartnerStatus, is_new_commerce: bool) -> None:
    is_billed = status is PartnerStatus.ACTIVE or (status is PartnerStatus.SUSPENDED and is_new_commerce)
    contract = replace(CONTRACT, status=status, is_new_commerce=is_new_commerce)
    assert count_seats(make_snapshot(contract), BOUGHT) == (10 if is_billed else 0)


@pytest.mark.parametrize("billing_type", list(BillingType))
def test_only_licences_are_seats(billing_type: BillingType) -> None:
    seats = 10 if billing_type is BillingType.LICENSE else 0
    assert count_seats(make_snapshot(replace(CONTRACT, billing_type=billing_type)), BOUGHT) == seats


@pytest.mark.parametrize("contract", [replace(CONTRACT, is_trial=True), replace(CONTRACT, sku_id=None)])
def test_a_trial_or_an_offer_without_a_licence_is_no_seat(contract: PartnerSubscription) -> None:
    assert count_seats(make_snapshot(contract), BOUGHT) == 0


@pytest.mark.parametrize(("term", "seats"), [(None, 10), (Term.ANNUAL, 10), (Term.MONTHLY, 0), (Term.TRIENNIAL, 0)])
def test_a_mapping_that_is_split_by_term_takes_only_its_term(term: Term | None, seats: int) -> None:
    assert count_seats(make_snapshot(CONTRACT), replace(BOUGHT, part=term)) == seats


@pytest.mark.parametrize("contracts", [(CONTRACT,), ()])
def test_where_partner_center_is_read_the_directory_is_not_counted(contracts: tuple[PartnerSubscription, ...]) -> None:
    snapshot = make_snapshot(replace(PAID, seats=99), *contracts, has_partner=True)
    assert count_seats(snapshot, BOUGHT) == sum(each.seats for each in contracts)


def test_a_term_that_nobody_can_see_is_unknown() -> None:
    assert bill_quantity(make_snapshot(PAID), replace(BOUGHT, part=Term.ANNUAL)) == Unknown(
        UnknownReason.INCOMPLETE,
        "Business Premium is split by term, which only Partner Center shows. Merge it, or connect an account that may "
        "read Partner Center.",
    )


def test_users_split_by_term_are_not_billed_once_for_each_term() -> None:
    assert bill_quantity(make_snapshot(ANA, CONTRACT), replace(ASSIGNED, part=Term.MONTHLY)) == Unknown(
        UnknownReason.INCOMPLETE,
        "Business Premium is split by term, but an assigned seat belongs to no term. Merge it, or count what was "
        "purchased.",
    )


# Users


def test_a_user_with_two_licences_counts_once_for_each() -> None:
    both = replace(ANA, sku_ids=(E3, SPB))
    snapshot = make_snapshot(both, replace(both, id="u-2"))
    assert [count_seats(snapshot, replace(ASSIGNED, sku_id=sku_id)) for sku_id in (SPB, E3)] == [2, 2]


def test_a_user_counts_once_however_often_it_is_listed() -> None:
    assert count_seats(make_snapshot(ANA, ANA, replace(ANA, sku_ids=(SPB, SPB))), ASSIGNED) == 1


@pytest.mark.parametrize("is_enabled", [True, False])
@pytest.mark.parametrize("is_guest", [True, False])
@pytest.mark.parametrize("disabled_users", [True, False])
@pytest.mark.parametrize("guests", [True, False])
def test_disabled_accounts_and_guests_count_as_the_switches_say(
    is_enabled: bool, is_guest: bool, disabled_users: bool, guests: bool
) -> None:
    mapping = replace(ASSIGNED, count=CountOptions(disabled_users=disabled_users, guests=guests))
    user = replace(ANA, account_enabled=is_enabled, is_guest=is_guest)
    counts = (is_enabled or disabled_users) and (guests or not is_guest)
    assert count_seats(make_snapshot(user), mapping) == int(counts)


def test_a_disabled_account_and_a_guest_keep_their_seat_by_default() -> None:
    assert count_seats(make_snapshot(replace(ANA, account_enabled=False, is_guest=True)), ASSIGNED) == 1


# From count to quantity


@pytest.mark.parametrize(
    ("count", "included", "minimum", "maximum", "quantity"),
    [
        (10, 0, 0, None, 10),
        (10, 3, 0, None, 7),
        (10, 10, 0, None, 0),
        (10, 11, 0, None, 0),
        (10, 11, -1, None, 0),
        (10, 0, 9, None, 10),
        (10, 0, 10, None, 10),
        (10, 0, 11, None, 11),
        (10, 5, 6, None, 6),
        (0, 0, 4, None, 4),
        (10, 0, 0, 11, 10),
        (10, 0, 0, 10, 10),
        (10, 0, 0, 9, 9),
        (10, 3, 0, 9, 7),
        (10, 0, 0, 0, 0),
    ],
)
def test_a_quantity_is_the_count_less_what_is_included_within_its_limits(
    count: int, included: int, minimum: int, maximum: int | None, quantity: int
) -> None:
    mapping = replace(BOUGHT, included=included, minimum=minimum, maximum=maximum)
    assert bill_quantity(make_snapshot(replace(PAID, seats=count)), mapping) == Known(quantity)


@pytest.mark.parametrize("mapping", [replace(BOUGHT, minimum=5), replace(BOUGHT, minimum=5, part=Term.ANNUAL)])
def test_a_licence_that_is_gone_bills_nothing_whatever_the_minimum(mapping: Mapping) -> None:
    assert bill_quantity(make_snapshot(PAID, sku_id=E3), mapping) == Known(0)


def test_an_excluded_licence_bills_nothing_whatever_the_minimum() -> None:
    assert bill_quantity(make_snapshot(PAID), replace(BOUGHT, minimum=5, is_excluded=True)) == Known(0)


@given(
    seats=st.lists(st.integers(0, 300), max_size=6),
    included=st.integers(0, 400),
    minimum=st.integers(0, 400),
    maximum=st.none() | st.integers(0, 400),
    data=st.data(),
)
def test_a_quantity_is_never_negative_stays_in_its_limits_and_knows_no_order(
    seats: list[int], included: int, minimum: int, maximum: int | None, data: st.DataObject
) -> None:
    rows = [replace(PAID, id=str(number), seats=each) for number, each in enumerate(seats)]
    mapping = replace(BOUGHT, included=included, minimum=minimum, maximum=maximum)
    quantity = bill_quantity(make_snapshot(*rows), mapping)
    assert isinstance(quantity, Known)
    assert 0 <= quantity.value <= (sum(seats) + minimum if maximum is None else maximum)
    assert bill_quantity(make_snapshot(*data.draw(st.permutations(rows))), mapping) == quantity


# Prices


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), Decimal("20.00")),
        (date(2026, 6, 30), Decimal("20.00")),
        (date(2026, 7, 1), Decimal("22.50")),
        (date(2030, 1, 1), Decimal("22.50")),
    ],
)
@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_price_is_the_one_in_force_on_the_day(day: date, amount: Decimal | None, is_reversed: bool) -> None:
    amounts = [DatedPrice(date(2026, 1, 1), Decimal("20.00")), DatedPrice(date(2026, 7, 1), Decimal("22.50"))]
    assert CustomPrice(tuple(reversed(amounts) if is_reversed else amounts)).amount_on(day) == amount


def test_no_amounts_are_no_price() -> None:
    assert CustomPrice(()).amount_on(date(2026, 1, 1)) is None
