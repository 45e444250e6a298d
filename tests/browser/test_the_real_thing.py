"""The home page as a person sees it: through the local host, its sign-in, Microsoft's worker, and a real night."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from local.stack import Stack, start_stack

pytestmark = [pytest.mark.browser, pytest.mark.stack]
PICTURES = Path(__file__).parents[2] / ".local/pictures"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    started: list[Stack] = []

    def start() -> None:
        started.append(asyncio.run(start_stack(folder)))

    run_in_thread(start)
    yield started[0]
    started[0].stop()


def run_in_thread(work: Callable[[], None]) -> None:
    """Playwright keeps an event loop in this thread; the stack starts with one of its own."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def sign_in(page: Page, stack: Stack, person: str) -> None:
    page.goto(stack.pages_url)
    expect(page).to_have_url(f"{stack.pages_url}/.auth/login/aad?post_login_redirect_uri=%2F")
    page.get_by_role("button", name=person).click()


def test_a_reader_sees_the_night_come_and_go(page: Page, stack: Stack) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    sign_in(page, stack, "Reader")
    expect(page.get_by_text("No night has run yet.")).to_be_visible()
    page.screenshot(path=PICTURES / "real-before.png")

    stack.fire("tick")
    deadline = time.monotonic() + 30
    while "1 customer right" not in page.inner_text("main"):
        assert time.monotonic() < deadline, page.inner_text("main")
        page.reload()

    main = page.inner_text("main")
    assert "Harbour Dental Group" in main
    assert "12" in main
    page.screenshot(path=PICTURES / "real-after-light.png", full_page=True)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=PICTURES / "real-after-dark.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=PICTURES / "real-after-narrow.png", full_page=True)
