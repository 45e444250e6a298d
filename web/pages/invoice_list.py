"""What the invoices of the next days would lack, as a list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from notify.wording import write_money
from plans.before_invoice import Gap
from plans.due_invoices import INVOICE_NOTICE
from profiles.billing import Customer
from web.csv_files import Cell
from web.pages.invoice_gaps import OpenThing, add_up
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_chips, make_columns, write_how_many
from web.pages.names import name_customer, write_licence_address
from web.pages.view import Tone
from web.wording import clean, hide_ids, join, write_number_of, write_short_day

WORDS = {
    Gap.UNKNOWN: ("Not read", Tone.BAD),
    Gap.HELD: ("Held", Tone.LOOK),
    Gap.PARKED: ("Parked", Tone.LOOK),
    Gap.SCHEDULED: ("Scheduled", Tone.BUSY),
    Gap.UNMAPPED: ("Unmapped", Tone.LOOK),
}
STEPS = {
    Gap.UNKNOWN: "See why",
    Gap.HELD: "Decide about it",
    Gap.PARKED: "See what to do",
    Gap.SCHEDULED: "See the licence",
    Gap.UNMAPPED: "Map it",
}
HEADS = (
    Head("Invoice on"),
    Head("Customer"),
    Head("What is open"),
    Head("Why"),
    Head("A month (forecast)", is_number=True),
)
CSV_HEADER = ("Invoice on", "Customer", "Agreement", "What is open", "Licence", "Why", "Forecast a month")


@dataclass(frozen=True, slots=True)
class MissingRow:
    """One thing that would be missing, or billed too much. `step` is the word of `address`, where something can be done
    about it."""

    day: str
    customer: str
    agreement: str
    word: str
    tone: Tone
    licence: str
    why: str
    address: str
    step: str
    monthly: str


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """The page."""

    headline: str
    when: str
    listing: Listing[MissingRow]
    missing_count: int
    due_count: int
    total: str


@dataclass(frozen=True, slots=True)
class Place:
    """Whose things they are, and in which currency amounts are shown."""

    customers: Mapping[str, Customer]
    currency: str


def select(things: Sequence[OpenThing], customers: Mapping[str, Customer], ask: Ask) -> list[OpenThing]:
    """What the address asks for."""
    chosen = [each for each in things if not ask.state or ask.state == each.missing.gap]

    def text_of(each: OpenThing) -> str:
        name = name_customer(customers, each.missing.customer_id)
        return f"{name} {each.missing.licence_name} {each.missing.agreement.name}".casefold()

    return find(chosen, ask.search, text_of)


def make_list(things: Sequence[OpenThing], due_count: int, place: Place, ask: Ask) -> InvoicesView:
    """The page as the address asks for it."""
    chosen = select(things, place.customers, ask)
    counts = Counter(each.missing.gap.value for each in things)
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(things), [(gap.value, *WORDS[gap]) for gap in Gap], counts),
        make_columns(ask, HEADS, ()),
        write_how_many(len(chosen), len(things), "thing"),
    )
    return InvoicesView(
        headline=write_headline(things, due_count),
        when=f"Invoices of the next {INVOICE_NOTICE.days} days, and those overdue, by what the last night read",
        listing=listing.show(lambda each: make_row(each, place)),
        missing_count=len(things),
        due_count=due_count,
        total=write_total(chosen, place.currency),
    )


def write_total(things: Sequence[OpenThing], currency: str) -> str:
    """+726.00 EUR and −242.00 EUR a month; 2 have no known price."""
    money = add_up(things)
    moved = [write_money(each, currency, is_difference=True) for each in (money.rises, money.falls) if each]
    known = f"{join(moved)} a month" if moved else ""
    has = "has" if money.unpriced == 1 else "have"
    unpriced = f"{money.unpriced:,} {has} no known price" if money.unpriced else ""
    return "; ".join(filter(None, (known, unpriced)))


def write_headline(things: Sequence[OpenThing], due_count: int) -> str:
    """2 of the next 40 invoices would not be right: 3 things are open."""
    if not due_count:
        return f"No agreement is invoiced in the next {INVOICE_NOTICE.days} days, and none is overdue."
    due = write_number_of(due_count, "invoice")
    if not things:
        return f"Nothing is open before the next {due}."
    agreements = [each.missing.agreement for each in things]
    short = len({(each.connection_id, each.agreement_id) for each in agreements})
    counted = write_number_of(len(things), "thing")
    which = "The next invoice" if due_count == 1 else f"{short:,} of the next {due}"
    return f"{which} would not be right: {counted} {'is' if len(things) == 1 else 'are'} open."


def make_row(thing: OpenThing, place: Place) -> MissingRow:
    """The words for one of them."""
    missing = thing.missing
    word, tone = WORDS[missing.gap]
    customer = quote(missing.customer_id, safe="")
    held = f"/approvals?customer={customer}"
    unmapped = f"/customers/{customer}?state=unmapped"
    if thing.sku_id:
        unmapped = write_licence_address(missing.customer_id, thing.sku_id)
    address = {Gap.HELD: held, Gap.UNMAPPED: unmapped}.get(missing.gap, f"/customers/{customer}")
    name, number = clean(missing.agreement.name), clean(missing.agreement.agreement_id)
    return MissingRow(
        day=write_short_day(missing.agreement.next_invoice_on),
        customer=name_customer(place.customers, missing.customer_id),
        agreement=f"{name} (agreement {number})" if name else f"agreement {number}",
        word=word,
        tone=tone,
        licence=clean(missing.licence_name),
        why=hide_ids(missing.sentence, ""),
        address=address,
        step=STEPS[missing.gap],
        monthly="" if thing.monthly is None else write_money(thing.monthly, place.currency, is_difference=True),
    )


def make_csv_row(thing: OpenThing, place: Place) -> tuple[Cell, ...]:
    """The columns of the page."""
    row, day = make_row(thing, place), thing.missing.agreement.next_invoice_on
    return day, row.customer, row.agreement, row.word, row.licence, row.why, thing.monthly
