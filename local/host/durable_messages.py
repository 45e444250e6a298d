"""Translation between the engine's messages and what Durable functions take and return."""

from __future__ import annotations

import base64

import durabletask.internal.orchestrator_service_pb2 as pb

from local.host.messages import TypedData
from local.host.worker_library import InvocationFailure, InvocationResult


def write_orchestrator_input(request: pb.OrchestratorRequest) -> TypedData:
    return TypedData(string=base64.b64encode(request.SerializeToString()).decode("ascii"))


def read_orchestrator_response(request: pb.OrchestratorRequest, result: InvocationResult) -> pb.OrchestratorResponse:
    """The actions that the orchestrator wants next; a failed invocation fails the orchestration."""
    if result.failure is not None:
        return fail_orchestration(request, result.failure.message, result.failure)
    if result.return_value is None:
        return fail_orchestration(request, "The orchestrator function returned nothing to the host.")
    response = pb.OrchestratorResponse()
    response.ParseFromString(base64.b64decode(str(result.return_value.value)))
    response.instanceId = request.instanceId
    return response


def fail_orchestration(
    request: pb.OrchestratorRequest, reason: str, failure: InvocationFailure | None = None
) -> pb.OrchestratorResponse:
    """The answer that ends an orchestration as failed."""
    action = pb.OrchestratorAction(id=-1)
    action.completeOrchestration.orchestrationStatus = pb.ORCHESTRATION_STATUS_FAILED
    details = describe_failure(failure or InvocationFailure(reason, ""))
    action.completeOrchestration.failureDetails.CopyFrom(details)
    return pb.OrchestratorResponse(instanceId=request.instanceId, actions=[action])


def write_activity_input(request: pb.ActivityRequest) -> TypedData:
    return TypedData(string=request.input.value if request.HasField("input") else "null")


def read_activity_response(result: InvocationResult) -> pb.ActivityResponse:
    """The activity's result as JSON, or its failure."""
    if result.failure is not None:
        return pb.ActivityResponse(failureDetails=describe_failure(result.failure))
    response = pb.ActivityResponse()
    response.result.value = "null" if result.return_value is None else str(result.return_value.value)
    return response


def describe_failure(failure: InvocationFailure) -> pb.TaskFailureDetails:
    """Type and text apart, split at the first colon, as the Durable extension does with worker errors."""
    error_type, separator, text = failure.message.partition(": ")
    if not separator or " " in error_type:
        error_type, text = "(unknown)", failure.message
    details = pb.TaskFailureDetails(errorType=error_type, errorMessage=text or error_type)
    details.stackTrace.value = failure.stack_trace
    return details
