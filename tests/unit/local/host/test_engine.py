"""What the engine adds to Microsoft's in-memory one, driven through its own service methods."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import durabletask.internal.orchestrator_service_pb2 as pb
import pytest
from durabletask.testing import in_memory_backend

from local.clock import clock_starting_at
from local.host.engine import tell_time_by
from local.host.engine_fixes import FaithfulBackend

NOW = datetime(2031, 5, 1, 2, 0, tzinfo=UTC)


class ActiveCall:
    """As much of a gRPC call as the engine looks at."""

    def is_active(self) -> bool:
        return True


CALL = cast("Any", ActiveCall())


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FaithfulBackend:
    monkeypatch.setattr(in_memory_backend, "datetime", datetime)
    clock = clock_starting_at(NOW)
    tell_time_by(clock)
    return FaithfulBackend(0, clock)


def start(engine: FaithfulBackend, instance_id: str = "night") -> None:
    request = pb.CreateInstanceRequest(instanceId=instance_id, name="night")
    request.orchestrationIdReusePolicy.replaceableStatus.extend(
        [pb.ORCHESTRATION_STATUS_COMPLETED, pb.ORCHESTRATION_STATUS_FAILED]
    )
    engine.StartInstance(request, CALL)


def connect(engine: FaithfulBackend) -> Generator[pb.WorkItem]:
    return cast("Generator[pb.WorkItem]", engine.GetWorkItems(pb.GetWorkItemsRequest(), CALL))


def answer(engine: FaithfulBackend, item: pb.WorkItem, *actions: pb.OrchestratorAction) -> None:
    response = pb.OrchestratorResponse(
        instanceId=item.orchestratorRequest.instanceId, completionToken=item.completionToken, actions=actions
    )
    engine.CompleteOrchestratorTask(response, CALL)


def answer_activity(engine: FaithfulBackend, item: pb.WorkItem) -> None:
    request = item.activityRequest
    instance_id = request.orchestrationInstance.instanceId
    engine.CompleteActivityTask(
        pb.ActivityResponse(instanceId=instance_id, taskId=request.taskId, completionToken=item.completionToken),
        CALL,
    )


def call_activity() -> pb.OrchestratorAction:
    action = pb.OrchestratorAction(id=1)
    action.scheduleTask.name = "fetch"
    return action


def complete(status: pb.OrchestrationStatus = pb.ORCHESTRATION_STATUS_COMPLETED) -> pb.OrchestratorAction:
    action = pb.OrchestratorAction(id=9)
    action.completeOrchestration.orchestrationStatus = status
    return action


def set_timer(delay: timedelta) -> pb.OrchestratorAction:
    action = pb.OrchestratorAction(id=2)
    action.createTimer.fireAt.FromDatetime(NOW + delay)
    return action


def kinds(events: Iterable[pb.HistoryEvent]) -> list[str]:
    return [str(event.WhichOneof("eventType")) for event in events]


def test_orchestration_of_a_dead_worker_is_handed_out_again_unchanged(engine: FaithfulBackend) -> None:
    start(engine)
    first_worker = connect(engine)
    first = next(first_worker)
    first_worker.close()
    again = next(connect(engine))
    assert again.orchestratorRequest == first.orchestratorRequest
    assert again.completionToken != first.completionToken


def test_work_of_a_later_turn_is_handed_out_again_with_one_start_event(engine: FaithfulBackend) -> None:
    start(engine)
    worker = connect(engine)
    answer(engine, next(worker), call_activity())
    answer_activity(engine, next(worker))
    assert next(worker).HasField("orchestratorRequest")
    worker.close()
    again = next(connect(engine)).orchestratorRequest
    assert kinds(again.newEvents) == ["orchestratorStarted", "taskCompleted"]


def test_late_answer_for_an_orchestration_is_not_believed(engine: FaithfulBackend) -> None:
    start(engine)
    first_worker = connect(engine)
    late = next(first_worker)
    first_worker.close()
    second_worker = connect(engine)
    current = next(second_worker)
    answer(engine, late, complete())
    assert engine._instances["night"].status == pb.ORCHESTRATION_STATUS_PENDING
    answer(engine, current, complete())
    assert engine._instances["night"].status == pb.ORCHESTRATION_STATUS_COMPLETED


def test_activity_of_a_dead_worker_runs_again_and_is_answered_once(engine: FaithfulBackend) -> None:
    start(engine)
    first_worker = connect(engine)
    answer(engine, next(first_worker), call_activity())
    late = next(first_worker)
    first_worker.close()
    answer_activity(engine, late)
    assert not engine._instances["night"].pending_events
    second_worker = connect(engine)
    again = next(second_worker)
    assert again.activityRequest == late.activityRequest
    answer_activity(engine, again)
    answer_activity(engine, again)
    assert kinds(engine._instances["night"].pending_events) == ["taskCompleted"]


def test_finished_orchestration_is_not_woken_by_an_activity_it_left_behind(engine: FaithfulBackend) -> None:
    start(engine)
    worker = connect(engine)
    answer(engine, next(worker), call_activity(), complete())
    answer_activity(engine, next(worker))
    assert not engine._orchestration_queue


def test_answer_for_an_earlier_run_of_the_same_id_is_not_believed(engine: FaithfulBackend) -> None:
    start(engine)
    worker = connect(engine)
    answer(engine, next(worker), call_activity(), complete(pb.ORCHESTRATION_STATUS_FAILED))
    left_behind = next(worker)
    start(engine)
    answer_activity(engine, left_behind)
    new_run = engine._instances["night"]
    assert kinds(new_run.pending_events) == ["orchestratorStarted", "executionStarted"]


def test_timer_of_an_earlier_run_of_the_same_id_does_not_fire(engine: FaithfulBackend) -> None:
    start(engine)
    worker = connect(engine)
    answer(engine, next(worker), set_timer(timedelta(seconds=0.1)), complete())
    start(engine)
    answer(engine, next(worker), set_timer(timedelta(seconds=0.2)))
    woken = next(worker).orchestratorRequest
    assert kinds(woken.newEvents) == ["orchestratorStarted", "timerFired"]
    assert woken.newEvents[1].timerFired.fireAt.ToDatetime(UTC) == NOW + timedelta(seconds=0.2)


def test_running_orchestration_does_not_stand_in_the_way_of_others(engine: FaithfulBackend) -> None:
    start(engine, "one")
    worker = connect(engine)
    one = next(worker)
    engine.RaiseEvent(pb.RaiseEventRequest(instanceId="one", name="hello"), CALL)
    start(engine, "two")
    assert next(worker).orchestratorRequest.instanceId == "two"
    answer(engine, one)
    again = next(worker).orchestratorRequest
    assert (again.instanceId, kinds(again.newEvents)[-1]) == ("one", "eventRaised")


def test_engine_tells_the_local_time(engine: FaithfulBackend) -> None:
    start(engine)
    item = next(connect(engine))
    told = item.orchestratorRequest.newEvents[0].timestamp.ToDatetime(UTC)
    assert NOW <= told < NOW + timedelta(seconds=30)


def test_restarted_engine_gives_other_tokens(engine: FaithfulBackend) -> None:
    start(engine)
    successor = FaithfulBackend(0, clock_starting_at(NOW))
    start(successor)
    assert next(connect(engine)).completionToken != next(connect(successor)).completionToken
