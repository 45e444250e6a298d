"""What Azure's orchestration engine guarantees and Microsoft's in-memory engine leaves out.

On Azure, work sits in queues: a message that a dead worker had taken comes back, a late answer of that worker
is not believed, a finished orchestration is not woken again. The in-memory engine was made for tests in one
process that never dies. Each method below says which guarantee it adds; everything else is Microsoft's.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

import durabletask.internal.orchestrator_service_pb2 as pb
import grpc
from durabletask.internal import helpers
from durabletask.testing.in_memory_backend import (
    ActivityWorkItem,
    InMemoryOrchestrationBackend,
    OrchestrationInstance,
)

from local.clock import LocalClock

# Azure has no such limit; the stock one of 10,000 events would end a night of some thousand tenants.
MAX_HISTORY_EVENTS = 1_000_000

_logger = logging.getLogger("engine")

type ActivityKey = tuple[str, int]


@dataclass(frozen=True)
class _HandedOutActivity:
    """An activity that a worker has, over which stream, and the run of the orchestration that wants it."""

    item: ActivityWorkItem
    stream: object
    asker: OrchestrationInstance | None


class FaithfulBackend(InMemoryOrchestrationBackend):
    def __init__(self, port: int, clock: LocalClock) -> None:
        super().__init__(max_history_size=MAX_HISTORY_EVENTS, port=port)
        self._clock = clock
        # Tokens of an engine that was restarted must not equal those of its predecessor, whose worker may
        # still answer.
        self._next_completion_token = time.time_ns()
        self._activities_out: dict[ActivityKey, _HandedOutActivity] = {}
        self._orchestrations_out: dict[str, object] = {}
        self._waiting_parents: dict[str, list[tuple[OrchestrationInstance, int]]] = {}

    def GetWorkItems(self, request: pb.GetWorkItemsRequest, context: grpc.ServicerContext) -> Iterator[pb.WorkItem]:
        """Streams work; takes back, when the stream ends, whatever its worker did not complete."""
        stream = object()
        try:
            for item in super().GetWorkItems(request, context):
                self._remember(stream, item)
                yield item
        finally:
            self._take_back(stream)

    def CompleteOrchestratorTask(
        self, request: pb.OrchestratorResponse, context: grpc.ServicerContext
    ) -> pb.CompleteTaskResponse:
        """Ignores the late answer of a worker whose work was taken back (stock: releases another's work)."""
        with self._lock:
            instance = self._instances.get(request.instanceId)
            if instance is not None and str(instance.completion_token) != request.completionToken:
                _logger.warning("late answer for orchestration %s ignored", request.instanceId)
                return pb.CompleteTaskResponse()
            self._orchestrations_out.pop(request.instanceId, None)
            return super().CompleteOrchestratorTask(request, context)

    def CompleteActivityTask(
        self, request: pb.ActivityResponse, context: grpc.ServicerContext
    ) -> pb.CompleteTaskResponse:
        """Believes one answer per activity, and only for the run of the orchestration that asked for it."""
        with self._lock:
            activity = self._activities_out.pop((request.completionToken, request.taskId), None)
            if activity is None or self._instances.get(request.instanceId) is not activity.asker:
                _logger.warning("late answer for an activity of %s ignored", request.instanceId)
                return pb.CompleteTaskResponse()
            return super().CompleteActivityTask(request, context)

    def _enqueue_orchestration(self, instance_id: str) -> None:
        """Leaves finished orchestrations alone, and running ones to their completion, which enqueues them."""
        instance = self._instances.get(instance_id)
        if instance is None or self._is_terminal_status(instance.status):
            return
        if instance_id not in self._orchestration_in_flight:
            super()._enqueue_orchestration(instance_id)

    def _remember(self, stream: object, item: pb.WorkItem) -> None:
        with self._lock:
            if item.HasField("orchestratorRequest"):
                self._orchestrations_out[item.orchestratorRequest.instanceId] = stream
            elif item.HasField("activityRequest"):
                activity = _read_activity(item)
                key = (item.completionToken, activity.task_id)
                asker = self._instances.get(activity.instance_id)
                self._activities_out[key] = _HandedOutActivity(activity, stream, asker)

    def _take_back(self, stream: object) -> None:
        """Makes the uncompleted work of a stream that ended available again, as on a visibility timeout."""
        with self._lock:
            for instance_id in [i for i, holder in self._orchestrations_out.items() if holder is stream]:
                del self._orchestrations_out[instance_id]
                self._take_back_orchestration(instance_id)
            for key in [k for k, activity in self._activities_out.items() if activity.stream is stream]:
                self._activity_queue.append(self._activities_out.pop(key).item)
            self._work_available.set()

    def _take_back_orchestration(self, instance_id: str) -> None:
        instance = self._instances.get(instance_id)
        if instance is None:
            return
        dispatched = list(instance.dispatched_events)
        if instance.history and dispatched and dispatched[0].HasField("orchestratorStarted"):
            del dispatched[0]  # added at dispatch, and added again at the next
        instance.pending_events[:0] = dispatched
        instance.dispatched_events.clear()
        instance.completion_token = self._next_completion_token
        self._next_completion_token += 1
        self._orchestration_in_flight.discard(instance_id)
        self._enqueue_orchestration(instance_id)

    def _watch_sub_orchestration(self, parent_instance_id: str, sub_instance_id: str, task_id: int) -> None:
        """Tells the parent whenever its sub-orchestration ends (stock: only within its first 30 seconds)."""
        parent = self._instances[parent_instance_id]
        self._waiting_parents.setdefault(sub_instance_id, []).append((parent, task_id))

    def _notify_waiters(self, instance_id: str) -> None:
        super()._notify_waiters(instance_id)
        instance = self._instances.get(instance_id)
        if instance is None or not self._is_terminal_status(instance.status):
            return
        for parent, task_id in self._waiting_parents.pop(instance_id, []):
            self._tell(parent, _report_end(instance, task_id))

    def _process_create_timer_action(self, instance: OrchestrationInstance, action: pb.OrchestratorAction) -> None:
        """Fires a timer only in the run that set it (stock: in any later run of the same id as well)."""
        fire_at = action.createTimer.fireAt.ToDatetime(tzinfo=UTC)
        instance.history.append(helpers.new_timer_created_event(action.id, fire_at))

        def fire() -> None:
            with self._lock:
                self._tell(instance, helpers.new_timer_fired_event(action.id, fire_at))

        timer = threading.Timer(max(0.0, (fire_at - self._clock.utc_now()).total_seconds()), fire)
        timer.daemon = True
        timer.start()

    def _tell(self, instance: OrchestrationInstance, event: pb.HistoryEvent) -> None:
        """Hands an event to a run that has not ended and was not replaced by a later one of the same id."""
        is_current = self._instances.get(instance.instance_id) is instance
        if is_current and not self._is_terminal_status(instance.status):
            instance.pending_events.append(event)
            self._enqueue_orchestration(instance.instance_id)


def _read_activity(item: pb.WorkItem) -> ActivityWorkItem:
    request = item.activityRequest
    return ActivityWorkItem(
        instance_id=request.orchestrationInstance.instanceId,
        name=request.name,
        task_id=request.taskId,
        input=request.input.value if request.HasField("input") else None,
        completion_token=int(item.completionToken),
    )


def _report_end(instance: OrchestrationInstance, task_id: int) -> pb.HistoryEvent:
    """How a parent learns that its sub-orchestration ended."""
    if instance.status == pb.ORCHESTRATION_STATUS_COMPLETED:
        return helpers.new_sub_orchestration_completed_event(task_id, instance.output)
    reason = instance.failure_details.errorMessage if instance.failure_details else "Sub-orchestration failed"
    return helpers.new_sub_orchestration_failed_event(task_id, Exception(reason))
