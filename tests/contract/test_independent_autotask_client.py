"""An Autotask client that somebody else wrote, against the simulator: it knows the real service.

It pages by id, as the real service allows, and never follows the address of a next page.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from autotask.client import AutotaskClient
from autotask.config import AutotaskConfig
from autotask.entities.manager import EntityManager
from autotask.exceptions import AutotaskAPIError, AutotaskAuthError
from autotask.query import Q

from tests.contract.crowd import ROWS, start_crowd
from tests.contract.running import AUTOTASK_USER, RunningSimulator


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSimulator]:
    """A database with more than 5,000 unit rows."""
    with start_crowd(tmp_path_factory.mktemp("autotask")) as running:
        yield running


def client_of(simulator: RunningSimulator, secret: str | None = None) -> AutotaskClient:
    """With the right secret unless another one is given."""
    known, code = simulator.secret("autotask-secret"), simulator.secret("autotask-integration-code")
    return AutotaskClient(AutotaskConfig(AUTOTASK_USER, secret or known, code, simulator.base_url))


async def test_it_pages_through_five_thousand_rows(crowded: RunningSimulator) -> None:
    async with client_of(crowded) as client:
        rows = await EntityManager(client).query("ContractServiceUnits", Q(id__gt=0))
    numbers = [row["id"] for row in rows if isinstance(row, dict)]
    assert ROWS >= 5_000
    assert sorted(set(numbers)) == list(range(1, ROWS + 1)) == numbers


async def test_it_adjusts_units_and_reads_them(crowded: RunningSimulator) -> None:
    """`EntityManager.create` would go on to read the number that there is none of, so it posts by itself."""
    adjustment = {"contractServiceID": 15, "effectiveDate": "2026-11-16", "unitChange": 3}
    async with client_of(crowded) as client:
        assert await client.post("ContractServiceAdjustments", json=adjustment) == {"itemId": None}
        november = Q(contractServiceID=15, startDate__gte="2026-11-01", endDate__lte="2026-11-30")
        rows = await EntityManager(client).query("ContractServiceUnits", november)
    found = [(row["startDate"][:10], row["units"]) for row in rows if isinstance(row, dict)]
    assert found == [("2026-11-01", 2), ("2026-11-16", 5)]


async def test_it_understands_what_is_said_of_fields(crowded: RunningSimulator) -> None:
    async with client_of(crowded) as client:
        types = await EntityManager(client).resolve_picklist("Contracts", "contractType")
    assert types[7] == "Recurring Service"


async def test_it_understands_refusals(crowded: RunningSimulator) -> None:
    adjustment = {"contractServiceID": 15, "effectiveDate": "2030-01-01", "unitChange": 3}
    async with client_of(crowded) as client:
        with pytest.raises(AutotaskAPIError, match="effectiveDate must be between"):
            await client.post("ContractServiceAdjustments", json=adjustment)
    async with client_of(crowded, secret="wrong") as stranger:
        with pytest.raises(AutotaskAuthError):
            await stranger.get("Contracts/1")
