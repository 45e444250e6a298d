"""From customers and the last night to the list of customers. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from plans.ports import CustomerOverview
from plans.runs import Run, is_night
from profiles.unmapped import Piece
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
from web.pages.records import NightRecords
from web.pages.shelf import Shelf
from web.pages.standing import NOTHING_MAPPED, ORDER, WORDS, CustomerInRun, Standing
from web.pages.unmapped import count_unmapped
from web.pages.view import Tone
from web.wording import clean, hide_ids, write_clock, write_day, write_number_of, write_short_day

UNMAPPED = "unmapped"
NEEDED = "needed"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer. `unmapped` is None where nobody knows the tenant's licences."""

    customer_id: str
    name: str
    domain: str
    mapped: int
    unmapped: int | None
    seats: int
    standing: Standing
    sentence: str
    since: date | None
    is_new: bool
    is_observed: bool = False
    needs_a_person: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it stands as it does because nothing of it is mapped."""
        return self.standing is Standing.UNCHANGED and not self.mapped

    @property
    def word(self) -> str:
        """How it stands."""
        return (NOTHING_MAPPED if self.is_bare else WORDS[self.standing])[0]

    @property
    def tone(self) -> Tone:
        """What its colour means."""
        return WORDS[self.standing][1]

    @property
    def since_words(self) -> str:
        """Since when somebody is needed."""
        if self.since is None:
            return ""
        return "Last night" if self.is_new else write_short_day(self.since)

    @property
    def found_by(self) -> str:
        """What a search looks at."""
        return f"{self.name} {self.domain}".casefold()


@dataclass(frozen=True, slots=True)
class CustomersView:
    """The page."""

    headline: str
    when: str
    listing: Listing[CustomerRow]
    has_domains: bool
    customer_count: int


SORTERS: tuple[Sorter[CustomerRow], ...] = (
    Sorter("name", lambda row: row.name.casefold()),
    Sorter("domain", lambda row: row.domain),
    Sorter("mapped", lambda row: row.mapped, is_number=True),
    Sorter("unmapped", lambda row: -1 if row.unmapped is None else row.unmapped, is_number=True),
    Sorter("seats", lambda row: row.seats, is_number=True),
    Sorter("state", lambda row: ORDER[row.standing]),
    Sorter("since", lambda row: (row.since is None, row.since or date.max)),
)
CSV_HEADER = (
    "Customer",
    "Default domain",
    "Licences mapped",
    "Licences unmapped",
    "Seats billed",
    "Last night",
    "Observed",
    "Needs you since",
    "Why",
)


def make_rows(shelf: Shelf, records: NightRecords | None) -> tuple[CustomerRow, ...]:
    """Every customer, by name."""
    in_run: dict[str, CustomerInRun] = {}
    licences: dict[str, frozenset[Piece]] = {}
    if records is not None:
        in_run, licences = records.standings, records.licences
    rows = [
        make_row(
            overview,
            in_run.get(customer_id) or CustomerInRun(customer_id, Standing.NEW),
            licences.get(overview.customer.tenant_id),
            shelf,
            records,
        )
        for customer_id, overview in shelf.overviews.items()
    ]
    return tuple(sorted(rows, key=lambda row: row.name.casefold()))


def make_row(
    overview: CustomerOverview,
    in_run: CustomerInRun,
    licences: frozenset[Piece] | None,
    shelf: Shelf,
    records: NightRecords | None,
) -> CustomerRow:
    """One customer's line. What is excluded everywhere, or with its tenant, is not unmapped."""
    customer = overview.customer
    since = None if records is None else records.needed_since.get(customer.id)
    return CustomerRow(
        customer_id=customer.id,
        name=clean(customer.name) or NAMELESS_CUSTOMER,
        domain=clean(shelf.domains.get(customer.tenant_id, "")),
        mapped=len({sku_id for sku_id, _ in overview.mapped}),
        unmapped=count_unmapped(overview, licences, shelf),
        seats=overview.seats,
        standing=in_run.standing,
        sentence=" ".join(dict.fromkeys(hide_ids(each.sentence, each.tenant_id) for each in in_run.troubles)),
        since=since,
        is_new=since is not None and records is not None and since >= records.run.day,
        is_observed=customer.is_observed,
        needs_a_person=in_run.needs_a_person,
    )


def select(rows: Sequence[CustomerRow], ask: Ask) -> list[CustomerRow]:
    """What the address asks for, in its order."""
    found = find(rows, ask.search, lambda row: row.found_by)
    return order([row for row in found if has_state(row, ask.state)], ask.sort, SORTERS)


def has_state(row: CustomerRow, state: str) -> bool:
    """Whether a chip lets the row through."""
    match state:
        case "":
            return True
        case "unmapped":
            return bool(row.unmapped)
        case "needed":
            return row.needs_a_person
        case "observed":
            return row.is_observed
        case _:
            return row.standing == state


def make_list(rows: Sequence[CustomerRow], run: Run | None, ask: Ask, zone: ZoneInfo) -> CustomersView:
    """The page as the address asks for it."""
    found = find(rows, ask.search, lambda row: row.found_by)
    counts = Counter(row.standing.value for row in found)
    counts[UNMAPPED] = sum(bool(row.unmapped) for row in found)
    counts[NEEDED] = sum(row.needs_a_person for row in found)
    counts[Standing.OBSERVED] = sum(row.is_observed for row in found)
    kinds = [
        (NEEDED, "Need you", Tone.LOOK),
        (UNMAPPED, "With unmapped licences", Tone.LOOK),
        *((standing.value, *WORDS[standing]) for standing in Standing),
    ]
    chosen = select(rows, ask)
    has_domains = any(row.domain for row in rows)
    heads = [
        Head("Customer", "name"),
        *([Head("Default domain", "domain")] if has_domains else []),
        Head("Mapped", "mapped"),
        Head("Unmapped", "unmapped"),
        Head("Seats billed", "seats"),
        Head("Last night", "state"),
        Head("Needs you since", "since"),
    ]
    return CustomersView(
        headline=write_headline(rows),
        when=write_when(run, zone),
        listing=cut_listing(
            ask,
            chosen,
            make_chips(ask, len(found), kinds, counts),
            make_columns(ask, heads, SORTERS),
            write_how_many(len(chosen), len(rows), "customer"),
        ),
        has_domains=has_domains,
        customer_count=len(rows),
    )


def write_headline(rows: Sequence[CustomerRow]) -> str:
    """25 customers; 3 need you."""
    if not rows:
        return "No customer is set up yet."
    needing = sum(row.needs_a_person for row in rows)
    unmapped = sum(row.unmapped or 0 for row in rows)
    parts = [write_number_of(len(rows), "customer")]
    if needing:
        parts.append(f"{needing:,} need{'s' if needing == 1 else ''} you")
    if unmapped:
        parts.append(f"{write_number_of(unmapped, 'licence')} unmapped")
    return "; ".join(parts) + ("." if needing or unmapped else "; nothing needs you.")


def write_when(run: Run | None, zone: ZoneInfo) -> str:
    """Which night the list speaks of."""
    if run is None:
        return "No night has run yet."
    ended = run.closed_at or run.started_at
    local = ended.astimezone(zone)
    if not is_night(run.id):
        return (
            f"No night has run yet; as the sync of {write_day(run.day)} left them at {write_clock(local)} ({zone.key})"
        )
    return f"As the night of {write_day(run.day)} left them at {write_clock(local)} ({zone.key})"


def make_csv_row(row: CustomerRow) -> tuple[Cell, ...]:
    """The columns of the page, and the sentence behind the word."""
    return (
        row.name,
        row.domain,
        row.mapped,
        row.unmapped,
        row.seats,
        row.word,
        write_observed(row),
        row.since,
        row.sentence,
    )


def write_observed(row: CustomerRow) -> str:
    """A word for a customer that is planned and never written."""
    return "Observed" if row.is_observed else ""
