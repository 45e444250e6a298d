"""The forecasts of a simulated MSP: `plans.ports.Forecasts` with a fault point before and after every call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plans.invoices import InvoiceDifference, KeptForecast
from tests.simulation.disk import Disk
from tests.simulation.faults import Faults, Process


@dataclass
class Forecasts:
    """One process's way to the forecasts on the disk."""

    disk: Disk
    faults: Faults
    process: Process

    async def _pass(self, name: str, side: str) -> None:
        await self.faults.pass_point(self.process, f"{name}:{side}", is_read=not name.startswith("save"))

    async def list_newest(self) -> tuple[KeptForecast, ...]:
        await self._pass("list_newest", "before")
        return tuple(each for _, each in sorted(self.disk.forecasts.items()))

    async def read_newest(self, connection_id: str, agreement_id: str) -> KeptForecast | None:
        await self._pass("read_newest", "before")
        return self.disk.forecasts.get(f"{connection_id}:{agreement_id}")

    async def save_newest(self, forecasts: Sequence[KeptForecast]) -> None:
        await self._pass("save_newest", "before")
        self.disk.forecasts.update({each.id: each for each in forecasts})
        await self._pass("save_newest", "after")

    async def save_differences(self, differences: Sequence[InvoiceDifference]) -> None:
        await self._pass("save_differences", "before")
        for each in differences:
            self.disk.differences[f"{each.connection_id}:{each.agreement_id}"][each.due_on] = each
        await self._pass("save_differences", "after")

    async def list_differences(self, connection_id: str, agreement_id: str) -> tuple[InvoiceDifference, ...]:
        await self._pass("list_differences", "before")
        kept = self.disk.differences.get(f"{connection_id}:{agreement_id}", {})
        return tuple(each for _, each in sorted(kept.items(), reverse=True))
