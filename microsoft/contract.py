"""From Partner Center's rows to what the partner's contract says. A row that does not fit makes all of it unknown (R4).

Fields: learn "Subscription resources"; PC docs 2021 `get-all-of-a-customer-s-subscriptions`, `get-a-subscription-by-id`
(reference microsoft.md 2.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from microsoft.graph import incomplete
from microsoft.partner_center import Folded
from microsoft.rows import describe_misfit, parse_moment
from profiles.licences import (
    BillingType,
    PartnerStatus,
    PartnerSubscription,
    Subscription,
    SubscriptionStatus,
    Term,
)
from profiles.partners import PartnerCustomer
from profiles.readings import Known, Reading, Unknown

NEW_COMMERCE_SEATS = "onlineservicesnce"
MODERN_OFFER_MARK = ":"
NO_END_YEAR = 9999


class ContractRow(BaseModel):
    """A row of Partner Center, its keys in lower case."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", ""), extra="ignore", strict=True, populate_by_name=True
    )


class CompanyPart(ContractRow):
    tenant_id: str
    domain: str | None = None
    company_name: str | None = None


class CustomerRow(ContractRow):
    id: str
    company_profile: CompanyPart


class ProductPart(ContractRow):
    id: str


class SubscriptionRow(ContractRow):
    id: str
    offer_id: str | None = None
    offer_name: str | None = None
    friendly_name: str | None = None
    product_type: ProductPart | None = None
    quantity: int = Field(ge=0)
    status: str
    billing_type: str
    is_trial: bool | None = None
    term_duration: str | None = None
    auto_renew_enabled: bool | None = None
    commitment_end_date: str | None = None
    cancellation_allowed_until_date: str | None = None


def make_customers(rows: Sequence[Folded]) -> Reading[tuple[PartnerCustomer, ...]]:
    """Every customer once, keyed by tenant."""
    try:
        parsed = [CustomerRow.model_validate(row) for row in rows]
    except ValidationError as error:
        return incomplete(describe_misfit(error))
    made = {make_customer(row).tenant_id: make_customer(row) for row in parsed}
    return Known(tuple(made.values()))


def make_customer(row: CustomerRow) -> PartnerCustomer:
    """One customer."""
    profile = row.company_profile
    tenant_id = profile.tenant_id.lower()
    return PartnerCustomer(tenant_id, profile.company_name or profile.domain or tenant_id, profile.domain)


def make_contract(
    rows: Sequence[Folded], directory: Sequence[Subscription], partner_tenant_id: str
) -> Reading[tuple[PartnerSubscription, ...]]:
    """The partner's subscriptions of one tenant, each with the SKU of the directory's row of the same purchase."""
    sku_of = {each.id.lower(): each.sku_id for each in directory}
    sku_of |= {each.commerce_id: each.sku_id for each in directory if each.commerce_id is not None}
    try:
        parsed = [SubscriptionRow.model_validate(row) for row in rows]
        made = tuple(make_partner_subscription(row, sku_of) for row in parsed)
    except (ValidationError, ValueError) as error:
        return incomplete(describe_misfit(error))
    return find_contract_gap(made, directory, partner_tenant_id) or Known(made)


def find_contract_gap(
    made: Sequence[PartnerSubscription], directory: Sequence[Subscription], partner_tenant_id: str
) -> Unknown | None:
    """What the directory says this partner sold and Partner Center leaves out, or rows that came twice."""
    ids = {each.id.lower() for each in made}
    if len(ids) != len(made):
        return incomplete("Partner Center sent a subscription twice.")
    for row in directory:
        is_ours = (row.owner_tenant_id or "").lower() == partner_tenant_id.lower()
        if not is_ours or row.is_trial or not row.seats or row.status is not SubscriptionStatus.ENABLED:
            continue
        if row.id.lower() not in ids and row.commerce_id not in ids:
            return incomplete(f"Graph lists a subscription of {row.part_number} that Partner Center left out.")
    return None


def make_partner_subscription(row: SubscriptionRow, sku_of: Mapping[str, str]) -> PartnerSubscription:
    """One subscription. Raises ValueError where a field that a bill rests on is missing or unknown."""
    billing_type = read_choice(BillingType, row.billing_type)
    offer_id = row.offer_id or ""
    is_modern = MODERN_OFFER_MARK in offer_id
    is_new_commerce = is_modern and row.product_type is not None and row.product_type.id.lower() == NEW_COMMERCE_SEATS
    if billing_type is BillingType.LICENSE:
        check_licence_row(row, is_modern=is_modern)
    return PartnerSubscription(
        id=row.id.lower(),
        offer_name=row.offer_name or row.friendly_name or "",
        sku_id=sku_of.get(row.id.lower()),
        status=read_choice(PartnerStatus, row.status),
        billing_type=billing_type,
        seats=row.quantity,
        is_trial=bool(row.is_trial),
        is_new_commerce=is_new_commerce,
        term=Term(row.term_duration.upper()) if row.term_duration else None,
        auto_renews=row.auto_renew_enabled,
        renews_on=find_renewal(row.commitment_end_date, is_inclusive=is_modern),
        cancellable_until=read_day(row.cancellation_allowed_until_date),
    )


def read_choice[E: StrEnum](kind: type[E], text: str) -> E:
    """The described value, in whatever case. Raises ValueError on one that nobody described."""
    return kind(text.lower())


def check_licence_row(row: SubscriptionRow, *, is_modern: bool) -> None:
    """A row that may be billed must say what it is. Raises ValueError.

    Legacy samples of the documentation leave out `isTrial` and `termDuration`; new commerce has both.
    """
    needed: dict[str, object] = {"offerId": row.offer_id}
    if is_modern:
        needed |= {"productType": row.product_type, "isTrial": row.is_trial, "termDuration": row.term_duration}
    missing = [name for name, value in needed.items() if value is None or value == ""]
    if missing:
        raise ValueError(f"a licence without {', '.join(missing)}")


def find_renewal(text: str | None, *, is_inclusive: bool) -> date | None:
    """The day after the term's last day; None where there is no end.

    New commerce names the last day itself, legacy the day after it; a legacy subscription without an end says 9999
    (learn, "Subscription resources").
    """
    day = read_day(text)
    if day is None or day.year >= NO_END_YEAR:
        return None
    return day + timedelta(days=1) if is_inclusive else day


def read_day(text: str | None) -> date | None:
    """The day in UTC, as Microsoft counts them (microsoft.md 9). Raises ValueError where the text is no moment."""
    if not text:
        return None
    moment: datetime = parse_moment(text)
    return moment.astimezone(UTC).date()
