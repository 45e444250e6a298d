"""`python -m app.backup save|check|restore FILE`: all tables in one file, and back (docs/operations.md).

It finds the tables where the app does: by the settings in the environment, or in the account that is named, as whoever
signed in with a tool of Microsoft's (`az login`) and has the role Storage Table Data Contributor there.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from app import clock
from app.opening import open_identity, open_storage
from app.settings import Settings, read_settings
from plans.errors import Misconfigured
from store.backup import Backup, check_file, restore_tables, save_tables

SAVE, CHECK, RESTORE = "save", "check", "restore"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code; what happened, or what to do, is one sentence."""
    asked = read_arguments(arguments)
    try:
        said = asyncio.run(carry_out(asked.what, asked.file, asked.account, replaces=asked.replace))
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m app.backup", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=(SAVE, CHECK, RESTORE))
    parser.add_argument("file", type=Path)
    parser.add_argument("--account", help="the storage account, where the environment does not name one")
    parser.add_argument("--replace", action="store_true", help="delete what the tables hold before restoring")
    return parser.parse_args(arguments)


async def carry_out(what: str, file: Path, account: str | None, *, replaces: bool) -> str:
    """Do it, and say what was done. Raises Misconfigured with what to do instead."""
    if what == CHECK:
        return f"{file} is whole: {describe(check_file(file))}."
    settings = read_settings()
    if account is not None:
        settings = settings.model_copy(update={"storage_account": account, "storage_connection": None})
    backup = await on_storage(settings, what, file, replaces=replaces)
    return f"{'Saved' if what == SAVE else 'Restored'} {describe(backup)}."


async def on_storage(settings: Settings, what: str, file: Path, *, replaces: bool) -> Backup:
    """Save or restore the account of the settings."""
    identity = open_identity(settings)
    try:
        async with open_storage(settings, identity) as storage:
            if what == SAVE:
                return await save_tables(storage, file, clock.utc_now())
            return await restore_tables(storage, file, clock.utc_now(), replaces=replaces)
    finally:
        if identity is not None:
            await identity.close()


def describe(backup: Backup) -> str:
    """How much, of which tables, taken when."""
    parts = ", ".join(f"{name} {count:,}" for name, count in sorted(backup.rows.items()) if count)
    return f"{backup.total:,} rows ({parts or 'all tables are empty'}), taken {backup.taken_at:%Y-%m-%d %H:%M} UTC"


if __name__ == "__main__":
    sys.exit(main())
