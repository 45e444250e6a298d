"""What the ConnectWise simulator has on the demo agreement, looked at from outside."""

from __future__ import annotations

from typing import Any

import httpx

from local.stack import Stack

AGREEMENT_ID = 1201
CREATE = "POST /finance/agreements/{parentId}/additions"


def list_ours(stack: Stack) -> list[dict[str, Any]]:
    """The additions that carry our marker."""
    state = httpx.get(f"{stack.connectwise.base_url}/__simulator/state", timeout=10).json()
    return [row for row in find_additions(state) if str(row.get("serialNumber") or "").startswith("SL-")]


def find_additions(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Every addition of the demo agreement in the simulator's state."""
    additions = state["additions"]
    rows = additions.values() if isinstance(additions, dict) else additions
    return [row for row in rows if row.get("agreementId") == AGREEMENT_ID]


def add_fault(stack: Stack, **fault: object) -> None:
    """Switch a fault of the ConnectWise simulator on."""
    httpx.post(f"{stack.connectwise.base_url}/__simulator/faults", json=fault, timeout=10).raise_for_status()


def clear_faults(stack: Stack) -> None:
    """Switch every fault off."""
    httpx.delete(f"{stack.connectwise.base_url}/__simulator/faults", timeout=10).raise_for_status()
