"""A durable engine for simulated nights: it replays orchestrators from their history now and then, as the real one does
at every step, and delivers every activity at least once, to whichever worker lives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from durabletask.task import CompletableTask, RetryPolicy, Task, TaskFailedError

from tests.simulation.faults import Faults, Killed, Process

REDELIVERY_SECONDS = (1.0, 90.0)
MOST_DELIVERIES = 5
REPLAY_CHANCE = 0.15

type Activity = Callable[[Process, str, Any], Awaitable[Any]]
type Orchestrator = Callable[[Any, Any], Generator[Task[Any], Any, Any]]


class NotDeterministic(Exception):
    """Replaying an orchestrator asked for something else than the first time (R10)."""


@dataclass(frozen=True)
class Event:
    """Something that a waiting orchestrator was told, and when."""

    number: int
    is_failure: bool
    value: Any
    at: datetime


@dataclass
class Context:
    """What an orchestrator sees during one replay."""

    instance_id: str
    current_utc_datetime: datetime
    actions: list[tuple[str, Any]] = field(default_factory=list)
    tasks: list[CompletableTask[Any]] = field(default_factory=list)

    def call_activity(
        self,
        name: str,
        *,
        input: Any = None,  # noqa: A002 - the engine's own name
        retry_policy: RetryPolicy | None = None,
    ) -> Task[Any]:
        return self._add(("activity", (name, json.dumps(input), retry_policy)))

    def call_sub_orchestrator(self, name: str, *, input: Any, instance_id: str) -> Task[Any]:  # noqa: A002
        return self._add(("orchestration", (name, json.dumps(input), instance_id)))

    def create_timer(self, fire_at: timedelta) -> Task[Any]:
        return self._add(("timer", fire_at))

    def _add(self, action: tuple[str, Any]) -> Task[Any]:
        task: CompletableTask[Any] = CompletableTask()
        self.actions.append(action)
        self.tasks.append(task)
        return task


@dataclass
class Execution:
    """One orchestrator at work: how much of its history it was told, and what it waits for."""

    context: Context
    program: Generator[Task[Any], Any, Any]
    waiting_for: Task[Any] | None = None
    told: int = 0


@dataclass
class Instance:
    """One orchestration and its history."""

    name: str
    value: Any
    started_at: datetime
    history: list[Event] = field(default_factory=list)
    actions: list[tuple[str, Any]] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    failure: str | None = None


class Engine:
    """Starts instances, replays them, delivers their activities. `forget` is the death of the engine."""

    def __init__(
        self,
        faults: Faults,
        now: Callable[[], datetime],
        choose_worker: Callable[[], Awaitable[Process]],
        orchestrators: dict[str, Orchestrator],
        activity: Activity,
    ) -> None:
        self._faults = faults
        self._now = now
        self._choose_worker = choose_worker
        self._orchestrators = orchestrators
        self._activity = activity
        self._generation = 0
        self.instances: dict[str, Instance] = {}
        self.background: set[asyncio.Task[Any]] = set()

    def forget(self) -> None:
        """The engine died: nothing that it knew is known."""
        self._generation += 1
        self.instances = {}

    def start(self, name: str, instance_id: str, value: Any) -> bool:
        """Start an instance, or join the one that runs under this id."""
        standing = self.instances.get(instance_id)
        if standing is not None and not standing.ended.is_set():
            return False
        instance = Instance(name, json.loads(json.dumps(value)), self._now())
        self.instances[instance_id] = instance
        self.spawn(self._drive(instance_id, instance, self._generation))
        return True

    def spawn(self, work: Any) -> None:
        """Run something beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    async def _drive(self, instance_id: str, instance: Instance, generation: int) -> None:
        execution = self._begin(instance_id, instance)
        while generation == self._generation:
            known = len(instance.actions)
            if self._faults.random.random() < REPLAY_CHANCE:
                execution = self._begin(instance_id, instance)
            self._advance(instance, execution)
            for number in range(known, len(instance.actions)):
                self.spawn(self._perform(instance, number, generation))
            if instance.ended.is_set():
                return
            await instance.news.wait()
            instance.news.clear()

    def _begin(self, instance_id: str, instance: Instance) -> Execution:
        context = Context(instance_id, instance.started_at)
        return Execution(context, self._orchestrators[instance.name](context, instance.value))

    def _advance(self, instance: Instance, execution: Execution) -> None:
        """As far as the history goes: from its beginning if the execution is a fresh one, which is a replay."""
        program, context = execution.program, execution.context
        try:
            while True:
                waiting_for = execution.waiting_for
                if waiting_for is None:
                    execution.waiting_for = next(program)
                elif waiting_for.is_complete:
                    execution.waiting_for = self._resume(program, waiting_for)()
                elif execution.told == len(instance.history):
                    return self._check_actions(instance, context)
                else:
                    self._tell(context, instance.history[execution.told])
                    execution.told += 1
        except StopIteration:
            instance.ended.set()
        except TaskFailedError as error:
            instance.failure = str(error)
            instance.ended.set()
        return self._check_actions(instance, context)

    def _resume(self, program: Any, task: Task[Any]) -> Callable[[], Task[Any]]:
        if task.is_failed:
            error = task.get_exception()
            return lambda: program.throw(error)
        result = task.get_result()
        return lambda: program.send(result)

    def _tell(self, context: Context, event: Event) -> None:
        context.current_utc_datetime = event.at
        task = context.tasks[event.number]
        if event.is_failure:
            task.fail(str(event.value), Exception(event.value))
        else:
            task.complete(event.value)

    def _check_actions(self, instance: Instance, context: Context) -> None:
        if context.actions[: len(instance.actions)] != instance.actions:
            raise NotDeterministic(f"{instance.name} asked for {context.actions}, before for {instance.actions}")
        instance.actions = list(context.actions)

    async def _perform(self, instance: Instance, number: int, generation: int) -> None:
        kind, what = instance.actions[number]
        is_failure, value = False, None
        match kind:
            case "timer":
                await asyncio.sleep(what.total_seconds())
            case "orchestration":
                is_failure, value = await self._run_child(*what)
            case _:
                is_failure, value = await self._call_with_retries(*what)
        if generation == self._generation:
            instance.history.append(Event(number, is_failure, value, self._now()))
            instance.news.set()

    async def _run_child(self, name: str, text: str, instance_id: str) -> tuple[bool, Any]:
        if not self.start(name, instance_id, json.loads(text)):
            return True, f"{instance_id} runs already"
        child = self.instances[instance_id]
        await child.ended.wait()
        return child.failure is not None, child.failure

    async def _call_with_retries(self, name: str, text: str, policy: RetryPolicy | None) -> tuple[bool, Any]:
        attempts = 1 if policy is None else policy.max_number_of_attempts
        failure = ""
        for attempt in range(attempts):
            try:
                return False, await self._deliver(name, json.loads(text))
            except Exception as error:  # noqa: BLE001 - an activity's failure is the orchestrator's to judge
                failure = f"{type(error).__name__}: {error}"
            if policy is not None:
                factor = (policy.backoff_coefficient or 1.0) ** attempt
                await asyncio.sleep(policy.first_retry_interval.total_seconds() * factor)
        return True, failure

    async def _deliver(self, name: str, value: Any) -> Any:
        if self._faults.draw("delivered twice", self._faults.double_delivery_chance):
            for _ in range(self._faults.random.randint(1, MOST_DELIVERIES - 1)):
                self.spawn(self._deliver_in_vain(name, value))
        while True:
            worker = await self._choose_worker()
            try:
                return json.loads(json.dumps(await self._activity(worker, name, value)))
            except Killed:
                await asyncio.sleep(self._faults.random.uniform(*REDELIVERY_SECONDS))

    async def _deliver_in_vain(self, name: str, value: Any) -> None:
        await asyncio.sleep(self._faults.random.uniform(0.0, 60.0))
        worker = await self._choose_worker()
        try:
            await self._activity(worker, name, value)
        except Killed:
            return
        except Exception:  # noqa: BLE001 - nobody waits for this delivery, and nobody hears how it ended
            self._faults.fired["a second delivery failed"] += 1
