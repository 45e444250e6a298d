"""What an invoice line says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.billing import Basis, DescriptionOptions, Mapping
from profiles.description import clean, describe_line, describe_users
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
from profiles.parts import OneSubscription, Part

SKU = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
READ_AT = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)


def make_user(number: int, name: str) -> LicensedUser:
    return LicensedUser(f"user-{number}", f"u{number}@contoso.example", name, True, (SKU,))


def make_snapshot(*names: str, seats: int = 5, partner: tuple[PartnerSubscription, ...] | None = None) -> Snapshot:
    return Snapshot(
        "tenant",
        READ_AT,
        (Licence(SKU, "SPB", len(names), seats, 0, 0, 0),),
        (Subscription("s1", SKU, "SPB", SubscriptionStatus.ENABLED, seats, False, None, None),),
        tuple(make_user(number, name) for number, name in enumerate(names)),
        partner,
    )


def make_mapping(basis: Basis = Basis.PURCHASED, **options: object) -> Mapping:
    description = DescriptionOptions(**options)  # type: ignore[arg-type]
    return Mapping("m", "c", SKU, "Business Premium", "p", "1201", basis, description=description)


def test_a_mapping_that_asks_for_nothing_sends_nothing() -> None:
    assert describe_line(make_snapshot("Ada"), make_mapping(), 6000) is None


def test_user_names_come_in_the_order_of_the_alphabet_below_the_licences_name() -> None:
    """What is sent takes the place of the product's text: names alone would not say what is billed."""
    said = describe_line(make_snapshot("zoe", "Ada", "Bert"), make_mapping(user_names=True), 6000)
    assert said == "Business Premium\nAda, Bert, zoe"


def test_own_text_stands_alone_too() -> None:
    assert describe_line(make_snapshot("Ada"), make_mapping(own_text="Per user"), 6000) == "Per user"


def test_nothing_to_say_below_the_name_leaves_the_text_to_the_psa() -> None:
    assert describe_line(make_snapshot(), make_mapping(user_names=True), 6000) is None


def test_names_get_the_room_that_the_rest_leaves() -> None:
    names = [f"User {number:02}" for number in range(9)]
    said = describe_line(make_snapshot(*names), make_mapping(user_names=True), 45)
    assert said == "Business Premium\nUser 00, User 01, + 7 more"
    assert describe_line(make_snapshot(*names), make_mapping(user_names=True, own_text="x" * 50), 45) == "x" * 45


def test_own_text_comes_first_and_idle_seats_are_named() -> None:
    mapping = make_mapping(own_text="Per user", unassigned_count=True, user_names=True)
    assert describe_line(make_snapshot("Ada", "Bert"), mapping, 6000) == "Per user\n3 not assigned\nAda, Bert"


@pytest.mark.parametrize("part", [Term.ANNUAL, OneSubscription("x")])
def test_seats_of_a_part_are_never_idle(part: Part) -> None:
    """Users hold the licence, and none of its subscriptions."""
    mapping = replace(make_mapping(unassigned_count=True), part=part)
    assert describe_line(make_snapshot("Ada"), mapping, 6000) is None


def test_seats_counted_by_assignment_are_never_idle() -> None:
    mapping = make_mapping(Basis.ASSIGNED, unassigned_count=True)
    assert describe_line(make_snapshot("Ada"), mapping, 6000) is None


def test_a_renewal_names_seats_term_and_day() -> None:
    bought = PartnerSubscription(
        "x", "Business Premium", SKU, PartnerStatus.ACTIVE, BillingType.LICENSE, 10, False, True, Term.ANNUAL, True,
        date(2027, 3, 1), None,
    )  # fmt: skip
    snapshot = make_snapshot("Ada", partner=(bought,))
    assert (
        describe_line(snapshot, make_mapping(renewal=True), 6000) == "Business Premium\n10 × annual, renews 2027-03-01"
    )


def test_names_that_do_not_fit_are_counted() -> None:
    users = [make_user(number, f"User {number}") for number in range(5)]
    assert describe_users(users, 24) == "User 0, User 1, + 3 more"
    assert describe_users(users, 8) == "+ 5 more"
    assert describe_users(users, 3) == ""


@given(st.lists(st.text(max_size=20), max_size=40), st.integers(min_value=0, max_value=300))
def test_the_text_always_fits_and_never_loses_a_user(names: list[str], room: int) -> None:
    users = [make_user(number, name) for number, name in enumerate(names)]
    text = describe_users(users, room)
    assert len(text) <= room


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Line\r\nbreak", "Line\nbreak"),
        ("\x00bell\x07", "bell"),
        ("\u202egnilliB\u202c", "gnilliB"),
        ("Emoji 🦷🏴‍☠️", "Emoji 🦷🏴‍☠️"),
        ("שלום", "שלום"),
        ("tab\there", "tab here"),
    ],
)
def test_a_tenants_text_is_cleaned_of_control_characters_only(text: str, expected: str) -> None:
    assert clean(text) == expected
