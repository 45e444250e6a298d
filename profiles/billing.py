"""How a kind of licence is billed, and where a customer's licence goes (billing rules, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Basis(StrEnum):
    """Which seats of a licence count. Never mixed within one mapping."""

    PURCHASED = "purchased"
    ASSIGNED = "assigned"


class BillableOption(StrEnum):
    """What the PSA does with the amount of an addition."""

    BILLABLE = "billable"
    DO_NOT_BILL = "do_not_bill"
    NO_CHARGE = "no_charge"


@dataclass(frozen=True, slots=True)
class BillingProfile:
    """How one kind of licence is billed through one PSA connection."""

    id: str
    name: str
    connection_id: str
    product_id: str
    billable_option: BillableOption


@dataclass(frozen=True, slots=True)
class Mapping:
    """A customer's licence, the profile it is billed by, and the agreement it is billed on."""

    id: str
    customer_id: str
    sku_id: str
    licence_name: str
    profile_id: str
    agreement_id: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Customer:
    """The link of one PSA company and one tenant."""

    id: str
    name: str
    tenant_id: str
    connection_id: str
    company_id: str
