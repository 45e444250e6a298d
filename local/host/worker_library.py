"""The Python worker library that Azure itself runs, used in this process.

`azure_functions_runtime` imports `function_app.py`, indexes its functions and invokes them; what it refuses,
Azure refuses. This module speaks to it in messages (see messages.py) and hands out plain values.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import azure_functions_runtime as library

from local.host import messages
from local.host.functions import IndexedFunction, read_function
from local.host.messages import InvocationRequest, ParameterBinding, StatusResult, TypedData

PACKAGES_OF_A_DEPLOYED_APP = Path(".python_packages/lib/site-packages")


class LoadFailed(Exception):
    """The worker library refuses the app; the text is the library's own."""


@dataclass(frozen=True)
class InvocationFailure:
    """`message` is `ErrorType: text`, as the worker reports it."""

    message: str
    stack_trace: str


@dataclass(frozen=True)
class InvocationResult:
    invocation_id: str
    return_value: TypedData | None = None
    outputs: Mapping[str, TypedData] = field(default_factory=dict)
    failure: InvocationFailure | None = None


def enter_app_directory(app_directory: Path) -> None:
    """Makes the app the working directory and the first place to import from, as Azure does."""
    packages = app_directory / PACKAGES_OF_A_DEPLOYED_APP
    places = [str(app_directory), *([str(packages)] if packages.is_dir() else [])]
    sys.path[:] = places + [place for place in sys.path if place not in places]
    os.chdir(app_directory)


class WorkerLibrary:
    """The loaded app. One per process, because the library keeps its functions in module variables."""

    def __init__(self, functions: tuple[IndexedFunction, ...]) -> None:
        self.functions = functions
        self._ids = {function.name: function.function_id for function in functions}

    @classmethod
    async def load(cls, app_directory: Path) -> WorkerLibrary:
        """Imports and indexes the app in `app_directory`; LoadFailed with the worker's words if it cannot."""
        enter_app_directory(app_directory)
        library.start_threadpool_executor()
        request = messages.WorkerInitRequest(str(app_directory))
        started = await library.worker_init_request(
            SimpleNamespace(
                request=SimpleNamespace(worker_init_request=request),
                properties={"host": "127.0.0.1", "protos": messages},
            )
        )
        _raise_for(started.result)
        listed = await library.functions_metadata_request(SimpleNamespace())
        if not listed.function_metadata_results:
            raise LoadFailed(f"No functions were found in {app_directory}/function_app.py.")
        return cls(tuple(read_function(metadata) for metadata in listed.function_metadata_results))

    async def invoke(
        self,
        function_name: str,
        inputs: Mapping[str, TypedData],
        trigger_metadata: Mapping[str, TypedData] | None = None,
        invocation_id: str | None = None,
    ) -> InvocationResult:
        """Runs a function once, with `inputs` by binding name."""
        request = InvocationRequest(
            invocation_id=invocation_id or str(uuid.uuid4()),
            function_id=self._ids[function_name],
            input_data=[ParameterBinding(name, data) for name, data in inputs.items()],
            trigger_metadata=trigger_metadata or {},
        )
        response: messages.InvocationResponse = await library.invocation_request(
            SimpleNamespace(request=SimpleNamespace(invocation_request=request))
        )
        return _read_result(response)


def _read_result(response: messages.InvocationResponse) -> InvocationResult:
    if response.result.status == StatusResult.Success:
        outputs = {output.name: output.data for output in response.output_data if output.data is not None}
        return InvocationResult(response.invocation_id, response.return_value, outputs)
    error = response.result.exception or messages.RpcException("Error: the worker gave no reason")
    failure = InvocationFailure(error.message, error.stack_trace)
    return InvocationResult(response.invocation_id, failure=failure)


def _raise_for(result: StatusResult) -> None:
    if result.status != StatusResult.Success:
        error = result.exception or messages.RpcException("the worker gave no reason")
        raise LoadFailed(f"{error.message}\n{error.stack_trace}".strip())
