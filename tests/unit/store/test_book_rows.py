"""The books as rows: what is one batch, what a desk reads and what it leaves, and what Azure would refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables.aio import TableClient

from plans.errors import Bug, Misconfigured
from plans.journal import Acceptance
from store import books as books_module
from store import filters, journal, tables
from store.books import DESK_RANGES, TableBooks
from store.codec import encode
from store.filters import COMPARISON_LIMIT, Filter
from store.lines import LineState, split_key
from store.tables import make_row
from tests.unit.store.values import (
    CONTOSO,
    CUSTOMER,
    MAPPING,
    make_adoption,
    make_approval,
    make_change,
    make_count,
    make_evidence,
    make_history,
    make_intent,
    make_mapping,
    make_refusal,
    settle_with,
)


async def list_keys(table: TableClient) -> list[str]:
    return [row["RowKey"] async for row in table.list_entities()]


async def fill(books: TableBooks) -> None:
    """One row of every kind, at least."""
    await books.save_customer(CONTOSO, [make_mapping()])
    await books.adopt(CUSTOMER, make_adoption(), make_history())
    await books.insert_intent(CUSTOMER, make_intent(make_change()))
    await books.note_acceptance(CUSTOMER, Acceptance(MAPPING, 0, "9001"))
    await books.settle(CUSTOMER, settle_with(make_evidence()))
    await books.save_counts(CUSTOMER, {MAPPING: [make_count(10)]})
    await books.refuse(CUSTOMER, make_refusal(), make_history())
    await books.approve(CUSTOMER, make_approval(), make_history())
    await books.ask_undo(CUSTOMER, MAPPING, 0, make_history())


async def test_every_row_has_the_key_that_the_books_list(table_books: TableBooks, books_table: TableClient) -> None:
    await fill(table_books)
    keys = [key for key in await list_keys(books_table) if not key.startswith("h:")]
    assert keys == [
        "a",
        f"am:{MAPPING}",
        f"b:{MAPPING}:000000",
        f"c:{MAPPING}:000000",
        f"e:{MAPPING}:000000",
        f"i:{MAPPING}:000000:000",
        f"l:{MAPPING}:2026-11-22:000000",
        f"q:{MAPPING}:2026-11-10",
        f"r:{MAPPING}",
        f"s:{MAPPING}",
        f"u:{MAPPING}",
        f"v:{MAPPING}:abc",
    ]


async def test_a_desk_is_one_query_for_everything_but_history_and_ledger(
    table_books: TableBooks, books_table: TableClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(table_books)
    read: list[str] = []
    queries: list[Filter] = []

    async def query_and_count(table: TableClient, chosen: Filter) -> Any:
        queries.append(chosen)
        async for row in tables.query(table, chosen):
            read.append(row["RowKey"])
            yield row

    monkeypatch.setattr(books_module, "query", query_and_count)
    await table_books.read_desk(CUSTOMER)
    assert len(queries) == 1
    everything = await list_keys(books_table)
    assert sorted(read) == sorted(key for key in everything if key.partition(":")[0] not in ("h", "l"))


def test_the_ranges_of_a_desk_hold_exactly_its_kinds() -> None:
    kinds = ["a", "am:", "b:", "c:", "e:", "h:", "i:", "l:", "q:", "r:", "s:", "u:", "v:"]
    within = [kind for kind in kinds if any(start <= kind + "x" < end for start, end in DESK_RANGES)]
    assert within == [kind for kind in kinds if kind not in ("h:", "l:")]


def test_a_filter_that_azure_would_refuse_is_our_mistake() -> None:
    prefixes = tuple(f"{letter}:" for letter in "abcdefgh")
    assert filters.with_prefixes("p", prefixes[:5]).text.count("@") == COMPARISON_LIMIT
    with pytest.raises(Bug, match="18 comparisons"):
        filters.with_prefixes("p", prefixes[:6])
    assert filters.anywhere_with_prefixes(prefixes[:7]).text.count("@") == 14
    with pytest.raises(Bug, match="16 comparisons"):
        filters.anywhere_with_prefixes(prefixes)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("a", ("a", "")),
        ("am:x", ("am", "")),
        ("s:x:y", ("s", "x:y")),
        ("e:x:y:000001", ("e", "x:y")),
        ("i:x:000001:000", ("i", "x")),
        ("q:x:y:2026-11-22", ("q", "x:y")),
        ("v:x:abc", ("v", "x")),
        ("h:1:x:000000", ("h", "")),
    ],
)
def test_a_key_says_which_line_it_is_about(key: str, parts: tuple[str, str]) -> None:
    assert split_key(key) == parts


async def test_a_settlement_is_whole_or_not_at_all(table_books: TableBooks, books_table: TableClient) -> None:
    """The ledger row alone is taken: evidence, history and state must stay away as well."""
    key = f"l:{MAPPING}:2026-11-22:000000"
    await books_table.create_entity({"PartitionKey": CUSTOMER, "RowKey": key, "value": "{}"})
    assert await table_books.settle(CUSTOMER, settle_with(make_evidence(), parked="x")) is False
    assert await list_keys(books_table) == [key]


async def test_a_settlement_without_a_ledger_entry_has_no_row_for_one(
    table_books: TableBooks, books_table: TableClient
) -> None:
    await table_books.settle(CUSTOMER, settle_with(replace(make_evidence(), ledger=None)))
    assert [key[:2] for key in await list_keys(books_table)] == ["e:", "h:", "s:"]


@pytest.mark.parametrize("is_parked", [False, True])
async def test_a_line_that_moves_on_while_it_is_adopted_is_not_adopted(
    table_books: TableBooks, books_table: TableClient, monkeypatch: pytest.MonkeyPatch, is_parked: bool
) -> None:
    """The line settles after the adoption looked for evidence and before it is written."""
    number = 0
    if is_parked:
        number = 1
        await table_books.settle(CUSTOMER, settle_with(make_evidence(0), parked="Look."))
    real_read = tables.read

    async def read_slowly(table: TableClient, partition: str, row_key: str) -> Any:
        row = await real_read(table, partition, row_key)
        if row_key.startswith("e:"):
            assert await table_books.settle(CUSTOMER, settle_with(make_evidence(number), minutes=1))
        return row

    monkeypatch.setattr(journal, "read", read_slowly)
    assert await table_books.adopt(CUSTOMER, make_adoption(number), make_history(number, minutes=2)) is False
    line = await table_books.read_line(CUSTOMER, MAPPING)
    assert (len(line.evidence), line.adoptions) == (number + 1, ())
    assert len(await table_books.list_history(CUSTOMER)) == number + 1


async def test_nothing_is_adopted_under_a_name_that_no_table_takes(table_books: TableBooks) -> None:
    with pytest.raises(Misconfigured, match="cannot be a table key"):
        await table_books.adopt(CUSTOMER, make_adoption(mapping_id="a/b"), make_history())


async def test_a_state_from_before_lines_said_where_they_are_billed_is_read(
    table_books: TableBooks, books_table: TableClient
) -> None:
    await table_books.save_customer(CONTOSO, [make_mapping()])
    await books_table.upsert_entity(
        make_row(CUSTOMER, f"s:{MAPPING}", b'{"last_quantity":3,"parked_sentence":"Look."}')
    )
    assert (await table_books.read_line(CUSTOMER, MAPPING)).parked_sentence == "Look."
    assert await table_books.adopt(CUSTOMER, make_adoption(), make_history())
    kept = await books_table.get_entity(CUSTOMER, f"s:{MAPPING}")
    assert kept["value"].encode() == encode(LineState, LineState(8, None, ("1201",)))


async def test_no_counts_touch_no_table(table_books: TableBooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_books, "_books", None)
    await table_books.save_counts(CUSTOMER, {MAPPING: []})


async def test_a_mapping_whose_customer_is_gone_does_not_stop_the_night(
    table_books: TableBooks, books_table: TableClient
) -> None:
    await table_books.save_customer(CONTOSO, [make_mapping()])
    await books_table.delete_entity(CUSTOMER, "a")
    assert await table_books.list_mapped_agreements() == {}


async def test_another_customer_makes_promises_of_its_own(table_books: TableBooks) -> None:
    assert await table_books.insert_intent(CUSTOMER, make_intent(make_change()))
    assert await table_books.insert_intent("fabrikam", make_intent(make_change()))
