"""The people of a tenant, and who holds which licence."""

from __future__ import annotations

from typing import Any

from local.demo.msp.customers import Holding, Tenant
from local.demo.msp.ids import make_id
from local.demo.msp.skus import Kind

# fmt: off
GIVEN = (
    "Maria", "Tomas", "Aisha", "Peter", "Ines", "Owen", "Lena", "Daniel", "Grace", "Henrik", "Nora", "Samuel",
    "Yuki", "Priya", "Luca", "Zoë", "Mateo", "Chloé", "Ravi", "Ingrid", "Fatima", "Jonas", "Mei", "Oluwaseun",
    "Björn", "Siobhán", "Diego", "Anneliese", "Kwame", "Sanna",
)
# fmt: on
# fmt: off
FAMILY = (
    "Keller", "Berg", "Rahman", "Lang", "Costa", "Price", "Fischer", "Okoro", "Liu", "Dahl", "Quinn", "Novak",
    "Tanaka", "Sharma", "Ricci", "Ångström", "Silva", "Dubois", "Patel", "Nilsson", "Haddad", "Weber", "Chen",
    "Adeyemi", "Lund", "O'Neill", "Morales", "Vogel", "Mensah", "Koski", "Haugen", "Ferreira",
)
# fmt: on
DEPARTMENTS = ("Office", "Sales", "Operations", "Finance", "Field")
SHARED_NAMES = ("Reception", "Accounts Payable", "Service Desk")

type User = dict[str, Any]


def make_users(tenant: Tenant) -> list[User]:
    """Everybody in the tenant: one for each seat of a suite that is assigned, and two without a licence."""
    licences: list[list[str]] = []
    for holding in of_kind(tenant, Kind.SUITE):
        licences += [[holding.sku.id] for _ in range(holding.assigned_seats)]
    for holding in (*of_kind(tenant, Kind.ADD_ON), *of_kind(tenant, Kind.FREE)):
        for held in licences[: holding.assigned_seats]:
            held.append(holding.sku.id)
    return [make_user(tenant, number, held) for number, held in enumerate([*licences, [], []])]


def of_kind(tenant: Tenant, kind: Kind) -> list[Holding]:
    """The purchases of that kind."""
    return [holding for holding in tenant.holdings if holding.sku.kind is kind]


def make_user(tenant: Tenant, number: int, sku_ids: list[str]) -> User:
    """The user of that number, as the simulator keeps it."""
    given, family = name_of(tenant, number)
    is_shared = number < tenant.shared
    is_guest = tenant.shared <= number < tenant.shared + tenant.guests
    is_disabled = is_shared or number < tenant.shared + tenant.guests + tenant.disabled
    display = SHARED_NAMES[number % 3] if is_shared else f"{given} {family}"
    return {
        "id": make_id("user", tenant.key, number),
        "displayName": display,
        "givenName": None if is_shared else given,
        "surname": None if is_shared else family,
        "userPrincipalName": f"{'shared' if is_shared else 'user'}{number:04d}@{tenant.domain}",
        "accountEnabled": is_guest or not is_disabled,
        "userType": "Guest" if is_guest else "Member",
        "department": DEPARTMENTS[number % len(DEPARTMENTS)],
        "officeLocation": "Portland" if number % 3 else "Concord",
        "companyName": tenant.name,
        "licenses": [{"skuId": sku_id} for sku_id in sku_ids],
        **({"mailbox": {"type": "SharedMailbox"}} if is_shared else {}),
    }


def name_of(tenant: Tenant, number: int) -> tuple[str, str]:
    """A name for the user of that number."""
    place = tenant.number * 7 + number
    return GIVEN[place % len(GIVEN)], FAMILY[(place * 11 + number // len(GIVEN)) % len(FAMILY)]
