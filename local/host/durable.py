"""The host's half of Durable Functions: work from the engine goes to the app's functions, answers go back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import durabletask.internal.orchestrator_service_pb2 as pb
import durabletask.internal.orchestrator_service_pb2_grpc as stubs
import grpc

from local.host.durable_client import MAX_GRPC_MESSAGE_BYTES
from local.host.durable_messages import (
    fail_orchestration,
    read_activity_response,
    read_orchestrator_response,
    write_activity_input,
    write_orchestrator_input,
)
from local.host.functions import IndexedFunction, with_trigger
from local.host.invocations import Invocations
from local.host.settings import DurableSettings

SECONDS_BEFORE_RECONNECT = 0.2
SECONDS_TO_REPORT = 30.0

_CHANNEL_OPTIONS = [
    ("grpc.max_receive_message_length", MAX_GRPC_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_GRPC_MESSAGE_BYTES),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]

_logger = logging.getLogger("host.durable")


class DurableListener:
    """Takes work items from the engine at `engine_address` until it is cancelled."""

    def __init__(
        self,
        engine_address: str,
        functions: tuple[IndexedFunction, ...],
        settings: DurableSettings,
        invocations: Invocations,
    ) -> None:
        self._address = engine_address
        self._invocations = invocations
        self._orchestrators = _by_name(functions, "orchestrationTrigger", "orchestration")
        self._activities = _by_name(functions, "activityTrigger", "activity")
        self._orchestrator_slots = asyncio.Semaphore(settings.max_concurrent_orchestrators)
        self._activity_slots = asyncio.Semaphore(settings.max_concurrent_activities)
        self._running: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Streams work; connects again by itself when the engine was restarted."""
        async with grpc.aio.insecure_channel(self._address, options=_CHANNEL_OPTIONS) as channel:
            stub = stubs.TaskHubSidecarServiceStub(channel)  # type: ignore[no-untyped-call]
            while True:
                try:
                    await self._stream_work(stub)
                except grpc.aio.AioRpcError as error:
                    _logger.warning("the engine at %s is away: %s", self._address, error.details())
                await asyncio.sleep(SECONDS_BEFORE_RECONNECT)

    async def _stream_work(self, stub: stubs.TaskHubSidecarServiceStub) -> None:
        async for item in stub.GetWorkItems(pb.GetWorkItemsRequest(), wait_for_ready=True):
            if item.HasField("orchestratorRequest"):
                self._start(self._run_orchestrator(stub, item))
            elif item.HasField("activityRequest"):
                self._start(self._run_activity(stub, item))
            else:
                _logger.error("the engine sent work of a kind that is not played here: %s", item)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _logger.error("a durable work item was lost by this host", exc_info=error)

    async def _run_orchestrator(self, stub: stubs.TaskHubSidecarServiceStub, item: pb.WorkItem) -> None:
        request = item.orchestratorRequest
        name = _find_orchestrator_name(request)
        async with self._orchestrator_slots:
            function = self._orchestrators.get(name)
            if function is None:
                response = fail_orchestration(request, f"The app has no orchestrator called '{name}'.")
            else:
                result = await self._invocations.run(function, write_orchestrator_input(request))
                response = read_orchestrator_response(request, result)
            response.completionToken = item.completionToken
            await _report(stub.CompleteOrchestratorTask, response, request.instanceId)

    async def _run_activity(self, stub: stubs.TaskHubSidecarServiceStub, item: pb.WorkItem) -> None:
        request = item.activityRequest
        async with self._activity_slots:
            function = self._activities.get(request.name.lower())
            if function is None:
                response = pb.ActivityResponse()
                response.failureDetails.errorType = "FunctionNotFound"
                response.failureDetails.errorMessage = f"The app has no activity called '{request.name}'."
            else:
                result = await self._invocations.run(function, write_activity_input(request))
                response = read_activity_response(result)
            response.instanceId = request.orchestrationInstance.instanceId
            response.taskId = request.taskId
            response.completionToken = item.completionToken
            await _report(stub.CompleteActivityTask, response, response.instanceId)


async def _report[Response](call: Callable[..., Awaitable[object]], response: Response, instance_id: str) -> None:
    """Tells the engine; when it is gone, so is the work, and the engine that replaces it starts afresh."""
    try:
        await call(response, wait_for_ready=True, timeout=SECONDS_TO_REPORT)
    except grpc.aio.AioRpcError as error:
        _logger.warning("the engine did not take the answer for %s: %s", instance_id, error.details())


def _by_name(functions: tuple[IndexedFunction, ...], trigger_type: str, key: str) -> dict[str, IndexedFunction]:
    """Functions by the name that orchestrations use for them, which Azure compares without case."""
    found = with_trigger(functions, trigger_type)
    return {function.trigger.text(key, function.name).lower(): function for function in found}


def _find_orchestrator_name(request: pb.OrchestratorRequest) -> str:
    names = [
        event.executionStarted.name
        for event in (*request.pastEvents, *request.newEvents)
        if event.HasField("executionStarted")
    ]
    return names[-1].lower() if names else ""
