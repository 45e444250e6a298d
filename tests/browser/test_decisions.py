"""The pages on which people decide, in a real browser: every state, both themes, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local.vendor import copy_vendor_files
from tests.browser import decisions
from tests.browser.decisions import HOLD_ADDRESS, STORY_ADDRESS
from tests.browser.serving import SignedIn, serve
from tests.browser.test_last_night import (
    LOOKS,
    PICTURED_HEIGHT,
    PICTURES,
    PUBLISHED,
    SIZES,
    Theme,
    Watched,
    check_accessible,
)
from tests.browser.test_lists import CROSS, DARK_NARROW, LIGHT_WIDE, OTHER

pytestmark = pytest.mark.browser

SEEN: tuple[tuple[str, str, str, tuple[tuple[Theme, str], ...]], ...] = (
    ("approvals", "/approvals", "deciding", LOOKS),
    ("approvals", "/approvals?customer=customer-1", "deciding", (DARK_NARROW,)),
    ("approvals", "/approvals", "empty", CROSS),
    ("approvals", "/approvals", "large", OTHER),
    ("approvals", "/approvals", "hostile", CROSS),
    ("hold", HOLD_ADDRESS, "deciding", LOOKS),
    ("hold", "/approvals/customer-3:m-3", "deciding", OTHER),
    ("credits", "/approvals/credits", "deciding", LOOKS),
    ("credits", "/approvals/credits", "empty", OTHER),
    ("credits", "/approvals/credits", "hostile", CROSS),
    ("before-invoice", "/approvals/invoices", "deciding", LOOKS),
    ("before-invoice", "/approvals/invoices", "empty", CROSS),
    ("story", STORY_ADDRESS, "story", LOOKS),
    ("undo", f"{STORY_ADDRESS}/undo", "story", LOOKS),
    ("tokens", "/settings/tokens", "story", LOOKS),
    ("tokens", "/settings/tokens", "empty", OTHER),
    ("tokens", "/settings/tokens", "hostile", CROSS),
    ("api", "/api/v1/docs", "story", CROSS),
)
# What docs show.
PICTURED = {
    ("approvals", "deciding", *LIGHT_WIDE): "approvals-light",
    ("approvals", "deciding", *DARK_NARROW): "approvals-dark-narrow",
}
PAGES = ("/approvals", HOLD_ADDRESS, "/approvals/credits", "/approvals/invoices")
STORY_PAGES = (STORY_ADDRESS, f"{STORY_ADDRESS}/undo", "/settings/tokens", "/api/v1/docs")
# Inputs within a label are as large as their label.
TARGETS = """[...document.querySelectorAll('main a, main button, main summary, main select, header a,'
    + ' main input:not([type=hidden]):not([type=checkbox]):not([type=radio]), main label.choice, main label.tick')]
    .filter((each) => each.checkVisibility())
    .map((each) => [each.textContent.trim(), each.getBoundingClientRect().height])"""


@pytest.fixture(scope="module")
def deciding() -> SignedIn:
    copy_vendor_files()
    return SignedIn(
        {
            "deciding": decisions.deciding_world(),
            "empty": decisions.empty_world(),
            "large": decisions.large_world(),
            "hostile": decisions.hostile_world(),
            "story": decisions.story_world(),
        },
        "deciding",
    )


@pytest.fixture(scope="module")
def deciding_address(deciding: SignedIn) -> Iterator[str]:
    with serve(deciding) as address:
        yield address


@pytest.fixture(scope="module")
def watched(browser: Browser) -> Watched:
    return Watched(browser, "wide")


@pytest.mark.parametrize(("name", "path", "state", "looks"), SEEN)
def test_page_is_accessible_and_quiet(
    name: str,
    path: str,
    state: str,
    looks: tuple[tuple[Theme, str], ...],
    watched: Watched,
    deciding_address: str,
    deciding: SignedIn,
) -> None:
    deciding.chosen = state
    page = watched.page
    watched.complaints.clear()
    page.goto(f"{deciding_address}{path}")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for theme, size in looks:
        width, height = SIZES[size]
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": width, "height": height})
        take_pictures(page, name, path, state, theme, size)
        check_accessible(page)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"the page scrolls sideways: {theme} {size}"
    assert watched.complaints == []
    assert page.locator("main .main-button").count() <= 1, "one primary button"
    words = page.inner_text("body")
    assert "0000-4000-8000" not in words
    # The API's own page names its words as scripts must spell them.
    assert name == "api" or not re.search(r"\b[a-z]+_[a-z]+\b", words), "an enum"


def take_pictures(page: Page, name: str, path: str, state: str, theme: Theme, size: str) -> None:
    published = PICTURED.get((name, state, theme, size)) if "?" not in path else None
    if published is not None:
        page.set_viewport_size({"width": SIZES[size][0], "height": PICTURED_HEIGHT})
        page.screenshot(path=PUBLISHED / f"{published}.png")
    mark = "-one" if "?" in path or path.endswith("m-3") else ""
    page.screenshot(path=PICTURES / f"{name}{mark}-{state}-{theme}-{size}.png", full_page=True)


@pytest.mark.parametrize("path", [*PAGES, *STORY_PAGES])
def test_targets_are_large_enough_on_a_phone(
    path: str, browser: Browser, deciding_address: str, deciding: SignedIn
) -> None:
    deciding.chosen = "deciding" if path in PAGES else "story"
    watched = Watched(browser, "narrow")
    watched.page.goto(f"{deciding_address}{path}")
    heights = watched.page.evaluate(TARGETS)
    small = [each for each in heights if each[1] < 44]
    assert heights and not small, small
    watched.context.close()


def test_a_token_is_issued_seen_once_and_revoked(browser: Browser, deciding_address: str, deciding: SignedIn) -> None:
    deciding.chosen = "empty"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{deciding_address}/settings/tokens")
    page.get_by_label("Name of the script").fill("Night watch")
    page.get_by_label("Operator").check()
    page.get_by_role("button", name="Issue the token").click()
    shown = page.get_by_label("The token", exact=True)
    expect(shown).to_have_value(re.compile(r"^slt_[0-9a-f]{16}_[\w-]{43}$"))
    assert page.evaluate("document.querySelector('#token-text').scrollWidth <= 1120")
    check_accessible(page)
    page.screenshot(path=PICTURES / "tokens-issued-light-wide.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=PICTURES / "tokens-issued-light-narrow.png", full_page=True)
    text = shown.input_value()
    page.get_by_role("link", name="I have copied it").click()
    assert text not in page.content() and text not in page.url
    page.locator("summary").click()
    page.screenshot(path=PICTURES / "tokens-revoke-light-narrow.png", full_page=True)
    check_accessible(page)
    revoke = page.locator("details.revoke button")
    expect(revoke).to_have_text("Revoke “Night watch”")
    revoke.click()
    expect(page.locator("main")).to_contain_text("The token is revoked")
    assert watched.complaints == []
    watched.context.close()


def test_buttons_say_how_many_changes_they_are_about(
    browser: Browser, deciding_address: str, deciding: SignedIn
) -> None:
    deciding.chosen = "deciding"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{deciding_address}/approvals")
    expect(page.get_by_role("button", name="Approve what is ticked")).to_be_disabled()
    page.get_by_role("checkbox").first.check()
    expect(page.get_by_role("button", name="Approve 1 change")).to_be_enabled()
    page.get_by_role("link", name="all on this page").click()
    expect(page.get_by_role("button", name="Refuse 5 changes")).to_be_enabled()
    assert watched.complaints == []
    watched.context.close()
