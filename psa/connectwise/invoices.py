"""Agreement invoices as ConnectWise made them, with what on them is no addition.

Facts: connectwise.md 3 (`/finance/invoices`, `parentAgreement`, `billAmount`) and 4 (a child is invoiced with its
parent). Room in the text: `agreementAmount` is taken for what the agreement with its additions and children comes to
before tax, `subtotal` where an invoice has none; nobody described which of them holds additions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from plans.errors import Park, Retry
from plans.forecast import InvoiceTotal
from psa.connectwise.agreements import IDS_PER_CONDITION, INVOICES, spell_membership, spell_moment
from psa.connectwise.client import ConnectWiseClient
from psa.connectwise.invoicing import AGREEMENT_INVOICE
from psa.connectwise.rows import Row, parse_activity, parse_parent, require, require_day
from psa.values import parse_amount

FIELDS = "id,invoiceNumber,type,date,agreementAmount,subtotal,agreement/id"
OWN_FIELDS = "id,parentAgreement/id,billAmount,agreementStatus,cancelledFlag"
NOTHING = Decimal("0.00")


@dataclass(slots=True)
class Family:
    """An agreement that is invoiced, and its children: what they cost by themselves, and which they are."""

    flat_amount: Decimal = NOTHING
    child_ids: list[str] = field(default_factory=list)


async def read_invoices(
    client: ConnectWiseClient, agreement_ids: Sequence[str], since: date
) -> tuple[InvoiceTotal, ...]:
    """The agreements' invoices dated on or after `since`: two lists for every fifty agreements, the second one only
    where there is an invoice.

    Raises Retry where ConnectWise cannot be read now, or sends half a row, Misconfigured where it refuses us.
    """
    known_ids = sorted({each for each in agreement_ids if each.isascii() and each.isdigit()}, key=int)
    totals: list[InvoiceTotal] = []
    for start in range(0, len(known_ids), IDS_PER_CONDITION):
        piece = known_ids[start : start + IDS_PER_CONDITION]
        conditions = (
            f'type="{AGREEMENT_INVOICE}" and {spell_membership("agreement/id", piece)} and date>={spell_moment(since)}'
        )
        rows = await client.list_rows(INVOICES, conditions, FIELDS)
        if rows:
            relatives = f"{spell_membership('id', piece)} or {spell_membership('parentAgreement/id', piece)}"
            owners = await client.list_rows("/finance/agreements", relatives, OWN_FIELDS)
            totals += read_totals(rows, owners)
    return tuple(totals)


def read_totals(rows: Iterable[Row], owners: Iterable[Row]) -> list[InvoiceTotal]:
    """Invoices from their rows and the rows of their agreements and children. Raises Retry on half a row. Pure."""
    try:
        families = read_families(owners)
        return [read_total(row, families) for row in rows if require(row, "type") == AGREEMENT_INVOICE]
    except Park as error:
        raise Retry(str(error)) from error


def read_total(row: Row, families: Mapping[str, Family]) -> InvoiceTotal:
    """One invoice. Raises Park where it lacks its agreement, its date or its amount."""
    agreement_id = str(require(require(row, "agreement"), "id"))
    amount = parse_amount(row.get("agreementAmount"))
    if amount is None:
        amount = parse_amount(require(row, "subtotal"))
    if amount is None:
        raise Park(f"Invoice {row.get('id')} has the subtotal {row.get('subtotal')!r}, which is no amount.")
    family = families.get(agreement_id, Family())
    return InvoiceTotal(
        agreement_id=agreement_id,
        number=str(row.get("invoiceNumber") or require(row, "id")),
        invoiced_on=require_day(row, "date"),
        amount=amount,
        flat_amount=family.flat_amount,
        child_ids=tuple(sorted(family.child_ids)),
    )


def read_flat_amount(row: Row) -> Decimal:
    """What an agreement costs by itself; nothing where it names nothing. Raises Park where that is no amount."""
    value = row.get("billAmount")
    amount = NOTHING if value is None else parse_amount(value)
    if amount is None:
        raise Park(f"Agreement {row.get('id')} has the amount {value!r}, which is none.")
    return amount


def read_families(owners: Iterable[Row]) -> dict[str, Family]:
    """What agreements cost by themselves with their active children, by the id of the one that is invoiced."""
    families: dict[str, Family] = {}
    for row in owners:
        agreement_id, parent_id = str(require(row, "id")), parse_parent(row)
        if parent_id is not None and not parse_activity(row):
            continue
        family = families.setdefault(parent_id or agreement_id, Family())
        family.flat_amount += read_flat_amount(row)
        if parent_id is not None:
            family.child_ids.append(agreement_id)
    return families
