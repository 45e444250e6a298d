"""The whole local stack behind a browser: starting it, reading its storage, signing in."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable

from playwright.sync_api import Page

from local.stack import Stack
from plans.runs import Run, RunPhase
from store.runs import TableRuns
from store.storage import Storage

RUN_LIMIT_SECONDS = 240


def in_thread[T](work: Callable[[], Awaitable[T]]) -> T:
    """Playwright keeps an event loop in this thread; what is awaited gets one of its own."""
    found: list[T] = []

    async def run() -> None:
        found.append(await work())

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()
    return found[0]


def read[T](stack: Stack, work: Callable[[Storage], Awaitable[T]]) -> T:
    """What `work` finds in the stack's storage."""

    async def open_and_work() -> T:
        async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
            return await work(storage)

    return in_thread(open_and_work)


def make_runs(storage: Storage) -> TableRuns:
    return TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())


def wait_for_run(stack: Stack, run_id: str) -> Run:
    """The run, once it is closed."""
    deadline = time.monotonic() + RUN_LIMIT_SECONDS
    while True:
        run = read(stack, lambda storage: make_runs(storage).read_run(run_id))
        if run is not None and run.phase is RunPhase.CLOSED:
            return run
        assert time.monotonic() < deadline, f"run {run_id} did not close: {run}"
        time.sleep(0.5)


def sign_in(page: Page, stack: Stack, person: str, path: str = "/") -> None:
    """Through the stack's own sign-in, to the page that was asked for."""
    page.goto(f"{stack.pages_url}{path}")
    page.get_by_role("button", name=person).click()
    page.wait_for_url(f"{stack.pages_url}{path}")
