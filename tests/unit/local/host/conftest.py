"""A small app (sample_app/) in the real host, on the real engine and the real storage emulator."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue.aio import QueueClient
from durabletask.client import OrchestrationState, TaskHubGrpcClient

from local.clock import LocalClock, clock_starting_at
from local.host.azurite import Azurite
from local.host.easy_auth.people import Person
from local.host.launch import HostAddress, start_engine, start_host
from local.host.processes import ChildProcess, free_port

SAMPLE_APP = Path(__file__).parent / "sample_app"
PATIENCE_SECONDS = 15.0
SAMPLE_ORIGIN = datetime(2031, 5, 1, 1, 59, 30, tzinfo=UTC)


def wait_until[Value](look: Callable[[], Value | None], what: str) -> Value:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen within {PATIENCE_SECONDS} seconds")


async def _put_message(connection_string: str, name: str, text: str) -> None:
    async with QueueClient.from_connection_string(connection_string, name) as queue:
        with suppress(ResourceExistsError):
            await queue.create_queue()
        await queue.send_message(text)


async def _take_message(connection_string: str, name: str) -> str | None:
    async with QueueClient.from_connection_string(connection_string, name) as queue:
        with suppress(ResourceNotFoundError):
            message = await queue.receive_message()
            if message is not None:
                await queue.delete_message(message)
                return str(message.content)
    return None


@dataclass
class SampleStack:
    """Everything that runs, with ways to look at it, to break it and to start it again."""

    azurite: Azurite
    engine: ChildProcess
    host: ChildProcess
    address: HostAddress
    app_settings: dict[str, str]
    clock: LocalClock
    directory: Path

    wait_until = staticmethod(wait_until)

    def restart_host(self) -> None:
        self.host = start_host(self.address, self.app_settings, self.directory / "host.log")

    def restart_engine(self) -> None:
        self.engine = start_engine(self.address.engine_port, self.directory / "engine.log", self.app_settings)

    @contextmanager
    def open_browser(self, person: Person | None = None) -> Iterator[httpx.Client]:
        """A browser; signed in where a person is given."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.address.http_port}", timeout=10) as browser:
            if person is not None:
                answer = browser.post("/.auth/login/aad", data={"person": person.key})
                assert answer.status_code == 303
            yield browser

    def put_message(self, queue: str, text: str) -> None:
        asyncio.run(_put_message(self.azurite.connection_string, queue, text))

    def wait_for_message(self, queue: str) -> str:
        """The text of the next message in the queue, which is taken out."""
        connection = self.azurite.connection_string
        return wait_until(lambda: asyncio.run(_take_message(connection, queue)), f"a message in {queue}")

    def start_orchestration(self, name: str, value: object, instance_id: str) -> None:
        wanted = {"orchestrator": name, "input": value, "id": instance_id}
        self.put_message("sample-starts", json.dumps(wanted))

    def wait_for_end(self, instance_id: str) -> OrchestrationState:
        client = TaskHubGrpcClient(host_address=f"127.0.0.1:{self.address.engine_port}")
        try:
            wait_until(lambda: client.get_orchestration_state(instance_id), f"the start of {instance_id}")
            state = client.wait_for_orchestration_completion(instance_id, timeout=int(PATIENCE_SECONDS))
            assert state is not None
            return state
        finally:
            client.close()

    def read_journal(self, event: str) -> list[dict[str, Any]]:
        path = Path(self.app_settings["SAMPLE_JOURNAL"])
        lines = path.read_text().splitlines() if path.exists() else []
        return [entry for entry in map(json.loads, lines) if entry["event"] == event]

    def wait_for_event(self, event: str, **details: object) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            entries = self.read_journal(event)
            return next((e for e in entries if details.items() <= e.items()), None)

        return wait_until(look, f"{event} {details}")


@pytest.fixture(scope="session")
def running_stack(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleStack]:
    directory = tmp_path_factory.mktemp("sample")
    shutil.copytree(SAMPLE_APP, directory / "app")
    clock = clock_starting_at(SAMPLE_ORIGIN)
    app_settings = {
        **os.environ,
        **clock.as_environment(),
        "SAMPLE_STORAGE": azurite.connection_string,
        "SAMPLE_JOURNAL": str(directory / "journal.jsonl"),
        "SAMPLE_SCHEDULE": "*/1 * * * * *",
    }
    address = HostAddress(directory / "app", free_port(), free_port(), directory / "state")
    engine = start_engine(address.engine_port, directory / "engine.log", app_settings)
    host = start_host(address, app_settings, directory / "host.log")
    running = SampleStack(azurite, engine, host, address, app_settings, clock, directory)
    yield running
    running.host.terminate()
    running.engine.terminate()


@pytest.fixture
def stack(running_stack: SampleStack) -> SampleStack:
    """The stack, started again where the test before left it broken."""
    if not running_stack.engine.is_running():
        running_stack.restart_engine()
    if not running_stack.host.is_running():
        running_stack.restart_host()
    return running_stack


@pytest.fixture
def other_ports(stack: SampleStack) -> HostAddress:
    """The same app on ports that nobody uses."""
    return replace(stack.address, http_port=free_port(), engine_port=free_port())
