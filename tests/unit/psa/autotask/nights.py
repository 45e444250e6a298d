"""An Autotask in memory behind the real adapter: contract 1201 of company 1, by calendar months from 1 January 2026."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from psa.autotask.adapter import AutotaskPsa
from psa.autotask.client import AutotaskClient, Credentials
from psa.autotask.settings import BillingSettings
from tests.simulation.autotask import ORIGIN, AutotaskState, AutotaskWire
from tests.simulation.faults import Faults, Process
from tests.simulation.virtual_time import run_virtually
from tests.simulation.wires import ShortClient

CONTRACT = 1201
TODAY = date(2026, 4, 20)
KEYS = Credentials("api@msp.example", "secret", "TRACKING")


def make_contract(number: int = CONTRACT, **members: Any) -> dict[str, Any]:
    return {
        "id": number,
        "contractName": "Managed Services",
        "companyID": 1,
        "contractType": 7,
        "contractPeriodType": 2,
        "status": 1,
        "startDate": "2026-01-01T00:00:00Z",
        "endDate": "2026-12-31T00:00:00Z",
        "renewedContractID": None,
        **members,
    }


@dataclass
class Autotask:
    """The state, and what asks it."""

    state: AutotaskState = field(default_factory=lambda: AutotaskState(timedelta(minutes=10)))
    today: date = TODAY
    settings: BillingSettings = field(default_factory=BillingSettings)
    mishap: str | None = None

    def __post_init__(self) -> None:
        self.state.contracts[CONTRACT] = make_contract()

    def add_service(self, *units: tuple[date, int], **members: Any) -> int:
        """A service with so many units more or fewer from each of the days on; its number."""
        row = self.state.add_service(CONTRACT, {"serviceID": 55, **members})
        for day, change in units:
            self.state.adjust(row["id"], day, change, is_ours=True)
        return int(row["id"])

    def run[T](self, work: Callable[[AutotaskPsa], Coroutine[Any, Any, T]]) -> T:
        """What comes of asking the adapter."""
        chances = {} if self.mishap is None else {self.mishap: 1.0}
        faults = Faults(Random(1), answer_chances=chances)
        web = ShortClient(ORIGIN, AutotaskWire(self.state, faults, Process("worker")), faults)
        return run_virtually(work(AutotaskPsa("at", AutotaskClient(web, KEYS), lambda: self.today, self.settings)))

    def read(self, *contract_ids: str) -> Any:
        """The contracts as they are read."""
        return self.run(lambda psa: psa.read_agreements(contract_ids or (str(CONTRACT),)))
