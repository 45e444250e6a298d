"""Tenants behind the nights: licences, subscriptions, users, mappings, plans and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import Change, CreateAddition, Decision, Held, HoldRule, SetAddition
from plans.journal import HistoryEntry
from plans.plan import AgreementPlan, LinePlan
from plans.timeline import make_timeline
from profiles.billing import Basis, BillableOption, BillingProfile, Mapping
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
from profiles.partners import NoGdap, PartnerReading, PartnerTenant, TenantSource
from profiles.periods import Grid

TODAY = date(2026, 11, 22)
READ_AT = datetime(2026, 11, 22, 2, 4, 11, tzinfo=UTC)
PREMIUM, EXCHANGE, VISIO, POWER_BI, FLOW = (f"5c000000-0000-4000-8000-00000000000{n}" for n in range(5))
PART_NUMBERS = {
    PREMIUM: "SPB",
    EXCHANGE: "EXCHANGESTANDARD",
    VISIO: "VISIOCLIENT",
    POWER_BI: "POWER_BI_PRO",
    FLOW: "FLOW_FREE",
}
NAMES = {
    PREMIUM: "Microsoft 365 Business Premium",
    EXCHANGE: "Exchange Online (Plan 1)",
    VISIO: "Visio Plan 2",
    POWER_BI: "Power BI Pro",
    FLOW: "Microsoft Power Automate Free",
}
PROFILES = {
    name: BillingProfile(name, text, "connectwise-1", product, BillableOption.BILLABLE)
    for name, text, product in (
        ("premium", "Business Premium per seat", "501"),
        ("mail", "Mailboxes", "502"),
        ("visio", "Visio, annual", "503"),
    )
}
FACTS = AgreementFacts(
    True, True, next_invoice_on=date(2026, 12, 1), ends_on=None, grid=Grid(2026, 1, 1, 1),
    invoiced_through=date(2026, 11, 30),
)  # fmt: skip


def make_mapping(number: int, sku_id: str, profile_id: str, **options: object) -> Mapping:
    mapping = Mapping(
        id=f"m-{number}-{profile_id}",
        customer_id=f"customer-{number}",
        sku_id=sku_id,
        licence_name=NAMES[sku_id],
        profile_id=profile_id,
        agreement_id=str(400 + number),
        basis=Basis.PURCHASED,
    )
    return replace(mapping, **options)  # type: ignore[arg-type]


def make_licence(sku_id: str, bought: int, assigned: int) -> Licence:
    return Licence(sku_id, PART_NUMBERS[sku_id], assigned, bought, 0, 0, 0)


def make_subscription(sku_id: str, seats: int, *, is_trial: bool = False) -> Subscription:
    return Subscription(
        f"sub-{sku_id}-{seats}", sku_id, PART_NUMBERS[sku_id], SubscriptionStatus.ENABLED, seats, is_trial, None, None
    )


def make_partner(sku_id: str, seats: int, term: Term, renews_on: date) -> PartnerSubscription:
    return PartnerSubscription(
        id=f"partner-{sku_id}-{term}",
        offer_name=NAMES[sku_id],
        sku_id=sku_id,
        status=PartnerStatus.ACTIVE,
        billing_type=BillingType.LICENSE,
        seats=seats,
        is_trial=False,
        is_new_commerce=True,
        term=term,
        auto_renews=True,
        renews_on=renews_on,
        cancellable_until=None,
    )


def make_users(count: int, sku_ids: Sequence[str] = (PREMIUM,)) -> tuple[LicensedUser, ...]:
    names = ("Aoife Byrne", "Ben Carter", "Chidi Okafor", "Dana Levi", "Erik Holm", "Fatima Zahra")
    return tuple(
        LicensedUser(
            id=f"a5e70000-0000-4000-8000-{number:012d}",
            principal_name=f"user{number}@harbourdental.example",
            display_name=f"{names[number % len(names)]} {number // len(names) + 1 if number >= len(names) else ''}",
            account_enabled=number % 7 != 5,
            sku_ids=tuple(sku_ids),
            is_guest=number % 11 == 3,
        )
        for number in range(count)
    )


def make_snapshot(tenant_id: str, user_count: int = 12) -> Snapshot:
    """Premium on two terms, mailboxes, one Visio more than bought, a licence nobody mapped, and a free one."""
    return Snapshot(
        tenant_id=tenant_id,
        read_at=READ_AT,
        licences=(
            make_licence(PREMIUM, 12, 11),
            make_licence(EXCHANGE, 12, 4),
            make_licence(VISIO, 3, 4),
            make_licence(POWER_BI, 2, 0),
            make_licence(FLOW, 1_000_000, 9),
        ),
        subscriptions=(
            make_subscription(EXCHANGE, 12),
            make_subscription(VISIO, 3),
            make_subscription(POWER_BI, 2, is_trial=True),
            make_subscription(FLOW, 1_000_000),
        ),
        users=make_users(user_count),
        partner_subscriptions=(
            make_partner(PREMIUM, 10, Term.ANNUAL, date(2027, 3, 3)),
            make_partner(PREMIUM, 2, Term.MONTHLY, date(2026, 12, 3)),
            make_partner(EXCHANGE, 12, Term.MONTHLY, date(2026, 12, 9)),
        ),
    )


def make_line(mapping: Mapping, before: int, owed: int, decision: Decision, **options: object) -> LinePlan:
    line = LinePlan(
        mapping_id=mapping.id,
        licence_name=mapping.licence_name,
        product_id=PROFILES[mapping.profile_id].product_id,
        quantity_billed=before,
        quantity_owed=owed,
        seats=owed,
        before=(),
        billed=make_timeline([(date(2026, 3, 1), before)]),
        owed=make_timeline([(date(2026, 3, 1), before), (TODAY, owed)]),
        decision=decision,
    )
    return replace(line, **options)  # type: ignore[arg-type]


def make_addition(addition_id: str, quantity: int, product_id: str = "501", **options: object) -> Addition:
    addition = Addition(
        addition_id, product_id, Decimal(quantity), date(2026, 3, 1), None, BillableOption.BILLABLE, "SL-0-0000"
    )
    return replace(addition, **options)  # type: ignore[arg-type]


def create(quantity: int, product_id: str, agreement_id: str = "400", **options: object) -> CreateAddition:
    change = CreateAddition(agreement_id, 0, "SL-0000000000-0000", product_id, quantity, TODAY, BillableOption.BILLABLE)
    return replace(change, **options)  # type: ignore[arg-type]


def lower(addition_id: str, before: int, after: int, agreement_id: str, product_id: str = "501") -> SetAddition:
    """A base that says fewer seats from the first day not yet invoiced."""
    old = make_addition(addition_id, before, product_id)
    return SetAddition(
        agreement_id, 0, "SL-0000000000-0000", old, replace(old, quantity=Decimal(after)), date(2026, 12, 1)
    )


def hold(sentence: str, *changes: Change, rule: HoldRule = HoldRule.LARGE_DROP) -> Held:
    return Held(rule, sentence, changes)


def make_plan(number: int, *lines: LinePlan, **options: object) -> AgreementPlan:
    agreement_id = str(400 + number)
    plan = AgreementPlan(f"customer-{number}", "connectwise-1", agreement_id, ((agreement_id, FACTS),), tuple(lines))
    return replace(plan, **options)  # type: ignore[arg-type]


def make_agreements(numbers: Sequence[int]) -> tuple[Agreement, ...]:
    return tuple(
        Agreement("connectwise-1", str(400 + number), "Microsoft 365", str(250 + number), FACTS, ())
        for number in numbers
    )


def make_history(mapping: Mapping, count: int, sentence: str) -> tuple[HistoryEntry, ...]:
    """One entry a night, the newest first."""
    return tuple(
        HistoryEntry(
            READ_AT + timedelta(minutes=6) - timedelta(days=number),
            mapping.id,
            count - number - 1,
            (date(2026, 11, 22) - timedelta(days=number)).isoformat(),
            sentence.format(before=count - number - 1, after=count - number),
        )
        for number in range(count)
    )


def make_partner_reading(tenant_ids: Sequence[str], domain: str) -> PartnerReading:
    tenants = tuple(
        PartnerTenant(tenant_id, "Name", domain.format(number), NoGdap(), (TenantSource.PARTNER_CENTER,))
        for number, tenant_id in enumerate(tenant_ids)
    )
    return PartnerReading("main", READ_AT, tenants, ())
