"""Two hundred customers mapped in a browser: by bulk, by rule and by a CSV file; the search; and how the pages look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from local.vendor import copy_vendor_files
from tests.browser.looking import CROSS, LIGHT_WIDE, OTHER, Watched, check_words, look_at, show_as
from tests.browser.serving import SignedIn, serve
from tests.unit.web.fakes import World
from tests.unit.web.many_fakes import make_many
from tests.unit.web.tenants import PREMIUM

pytestmark = pytest.mark.browser

# Of so many customers one has two agreements that fit, one has none, and one is mapped already.
CUSTOMERS, MAPPED = 203, 200
LICENCE = "Microsoft 365 Business Premium"
PROFILE = "Business Premium per seat"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[SignedIn, str]]:
    copy_vendor_files()
    worlds = {name: make_many(CUSTOMERS) for name in ("bulk", "rule", "file", "looks")}
    signed_in = SignedIn(worlds | {"empty": World(), "thousands": make_many(5000)}, "looks")
    with serve(signed_in) as address:
        yield signed_in, address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    watched = Watched(browser, "wide")
    yield watched.page
    assert watched.complaints == []
    watched.context.close()


def find_world(served: tuple[SignedIn, str], name: str) -> World:
    signed_in, _ = served
    signed_in.chosen = name
    world = signed_in.worlds[name]
    assert isinstance(world, World)
    return world


def count_mapped(world: World) -> int:
    return sum(any(each.sku_id == PREMIUM for each in own) for own in world.books.mappings.values()) - 1


def choose(page: Page) -> None:
    page.get_by_label("Licence", exact=True).select_option(PREMIUM)
    page.get_by_label("Billing profile", exact=True).select_option("premium")


def test_two_hundred_are_mapped_by_bulk(served: tuple[SignedIn, str], page: Page) -> None:
    world = find_world(served, "bulk")
    page.goto(f"{served[1]}/tools/map")
    choose(page)
    page.get_by_role("button", name="Show its customers").click()
    expect(page.locator("#list")).to_contain_text("2,000 seats, about 40,000.00 EUR a month")
    shown = page.url
    page.get_by_label(f"All {MAPPED} that can be mapped, on every page").check()
    page.get_by_role("button", name=f"See what mapping {MAPPED} licences comes to").click()
    expect(page.get_by_role("heading", name=f"Map {MAPPED} licences by")).to_be_visible()
    look_at(page, "map-review")
    show_as(page, LIGHT_WIDE)
    assert count_mapped(world) == 0
    page.get_by_role("button", name=f"Map {MAPPED} licences").click()
    expect(page.locator(".answer")).to_contain_text(f"{MAPPED} licences mapped.")
    assert count_mapped(world) == MAPPED and len(world.audit.entries) == MAPPED
    page.goto(shown)
    expect(page.locator("#list")).to_contain_text("2 licences")


def test_two_hundred_are_mapped_by_a_rule(served: tuple[SignedIn, str], page: Page) -> None:
    world = find_world(served, "rule")
    page.goto(f"{served[1]}/tools/rules")
    page.get_by_role("link", name="New rule").click()
    choose(page)
    page.get_by_role("button", name="Show what it would map").click()
    expect(page.locator("#list")).to_contain_text("2,000 seats, about 40,000.00 EUR a month")
    look_at(page, "rule-new")
    show_as(page, LIGHT_WIDE)
    page.get_by_role("button", name="Save the rule, only observing").click()
    expect(page.locator(".answer")).to_contain_text("The rule is kept.")
    assert count_mapped(world) == 0, "a rule that observes maps nothing"
    look_at(page, "rule", OTHER)
    show_as(page, LIGHT_WIDE)
    page.get_by_role("button", name=f"See what mapping {MAPPED} licences comes to").click()
    expect(page.locator("main")).to_contain_text("2,000 seats, about 40,000.00 EUR a month")
    look_at(page, "rule-review", OTHER)
    show_as(page, LIGHT_WIDE)
    assert count_mapped(world) == 0, "nothing before it was looked at"
    page.get_by_role("button", name=f"Map {MAPPED} licences").click()
    expect(page.locator(".answer")).to_contain_text(f"{MAPPED} licences mapped.")
    assert count_mapped(world) == MAPPED
    page.get_by_role("button", name="Switch to live").click()
    expect(page.locator(".answer")).to_contain_text("The rule is live")
    page.goto(f"{served[1]}/customers/customer-7")
    page.goto(f"{served[1]}/tools/rules")
    look_at(page, "rules")


def test_two_hundred_are_mapped_from_a_file(served: tuple[SignedIn, str], page: Page, tmp_path: Path) -> None:
    world = find_world(served, "file")
    rows = [f"Customer {number:04};{LICENCE};{PROFILE}" for number in range(CUSTOMERS)]
    file = tmp_path / "mappings.csv"
    file.write_text("\n".join(["\ufeffCustomer;Licence;Billing profile", *rows, f"Nobody;{LICENCE};{PROFILE}"]))
    page.goto(f"{served[1]}/tools/import")
    look_at(page, "import")
    show_as(page, LIGHT_WIDE)
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Show what it would map").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{MAPPED} licences can be mapped; 4 rows cannot.")
    expect(page.get_by_role("row").filter(has_text="205")).to_contain_text("No customer is called “Nobody”.")
    look_at(page, "import-shown")
    show_as(page, LIGHT_WIDE)
    assert count_mapped(world) == 0
    page.get_by_role("button", name=f"Map {MAPPED} licences: 2,000 seats").click()
    expect(page.locator(".answer")).to_contain_text(f"{MAPPED} licences mapped.")
    assert count_mapped(world) == MAPPED


def test_the_search_finds_with_the_keyboard_alone(served: tuple[SignedIn, str], page: Page) -> None:
    find_world(served, "looks")
    page.goto(f"{served[1]}/settings/people")
    page.keyboard.press("s")
    page.wait_for_url("**/search")
    page.keyboard.type("0042")
    expect(page.locator("#list")).to_contain_text("1 found.")
    look_at(page, "search")
    show_as(page, LIGHT_WIDE)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/customer-42")
    page.goto(f"{served[1]}/tools/map?sku={PREMIUM}&profile=premium")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="See what mapping 47 licences comes to")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "world", "path"),
    [
        ("map-many", "looks", f"/tools/map?sku={PREMIUM}&profile=premium"),
        ("map-many-thousands", "thousands", f"/tools/map?sku={PREMIUM}&profile=premium&page=40"),
        ("map-many-empty", "empty", "/tools/map"),
        ("rules-empty", "empty", "/tools/rules"),
        ("end-empty", "empty", "/tools/ended"),
        ("search-empty", "empty", "/search?q=nobody"),
        ("profiles-by-name", "looks", "/tools/profiles"),
    ],
)
def test_the_pages_in_every_state(name: str, world: str, path: str, served: tuple[SignedIn, str], page: Page) -> None:
    find_world(served, world)
    page.goto(f"{served[1]}{path}")
    look_at(page, name, CROSS)
    check_words(page)
