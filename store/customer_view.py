"""What lists know of every customer, in one blob: `views/customers.gz`.

The rows of `books` are the truth; a list that looked for them would walk every journal there is. So lists take the
blob, and from their own rows the customers that a mark names (`store.marks`). Marks are read before the blob: whoever
takes a mark away has put what it stood for into the blob first.

The blob is written by whoever finds it missing, by whoever had to read many customers one by one, and once marks are
old, by whoever comes: the timer `tick` reads lists every quarter of an hour, the end of a run does too.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient

from store import filters
from store.codec import decode_short, encode_short, find_shape
from store.entries import ENTRY_PREFIXES, Entry, Head, KeptOverview, keep_entry, make_entry
from store.marks import Mark, Marks
from store.tables import Row, query

LOG = logging.getLogger(__name__)
VIEW_NAME = "views/customers.gz"
MOST_READ_SINGLY = 24
AT_ONCE = 16
NOT_MODIFIED = 304
QUICK = 1
OVERTAKEN = frozenset({409, 412})

type Entries = Mapping[str, KeptOverview]


@dataclass(frozen=True, slots=True)
class View:
    """The blob as it was read: whom it knows, and what of them. `entries` is None where the blob says it in the words
    of another version, whose defaults were others."""

    etag: str
    customer_ids: tuple[str, ...]
    entries: Entries | None


@dataclass(frozen=True, slots=True)
class Reread:
    """A customer as its own rows had it when a mark of this token stood; None where it was removed."""

    token: str
    entry: KeptOverview | None


class CustomerView:
    """Every customer as it is now. What was read is kept as long as the blob and the marks say that it is so."""

    def __init__(self, books: TableClient, marks: Marks, container: ContainerClient) -> None:
        self._books = books
        self._marks = marks
        self._blob = container.get_blob_client(VIEW_NAME)
        self._view: View | None = None
        self._reread: dict[str, Reread] = {}
        self._current: tuple[tuple[str, ...], Entries] | None = None
        self._rebuilding: asyncio.Task[Entries] | None = None
        self._lock = asyncio.Lock()

    async def read(self) -> Entries:
        """Every customer by its id, in the order of the ids; the very same value as long as nothing changed."""
        async with self._lock:
            if self._rebuilding is not None:
                await self._finish(self._rebuilding)
            marks = await self._marks.list_marks()
            view = await self._read_view()
            if view is None or view.entries is None:
                self._rebuilding = asyncio.create_task(self._rebuild(view, marks))
                return await self._finish(self._rebuilding)
            state = (view.etag, *sorted(mark.token for mark in marks))
            fresh = await self._read_marked(marks)
            if self._current is None or self._current[0] != state or any(mark.is_pending for mark in marks):
                self._current = (state, merge(view.entries, fresh))
            entries = self._current[1]
            if len(self._marks.select_ended(marks)) > MOST_READ_SINGLY or any(map(self._marks.is_old, marks)):
                await self._write(view, entries, marks)
            return entries

    async def _finish(self, rebuilding: asyncio.Task[Entries]) -> Entries:
        """What a rebuild finds. Who waits no longer, as a page does after a while, leaves it at work, and whoever comes
        next waits for the rest of it."""
        try:
            return await asyncio.shield(rebuilding)
        finally:
            if rebuilding.done():
                self._rebuilding = None

    async def _read_view(self) -> View | None:
        """The blob, from memory where it is the same; None where there is none."""
        known = self._view
        condition: dict[str, Any] = {}
        if known is not None:
            condition = {"etag": known.etag, "match_condition": MatchConditions.IfModified}
        try:
            downloader = await self._blob.download_blob(**condition)
            packed = await downloader.readall()
        except ResourceNotFoundError:
            self._view = None
            return None
        except HttpResponseError as error:
            if error.status_code != NOT_MODIFIED:
                raise
            return known
        self._view = unpack(str(downloader.properties.etag), packed)
        return self._view

    async def _read_marked(self, marks: Sequence[Mark]) -> dict[str, KeptOverview | None]:
        """The customers that marks name, from their own rows: afresh where something is pending, and where the mark is
        another one than at the last look."""
        pending = {mark.customer_id for mark in marks if mark.is_pending}
        tokens = {mark.customer_id: mark.token for mark in marks if mark.customer_id not in pending}
        self._reread = {name: kept for name, kept in self._reread.items() if tokens.get(name) == kept.token}
        wanted = sorted((pending | tokens.keys()) - self._reread.keys())
        found = await self._read_customers(wanted)
        self._reread |= {name: Reread(tokens[name], found[name]) for name in wanted if name in tokens}
        return found | {name: kept.entry for name, kept in self._reread.items()}

    async def _rebuild(self, view: View | None, marks: Sequence[Mark]) -> Entries:
        """Every customer from the rows: of those whom the blob knows, or, where it knows nobody, of all that the table
        holds. That is one walk over all rows, and happens after an update or a restored backup alone."""
        found: dict[str, KeptOverview | None]
        if view is None or not view.customer_ids:
            LOG.info("%s is missing; it is made from all rows", VIEW_NAME)
            found = await self._scan()
        else:
            LOG.info("%s is of another version; it is made from the rows of its customers", VIEW_NAME)
            found = await self._read_customers(view.customer_ids)
            found |= await self._read_customers(sorted({mark.customer_id for mark in marks} - found.keys()))
        entries = merge({}, found)
        await self._write(view, entries, marks)
        return entries

    async def _scan(self) -> dict[str, KeptOverview | None]:
        rows: dict[str, list[Row]] = defaultdict(list)
        async for row in query(self._books, filters.anywhere_with_prefixes(ENTRY_PREFIXES)):
            rows[row["PartitionKey"]].append(row)
        return {customer_id: keep_rows(own) for customer_id, own in rows.items()}

    async def _read_customers(self, customer_ids: Sequence[str]) -> dict[str, KeptOverview | None]:
        """These customers from their own rows, some at once."""
        found: dict[str, KeptOverview | None] = {}
        for start in range(0, len(customer_ids), AT_ONCE):
            window = customer_ids[start : start + AT_ONCE]
            found |= zip(window, await asyncio.gather(*map(self._read_customer, window)), strict=True)
        return found

    async def _read_customer(self, customer_id: str) -> KeptOverview | None:
        chosen = filters.with_prefixes(customer_id, ENTRY_PREFIXES)
        return keep_rows([row async for row in query(self._books, chosen)])

    async def _write(self, view: View | None, entries: Entries, marks: Sequence[Mark]) -> None:
        """Put the blob in place of the one that was read, then forget the marks that it makes good; nothing where
        somebody else was quicker."""
        condition: dict[str, Any] = {"match_condition": MatchConditions.IfMissing}
        if view is not None:
            condition = {"etag": view.etag, "match_condition": MatchConditions.IfNotModified}
        try:
            written = await self._blob.upload_blob(pack(entries), overwrite=True, **condition)
        except HttpResponseError as error:
            if error.status_code not in OVERTAKEN:
                raise
            return
        self._view = View(str(written["etag"]), tuple(entries), entries)
        self._current = None
        await self._marks.remove(self._marks.select_ended(marks))


async def forget_view(container: ContainerClient) -> None:
    """Take the blob away: the rows of `books` are others now, and no mark says which. Whoever reads next makes it."""
    try:
        await container.delete_blob(VIEW_NAME)
    except ResourceNotFoundError:
        return


def merge(entries: Entries, fresh: Mapping[str, KeptOverview | None]) -> Entries:
    """The entries with the fresh ones in place of theirs, by id; without those that were removed."""
    if not fresh:
        return entries
    merged: dict[str, KeptOverview | None] = {**entries, **fresh}
    return MappingProxyType({name: entry for name in sorted(merged) if (entry := merged[name]) is not None})


def keep_rows(rows: Sequence[Row]) -> KeptOverview | None:
    """A customer from the rows of its partition; None where it is not there itself."""
    entry = make_entry(rows)
    return None if entry is None else keep_entry(entry)


def pack(entries: Entries) -> bytes:
    """The blob: a line that says whom it knows, two with what most lists need, and one for each customer."""
    heads = encode_short(tuple[Head, ...], tuple(each.head for each in entries.values()))
    lines = [json.dumps(list(entries)).encode(), find_shape(Entry).encode(), heads]
    text = b"\n".join([*lines, *(each.text for each in entries.values())])
    return gzip.compress(text, compresslevel=QUICK, mtime=0)


def unpack(etag: str, packed: bytes) -> View:
    """What a blob holds; nobody where it is damaged: it is no more than a copy."""
    try:
        known, shape, head_shape, heads, *texts = gzip.decompress(packed).split(b"\n")
        customer_ids = tuple(map(str, json.loads(known)))
        found = decode_short(tuple[Head, ...], head_shape + b"\n" + heads)
        if found is None or shape != find_shape(Entry).encode():
            return View(etag, customer_ids, None)
        kept = [KeptOverview(head, text) for head, text in zip(found, texts, strict=True)]
        return View(etag, customer_ids, MappingProxyType(dict(zip(customer_ids, kept, strict=True))))
    except (OSError, EOFError, zlib.error, ValueError, TypeError) as error:
        LOG.warning("%s is damaged (%s); it is made anew", VIEW_NAME, type(error).__name__)
        return View(etag, (), None)
