"""Runs and their tenants: tables `runs` (newest first) and `runtenants` (one partition a run)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from azure.data.tables.aio import TableClient

from plans.errors import Bug
from plans.results import PushResult, TenantResult
from plans.runs import Run
from plans.traffic import Traffic
from store import filters
from store.codec import decode, encode
from store.tables import BATCH_LIMIT, insert, insert_batch, make_row, put, query, read

RUN_PARTITION = "run"
INVERTED_DIGITS = str.maketrans("0123456789", "9876543210")
NO_EXTRA = "-000"
NIGHT_ENDING = NO_EXTRA.translate(INVERTED_DIGITS)


def invert_run_id(run_id: str) -> str:
    """A key that sorts later runs first; a night sorts before the extra runs of its day."""
    full = run_id if run_id.count("-") == 3 else run_id + NO_EXTRA
    return full.translate(INVERTED_DIGITS)


class TableRuns:
    """`plans.ports.Runs` on Azure Table Storage."""

    def __init__(self, runs: TableClient, tenants: TableClient) -> None:
        self._runs = runs
        self._tenants = tenants

    async def open_run(self, run: Run) -> Run:
        if await insert(self._runs, make_row(RUN_PARTITION, invert_run_id(run.id), encode(Run, run))):
            return run
        found = await self.read_run(run.id)
        if found is None:
            raise Bug(f"Run {run.id} was refused as existing and cannot be read.")
        return found

    async def read_run(self, run_id: str) -> Run | None:
        row = await read(self._runs, RUN_PARTITION, invert_run_id(run_id))
        return None if row is None else decode(Run, row["value"])

    async def list_runs(self, limit: int) -> tuple[Run, ...]:
        return await self._list_newest(limit, lambda _: True)

    async def list_nights(self, limit: int) -> tuple[Run, ...]:
        return await self._list_newest(limit, lambda key: key.endswith(NIGHT_ENDING))

    async def _list_newest(self, limit: int, is_wanted: Callable[[str], bool]) -> tuple[Run, ...]:
        runs: list[Run] = []
        async for row in query(self._runs, filters.in_partition(RUN_PARTITION)):
            if is_wanted(row["RowKey"]):
                runs.append(decode(Run, row["value"]))
            if len(runs) == limit:
                break
        return tuple(runs)

    async def save_run(self, run: Run) -> None:
        await put(self._runs, make_row(RUN_PARTITION, invert_run_id(run.id), encode(Run, run)))

    async def queue_tenants(self, run_id: str, tenants: Sequence[TenantResult]) -> None:
        known = {tenant.tenant_id for tenant in await self.list_tenants(run_id)}
        rows = [
            make_row(run_id, f"t:{tenant.tenant_id}", encode(TenantResult, tenant))
            for tenant in tenants
            if tenant.tenant_id not in known
        ]
        for start in range(0, len(rows), BATCH_LIMIT):
            batch = rows[start : start + BATCH_LIMIT]
            if not await insert_batch(self._tenants, [("create", row) for row in batch]):
                for row in batch:
                    await insert(self._tenants, row)

    async def read_tenant(self, run_id: str, tenant_id: str) -> TenantResult | None:
        row = await read(self._tenants, run_id, f"t:{tenant_id}")
        return None if row is None else decode(TenantResult, row["value"])

    async def save_tenant(self, run_id: str, tenant: TenantResult) -> None:
        row = make_row(run_id, f"t:{tenant.tenant_id}", encode(TenantResult, tenant))
        await put(self._tenants, row)

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        rows = [row async for row in query(self._tenants, filters.with_prefix(run_id, "t:"))]
        return tuple(decode(TenantResult, row["value"]) for row in rows)

    async def save_push(self, run_id: str, result: PushResult) -> None:
        row = make_row(run_id, f"p:{result.plan_hash}", encode(PushResult, result))
        await put(self._tenants, row)

    async def list_pushes(self, run_id: str) -> tuple[PushResult, ...]:
        rows = [row async for row in query(self._tenants, filters.with_prefix(run_id, "p:"))]
        return tuple(decode(PushResult, row["value"]) for row in rows)

    async def save_traffic(self, run_id: str, process_id: str, traffic: Traffic) -> None:
        await put(self._tenants, make_row(run_id, f"x:{process_id}", encode(Traffic, traffic)))

    async def read_traffic(self, run_id: str) -> Traffic:
        total = Traffic()
        async for row in query(self._tenants, filters.with_prefix(run_id, "x:")):
            total = total.plus(decode(Traffic, row["value"]))
        return total
