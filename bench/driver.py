"""A night's steps one after another, with as many at once as a deployment allows: no engine, no queue, no timer.

What follows what is `sync.night`'s; here it is played without being remembered, so that only the steps are measured.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import stamina
from azure.core.exceptions import AzureError

from plans.ports import Outside
from sync import closing, judging, partners, planning, steps, tenants
from sync.messages import PushRequest, TenantRequest
from sync.night import STEP_RETRY, cut, cut_shards

HOST = json.loads((Path(__file__).parents[1] / "host.json").read_text(encoding="utf-8"))
STEPS_AT_ONCE: int = HOST["extensions"]["durableTask"]["maxConcurrentActivityFunctions"]


async def play_night(outside: Outside, run_id: str, at_once: int = STEPS_AT_ONCE) -> None:
    """Open the run, read, plan every tenant, so many at once, judge, push what is allowed, close."""
    opened = await steps.open_run(outside, run_id)
    for window in cut_shards(opened["shards"], opened["window"]):
        await asyncio.gather(*(steps.read_agreements(outside, shard) for shard in window))
    await partners.read_partners(outside, run_id)
    await run_bounded(await tenants.queue_tenants(outside, run_id), lambda each: play_tenant(outside, each), at_once)
    await tenants.count_waiting_tenants(outside, run_id)
    for request in await judging.judge_run(outside, run_id):
        await play_push(outside, request)
    await closing.close_night(outside, run_id)


async def play_tenant(outside: Outside, request: TenantRequest) -> None:
    """Read one tenant and plan whom it serves; where storage breaks a connection off, again, as the engine would."""
    async for attempt in stamina.retry_context(on=AzureError, attempts=STEP_RETRY.max_number_of_attempts):
        with attempt:
            if await tenants.fetch_licences(outside, request):
                await planning.plan_tenant(outside, request)


async def play_push(outside: Outside, request: PushRequest) -> None:
    """Push the plans of one connection in windows; look again at what is in doubt, until it is not."""
    waiting = request["plan_hashes"]
    for _ in range(request["rounds"]):
        again: list[str] = []
        pauses: list[float] = []
        for window in cut(waiting, request["window"]):
            for pushed in await asyncio.gather(
                *(steps.push_agreement(outside, {"run_id": request["run_id"], "plan_hash": each}) for each in window)
            ):
                if pushed["again_seconds"] is not None:
                    again.append(pushed["plan_hash"])
                    pauses.append(pushed["again_seconds"])
        if not again:
            return
        waiting = again
        await asyncio.sleep(min(pauses))


async def run_bounded[T](items: Iterable[T], act: Callable[[T], Awaitable[None]], at_once: int) -> None:
    """Act on every item, so many at a time, each as soon as there is room for it."""
    left = iter(items)

    async def work() -> None:
        for item in left:
            await act(item)

    await asyncio.gather(*(work() for _ in range(at_once)))
