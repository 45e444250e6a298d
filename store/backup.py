"""All tables in one file, and back: Table Storage has no backup of its own (docs/operations.md).

The file is gzip of JSON lines: a head, one line a row, and an end with the counts, so that half a file is known as one.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from plans.errors import Misconfigured
from plans.runs import NEWEST_OPEN_RUNS, RunPhase
from store.customer_view import forget_view
from store.runs import TableRuns
from store.storage import TABLES, Storage
from store.tables import Row, put_batches, remove_rows, scan

FORMAT = "seatledger-tables-1"
PRIVATE_FILE_MODE = 0o600
# A transaction takes 100 rows and 4 MiB (Azure Tables, "Performing entity group transactions"); JSON may double a text.
LONGEST_BATCH = 1_000_000


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file holds: when it was taken, and how many rows of each table."""

    taken_at: datetime
    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


async def save_tables(storage: Storage, file: Path, now: datetime) -> Backup:
    """Write every table into a new file that only its owner may read.

    Raises Misconfigured while a run is at work, whose rows would be torn apart, and where the file is there already.
    """
    await check_nothing_runs(storage, now)
    counts: Counter[str] = Counter(dict.fromkeys(TABLES, 0))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
    except FileExistsError as error:
        raise Misconfigured(f"{file} is there already. Name a new file.") from error
    with os.fdopen(descriptor, "wb") as raw, gzip.open(raw, "wt", encoding="utf-8") as opened:
        write_line(opened, {"format": FORMAT, "taken_at": now.isoformat()})
        for name in TABLES:
            async for row in read_rows(storage, name):
                write_line(opened, {"table": name, "row": row})
                counts[name] += 1
        write_line(opened, {"end": counts})
    return Backup(now, counts)


async def restore_tables(storage: Storage, file: Path, now: datetime, *, replaces: bool) -> Backup:
    """Put the rows of a file into the tables.

    The file is read to its end before anything is touched. Raises Misconfigured where it is damaged or no backup, where
    a run is at work, and where a table holds rows, unless `replaces`: then those go first.
    """
    backup = check_file(file)
    await storage.prepare()
    await check_nothing_runs(storage, now)
    for name in TABLES:
        if not replaces and await is_filled(storage, name):
            raise Misconfigured(
                f"Table {name} holds rows already. Restore into an empty account, or say --replace: they go first."
            )
    await forget_view(storage.container())
    for name in TABLES:
        await wipe_table(storage, name)
    table, partition, batch, length = "", "", list[Row](), 0
    for line in read_file(file):
        row, text_length = line["row"], sum(len(value) for value in line["row"].values())
        is_other = (line["table"], row["PartitionKey"]) != (table, partition)
        if batch and (is_other or length + text_length > LONGEST_BATCH):
            await put_batches(storage.table(table), batch)
            batch, length = [], 0
        table, partition = line["table"], row["PartitionKey"]
        batch.append(row)
        length += text_length
    if batch:
        await put_batches(storage.table(table), batch)
    # Somebody may have looked in between.
    await forget_view(storage.container())
    return backup


async def wipe_table(storage: Storage, name: str) -> None:
    """Delete every row of one table."""
    batch: list[Row] = []
    async for row in scan(storage.table(name)):
        if batch and row["PartitionKey"] != batch[0]["PartitionKey"]:
            await remove_rows(storage.table(name), batch)
            batch = []
        batch.append(row)
    await remove_rows(storage.table(name), batch)


def check_file(file: Path) -> Backup:
    """What a file holds. Raises Misconfigured where it is no backup, or not a whole one."""
    counts: Counter[str] = Counter()
    try:
        lines = read_lines(file)
        head = next(lines, {})
        if head.get("format") != FORMAT:
            raise Misconfigured(f"{file} is no backup of Seatledger's tables.")
        end = None
        for line in lines:
            if "end" in line:
                end = line["end"]
            else:
                counts[line["table"]] += 1
    except (OSError, EOFError, ValueError, KeyError, zlib.error) as error:
        raise Misconfigured(f"{file} cannot be read to its end ({type(error).__name__}).") from error
    if end is None or {name: count for name, count in end.items() if count} != dict(counts):
        raise Misconfigured(f"{file} is not whole: its end does not fit its rows. Take another backup.")
    if unknown := sorted(set(counts) - set(TABLES)):
        raise Misconfigured(f"{file} holds tables that this version does not know: {', '.join(unknown)}.")
    return Backup(datetime.fromisoformat(head["taken_at"]), end)


async def check_nothing_runs(storage: Storage, now: datetime) -> None:
    """Raises Misconfigured while a run may be at work. One that is older than a run can take has died."""
    runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
    for run in await runs.list_runs(NEWEST_OPEN_RUNS):
        if run.phase is not RunPhase.CLOSED and now < run.dead_from:
            raise Misconfigured(
                f"Run {run.id} is not closed; it began at {run.started_at:%Y-%m-%d %H:%M} UTC. Wait until it is. If it "
                f"died, nobody has to wait for it from {run.dead_from:%Y-%m-%d %H:%M} UTC on."
            )


async def is_filled(storage: Storage, name: str) -> bool:
    """Whether a table holds a row."""
    async for _ in read_rows(storage, name):
        return True
    return False


async def read_rows(storage: Storage, name: str) -> AsyncIterator[Row]:
    """The rows of a table as they are kept. Raises Misconfigured for a column that no part of the app writes."""
    async for row in scan(storage.table(name)):
        for column, value in row.items():
            if not isinstance(value, str):
                raise Misconfigured(
                    f"Row {row['PartitionKey']}/{row['RowKey']} of table {name} holds {column}, which is no text. "
                    "Seatledger does not write such rows: look who did."
                )
        yield row


def read_file(file: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file."""
    return (line for line in read_lines(file) if "row" in line)


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Every line of a file."""
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        for line in opened:
            yield json.loads(line)


def write_line(opened: Any, line: Mapping[str, Any]) -> None:
    """One line."""
    opened.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
