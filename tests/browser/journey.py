"""Somebody at a mouse: every click is counted, under the part of the journey that it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page


@dataclass
class Mouse:
    """Clicks by part. A field that does not have the focus yet costs a click before anything is typed in it."""

    page: Page
    clicks: Counter[str] = field(default_factory=Counter)
    part: str = ""

    @contextmanager
    def doing(self, part: str) -> Iterator[None]:
        """What the clicks inside are for."""
        self.part = part
        yield

    def click(self, target: Locator) -> None:
        """One click."""
        self.clicks[self.part] += 1
        target.click()

    def type_into(self, target: Locator, text: str) -> None:
        """The text, after the click that puts the cursor there."""
        if not target.evaluate("element => element === document.activeElement"):
            self.click(target)
        target.fill(text)

    def choose(self, target: Locator, value: str) -> None:
        """An option of a list: one click opens it, another takes the option."""
        self.clicks[self.part] += 2
        target.select_option(value=value)

    def count(self, *parts: str) -> int:
        """The clicks of these parts."""
        return sum(self.clicks[part] for part in parts)
