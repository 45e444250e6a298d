"""The two licence reads: what a tenant has bought, per subscription and summed per product."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from local.simulators.microsoft.tenants import Row, Tenants, assigned_sku_ids

# In which pot of prepaidUnits the seats of a subscription count, by its status.
_POTS = {"Enabled": "enabled", "Warning": "warning", "Suspended": "suspended", "LockedOut": "lockedOut"}
_FIRST_WINS = ("Enabled", "Warning", "Suspended", "LockedOut")


def company_subscriptions(tenants: Tenants, tenant: Row) -> list[Row]:
    return [_company_subscription(tenants, row) for row in _listed(tenant)]


def _listed(tenant: Row) -> list[Row]:
    """What the directory shows; some purchases that ended are to be seen in Partner Center only."""
    return [row for row in tenant["subscriptions"] if row.get("inDirectory", True)]


def _company_subscription(tenants: Tenants, row: Row) -> Row:
    product = tenants.product(row["skuId"])
    return {
        "id": row["id"],
        "commerceSubscriptionId": row["commerceSubscriptionId"],
        "createdDateTime": row["createdDateTime"],
        "isTrial": row["isTrial"],
        "nextLifecycleDateTime": row["nextLifecycleDateTime"],
        "ownerId": None,
        "ownerTenantId": row["ownerTenantId"],
        "ownerType": "User" if row["ownerTenantId"] is None else "ServicePrincipal",
        "serviceStatus": product["servicePlans"],
        "skuId": row["skuId"],
        "skuPartNumber": product["skuPartNumber"],
        "status": row["status"],
        "totalLicenses": row["totalLicenses"],
    }


def subscribed_skus(tenants: Tenants, tenant: Row) -> list[Row]:
    sku_ids = dict.fromkeys(row["skuId"] for row in _listed(tenant))
    return [_subscribed_sku(tenants.product(sku_id), tenant) for sku_id in sku_ids]


def _subscribed_sku(product: Row, tenant: Row) -> Row:
    rows = [row for row in _listed(tenant) if row["skuId"] == product["skuId"]]
    units = dict.fromkeys(_POTS.values(), 0)
    for row in rows:
        if (pot := _POTS.get(row["status"])) is not None:
            units[pot] += row.get("prepaidLicenses") or row["totalLicenses"]
    consumed = sum(product["skuId"] in assigned_sku_ids(user) for user in tenant["users"])
    return {
        "id": f"{tenant['id']}_{product['skuId']}",
        "accountId": tenant["id"],
        "accountName": tenant["domain"].split(".")[0],
        "appliesTo": product["appliesTo"],
        "capabilityStatus": _capability(row["status"] for row in rows),
        "consumedUnits": consumed if product["appliesTo"] == "User" else 0,
        "prepaidUnits": units,
        "servicePlans": product["servicePlans"],
        "skuId": product["skuId"],
        "skuPartNumber": product["skuPartNumber"],
        "subscriptionIds": [row["id"] for row in rows],
    }


def _capability(statuses: Iterable[str]) -> str:
    found = set(statuses)
    return next((status for status in _FIRST_WINS if status in found), "Deleted")


def of_another_tenant(rows: list[dict[str, Any]], other_tenant_id: str) -> list[dict[str, Any]]:
    """The same products under a foreign account."""
    changed = []
    for row in rows:
        row = dict(row)
        if "accountId" in row:
            row |= {"accountId": other_tenant_id, "accountName": "contoso"}
        if "_" in str(row.get("id", "")):
            row["id"] = f"{other_tenant_id}_{str(row['id']).partition('_')[2]}"
        elif "verifiedDomains" in row:
            row["id"] = other_tenant_id
        changed.append(row)
    return changed
