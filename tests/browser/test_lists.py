"""Customers and runs in a real browser: every state, both themes, wide and narrow; by keyboard, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.looking import (
    CROSS,
    DARK_NARROW,
    DARK_WIDE,
    LIGHT_NARROW,
    LIGHT_WIDE,
    LOOKS,
    OTHER,
    Look,
    Watched,
    look_at,
)
from tests.browser.serving import SignedIn

pytestmark = pytest.mark.browser

RUN = "/runs/2026-11-22"
CUSTOMER = "/customers/customer-0"
# Every page is seen in every look; its states in one or two looks each.
SEEN: tuple[tuple[str, str, str, tuple[Look, ...]], ...] = (
    ("customers", "/customers", "typical", CROSS),
    ("customers", "/customers", "empty", (LIGHT_WIDE,)),
    ("customers", "/customers", "large", (LIGHT_NARROW,)),
    ("customers", "/customers", "hostile", OTHER),
    ("customers", "/customers", "failing", (DARK_WIDE,)),
    ("customer-licences", f"{CUSTOMER}?why=m-0-premium", "typical", OTHER),
    ("customer-licences", CUSTOMER, "hostile", CROSS),
    ("customer-users", f"{CUSTOMER}/users", "large", OTHER),
    ("customer-users", f"{CUSTOMER}/users", "hostile", CROSS),
    ("customer-history", f"{CUSTOMER}/history", "typical", OTHER),
    ("customer-history", f"{CUSTOMER}/history", "large", CROSS),
    ("customer-waiting", "/customers/customer-4/waiting", "typical", CROSS),
    ("customer-waiting", f"{CUSTOMER}/waiting", "quiet", OTHER),
    ("customer-waiting", "/customers/customer-1/waiting", "waiting", CROSS),
    ("customer-licences", "/customers/customer-2", "waiting", CROSS),
    ("customers", "/customers", "waiting", (DARK_NARROW,)),
    ("runs", "/runs", "typical", CROSS),
    ("runs", "/runs", "empty", (LIGHT_NARROW,)),
    ("runs", "/runs", "large", (DARK_WIDE,)),
    ("run", RUN, "running", CROSS),
    ("run", RUN, "large", OTHER),
    ("run", RUN, "failing", (DARK_NARROW,)),
    ("run-changes", f"{RUN}/changes", "typical", LOOKS),
    ("run-changes", f"{RUN}/changes", "waiting", CROSS),
    ("run-changes", f"{RUN}/changes", "hostile", (DARK_NARROW,)),
    ("run-log", f"{RUN}/log", "typical", OTHER),
    ("run-log", f"{RUN}/log", "hostile", CROSS),
)
# What README and docs show.
PICTURED = {
    ("customers", "typical"): {LIGHT_WIDE: "customers-light", DARK_NARROW: "customers-dark-narrow"},
    ("customer-licences", "typical"): {DARK_WIDE: "customer-dark", LIGHT_NARROW: "customer-light-narrow"},
    ("runs", "typical"): {LIGHT_WIDE: "runs-light"},
    ("run", "running"): {LIGHT_WIDE: "run-running-light", DARK_NARROW: "run-running-dark-narrow"},
    ("run-changes", "typical"): {LIGHT_WIDE: "run-changes-light", DARK_WIDE: "run-changes-dark"},
}


@pytest.mark.parametrize(("name", "path", "state", "looks"), SEEN)
def test_page_is_accessible_and_quiet(
    name: str,
    path: str,
    state: str,
    looks: tuple[Look, ...],
    watched: Watched,
    address: str,
    signed_in: SignedIn,
) -> None:
    signed_in.chosen = state
    page = watched.page
    watched.complaints.clear()
    page.goto(f"{address}{path}")
    look_at(page, f"{name}-{state}", looks, PICTURED.get((name, state)))
    assert len(watched.complaints) == (1 if state == "failing" else 0), watched.complaints
    assert "0000-4000-8000" not in page.inner_text("body")


def open_page(
    browser: Browser, address: str, signed_in: SignedIn, state: str, path: str, size: str = "wide"
) -> Watched:
    signed_in.chosen = state
    watched = Watched(browser, size)
    watched.page.goto(f"{address}{path}")
    return watched


def test_a_list_is_walked_by_keyboard(browser: Browser, address: str, signed_in: SignedIn) -> None:
    watched = open_page(browser, address, signed_in, "typical", "/customers")
    page = watched.page
    page.keyboard.press("/")
    page.keyboard.type("alder")
    expect(page.locator(".list-count")).to_have_text("1 of 12 customers")
    assert page.evaluate("[document.activeElement.id, document.activeElement.value]") == ["search", "alder"]
    expect(page).to_have_url(f"{address}/customers?q=alder")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Alder & Finch Accountants"
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Alder & Finch Accountants")
    page.go_back()
    expect(page.locator("#search")).to_have_value("alder")
    page.goto(f"{address}/customers")
    for key in "jjjk":
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.textContent") == "Blackrock Joinery"
    page.keyboard.press("?")
    assert page.is_visible("#help")
    assert watched.complaints == []
    watched.context.close()


def test_chips_order_and_pages_swap_the_list_alone(browser: Browser, address: str, signed_in: SignedIn) -> None:
    watched = open_page(browser, address, signed_in, "large", "/customers")
    page = watched.page
    page.evaluate("document.body.dataset.kept = 'yes'; window.scrollTo(0, 60)")
    page.focus("#page-after")
    page.keyboard.press("Enter")
    expect(page.locator(".pager span")).to_have_text("51–100 of 5,000")
    assert page.evaluate("[document.body.dataset.kept, document.activeElement.id]") == ["yes", "page-after"]
    page.click("#head-1")
    expect(page.locator("#head-1")).to_be_focused()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    page.click("#head-1")
    expect(page.locator("tbody th").first).to_have_text("Customer 04999")
    expect(page).to_have_url(f"{address}/customers?sort=-name")
    assert page.evaluate("document.body.dataset.kept") == "yes"
    assert watched.complaints == []
    watched.context.close()


def test_everything_works_without_scripts(browser: Browser, address: str, signed_in: SignedIn) -> None:
    signed_in.chosen = "typical"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/")
    page.click("text=Northwind Legal")
    expect(page.locator(".row-sentence")).to_contain_text("a decrease waits for a person")
    page.click("nav.places >> text=Customers")
    page.fill("#search", "harbour")
    page.click("button:has-text('Search')")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.click("text=Harbour Dental Group")
    page.click("text=Microsoft 365 Business Premium")
    expect(page.locator(".reckoning")).to_contain_text("so 12 to bill")
    page.click("text=History")
    page.click("text=Night of 22 Nov 2026")
    expect(page.locator("h1")).to_have_text("Night of Sunday 22 November 2026")
    page.click("summary")
    expect(page.locator("details table")).to_be_visible()
    with page.expect_download() as download:
        page.click("text=as CSV")
    assert download.value.suggested_filename == "run-2026-11-22-changes.csv"
    context.close()


def test_a_running_run_moves_by_itself_and_keeps_search_and_focus(
    browser: Browser, address: str, signed_in: SignedIn
) -> None:
    watched = open_page(browser, address, signed_in, "running", RUN)
    page = watched.page
    expect(page.locator("#progress-sentence")).to_have_text("Reading and planning: 3 of 12 customers")
    page.fill("#search", "harb")
    expect(page.locator(".list-count")).to_have_text("1 of 12 customers")
    signed_in.chosen = "writing"
    expect(page.locator("#progress-sentence")).to_have_text("Writing: 1 of 2 agreements")
    assert page.evaluate("[document.activeElement.id, document.activeElement.value]") == ["search", "harb"]
    expect(page.locator(".list-count")).to_have_text("1 of 12 customers")
    signed_in.chosen = "typical"
    expect(page.locator(".progress-card")).to_have_count(0)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.wait_for_timeout(2300)
    assert requests == []
    assert watched.complaints == []
    watched.context.close()


def test_a_list_that_cannot_be_asked_says_so(browser: Browser, address: str, signed_in: SignedIn) -> None:
    watched = open_page(browser, address, signed_in, "typical", "/customers")
    signed_in.chosen = "failing"
    watched.page.fill("#search", "x")
    expect(watched.page.locator("#stale")).to_contain_text("This list is not up to date")
    watched.context.close()
