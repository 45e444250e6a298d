"""Where runs are kept: one of the promises of `plans.ports`, by itself for its length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from plans.asking import AskedRun
from plans.results import PushResult, StampedTenant, TenantResult
from plans.runs import Run, Waiting
from plans.traffic import Traffic


class Runs(Protocol):
    """Runs and their tenants (tables `runs` and `runtenants`)."""

    async def open_run(self, run: Run) -> Run:
        """The run row: inserted, or as somebody inserted it before."""
        ...

    async def read_run(self, run_id: str) -> Run | None: ...

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        """The newest first."""
        ...

    async def list_nights(self, limit: int) -> tuple[Run, ...]:
        """The newest nights, the newest first, however many syncs lie between them."""
        ...

    async def save_run(self, run: Run) -> None: ...

    async def reserve(self, asked: AskedRun) -> bool:
        """Take the id of an extra run; False where somebody else has it already. Nothing is started yet."""
        ...

    async def save_waiting(self, run_id: str, waiting: Waiting) -> None:
        """What the run waits for of one connection, in place of what was said before."""
        ...

    async def list_waiting(self, run_id: str) -> tuple[Waiting, ...]: ...

    async def queue_tenants(self, run_id: str, tenants: Sequence[TenantResult]) -> None:
        """Insert the rows that are not there yet; rows that are there stay as they are."""
        ...

    async def read_tenant(self, run_id: str, tenant_id: str) -> TenantResult | None: ...

    async def read_stamped(self, run_id: str, tenant_id: str) -> StampedTenant | None:
        """The tenant's row, to be replaced by how the tenant ended."""
        ...

    async def end_tenant(self, run_id: str, tenant: TenantResult, stamp: str) -> bool:
        """Keep how the tenant ended in place of the row that was read with this stamp; False where another was quicker:
        what they kept stands."""
        ...

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]: ...

    async def save_push(self, run_id: str, result: PushResult) -> None: ...

    async def list_pushes(self, run_id: str) -> tuple[PushResult, ...]: ...

    async def save_traffic(self, run_id: str, process_id: str, traffic: Traffic) -> None:
        """All that one process asked for this run so far, in place of what it said before."""
        ...

    async def read_traffic(self, run_id: str) -> Traffic:
        """What all of them asked together."""
        ...
