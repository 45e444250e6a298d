"""Invoices and their forecasts in a real browser: every state, both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from local.vendor import copy_vendor_files
from tests.browser.serving import SignedIn, serve
from tests.browser.test_last_night import LOOKS, PICTURES, SIZES, Watched, check_accessible
from tests.unit.web.fakes import World
from tests.unit.web.forecast_fakes import CONNECTION, FakeForecasts, make_kept
from tests.unit.web.test_forecasts import make_world

pytestmark = pytest.mark.browser

PAGES = (
    ("invoices", "/invoices", "typical"),
    ("invoices", "/invoices", "empty"),
    ("invoices", "/invoices", "large"),
    ("invoices-agreement", f"/invoices/{CONNECTION}/401", "typical"),
    ("invoices-agreement", f"/invoices/{CONNECTION}/402", "typical"),
)


@pytest.fixture(scope="module")
def money() -> SignedIn:
    copy_vendor_files()
    many = tuple(make_kept(number, "1234567.89", name="Aldershot & Finchley " * 4) for number in range(120))
    return SignedIn(
        {"typical": make_world(), "empty": World(), "large": World(forecasts=FakeForecasts(many))}, "typical"
    )


@pytest.fixture(scope="module")
def money_address(money: SignedIn) -> Iterator[str]:
    with serve(money) as address:
        yield address


@pytest.mark.parametrize(("name", "path", "state"), PAGES)
def test_page_is_accessible_and_quiet(
    name: str, path: str, state: str, browser: Browser, money: SignedIn, money_address: str
) -> None:
    money.chosen = state
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{money_address}{path}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for theme, size in LOOKS:
        width, height = SIZES[size]
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=PICTURES / f"{name}-{path[-3:]}-{state}-{theme}-{size}.png", full_page=True)
        check_accessible(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"the page scrolls sideways: {theme} {size}"
    assert watched.complaints == []
    watched.context.close()
