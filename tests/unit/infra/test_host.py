"""Every number of host.json is explained in docs/scale.md, and the ones that decide something are as they should be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
HOST: dict[str, Any] = json.loads((ROOT / "host.json").read_text())
GROUPS = frozenset({"version", "logging", "extensions", "http", "queues", "durableTask", "id", "default"})


def list_names(value: dict[str, Any]) -> Iterator[str]:
    """Every name in the file but those that only group."""
    for name, inner in value.items():
        yield name
        if isinstance(inner, dict) and name not in ("extensionBundle", "logLevel"):
            yield from list_names(inner)


@pytest.mark.parametrize("name", sorted(set(list_names(HOST)) - GROUPS))
def test_every_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs/scale.md").read_text()


def test_messages_and_nights_are_treated_as_the_code_expects() -> None:
    queues, durable = HOST["extensions"]["queues"], HOST["extensions"]["durableTask"]
    assert queues["messageEncoding"] == "none"
    assert queues["visibilityTimeout"] == "00:01:00"
    assert durable["overridableExistingInstanceStates"] == "NonRunningStates"
    assert HOST["extensions"]["http"]["routePrefix"] == ""
    assert HOST["telemetryMode"] == "OpenTelemetry"
    assert "applicationInsights" not in HOST["logging"], "it does not apply in this mode"
