"""What becomes of one message, without a storage emulator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from local.host import message_lease
from local.host.functions import IndexedFunction
from local.host.messages import TypedData
from local.host.queues import QueueListener
from local.host.settings import QueueSettings
from local.host.worker_library import InvocationFailure, InvocationResult

SETTINGS = QueueSettings(max_dequeue_count=3, visibility_timeout=timedelta(seconds=60), message_encoding="base64")
FUNCTION = IndexedFunction("copy", "1", ())
HELLO = "aGVsbG8="


@dataclass
class Queue:
    """Stands where a storage queue is and keeps what was asked of it, in order."""

    queue_name: str = "work"
    is_gone: bool = False
    asked: list[tuple[object, ...]] = field(default_factory=list)

    async def create_queue(self) -> None:
        raise ResourceExistsError("it exists")

    async def send_message(self, content: str) -> None:
        self.asked.append(("send", content))

    async def delete_message(self, message_id: str, pop_receipt: str) -> None:
        if self.is_gone:
            raise ResourceNotFoundError("somebody else has it")
        self.asked.append(("delete", pop_receipt))

    async def update_message(self, message_id: str, pop_receipt: str, *, visibility_timeout: int) -> Any:
        self.asked.append(("hide", pop_receipt, visibility_timeout))
        return SimpleNamespace(pop_receipt=f"{pop_receipt}+")


@dataclass
class Worker:
    """Stands where functions are run."""

    fails: bool = False
    is_done: Callable[[], bool] = lambda: True
    told: list[object] = field(default_factory=list)

    async def run(
        self, function: IndexedFunction, value: TypedData, metadata: Mapping[str, TypedData]
    ) -> InvocationResult:
        self.told.append(value.value)
        while not self.is_done():
            await asyncio.sleep(0.005)
        return InvocationResult("1", failure=InvocationFailure("Error: no", "") if self.fails else None)


async def handle(worker: Worker, queue: Queue, poison: Queue | None, content: str, attempt: int) -> None:
    listener = QueueListener(FUNCTION, cast("Any", queue), cast("Any", poison), SETTINGS, cast("Any", worker))
    message = SimpleNamespace(
        id="m",
        content=content,
        dequeue_count=attempt,
        pop_receipt="r",
        inserted_on=None,
        expires_on=None,
        next_visible_on=None,
    )
    await listener._handle(cast("Any", message))


async def test_handled_message_is_deleted() -> None:
    queue, worker = Queue(), Worker()
    await handle(worker, queue, Queue(), HELLO, 1)
    assert (worker.told, queue.asked) == (["hello"], [("delete", "r")])


async def test_failed_message_is_shown_again_after_the_visibility_timeout() -> None:
    queue, poison = Queue(), Queue()
    await handle(Worker(fails=True), queue, poison, HELLO, 2)
    assert (queue.asked, poison.asked) == ([("hide", "r", 60)], [])


async def test_message_that_failed_for_the_last_time_is_moved_as_it_is() -> None:
    queue, poison = Queue(), Queue()
    await handle(Worker(fails=True), queue, poison, HELLO, 3)
    assert (queue.asked, poison.asked) == ([("delete", "r")], [("send", HELLO)])


async def test_message_whose_workers_all_died_is_moved_without_another_try() -> None:
    queue, poison, worker = Queue(), Queue(), Worker()
    await handle(worker, queue, poison, HELLO, 4)
    assert (worker.told, poison.asked) == ([], [("send", HELLO)])


async def test_message_that_cannot_be_decoded_is_moved_at_once() -> None:
    queue, poison, worker = Queue(), Queue(), Worker()
    await handle(worker, queue, poison, "not base64!", 1)
    assert (worker.told, poison.asked) == ([], [("send", "not base64!")])


async def test_message_of_a_poison_queue_stays_there_when_it_fails() -> None:
    queue, worker = Queue("work-poison"), Worker(fails=True)
    await handle(worker, queue, None, HELLO, 9)
    assert (worker.told, queue.asked) == (["hello"], [])


async def test_lease_is_renewed_while_the_function_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_lease, "SECONDS_BETWEEN_RENEWALS", 0.02)
    queue = Queue()
    await handle(Worker(is_done=lambda: len(queue.asked) >= 2), queue, Queue(), HELLO, 1)
    *renewals, last = queue.asked
    assert renewals[:2] == [("hide", "r", 30), ("hide", "r+", 30)]
    assert last == ("delete", "r" + "+" * len(renewals))


async def test_lost_lease_is_no_error() -> None:
    worker = Worker()
    await handle(worker, Queue(is_gone=True), Queue(), HELLO, 1)
    assert worker.told == ["hello"]
