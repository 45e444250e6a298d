"""Rows: one typed value each, kept as JSON beside the two keys.

A text that is longer than a column may be goes on in further columns: `value`, `value01`, `value02`, …
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from plans.errors import Misconfigured
from store.filters import Filter

BATCH_LIMIT = 100
# In UTF-16 units. Azure takes 32,768 a column; a row of five stays below 1 MiB even as a request, where a unit may take
# six bytes.
COLUMN_LENGTH_LIMIT = 32_000
VALUE_LENGTH_LIMIT = 160_000
OVERTAKEN = frozenset({409, 412})
GONE_OR_OVERTAKEN = OVERTAKEN | {404}
# The column of the one write that made a row so, unlike every other write of the very same value.
WRITE_COLUMN = "write"
FORBIDDEN_IN_KEYS = frozenset("/\\#?")

type Row = dict[str, Any]


def make_row(partition: str, row_key: str, value: bytes) -> Row:
    """A row whose value is the given JSON text. Raises Misconfigured where no table takes its keys or its length."""
    check_key(partition)
    check_key(row_key)
    text = value.decode()
    length = measure(text)
    if length > VALUE_LENGTH_LIMIT:
        raise Misconfigured(f"Row {partition}/{row_key} holds {length} characters; {VALUE_LENGTH_LIMIT} fit.")
    return {"PartitionKey": partition, "RowKey": row_key, **split_value(text, length)}


def split_value(text: str, length: int) -> dict[str, str]:
    """The text as columns; a piece of half as many characters as a column takes always fits, whatever they are."""
    if length <= COLUMN_LENGTH_LIMIT:
        return {"value": text}
    step = COLUMN_LENGTH_LIMIT // 2
    pieces = [text[start : start + step] for start in range(0, len(text), step)]
    return {name_column(number): piece for number, piece in enumerate(pieces)}


def join_value(row: Row) -> str:
    """The text from the columns that hold it."""
    text: str = row["value"]
    number = 1
    while (name := name_column(number)) in row:
        text += row[name]
        number += 1
    return text


def name_column(number: int) -> str:
    """The column of a piece of a value, counted from 0."""
    return f"value{number:02d}" if number else "value"


def measure(text: str) -> int:
    """The length of a text as Azure counts it, in UTF-16 units: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def check_key(key: str) -> None:
    """Refuse what a table key may not hold."""
    bad = sorted(set(key) & FORBIDDEN_IN_KEYS) + [repr(c) for c in key if ord(c) < 32 or 127 <= ord(c) < 160]
    if bad or not key:
        raise Misconfigured(f"{key!r} cannot be a table key: it is empty or holds {' '.join(bad)}.")


async def query(table: TableClient, chosen: Filter) -> AsyncIterator[TableEntity]:
    """The rows that a filter chooses, each with its ETag, in the order of their keys."""
    async for entity in table.query_entities(chosen.text, parameters=chosen.parameters):
        entity["value"] = join_value(entity)
        yield entity


async def scan(table: TableClient) -> AsyncIterator[Row]:
    """Every row of a table as it is kept, in the order of its keys: for backups alone."""
    async for entity in table.list_entities():
        yield dict(entity)


async def remove_rows(table: TableClient, rows: Sequence[Row]) -> None:
    """Delete rows of one partition, whatever became of them since they were read; those that are gone stay gone."""
    for start in range(0, len(rows), BATCH_LIMIT):
        await table.submit_transaction([("delete", row) for row in rows[start : start + BATCH_LIMIT]])


async def read(table: TableClient, partition: str, row_key: str) -> TableEntity | None:
    """One row with its ETag, or None."""
    try:
        entity = await table.get_entity(partition, row_key)
    except ResourceNotFoundError:
        return None
    entity["value"] = join_value(entity)
    return entity


async def put(table: TableClient, row: Row) -> None:
    """Put the row in place of the one of its keys, and nothing of that one stays."""
    await table.upsert_entity(row, mode=UpdateMode.REPLACE)


async def insert(table: TableClient, row: Row) -> bool:
    """Insert the row; False where its keys are taken by another write than this one."""
    return await insert_stamped(table, row) is not None


async def insert_stamped(table: TableClient, row: Row) -> str | None:
    """Insert the row; its ETag, or None where its keys are taken by another write than this one."""
    marked = mark(row)
    try:
        answer = await table.create_entity(marked)
    except ResourceExistsError:
        return await find_written(table, marked)
    return str(answer["etag"])


async def replace_read(table: TableClient, row: Row, stamp: str | None) -> str | None:
    """Put the row in place of the one that was read with this ETag; the new ETag, or None where another one stands
    there by now, or none."""
    marked = mark(row)
    try:
        answer = await table.update_entity(
            marked, mode=UpdateMode.REPLACE, etag=stamp, match_condition=MatchConditions.IfNotModified
        )
    except HttpResponseError as error:
        if error.status_code not in GONE_OR_OVERTAKEN:
            raise
        return await find_written(table, marked)
    return str(answer["etag"])


def mark(row: Row) -> Row:
    """The row as one write of ours makes it: two workers who write the same value are told apart all the same."""
    return {**row, WRITE_COLUMN: uuid4().hex}


async def find_written(table: TableClient, marked: Row) -> str | None:
    """The ETag of a refused row that stands all the same; None where it does not.

    The SDK repeats by itself what was not answered, or with a 5xx. Where the first one took effect, the repeat is
    refused for the row that it made (Azure Storage, "Retry guidance").
    """
    standing = await read(table, marked["PartitionKey"], marked["RowKey"])
    is_ours = standing is not None and standing.get(WRITE_COLUMN) == marked[WRITE_COLUMN]
    return str(standing.metadata["etag"]) if standing is not None and is_ours else None


async def insert_batch(table: TableClient, operations: Sequence[Any]) -> bool:
    """Commit all operations of one partition, 100 at most, or none.

    False where an insert meets a taken key, or an update a row that is not as it was read.
    """
    try:
        await table.submit_transaction(operations)
    except HttpResponseError as error:
        if error.status_code in OVERTAKEN:
            return False
        raise
    return True


async def change_read(table: TableClient, operations: Sequence[Any]) -> bool:
    """Commit operations on rows that were read before; False where one of them is not as it was read, or is gone."""
    try:
        return await insert_batch(table, operations)
    except HttpResponseError as error:
        if error.status_code != 404:
            raise
        return False


async def put_batches(table: TableClient, rows: Sequence[Row]) -> None:
    """Put rows of one partition, each in place of the row of its keys; 100 of them at a time are put or none."""
    for start in range(0, len(rows), BATCH_LIMIT):
        batch = rows[start : start + BATCH_LIMIT]
        await table.submit_transaction([replace(row) for row in batch])


def replace(row: Row) -> Any:
    """The operation of a batch that puts the row in place of the one of its keys."""
    return ("upsert", row, {"mode": UpdateMode.REPLACE})


def create(row: Row) -> Any:
    """The operation of a batch that inserts the row."""
    return ("create", row)


def update(row: Row, read_before: TableEntity) -> Any:
    """The operation of a batch that replaces a row as it was read, and no other."""
    condition = {"etag": read_before.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
    return ("update", row, {"mode": UpdateMode.REPLACE, **condition})


def delete(read_before: TableEntity) -> Any:
    """The operation of a batch that deletes a row as it was read, and no other."""
    condition = {"etag": read_before.metadata["etag"], "match_condition": MatchConditions.IfNotModified}
    return ("delete", read_before, condition)
