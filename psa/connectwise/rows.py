"""ConnectWise's rows in our words. Pure. Facts: reference connectwise.md 3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from plans.agreements import Addition, Agreement, AgreementFacts, Booking
from plans.errors import Park
from profiles.billing import BillableOption
from psa.values import parse_amount

BILLABLE_OPTIONS = {
    "Billable": BillableOption.BILLABLE,
    "DoNotBill": BillableOption.DO_NOT_BILL,
    "NoCharge": BillableOption.NO_CHARGE,
}
ACTIVE = "Active"

type Row = Mapping[str, Any]


def read_agreement(connection_id: str, row: Row, additions: Sequence[Row]) -> Agreement:
    """An agreement with its additions, by its own row alone: how it is invoiced is `Invoicing.complete`'s to add.

    Raises Park where a row lacks what a bill rests on.
    """
    company_id = str(require(require(row, "company"), "id"))
    return Agreement(
        connection_id=connection_id,
        id=str(require(row, "id")),
        name=str(row.get("name") or ""),
        company_id=company_id,
        facts=AgreementFacts(
            is_active=parse_activity(row),
            prorates=parse_proration(row),
            next_invoice_on=parse_day(row.get("nextInvoiceDate")),
            ends_on=None if row.get("noEndingDateFlag") else parse_day(row.get("endDate")),
            company_id=company_id,
            parent_id=parse_parent(row),
            starts_on=parse_day(row.get("startDate")),
        ),
        additions=tuple(read_addition(addition) for addition in additions),
    )


def read_addition(row: Row) -> Addition:
    """One addition. Raises Park where it lacks what a bill rests on."""
    bill_customer = require(row, "billCustomer")
    if not isinstance(bill_customer, str) or bill_customer not in BILLABLE_OPTIONS:
        raise Park(f"Addition {row.get('id')} has the billable option {bill_customer!r}, which nobody described.")
    return Addition(
        id=str(require(row, "id")),
        product_id=str(require(require(row, "product"), "id")),
        quantity=parse_number(row, "quantity"),
        effective_on=parse_day(row.get("effectiveDate")),
        cancelled_on=parse_day(row.get("cancelledDate")),
        billable_option=BILLABLE_OPTIONS[bill_customer],
        key=str(row.get("serialNumber") or ""),
        unit_price=parse_price(row),
        description=str(row.get("invoiceDescription") or ""),
        included=parse_number(row, "lessIncluded") or Decimal(0),
        booking=read_booking(row),
    )


def read_booking(row: Row) -> Booking:
    """How an addition is booked. What is no amount, no flag or no reference says nothing: no bill rests on it."""
    taxed, group = row.get("taxableFlag"), row.get("invoiceGrouping")
    group_id = group.get("id") if isinstance(group, Mapping) else None
    return Booking(
        unit_cost=parse_amount(row.get("unitCost")),
        is_taxed=taxed if isinstance(taxed, bool) else None,
        group_id=str(group_id) if isinstance(group_id, int) else "",
    )


def require(row: Any, name: str) -> Any:
    """A field that must be there. Raises Park where it is not."""
    value = row.get(name) if isinstance(row, Mapping) else None
    if value is None:
        raise Park(f"ConnectWise sent a record without {name}; nothing is billed on half a record.")
    return value


def require_day(row: Row, name: str) -> date:
    """A day that must be there. Raises Park where it is not, or is none."""
    day = parse_day(require(row, name))
    if day is None:
        raise Park(f"ConnectWise sent a record without {name}; nothing is billed on half a record.")
    return day


def parse_activity(row: Row) -> bool:
    """Whether an agreement is active: by its status, and not cancelled (connectwise.md 3)."""
    return row.get("agreementStatus") == ACTIVE and not row.get("cancelledFlag")


def parse_proration(row: Row) -> bool:
    """Whether an agreement prorates. Raises Park where it does not say so: the field may be null (connectwise.md 3) and
    nothing tells what such an agreement bills for a part of a period."""
    flag = row.get("prorateFlag")
    if not isinstance(flag, bool):
        raise Park(
            f"Agreement {row.get('id')} does not say whether it prorates. Tick or untick Prorate Agreement in "
            "ConnectWise and save it; nothing is written to it until then."
        )
    return flag


def parse_parent(row: Row) -> str | None:
    """The id of the agreement that this one is a child of; None for none. Raises Park where it has none to tell."""
    parent = row.get("parentAgreement")
    return None if parent is None else str(require(parent, "id"))


def parse_number(row: Row, name: str) -> Decimal | None:
    """A number of units as ConnectWise keeps it, fractions included; None where it keeps none, which it may."""
    value = row.get(name)
    if value is None:
        return None
    number = parse_amount(value)
    if number is None:
        raise Park(f"Addition {row.get('id')} has the {name} {value!r}, which is no number.")
    return number


def parse_price(row: Row) -> Decimal | None:
    """The price of one unit; None where ConnectWise has none, or nothing that is a price."""
    return parse_amount(row.get("unitPrice"))


def parse_day(value: object) -> date | None:
    """The day of a ConnectWise date-time, which is midnight UTC of a local day; None where there is none."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Park(f"ConnectWise sent the date {value!r}, which is no date.") from None
