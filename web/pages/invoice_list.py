"""What the invoices of the next days would lack, as a list. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from plans.before_invoice import Gap, Missing
from plans.due_invoices import INVOICE_NOTICE
from profiles.billing import Customer
from web.csv_files import Cell
from web.pages.listing import Ask, Head, Listing, cut_listing, find, make_chips, make_columns, write_how_many
from web.pages.names import name_customer
from web.pages.view import Tone
from web.wording import clean, hide_ids, write_number_of, write_short_day

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
HEADS = (Head("Invoice on"), Head("Customer"), Head("What is open"), Head("Why"))
CSV_HEADER = ("Invoice on", "Customer", "Agreement", "What is open", "Licence", "Why")


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


@dataclass(frozen=True, slots=True)
class InvoicesView:
    """The page."""

    headline: str
    when: str
    listing: Listing[MissingRow]
    missing_count: int
    due_count: int


def select(missing: Sequence[Missing], customers: Mapping[str, Customer], ask: Ask) -> list[Missing]:
    """What the address asks for."""
    chosen = [each for each in missing if not ask.state or ask.state == each.gap]

    def text_of(each: Missing) -> str:
        name = name_customer(customers, each.customer_id)
        return f"{name} {each.licence_name} {each.agreement.name}".casefold()

    return find(chosen, ask.search, text_of)


def make_list(missing: Sequence[Missing], due_count: int, customers: Mapping[str, Customer], ask: Ask) -> InvoicesView:
    """The page as the address asks for it."""
    chosen = select(missing, customers, ask)
    counts = Counter(each.gap.value for each in missing)
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(missing), [(gap.value, *WORDS[gap]) for gap in Gap], counts),
        make_columns(ask, HEADS, ()),
        write_how_many(len(chosen), len(missing), "thing"),
    )
    return InvoicesView(
        headline=write_headline(missing, due_count),
        when=f"Invoices of the next {INVOICE_NOTICE.days} days, and those overdue, by what the last night read",
        listing=listing.show(lambda each: make_row(each, customers)),
        missing_count=len(missing),
        due_count=due_count,
    )


def write_headline(missing: Sequence[Missing], due_count: int) -> str:
    """2 of the next 40 invoices would not be right: 3 things are open."""
    if not due_count:
        return f"No agreement is invoiced in the next {INVOICE_NOTICE.days} days, and none is overdue."
    due = write_number_of(due_count, "invoice")
    if not missing:
        return f"Nothing is open before the next {due}."
    short = len({(each.agreement.connection_id, each.agreement.agreement_id) for each in missing})
    things = write_number_of(len(missing), "thing")
    which = "The next invoice" if due_count == 1 else f"{short:,} of the next {due}"
    return f"{which} would not be right: {things} {'is' if len(missing) == 1 else 'are'} open."


def make_row(missing: Missing, customers: Mapping[str, Customer]) -> MissingRow:
    """The words for one of them."""
    word, tone = WORDS[missing.gap]
    customer = quote(missing.customer_id, safe="")
    held = f"/approvals?customer={customer}"
    unmapped = f"/customers/{customer}?state=unmapped"
    address = {Gap.HELD: held, Gap.UNMAPPED: unmapped}.get(missing.gap, f"/customers/{customer}")
    name, number = clean(missing.agreement.name), clean(missing.agreement.agreement_id)
    return MissingRow(
        day=write_short_day(missing.agreement.next_invoice_on),
        customer=name_customer(customers, missing.customer_id),
        agreement=f"{name} (agreement {number})" if name else f"agreement {number}",
        word=word,
        tone=tone,
        licence=clean(missing.licence_name),
        why=hide_ids(missing.sentence, ""),
        address=address,
        step=STEPS[missing.gap],
    )


def make_csv_row(missing: Missing, customers: Mapping[str, Customer]) -> tuple[Cell, ...]:
    """The columns of the page."""
    row = make_row(missing, customers)
    return missing.agreement.next_invoice_on, row.customer, row.agreement, row.word, row.licence, row.why
