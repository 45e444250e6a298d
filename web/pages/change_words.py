"""One write in words: what of an addition becomes what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from plans.agreements import Addition
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from profiles.billing import BillableOption
from web.pages.money import write_money
from web.wording import clean, write_number_of, write_short_day

OPTION_WORDS = {
    BillableOption.BILLABLE: "billable",
    BillableOption.DO_NOT_BILL: "do not bill",
    BillableOption.NO_CHARGE: "no charge",
}
NOTHING = "–"
FROM_CATALOG = "the PSA's price"
FIELD_WORDS = ("Seats", "From", "Through", "Price", "Billable", "Included", "Text")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an addition, before and after."""

    word: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class WriteWords:
    """One write: a sentence, and the fields that it changes."""

    sentence: str
    fields: tuple[FieldChange, ...]


def describe_change(change: Change, currency: str) -> WriteWords:
    """What a write does, or did."""
    match change:
        case CreateAddition():
            return WriteWords(write_creation(change), list_created(change, currency))
        case SetAddition(before=before, after=after):
            return WriteWords(f"Addition {clean(before.id)} changes.", compare(before, after, currency))
        case AdjustUnits():
            seats = FieldChange("Seats", f"{change.units_before:,}", f"{change.units_after:,}")
            day = write_short_day(change.effective_on)
            return WriteWords(f"Service {clean(change.addition_id)} is adjusted from {day} on.", (seats,))


def write_creation(change: CreateAddition) -> str:
    """A new addition of 2 seats from 22 Nov 2026."""
    start = write_short_day(change.effective_on)
    end = "" if change.ends_on is None else f" through {write_short_day(change.ends_on)}"
    return f"A new addition of {write_number_of(change.quantity, 'seat')} from {start}{end}."


def list_created(change: CreateAddition, currency: str) -> tuple[FieldChange, ...]:
    """Every field that is sent for a new addition."""
    values = (
        ("Seats", f"{change.quantity:,}"),
        ("From", write_short_day(change.effective_on)),
        ("Through", write_end(change.ends_on)),
        ("Price", write_price(change.unit_price, currency)),
        ("Billable", OPTION_WORDS[change.billable_option]),
        ("Text", clean(change.description or "")),
    )
    return tuple(FieldChange(word, NOTHING, value) for word, value in values if value)


def compare(before: Addition, after: Addition, currency: str) -> tuple[FieldChange, ...]:
    """The fields in which two states of an addition differ."""
    pairs = zip(FIELD_WORDS, list_values(before, currency), list_values(after, currency), strict=True)
    return tuple(FieldChange(word, old or NOTHING, new or NOTHING) for word, old, new in pairs if old != new)


def list_values(addition: Addition, currency: str) -> tuple[str, ...]:
    """The fields of an addition, in the order of their words."""
    return (
        NOTHING if addition.quantity is None else write_units(addition.quantity),
        NOTHING if addition.effective_on is None else write_short_day(addition.effective_on),
        write_end(addition.cancelled_on),
        write_price(addition.unit_price, currency),
        OPTION_WORDS[addition.billable_option],
        write_units(addition.included),
        clean(addition.description),
    )


def describe_addition(addition: Addition, currency: str) -> tuple[FieldChange, ...]:
    """An addition as it is; fields that say nothing are left out."""
    pairs = zip(FIELD_WORDS, list_values(addition, currency), strict=True)
    return tuple(FieldChange(word, "", value) for word, value in pairs if value not in ("", "0"))


def write_units(units: Decimal) -> str:
    """12, or 1.5 where a person made a fraction."""
    return f"{int(units):,}" if units == int(units) else f"{units.normalize():f}"


def write_end(day: date | None) -> str:
    """The last day, or that there is none."""
    return "open" if day is None else write_short_day(day)


def write_price(price: Decimal | None, currency: str) -> str:
    """24.00 USD, or that the PSA decides."""
    return FROM_CATALOG if price is None else write_money(price, currency)
