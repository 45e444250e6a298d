"""What Seatledger itself is told of the demo MSP: twenty-five customers and how their licences are billed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.demo.msp.customers import ADDED, Holding, Tenant
from local.demo.msp.ids import CLIENT, PARTNER_TENANT
from local.demo.msp.psa import company_id, microsoft_agreement
from local.demo.msp.skus import SOLD, Kind, Sku

CONNECTION = "connectwise"
# Nobody has mapped these yet; a night has to say so.
UNMAPPED = frozenset((("mueller-soehne", "PBI"), ("granite-credit-union", "STORAGE")))
# What is peculiar about a mapping, by customer and licence.
OPTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("mueller-soehne", "P1"): {"included": 1},
    ("obrien-plumbing", "BS"): {"basis": "assigned", "count": {"disabled_users": False}},
    ("sunny-yoga", "BB"): {"minimum": 5, "description": {"own_text": "Thank you, Sunny 🌞", "user_names": True}},
    ("northwind-logistics", "F3"): {"basis": "assigned"},
    ("blue-heron", "VISIO"): {"description": {"user_names": True, "renewal": True}},
    ("granite-credit-union", "COPILOT"): {"description": {"unassigned_count": True}},
    ("maple-street-school", "BB"): {"basis": "assigned", "count": {"guests": False}},
    ("pinewood-property", "P2"): {"maximum": 10},
    ("orchard-foods", "BS"): {"count": {"only_owned_by": [PARTNER_TENANT]}},
    ("orchard-foods", "PBI"): {"is_excluded": True},
    ("kestrel-aviation", "PHONE"): {"included": 2, "minimum": 5},
    ("coastal-marine", "P1"): {"description": {"own_text": "Survey vessel mailboxes"}},
}
CUSTOM_PRICES = {
    "E5": [{"valid_from": "2025-01-01", "amount": "66.00"}, {"valid_from": "2026-12-01", "amount": "68.40"}],
    "COPILOT": [{"valid_from": "2025-01-01", "amount": "33.00"}],
}

type Row = dict[str, Any]


def make_seed() -> Row:
    """The seed in the shape of the small demo's, with the optional fields that its loader knows."""
    return {
        "partner_account": {
            "id": "main",
            "tenant_id": PARTNER_TENANT,
            "client_id": CLIENT,
            "client_secret_secret": "microsoft-client-secret",
            "refresh_token_secret": "microsoft-refresh-token",
            "model": "direct_bill",
        },
        "connection": {
            "id": CONNECTION,
            "name": "ConnectWise",
            "company": "demo",
            "client_id": "9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90",
            "public_key_secret": "connectwise-public-key",
            "private_key_secret": "connectwise-private-key",
            "arrears_exceptions": [str(microsoft_agreement(tenant)) for tenant in ADDED if tenant.in_arrears],
            "confirmed_cycles": ["Monthly", "Yearly"],
        },
        "profiles": [make_profile(sku) for sku in SOLD],
        "customers": [make_customer(tenant) for tenant in ADDED],
    }


def make_profile(sku: Sku) -> Row:
    amounts = CUSTOM_PRICES.get(sku.key)
    price = {"kind": "psa"} if amounts is None else {"kind": "custom", "amounts": amounts}
    return {
        "id": profile_id(sku),
        "name": sku.name,
        "connection_id": CONNECTION,
        "product_id": str(sku.product_id),
        "billable_option": "billable",
        "price": price,
    }


def profile_id(sku: Sku) -> str:
    return sku.identifier.lower()


def make_customer(tenant: Tenant) -> Row:
    return {
        "id": tenant.key,
        "name": tenant.name,
        "tenant_id": tenant.id,
        "connection_id": CONNECTION,
        "company_id": str(company_id(tenant)),
        "mappings": list(make_mappings(tenant)),
    }


def make_mappings(tenant: Tenant) -> Iterator[Row]:
    """One for each licence that is paid for; a licence with two terms has one for each."""
    for key in dict.fromkeys(each.key for each in tenant.holdings if each.sku.kind is not Kind.FREE):
        if (tenant.key, key) in UNMAPPED:
            continue
        holdings = [each for each in tenant.holdings if each.key == key]
        terms = list(dict.fromkeys(each.term for each in holdings))
        for term in terms if len(terms) > 1 else [None]:
            yield make_mapping(tenant, holdings[0], term)


def make_mapping(tenant: Tenant, holding: Holding, term: str | None) -> Row:
    split = {} if term is None else {"term": term}
    suffix = "" if term is None else f"-{term.lower()}"
    return {
        "id": f"{tenant.key}-{profile_id(holding.sku)}{suffix}",
        "sku_id": holding.sku.id,
        "licence_name": holding.sku.name,
        "profile_id": profile_id(holding.sku),
        "agreement_id": str(microsoft_agreement(tenant)),
        "basis": "purchased",
        **split,
        **OPTIONS.get((tenant.key, holding.key), {}),
    }
