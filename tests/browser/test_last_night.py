"""The page in a real browser: every state, both themes, wide and narrow; photographed, and checked by axe."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.conftest import make_worlds
from tests.browser.serving import SignedIn
from tests.unit.web import nights

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / ".local" / "pictures"
# What README and docs show.
PUBLISHED = Path(__file__).parents[2] / "docs" / "pictures"
PICTURED_HEIGHT = 930
type Theme = Literal["light", "dark"]
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
LOOKS: tuple[tuple[Theme, str], ...] = (("light", "wide"), ("light", "narrow"), ("dark", "wide"), ("dark", "narrow"))
# Two looks show both themes and both widths; the state that people see most is looked at in all four.
BRIEF_LOOKS = LOOKS[1:3]
STATES = sorted(make_worlds())
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Watched:
    """A page, and every complaint that the browser made about it."""

    def __init__(self, browser: Browser, size: str) -> None:
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="light",
            reduced_motion="reduce",
        )
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.mark.parametrize("state", STATES)
def test_page_is_accessible_and_quiet_in_every_theme_and_size(
    state: str, browser: Browser, address: str, signed_in: SignedIn
) -> None:
    watched = open_page(browser, address, signed_in, state)
    page = watched.page
    PICTURES.mkdir(parents=True, exist_ok=True)
    for theme, size in LOOKS if state == "typical" else BRIEF_LOOKS:
        width, height = SIZES[size]
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"{state}-{theme}-{size}.png", full_page=True)
        if state == "typical" and size == "wide":
            page.set_viewport_size({"width": width, "height": PICTURED_HEIGHT})
            page.screenshot(path=PUBLISHED / f"last-night-{theme}.png")
        check_accessible(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"the page scrolls sideways: {theme} {size}"
    expected = 1 if state == "failing" else 0
    assert len(watched.complaints) == expected, watched.complaints
    watched.context.close()


def check_accessible(page: Page) -> None:
    results = Axe().run(page, options={"runOnly": AXE_TAGS, "resultTypes": ["violations"]})
    assert results.violations_count == 0, results.generate_report()


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
    page.screenshot(path=PICTURES / "help-dark-wide.png")
    page.click("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    assert page.get_attribute("html", "data-bs-theme") == "dark"
    page.context.close()


def test_targets_are_large_enough_on_a_phone(browser: Browser, address: str, signed_in: SignedIn) -> None:
    watched = open_page(browser, address, signed_in, "large", "narrow")
    heights = watched.page.evaluate(
        "[...document.querySelectorAll('a:not(.skip), button')].filter((each) => each.offsetParent)"
        ".map((each) => each.getBoundingClientRect().height)"
    )
    assert heights and min(heights) >= 44
    watched.context.close()


def test_hostile_names_stay_text(browser: Browser, address: str, signed_in: SignedIn) -> None:
    page = open_page(browser, address, signed_in, "hostile").page
    assert page.locator("main script, main img").count() == 0
    shown = page.locator(".row-need strong").all_inner_texts()
    assert any("<script>alert('x')</script> Ltd" in name for name in shown)
    assert len(shown) == len(nights.HOSTILE_NAMES)
    assert "0000-4000-8000" not in page.content()
    page.context.close()
