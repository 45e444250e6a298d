"""A simulator as a process: it starts, remembers, listens on loopback only, and goes when it should."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from local.clock import clock_starting_at
from local.simulators.start import REPOSITORY, SimulatorStartError, create_secrets, start_simulator

_PARENT = """
import sys, time
from pathlib import Path
from local.simulators.start import start_simulator
folder = Path(sys.argv[1])
print(start_simulator("microsoft", 0, folder, folder).process.pid, flush=True)
time.sleep(60)
"""


def test_it_remembers_over_a_restart_and_follows_the_given_clock(tmp_path: Path) -> None:
    create_secrets(tmp_path / "secrets")
    clock = clock_starting_at(datetime(2027, 2, 3, tzinfo=UTC)).as_environment()
    address = "/__simulator/agreements/1201/additions/9001"
    first = start_simulator("connectwise", 0, tmp_path / "state", tmp_path / "secrets", clock)
    httpx.patch(first.base_url + address, json={"quantity": 7}).raise_for_status()
    assert httpx.get(first.base_url + "/__simulator/health").json()["utcNow"].startswith("2027-02-03")
    first.stop()
    assert first.process.returncode == 0

    second = start_simulator("connectwise", first.port, tmp_path / "state", tmp_path / "secrets", clock)
    state = httpx.get(second.base_url + "/__simulator/state").json()
    second.stop()
    assert state["additions"][0]["quantity"] == 7


def test_it_goes_with_its_parent(tmp_path: Path) -> None:
    create_secrets(tmp_path)
    command = [sys.executable, "-c", _PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while _is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(process_id: int) -> bool:
    """A process that nobody has collected yet has ended all the same."""
    status = Path(f"/proc/{process_id}/status")
    try:
        os.kill(process_id, 0)
        return "State:\tZ" not in status.read_text(encoding="utf-8")
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "connectwise.json").write_text("{half", encoding="utf-8")
    with pytest.raises(SimulatorStartError, match="JSONDecodeError"):
        start_simulator("connectwise", 0, tmp_path, tmp_path)
