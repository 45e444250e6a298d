"""Starts the engine and the host as child processes, and returns when they are ready."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from local.host.azurite import REPOSITORY
from local.host.processes import ChildProcess, StartFailed, spawn, wait_until_port_open

SECONDS_TO_START = 30.0
SECONDS_BETWEEN_TRIES = 0.05


@dataclass(frozen=True)
class HostAddress:
    """Where a host finds its app and its engine, where it listens, and where it keeps what it remembers."""

    app_directory: Path
    http_port: int
    engine_port: int
    state_directory: Path


def start_engine(port: int, log_file: Path, environment: Mapping[str, str] | None = None) -> ChildProcess:
    """The orchestration engine on 127.0.0.1:`port`; `environment` (the local clock) replaces this process's."""
    argv = [sys.executable, "-m", "local.host.engine", "--port", str(port)]
    child = spawn("The orchestration engine", argv, log_file, environment, REPOSITORY)
    wait_until_port_open(port, SECONDS_TO_START, child)
    return child


def start_host(address: HostAddress, app_settings: Mapping[str, str], log_file: Path) -> ChildProcess:
    """The host with the app; `app_settings` is its whole environment. StartFailed where it does not load."""
    argv = [
        *(sys.executable, "-m", "local.host"),
        *("--app-directory", str(address.app_directory)),
        *("--http-port", str(address.http_port)),
        *("--engine-port", str(address.engine_port)),
        *("--state-directory", str(address.state_directory)),
    ]
    child = spawn("The Functions host", argv, log_file, app_settings, REPOSITORY)
    wait_until_host_ready(address.http_port, child)
    return child


def wait_until_host_ready(http_port: int, child: ChildProcess, deadline_seconds: float = SECONDS_TO_START) -> None:
    """Returns when all triggers of the host `child` listen; StartFailed with the end of its log otherwise."""
    deadline = time.monotonic() + deadline_seconds
    while not _is_ready(http_port, child.pid):
        if not child.is_running() or time.monotonic() > deadline:
            child.kill()
            raise StartFailed(f"{child.name} did not get ready. The end of its log:\n{child.log_tail()}")
        time.sleep(SECONDS_BETWEEN_TRIES)


def _is_ready(http_port: int, pid: int) -> bool:
    """Whether that very process answers; another host may have the port."""
    connection = HTTPConnection("127.0.0.1", http_port, timeout=2)
    try:
        connection.request("GET", "/admin/host/status")
        status = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()
    return bool(status["state"] == "Running" and status["processId"] == pid)
