"""One write in words, as a sentence, as fields and as both on one line: the only place that words it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from notify.wording import write_money
from plans.agreements import Addition, Booking
from plans.changes import AdjustUnits, Change, CreateAddition, SetAddition
from plans.ledger import effect_of
from profiles.billing import BillableOption
from web.wording import BILLABLE_WORDS, clean, write_count, write_number_of, write_quantity, write_short_day

NOTHING = "–"
OPEN_END = "open"
FROM_CATALOG = "as in the PSA"
BILLING_WORD, TEXT_WORD = "Billing", "Text"
FIELD_WORDS = ("Seats", "From", "Through", "Price", BILLING_WORD, "Included", TEXT_WORD)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an addition, before and after."""

    word: str
    before: str
    after: str

    @property
    def step(self) -> str:
        """Seats 10→12, as part of a sentence; what came out of nothing stands alone, a text in quotes."""
        if self.word == TEXT_WORD:
            return "no text" if self.after in ("", NOTHING) else f"text “{self.after}”"
        if self.before in ("", NOTHING, OPEN_END):
            return f"{self.word.lower()} {self.after}"
        return f"{self.word.lower()} {self.before}→{self.after}"


@dataclass(frozen=True, slots=True)
class WriteWords:
    """One write: a sentence, and the fields that it changes, of which the sentence has `told` some."""

    sentence: str
    fields: tuple[FieldChange, ...]
    told: frozenset[str] = frozenset()

    @property
    def line(self) -> str:
        """All of it on one line: what the sentence has not told yet follows it."""
        steps = ", ".join(each.step for each in self.fields if each.word not in self.told)
        return f"{self.sentence.removesuffix('.')}: {steps}." if steps else self.sentence


def find_first_day(change: Change) -> date | None:
    """The first day that a write changes; None where it is open to the past."""
    day = effect_of(change)[0]
    return None if day == date.min else day


def write_line(change: Change, home_agreement_id: str, currency: str) -> str:
    """A write on one line; it names its agreement where that is not the one at hand."""
    line = describe_change(change, currency).line
    if change.agreement_id == home_agreement_id:
        return line
    return f"On agreement {clean(change.agreement_id)}, {line[:1].lower()}{line[1:]}"


def describe_change(change: Change, currency: str) -> WriteWords:
    """What a write does, or did."""
    match change:
        case CreateAddition(billable_option=option):
            usual = {BILLING_WORD} if option is BillableOption.BILLABLE else set()
            told = frozenset({"Seats", "From", "Through"} | usual)
            return WriteWords(write_creation(change), list_created(change, currency), told)
        case SetAddition(before=before, after=after):
            return WriteWords(write_setting(change), compare(before, after, currency))
        case AdjustUnits():
            seats = FieldChange("Seats", write_count(change.units_before), write_count(change.units_after))
            price = None if change.unit_price is None else write_money(change.unit_price, currency)
            fields = (seats,) if price is None else (seats, FieldChange("Price", NOTHING, price))
            day = write_short_day(change.effective_on)
            service = f"Service {clean(change.addition_id)}" if change.addition_id else "The new service"
            return WriteWords(f"{service} is adjusted from {day} on.", fields)


def write_creation(change: CreateAddition) -> str:
    """A new addition of 2 seats from 22 Nov 2026."""
    if change.is_empty:
        return "A new service, without units yet."
    start = write_short_day(change.effective_on)
    end = "" if change.ends_on is None else f" through {write_short_day(change.ends_on)}"
    return f"A new addition of {write_number_of(change.quantity, 'seat')} from {start}{end}."


def write_setting(change: SetAddition) -> str:
    """Addition 9001 changes from 1 Dec 2026 on; its fields say the day themselves where one of them is a day."""
    is_told = change.is_dated or change.describes_from == date.min
    day = "" if is_told else f" from {write_short_day(change.describes_from)} on"
    return f"Addition {clean(change.before.id)} changes{day}."


def list_created(change: CreateAddition, currency: str) -> tuple[FieldChange, ...]:
    """Every field that is sent for a new addition."""
    values = (
        ("Seats", write_count(change.quantity)),
        ("From", write_short_day(change.effective_on)),
        ("Through", write_end(change.ends_on)),
        ("Price", write_price(change.unit_price, currency)),
        (BILLING_WORD, BILLABLE_WORDS[change.billable_option]),
        (TEXT_WORD, clean(change.description or "")),
        *list_booked(change.booking, currency),
    )
    return tuple(FieldChange(word, NOTHING, value) for word, value in values if value)


def list_booked(booking: Booking | None, currency: str) -> tuple[tuple[str, str], ...]:
    """What is copied from an adopted addition; empty where nothing is said of it."""
    if booking is None:
        return ()
    return (
        ("Cost", "" if booking.unit_cost is None else write_money(booking.unit_cost, currency)),
        ("Taxed", "" if booking.is_taxed is None else ("yes" if booking.is_taxed else "no")),
        ("Invoice group", clean(booking.group_id)),
    )


def compare(before: Addition, after: Addition, currency: str) -> tuple[FieldChange, ...]:
    """The fields in which two states of an addition differ."""
    pairs = zip(FIELD_WORDS, list_values(before, currency), list_values(after, currency), strict=True)
    return tuple(FieldChange(word, old or NOTHING, new or NOTHING) for word, old, new in pairs if old != new)


def list_values(addition: Addition, currency: str) -> tuple[str, ...]:
    """The fields of an addition, in the order of their words."""
    return (
        NOTHING if addition.quantity is None else write_quantity(addition.quantity),
        NOTHING if addition.effective_on is None else write_short_day(addition.effective_on),
        write_end(addition.cancelled_on),
        write_price(addition.unit_price, currency),
        BILLABLE_WORDS[addition.billable_option],
        write_quantity(addition.included),
        clean(addition.description),
    )


def describe_addition(addition: Addition, currency: str) -> tuple[FieldChange, ...]:
    """An addition as it is; fields that say nothing are left out."""
    pairs = zip(FIELD_WORDS, list_values(addition, currency), strict=True)
    return tuple(FieldChange(word, "", value) for word, value in pairs if value not in ("", "0"))


def write_end(day: date | None) -> str:
    """The last day, or that there is none."""
    return OPEN_END if day is None else write_short_day(day)


def write_price(price: Decimal | None, currency: str) -> str:
    """24.00 USD, or that the PSA decides."""
    return FROM_CATALOG if price is None else write_money(price, currency)
