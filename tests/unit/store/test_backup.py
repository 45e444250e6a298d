"""Tables into a file and back: nothing is lost, half a file is refused, and nothing is touched before that is known."""

from __future__ import annotations

import gzip
import json
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plans.errors import Misconfigured
from plans.runs import Run, RunPhase
from store.backup import check_file, restore_tables, save_tables, wipe_table
from store.runs import TableRuns
from store.storage import TABLES, Storage
from store.tables import Row, make_row, put, scan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LONG = json.dumps("é🪑" * 20_000, ensure_ascii=False)


@pytest.fixture
async def storage(azurite_connection: str) -> AsyncIterator[Storage]:
    """The tables have the app's names, and begin empty."""
    async with Storage.from_connection_string(azurite_connection) as opened:
        await opened.prepare()
        for name in TABLES:
            await wipe_table(opened, name)
        yield opened


async def read_all(storage: Storage) -> dict[str, list[Row]]:
    return {name: [row async for row in scan(storage.table(name))] for name in TABLES}


async def fill(storage: Storage) -> None:
    for number in range(205):
        await put(storage.table("books"), make_row("contoso", f"h:{number:03d}", b'{"n": 1}'))
    await put(storage.table("books"), make_row("fabrikam", "a", LONG.encode()))
    await put(storage.table("config"), make_row("secret", "x", b'{"version": "1"}'))
    await put(storage.table("audit"), make_row("2026-11", "1", '{"name": "Zoë\\nO\'Hara"}'.encode()))


async def test_what_is_saved_wiped_and_restored_is_as_it_was(storage: Storage, tmp_path: Path) -> None:
    await fill(storage)
    before = await read_all(storage)
    saved = await save_tables(storage, tmp_path / "b.gz", NOW)
    assert saved.total == 208
    assert check_file(tmp_path / "b.gz") == saved
    for name in TABLES:
        await wipe_table(storage, name)
    assert not any((await read_all(storage)).values())
    assert await restore_tables(storage, tmp_path / "b.gz", NOW, replaces=False) == saved
    assert await read_all(storage) == before


async def test_replacing_leaves_nothing_of_what_was_there(storage: Storage, tmp_path: Path) -> None:
    await fill(storage)
    before = await read_all(storage)
    await save_tables(storage, tmp_path / "b.gz", NOW)
    await put(storage.table("books"), make_row("contoso", "newer", b"{}"))
    await put(storage.table("open"), make_row("hold", "newer", b"{}"))
    await restore_tables(storage, tmp_path / "b.gz", NOW, replaces=True)
    assert await read_all(storage) == before


async def test_tables_that_hold_rows_are_not_restored_into_unasked(storage: Storage, tmp_path: Path) -> None:
    await save_tables(storage, tmp_path / "b.gz", NOW)
    await fill(storage)
    before = await read_all(storage)
    with pytest.raises(Misconfigured, match="Table books holds rows already"):
        await restore_tables(storage, tmp_path / "b.gz", NOW, replaces=False)
    assert await read_all(storage) == before


@pytest.mark.parametrize("phase", [RunPhase.READING, RunPhase.PUSHING])
async def test_nothing_is_saved_or_restored_while_a_run_is_at_work(
    phase: RunPhase, storage: Storage, tmp_path: Path
) -> None:
    await save_tables(storage, tmp_path / "b.gz", NOW)
    runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
    await runs.open_run(Run("2026-11-22", phase, NOW))
    with pytest.raises(Misconfigured, match="Run 2026-11-22 is not closed"):
        await save_tables(storage, tmp_path / "other.gz", NOW)
    with pytest.raises(Misconfigured, match="Run 2026-11-22 is not closed"):
        await restore_tables(storage, tmp_path / "b.gz", NOW, replaces=True)
    assert not (tmp_path / "other.gz").exists()


async def test_a_run_that_is_older_than_any_takes_stands_in_nobodys_way(storage: Storage, tmp_path: Path) -> None:
    runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
    night = await runs.open_run(Run("2026-11-20", RunPhase.PUSHING, NOW))
    for number in range(1, 61):
        await runs.open_run(Run(f"2026-11-20-{number:03d}", RunPhase.CLOSED, NOW))
    with pytest.raises(Misconfigured, match=f"from {night.dead_from:%Y-%m-%d %H:%M} UTC on"):
        await save_tables(storage, tmp_path / "b.gz", night.dead_from - timedelta(seconds=1))
    await save_tables(storage, tmp_path / "b.gz", night.dead_from)
    await restore_tables(storage, tmp_path / "b.gz", night.dead_from, replaces=True)
    assert [run.phase for run in await runs.list_nights(1)] == [RunPhase.PUSHING]


async def test_a_file_is_private_and_never_overwritten(storage: Storage, tmp_path: Path) -> None:
    file = tmp_path / "b.gz"
    await save_tables(storage, file, NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Misconfigured, match="is there already"):
        await save_tables(storage, file, NOW)


async def test_a_damaged_file_is_refused_before_anything_is_touched(storage: Storage, tmp_path: Path) -> None:
    await fill(storage)
    whole = tmp_path / "b.gz"
    await save_tables(storage, whole, NOW)
    before = await read_all(storage)
    content = whole.read_bytes()
    lines = gzip.decompress(content).decode().splitlines(keepends=True)
    damaged = {
        "cut": content[: len(content) // 2],
        "flipped": content[:200] + bytes([content[200] ^ 255]) + content[201:],
        "without its end": gzip.compress("".join(lines[:-1]).encode()),
        "without a row": gzip.compress("".join([*lines[:5], *lines[6:]]).encode()),
        "of another program": gzip.compress(b'{"format": "other"}\n'),
        "of nothing": gzip.compress(b""),
        "no archive": b"PK",
        "of a later version": gzip.compress(
            "".join([lines[0], '{"table":"later","row":{}}\n', '{"end":{"later":1}}\n']).encode()
        ),
    }
    for name, broken in damaged.items():
        file = tmp_path / f"{name}.gz"
        file.write_bytes(broken)
        with pytest.raises(Misconfigured):
            await restore_tables(storage, file, NOW, replaces=True)
    assert await read_all(storage) == before


async def test_a_row_that_is_none_of_ours_is_named(storage: Storage, tmp_path: Path) -> None:
    await storage.table("books").create_entity({"PartitionKey": "a", "RowKey": "b", "value": "{}", "Count": 1})
    with pytest.raises(Misconfigured, match="a/b of table books holds Count"):
        await save_tables(storage, tmp_path / "b.gz", NOW)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=50), max_size=8)
)
async def test_any_text_comes_back(texts: list[str], storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "b.gz").unlink(missing_ok=True)
    await wipe_table(storage, "books")
    for number, text in enumerate(texts):
        await put(storage.table("books"), make_row("p", f"{number:02d}", json.dumps(text, ensure_ascii=False).encode()))
    before = await read_all(storage)
    await save_tables(storage, tmp_path / "b.gz", NOW)
    await restore_tables(storage, tmp_path / "b.gz", NOW, replaces=True)
    assert await read_all(storage) == before
