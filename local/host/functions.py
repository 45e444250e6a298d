"""A function of the app as the worker library indexed it: its name, its trigger and its other bindings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local.host.messages import RpcFunctionMetadata

SUPPORTED_TRIGGERS = (
    "timerTrigger",
    "queueTrigger",
    "httpTrigger",
    "orchestrationTrigger",
    "activityTrigger",
)
SUPPORTED_INPUTS = ("durableClient",)
SUPPORTED_OUTPUTS = ("queue", "http")


class UnsupportedFunction(Exception):
    """The app asks for something that the local host does not play."""


@dataclass(frozen=True)
class Binding:
    """`settings` is the binding as function.json would hold it (schedule, queueName, route, ...)."""

    name: str
    type: str
    direction: str
    settings: Mapping[str, object]

    def text(self, key: str, default: str = "") -> str:
        value = self.settings.get(key)
        return default if value is None else str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.settings.get(key)
        return tuple(str(item) for item in value) if isinstance(value, list) else ()

    @property
    def is_trigger(self) -> bool:
        return self.type.endswith("Trigger")


@dataclass(frozen=True)
class IndexedFunction:
    name: str
    function_id: str
    bindings: tuple[Binding, ...]

    @property
    def trigger(self) -> Binding:
        return next(binding for binding in self.bindings if binding.is_trigger)

    def inputs_of_type(self, binding_type: str) -> tuple[Binding, ...]:
        return tuple(b for b in self.bindings if b.type == binding_type and b.direction == "in")

    def outputs_of_type(self, binding_type: str) -> tuple[Binding, ...]:
        return tuple(b for b in self.bindings if b.type == binding_type and b.direction == "out")


def read_function(metadata: RpcFunctionMetadata) -> IndexedFunction:
    """The function that the worker library describes; UnsupportedFunction where it cannot run here."""
    bindings = tuple(_read_binding(json.loads(raw)) for raw in metadata.raw_bindings)
    function = IndexedFunction(metadata.name, metadata.function_id, bindings)
    if metadata.retry_options is not None:
        raise UnsupportedFunction(f"The function {function.name} has a retry policy, which is not played here.")
    _refuse_unsupported(function)
    return function


def with_trigger(functions: Iterable[IndexedFunction], trigger_type: str) -> tuple[IndexedFunction, ...]:
    return tuple(function for function in functions if function.trigger.type == trigger_type)


def _read_binding(raw: dict[str, object]) -> Binding:
    return Binding(str(raw["name"]), str(raw["type"]), str(raw["direction"]).lower(), raw)


def _refuse_unsupported(function: IndexedFunction) -> None:
    triggers = [binding for binding in function.bindings if binding.is_trigger]
    if len(triggers) != 1:
        raise UnsupportedFunction(f"The function {function.name} needs exactly one trigger.")
    for binding in function.bindings:
        if binding.is_trigger:
            known = binding.type in SUPPORTED_TRIGGERS
        else:
            known = binding.type in (SUPPORTED_INPUTS if binding.direction == "in" else SUPPORTED_OUTPUTS)
        if not known:
            raise UnsupportedFunction(
                f"The function {function.name} uses the binding {binding.type} ({binding.direction}), "
                "which the local host does not play."
            )
    if triggers[0].type == "httpTrigger" and triggers[0].text("authLevel").lower() != "anonymous":
        raise UnsupportedFunction(
            f"The function {function.name} has an HTTP trigger with authLevel "
            f"'{triggers[0].text('authLevel')}'; the local host has no function keys and only plays anonymous."
        )
