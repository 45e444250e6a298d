"""A storage account in one SQLite file: tables and one container, as the storage SDK's clients answer, without HTTP.

The repositories of `store/` cannot tell the difference, so that what they cost by themselves can be measured, and a
soak can remember weeks without growing in memory. Nothing but what they call is here.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import TableEntity
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient

from store.storage import Storage

KEYS = frozenset({"PartitionKey", "RowKey"})
SCHEMA = """
create table if not exists rows (
  name text, partition text, key text, etag integer, columns text, primary key (name, partition, key)) without rowid;
create index if not exists by_key on rows (name, key, partition);
create table if not exists blobs (name text primary key, etag integer, content blob) without rowid;
"""
NEWEST = "select coalesce(max(etag), 0) from (select etag from rows union all select etag from blobs)"
WORDS = {"PartitionKey": "partition", "RowKey": "key", "eq": "=", "ge": ">=", "lt": "<"}
PAGE_ROWS = 1000

type Row = dict[str, Any]


@dataclass
class Database:
    """The file, and how many requests an account in Azure would have counted for what was asked of it."""

    connection: sqlite3.Connection
    operations: Counter[str] = field(default_factory=Counter)
    version: int = 0

    def count(self, name: str, pages: int = 1) -> None:
        """One request, or several pages of one query."""
        self.operations[name] += pages

    def close(self) -> None:
        """Give the file back."""
        self.connection.close()

    def next_etag(self) -> int:
        """An ETag that no row had before."""
        self.version += 1
        return self.version


def open_database(file: Path) -> Database:
    """The file, made where it is missing. It is gone with its folder: nothing waits for the disk."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("pragma journal_mode = memory")
    connection.execute("pragma synchronous = off")
    connection.executescript(SCHEMA)
    (newest,) = connection.execute(NEWEST).fetchone()
    return Database(connection, version=newest)


def open_account(database: Database) -> Storage:
    """The account as the product knows it."""
    tables, blobs = AccountTables(database), AccountBlobs(database)
    return Storage(cast(TableServiceClient, tables), cast(BlobServiceClient, blobs))


@dataclass(frozen=True)
class AccountTables:
    """What makes clients of tables."""

    database: Database

    def get_table_client(self, name: str) -> AccountTable:
        """One table."""
        return AccountTable(self.database, name)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class AccountTable:
    """One table."""

    database: Database
    name: str

    async def query_entities(self, text: str, *, parameters: Mapping[str, str]) -> AsyncIterator[TableEntity]:
        """The rows that a filter chooses, in the order of their keys."""
        condition = " ".join(WORDS.get(word, word.replace("@", ":")) for word in text.split(" "))
        found = self._execute(
            f"select partition, key, etag, columns from rows where name = :table_name and ({condition}) "  # noqa: S608
            "order by partition, key",
            {**parameters, "table_name": self.name},
        ).fetchall()
        self.database.count(f"query {self.name}", max(1, -(-len(found) // PAGE_ROWS)))
        for row in found:
            yield make_entity(*row)

    async def get_entity(self, partition: str, key: str) -> TableEntity:
        """One row. Raises ResourceNotFoundError."""
        self.database.count(f"get {self.name}")
        found = self._find(partition, key)
        if found is None:
            raise ResourceNotFoundError(f"{partition}/{key} is not there")
        return make_entity(partition, key, *found)

    async def create_entity(self, row: Row) -> Mapping[str, str]:
        """The row's ETag. Raises ResourceExistsError where the keys are taken."""
        self.database.count(f"write {self.name}")
        self._act("create", row, {})
        return self._find_stamp(row)

    async def upsert_entity(self, row: Row, **options: Any) -> None:
        """Put the row in place of whatever has its keys."""
        self.database.count(f"write {self.name}")
        self._act("upsert", row, options)

    async def update_entity(self, row: Row, **options: Any) -> Mapping[str, str]:
        """The row's ETag. Raises HttpResponseError with 404 or 412."""
        self.database.count(f"write {self.name}")
        self._act("update", row, options)
        return self._find_stamp(row)

    def _find_stamp(self, row: Row) -> Mapping[str, str]:
        """What the SDK answers to a write."""
        etag, _ = self._find(row["PartitionKey"], row["RowKey"]) or ("", "")
        return {"etag": str(etag)}

    async def delete_entity(self, partition: str | Row, key: str = "", **options: Any) -> None:
        """Raises HttpResponseError with 412 where it is not as it was read; nothing where it is gone."""
        row = partition if isinstance(partition, dict) else {"PartitionKey": partition, "RowKey": key}
        self.database.count(f"write {self.name}")
        if self._find(row["PartitionKey"], row["RowKey"]) is not None:
            self._act("delete", row, options)

    async def submit_transaction(self, operations: Sequence[Any]) -> None:
        """All of them or none. Raises what the first that fails raises."""
        self.database.count(f"batch {self.name}")
        with in_transaction(self.database.connection):
            for operation in operations:
                kind, row, options = (*operation, {})[:3]
                self._act(kind, row, options)

    def _act(self, kind: str, row: Row, options: Mapping[str, Any]) -> None:
        partition, key = row["PartitionKey"], row["RowKey"]
        found = self._find(partition, key)
        if kind == "create" and found is not None:
            raise refuse(ResourceExistsError, 409)
        if kind in ("update", "delete") and found is None:
            raise refuse(ResourceNotFoundError, 404)
        wanted = options.get("etag")
        if found is not None and wanted is not None and str(found[0]) != wanted:
            raise refuse(HttpResponseError, 412)
        place = {"name": self.name, "partition": partition, "key": key}
        if kind == "delete":
            self._execute("delete from rows where name = :name and partition = :partition and key = :key", place)
            return
        columns = json.dumps({name: value for name, value in row.items() if name not in KEYS})
        self._execute(
            "insert or replace into rows values (:name, :partition, :key, :etag, :columns)",
            {**place, "etag": self.database.next_etag(), "columns": columns},
        )

    def _find(self, partition: str, key: str) -> tuple[int, str] | None:
        found: tuple[int, str] | None = self._execute(
            "select etag, columns from rows where name = :name and partition = :partition and key = :key",
            {"name": self.name, "partition": partition, "key": key},
        ).fetchone()
        return found

    def _execute(self, text: str, values: Mapping[str, Any]) -> sqlite3.Cursor:
        return self.database.connection.execute(text, values)


@contextmanager
def in_transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is done within, or nothing of it."""
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def make_entity(partition: str, key: str, etag: int, columns: str) -> TableEntity:
    """A row as the SDK gives it."""
    entity = TableEntity({"PartitionKey": partition, "RowKey": key, **json.loads(columns)})
    entity._metadata = {"etag": str(etag), "timestamp": None}
    return entity


def refuse(kind: type[HttpResponseError], status: int) -> HttpResponseError:
    """An error as the SDK raises it."""
    error = kind("refused")
    error.status_code = status
    return error


@dataclass(frozen=True)
class AccountBlobs:
    """What makes the client of the container."""

    database: Database

    def get_container_client(self, name: str) -> AccountContainer:
        """The one container."""
        return AccountContainer(self.database)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Properties:
    """What is said of a blob."""

    etag: str


@dataclass(frozen=True)
class Download:
    """A blob on its way."""

    content: bytes
    properties: Properties

    async def readall(self) -> bytes:
        """All of it."""
        return self.content


@dataclass(frozen=True)
class AccountBlob:
    """One blob."""

    database: Database
    name: str

    async def upload_blob(
        self,
        data: bytes,
        *,
        overwrite: bool = False,
        etag: str | None = None,
        match_condition: MatchConditions | None = None,
    ) -> Mapping[str, str]:
        """Raises ResourceExistsError where it is there and may not be overwritten, or is not as it was read."""
        self.database.count("put blob")
        found = self._find()
        must_be_new = not overwrite or match_condition is MatchConditions.IfMissing
        is_other = match_condition is MatchConditions.IfNotModified and (found is None or str(found[0]) != etag)
        if (found is not None and must_be_new) or is_other:
            raise refuse(ResourceExistsError, 409)
        fresh = self.database.next_etag()
        self.database.connection.execute("insert or replace into blobs values (?, ?, ?)", (self.name, fresh, data))
        return {"etag": str(fresh)}

    async def download_blob(
        self, *, etag: str | None = None, match_condition: MatchConditions | None = None
    ) -> Download:
        """Raises ResourceNotFoundError, or HttpResponseError with 304 where it is as it was read."""
        self.database.count("get blob")
        found = self._find()
        if found is None:
            raise refuse(ResourceNotFoundError, 404)
        if match_condition is MatchConditions.IfModified and str(found[0]) == etag:
            raise refuse(HttpResponseError, 304)
        return Download(found[1], Properties(str(found[0])))

    async def delete_blob(self) -> None:
        """Raises ResourceNotFoundError."""
        self.database.count("put blob")
        if self._find() is None:
            raise refuse(ResourceNotFoundError, 404)
        self.database.connection.execute("delete from blobs where name = ?", (self.name,))

    def _find(self) -> tuple[int, bytes] | None:
        text = "select etag, content from blobs where name = ?"
        found: tuple[int, bytes] | None = self.database.connection.execute(text, (self.name,)).fetchone()
        return found


@dataclass(frozen=True)
class AccountContainer:
    """The one container."""

    database: Database

    def get_blob_client(self, name: str) -> AccountBlob:
        """One blob."""
        return AccountBlob(self.database, name)

    async def upload_blob(self, name: str, data: bytes, *, overwrite: bool = False) -> None:
        """Raises ResourceExistsError where it is there and may not be overwritten."""
        await self.get_blob_client(name).upload_blob(data, overwrite=overwrite)

    async def download_blob(self, name: str) -> Download:
        """Raises ResourceNotFoundError where it is not there."""
        return await self.get_blob_client(name).download_blob()

    async def delete_blob(self, name: str) -> None:
        """Raises ResourceNotFoundError where it is not there."""
        await self.get_blob_client(name).delete_blob()

    async def list_blob_names(self, *, name_starts_with: str) -> AsyncIterator[str]:
        """The names that begin so, in their order."""
        self.database.count("list blobs")
        end = name_starts_with[:-1] + chr(ord(name_starts_with[-1]) + 1)
        text = "select name from blobs where name >= ? and name < ? order by name"
        for (name,) in self.database.connection.execute(text, (name_starts_with, end)).fetchall():
            yield name
