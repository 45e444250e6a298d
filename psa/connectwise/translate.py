"""Between our words and ConnectWise's. Pure. Facts: reference connectwise.md 3 and 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from plans.agreements import Addition, Agreement, AgreementFacts
from plans.changes import CreateAddition
from plans.errors import Park
from profiles.billing import BillableOption

BILL_CUSTOMER = {
    BillableOption.BILLABLE: "Billable",
    BillableOption.DO_NOT_BILL: "DoNotBill",
    BillableOption.NO_CHARGE: "NoCharge",
}
BILLABLE_OPTIONS = {text: option for option, text in BILL_CUSTOMER.items()}
ACTIVE = "Active"
DESCRIPTION_LENGTH_LIMIT = 6000

type Row = Mapping[str, Any]


def make_addition_body(change: CreateAddition) -> dict[str, object]:
    """The body of the POST: quantities and dates only, ConnectWise computes money and proration.

    Cost, tax and, unless a price is ours to set, the price are left out, so that the catalog's stand. The key travels
    in `serialNumber`.
    """
    body: dict[str, object] = {
        "product": {"id": int(change.product_id)},
        "quantity": change.quantity,
        "billCustomer": BILL_CUSTOMER[change.billable_option],
        "effectiveDate": spell_day(change.effective_on),
        "serialNumber": change.key,
    }
    if change.unit_price is not None:
        # JSON has no decimal type; ConnectWise's is a double, which gives amounts of 15 digits back as they were.
        body["unitPrice"] = float(change.unit_price)
    if change.description is not None:
        body["invoiceDescription"] = change.description[:DESCRIPTION_LENGTH_LIMIT]
    return body


def read_agreement(connection_id: str, row: Row, additions: Sequence[Row]) -> Agreement:
    """An agreement with its additions. Raises Park where a row lacks what a bill rests on."""
    company_id = str(require(require(row, "company"), "id"))
    return Agreement(
        connection_id=connection_id,
        id=str(require(row, "id")),
        name=str(row.get("name") or ""),
        company_id=company_id,
        facts=AgreementFacts(
            is_active=row.get("agreementStatus") == ACTIVE and not row.get("cancelledFlag"),
            prorates=bool(row.get("prorateFlag")),
            next_invoice_on=parse_day(row.get("nextInvoiceDate")),
            ends_on=None if row.get("noEndingDateFlag") else parse_day(row.get("endDate")),
            company_id=company_id,
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
        quantity=parse_quantity(row),
        effective_on=parse_day(row.get("effectiveDate")),
        cancelled_on=parse_day(row.get("cancelledDate")),
        billable_option=BILLABLE_OPTIONS[bill_customer],
        key=str(row.get("serialNumber") or ""),
        unit_price=parse_price(row),
        description=str(row.get("invoiceDescription") or ""),
    )


def require(row: Any, name: str) -> Any:
    """A field that must be there. Raises Park where it is not."""
    value = row.get(name) if isinstance(row, Mapping) else None
    if value is None:
        raise Park(f"ConnectWise sent a record without {name}; nothing is billed on half a record.")
    return value


def parse_quantity(row: Row) -> Decimal | None:
    """The quantity as ConnectWise keeps it, fractions included; None where it keeps none, which it may."""
    value = row.get("quantity")
    if value is None:
        return None
    try:
        quantity = Decimal(str(value))
    except InvalidOperation:
        quantity = Decimal("NaN")
    if not quantity.is_finite():
        raise Park(f"Addition {row.get('id')} has the quantity {value!r}, which is no number.")
    return quantity


def parse_price(row: Row) -> Decimal | None:
    """The price of one unit; None where ConnectWise has none, or nothing that is a price."""
    try:
        price = Decimal(str(row.get("unitPrice")))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None


def spell_day(day: date) -> str:
    """A day as ConnectWise takes it: midnight UTC of the MSP's local day (connectwise.md 3)."""
    return f"{day.isoformat()}T00:00:00Z"


def parse_day(value: object) -> date | None:
    """The day of a ConnectWise date-time, which is midnight UTC of a local day; None where there is none."""
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise Park(f"ConnectWise sent the date {value!r}, which is no date.") from None
