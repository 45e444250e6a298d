"""Invoices that are made soon, and who is billed on them. Values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from plans.agreements import Agreement
from profiles.billing import Mapping
from profiles.periods import ONE_DAY
from profiles.unmapped import Piece, list_mapped

INVOICE_NOTICE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class DueAgreement:
    """An agreement and the day of its next invoice, in the MSP's zone.

    `bills_until` is the end, exclusive, of the period that this invoice bills; None where nobody knows.
    """

    connection_id: str
    agreement_id: str
    name: str
    next_invoice_on: date
    bills_until: date | None = None


@dataclass(frozen=True, slots=True)
class BilledCustomer:
    """A customer, the agreements that its mappings name, and the licences that they are about; `parts` are those in
    which some of these licences are mapped.
    """

    customer_id: str
    connection_id: str
    tenant_id: str
    agreement_ids: frozenset[str]
    sku_ids: frozenset[str]
    parts: frozenset[Piece] = frozenset()

    @property
    def mapped(self) -> frozenset[Piece]:
        """What its mappings bill: whole licences, and parts of the others."""
        in_parts = {sku_id for sku_id, _ in self.parts}
        whole = {(sku_id.lower(), None) for sku_id in self.sku_ids if sku_id.lower() not in in_parts}
        return frozenset(whole | self.parts)


def name_mapped(mappings: Iterable[Mapping]) -> tuple[frozenset[str], frozenset[Piece]]:
    """The licences of mappings that have not ended, and the parts of those that are mapped in parts alone."""
    pieces = list_mapped(mappings)
    whole = {sku_id for sku_id, part in pieces if part is None}
    parts = {(sku_id, part) for sku_id, part in pieces if sku_id not in whole}
    return frozenset(sku_id for sku_id, _ in pieces), frozenset(parts)


@dataclass(frozen=True, slots=True)
class DueCustomer:
    """A customer with those of its agreements that are invoiced soon."""

    customer: BilledCustomer
    agreements: tuple[DueAgreement, ...]


def make_due(agreement: Agreement) -> DueAgreement | None:
    """The agreement's next invoice; None where the PSA does not say when it is made, or where all days of an agreement
    that ends are invoiced: there is none after it."""
    facts, through = agreement.facts, agreement.next_through
    is_done = facts.ends_on is not None and through is not None and through >= facts.ends_on
    if facts.next_invoice_on is None or is_done:
        return None
    end = None
    if facts.grid is not None and through is not None:
        end = facts.grid.period_of(through + ONE_DAY).end
    return DueAgreement(agreement.connection_id, agreement.id, agreement.name, facts.next_invoice_on, end)


def is_due(agreement: DueAgreement, today: date) -> bool:
    """Whether the invoice is made within the notice, or should have been and is not: its day moves when it is made."""
    return agreement.next_invoice_on <= today + INVOICE_NOTICE
