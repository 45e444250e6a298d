"""Our words in ConnectWise's: the bodies of writes. Pure. Facts: reference connectwise.md 3 and 4."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from plans.agreements import Addition, Booking
from plans.changes import CreateAddition, SetAddition
from plans.errors import Bug
from psa.connectwise.rows import BILLABLE_OPTIONS

BILL_CUSTOMER = {option: text for text, option in BILLABLE_OPTIONS.items()}
DESCRIPTION_LENGTH_LIMIT = 6000
PATHS = {
    "quantity": "quantity",
    "cancelled_on": "cancelledDate",
    "billable_option": "billCustomer",
    "unit_price": "unitPrice",
    "description": "invoiceDescription",
}

type Operation = dict[str, object]


def make_addition_body(change: CreateAddition) -> dict[str, object]:
    """The body of the POST: quantities and dates only, ConnectWise computes money and proration.

    Cost, tax and, unless a price is ours to set, the price are left out, so that the catalog's stand, but for what is
    copied from an adopted addition. The key travels in `serialNumber`.
    """
    body: dict[str, object] = {
        "product": {"id": int(change.product_id)},
        "quantity": change.quantity,
        "billCustomer": BILL_CUSTOMER[change.billable_option],
        "effectiveDate": spell_day(change.effective_on),
        "serialNumber": change.key,
    }
    if change.ends_on is not None:
        body["cancelledDate"] = spell_day(change.ends_on)
    if change.unit_price is not None:
        body["unitPrice"] = spell_price(change.unit_price)
    if change.description is not None:
        body["invoiceDescription"] = change.description[:DESCRIPTION_LENGTH_LIMIT]
    return body if change.booking is None else body | spell_booking(change.booking)


def spell_booking(booking: Booking) -> dict[str, object]:
    """What is copied of cost, tax and group, as ConnectWise takes it: what the adopted addition does not say is left to
    the catalog. An addition has no tax code of its own (connectwise.md 3). Its `sequenceNumber` is left to ConnectWise,
    which may number the lines of an agreement anew: nobody wrote down whether it keeps what it is sent."""
    spelled: dict[str, object] = {}
    if booking.unit_cost is not None:
        spelled["unitCost"] = spell_price(booking.unit_cost)
    if booking.is_taxed is not None:
        spelled["taxableFlag"] = booking.is_taxed
    if booking.group_id:
        spelled["invoiceGrouping"] = {"id": int(booking.group_id)}
    return spelled


def make_operations(change: SetAddition) -> list[Operation]:
    """The operations of the PATCH: what differs, as absolute values; a null takes a day away.

    Raises Bug for a change that nothing is left of, or that ConnectWise is never sent: another product, effective day,
    key or included number, a quantity that is not whole, no price.
    """
    before, after = change.before, change.after
    sent = [field for field in PATHS if getattr(before, field) != getattr(after, field)]
    if not sent or replace(before, **{field: getattr(after, field) for field in sent}) != after:
        raise Bug(f"Addition {before.id} was to be changed in a way that ConnectWise is never sent.")
    return [{"op": "replace", "path": PATHS[field], "value": spell_field(after, field)} for field in sent]


def spell_field(addition: Addition, field: str) -> object:
    """A field's value as ConnectWise takes it. Raises Bug where it has none for it."""
    match field, getattr(addition, field):
        case "quantity", Decimal() as quantity if quantity.is_finite() and quantity == int(quantity):
            return int(quantity)
        case "cancelled_on", date() as day:
            return spell_day(day)
        case "cancelled_on", None:
            return None
        case "billable_option", option:
            return BILL_CUSTOMER[option]
        case "unit_price", Decimal() as price:
            return spell_price(price)
        case "description", str() as text:
            return text[:DESCRIPTION_LENGTH_LIMIT]
        case _, value:  # pragma: no branch - every field comes here that came nowhere else
            raise Bug(f"ConnectWise has no {PATHS[field]} {value!r} for addition {addition.id}.")


def spell_price(price: Decimal) -> float:
    """A price as ConnectWise takes it: JSON has no decimal type, and ConnectWise's is a double, which gives amounts of
    15 digits back as they were."""
    return float(price)


def spell_day(day: date) -> str:
    """A day as ConnectWise takes it: midnight UTC of the MSP's local day (connectwise.md 3)."""
    return f"{day.isoformat()}T00:00:00Z"
