"""Asking for runs, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from plans.asking import AskedRun


@dataclass
class FakeRequests:
    """Ids that are taken, and what was asked for; `error` is raised instead of asking."""

    taken: set[str] = field(default_factory=set)
    asked: list[AskedRun] = field(default_factory=list)
    error: Exception | None = None
    order: list[str] = field(default_factory=list)
    reserved: list[AskedRun] = field(default_factory=list)

    async def reserve(self, asked: AskedRun) -> bool:
        if asked.run_id in self.taken:
            return False
        self.taken.add(asked.run_id)
        self.reserved.append(asked)
        return True

    async def list_asked(self, day: date) -> tuple[AskedRun, ...]:
        return tuple(each for each in self.reserved if each.run_id.startswith(day.isoformat()))

    async def ask(self, asked: AskedRun) -> None:
        if self.error is not None:
            raise self.error
        self.order.append(f"ask {asked.run_id}")
        self.asked.append(asked)
