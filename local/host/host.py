"""The Functions host: loads an app and serves all its triggers until it is told to stop."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from local.clock import clock_from_environment
from local.host.admin import Admin
from local.host.durable import DurableListener
from local.host.durable_client import DurableClientBinding
from local.host.functions import with_trigger
from local.host.http_front import HttpFront, HttpFunctions, WorkerLoop
from local.host.http_routes import create_routes
from local.host.invocations import Invocations
from local.host.queue_clients import QueueClients
from local.host.queue_outputs import QueueOutputs
from local.host.queues import QueueListener, create_queue_listener
from local.host.settings import read_host_settings
from local.host.sign_in import SignIn
from local.host.timers import TimerListener, create_timer_listener
from local.host.worker_library import WorkerLibrary, enter_app_directory

# How long messages that are being handled get to end when the host is told to stop.
SECONDS_TO_FINISH = 4.0

_logger = logging.getLogger("host")


@dataclass(frozen=True)
class HostOptions:
    app_directory: Path
    http_port: int
    engine_port: int
    state_directory: Path
    excluded_paths: tuple[str, ...]


def tell_app_the_local_time(app_directory: Path) -> None:
    """Replaces `app.clock.utc_now`, where the app has one, by the local clock's.

    The host plays the machine, and the machine's clock is part of what it plays. This is the only place where
    something of the app is replaced, and it happens before any other module of the app is imported.
    """
    if (app_directory / "app" / "clock.py").exists():
        module = importlib.import_module("app.clock")
        module.utc_now = clock_from_environment().utc_now  # type: ignore[attr-defined]


class Host:
    """One run of the host. `stop` is set from outside, by a signal or by the front when it ends."""

    def __init__(self, options: HostOptions, stop: asyncio.Event) -> None:
        self._options = options
        self._stop = stop
        self._is_running = False
        self._clock = clock_from_environment()
        self._settings = read_host_settings(options.app_directory)
        self._sign_in = SignIn(
            base_url=f"http://127.0.0.1:{options.http_port}",
            key_file=options.state_directory / "sign-in-key.pem",
            utc_now=self._clock.utc_now,
            excluded_paths=options.excluded_paths,
        )

    async def serve(self) -> None:
        """Loads the app, then serves HTTP, then everything else. LoadFailed where the app cannot be loaded."""
        options = self._options
        os.environ.update(self._sign_in.describe_to_app())
        enter_app_directory(options.app_directory)
        tell_app_the_local_time(options.app_directory)
        library = await WorkerLibrary.load(options.app_directory)
        clients = QueueClients(os.environ)
        invocations = self._create_invocations(library, clients)
        timers = self._create_timers(library, invocations)
        queues = self._create_queues(library, clients, invocations)
        durable = DurableListener(self._engine_address, library.functions, self._settings.durable, invocations)
        front = self._create_front(library, invocations, timers, queues)
        await front.start()
        work = [durable.listen(), *(queue.listen() for queue in queues), *(timer.listen() for timer in timers)]
        listeners = [asyncio.create_task(listening) for listening in work]
        self._is_running = True
        print(f"host ready: {len(library.functions)} functions, {self._sign_in.base_url}", flush=True)
        await self._serve_until_stopped(listeners)
        await self._shut_down(front, listeners, queues)
        await clients.close()

    @property
    def _engine_address(self) -> str:
        return f"127.0.0.1:{self._options.engine_port}"

    def _create_invocations(self, library: WorkerLibrary, clients: QueueClients) -> Invocations:
        http_address = f"127.0.0.1:{self._options.http_port}"
        client = DurableClientBinding(self._engine_address, http_address, self._settings.durable.hub_name)
        outputs = QueueOutputs(clients, self._settings.queues.message_encoding, os.environ)
        return Invocations(library, client, outputs)

    def _create_timers(self, library: WorkerLibrary, invocations: Invocations) -> list[TimerListener]:
        state = self._options.state_directory
        return [
            create_timer_listener(function, invocations, self._clock.utc_now, os.environ, state)
            for function in with_trigger(library.functions, "timerTrigger")
        ]

    def _create_queues(
        self, library: WorkerLibrary, clients: QueueClients, invocations: Invocations
    ) -> list[QueueListener]:
        return [
            create_queue_listener(function, clients, self._settings.queues, invocations, os.environ)
            for function in with_trigger(library.functions, "queueTrigger")
        ]

    def _create_front(
        self,
        library: WorkerLibrary,
        invocations: Invocations,
        timers: list[TimerListener],
        queues: list[QueueListener],
    ) -> HttpFront:
        loop = asyncio.get_running_loop()
        worker = WorkerLoop(loop)
        admin = Admin(
            tuple(function.name for function in library.functions),
            {timer.function.name: timer for timer in timers},
            {queue.function.name: queue for queue in queues},
            worker,
            lambda: self._is_running,
        )
        routes = create_routes(library.functions, self._settings.route_prefix)
        functions = HttpFunctions(routes, invocations, worker, admin.create_app())
        return HttpFront(
            self._sign_in.guard(functions),
            self._options.http_port,
            on_end=partial(loop.call_soon_threadsafe, self._stop.set),
        )

    async def _serve_until_stopped(self, listeners: list[asyncio.Task[None]]) -> None:
        """Returns when told to stop; raises what a listener raised, because no listener ends by itself."""
        stopped = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopped, *listeners], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            await task

    async def _shut_down(
        self, front: HttpFront, listeners: list[asyncio.Task[None]], queues: list[QueueListener]
    ) -> None:
        self._is_running = False
        for listener in listeners:
            listener.cancel()
        await asyncio.wait(listeners)
        await front.stop()
        finishing = [asyncio.create_task(queue.finish()) for queue in queues]
        if finishing:
            await asyncio.wait(finishing, timeout=SECONDS_TO_FINISH)
