"""Billing profiles as a list. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from notify.wording import write_money
from plans.ports import CustomerOverview
from profiles.billing import BillingProfile, CustomPrice, KeptPrice, PsaPrice
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
from web.pages.view import Tone
from web.wording import BILLABLE_WORDS, clean, open_sentence, write_number_of, write_short_day

USED, UNUSED = "used", "unused"
CSV_HEADER = ("Profile", "Product", "Price", "PSA bills", "Mappings", "Seats billed")
KINDS = ((USED, "In use", Tone.PLAIN), (UNUSED, "Not used", Tone.LOOK))


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One profile. `next_price` announces an own price that is not in force yet."""

    id: str
    name: str
    product: str
    price: str
    next_price: str
    billable: str
    mappings: int
    seats: int

    @property
    def state(self) -> str:
        """Whether a mapping names it."""
        return USED if self.mappings else UNUSED


SORTERS: tuple[Sorter[ProfileRow], ...] = (
    Sorter("name", lambda row: row.name.casefold()),
    Sorter("product", lambda row: row.product.casefold()),
    Sorter("mappings", lambda row: row.mappings, is_number=True),
    Sorter("seats", lambda row: row.seats, is_number=True),
)
HEADS = (
    Head("Profile", "name"),
    Head("Product", "product"),
    Head("Price a seat"),
    Head("The PSA"),
    Head("Mappings", "mappings", is_number=True),
    Head("Seats billed", "seats", is_number=True),
)


def make_rows(
    profiles: Iterable[BillingProfile], overviews: Sequence[CustomerOverview], today: date, currency: str
) -> list[ProfileRow]:
    """Every profile with what uses it, by name."""
    mappings: dict[str, int] = {}
    seats: dict[str, int] = {}
    for overview in overviews:
        for mapping in overview.mappings:
            if not mapping.is_ended:
                mappings[mapping.profile_id] = mappings.get(mapping.profile_id, 0) + 1
                seats[mapping.profile_id] = seats.get(mapping.profile_id, 0) + overview.billed.get(mapping.id, 0)
    rows = [make_row(each, mappings, seats, today, currency) for each in profiles]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.id))


def make_row(
    profile: BillingProfile, mappings: Mapping[str, int], seats: Mapping[str, int], today: date, currency: str
) -> ProfileRow:
    """The words for one."""
    price, next_price = write_price(profile, today, currency)
    return ProfileRow(
        id=profile.id,
        name=clean(profile.name),
        product=clean(profile.product_name) or f"Product {clean(profile.product_id)}",
        price=price,
        next_price=next_price,
        billable=open_sentence(BILLABLE_WORDS[profile.billable_option]),
        mappings=mappings.get(profile.id, 0),
        seats=seats.get(profile.id, 0),
    )


def write_price(profile: BillingProfile, today: date, currency: str) -> tuple[str, str]:
    """The price in force today, and the next one that is not yet."""
    match profile.price:
        case PsaPrice():
            return "The PSA's", ""
        case KeptPrice():
            return "Left as it is", ""
        case CustomPrice(amounts=amounts) as price:
            now = price.amount_on(today)
            later = sorted((each for each in amounts if each.valid_from > today), key=lambda each: each.valid_from)
            announced = (
                f"{write_money(later[0].amount, currency)} from {write_short_day(later[0].valid_from)}" if later else ""
            )
            return "none yet" if now is None else write_money(now, currency), announced


def select(rows: Sequence[ProfileRow], ask: Ask) -> list[ProfileRow]:
    """The rows that the address asks for, in its order."""
    chosen = [row for row in rows if not ask.state or row.state == ask.state]
    return order(find(chosen, ask.search, lambda row: f"{row.name} {row.product}".casefold()), ask.sort, SORTERS)


def make_listing(rows: Sequence[ProfileRow], ask: Ask) -> Listing[ProfileRow]:
    """One screen."""
    counts = {state: sum(row.state == state for row in rows) for state in (USED, UNUSED)}
    chosen = select(rows, ask)
    how_many = write_how_many(len(chosen), len(rows), "billing profile")
    chips = make_chips(ask, len(rows), KINDS, counts)
    return cut_listing(ask, chosen, chips, make_columns(ask, HEADS, SORTERS), how_many)


def write_headline(rows: Sequence[ProfileRow]) -> str:
    """The page in a sentence."""
    seats = sum(row.seats for row in rows)
    return f"{write_number_of(len(rows), 'billing profile')}, {write_number_of(seats, 'seat')} billed by them."


def make_csv_row(row: ProfileRow) -> Sequence[Cell]:
    """The same as a file shows it."""
    return row.name, row.product, row.price, row.billable, row.mappings, row.seats
