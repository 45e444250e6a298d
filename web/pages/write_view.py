"""One write to a PSA, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.ledger import effect_of
from profiles.billing import BillableOption
from web.pages.money import write_money
from web.wording import (
    BILLABLE_WORDS,
    clean,
    open_sentence,
    write_count,
    write_difference,
    write_number_of,
    write_quantity,
    write_short_day,
)


def find_first_day(change: Change) -> date | None:
    """The first day that a write changes; None where it is open to the past."""
    day = effect_of(change)[0]
    return None if day == date.min else day


def describe_change(change: Change, home_agreement_id: str, currency: str) -> str:
    """One write as a sentence; it names its agreement where that is not the one at hand."""
    elsewhere = change.agreement_id != home_agreement_id
    where = f"on agreement {clean(change.agreement_id)}, " if elsewhere else ""
    return f"{open_sentence(where + describe(change, currency))}."


def describe(change: Change, currency: str) -> str:
    """What the write does, without its place."""
    match change:
        case CreateAddition():
            return describe_creation(change, currency)
        case SetAddition():
            parts = ", ".join(describe_setting(change, currency)) or "nothing changes"
            return f"addition {clean(change.before.id)}: {parts}"
        case AdjustUnits():
            seats = write_step(change.units_before, change.units_after)
            price = "" if change.unit_price is None else f", at {write_money(change.unit_price, currency)} each"
            day = write_short_day(change.effective_on)
            return f"units of service {clean(change.addition_id)}: {seats} from {day}{price}"


def describe_creation(change: CreateAddition, currency: str) -> str:
    """A new addition with its days and its price."""
    through = "" if change.ends_on is None else f" through {write_short_day(change.ends_on)}"
    price = "the PSA's price" if change.unit_price is None else f"{write_money(change.unit_price, currency)} each"
    option = "" if change.billable_option is BillableOption.BILLABLE else f", {BILLABLE_WORDS[change.billable_option]}"
    seats = write_number_of(change.quantity, "seat")
    return f"a new addition of {seats} from {write_short_day(change.effective_on)}{through}, at {price}{option}"


def describe_setting(change: SetAddition, currency: str) -> Iterator[str]:
    """Every field that is set, from what to what."""
    before, after = change.before, change.after
    if before.quantity != after.quantity:
        yield f"quantity {write_quantity(before.quantity)}→{write_quantity(after.quantity)}"
    if before.included != after.included:
        yield f"included {write_quantity(before.included)}→{write_quantity(after.included)}"
    if before.cancelled_on != after.cancelled_on:
        yield describe_end(before, after)
    if before.unit_price != after.unit_price:
        yield f"price {write_price(before.unit_price, currency)}→{write_price(after.unit_price, currency)}"
    if before.billable_option is not after.billable_option:
        yield f"{BILLABLE_WORDS[before.billable_option]}→{BILLABLE_WORDS[after.billable_option]}"
    if before.description != after.description:
        text = clean(after.description)
        yield f"invoice text “{text}”" if text else "no invoice text"
    if not change.is_dated and change.describes_from != date.min:
        yield f"from {write_short_day(change.describes_from)}"


def describe_end(before: Addition, after: Addition) -> str:
    """The day an addition ends, and which day that was before."""
    if after.cancelled_on is None:
        return "does not end any more"
    instead = "" if before.cancelled_on is None else f" instead of {write_short_day(before.cancelled_on)}"
    return f"ends on {write_short_day(after.cancelled_on)}{instead}"


def write_price(amount: Decimal | None, currency: str) -> str:
    """20.00 EUR; a word where the PSA decides."""
    return "the PSA's" if amount is None else write_money(amount, currency)


def write_step(before: int, after: int) -> str:
    """10→12 (+2)."""
    return f"{write_count(before)}→{write_count(after)} ({write_difference(before, after)})"
