"""Our words in ConnectWise's: the bodies of writes. Pure. Facts: reference connectwise.md 3 and 4."""

from __future__ import annotations

from datetime import date

from plans.changes import CreateAddition
from psa.connectwise.rows import BILLABLE_OPTIONS

BILL_CUSTOMER = {option: text for text, option in BILLABLE_OPTIONS.items()}
DESCRIPTION_LENGTH_LIMIT = 6000


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


def spell_day(day: date) -> str:
    """A day as ConnectWise takes it: midnight UTC of the MSP's local day (connectwise.md 3)."""
    return f"{day.isoformat()}T00:00:00Z"
