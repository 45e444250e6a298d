"""Changing customers and their mappings: `plans.editing.CustomerEditor` on table `books`.

A customer that was removed has its row under `x` instead of `a`, so that no list finds it, and everything else of it
stays where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from azure.data.tables.aio import TableClient

from plans.editing import MappingChange, OldLine
from plans.journal import Adoption, HistoryEntry
from profiles.billing import Customer
from store.codec import decode, encode
from store.journal import adoption_key, history_row, state_after, state_row
from store.mapping_rows import decode_mapping, encode_mapping
from store.marks import Marks
from store.tables import create, delete, insert_batch, make_row, read, replace, update

CUSTOMER_KEY = "a"
REMOVED_KEY = "x"
CAUSE = "edit"


class TableCustomerEditor:
    """Every change is one batch of one partition: all of it, or nothing."""

    def __init__(self, books: TableClient, marks: Marks) -> None:
        self._books = books
        self._marks = marks

    async def add_customer(self, customer: Customer, history: HistoryEntry) -> bool:
        """A removed customer of the same id comes back with its journal."""
        row = make_row(customer.id, CUSTOMER_KEY, encode(Customer, customer))
        removed = await read(self._books, customer.id, REMOVED_KEY)
        operations = [create(row), create(history_row(customer.id, history, CAUSE))]
        if removed is not None:
            operations.append(delete(removed))
        return await self._commit(customer.id, operations)

    async def change_customer(self, customer: Customer, expected: Customer, history: HistoryEntry) -> bool:
        """Put a customer in place of what was seen; False where it is not so any more."""
        standing = await read(self._books, expected.id, CUSTOMER_KEY)
        if standing is None or decode(Customer, standing["value"]) != expected:
            return False
        row = make_row(expected.id, CUSTOMER_KEY, encode(Customer, customer))
        told = create(history_row(expected.id, history, CAUSE))
        return await self._commit(expected.id, [update(row, standing), told])

    async def remove_customer(self, expected: Customer, history: HistoryEntry) -> bool:
        """Look after a customer no longer; False where it is not as it was seen."""
        standing = await read(self._books, expected.id, CUSTOMER_KEY)
        if standing is None or decode(Customer, standing["value"]) != expected:
            return False
        row = make_row(expected.id, REMOVED_KEY, encode(Customer, expected))
        told = create(history_row(expected.id, history, CAUSE))
        return await self._commit(expected.id, [delete(standing), replace(row), told])

    async def save_mappings(
        self, customer_id: str, changes: tuple[MappingChange, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        """All changes or none; False where a mapping is not as it was seen, or its customer is gone."""
        customer = await read(self._books, customer_id, CUSTOMER_KEY)
        if customer is None:
            return False
        operations: list[Any] = []
        for expected, wanted in changes:
            row = make_row(customer_id, f"am:{wanted.id}", encode_mapping(wanted))
            if expected is None:
                operations.append(create(row))
                continue
            standing = await read(self._books, customer_id, f"am:{expected.id}")
            if standing is None or decode_mapping(standing["value"]) != expected:
                return False
            operations.append(update(row, standing))
        operations += [create(history_row(customer_id, entry, CAUSE)) for entry in history]
        unchanged = make_row(customer_id, CUSTOMER_KEY, customer["value"].encode())
        return await self._commit(customer_id, [*operations, update(unchanged, customer)])

    async def add_old_lines(
        self, customer_id: str, lines: tuple[OldLine, ...], history: tuple[HistoryEntry, ...]
    ) -> bool:
        """Four rows a line: its mapping, its adoption, its state, and what history says of it."""
        customer = await read(self._books, customer_id, CUSTOMER_KEY)
        if customer is None:
            return False
        rows = [history_row(customer_id, entry, CAUSE) for entry in history]
        for mapping, adoption in lines:
            key = adoption_key(adoption)
            rows.append(make_row(customer_id, f"am:{mapping.id}", encode_mapping(mapping)))
            rows.append(make_row(customer_id, key, encode(Adoption, adoption)))
            rows.append(state_row(customer_id, mapping.id, state_after(adoption, ())))
        unchanged = make_row(customer_id, CUSTOMER_KEY, customer["value"].encode())
        return await self._commit(customer_id, [*map(create, rows), update(unchanged, customer)])

    async def _commit(self, customer_id: str, operations: Sequence[Any]) -> bool:
        async with self._marks.changing(customer_id):
            return await insert_batch(self._books, operations)
