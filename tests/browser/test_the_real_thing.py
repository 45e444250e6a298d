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
from tests.browser.test_last_night import LOOKS, SIZES, check_accessible

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


def test_a_test_mail_is_sent_from_the_settings_and_read_on_the_local_page(page: Page, stack: Stack) -> None:
    """The page, the worker, STARTTLS, a sign-in, the stand-in of a mail server, and what its page shows."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    sign_in(page, stack, "Administrator")
    page.goto(f"{stack.pages_url}/settings/mail")
    expect(page.get_by_text("Mail leaves from seatledger@demomsp.example by 127.0.0.1")).to_be_visible()
    page.get_by_label("Send the test mail to").fill("ada@msp.example")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_role("status").first).to_contain_text("The test mail left. The mail server took it: 250")
    expect(page.get_by_label("Send the test mail to")).to_have_value("ada@msp.example")

    page.get_by_label("Server", exact=True).fill("localhost")
    page.get_by_role("button", name="Send a test mail").click()
    expect(page.get_by_role("alert").first).to_contain_text("is no name of a mail server")

    page.goto(stack.mail.base_url)
    check_in_both_themes(page, "mail-list")
    page.get_by_role("link", name="A test mail of Seatledger").click()
    expect(page.get_by_text("to ada@msp.example").or_(page.get_by_text("ada@msp.example")).first).to_be_visible()
    expect(page.locator("pre")).to_contain_text("It arrived, so digests and alerts will as well.")
    expect(page.frame_locator("iframe").get_by_text("Nobody needs to do anything.")).to_be_visible()
    check_in_both_themes(page, "mail-shown")


def check_in_both_themes(page: Page, name: str) -> None:
    """Accessible and within the screen, light and dark, wide and narrow."""
    for theme, size in LOOKS:
        width, height = SIZES[size]
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        check_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.screenshot(path=PICTURES / f"{name}-{theme}-{size}.png", full_page=True)


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
