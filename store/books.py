"""Customers with their mappings and journals: table `books`, one partition a customer.

Row keys: `a` the customer, `am:MAPPING` a mapping, `s:MAPPING` a line's state, `i:MAPPING:NUMBER:ATTEMPT` an intent,
`c:MAPPING:NUMBER` what the PSA accepted without showing it, `e:MAPPING:NUMBER` its evidence, `l:MAPPING:DATE:NUMBER`
the ledger, `b:MAPPING:NUMBER` an adoption, with `-TURN` where it is a further one, `q:MAPPING:DATE` a count,
`r:MAPPING` a refusal, `v:MAPPING:HASH` an approval, `u:MAPPING` a write that a person wants taken back,
`h:INVERTED TIME:…` the history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient

from plans.approvals import Approval, outlives
from plans.ports import CustomerOverview, Desk
from profiles.billing import Customer, Mapping
from store import filters
from store.codec import decode, encode
from store.customer_view import CustomerView
from store.entries import ENTRY_PREFIXES, find_customer, make_entry
from store.journal import TableJournal
from store.lines import UndoRequest, collect_journals, split_key
from store.mapping_rows import decode_mapping, encode_mapping
from store.marks import Marks
from store.tables import make_row, put_batches, query, read
from store.turns import TableTurns

# Everything but the history and the ledger, which grow for ever: `a` to `e`, `i`, and `q` to `v`.
DESK_RANGES = (("a", "h"), ("i", "j"), ("q", "w"))


class TableBooks(TableJournal, TableTurns):
    """`plans.ports.Books` on Azure Table Storage."""

    def __init__(
        self, books: TableClient, config: TableClient, container: ContainerClient, now: Callable[[], datetime]
    ) -> None:
        marks = Marks(config, now)
        TableJournal.__init__(self, books, marks)
        TableTurns.__init__(self, config, now)
        self._view = CustomerView(books, marks, container)

    async def list_customers(self) -> tuple[Customer, ...]:
        return tuple(each.customer for each in (await self._view.read()).values())

    async def list_overviews(self) -> tuple[CustomerOverview, ...]:
        return tuple((await self._view.read()).values())

    async def read_overview(self, customer_id: str) -> CustomerOverview | None:
        chosen = filters.with_prefixes(customer_id, ENTRY_PREFIXES)
        entry = make_entry([row async for row in query(self._books, chosen)])
        return None if entry is None else entry.overview

    async def list_line_names(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.entry.line_names for each in (await self._view.read()).values()))

    async def list_mapped_agreements(self) -> dict[str, tuple[str, ...]]:
        mapped: dict[str, set[str]] = defaultdict(set)
        for each in (await self._view.read()).values():
            mapped[each.customer.connection_id] |= each.entry.agreements
        return {connection_id: tuple(sorted(ids)) for connection_id, ids in mapped.items() if ids}

    async def save_customer(self, customer: Customer, mappings: Iterable[Mapping]) -> None:
        """Put the customer and its mappings; the journal stays as it is."""
        rows = [make_row(customer.id, f"am:{each.id}", encode_mapping(each)) for each in mappings]
        async with self._marks.changing(customer.id):
            await put_batches(self._books, [make_row(customer.id, "a", encode(Customer, customer)), *rows])

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
                    mappings.append(decode_mapping(row["value"]))
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
