"""Customers with their mappings and journals: table `books`, one partition a customer.

Row keys: `a` the customer, `am:MAPPING` a mapping, `s:MAPPING` a line's state, `i:MAPPING:NUMBER:ATTEMPT` an intent,
`c:MAPPING:NUMBER` what the PSA accepted without showing it, `e:MAPPING:NUMBER` its evidence, `l:MAPPING:DATE:NUMBER`
the ledger, `b:MAPPING:NUMBER` an adoption, `q:MAPPING:DATE` a count, `r:MAPPING` a refusal, `v:MAPPING:HASH` an
approval, `u:MAPPING` a write that a person wants taken back, `h:INVERTED TIME:…` the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from azure.data.tables.aio import TableClient

from plans.approvals import Approval, outlives
from plans.journal import Adoption
from plans.keys import name_addition, name_line
from plans.ports import CustomerOverview, Desk
from profiles.billing import Customer, Mapping
from store import filters
from store.codec import decode, encode
from store.journal import TableJournal
from store.lines import LineState, UndoRequest, collect_journals, split_key
from store.tables import Row, make_row, put, query, read
from store.turns import TableTurns

# Everything but the history and the ledger, which grow for ever: `a` to `e`, `i`, and `q` to `v`.
DESK_RANGES = (("a", "h"), ("i", "j"), ("q", "w"))
NAME_PREFIXES = ("a", "b:")
OVERVIEW_PREFIXES = ("a", "s:")


class TableBooks(TableJournal, TableTurns):
    """`plans.ports.Books` on Azure Table Storage."""

    def __init__(self, books: TableClient, config: TableClient, now: Callable[[], datetime]) -> None:
        TableJournal.__init__(self, books)
        TableTurns.__init__(self, config, now)

    async def list_customers(self) -> tuple[Customer, ...]:
        rows = [row async for row in query(self._books, filters.anywhere_with_prefix("a"))]
        return tuple(decode(Customer, row["value"]) for row in rows if row["RowKey"] == "a")

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        found = map(make_overview, (await self._group(OVERVIEW_PREFIXES)).values())
        return tuple(overview for overview in found if overview is not None)

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        chosen = filters.with_prefixes(customer_id, OVERVIEW_PREFIXES)
        return make_overview([row async for row in query(self._books, chosen)])

    async def list_line_names(self) -> frozenset[str]:
        names: set[str] = set()
        for rows in (await self._group(NAME_PREFIXES)).values():
            customer = find_customer(rows)
            for row in rows:
                match split_key(row["RowKey"]):
                    case ("am", _) if customer is not None:
                        names.add(name_line(decode(Mapping, row["value"]).id))
                    case ("b", _) if customer is not None:
                        names |= name_adopted(customer, decode(Adoption, row["value"]))
                    case _:
                        continue
        return frozenset(names)

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        mapped: dict[str, set[str]] = defaultdict(set)
        for rows in (await self._group(OVERVIEW_PREFIXES)).values():
            customer = find_customer(rows)
            if customer is not None:
                for row in rows:
                    mapped[customer.connection_id].update(list_agreements(row))
        return {connection_id: tuple(sorted(ids)) for connection_id, ids in mapped.items() if ids}

    async def save_customer(self, customer: Customer, mappings: Iterable[Mapping]) -> None:
        """Put the customer and its mappings; the journal stays as it is."""
        await put(self._books, make_row(customer.id, "a", encode(Customer, customer)))
        for mapping in mappings:
            await put(self._books, make_row(customer.id, f"am:{mapping.id}", encode(Mapping, mapping)))

    async def read_customer(self, customer_id: str) -> Customer | None:
        row = await read(self._books, customer_id, "a")
        return None if row is None else decode(Customer, row["value"])

    async def read_desk(self, customer_id: str) -> Desk | None:
        chosen = filters.in_ranges(customer_id, DESK_RANGES)
        rows = [row async for row in query(self._books, chosen)]
        customer = find_customer(rows)
        if customer is None:
            return None
        mappings: list[Mapping] = []
        approvals: list[Approval] = []
        undos: dict[str, int] = {}
        for row in rows:
            match split_key(row["RowKey"]):
                case ("am", _):
                    mappings.append(decode(Mapping, row["value"]))
                case ("u", mapping_id):
                    undos[mapping_id] = decode(UndoRequest, row["value"]).sequence
                case ("v", _):
                    approvals.append(decode(Approval, row["value"]))
                case _:
                    continue
        journals = collect_journals((mapping.id for mapping in mappings), rows)
        refusals = {mapping_id: journal.refusal for mapping_id, journal in journals.items()}
        alive = tuple(each for each in approvals if outlives(each, refusals.get(each.mapping_id)))
        return Desk(customer, tuple(mappings), journals, alive, undos)

    async def _group(self, prefixes: tuple[str, ...]) -> dict[str, list[Row]]:
        """The rows of every customer whose keys start with any of the prefixes, by customer."""
        by_customer: dict[str, list[Row]] = defaultdict(list)
        async for row in query(self._books, filters.anywhere_with_prefixes(prefixes)):
            by_customer[row["PartitionKey"]].append(row)
        return by_customer


def find_customer(rows: Iterable[Row]) -> Customer | None:
    """The customer among the rows of its partition; None where it is not there itself."""
    return next((decode(Customer, row["value"]) for row in rows if row["RowKey"] == "a"), None)


def name_adopted(customer: Customer, adoption: Adoption) -> frozenset[str]:
    """The names of what a person made a line's own."""
    return frozenset(
        name_addition(customer.connection_id, adoption.agreement_id, each.id) for each in adoption.additions
    )


def list_agreements(row: Row) -> tuple[str, ...]:
    """The agreements that a row names: a mapping's own, if it has one, or those that bill a line."""
    match split_key(row["RowKey"]):
        case ("am", _):
            agreement_id = decode(Mapping, row["value"]).agreement_id
            return (agreement_id,) if agreement_id else ()
        case ("s", _):
            return decode(LineState, row["value"]).agreement_ids
        case _:
            return ()


def make_overview(rows: Iterable[Row]) -> CustomerOverview | None:
    """A customer from the rows of its partition; None where it is not there itself."""
    rows = list(rows)
    customer = find_customer(rows)
    mappings: list[Mapping] = []
    billed: dict[str, int] = {}
    for row in rows:
        match split_key(row["RowKey"]):
            case ("am", _):
                mappings.append(decode(Mapping, row["value"]))
            case ("s", mapping_id):
                billed[mapping_id] = decode(LineState, row["value"]).last_quantity
            case _:
                continue
    return None if customer is None else CustomerOverview(customer, tuple(mappings), billed)
