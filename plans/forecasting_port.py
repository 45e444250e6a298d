"""Where forecasts of invoices are kept: one of the promises of `plans.ports`, by itself for its length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from plans.invoices import InvoiceDifference, KeptForecast


class Forecasts(Protocol):
    """What the next invoices are forecast to be, and what invoices turned out to be (table `invoices`)."""

    async def list_newest(self) -> tuple[KeptForecast, ...]:
        """The newest forecast of every agreement that has one, across all connections."""
        ...

    async def read_newest(self, connection_id: str, agreement_id: str) -> KeptForecast | None:
        """The newest forecast of one agreement."""
        ...

    async def save_newest(self, forecasts: Sequence[KeptForecast]) -> None:
        """Make these the newest forecasts of their agreements."""
        ...

    async def save_differences(self, differences: Sequence[InvoiceDifference]) -> None:
        """Keep for ever what invoices turned out to be; one that is made again takes the place of the first."""
        ...

    async def list_differences(self, connection_id: str, agreement_id: str) -> tuple[InvoiceDifference, ...]:
        """An agreement's invoices that had been forecast, the newest first."""
        ...
