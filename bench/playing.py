"""The app process of a measured night: it plays one run over real HTTP and says what that took it.

`python -m bench.playing RUN KIND PLACE AT_ONCE` with the app's settings in the environment: so many tenants at once.
KIND `file` keeps everything in the SQLite file PLACE (`bench.account`), KIND `account` in the storage account whose
connection string PLACE is, through the SDK.
"""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from azure.core.pipeline import PipelineRequest
from azure.data.tables.aio import TableServiceClient
from azure.storage.blob.aio import BlobServiceClient

from app.settings import read_settings
from app.wiring import wire
from bench.account import open_account, open_database
from bench.driver import play_night
from plans.runs import day_of_run
from store.storage import Storage

KILOBYTE = 1024


@dataclass(frozen=True, slots=True)
class Played:
    """What a night took its process. `operations` are the requests to storage, `totals` are the run's."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    operations: dict[str, int]
    totals: dict[str, int]


def open_storage(kind: str, place: str, counted: Counter[str]) -> Storage:
    """The account, counting what is asked of it."""
    if kind == "file":
        database = open_database(Path(place))
        database.operations = counted
        return open_account(database)

    def count(request: PipelineRequest[Any]) -> None:
        counted[str(request.http_request.method)] += 1

    return Storage(
        TableServiceClient.from_connection_string(place, raw_request_hook=count),
        BlobServiceClient.from_connection_string(place, raw_request_hook=count),
    )


async def play(run_id: str, kind: str, place: str, at_once: int) -> Played:
    """Wire the app and play one run; its clock begins at five past seven of the run's day, in UTC."""
    counted: Counter[str] = Counter()
    wiring = replace(wire(read_settings()), storage=open_storage(kind, place, counted))
    day = day_of_run(run_id)
    begins_at, started = datetime(day.year, day.month, day.day, 7, 5, tzinfo=UTC), time.perf_counter()
    outside = replace(await wiring.connect(), now=lambda: begins_at + timedelta(seconds=time.perf_counter() - started))
    counted.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    await play_night(outside, run_id, at_once)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    operations = dict(counted)
    run = await outside.runs.read_run(run_id)
    await wiring.close()
    if run is None:
        raise ValueError(f"run {run_id} left no row")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILOBYTE
    return Played(wall, cpu, peak, operations, asdict(run.totals))


if __name__ == "__main__":
    logging.disable(logging.INFO)
    chosen_run, chosen_kind, chosen_place, tenants_at_once = sys.argv[1:]
    played = asyncio.run(play(chosen_run, chosen_kind, chosen_place, int(tenants_at_once)))
    print(json.dumps(asdict(played)))
