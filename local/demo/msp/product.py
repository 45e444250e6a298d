"""What Seatledger itself is told of the demo MSP: thirty customers in two PSAs, and how their licences are billed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from local.demo.demos import DEMO_ZONE
from local.demo.msp.autotask import API_USER, DATABASE, contract_id
from local.demo.msp.customers import ADDED, IN_AUTOTASK, IN_CONNECTWISE, Holding, Tenant
from local.demo.msp.ids import CLIENT, PARTNER_TENANT
from local.demo.msp.psa import company_id, microsoft_agreement, number_additions
from local.demo.msp.skus import BY_KEY, SOLD, Kind, Sku

CONNECTION = "connectwise"
AUTOTASK = "autotask"
# Nobody has mapped these yet; a night has to say so.
UNMAPPED = frozenset(
    (("mueller-soehne", "PBI"), ("granite-credit-union", "STORAGE"), ("kestrel-aviation", "E5")),
)
# The MSP gives these away, whoever has them.
EXCLUDED = {"FABRIC": "Nobody pays for it", "EXPLORE": "A trial that Microsoft hands out"}
ADOPTED_ON = date(2026, 10, 30)
TYPED_ON = date(2023, 4, 1)
# What is peculiar about a mapping, by customer and licence.
OPTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("mueller-soehne", "P1"): {"included": 1},
    ("obrien-plumbing", "BS"): {"basis": "assigned", "count": {"disabled_users": False}},
    ("sunny-yoga", "BB"): {"minimum": 5, "description": {"own_text": "Thank you, Sunny 🌞", "user_names": True}},
    ("northwind-logistics", "F3"): {"basis": "assigned", "count": {"committed_floor": True}},
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
    "E5": [{"valid_from": "2025-01-01", "amount": "66.00"}, {"valid_from": "2027-01-01", "amount": "68.40"}],
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
            "user_name": "seatledger@msp.example",
            "has_mfa": True,
            "consented_by": "Ada Administrator",
            "consented_at": "2026-10-01T09:00:00Z",
        },
        "recipients": [{"address": "billing@demomsp.example", "time_zone": DEMO_ZONE, "hour": 7}],
        "connection": {
            "id": CONNECTION,
            "name": "ConnectWise",
            "company": "demo",
            "client_id": "9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90",
            "public_key_secret": "connectwise-public-key",
            "private_key_secret": "connectwise-private-key",
            "arrears_exceptions": [str(microsoft_agreement(tenant)) for tenant in IN_CONNECTWISE if tenant.in_arrears],
            "confirmed_cycles": ["Monthly", "Yearly"],
        },
        "autotask": {
            "id": AUTOTASK,
            "name": "Autotask",
            "user_name": API_USER,
            "web_url": "",
            "database": str(DATABASE),
            "secret_secret": "autotask-secret",
            "integration_code_secret": "autotask-integration-code",
        },
        "profiles": [*(make_profile(sku) for sku in SOLD), *map(make_autotask_profile, list_sold_in_autotask())],
        "exclusions": [
            {"sku_id": BY_KEY[key].id, "reason": reason, "kind": "licence"} for key, reason in EXCLUDED.items()
        ],
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


def list_sold_in_autotask() -> list[Sku]:
    """The licences that customers in Autotask have."""
    held = {each.key for tenant in IN_AUTOTASK for each in tenant.holdings}
    return [sku for sku in SOLD if sku.key in held]


def make_autotask_profile(sku: Sku) -> Row:
    """The same licence as a service of Autotask, at the price of its catalogue."""
    return {
        "id": f"{AUTOTASK}-{profile_id(sku)}",
        "name": f"{sku.name} (Autotask)",
        "connection_id": AUTOTASK,
        "product_id": str(sku.product_id),
        "billable_option": "billable",
    }


def profile_id(sku: Sku) -> str:
    return sku.identifier.lower()


def make_customer(tenant: Tenant) -> Row:
    return {
        "id": tenant.key,
        "name": tenant.name,
        "tenant_id": tenant.id,
        "connection_id": tenant.psa,
        "company_id": str(company_id(tenant)),
        "is_observed": tenant.observed,
        **({"prorates": False} if tenant.psa == AUTOTASK and not tenant.prorates else {}),
        "adoptions": [make_adoption(tenant, key) for key in sorted(tenant.adopted)],
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


def mapping_id(key: str, sku_key: str) -> str:
    """The mapping of a customer's licence, where all its purchases are one line."""
    return f"{key}-{profile_id(BY_KEY[sku_key])}"


def make_mapping(tenant: Tenant, holding: Holding, term: str | None) -> Row:
    """A licence on the customer's agreement for licences."""
    split = {} if term is None else {"part": term}
    suffix = "" if term is None else f"-{term.lower()}"
    is_in_autotask = tenant.psa == AUTOTASK
    profile = profile_id(holding.sku)
    return {
        "id": f"{mapping_id(tenant.key, holding.key)}{suffix}",
        "sku_id": holding.sku.id,
        "licence_name": holding.sku.name,
        "profile_id": f"{AUTOTASK}-{profile}" if is_in_autotask else profile,
        "agreement_id": str(contract_id(tenant) if is_in_autotask else microsoft_agreement(tenant)),
        "basis": "purchased",
        **split,
        **OPTIONS.get((tenant.key, holding.key), {}),
    }


def make_adoption(tenant: Tenant, key: str) -> Row:
    """What a person typed into ConnectWise years ago and made Seatledger's own two days before the demo begins."""
    product_id, agreement_id = BY_KEY[key].product_id, microsoft_agreement(tenant)
    typed = next(
        row for row in number_additions() if row["agreementId"] == agreement_id and row["product"]["id"] == product_id
    )
    addition_id, seats = str(typed["id"]), int(typed["quantity"])
    addition = {
        "id": addition_id,
        "product_id": str(product_id),
        "quantity": str(seats),
        "effective_on": TYPED_ON.isoformat(),
        "cancelled_on": None,
        "billable_option": "billable",
        "key": "",
        "unit_price": str(typed["unitPrice"]),
    }
    entry = {
        "mapping_id": mapping_id(tenant.key, key),
        "effective_on": TYPED_ON.isoformat(),
        "sequence": 0,
        "levels": {"steps": [[TYPED_ON.isoformat(), seats]]},
        "addition_id": addition_id,
        "invoiced_through": "2026-10-31",
    }
    return {
        "mapping_id": mapping_id(tenant.key, key),
        "sequence": 0,
        "agreement_id": str(agreement_id),
        "additions": [addition],
        "ledger": entry,
        "adopted_on": ADOPTED_ON.isoformat(),
        "adopted_by": "Oskar Operator",
        "reason": "It has been billed by hand since 2023",
    }
