"""The stand-ins of Microsoft and the PSAs, each in a process of its own, with a made-up MSP and a latency."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from bench.msp import Msp, make_tenant
from local.clock import clock_starting_at
from local.simulators.start import SimulatorProcess, create_secrets, start_simulator
from net.client import WebClient, open_client
from net.hosts import AllowedHosts

EVERY = 33
"""Every so many customers buy: 3 %."""
NOW = datetime(2026, 11, 16, 7, 5, tzinfo=UTC)


@contextmanager
def make_folder() -> Iterator[Path]:
    """A folder that is gone afterwards, with the secrets that stand-ins accept."""
    with TemporaryDirectory(prefix="seatledger-bench-") as name:
        folder = Path(name)
        create_secrets(folder / "secrets")
        yield folder


@contextmanager
def start_stand(
    folder: Path, name: str, state: Mapping[str, Any], latency_seconds: float
) -> Iterator[SimulatorProcess]:
    """A stand-in that knows `state` and forgets what changes when it ends."""
    home = folder / name
    home.mkdir()
    (home / f"{name}.json").write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    environment = clock_starting_at(NOW).as_environment()
    running = start_simulator(
        name, 0, home, folder / "secrets", environment, latency_seconds=latency_seconds, is_kept=False
    )
    try:
        yield running
    finally:
        running.stop()


def open_web(stand: SimulatorProcess) -> WebClient:
    """Our own client of it."""
    return open_client(stand.base_url, AllowedHosts(frozenset({stand.base_url})))


def read_secret(folder: Path, name: str) -> str:
    """What the stand-ins accept."""
    return (folder / "secrets" / name).read_text(encoding="utf-8")


def read_calls(stand: SimulatorProcess) -> dict[str, int]:
    """How often each of its operations was called."""
    found: dict[str, int] = httpx.get(f"{stand.base_url}/__simulator/calls", timeout=60).json()["by_operation"]
    return found


def forget_calls(stand: SimulatorProcess) -> None:
    """Count from 0 again."""
    httpx.delete(f"{stand.base_url}/__simulator/calls", timeout=60).raise_for_status()


def buy(microsoft: SimulatorProcess, msp: Msp, more: int) -> int:
    """Every so many customers have bought so many seats more of their first licence; how many customers did."""
    buyers = range(0, msp.customers, EVERY)
    for number in buyers:
        tenant = make_tenant(msp, number)
        bought = tenant["subscriptions"][0]
        httpx.post(
            f"{microsoft.base_url}/__simulator/tenants/{tenant['id']}/subscriptions/{bought['id']}",
            json={"totalLicenses": bought["totalLicenses"] + more},
            timeout=60,
        ).raise_for_status()
    return len(buyers)
