"""What lists know of one customer, made from the rows of its partition. The keys are listed in `store.books`. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import override

from plans.journal import Adoption
from plans.keys import name_addition, name_line
from plans.ports import CustomerOverview
from profiles.billing import Customer, Mapping
from profiles.unmapped import Piece
from store.codec import decode, shorten
from store.lines import LineState, split_key
from store.mapping_rows import decode_mapping
from store.tables import Row

ENTRY_PREFIXES = ("a", "b:", "s:")


@dataclass(frozen=True, slots=True)
class Entry:
    """One customer in lists. `billing` are the agreements that bill a line of it, `adopted` the names
    (`plans.keys.name_addition`) of the additions that people made its lines' own."""

    overview: CustomerOverview
    billing: tuple[str, ...] = ()
    adopted: tuple[str, ...] = ()

    @property
    def agreements(self) -> frozenset[str]:
        """The agreements that a mapping names or that bill a line."""
        return frozenset(each.agreement_id for each in self.overview.mappings if each.agreement_id).union(self.billing)

    @property
    def line_names(self) -> frozenset[str]:
        """The names of the customer's lines and of what they adopted."""
        return frozenset(name_line(each.id) for each in self.overview.mappings).union(self.adopted)


@dataclass(frozen=True, slots=True)
class Head:
    """What most lists need of a customer."""

    customer: Customer
    mapped: frozenset[Piece] = frozenset()
    seats: int = 0


class KeptOverview(CustomerOverview):
    """An overview whose mappings are still the text that was kept: to read it costs ten times as much as all the rest,
    and few lists ask for it."""

    __slots__ = ("_entry", "head", "text")

    head: Head
    text: bytes
    _entry: Entry | None

    def __init__(self, head: Head, text: bytes, entry: Entry | None = None) -> None:
        for name, value in (("customer", head.customer), ("head", head), ("text", text), ("_entry", entry)):
            object.__setattr__(self, name, value)

    @property
    def entry(self) -> Entry:
        """All that was kept."""
        found = self._entry
        if found is None:
            found = decode(Entry, self.text)
            object.__setattr__(self, "_entry", found)
        return found

    @property
    def mappings(self) -> tuple[Mapping, ...]:
        """What is mapped."""
        return self.entry.overview.mappings

    @property
    def billed(self) -> dict[str, int]:
        """What its lines bill."""
        return self.entry.overview.billed

    @property
    @override
    def mapped(self) -> frozenset[Piece]:
        return self.head.mapped

    @property
    @override
    def seats(self) -> int:
        return self.head.seats

    @override
    def __eq__(self, other: object) -> bool:
        if isinstance(other, KeptOverview):
            return self is other or self.text == other.text
        return self.entry.overview == other

    __hash__ = None  # type: ignore[assignment]


def keep_entry(entry: Entry) -> KeptOverview:
    """The entry as it is kept."""
    overview = entry.overview
    head = Head(overview.customer, overview.mapped, overview.seats)
    return KeptOverview(head, shorten(Entry, entry), entry)


def make_entry(rows: Iterable[Row]) -> Entry | None:
    """A customer from the rows of its partition; None where it is not there itself."""
    rows = list(rows)
    customer = find_customer(rows)
    if customer is None:
        return None
    mappings: list[Mapping] = []
    billed: dict[str, int] = {}
    billing: set[str] = set()
    adopted: set[str] = set()
    for row in rows:
        match split_key(row["RowKey"]):
            case ("am", _):
                mappings.append(decode_mapping(row["value"]))
            case ("b", _):
                adopted |= name_adopted(customer, decode(Adoption, row["value"]))
            case ("s", mapping_id):
                state = decode(LineState, row["value"])
                billed[mapping_id] = state.last_quantity
                billing.update(state.agreement_ids)
            case _:
                continue
    return Entry(CustomerOverview(customer, tuple(mappings), billed), tuple(sorted(billing)), tuple(sorted(adopted)))


def find_customer(rows: Iterable[Row]) -> Customer | None:
    """The customer among the rows of its partition; None where it is not there itself."""
    return next((decode(Customer, row["value"]) for row in rows if row["RowKey"] == "a"), None)


def name_adopted(customer: Customer, adoption: Adoption) -> frozenset[str]:
    """The names of what a person made a line's own."""
    return frozenset(
        name_addition(customer.connection_id, adoption.agreement_id, each.id) for each in adoption.additions
    )
