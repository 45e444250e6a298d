"""What Microsoft knows of the demo MSP's customers, as the Microsoft simulator keeps it."""

from __future__ import annotations

from typing import Any

from local.demo.msp.customers import REACHED, TENANTS, Holding, Tenant
from local.demo.msp.ids import CLIENT, PARTNER_TENANT, make_id
from local.demo.msp.people import make_users
from local.demo.msp.skus import SKUS, Kind, Sku

DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
CLOUD_APPLICATION_ADMINISTRATOR = "158c047a-c907-4556-b7ef-446551a6b5f7"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
RENEWS = "2027-03-{day:02d}T00:00:00Z"

type Row = dict[str, Any]


def make_microsoft() -> Row:
    """The state that the Microsoft simulator starts with."""
    msp = {"id": PARTNER_TENANT, "displayName": "Demo MSP", "domain": "demomsp.example", "country": "US"}
    return {
        "clientId": CLIENT,
        "partnerTenantId": PARTNER_TENANT,
        "products": [make_product(sku) for sku in SKUS],
        "tenants": [{**msp, "subscriptions": [], "users": []}, *(make_tenant(tenant) for tenant in TENANTS)],
        "relationships": [row for tenant in REACHED for row in make_relationships(tenant)],
    }


def make_product(sku: Sku) -> Row:
    plan = {"provisioningStatus": "Success", "appliesTo": "User"}
    exchange = {"servicePlanId": "9aaf7827-d63c-4b61-89c3-182f06f82e5c", "servicePlanName": "EXCHANGE_S_STANDARD"}
    return {
        "skuId": sku.id,
        "skuPartNumber": sku.part_number,
        "name": sku.name,
        "appliesTo": "Company" if sku.kind is Kind.COMPANY else "User",
        "servicePlans": [{**exchange, **plan}],
    }


def make_tenant(tenant: Tenant) -> Row:
    return {
        "id": tenant.id,
        "displayName": tenant.name,
        "domain": tenant.domain,
        "country": "US",
        "isDirect": tenant.direct,
        "signInError": tenant.sign_in_error,
        "throttled": tenant.throttled,
        "azurePlan": tenant.azure_plan,
        "subscriptions": [make_subscription(tenant, each, place) for place, each in enumerate(tenant.holdings)],
        "users": make_users(tenant),
    }


def make_subscription(tenant: Tenant, holding: Holding, place: int) -> Row:
    """A purchase; the members behind `ownerTenantId` are what only Partner Center shows."""
    day = 1 + (tenant.number * 3 + place) % 27
    is_bought = holding.sku.kind is not Kind.FREE
    return {
        "id": make_id("subscription", tenant.key, place),
        "commerceSubscriptionId": make_id("commerce", tenant.key, place) if is_bought else None,
        "skuId": holding.sku.id,
        "status": holding.status,
        "totalLicenses": holding.seats,
        "isTrial": holding.trial,
        "createdDateTime": f"2024-03-{day:02d}T09:14:22Z",
        "nextLifecycleDateTime": RENEWS.format(day=day) if is_bought else None,
        "ownerTenantId": holding.owner,
        "termDuration": holding.term,
        "billingCycle": "monthly",
        "partnerStatus": holding.partner_status,
        "isLegacy": holding.legacy,
        "inDirectory": holding.listed,
    }


def make_relationships(tenant: Tenant) -> list[Row]:
    """One that works, where there is one; here and there a second one, an ended one, or Microsoft's own leftover.

    Without a role that may consent, nobody can let the application in: `meridian-research` has none.
    """
    consents = () if tenant.key == "meridian-research" else (CLOUD_APPLICATION_ADMINISTRATOR,)
    roles = (DIRECTORY_READERS, GLOBAL_READER, *consents)
    rows = [make_relationship(tenant, "Seatledger read access", "active", roles)]
    if tenant.sign_in_error == 50020:
        rows = [make_relationship(tenant, "Seatledger read access", "expired", (DIRECTORY_READERS,))]
    if tenant.number % 6 == 0:
        rows.append(make_relationship(tenant, f"MLT_{tenant.number:08d}", "active", (DIRECTORY_READERS,)))
    if tenant.number % 5 == 0:
        rows.append(make_relationship(tenant, "Onboarding 2023", "terminated", (USER_ADMINISTRATOR,)))
    if tenant.number % 4 == 0:
        rows.append(make_relationship(tenant, "Help desk", "active", (USER_ADMINISTRATOR, DIRECTORY_READERS)))
    return rows


def make_relationship(tenant: Tenant, name: str, status: str, roles: tuple[str, ...]) -> Row:
    year = 2028 if status == "active" else 2026
    extends = "P180D" if tenant.number % 2 else "PT0S"
    return {
        "id": f"{make_id('relationship', tenant.key, name)}-{make_id('partner', tenant.key)}",
        "displayName": name,
        "customer": {"tenantId": tenant.id, "displayName": tenant.name},
        "accessDetails": {"unifiedRoles": [{"roleDefinitionId": role} for role in roles]},
        "status": status,
        "duration": "P730D",
        "autoExtendDuration": extends,
        "createdDateTime": "2025-02-03T10:00:00Z",
        "activatedDateTime": "2025-02-04T08:30:00Z",
        "lastModifiedDateTime": "2025-02-04T08:30:00Z",
        "endDateTime": f"{year}-{1 + tenant.number % 9:02d}-04T08:30:00Z",
    }
