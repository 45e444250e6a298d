"""Partner Center's subscriptions beside Graph's: joined, dated, and unknown where one of them leaves something out."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from profiles.billing import Basis, Mapping
from profiles.licences import BillingType, PartnerStatus, PartnerSubscription, Term
from profiles.quantity import count_seats
from profiles.readings import Unknown, UnknownReason
from tests.unit.microsoft.graph import GRAPH, SPB, TENANT, make_subscription
from tests.unit.microsoft.msp import (
    PARTNER,
    PARTNER_CENTER,
    SUBSCRIPTION,
    Msp,
    collection,
    joined_parts,
    make_contract_row,
    ok,
    read_in_turn,
)

LEGACY = {
    "id": "968BA1CF-C146-4ADF-A300-308DCF718EEE",
    "offerId": "2828BE95-46BA-4F91-B2FD-0BEF192ECF60",
    "offerName": "Exchange Online Archiving for Exchange Online",
    "quantity": 2,
    "unitType": "Licenses",
    "parentSubscriptionId": "1C2B75C1-74A5-472A-A729-7F8CEFC477F9",
    "commitmentEndDate": "2027-02-10T00:00:00Z",
    "status": "active",
    "autoRenewEnabled": True,
    "billingType": "license",
}
USAGE = {
    "id": "A356AC8C-E310-44F4-BF85-C7F29044AF99",
    "offerId": "MS-AZR-0145P",
    "offerName": "Microsoft Azure",
    "quantity": 1,
    "unitType": "Usage-based",
    "commitmentEndDate": "9999-12-10T00:00:00Z",
    "status": "active",
    "autoRenewEnabled": False,
    "billingType": "usage",
}


def give(answer: httpx.Response, _: httpx.Request) -> httpx.Response:
    return answer


def read_rows(*rows: dict[str, Any]) -> tuple[PartnerSubscription, ...]:
    found = Msp(partner_center=lambda _: collection(*rows)).read_known().partner_subscriptions
    assert found is not None
    return found


def read_unknown(response: httpx.Response, **members: Any) -> Unknown:
    reading = Msp(partner_center=lambda _: response, **members).read()
    assert isinstance(reading, Unknown), reading
    return reading


def test_a_new_commerce_subscription_is_read_whole() -> None:
    (found,) = read_rows(make_contract_row())
    assert found == PartnerSubscription(
        id=SUBSCRIPTION,
        offer_name="Microsoft 365 Business Premium",
        sku_id=SPB,
        status=PartnerStatus.ACTIVE,
        billing_type=BillingType.LICENSE,
        seats=12,
        is_trial=False,
        is_new_commerce=True,
        term=Term.ANNUAL,
        auto_renews=True,
        renews_on=date(2027, 1, 14),
        cancellable_until=date(2026, 11, 29),
    )


def test_the_documented_samples_of_legacy_and_azure_are_read() -> None:
    addon, usage = read_rows(LEGACY, USAGE)
    assert (addon.is_new_commerce, addon.renews_on, addon.seats, addon.sku_id) == (False, date(2027, 2, 10), 2, None)
    assert (usage.billing_type, usage.renews_on, usage.seats) == (BillingType.USAGE, None, 1)


@pytest.mark.parametrize(
    ("changes", "is_new"),
    [
        ({}, True),
        ({"productType": {"id": "Software", "displayName": "Software"}}, False),
        ({"offerId": "2828BE95-46BA-4F91-B2FD-0BEF192ECF60"}, False),
        ({"productType": {"id": "onlineservicesnce"}}, True),
    ],
)
def test_new_commerce_is_told_by_product_type_and_offer(changes: dict[str, Any], is_new: bool) -> None:
    (found,) = read_rows(make_contract_row(**changes))
    assert found.is_new_commerce is is_new


@pytest.mark.parametrize(
    ("end", "renews_on"),
    [
        ("2027-02-28T00:00:00Z", date(2027, 3, 1)),
        ("2028-02-28T23:59:59.9999999Z", date(2028, 2, 29)),
        ("2026-12-31", date(2027, 1, 1)),
        ("2027-01-31T23:30:00-02:00", date(2027, 2, 2)),
        ("9999-12-31T00:00:00Z", None),
        (None, None),
    ],
)
def test_the_last_day_of_new_commerce_is_inclusive(end: str | None, renews_on: date | None) -> None:
    (found,) = read_rows(make_contract_row(commitmentEndDate=end))
    assert found.renews_on == renews_on


def test_suspended_new_commerce_counts_and_expired_does_not() -> None:
    mapping = Mapping("m", "c", SPB, "Business Premium", "p", "1201", Basis.PURCHASED)
    counts = {}
    for status in PartnerStatus:
        answer = collection(make_contract_row(status=status.value))
        counts[status.value] = count_seats(Msp(partner_center=partial(give, answer)).read_known(), mapping)
    assert {status for status, seats in counts.items() if seats} == {"active", "suspended"}


def test_a_row_joins_by_the_directorys_own_id_where_it_has_no_commerce_id() -> None:
    msp = Msp()
    msp.parts["subscriptions"]["value"] = [make_subscription("sub-1"), make_subscription(SUBSCRIPTION.upper())]
    assert msp.read_known().partner_subscriptions is not None
    assert msp.read_known().partner_subscriptions[0].sku_id == SPB  # type: ignore[index]


@pytest.mark.parametrize("field", ["id", "quantity", "status", "billingType", "offerId", "productType", "isTrial"])
def test_a_missing_field_makes_the_tenant_unknown(field: str) -> None:
    row = make_contract_row()
    del row[field]
    unknown = read_unknown(collection(row))
    # Without an offer it may be anything; without a product type a modern offer may be new commerce or not.
    assert unknown.reason is UnknownReason.INCOMPLETE


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "paused"},
        {"billingType": "metered"},
        {"termDuration": "P5Y"},
        {"termDuration": ""},
        {"quantity": -1},
        {"quantity": "12"},
        {"quantity": True},
        {"commitmentEndDate": "soon"},
    ],
)
def test_a_value_that_nobody_described_makes_the_tenant_unknown(changes: dict[str, Any]) -> None:
    assert read_unknown(collection(make_contract_row(**changes))).reason is UnknownReason.INCOMPLETE


def test_a_subscription_that_came_twice_or_not_at_all_makes_the_tenant_unknown() -> None:
    twice = read_unknown(collection(make_contract_row(), make_contract_row(id=SUBSCRIPTION.upper())))
    fewer = read_unknown(ok({"totalCount": 2, "items": [make_contract_row()]}))
    paged = read_unknown(collection(make_contract_row(), continuationToken="more"))
    assert {twice.reason, fewer.reason, paged.reason} == {UnknownReason.INCOMPLETE}


def test_what_the_directory_says_we_sold_must_be_in_the_contract() -> None:
    parts = joined_parts()
    parts["subscriptions"]["value"][0]["ownerTenantId"] = PARTNER
    assert "left out" in read_unknown(collection(), parts=parts).detail


def test_what_another_partner_sold_need_not_be_in_the_contract() -> None:
    parts = joined_parts()
    parts["subscriptions"]["value"][0]["ownerTenantId"] = "00000000-0000-4000-8000-000000000001"
    assert Msp(parts=parts, partner_center=lambda _: collection()).read_known().partner_subscriptions == ()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (404, {"code": 20002}, UnknownReason.TENANT_GONE),
        (400, {"code": "60003"}, UnknownReason.TENANT_GONE),
        (403, {"code": 2032}, UnknownReason.ACCESS_DENIED),
        (500, {}, UnknownReason.UNREACHABLE),
    ],
)
def test_a_refusal_makes_the_tenant_unknown(status: int, body: Any, reason: UnknownReason) -> None:
    assert read_unknown(httpx.Response(status, json=body)).reason is reason


# How many calls, and which tokens


def test_a_tenant_takes_a_token_and_a_batch_and_with_a_contract_one_call_more() -> None:
    msp = Msp()
    reader = msp.reader()
    other = "11111111-2222-4333-8444-555555555555"
    read_in_turn(lambda: reader.read_tenant(TENANT))
    first = list(msp.calls)
    assert first == [
        f"token {TENANT} {GRAPH}",
        "POST /v1.0/$batch",
        f"token {PARTNER} {PARTNER_CENTER}",
        f"GET /v1/customers/{TENANT}/subscriptions",
    ]
    msp.site.requests.clear()
    read_in_turn(lambda: reader.read_tenant(other))
    assert msp.calls[:2] == [f"token {other} {GRAPH}", "POST /v1.0/$batch"]
    assert f"token {PARTNER} {PARTNER_CENTER}" not in msp.calls


def test_without_a_contract_a_tenant_takes_two_calls() -> None:
    msp = Msp(has_contract=False)
    assert msp.read_known().partner_subscriptions is None
    assert msp.calls == [f"token {TENANT} {GRAPH}", "POST /v1.0/$batch"]


@pytest.mark.parametrize(("seconds", "tokens"), [(0, 2), (3298, 2), (3299, 4), (9999, 4)])
def test_a_token_is_used_until_five_minutes_before_it_expires(seconds: int, tokens: int) -> None:
    msp = Msp()
    reader = msp.reader()
    msp.read_known(reader)
    msp.wait(seconds=seconds)
    msp.read_known(reader)
    assert msp.tokens_given == tokens


def test_a_token_whose_life_is_not_told_is_used_once() -> None:
    msp = Msp(has_contract=False, expires_in=None)
    reader = msp.reader()
    msp.read_known(reader)
    msp.read_known(reader)
    assert msp.tokens_given == 2


def test_a_refused_token_is_renewed_once_and_the_call_repeated_once() -> None:
    answers = [httpx.Response(401), collection(make_contract_row())]
    msp = Msp(partner_center=lambda _: answers.pop(0))
    assert msp.read_known().partner_subscriptions
    assert msp.calls.count(f"token {PARTNER} {PARTNER_CENTER}") == 2


def test_a_token_that_stays_refused_makes_the_tenant_unknown() -> None:
    msp = Msp(partner_center=lambda _: httpx.Response(401))
    reading = msp.read()
    assert isinstance(reading, Unknown)
    assert reading.reason is UnknownReason.ACCESS_DENIED
    assert msp.calls.count(f"GET /v1/customers/{TENANT}/subscriptions") == 2


def test_every_token_is_remembered_by_the_redactor() -> None:
    msp = Msp()
    msp.read_known()
    assert set(msp.remembered) == {"access-1", "refresh-1", "access-2", "refresh-2"}


def test_a_token_that_is_used_again_is_remembered_again() -> None:
    """The redactor forgets a token hours after its last use, and not after it was given."""
    msp = Msp(has_contract=False, expires_in=86_399)
    reader = msp.reader()
    for hour in range(5):
        msp.remembered.clear()
        msp.read_known(reader)
        assert "access-1" in msp.remembered
        msp.time += timedelta(hours=hour)
    assert msp.tokens_given == 1


def test_a_new_sign_in_is_seen_after_a_refusal() -> None:
    msp = Msp(has_contract=False, refuse=lambda _: {"error": "invalid_grant", "error_codes": [50173]})
    reader = msp.reader()
    assert isinstance(msp.read(reader), Unknown)
    msp.refuse = lambda _: None
    msp.vault.token = "refresh-of-a-new-sign-in"
    msp.read_known(reader)
    assert b"refresh-of-a-new-sign-in" in msp.site.requests[-2].content


# What is kept


def test_every_answer_is_kept_as_it_came_and_no_token_among_them() -> None:
    msp = Msp()
    msp.read_known()
    assert [(each.request, each.status) for each in msp.raw] == [
        ("POST /v1.0/$batch", 200),
        (f"GET /v1/customers/{TENANT}/subscriptions", 200),
    ]
    text = "".join(each.text for each in msp.raw)
    assert "access-" not in text
    assert "refresh-" not in text


def test_the_answer_of_a_failed_reading_is_kept_too() -> None:
    msp = Msp(graph=lambda _: httpx.Response(403, json={"error": {"code": "Authorization_RequestDenied"}}))
    assert isinstance(msp.read(), Unknown)
    assert [each.status for each in msp.raw] == [403]
