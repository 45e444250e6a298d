"""One invocation of a function from end to end: its inputs are filled in, it runs, its outputs are delivered.

Every trigger goes through here, so a timer, a message, a request or an activity may all have a durable client
among their inputs and a queue among their outputs.
"""

from __future__ import annotations

import logging
import time
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import replace

from azure.core.exceptions import AzureError

from local.host.durable_client import DurableClientBinding
from local.host.functions import IndexedFunction
from local.host.messages import TypedData
from local.host.queue_outputs import QueueOutputs, read_outgoing_messages
from local.host.settings import MissingAppSetting
from local.host.worker_library import InvocationFailure, InvocationResult, WorkerLibrary

_logger = logging.getLogger("host.invocations")


class Invocations:
    """Runs functions of the loaded app."""

    def __init__(
        self, library: WorkerLibrary, durable_client: DurableClientBinding, queue_outputs: QueueOutputs
    ) -> None:
        self._library = library
        self._durable_client = durable_client
        self._queue_outputs = queue_outputs

    async def run(
        self,
        function: IndexedFunction,
        trigger_value: TypedData,
        trigger_metadata: Mapping[str, TypedData] | None = None,
    ) -> InvocationResult:
        """The result of the function given its trigger's value. Undelivered outputs are a failure."""
        invocation_id, started = str(uuid.uuid4()), time.monotonic()
        inputs = {function.trigger.name: trigger_value, **self._fill_inputs(function)}
        result = await self._library.invoke(function.name, inputs, trigger_metadata, invocation_id)
        if result.failure is None:
            result = await self._deliver(function, result)
        _log(function, result, time.monotonic() - started)
        return result

    def _fill_inputs(self, function: IndexedFunction) -> dict[str, TypedData]:
        clients = function.inputs_of_type("durableClient")
        return {binding.name: TypedData(string=self._durable_client.describe(binding)) for binding in clients}

    async def _deliver(self, function: IndexedFunction, result: InvocationResult) -> InvocationResult:
        try:
            for binding in function.outputs_of_type("queue"):
                data = result.return_value if binding.name == "$return" else result.outputs.get(binding.name)
                await self._queue_outputs.send(binding, read_outgoing_messages(data))
        except (AzureError, MissingAppSetting) as error:
            failure = InvocationFailure(f"{type(error).__name__}: {error}", traceback.format_exc())
            return replace(result, failure=failure)
        return result


def _log(function: IndexedFunction, result: InvocationResult, seconds: float) -> None:
    words = "Executed 'Functions.%s' (%s, Id=%s, Duration=%dms)"
    if result.failure is None:
        _logger.info(words, function.name, "Succeeded", result.invocation_id, seconds * 1000)
    else:
        _logger.error(words, function.name, "Failed", result.invocation_id, seconds * 1000)
        _logger.error("%s\n%s", result.failure.message, result.failure.stack_trace)
