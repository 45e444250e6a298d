"""How a command of the local world ends: with its own code, or with one sentence instead of a trace."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.host.azurite import AzuriteMissing
from local.host.processes import StartFailed
from local.simulators.start import SimulatorStartError

INTERRUPTED = 130


class WorldBusy(Exception):
    """The folder or the port of a local world is in use."""


class NothingSetUp(Exception):
    """Nobody has told the product anything that a night could work on."""


def run_command(main: Coroutine[Any, Any, int]) -> int:
    """Run a command to its end; the exit code."""
    try:
        return asyncio.run(main)
    except KeyboardInterrupt:
        print("Ended.", file=sys.stderr)
        return INTERRUPTED
    except (WorldBusy, NothingSetUp, StartFailed, AzuriteMissing, SimulatorStartError) as error:
        print(error, file=sys.stderr)
        return 1


@contextmanager
def own_world(folder: Path) -> Iterator[None]:
    """Be the only one who plays in this folder. Raises WorldBusy while somebody else does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorldBusy(f"Another make run or make night uses {folder}. End it first.") from error
        yield


def check_port_is_free(port: int) -> None:
    """Raises WorldBusy where somebody listens on 127.0.0.1:`port` already."""
    if is_port_taken(port):
        raise WorldBusy(f"Port {port} is taken. End what listens there, or choose another with PORT=….")


def is_port_taken(port: int) -> bool:
    """Whether somebody listens on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
