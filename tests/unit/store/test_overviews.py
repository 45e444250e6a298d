"""Customers as lists need them: what is mapped and what is billed, and none of the journal."""

from __future__ import annotations

from azure.data.tables.aio import TableClient

from profiles.billing import Basis, Customer, Mapping
from store.books import TableBooks
from store.codec import encode
from store.lines import LineState
from store.tables import make_row


def make_customer(number: int) -> Customer:
    return Customer(f"customer-{number}", f"Customer {number}", f"tenant-{number}", "connectwise", "250")


def make_mapping(number: int) -> Mapping:
    return Mapping(
        f"m-{number}", f"customer-{number}", "sku", "Microsoft 365 E3", "e3", str(400 + number), Basis.PURCHASED
    )


async def test_every_customer_comes_with_its_mappings_and_last_quantities(
    table_books: TableBooks, books_table: TableClient
) -> None:
    for number in range(3):
        await table_books.save_customer(make_customer(number), [make_mapping(number)] if number else [])
    state = encode(LineState, LineState(12, None))
    await books_table.upsert_entity(make_row("customer-1", "s:m-1", state))
    for other in (
        "e:m-1:000000",
        "i:m-1:000000:001",
        "l:m-1:2026-11-22:000000",
        "h:1:m-1:000000",
        "q:m-1:2026-11-22",
        "t",
    ):
        await books_table.upsert_entity(make_row("customer-1", other, b"{}"))
    found = {overview.customer.id: overview for overview in await table_books.list_overviews()}
    assert list(found) == ["customer-0", "customer-1", "customer-2"]
    assert found["customer-0"].mappings == ()
    assert found["customer-1"].mappings == (make_mapping(1),)
    assert found["customer-1"].billed == {"m-1": 12}
    assert found["customer-2"].billed == {}
    assert await table_books.read_overview("customer-1") == found["customer-1"]


async def test_a_customer_that_is_not_there_is_none(table_books: TableBooks, books_table: TableClient) -> None:
    await books_table.upsert_entity(make_row("ghost", "s:m-1", encode(LineState, LineState(1, None))))
    assert await table_books.list_overviews() == ()
    for customer_id in ("ghost", "nobody", "' or RowKey ge '", "@from0", "a/b\\c#d?e", "\x00"):
        assert await table_books.read_overview(customer_id) is None
