"""A simulator that runs for the tests, and who may speak to it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from local.simulators.start import SimulatorProcess

CUSTOMER_TENANT = "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"
PARTNER_CLIENT = "1b0b6a3e-8c55-4a0f-bb5e-6f1f0d1d9a01"
CLIENT_ID_HEADER = "4b9f8a52-1c3d-4e6f-8a7b-0c1d2e3f4a5b"
AUTOTASK_USER = "seatledger@demo-msp.example"
VENDOR_ACCEPT = "application/vnd.connectwise.com+json; version=2026.4"

# Everything here is plain HTTP on loopback; loading real certificates costs a tenth of a second each time.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class RunningSimulator:
    base_url: str
    secrets: Path
    process: SimulatorProcess

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text(encoding="utf-8")

    def switch_on(self, name: str, **members: object) -> None:
        self._control("POST", "faults", {"name": name, **members})

    def act(self, what: str, wish: object) -> None:
        """Something that people do past the API, such as invoicing."""
        self._control("POST", what, wish)

    def reset(self) -> None:
        for part in ("state", "faults", "calls"):
            self._control("DELETE", part)

    def forgive(self) -> None:
        """No faults from now on."""
        self._control("DELETE", "faults")

    def forget(self, part: str) -> None:
        """Counts this from 0 again: calls, or Autotask's budget."""
        self._control("DELETE", part)

    def read_state(self) -> dict[str, Any]:
        """Everything that it remembers."""
        state: dict[str, Any] = self._control("GET", "state")
        return state

    def read_calls(self) -> dict[str, int]:
        """How often each operation was called."""
        calls: dict[str, int] = self._control("GET", "calls")["by_operation"]
        return calls

    def _control(self, method: str, part: str, body: object = None) -> Any:
        address = f"{self.base_url}/__simulator/{part}"
        return httpx.request(method, address, json=body, verify=NO_TLS).raise_for_status().json()


def autotask_headers(simulator: RunningSimulator) -> dict[str, str]:
    """What an API user of the demo database sends with every request."""
    return {
        "UserName": AUTOTASK_USER,
        "Secret": simulator.secret("autotask-secret"),
        "ApiIntegrationCode": simulator.secret("autotask-integration-code"),
    }
