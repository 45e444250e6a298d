"""Looking at a page as people do: in both themes, wide and narrow, with axe, and with a finger on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

type Theme = Literal["light", "dark"]
type Look = tuple[Theme, str]

PICTURES = Path(__file__).parents[2] / ".local" / "pictures"
# What README and docs show.
PUBLISHED = Path(__file__).parents[2] / "docs" / "pictures"
PICTURED_HEIGHT = 930
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
LIGHT_WIDE: Look = ("light", "wide")
LIGHT_NARROW: Look = ("light", "narrow")
DARK_WIDE: Look = ("dark", "wide")
DARK_NARROW: Look = ("dark", "narrow")
# Two looks show both themes and both widths; what people see most is looked at in all four.
LOOKS = (LIGHT_WIDE, LIGHT_NARROW, DARK_WIDE, DARK_NARROW)
CROSS, OTHER = (LIGHT_WIDE, DARK_NARROW), (DARK_WIDE, LIGHT_NARROW)
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ONLY_COLOURS = ["color-contrast"]
RUN_AXE = "(options) => axe.run(options).then(({violations}) => ({violations}))"
AXE = Axe()
FINGER = 44
# Boxes within a label are as large as their label.
TARGETS = """[...document.querySelectorAll('a:not(.skip), button, summary, select,'
    + ' input:not([type=hidden], [type=checkbox], [type=radio]), label:has([type=checkbox], [type=radio])')]
    .filter((each) => each.checkVisibility())
    .map((each) => [each.textContent.trim(), each.getBoundingClientRect().height])"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Camera:
    """Takes pictures for people only when it was asked to (`--pictures`): no test looks at them."""

    is_on: bool = False

    def take(self, page: Page, name: str, **how: Any) -> None:
        """The page as it stands, whole unless `how` says otherwise."""
        if self.is_on:
            page.screenshot(path=PICTURES / f"{name}.png", **({"full_page": True} | how))

    def publish(self, page: Page, name: str) -> None:
        """The top of the page as README and docs show it."""
        size = page.viewport_size
        if self.is_on and size is not None:
            page.set_viewport_size({"width": size["width"], "height": PICTURED_HEIGHT})
            page.screenshot(path=PUBLISHED / f"{name}.png")
            page.set_viewport_size(size)


CAMERA = Camera()


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


def show_as(page: Page, look: Look) -> None:
    """The page in this theme and at this width, without a new request."""
    theme, size = look
    width, height = SIZES[size]
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": height})


def look_at(page: Page, name: str, looks: tuple[Look, ...] = CROSS, published: dict[Look, str] | None = None) -> None:
    """The page as it stands, in each look: nothing reaches beyond its sides, axe has nothing to say, and on a phone
    a finger hits every target.

    Axe asks everything in the first look and in the last: a width moves things, a theme colours them. In between it
    asks about contrast alone. `published` names the pictures that docs show.
    """
    for look in looks:
        show_as(page, look)
        if published and look in published:
            CAMERA.publish(page, published[look])
        CAMERA.take(page, f"{name}-{'-'.join(look)}")
        assert page.evaluate(OVERFLOW) <= 0, f"{name} scrolls sideways: {look}"
        if look[1] == "narrow":
            check_targets(page)
        check_accessible(page, AXE_TAGS if look in (looks[0], looks[-1]) else ONLY_COLOURS)


def check_accessible(page: Page, rules: list[str] = AXE_TAGS) -> None:
    """Axe finds nothing on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    results = AxeResults(page.evaluate(RUN_AXE, {"runOnly": rules, "resultTypes": ["violations"]}))
    assert results.violations_count == 0, results.generate_report()


def check_targets(page: Page) -> None:
    """Whatever can be hit is large enough for a finger."""
    heights = page.evaluate(TARGETS)
    small = [each for each in heights if each[1] < FINGER]
    assert heights and not small, small


def check_words(page: Page) -> None:
    """One primary button at most, and no raw id or name of ours."""
    assert page.locator("main .main-button").count() <= 1, "one primary button"
    words = page.inner_text("body")
    assert "0000-4000-8000" not in words, "a raw id"
    assert not re.search(r"\b[a-z]+_[a-z]+\b", words), "an enum"
