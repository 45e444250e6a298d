"""Invoices that are made soon, and who is billed on them. Values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

INVOICE_NOTICE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class DueAgreement:
    """An agreement and the day of its next invoice, in the MSP's zone."""

    connection_id: str
    agreement_id: str
    name: str
    next_invoice_on: date


@dataclass(frozen=True, slots=True)
class BilledCustomer:
    """A customer, the agreements that its mappings name, and the licences that they are about."""

    customer_id: str
    connection_id: str
    tenant_id: str
    agreement_ids: frozenset[str]
    sku_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class DueCustomer:
    """A customer with those of its agreements that are invoiced soon."""

    customer: BilledCustomer
    agreements: tuple[DueAgreement, ...]


def is_due(agreement: DueAgreement, today: date) -> bool:
    """Whether the invoice is made within the notice, or should have been and is not: its day moves when it is made."""
    return agreement.next_invoice_on <= today + INVOICE_NOTICE
