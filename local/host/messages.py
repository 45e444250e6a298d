"""The messages that the Functions host and the Python worker library exchange.

They have the shape of Microsoft's FunctionRpc messages, as far as the library reads and writes them. The
library is handed this very module and looks the classes up by name, so the names are FunctionRpc's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from local.host.messages_http import (
    NullableBool,
    NullableDouble,
    NullableString,
    NullableTimestamp,
    RpcHttp,
    RpcHttpCookie,
    Timestamp,
)

__all__ = [
    "BindingInfo",
    "FunctionLoadResponse",
    "FunctionMetadataResponse",
    "InvocationRequest",
    "InvocationResponse",
    "NullableBool",
    "NullableDouble",
    "NullableString",
    "NullableTimestamp",
    "ParameterBinding",
    "RetryContext",
    "RpcException",
    "RpcFunctionMetadata",
    "RpcHttp",
    "RpcHttpCookie",
    "RpcRetryOptions",
    "StatusResult",
    "Timestamp",
    "TraceContext",
    "TypedData",
    "WorkerInitRequest",
    "WorkerInitResponse",
    "WorkerMetadata",
]


class TypedData:
    """One value under the name of its kind: `TypedData(string="a")`, `TypedData(json="[1]")`."""

    def __init__(self, **field: object) -> None:
        if len(field) != 1:
            raise ValueError(f"exactly one kind of data is wanted, not {sorted(field)}")
        self.kind, self.value = next(iter(field.items()))

    def WhichOneof(self, group: str) -> str:
        return self.kind

    def __getattr__(self, name: str) -> Any:
        if name == self.__dict__.get("kind"):
            return self.value
        raise AttributeError(f"this TypedData holds {self.__dict__.get('kind')}, not {name}")

    def __repr__(self) -> str:
        return f"TypedData({self.kind}={self.value!r})"


@dataclass(frozen=True)
class ParameterBinding:
    name: str
    data: TypedData | None

    def WhichOneof(self, group: str) -> str:
        return "data"


class BindingDirection(IntEnum):
    in_ = 0
    out = 1
    inout = 2


@dataclass(frozen=True)
class BindingInfo:
    type: str
    data_type: int | None
    direction: int

    in_ = BindingDirection.in_
    out = BindingDirection.out
    inout = BindingDirection.inout
    undefined = 0


@dataclass(frozen=True)
class RpcException:
    message: str = ""
    stack_trace: str = ""
    source: str = ""


@dataclass(frozen=True)
class StatusResult:
    status: int
    exception: RpcException | None = None

    Failure = 0
    Success = 1


@dataclass(frozen=True)
class WorkerMetadata:
    runtime_name: str
    runtime_version: str
    worker_version: str
    worker_bitness: str
    custom_properties: Mapping[str, str]


@dataclass(frozen=True)
class WorkerInitRequest:
    function_app_directory: str
    capabilities: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkerInitResponse:
    capabilities: Mapping[str, str]
    worker_metadata: WorkerMetadata
    result: StatusResult


@dataclass(frozen=True)
class RpcRetryOptions:
    max_retry_count: int
    retry_strategy: str
    delay_interval: object = None
    minimum_interval: object = None
    maximum_interval: object = None


@dataclass(frozen=True)
class RpcFunctionMetadata:
    name: str
    function_id: str
    managed_dependency_enabled: bool
    directory: str
    script_file: str
    entry_point: str
    is_proxy: bool
    language: str
    bindings: Mapping[str, BindingInfo]
    raw_bindings: list[str]
    retry_options: RpcRetryOptions | None
    properties: Mapping[str, str]


@dataclass(frozen=True)
class FunctionMetadataResponse:
    use_default_metadata_indexing: bool
    function_metadata_results: list[RpcFunctionMetadata] | None
    result: StatusResult


@dataclass(frozen=True)
class FunctionLoadResponse:
    function_id: str
    result: StatusResult


@dataclass(frozen=True)
class TraceContext:
    trace_parent: str = ""
    trace_state: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RetryContext:
    retry_count: int = 0
    max_retry_count: int = 0
    exception: RpcException | None = None


@dataclass(frozen=True)
class InvocationRequest:
    invocation_id: str
    function_id: str
    input_data: list[ParameterBinding]
    trigger_metadata: Mapping[str, TypedData]
    trace_context: TraceContext = TraceContext()
    retry_context: RetryContext = RetryContext()


@dataclass(frozen=True)
class InvocationResponse:
    invocation_id: str
    result: StatusResult
    return_value: TypedData | None = None
    output_data: list[ParameterBinding] = field(default_factory=list)
