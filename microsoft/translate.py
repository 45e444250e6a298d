"""From Graph's rows to a snapshot. A row that does not fit makes the whole reading unknown (R4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from pydantic import Field, ValidationError

from microsoft.graph import LICENCES, SUBSCRIPTIONS, USERS, Rows, incomplete
from microsoft.rows import Row, describe_misfit, parse_moment
from profiles.licences import Licence, LicensedUser, Snapshot, Subscription, SubscriptionStatus
from profiles.readings import Known, Reading, Unknown, UnknownReason

CONCEALED_NAME = re.compile(r"^[0-9A-Fa-f]{32}$")
ASSIGNED_TO_USERS = "User"
GUEST = "Guest"
COUNTED_STATUSES = frozenset({SubscriptionStatus.ENABLED, SubscriptionStatus.WARNING})
NO_LICENCE_STATES = frozenset({"Error"})


class Units(Row):
    enabled: int = Field(ge=0)
    warning: int = Field(ge=0)
    suspended: int = Field(ge=0)
    locked_out: int = Field(ge=0)


class SkuRow(Row):
    id: str
    account_id: str
    sku_id: str
    sku_part_number: str
    applies_to: str
    consumed_units: int = Field(ge=0)
    prepaid_units: Units
    subscription_ids: list[str]


class SubscriptionRow(Row):
    id: str
    sku_id: str
    sku_part_number: str
    status: str
    total_licenses: int = Field(ge=0)
    is_trial: bool
    commerce_subscription_id: str | None = None
    owner_tenant_id: str | None = None
    next_lifecycle_date_time: str | None = None


class AssignmentState(Row):
    sku_id: str
    state: str


class AssignedLicence(Row):
    sku_id: str


class UserRow(Row):
    id: str
    user_principal_name: str
    display_name: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    assigned_licenses: list[AssignedLicence]
    license_assignment_states: list[AssignmentState]


def make_snapshot(tenant_id: str, read_at: datetime, parts: Mapping[str, Rows]) -> Reading[Snapshot]:
    """The snapshot of exactly this tenant, or why there is none."""
    try:
        skus = [SkuRow.model_validate(row) for row in parts[LICENCES]]
        subscriptions = [SubscriptionRow.model_validate(row) for row in parts[SUBSCRIPTIONS]]
        users = [UserRow.model_validate(row) for row in parts[USERS]]
        made = [make_subscription(row) for row in subscriptions]
    except (ValidationError, ValueError) as error:
        return incomplete(describe_misfit(error))
    doubt = find_doubt(tenant_id, skus, subscriptions, users) or find_gap(skus, subscriptions, users)
    if doubt is not None:
        return doubt
    return Known(
        Snapshot(
            tenant_id=tenant_id,
            read_at=read_at,
            licences=tuple(make_licence(row) for row in skus),
            subscriptions=tuple(made),
            users=tuple(make_user(row) for row in users),
        )
    )


def find_doubt(
    tenant_id: str, skus: list[SkuRow], subscriptions: list[SubscriptionRow], users: list[UserRow]
) -> Unknown | None:
    """Another tenant's rows, concealed names, rows that came twice, or no rows at all."""
    if not skus and not subscriptions and not users:
        return incomplete("Graph sent nothing at all for the tenant.")
    for sku in skus:
        if sku.account_id.lower() != tenant_id.lower() or not sku.id.lower().startswith(f"{tenant_id.lower()}_"):
            return Unknown(UnknownReason.WRONG_TENANT, f"Asked for tenant {tenant_id}, Graph answered for another one.")
    if any(CONCEALED_NAME.match(user.user_principal_name) for user in users):
        return Unknown(UnknownReason.NAMES_CONCEALED, "Graph sent concealed user names.")
    if len({user.id for user in users}) != len(users):
        return incomplete("Graph sent a user twice.")
    if len({sku.sku_id.lower() for sku in skus}) != len(skus):
        return incomplete("Graph sent a licence twice.")
    if len({row.id.lower() for row in subscriptions}) != len(subscriptions):
        return incomplete("Graph sent a subscription twice.")
    return None


def find_gap(skus: list[SkuRow], subscriptions: list[SubscriptionRow], users: list[UserRow]) -> Unknown | None:
    """What one part of the answer names and another leaves out: an empty 200 is no zero (R4)."""
    subscription_ids = {row.id.lower() for row in subscriptions}
    counted = [row for row in subscriptions if row.status in COUNTED_STATUSES and row.total_licenses]
    for sku in skus:
        named = {each.lower() for each in sku.subscription_ids}
        usable = sku.prepaid_units.enabled + sku.prepaid_units.warning
        listed = sum(row.total_licenses for row in counted if row.sku_id.lower() == sku.sku_id.lower())
        if listed < usable and named - subscription_ids:
            which = "a" if named & subscription_ids else "every"
            return incomplete(f"Graph counts {sku.sku_part_number} but left out {which} subscription behind it.")
    sku_ids = {sku.sku_id.lower() for sku in skus}
    for row in counted:
        if row.sku_id.lower() not in sku_ids:
            return incomplete(f"Graph lists a subscription of {row.sku_part_number} but not the licence.")
    assigned = sum(sku.consumed_units for sku in skus if sku.applies_to == ASSIGNED_TO_USERS)
    if assigned and not users:
        return incomplete(f"Graph counts {assigned} assigned licences but sent no licensed user.")
    return None


def make_licence(row: SkuRow) -> Licence:
    """A licence; SKU ids are compared in lower case, for Graph spells them both ways."""
    return Licence(
        sku_id=row.sku_id.lower(),
        part_number=row.sku_part_number,
        assigned_seats=row.consumed_units,
        enabled_seats=row.prepaid_units.enabled,
        warning_seats=row.prepaid_units.warning,
        suspended_seats=row.prepaid_units.suspended,
        locked_out_seats=row.prepaid_units.locked_out,
        is_for_users=row.applies_to == ASSIGNED_TO_USERS,
    )


def make_subscription(row: SubscriptionRow) -> Subscription:
    """A subscription. Raises ValueError on a status that nobody described."""
    next_lifecycle = row.next_lifecycle_date_time
    return Subscription(
        id=row.id,
        sku_id=row.sku_id.lower(),
        part_number=row.sku_part_number,
        status=SubscriptionStatus(row.status),
        seats=row.total_licenses,
        is_trial=row.is_trial,
        owner_tenant_id=row.owner_tenant_id,
        next_lifecycle_at=None if next_lifecycle is None else parse_moment(next_lifecycle),
        commerce_id=None if row.commerce_subscription_id is None else row.commerce_subscription_id.lower(),
    )


def make_user(row: UserRow) -> LicensedUser:
    """A user with the licences that were really given: an assignment in state Error gives none."""
    given = {s.sku_id.lower() for s in row.license_assignment_states if s.state not in NO_LICENCE_STATES}
    failed = {s.sku_id.lower() for s in row.license_assignment_states if s.state in NO_LICENCE_STATES}
    assigned = {licence.sku_id.lower() for licence in row.assigned_licenses}
    return LicensedUser(
        id=row.id,
        principal_name=row.user_principal_name,
        display_name=row.display_name or "",
        account_enabled=bool(row.account_enabled),
        sku_ids=tuple(sorted((assigned - failed) | given)),
        is_guest=row.user_type == GUEST,
    )
