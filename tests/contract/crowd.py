"""An Autotask database with more than five thousand unit rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.demo.demos import make_state
from local.simulators.autotask.records import complete
from local.simulators.start import create_secrets, start_simulator
from tests.contract.running import RunningSimulator

CONTRACTS, SERVICES, MONTHS = 21, 10, 24
CHILD, CHILDREN = 9000, 501
ROWS = CONTRACTS * SERVICES * MONTHS
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@contextmanager
def start_crowd(folder: Path) -> Iterator[RunningSimulator]:
    """A simulator of its own, with the database in that folder."""
    state = make_crowd(make_state("first", "autotask", NOW))
    create_secrets(folder / "secrets")
    (folder / "autotask.json").write_text(json.dumps(complete(state, lambda: NOW)))
    process = start_simulator("autotask", 0, folder, folder / "secrets")
    try:
        yield RunningSimulator(process.base_url, folder / "secrets", process)
    finally:
        process.stop()


def make_crowd(state: dict[str, Any]) -> dict[str, Any]:
    """The demo's one contract many times over, with ten services each, and companies for which its own one pays."""
    (contract,), (service,), (adjustment,) = (
        state[name] for name in ("contracts", "contractServices", "contractServiceAdjustments")
    )
    ids = range(1, CONTRACTS + 1)
    services = [(number, SERVICES * number + place) for number in ids for place in range(SERVICES)]
    state["contracts"] = [{**contract, "id": number} for number in ids]
    state["contractServices"] = [{**service, "id": each, "contractID": number} for number, each in services]
    state["contractServiceAdjustments"] = [
        {**adjustment, "id": each, "contractID": number, "contractServiceID": each} for number, each in services
    ]
    company = state["companies"][0]
    paid = {"parentCompanyID": company["id"], "invoiceNonContractItemsToParentCompany": True}
    state["companies"] += [{**company, "id": number, **paid} for number in range(CHILD, CHILD + CHILDREN)]
    return state
