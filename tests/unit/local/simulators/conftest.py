"""Simulators that run for a whole module, and clients that may speak to them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.simulators.start import create_secrets, start_simulator

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
SECONDS = 5.0
REDIRECT = "http://127.0.0.1:7071/settings/connections/microsoft/callback"


@dataclass(frozen=True)
class Simulator:
    """`client` is known to the simulator; `form` is what Microsoft's sign-in was asked with."""

    client: httpx.Client
    form: Mapping[str, str]

    @classmethod
    @contextmanager
    def at(cls, base_url: str, secrets: Path, name: str = "microsoft") -> Iterator[Simulator]:
        """A running simulator, spoken to with its own secrets."""
        with httpx.Client(base_url=base_url, verify=NO_TLS, timeout=SECONDS) as client:
            yield cls(client, _introduce(client, name, secrets))

    def switch_on(self, name: str, **members: Any) -> None:
        self.client.post("/__simulator/faults", json={"name": name, **members}).raise_for_status()

    def used(self) -> list[int]:
        return [fault["used"] for fault in self.client.get("/__simulator/faults").json()]

    def reset(self) -> None:
        for part in ("state", "faults", "calls"):
            self.client.delete(f"/__simulator/{part}").raise_for_status()


def _running(name: str, folder: Path) -> Iterator[Simulator]:
    create_secrets(folder / "secrets")
    process = start_simulator(name, 0, folder / "state", folder / "secrets", redirect_uris=(REDIRECT,))
    try:
        with Simulator.at(process.base_url, folder / "secrets", name) as simulator:
            yield simulator
    finally:
        process.stop()


def _introduce(client: httpx.Client, name: str, secrets: Path) -> dict[str, str]:
    def secret(file: str) -> str:
        return (secrets / file).read_text(encoding="utf-8")

    if name == "connectwise":
        public_key, private_key = secret("connectwise-public-key"), secret("connectwise-private-key")
        client.auth = (f"demo+{public_key}", private_key)
        client.headers["clientId"] = "4b9f8a52-1c3d-4e6f-8a7b-0c1d2e3f4a5b"
        return {}
    if name == "autotask":
        client.headers["UserName"] = "seatledger@demo-msp.example"
        client.headers["Secret"] = secret("autotask-secret")
        client.headers["ApiIntegrationCode"] = secret("autotask-integration-code")
        return {}
    form = {
        "grant_type": "refresh_token",
        "client_id": "1b0b6a3e-8c55-4a0f-bb5e-6f1f0d1d9a01",
        "client_secret": secret("microsoft-client-secret"),
        "refresh_token": secret("microsoft-refresh-token"),
        "scope": f"{client.base_url}/.default".replace("//.", "/."),
    }
    answer = client.post("/harbourdental.example/oauth2/v2.0/token", data=form)
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return form


@pytest.fixture(scope="module")
def _connectwise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running("connectwise", tmp_path_factory.mktemp("connectwise"))


@pytest.fixture(scope="module")
def _autotask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running("autotask", tmp_path_factory.mktemp("autotask"))


@pytest.fixture(scope="module")
def _microsoft(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    yield from _running("microsoft", tmp_path_factory.mktemp("microsoft"))


@pytest.fixture
def connectwise(_connectwise: Simulator) -> Simulator:
    _connectwise.reset()
    return _connectwise


@pytest.fixture
def autotask(_autotask: Simulator) -> Simulator:
    _autotask.reset()
    _autotask.client.delete("/__simulator/budget").raise_for_status()
    return _autotask


@pytest.fixture
def microsoft(_microsoft: Simulator) -> Simulator:
    _microsoft.reset()
    return _microsoft
