"""Child processes of the local stack: started with a log file, waited for by their port, ended by their id."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from local.host.parent import ENVIRONMENT_NAME

SECONDS_BETWEEN_TRIES = 0.05
SECONDS_TO_STOP = 6.0
TAIL_LINES = 20
LISTENING_PORTS = range(20_000, 32_000)


class StartFailed(Exception):
    """A process ended or did not answer in time; the text holds the end of its log."""


@dataclass(frozen=True)
class ChildProcess:
    """A running process; `name` is what messages call it."""

    name: str
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """Ends it and what it started at once, as a crash would (SIGKILL)."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # it leads a group of its own, see `spawn`
        self.process.wait()

    def terminate(self) -> None:
        """Asks it to end, and makes it when it does not."""
        self.process.terminate()
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_tail(self) -> str:
        if not self.log_file.exists():
            return "(no log)"
        return "\n".join(self.log_file.read_text("utf-8", errors="replace").splitlines()[-TAIL_LINES:])


def spawn(
    name: str,
    argv: Sequence[str],
    log_file: Path,
    environment: Mapping[str, str] | None = None,
    working_directory: Path | None = None,
) -> ChildProcess:
    """Starts `argv` with its output appended to `log_file`.

    `environment` replaces this process's own. The child gets a session of its own, so Ctrl-C in the terminal
    reaches only the starter, which then ends its children in order.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    variables = dict(os.environ if environment is None else environment)
    variables[ENVIRONMENT_NAME] = str(os.getpid())
    with log_file.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the caller names the program
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=variables,
            cwd=working_directory,
            start_new_session=True,
        )
    return ChildProcess(name, process, log_file)


def wait_until_port_open(port: int, deadline_seconds: float, child: ChildProcess) -> None:
    """Returns when 127.0.0.1:`port` accepts connections; otherwise ends the child and raises StartFailed."""
    deadline = time.monotonic() + deadline_seconds
    while not _is_open(port):
        has_ended = not child.is_running()
        if has_ended or time.monotonic() > deadline:
            child.kill()
            reason = (
                f"ended with exit code {child.process.returncode} before it answered on port {port}"
                if has_ended
                else f"did not answer on port {port} within {deadline_seconds:.0f} seconds"
            )
            raise StartFailed(f"{child.name} {reason}. The end of its log ({child.log_file}):\n{child.log_tail()}")
        time.sleep(SECONDS_BETWEEN_TRIES)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    (port,) = free_ports(1)
    return port


def free_ports(count: int) -> tuple[int, ...]:
    """As many ports, no two the same: all are held until the last one is found.

    They lie below those that the system gives to outgoing connections, which come and go at any moment.
    """
    with ExitStack() as held:
        ports: list[int] = []
        for port in secrets.SystemRandom().sample(LISTENING_PORTS, len(LISTENING_PORTS)):
            if len(ports) == count:
                return tuple(ports)
            probe = held.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
    raise StartFailed(f"There are no {count} free ports from {LISTENING_PORTS.start} to {LISTENING_PORTS.stop}.")


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
