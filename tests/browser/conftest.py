"""One browser and one server for all pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, sync_playwright

from local.vendor import copy_vendor_files
from plans.runs import RunPhase
from tests.browser.looking import CAMERA, PICTURES, Watched
from tests.browser.serving import SignedIn, serve
from tests.unit.web import nights
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import FakeRuns, World
from tests.unit.web.waiting import waiting_world

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def connect(world: World) -> World:
    """The same with its PSA connected: nothing is read or written where nobody connected one."""
    world.connections.psa[nights.CONNECTION] = replace(CONNECTWISE, id=nights.CONNECTION)
    return world


def make_worlds() -> dict[str, World]:
    """Every state that a page can be in, by the name of its picture."""
    return {
        "empty": World(),
        "quiet": connect(nights.quiet_world()),
        "typical": connect(nights.typical_world()),
        "waiting": connect(waiting_world()),
        "running": nights.running_world(),
        "writing": nights.running_world(RunPhase.PUSHING),
        "failing": World(runs=FakeRuns(error=ConnectionError("no storage"))),
        "hostile": nights.hostile_world(),
        "large": nights.large_world(),
    }


@pytest.fixture(scope="session")
def signed_in() -> SignedIn:
    copy_vendor_files()
    return SignedIn(make_worlds(), "typical")


@pytest.fixture(scope="session")
def address(signed_in: SignedIn) -> Iterator[str]:
    with serve(signed_in) as address:
        yield address


def find_chromium() -> str | None:
    """Its shell without windows where there is one: the same engine, and a third of the processor time."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for this folder: while Playwright runs it keeps this thread's event loop, which other tests need."""
    path = find_chromium()
    if path is None:
        pytest.skip("No chromium on this machine: the pages are not looked at.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def watched(browser: Browser) -> Iterator[Watched]:
    """One page for all looks of a module: a new one for each would cost more than the look."""
    watched = Watched(browser, "wide")
    yield watched
    watched.context.close()


@pytest.fixture(scope="session", autouse=True)
def camera(pytestconfig: pytest.Config) -> None:
    """Pictures are for people, and taken when one asked for them: pytest tests/browser --pictures."""
    CAMERA.is_on = pytestconfig.getoption("pictures")
    if CAMERA.is_on:
        PICTURES.mkdir(parents=True, exist_ok=True)
