"""What the host refuses to serve."""

from __future__ import annotations

import json

import pytest

from local.host.functions import UnsupportedFunction, read_function
from local.host.messages import RpcFunctionMetadata, RpcRetryOptions

QUEUE = {"name": "m", "type": "queueTrigger", "direction": "IN", "queueName": "q", "connection": ""}


def describe(*bindings: dict[str, str], retry: RpcRetryOptions | None = None) -> RpcFunctionMetadata:
    return RpcFunctionMetadata(
        name="f",
        function_id="1",
        managed_dependency_enabled=False,
        directory=".",
        script_file="function_app.py",
        entry_point="f",
        is_proxy=False,
        language="python",
        bindings={},
        raw_bindings=[json.dumps(binding) for binding in bindings],
        retry_options=retry,
        properties={},
    )


def test_function_is_read() -> None:
    function = read_function(describe(QUEUE))
    assert (function.trigger.text("queueName"), function.trigger.direction) == ("q", "in")


@pytest.mark.parametrize(
    ("bindings", "reason"),
    [
        ([{**QUEUE, "type": "blobTrigger"}], "blobTrigger"),
        ([QUEUE, {**QUEUE, "name": "n"}], "exactly one trigger"),
        ([QUEUE, {"name": "t", "type": "table", "direction": "OUT"}], "table"),
        ([{"name": "r", "type": "httpTrigger", "direction": "IN", "authLevel": "FUNCTION"}], "authLevel 'FUNCTION'"),
    ],
)
def test_what_is_not_played_is_refused_with_a_sentence(bindings: list[dict[str, str]], reason: str) -> None:
    with pytest.raises(UnsupportedFunction, match=reason):
        read_function(describe(*bindings))


def test_retry_policy_is_refused() -> None:
    with pytest.raises(UnsupportedFunction, match="retry policy"):
        read_function(describe(QUEUE, retry=RpcRetryOptions(1, "fixed_delay")))
