"""Customers and subscriptions the way Partner Center shows them (microsoft.md 2.3)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from local.simulators.microsoft.tenants import Row, Tenants

# What Partner Center calls a purchase that the directory shows in that status (microsoft.md 2.4).
_STATUSES = {
    "Enabled": "active",
    "Warning": "expired",
    "Suspended": "disabled",
    "LockedOut": "deleted",
    "Deleted": "deleted",
}
_TERM_DAYS = {"P1M": 30, "P1Y": 365, "P3Y": 1095}
_WINDOW = timedelta(days=7)


def customer_row(tenant: Row) -> Row:
    """As in the list: thin."""
    profile = {"tenantId": tenant["id"], "domain": tenant["domain"], "companyName": tenant["displayName"]}
    return {
        "id": tenant["id"],
        "companyProfile": {**profile, "attributes": {"objectType": "CustomerCompanyProfile"}},
        "relationshipToPartner": "reseller",
        "attributes": {"objectType": "Customer"},
    }


def customer_details(tenant: Row) -> Row:
    self_link = {"self": {"uri": f"/customers/{tenant['id']}", "method": "GET", "headers": []}}
    allowed = {"allowDelegatedAccess": True, "customDomains": [tenant["domain"]]}
    return {**customer_row(tenant), "commerceId": tenant["id"], **allowed, "links": self_link}


def subscription_rows(tenants: Tenants, tenant: Row, now: datetime) -> list[Row]:
    """What the partner sold to the tenant; purchases made elsewhere are nobody's business here."""
    rows = [
        subscription_row(tenants.product(row["skuId"]), tenant, row, now)
        for row in tenant["subscriptions"]
        if row["ownerTenantId"] == tenants.partner_tenant_id and row["commerceSubscriptionId"]
    ]
    return [*rows, azure_plan_row(tenant)] if tenant.get("azurePlan") else rows


def subscription_row(product: Row, tenant: Row, row: Row, now: datetime) -> Row:
    is_legacy = bool(row.get("isLegacy"))
    offer_id = legacy_offer_id(product) if is_legacy else new_commerce_offer_id(product)
    name = product.get("name", product["skuPartNumber"])
    return {
        "id": row["commerceSubscriptionId"],
        "offerId": offer_id,
        "offerName": name,
        "friendlyName": name,
        **({} if is_legacy else {"productType": dict.fromkeys(("id", "displayName"), "OnlineServicesNCE")}),
        "quantity": row["totalLicenses"],
        "unitType": "Licenses",
        "hasPurchasableAddons": False,
        "creationDate": row["createdDateTime"],
        "effectiveStartDate": row["createdDateTime"],
        **_term(row, now, is_legacy=is_legacy),
        "status": row.get("partnerStatus") or _STATUSES[row["status"]],
        "autoRenewEnabled": row.get("autoRenew", row["status"] == "Enabled" and not row["isTrial"]),
        "isTrial": row["isTrial"],
        "billingType": "license",
        "isMicrosoftProduct": True,
        "partnerId": "",
        "attentionNeeded": False,
        "actionTaken": False,
        "contractType": "subscription",
        "publisherName": "Microsoft",
        **_ids(tenant, row["commerceSubscriptionId"]),
    }


def _term(row: Row, now: datetime, *, is_legacy: bool) -> Row:
    """When the running term ends: in new commerce its last day, before that the midnight after it."""
    begun, ends = running_term(row, now)
    common = {"billingCycle": row.get("billingCycle") or "monthly"}
    if is_legacy:
        return {**common, "commitmentEndDate": _text(ends)}
    last_day = ends - timedelta(days=1)
    is_refundable = now < begun + _WINDOW
    refund = [{"type": "Full", "expiresAt": _text(begun + _WINDOW)}] if is_refundable else []
    return {
        **common,
        "commitmentEndDate": _text(last_day.replace(hour=0, minute=0, second=0)),
        "cancellationAllowedUntilDate": _text(begun + _WINDOW) if is_refundable else None,
        "billingCycleEndDate": _text(last_day.replace(hour=0, minute=0, second=0)),
        "termDuration": row.get("termDuration") or "P1Y",
        "renewalTermDuration": "",
        "refundOptions": refund,
    }


def running_term(row: Row, now: datetime) -> tuple[datetime, datetime]:
    """The term that `now` lies in: terms follow on each other from the day of the purchase."""
    created = datetime.fromisoformat(row["createdDateTime"]).astimezone(UTC)
    length = timedelta(days=_TERM_DAYS[row.get("termDuration") or "P1Y"])
    past = max((now - created) // length, 0)
    return created + past * length, created + (past + 1) * length


def azure_plan_row(tenant: Row) -> Row:
    """A usage subscription has a quantity of 1, which is no seat."""
    subscription_id = _digest_id(tenant["id"], "azure plan")
    return {
        "id": subscription_id,
        "offerId": "DZH318Z0BPS6:0001:DZH318Z0BML4",
        "offerName": "Azure plan",
        "friendlyName": "Azure plan",
        "productType": {"id": "Azure", "displayName": "Azure"},
        "quantity": 1,
        "unitType": "Usage-based",
        "hasPurchasableAddons": False,
        "creationDate": "2024-05-02T10:00:00Z",
        "effectiveStartDate": "2024-05-02T10:00:00Z",
        "commitmentEndDate": "9999-12-10T00:00:00Z",
        "status": "active",
        "autoRenewEnabled": False,
        "isTrial": False,
        "billingType": "usage",
        "billingCycle": "monthly",
        "isMicrosoftProduct": True,
        "attentionNeeded": False,
        "actionTaken": False,
        "contractType": "subscription",
        "publisherName": "Microsoft",
        **_ids(tenant, subscription_id),
    }


def new_commerce_offer_id(product: Row) -> str:
    """productId:skuId:availabilityId."""
    letters = hashlib.sha256(product["skuId"].encode()).hexdigest().upper()
    return f"CFQ7TT{letters[:6]}:0001:CFQ7TT{letters[6:12]}"


def legacy_offer_id(product: Row) -> str:
    return _digest_id(product["skuId"], "offer").upper()


def _ids(tenant: Row, subscription_id: str) -> dict[str, Any]:
    uri = f"/customers/{tenant['id']}/subscriptions/{subscription_id}"
    return {
        "orderId": hashlib.sha256(subscription_id.encode()).hexdigest()[:12],
        "links": {"self": {"uri": uri, "method": "GET", "headers": []}},
        "attributes": {"etag": hashlib.sha256(uri.encode()).hexdigest()[:24], "objectType": "Subscription"},
    }


def _digest_id(*words: str) -> str:
    text = hashlib.sha256("/".join(words).encode()).hexdigest()
    return "-".join((text[:8], text[8:12], "4" + text[13:16], "8" + text[17:20], text[20:32]))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
