"""The orchestration engine as a process of its own: `python -m local.host.engine --port N`.

It is Microsoft's in-memory durable engine. What Azure's engine does and the in-memory one does not is added
here and in engine_fixes.py: it listens on 127.0.0.1 only, it takes work back from a worker that died, and it
tells the time by the local clock.
"""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from concurrent import futures
from datetime import datetime, tzinfo
from typing import Self

import durabletask.internal.orchestrator_service_pb2_grpc as stubs
import grpc
from durabletask.testing import in_memory_backend

from local.clock import LocalClock, clock_from_environment
from local.host.durable_client import MAX_GRPC_MESSAGE_BYTES
from local.host.engine_fixes import FaithfulBackend
from local.host.parent import follow_parent

# One thread streams work to the worker; the others answer starts, completions and queries, some of which wait.
SERVER_THREADS = 32

_logger = logging.getLogger("engine")


class LocalEngine(FaithfulBackend):
    """The engine, listening on the loopback address only."""

    def start(self) -> str:
        """Starts the server; the address it listens on. RuntimeError when the port is taken."""
        options = [
            ("grpc.so_reuseport", 0),
            ("grpc.max_receive_message_length", MAX_GRPC_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_GRPC_MESSAGE_BYTES),
        ]
        self._shutdown_event.clear()
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=SERVER_THREADS), options=options)
        stubs.add_TaskHubSidecarServiceServicer_to_server(self, server)  # type: ignore[no-untyped-call]
        address = f"127.0.0.1:{self._port}"
        server.add_insecure_port(address)
        server.start()
        self._server = server
        return address


def tell_time_by(clock: LocalClock) -> None:
    """Makes the engine's `datetime.now` the local clock's.

    Orchestrators learn the time from the engine and set their timers by it. Were the engine's clock not the
    clock of the functions, a deadline computed by one would mean nothing to the other.
    """

    class EngineTime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(clock.utc_now().timestamp(), tz)

    in_memory_backend.datetime = EngineTime  # type: ignore[attr-defined]


def main() -> None:
    arguments = argparse.ArgumentParser(prog="local.host.engine", description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    port: int = arguments.parse_args().port
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    follow_parent()
    clock = clock_from_environment()
    tell_time_by(clock)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    engine = LocalEngine(port, clock)
    address = engine.start()
    print(f"engine ready: {address}", flush=True)
    stop.wait()
    engine.stop(grace=0.5)


if __name__ == "__main__":
    main()
