"""The page in a real browser: every state, both themes, wide and narrow; photographed, and checked by axe."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import make_worlds
from tests.browser.looking import CAMERA, DARK_WIDE, LIGHT_WIDE, LOOKS, OTHER, Watched, check_accessible, look_at
from tests.browser.serving import SignedIn
from tests.unit.web import nights

pytestmark = pytest.mark.browser

STATES = sorted(make_worlds())
# What README and docs show.
PICTURED = {LIGHT_WIDE: "last-night-light", DARK_WIDE: "last-night-dark"}


@pytest.mark.parametrize("state", STATES)
def test_page_is_accessible_and_quiet_in_every_theme_and_size(
    state: str, watched: Watched, address: str, signed_in: SignedIn
) -> None:
    signed_in.chosen = state
    watched.complaints.clear()
    watched.page.goto(f"{address}/")
    look_at(
        watched.page, f"night-{state}", LOOKS if state == "typical" else OTHER, PICTURED if state == "typical" else None
    )
    assert len(watched.complaints) == (1 if state == "failing" else 0), watched.complaints


def open_page(browser: Browser, address: str, signed_in: SignedIn, state: str, size: str = "wide") -> Watched:
    signed_in.chosen = state
    watched = Watched(browser, size)
    watched.page.goto(f"{address}/")
    return watched


def test_progress_moves_by_itself_and_stops_when_the_night_is_closed(
    browser: Browser, address: str, signed_in: SignedIn
) -> None:
    watched = open_page(browser, address, signed_in, "running", "narrow")
    page = watched.page
    assert page.inner_text("#progress-sentence") == "Reading and planning: 3 of 12 customers"
    page.focus("#changes-title")
    page.evaluate("window.scrollTo(0, 40)")
    signed_in.chosen = "writing"
    expect(page.locator("#progress-sentence")).to_have_text("Writing: 1 of 2 agreements")
    assert page.evaluate("[document.activeElement.id, window.scrollY]") == ["changes-title", 40]
    signed_in.chosen = "typical"
    page.wait_for_selector("#progress-sentence", state="detached")
    expect(page.locator("#also")).to_have_count(0)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.wait_for_timeout(2300)
    assert requests == []
    assert watched.complaints == []
    watched.context.close()


def test_page_says_when_progress_is_stale(browser: Browser, address: str, signed_in: SignedIn) -> None:
    watched = open_page(browser, address, signed_in, "running")
    signed_in.chosen = "failing"
    expect(watched.page.locator("#stale")).to_contain_text("not up to date")
    assert "3 of 12" in watched.page.inner_text("#progress-sentence")
    signed_in.chosen = "writing"
    expect(watched.page.locator("#stale")).to_be_empty()
    watched.context.close()


def test_theme_switch_and_keys(browser: Browser, address: str, signed_in: SignedIn) -> None:
    page = open_page(browser, address, signed_in, "typical").page
    assert page.get_attribute("html", "data-bs-theme") == "light"
    page.keyboard.press("t")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.keyboard.press("?")
    assert page.is_visible("#help")
    check_accessible(page)
    CAMERA.take(page, "help-dark-wide")
    page.click("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.context.close()


def test_hostile_names_stay_text(browser: Browser, address: str, signed_in: SignedIn) -> None:
    page = open_page(browser, address, signed_in, "hostile").page
    assert page.locator("main script, main img").count() == 0
    shown = page.locator(".row-need strong").all_inner_texts()
    assert any("<script>alert('x')</script> Ltd" in name for name in shown)
    assert len(shown) == len(nights.HOSTILE_NAMES)
    assert "0000-4000-8000" not in page.content()
    page.context.close()
