"""Azurite, Microsoft's storage emulator, as a child process: blobs, queues and tables on 127.0.0.1."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from azure.storage.queue._shared.parser import DEVSTORE_ACCOUNT_KEY, DEVSTORE_ACCOUNT_NAME

from local.host.processes import ChildProcess, free_ports, spawn, wait_until_port_open

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = REPOSITORY / "node_modules/.bin/azurite"
SECONDS_TO_START = 30.0


class AzuriteMissing(Exception):
    """The pinned npm package is not installed."""


@dataclass(frozen=True)
class AzuritePorts:
    blob: int
    queue: int
    table: int

    @classmethod
    def pick_free(cls) -> AzuritePorts:
        return cls(*free_ports(3))


@dataclass(frozen=True)
class Azurite:
    """A running emulator. The account and its key are the ones that Microsoft publishes for development."""

    child: ChildProcess
    ports: AzuritePorts

    @property
    def connection_string(self) -> str:
        return build_connection_string(self.ports)

    def terminate(self) -> None:
        self.child.terminate()


def build_connection_string(ports: AzuritePorts) -> str:
    endpoints = {"Blob": ports.blob, "Queue": ports.queue, "Table": ports.table}
    parts = [
        "DefaultEndpointsProtocol=http",
        f"AccountName={DEVSTORE_ACCOUNT_NAME}",
        f"AccountKey={DEVSTORE_ACCOUNT_KEY}",
        *(f"{name}Endpoint=http://127.0.0.1:{port}/{DEVSTORE_ACCOUNT_NAME}" for name, port in endpoints.items()),
    ]
    return ";".join(parts) + ";"


def start_azurite(location: Path, log_file: Path, ports: AzuritePorts | None = None) -> Azurite:
    """Starts the emulator with its data under `location` and returns when all three ports answer."""
    if not PROGRAM.exists() or shutil.which("node") is None:
        raise AzuriteMissing(f"{PROGRAM} or node is missing; `npm ci` in {REPOSITORY} installs Azurite.")
    location.mkdir(parents=True, exist_ok=True)
    chosen = ports or AzuritePorts.pick_free()
    child = spawn("Azurite", _command(location, chosen), log_file, working_directory=REPOSITORY)
    for port in (chosen.blob, chosen.queue, chosen.table):
        wait_until_port_open(port, SECONDS_TO_START, child)
    return Azurite(child, chosen)


def _command(location: Path, ports: AzuritePorts) -> list[str]:
    options = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", str(location.resolve())]
    for service, port in (("blob", ports.blob), ("queue", ports.queue), ("table", ports.table)):
        options += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    return [sys.executable, "-m", "local.host.leash", str(PROGRAM), *options]
