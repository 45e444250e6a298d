"""Starting an orchestration under an id that says what it is: a repeated start joins what runs."""

from __future__ import annotations

import logging

import grpc
from azure.durable_functions import DurableFunctionsClient
from durabletask.internal import orchestrator_service_pb2 as engine_messages

LOGGER = logging.getLogger(__name__)

# A completed id may be used again on Azure Storage and raises on other backends; saying it makes both the same.
ENDED_MAY_BE_REPLACED = engine_messages.OrchestrationIdReusePolicy(
    replaceableStatus=[
        engine_messages.ORCHESTRATION_STATUS_COMPLETED,
        engine_messages.ORCHESTRATION_STATUS_FAILED,
        engine_messages.ORCHESTRATION_STATUS_TERMINATED,
    ]
)


async def start(client: DurableFunctionsClient, orchestrator: str, instance_id: str, value: object) -> bool:
    """Start the orchestration, or join it where it runs already; True where it was started."""
    try:
        await client.schedule_new_orchestration(
            orchestrator, input=value, instance_id=instance_id, reuse_id_policy=ENDED_MAY_BE_REPLACED
        )
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.ALREADY_EXISTS:
            LOGGER.info("%s is running already; joined it", instance_id)
            return False
        raise
    LOGGER.info("%s started", instance_id)
    return True
