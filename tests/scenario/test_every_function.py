"""Every function of function_app.py, indexed and invoked by Microsoft's worker library itself."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import durabletask.internal.helpers as history
import durabletask.internal.orchestrator_service_pb2 as engine_messages
import pytest

from local.host.durable_messages import write_orchestrator_input
from local.host.messages import RpcHttp, TypedData
from local.host.queue_metadata import describe_message
from local.host.worker_library import InvocationResult, WorkerLibrary
from local.stack import REPOSITORY, Stack, app_settings

pytestmark = [
    pytest.mark.stack,
    # The durable library says this of itself on every decode; the app's own warnings stay errors.
    pytest.mark.filterwarnings("ignore:azure.functions df_loads:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:azure.functions df_dumps:DeprecationWarning"),
]
NIGHT = "2026-11-22"
TENANT = {"run_id": NIGHT, "tenant_id": "5c2f6c0e-9a41-4c8e-8f57-2f1d6a7b3c11"}
BUILT_IN_PREFIX = "BuiltIn__"


class Caller:
    """Invokes functions by name and remembers which."""

    def __init__(self, library: WorkerLibrary, engine_port: int) -> None:
        self._library = library
        self._client = TypedData(string=json.dumps({"rpcBaseUrl": f"127.0.0.1:{engine_port}", "taskHubName": "t"}))
        self.invoked: set[str] = set()

    async def invoke(self, name: str, metadata: dict[str, TypedData] | None = None, **inputs: Any) -> InvocationResult:
        self.invoked.add(name)
        result = await self._library.invoke(name, inputs, metadata)
        assert result.failure is None, f"{name}: {result.failure}"
        return result

    @property
    def indexed(self) -> set[str]:
        """Every function of the app, without those that the durable library adds."""
        return {each.name for each in self._library.functions if not each.name.startswith(BUILT_IN_PREFIX)}

    def trigger_of(self, name: str) -> str:
        """The parameter that a function's trigger fills."""
        return next(each for each in self._library.functions if each.name == name).trigger.name

    async def call(self, name: str, value: object) -> Any:
        """An activity: JSON in, JSON out."""
        result = await self.invoke(name, None, **{self.trigger_of(name): TypedData(string=json.dumps(value))})
        return None if result.return_value is None else json.loads(str(result.return_value.value))

    async def deliver(self, name: str, message: object, *, with_client: bool) -> None:
        """A queue message."""
        body = json.dumps(message)
        inputs = {"message": TypedData(string=body)} | ({"client": self._client} if with_client else {})
        await self.invoke(name, describe_message(body), **inputs)

    async def orchestrate(self, name: str, value: object) -> engine_messages.OrchestratorResponse:
        """The first step of an orchestrator."""
        request = engine_messages.OrchestratorRequest(
            instanceId="instance",
            newEvents=[
                history.new_orchestrator_started_event(),
                history.new_execution_started_event(name, "instance", json.dumps(value)),
            ],
        )
        result = await self.invoke(name, None, **{self.trigger_of(name): write_orchestrator_input(request)})
        assert result.return_value is not None
        response = engine_messages.OrchestratorResponse()
        response.ParseFromString(base64.b64decode(str(result.return_value.value)))
        return response

    async def fire(self, name: str, *, with_client: bool = False) -> None:
        """A timer."""
        timer: dict[str, Any] = {"Schedule": {}, "ScheduleStatus": None, "IsPastDue": False}
        inputs = {"timer": TypedData(json=json.dumps(timer))} | ({"client": self._client} if with_client else {})
        await self.invoke(name, None, **inputs)

    async def get(self, path: str) -> Any:
        """A page."""
        request = RpcHttp(method="GET", url=f"http://127.0.0.1{path}", headers={}, body=TypedData(bytes=b""))
        result = await self.invoke("serve", None, req=TypedData(http=request))
        assert result.return_value is not None
        return result.return_value.value


@pytest.fixture
async def caller(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Caller]:
    """The worker library with the app loaded, in this process, on the stack's storage, engine and simulators."""
    from app import clock
    from app.wiring import WIRINGS

    stack.host.terminate()
    for name, value in app_settings(stack).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(clock, "utc_now", stack.clock.utc_now)
    library = await WorkerLibrary.load(REPOSITORY)
    yield Caller(library, stack.ports.engine)
    await (await WIRINGS.wiring()).close()


def name_actions(response: engine_messages.OrchestratorResponse) -> list[str]:
    """What an orchestrator asked for."""
    return [action.scheduleTask.name or action.createSubOrchestration.name for action in response.actions]


async def test_every_function_answers(caller: Caller) -> None:
    await caller.fire("tick", with_client=True)
    await caller.fire("tick", with_client=True)
    await caller.deliver("start_run", {"run_id": f"{NIGHT}-001"}, with_client=True)

    opened = await caller.call("open_run", NIGHT)
    (shard,) = opened["shards"]
    assert await caller.call("read_agreements", shard) == {"found": 1, "again_seconds": None}
    counts = await caller.call("read_partners", NIGHT)
    assert counts["accounts"] + counts["unread"] == 1
    queued = await caller.invoke("queue_tenants", None, run=TypedData(string=json.dumps(NIGHT)))
    (message,) = json.loads(str(queued.outputs["messages"].value))
    assert json.loads(message) == TENANT
    await caller.deliver("start_plan", TENANT, with_client=True)
    assert await caller.call("count_waiting_tenants", NIGHT) == 1
    assert await caller.call("fetch_licences", TENANT) is True
    await caller.call("plan_tenant", TENANT)
    await caller.call("give_up_tenant", TENANT)
    await caller.deliver("give_up_message", TENANT, with_client=False)
    assert await caller.call("count_waiting_tenants", NIGHT) == 0
    (push,) = await caller.call("judge_night", NIGHT)
    (plan_hash,) = push["plan_hashes"]
    pushed = await caller.call("push_agreement", {"run_id": NIGHT, "plan_hash": plan_hash})
    assert pushed == {"plan_hash": plan_hash, "again_seconds": None}
    await caller.call("close_night", NIGHT)
    await caller.fire("notice")
    await caller.fire("send_digests")
    await caller.deliver("send_mail", {"mail_id": "digest:nobody"}, with_client=False)
    await caller.deliver("give_up_mail", {"mail_id": "digest:nobody"}, with_client=False)
    await caller.fire("look_after_mails")
    errand = {"account_id": "nobody", "kind": "read", "errand_id": "1"}
    await caller.deliver("run_errand", errand, with_client=False)
    await caller.deliver("give_up_errand", errand, with_client=False)

    assert name_actions(await caller.orchestrate("night", NIGHT)) == ["open_run"]
    assert name_actions(await caller.orchestrate("plan", TENANT)) == ["fetch_licences"]
    assert name_actions(await caller.orchestrate("push", push)) == ["push_agreement"]
    page = await caller.get("/")
    assert page.status_code

    assert caller.indexed == caller.invoked
