"""The orchestrators: what follows what in a night. Thin and deterministic: no clock, no I/O, no randomness (R10).

They carry ids and small summaries only; snapshots and plans travel through the archive. The run row says what is
done, so an orchestration that died is simply started again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import timedelta
from typing import Any, TypedDict

from durabletask.task import OrchestrationContext, RetryPolicy, Task, TaskFailedError, when_all

from sync.messages import OpenedRun, PushedPlan, PushRequest, ShardRead, ShardRequest, TenantRequest

type Steps[T] = Generator[Task[Any], Any, T]

STEP_RETRY = RetryPolicy(
    first_retry_interval=timedelta(seconds=5),
    max_number_of_attempts=4,
    backoff_coefficient=3,
    max_retry_interval=timedelta(minutes=2),
)
FIRST_POLL_PAUSE_SECONDS = 1


class NightResult(TypedDict):
    """What the engine keeps of a night that ended."""

    run_id: str


def night(context: OrchestrationContext, run_id: str) -> Steps[NightResult]:
    """One run: read, plan every tenant, judge, push what is allowed, close."""
    opened: OpenedRun = yield context.call_activity("open_run", input=run_id, retry_policy=STEP_RETRY)
    if not opened["is_closed"]:
        yield from read_psa(context, opened)
        yield from call_each(context, "read_partners", [run_id])
        yield context.call_activity("queue_tenants", input=run_id, retry_policy=STEP_RETRY)
        yield from await_tenants(context, opened)
        requests: list[PushRequest] = yield context.call_activity("judge_night", input=run_id, retry_policy=STEP_RETRY)
        yield from push_connections(context, run_id, requests)
        yield context.call_activity("close_night", input=run_id, retry_policy=STEP_RETRY)
    return {"run_id": run_id}


def read_psa(context: OrchestrationContext, opened: OpenedRun) -> Steps[None]:
    """Read every mapped agreement, window by window. A shard that cannot be read fails its customers only.

    What a PSA wants asked later is asked for again after a pause, the last time so that it says why it was not read.
    """
    waiting = opened["shards"]
    for left in reversed(range(opened.get("rounds", 1))):
        again: list[ShardRequest] = []
        pause_seconds = 0
        for window in cut_shards(waiting, opened["window"]):
            requests = [{**each, "is_last": True} for each in window] if left == 0 else window
            read: list[ShardRead | None] = yield from call_each(context, "read_agreements", requests)
            for request, ended in zip(window, read, strict=True):
                if ended is not None and ended["again_seconds"] is not None:
                    again.append(request)
                    pause_seconds = max(pause_seconds, ended["again_seconds"])
        if not again:
            return
        waiting = again
        yield context.create_timer(timedelta(seconds=pause_seconds))


def await_tenants(context: OrchestrationContext, opened: OpenedRun) -> Steps[None]:
    """Until every tenant is planned or the deadline has passed; the missing are unknown."""
    deadline = context.current_utc_datetime + timedelta(seconds=opened["tenant_deadline_seconds"])
    pause_seconds = FIRST_POLL_PAUSE_SECONDS
    while True:
        waiting: int = yield context.call_activity(
            "count_waiting_tenants", input=opened["run_id"], retry_policy=STEP_RETRY
        )
        if waiting == 0 or context.current_utc_datetime >= deadline:
            return
        yield context.create_timer(timedelta(seconds=pause_seconds))
        pause_seconds = min(pause_seconds * 2, opened["longest_poll_pause_seconds"])


def push_connections(context: OrchestrationContext, run_id: str, requests: Sequence[PushRequest]) -> Steps[None]:
    """One pushing orchestration per PSA connection, side by side."""
    pushes: list[Task[Any]] = [
        context.call_sub_orchestrator("push", input=request, instance_id=f"push:{request['connection_id']}:{run_id}")
        for request in requests
    ]
    if pushes:
        yield when_all(pushes)


def push(context: OrchestrationContext, request: PushRequest) -> Steps[None]:
    """Push the allowed plans of one connection in windows; look again at what is in doubt, until it is not."""
    waiting = request["plan_hashes"]
    for _ in range(request["rounds"]):
        again: list[PushedPlan] = []
        for window in cut(waiting, request["window"]):
            inputs = [{"run_id": request["run_id"], "plan_hash": plan_hash} for plan_hash in window]
            pushed: list[PushedPlan | None] = yield from call_each(context, "push_agreement", inputs)
            again += [plan for plan in pushed if plan is not None and plan["again_seconds"] is not None]
        if not again:
            return
        waiting = [plan["plan_hash"] for plan in again]
        yield context.create_timer(timedelta(seconds=min(plan["again_seconds"] or 1 for plan in again)))


def plan(context: OrchestrationContext, request: TenantRequest) -> Steps[None]:
    """One tenant: read it, then plan every customer it serves. Ends in one row, whatever happens."""
    try:
        is_known: bool = yield context.call_activity("fetch_licences", input=request, retry_policy=STEP_RETRY)
        if is_known:
            yield context.call_activity("plan_tenant", input=request, retry_policy=STEP_RETRY)
    except TaskFailedError:
        yield context.call_activity("give_up_tenant", input=request, retry_policy=STEP_RETRY)


def call_each(context: OrchestrationContext, activity: str, inputs: Sequence[Any]) -> Steps[list[Any]]:
    """Run one activity for every input at once; None stands where it failed for good."""
    tasks: list[Task[Any]] = [context.call_activity(activity, input=each, retry_policy=STEP_RETRY) for each in inputs]
    results = []
    for task in tasks:
        try:
            results.append((yield task))
        except TaskFailedError:
            results.append(None)
    return results


def cut_shards(shards: Sequence[ShardRequest], size: int) -> list[list[ShardRequest]]:
    """The pieces in windows of at most `size`, and of one connection no more in each than it takes at once."""
    windows: list[list[ShardRequest]] = []
    for shard in shards:
        window = windows[-1] if windows else []
        own = sum(each["connection_id"] == shard["connection_id"] for each in window)
        if not window or len(window) == size or own == shard.get("at_once", size):
            windows.append([shard])
        else:
            window.append(shard)
    return windows


def cut[T](items: Sequence[T], size: int) -> list[list[T]]:
    """The items in pieces of at most `size`."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]
