"""Runs and their tenants: tables `runs` (newest first) and `runtenants` (one partition a run).

What a run found of a tenant grows with the tenant's lines. Where it is longer than a row may be, a blob has it, and the
row says which; by itself such a row says that the tenant is unknown, so that a lost blob holds what is uncertain.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from azure.data.tables import TableEntity
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient

from plans.asking import AskedRun
from plans.errors import Bug
from plans.results import PushResult, StampedTenant, TenantResult
from plans.runs import Run, TenantState, Waiting
from plans.traffic import Traffic
from store import filters
from store.blobs import put_blob, read_packed, unpack
from store.codec import decode, encode
from store.tables import BATCH_LIMIT, VALUE_LENGTH_LIMIT, insert, insert_batch, make_row, put, query, read, replace_read

RUN_PARTITION = "run"
ASKED_PARTITION = "asked"
INVERTED_DIGITS = str.maketrans("0123456789", "9876543210")
NO_EXTRA = "-000"
NIGHT_ENDING = NO_EXTRA.translate(INVERTED_DIGITS)
# The column of a tenant's row that names the blob with the whole of it.
BLOB = "blob"
LOST = (
    "More was found for this tenant than one row of the table holds, and the blob that has it is not there. Sync its "
    "customers to read it afresh."
)


def invert_run_id(run_id: str) -> str:
    """A key that sorts later runs first; a night sorts before the extra runs of its day."""
    full = run_id if run_id.count("-") == 3 else run_id + NO_EXTRA
    return full.translate(INVERTED_DIGITS)


class TableRuns:
    """`plans.ports.Runs` on Azure Table Storage, and on blobs where a row is too small."""

    def __init__(self, runs: TableClient, tenants: TableClient, container: ContainerClient) -> None:
        self._runs = runs
        self._tenants = tenants
        self._container = container

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

    async def reserve(self, asked: AskedRun) -> bool:
        return await insert(self._runs, make_row(ASKED_PARTITION, asked.run_id, encode(AskedRun, asked)))

    async def save_waiting(self, run_id: str, waiting: Waiting) -> None:
        await put(self._tenants, make_row(run_id, f"w:{waiting.connection_id}", encode(Waiting, waiting)))

    async def list_waiting(self, run_id: str) -> tuple[Waiting, ...]:
        rows = query(self._tenants, filters.with_prefix(run_id, "w:"))
        return tuple([decode(Waiting, row["value"]) async for row in rows])

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
        return None if row is None else await self._complete(row)

    async def read_stamped(self, run_id: str, tenant_id: str) -> StampedTenant | None:
        row = await read(self._tenants, run_id, f"t:{tenant_id}")
        return None if row is None else StampedTenant(await self._complete(row), str(row.metadata["etag"]))

    async def end_tenant(self, run_id: str, tenant: TenantResult, stamp: str) -> bool:
        """The blob first, under a name of its text: whoever dies in between leaves one that no row names."""
        key, text = f"t:{tenant.tenant_id}", encode(TenantResult, tenant)
        # A text has no more UTF-16 units, which count in a row, than bytes.
        if len(text) <= VALUE_LENGTH_LIMIT:
            return await replace_read(self._tenants, make_row(run_id, key, text), stamp) is not None
        name = f"tenants/{tenant.tenant_id}/{run_id}/{hashlib.sha256(text).hexdigest()}.gz"
        await put_blob(self._container, name, text)
        row = make_row(run_id, key, encode(TenantResult, name_tenant(tenant)))
        return await replace_read(self._tenants, {**row, BLOB: name}, stamp) is not None

    async def list_tenants(self, run_id: str) -> tuple[TenantResult, ...]:
        rows = [row async for row in query(self._tenants, filters.with_prefix(run_id, "t:"))]
        return tuple([await self._complete(row) for row in rows])

    async def _complete(self, row: TableEntity) -> TenantResult:
        """What the row says, or the blob that it names. Raises Bug where that one is damaged."""
        text, name = row["value"], row.get(BLOB)
        if name is not None and (packed := await read_packed(self._container, name)) is not None:
            text = unpack(name, packed)
        return decode(TenantResult, text)

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


def name_tenant(tenant: TenantResult) -> TenantResult:
    """What stands in the row of a tenant that a blob has: which it is, whom it serves, and that nothing is known."""
    return TenantResult(
        tenant_id=tenant.tenant_id,
        customer_ids=tenant.customer_ids,
        state=TenantState.UNKNOWN,
        sentence=LOST,
        partner_account_id=tenant.partner_account_id,
        ended_at=tenant.ended_at,
        is_gone=tenant.is_gone,
    )
