"""Asking for a run outside the night: what people decided is planned and written at once (architecture, "A night")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AskedRun:
    """An extra run of these customers that somebody asked for; the time is aware, in UTC."""

    run_id: str
    customer_ids: tuple[str, ...]
    asked_by: str
    asked_at: datetime


class RunRequests(Protocol):
    """The way from the pages to the runs: they never start one themselves."""

    async def reserve(self, asked: AskedRun) -> bool:
        """Take the run's id for this request; False where somebody else has it already. Nothing is started yet."""
        ...

    async def list_asked(self, day: date) -> tuple[AskedRun, ...]:
        """The extra runs that were asked for on a day of the MSP, by their ids, whether they have begun or not."""
        ...

    async def ask(self, asked: AskedRun) -> None:
        """Ask for the run whose id was reserved. A run that is asked for twice is one run."""
        ...
