"""Adding, switching and removing customers in a real browser: every state, both themes, wide, narrow, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from local.vendor import copy_vendor_files
from tests.browser import customers
from tests.browser.customers import TENANT
from tests.browser.looking import CROSS, LIGHT_WIDE, LOOKS, OTHER, Look, Watched, check_words, look_at, show_as
from tests.browser.serving import SignedIn, serve
from tests.unit.web import test_customer_account
from tests.unit.web.fakes import World
from tests.unit.web.nights import CONNECTION

pytestmark = pytest.mark.browser

BULK = "/customers/add/bulk"
ONE = f"/customers/add?tenant={TENANT}"
SEEN: tuple[tuple[str, str, str, tuple[Look, ...]], ...] = (
    ("bulk", BULK, "adding", LOOKS),
    ("bulk-all", f"{BULK}?all=yes", "adding", CROSS),
    ("bulk-done", f"{BULK}?done=3&refused=1", "adding", OTHER),
    ("bulk", BULK, "nothing", CROSS),
    ("bulk", BULK, "large", OTHER),
    ("bulk", BULK, "hostile", CROSS),
    ("add", ONE, "adding", LOOKS),
    ("add", "/customers/add", "nothing", OTHER),
    ("add", "/customers/add?all=yes", "hostile", CROSS),
    ("exclude", f"/customers/add/exclude?tenant={TENANT}", "adding", CROSS),
    ("settings", "/customers/customer-2/settings", "observed", LOOKS),
    ("settings", "/customers/customer-0/settings", "typical", CROSS),
    ("settings", "/customers/customer-2/settings", "lacking", CROSS),
    ("remove", "/customers/customer-0/remove", "billed", LOOKS),
    ("remove", "/customers/customer-2/remove", "observed", OTHER),
    ("asked", "/runs/2026-11-22-001/asked", "asked", CROSS),
    ("account", "/customers/customer-0/account", "accounts", CROSS),
    ("account-read", "/customers/customer-0/account?account=ms-2", "accounts", LOOKS),
    ("gone", "/customers/customer-0/gone", "gone", CROSS),
)


def accounts_world() -> World:
    """A customer that two accounts reach, of which the other one counts more seats."""
    world = test_customer_account.make_world()
    world.licences.readings["ms-2"] = test_customer_account.reads(world, 14)
    return world


@pytest.fixture(scope="module")
def adding() -> SignedIn:
    copy_vendor_files()
    return SignedIn(customers.make_worlds() | {"accounts": accounts_world()}, "adding")


@pytest.fixture(scope="module")
def adding_address(adding: SignedIn) -> Iterator[str]:
    with serve(adding) as address:
        yield address


@pytest.mark.parametrize(("name", "path", "state", "looks"), SEEN)
def test_page_is_accessible_and_quiet(
    name: str,
    path: str,
    state: str,
    looks: tuple[Look, ...],
    watched: Watched,
    adding_address: str,
    adding: SignedIn,
) -> None:
    adding.chosen = state
    page = watched.page
    watched.complaints.clear()
    page.goto(f"{adding_address}{path}")
    look_at(page, f"{name}-{state}", looks)
    assert watched.complaints == []
    check_words(page)


def open_page(watched: Watched, adding_address: str, adding: SignedIn, state: str, path: str) -> Page:
    adding.worlds = {**adding.worlds, state: customers.make_worlds()[state]}
    adding.__post_init__()
    adding.chosen = state
    page = watched.page
    show_as(page, LIGHT_WIDE)
    page.goto(f"{adding_address}{path}")
    return page


def press_until(page: Page, key: str, selector: str, most: int = 80) -> None:
    """Walk with the keyboard until something has the focus."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    raise AssertionError(f"{selector} is not reached by {key}")


def test_customers_are_added_in_bulk_by_keyboard_alone(watched: Watched, adding_address: str, adding: SignedIn) -> None:
    page = open_page(watched, adding_address, adding, "adding", "/customers")
    press_until(page, "Tab", 'main a[href="/customers/add/bulk"]')
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Which company is each tenant?")
    page.keyboard.press("/")
    page.keyboard.type("elmwood")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#search")).to_be_focused()
    press_until(page, "Tab", f'input[name="company:{TENANT}"]')
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'input[name="company:{TENANT}"]:checked')).to_have_value(f"{CONNECTION}/904")
    press_until(page, "Tab", 'button[name="do"][value="picked"]')
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("1 customer added.")
    press_until(page, "Tab", 'button[name="do"][value="safe"]', 200)
    expect(page.locator(":focus")).to_have_text("Add 3 safe matches")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("3 customers added.")
    press_until(page, "Tab", 'form[action="/customers/sync"] button')
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("is about to start")


def test_one_customer_is_found_suggested_and_added(watched: Watched, adding_address: str, adding: SignedIn) -> None:
    page = open_page(watched, adding_address, adding, "adding", "/customers/add")
    page.locator("#search").press_sequentially("cobalt")
    expect(page.locator("#tenant-choices input")).to_have_count(1)
    page.get_by_label("Cobalt Dental").first.check()
    expect(page.locator("#company-choices")).to_contain_text("96 of 100: same name")
    expect(page.locator("#search")).to_have_value("cobalt")
    page.locator("#company-choices input").first.check()
    expect(page.locator("#add-bar button")).to_have_text("Add Cobalt Dental, observed")
    page.locator("#add-bar button").click()
    expect(page.locator("h1")).to_have_text("Cobalt Dental")
    expect(page.locator("body")).to_contain_text("Observed: not written")


def test_forms_work_without_javascript(browser: Browser, adding_address: str, adding: SignedIn) -> None:
    adding.worlds = {**adding.worlds, "adding": customers.adding_world()}
    adding.__post_init__()
    adding.chosen = "adding"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{adding_address}/customers/add")
    page.locator("#search").fill("cobalt")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Cobalt Dental").first.check()
    page.get_by_role("button", name="Search").click()
    page.locator("#company-choices input").first.check()
    page.locator("#add-bar button").click()
    expect(page.locator("h1")).to_have_text("Cobalt Dental")
    page.goto(f"{adding_address}{BULK}")
    page.get_by_role("button", name="Add 2 safe matches").click()
    expect(page.locator(".answer")).to_contain_text("2 customers added.")
    context.close()


def test_a_customer_goes_live_and_back_and_is_removed(watched: Watched, adding_address: str, adding: SignedIn) -> None:
    page = open_page(watched, adding_address, adding, "observed", "/customers/customer-2")
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_role("button", name="Switch Northwind Legal to live").click()
    expect(page.locator(".answer")).to_contain_text("It is live")
    page.get_by_role("button", name="Stop writing, only observe").click()
    expect(page.locator(".answer")).to_contain_text("It is observed")
    page.get_by_role("link", name="See what removing it leaves behind").click()
    page.get_by_label("Why").fill("they left")
    page.get_by_role("button", name="Remove it").click()
    expect(page.locator(".answer")).to_contain_text("The customer is removed.")
    expect(page.locator("body")).not_to_contain_text("Northwind Legal")
