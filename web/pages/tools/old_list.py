"""Additions that Seatledger did not make, and those that were asked to end, as lists. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from notify.wording import write_money
from plans.agreements import Addition, Agreement
from plans.keys import is_ours, line_name_of, name_addition
from plans.old_additions import explain_not_endable, is_old_line, make_old_line
from plans.plan import hash_value
from plans.ports import CustomerOverview
from profiles.billing import BillableOption, Customer
from profiles.money import round_money
from web.actions.ending import OldAddition
from web.csv_files import Cell
from web.pages.listing import (
    Ask,
    Head,
    Listing,
    Sorter,
    cut_listing,
    find,
    make_chips,
    make_columns,
    order,
    write_how_many,
)
from web.pages.names import NAMELESS_CUSTOMER
from web.pages.tools.at_once import MOST_AT_ONCE, AtOnce
from web.pages.view import Tone
from web.wording import clean, write_number_of, write_quantity, write_short_day

READY, LEFT = "ready", "left"
KEY_LENGTH = 16
ENDED_WORD, WITH_PERIOD = "Ended in the PSA", "with its period"
TYPED_BY_HAND = "typed by hand"


@dataclass(frozen=True, slots=True)
class FoundAddition:
    """One addition. `why_not` says why it cannot be ended from here; empty where it can."""

    old: OldAddition
    product: str
    why_not: str
    # What Seatledger bills on the same agreement.
    beside: tuple[Addition, ...] = ()

    @property
    def agreement_name(self) -> str:
        """Its agreement, as people look for it in the PSA."""
        return f"{clean(self.old.agreement.name)} (agreement {clean(self.old.agreement.id)})"

    @property
    def tick(self) -> str:
        """The value of its box: another state of the addition is another value."""
        old = self.old
        spelled = repr((old.customer.id, old.agreement.id, old.addition, old.mapping))
        return f"{hashlib.sha256(spelled.encode()).hexdigest()[:KEY_LENGTH]}:{old.customer.id}"

    @property
    def customer_name(self) -> str:
        """Whose it is."""
        return clean(self.old.customer.name) or NAMELESS_CUSTOMER

    @property
    def marker(self) -> str:
        """What its key says of who made it."""
        return clean(self.old.addition.key) or TYPED_BY_HAND

    @property
    def monthly(self) -> Decimal | None:
        """Its price times its quantity, of a longer period a month's share: nothing of what is not invoiced or at no
        charge. None where price or quantity is not known.
        """
        addition, grid = self.old.addition, self.old.agreement.facts.grid
        if addition.billable_option is not BillableOption.BILLABLE:
            return Decimal(0)
        if addition.unit_price is None or addition.quantity is None:
            return None
        amount = addition.unit_price * (addition.quantity - addition.included)
        return amount if grid is None else round_money(amount / grid.months)

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.customer_name} {self.product} {self.marker} {self.old.agreement.name}".casefold()


SORTERS: tuple[Sorter[FoundAddition], ...] = (
    Sorter("customer", lambda each: each.customer_name.casefold()),
    Sorter("product", lambda each: each.product.casefold()),
    Sorter("monthly", lambda each: -1 if each.monthly is None else each.monthly, is_number=True),
)
HEADS = (
    Head("Customer", "customer"),
    Head("Addition", "product"),
    Head("Made by"),
    Head("Quantity", is_number=True),
    Head("A month (about)", "monthly"),
)
CSV_HEADER = ("Customer", "Agreement", "Addition", "Product", "Made by", "Quantity", "Unit price", "Since", "Why not")


@dataclass(frozen=True, slots=True)
class OldRow:
    """One line of the list."""

    tick: str
    customer: str
    customer_id: str
    addition: str
    agreement: str
    marker: str
    quantity: str
    monthly: str
    why_not: str


@dataclass(frozen=True, slots=True)
class OldView:
    """The list. `at_once` is what of it can be ended, and how much of that with one decision."""

    listing: Listing[OldRow]
    at_once: AtOnce


def list_found(
    overview: CustomerOverview,
    agreements: Iterable[Agreement],
    line_names: frozenset[str],
    product_names: Mapping[str, str],
) -> list[FoundAddition]:
    """Every addition of a customer's agreements that is none of ours. One that is to end already is left out."""
    customer = overview.customer
    lines = {mapping.id: mapping for mapping in overview.mappings if is_old_line(mapping)}
    found = []
    for agreement in agreements:
        beside = tuple(each for each in agreement.additions if bills_for_us(customer, agreement, each, line_names))
        for addition in agreement.additions:
            name = name_old(addition, product_names)
            line = lines.get(make_old_line(customer.id, agreement.id, addition, name, None).id)
            if is_ours(addition) or (line is not None and line.is_ended):
                continue
            is_taken = line is None and is_line(customer, agreement, addition, line_names)
            why_not = explain_not_endable(addition, agreement, is_taken)
            product = clean(product_names.get(addition.product_id, "")) or f"Product {clean(addition.product_id)}"
            old = OldAddition(customer, agreement, addition, name, line)
            found.append(FoundAddition(old, product, why_not, beside))
    return found


def is_line(customer: Customer, agreement: Agreement, addition: Addition, line_names: frozenset[str]) -> bool:
    """Whether some line of ours has the addition."""
    adopted = name_addition(customer.connection_id, agreement.id, addition.id)
    return adopted in line_names or line_name_of(addition) in line_names


def bills_for_us(customer: Customer, agreement: Agreement, addition: Addition, line_names: frozenset[str]) -> bool:
    """Whether an addition is one of ours, or was taken over, and bills something that nobody has ended."""
    is_ending = addition.cancelled_on is not None or not addition.quantity
    return not is_ending and (is_ours(addition) or is_line(customer, agreement, addition, line_names))


def name_old(addition: Addition, product_names: Mapping[str, str]) -> str:
    """What its line is called: Business Premium (addition 9001)."""
    product = clean(product_names.get(addition.product_id, "")) or f"Product {clean(addition.product_id)}"
    return f"{product} (addition {clean(addition.id)})"


def select(found: Sequence[FoundAddition], ask: Ask) -> list[FoundAddition]:
    """What the address asks for, in its order."""
    chosen = [each for each in found if not ask.state or (ask.state == READY) == (not each.why_not)]
    return order(chosen, ask.sort, SORTERS)


def make_view(found: Sequence[FoundAddition], ask: Ask, currency: str) -> OldView:
    """The list as the address asks for it."""
    ready = sum(not each.why_not for each in found)
    kinds = [(READY, "Can be ended", Tone.GOOD), (LEFT, "Left alone", Tone.PLAIN)]
    chosen = select(found, ask)
    listing = cut_listing(
        ask,
        chosen,
        make_chips(ask, len(found), kinds, {READY: ready, LEFT: len(found) - ready}),
        make_columns(ask, HEADS, SORTERS),
        write_how_many(len(chosen), len(found), "addition"),
    )
    can = [each for each in chosen if not each.why_not]
    first = can[:MOST_AT_ONCE]
    return OldView(
        listing.show(lambda each: make_row(each, currency)),
        AtOnce(len(can), write_total(can, currency), name_whole(first), len(first), write_total(first, currency)),
    )


def make_row(each: FoundAddition, currency: str) -> OldRow:
    """One line in words."""
    addition = each.old.addition
    since = "" if addition.effective_on is None else f", since {write_short_day(addition.effective_on)}"
    return OldRow(
        tick="" if each.why_not else each.tick,
        customer=each.customer_name,
        customer_id=each.old.customer.id,
        addition=f"{each.product} (addition {clean(addition.id)})",
        agreement=f"{each.agreement_name}{since}",
        marker=each.marker,
        quantity=write_quantity(addition.quantity),
        monthly="not known" if each.monthly is None else write_money(each.monthly, currency),
        why_not=each.why_not,
    )


def make_csv_row(each: FoundAddition) -> tuple[Cell, ...]:
    """The columns of the page, and what stands beneath them."""
    addition, agreement = each.old.addition, each.old.agreement
    return (
        each.customer_name, f"{agreement.name} (agreement {agreement.id})", addition.id, each.product, each.marker,
        addition.quantity, addition.unit_price, addition.effective_on, each.why_not,
    )  # fmt: skip


def name_whole(found: Sequence[FoundAddition]) -> str:
    """What a box says that stands for all of them."""
    return hash_value([each.tick for each in found]) if found else ""


def choose(found: Sequence[FoundAddition], ticks: Collection[str], whole: str) -> tuple[list[FoundAddition], list[str]]:
    """What is ticked and still so, and the customers of what is not; nothing of a whole list that has changed."""
    can = [each for each in found if not each.why_not]
    if whole:
        listed = can[:MOST_AT_ONCE]
        return (listed, []) if whole == name_whole(listed) else ([], [])
    by_tick = {each.tick: each for each in can}
    return (
        [by_tick[tick] for tick in dict.fromkeys(ticks) if tick in by_tick],
        [tick.partition(":")[2] for tick in dict.fromkeys(ticks) if tick not in by_tick],
    )


def write_total(found: Sequence[FoundAddition], currency: str) -> str:
    """About 3,296.00 a month less; 2 additions without a known price."""
    if not found:
        return ""
    amounts = [each.monthly for each in found]
    total = sum((each for each in amounts if each is not None), Decimal(0))
    unpriced = amounts.count(None)
    rest = f"; {write_number_of(unpriced, 'addition')} without a known price" if unpriced else ""
    return f"about {write_money(total, currency)} a month less{rest}"


@dataclass(frozen=True, slots=True)
class EndedRow:
    """One addition that was asked to end, as it stands."""

    tick: str
    customer: str
    customer_id: str
    name: str
    when: str
    word: str
    tone: Tone
    found_by: str


def list_ended(overviews: Iterable[CustomerOverview], held: Collection[str]) -> list[EndedRow]:
    """Every line of an old addition, by customer. `held` are the ids of the changes that wait for a person."""
    rows = []
    for overview in overviews:
        customer = clean(overview.customer.name) or NAMELESS_CUSTOMER
        for mapping in overview.mappings:
            if not is_old_line(mapping):
                continue
            bills = overview.billed.get(mapping.id, 0) > 0
            word, tone = ("Taken back", Tone.PLAIN)
            if mapping.is_ended:
                word, tone = ("Not written yet", Tone.PLAIN) if bills else (ENDED_WORD, Tone.GOOD)
            if mapping.is_ended and bills and f"{overview.customer.id}:{mapping.id}" in held:
                word, tone = ("Waits for approval", Tone.LOOK)
            when = WITH_PERIOD if mapping.ends_on is None else f"on {write_short_day(mapping.ends_on)}"
            name = clean(mapping.licence_name)
            tick = f"{mapping.id}:{overview.customer.id}" if mapping.is_ended else ""
            rows.append(
                EndedRow(
                    tick, customer, overview.customer.id, name, when if mapping.is_ended else "", word, tone,
                    f"{customer} {name}".casefold(),
                )
            )  # fmt: skip
    return sorted(rows, key=lambda row: (row.customer.casefold(), row.name.casefold()))


def list_takeable(rows: Sequence[EndedRow], ask: Ask) -> list[str]:
    """The boxes of those that the address asks for, on every page."""
    found = find(rows, ask.search, lambda row: row.found_by)
    return [row.tick for row in found if row.tick and (not ask.state or row.word == ask.state)]


def choose_ended(rows: Sequence[EndedRow], ask: Ask, ticks: Collection[str], whole: str) -> list[str] | None:
    """The boxes that are ticked and still there, or all that the address asks for; None where that is another list by
    now than the one that was shown.
    """
    if whole:
        listed = list_takeable(rows, ask)
        return listed if whole == hash_value(listed) else None
    standing = {row.tick for row in rows if row.tick}
    return [tick for tick in dict.fromkeys(ticks) if tick in standing]


def make_ended(rows: Sequence[EndedRow], ask: Ask) -> Listing[EndedRow]:
    """The list of them as the address asks for it."""
    found = find(rows, ask.search, lambda row: row.found_by)
    words = list(dict.fromkeys(row.word for row in rows))
    kinds = [(word, word, next(row.tone for row in rows if row.word == word)) for word in words]
    counts = {word: sum(row.word == word for row in found) for word in words}
    chosen = [row for row in found if not ask.state or row.word == ask.state]
    return cut_listing(
        ask, chosen, make_chips(ask, len(found), kinds, counts), (), write_how_many(len(chosen), len(rows), "addition")
    )
