"""Starts a simulator as a child process and makes the secrets that it accepts."""

from __future__ import annotations

import os
import secrets
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.simulators.secret_files import ALL_NAMES

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 20.0
STOP_SECONDS = 5.0


class SimulatorStartError(RuntimeError):
    """A simulator did not come up."""


@dataclass(frozen=True)
class SimulatorProcess:
    name: str
    base_url: str
    port: int
    process: subprocess.Popen[bytes]
    log_path: Path

    def stop(self) -> None:
        """Asks it to end, and ends it where it does not listen."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


def create_secrets(directory: Path) -> None:
    """Fills in the secrets that are missing; those that exist stay as they are."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ALL_NAMES:
        path = directory / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), encoding="utf-8")


def start_simulator(
    name: str,
    port: int,
    state_directory: Path,
    secrets_directory: Path,
    environment: Mapping[str, str] | None = None,
    demo: str = "first",
    redirect_uris: Sequence[str] = (),
    latency_seconds: float = 0.0,
    *,
    is_kept: bool = True,
) -> SimulatorProcess:
    """Returns when the simulator answers. `name` is microsoft, connectwise or autotask; port 0 takes a free one.

    `redirect_uris` are where Microsoft's may send a browser back to the application. `latency_seconds` pass before it
    hears a request; where its state is not `is_kept`, it ends with the process.
    """
    state_directory.mkdir(parents=True, exist_ok=True)
    log_path = state_directory / f"{name}-simulator.log"
    command = [sys.executable, "-m", f"local.simulators.{name}", "--port", str(port)]
    command += ["--state", str(state_directory.resolve()), "--secrets", str(secrets_directory.resolve())]
    command += ["--parent", str(os.getpid()), "--demo", demo]
    command += [part for uri in redirect_uris for part in ("--redirect-uri", uri)]
    command += ["--latency", str(latency_seconds)] if latency_seconds else []
    command += [] if is_kept else ["--forgetful"]
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command,
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=log,
        )
    base_url = _wait_until_ready(name, process, log_path)
    return SimulatorProcess(name, base_url, int(base_url.rpartition(":")[2]), process, log_path)


def _wait_until_ready(name: str, process: subprocess.Popen[bytes], log_path: Path) -> str:
    stream = process.stdout
    if stream is None:
        raise SimulatorStartError(f"simulator {name} has no output")
    deadline = time.monotonic() + START_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([stream], [], [], left)[0]:
            break
        line = stream.readline().decode()
        if line.startswith("simulator ready: "):
            return line.split()[-1]
        if not line:
            break
    process.kill()
    process.wait()
    stream.close()
    raise SimulatorStartError(f"simulator {name} did not start:\n{log_path.read_text(encoding='utf-8')}")
