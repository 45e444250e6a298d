"""Mapping in a real browser: in its row, in full with a live preview, by keyboard alone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from local.vendor import copy_vendor_files
from plans.errors import Retry
from profiles.billing import Basis, DescriptionOptions
from tests.browser.looking import CAMERA, CROSS, LIGHT_WIDE, LOOKS, Watched, check_accessible, check_words, look_at
from tests.browser.serving import SignedIn, serve
from tests.unit.web import tenants
from tests.unit.web.mapping_fakes import CUSTOMER, MappingWorld, address, make_mapping, make_world
from tests.unit.web.tenants import EXCHANGE, POWER_BI, PREMIUM, VISIO
from tests.unit.web.test_mapping_doubts import call_like_e3
from web.application import create_application

pytestmark = pytest.mark.browser

HOSTILE = "<script>alert('x')</script> \u202e🎉"


def typical_world() -> MappingWorld:
    world = make_world()
    world.bill(make_mapping(description=DescriptionOptions("Your seats", user_names=True)), 10)
    world.map(make_mapping(VISIO, "visio", is_excluded=True, exclusion_reason="Lent by the vendor"))
    return world


def strange_world() -> MappingWorld:
    """Somebody typed an addition of the product, and every name is hostile."""
    world = make_world(users=400)
    world.profiles.profiles["premium"] = replace(world.profiles.profiles["premium"], name=HOSTILE, product_name=HOSTILE)
    world.catalogue.agreements = tuple(replace(each, name=HOSTILE) for each in world.catalogue.agreements)
    world.catalogue.put(tenants.make_addition("7", 5, key=""))
    return world


def failing_world() -> MappingWorld:
    world = typical_world()
    world.catalogue.error = Retry("ConnectWise answered 503.")
    return world


def empty_world() -> MappingWorld:
    world = make_world()
    world.profiles.profiles = {}
    return world


def doubtful_world() -> MappingWorld:
    """The licence is billed by a profile that is named after another one."""
    world = typical_world()
    call_like_e3(world)
    return world


MAKERS: dict[str, Callable[[], MappingWorld]] = {
    "typical": typical_world,
    "strange": strange_world,
    "failing": failing_world,
    "empty": empty_world,
    "doubtful": doubtful_world,
}
SEEN = (
    ("mapping-row", CUSTOMER, "typical"),
    ("mapping-row", CUSTOMER, "strange"),
    ("mapping-row", CUSTOMER, "failing"),
    ("mapping-row", CUSTOMER, "empty"),
    ("mapping", address(PREMIUM), "typical"),
    ("mapping-new", address(EXCHANGE), "typical"),
    ("mapping", address(PREMIUM), "strange"),
    ("mapping", address(PREMIUM), "failing"),
    ("mapping", address(PREMIUM), "doubtful"),
    ("mapping-new", address(EXCHANGE), "empty"),
    ("mapping-end", address(PREMIUM, "end"), "typical"),
    ("mapping-exclude", address(PREMIUM, "exclude"), "typical"),
)
PICTURED = ("mapping", "mapping-row")


@pytest.fixture(scope="module")
def mapping() -> SignedIn:
    copy_vendor_files()
    return SignedIn({name: make() for name, make in MAKERS.items()}, "typical")


@pytest.fixture(scope="module")
def mapping_address(mapping: SignedIn) -> Iterator[str]:
    with serve(mapping) as served:
        yield served


def begin(mapping: SignedIn, state: str) -> MappingWorld:
    """The state as it was, whatever another test did to it."""
    world = MAKERS[state]()
    mapping.apps[state] = create_application(world.context())
    mapping.chosen = state
    return world


def has_settled(page: Page) -> None:
    """No preview is on its way."""
    expect(page.locator(".htmx-request")).to_have_count(0)


@pytest.mark.parametrize(("name", "path", "state"), SEEN)
def test_page_is_accessible_and_quiet(
    name: str, path: str, state: str, watched: Watched, mapping_address: str, mapping: SignedIn
) -> None:
    begin(mapping, state)
    page = watched.page
    watched.complaints.clear()
    page.goto(f"{mapping_address}{path}")
    page.wait_for_load_state("networkidle")
    has_settled(page)
    published = {LIGHT_WIDE: f"{name}-light"} if state == "typical" and name in PICTURED else None
    look_at(page, f"{name}-{state}", LOOKS if state == "typical" else CROSS, published)
    check_words(page)
    assert page.locator("main script:not([src])").count() == 0
    assert watched.complaints == []


def test_a_row_is_mapped_by_keyboard_alone_and_stays_where_it_is(
    browser: Browser, mapping_address: str, mapping: SignedIn
) -> None:
    world = begin(mapping, "typical")
    watched = Watched(browser, "wide")
    page = watched.page
    page.set_viewport_size({"width": 1440, "height": 500})
    page.goto(f"{mapping_address}{CUSTOMER}")
    names = page.locator(".licences th[scope=row] .row-link")
    before = names.all_inner_texts()
    for _ in range(2):
        page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Power BI Pro"
    page.keyboard.press("Tab")
    page.keyboard.type("Mail")
    page.keyboard.press("Tab")
    page.keyboard.type("Cloud")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Map it: Power BI Pro"
    row = page.get_by_role("link", name="Power BI Pro", exact=True)
    stood = row.evaluate("(link) => link.getBoundingClientRect().top")
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text(
        "Power BI Pro is mapped. It is written by the night of 23 Nov 2026, at 02:00"
    )
    expect(page.locator("#answer").get_by_role("button", name="Sync now")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent") == "Power BI Pro", "the row keeps the focus"
    assert names.all_inner_texts() == before, "every row stands where it stood"
    assert abs(row.evaluate("(link) => link.getBoundingClientRect().top") - stood) < 2
    expect(page.locator(".chips")).to_contain_text("Unmapped 1")
    assert [each.profile_id for each in world.mapped if each.sku_id == POWER_BI] == ["mail"]
    check_accessible(page)
    CAMERA.take(page, "mapping-row-mapped-light-wide")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Microsoft 365 Business Premium"
    assert watched.complaints == []
    watched.context.close()


def test_a_row_says_what_is_wrong_and_keeps_what_was_chosen(
    browser: Browser, mapping_address: str, mapping: SignedIn
) -> None:
    world = begin(mapping, "typical")
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{mapping_address}{CUSTOMER}")
    world.profiles.profiles["mail"] = replace(world.profiles.profiles["mail"], agreement_type_ids=("9",))
    page.get_by_label("Billing profile of Power BI Pro").select_option("mail")
    page.get_by_label("Agreement for Power BI Pro").select_option("401")
    page.get_by_role("button", name="Map it: Power BI Pro").click()
    expect(page.get_by_text("Mailboxes does not bill on agreements of the type “Type 7”.")).to_be_visible()
    expect(page.get_by_label("Billing profile of Power BI Pro")).to_have_value("mail")
    focused = page.get_by_label("Agreement for Power BI Pro")
    expect(focused).to_be_focused()
    check_accessible(page)
    CAMERA.take(page, "mapping-row-wrong-light-wide")
    assert [each for each in world.mapped if each.sku_id == POWER_BI] == []
    watched.context.close()


def test_a_profile_leaves_only_the_agreements_of_its_types(
    browser: Browser, mapping_address: str, mapping: SignedIn
) -> None:
    world = begin(mapping, "typical")
    world.profiles.profiles["mail"] = replace(world.profiles.profiles["mail"], agreement_type_ids=("9",))
    first, second = world.catalogue.agreements
    world.catalogue.agreements = (first, replace(second, type_id="9", type_name="Type 9"))
    page = Watched(browser, "wide").page
    for path, which in ((CUSTOMER, "Power BI Pro"), (address(EXCHANGE), "")):
        page.goto(f"{mapping_address}{path}")
        profile = page.get_by_label(f"Billing profile of {which}" if which else "Billing profile").first
        agreement = page.get_by_label(f"Agreement for {which}" if which else "Agreement").first
        profile.select_option("mail")
        expect(agreement).to_have_value("401")
        profile.select_option("premium")
        expect(agreement.locator("option:not([hidden])")).to_have_count(3)
    page.context.close()


def test_do_not_bill_and_back_in_the_row(browser: Browser, mapping_address: str, mapping: SignedIn) -> None:
    world = begin(mapping, "typical")
    watched = Watched(browser, "narrow")
    page = watched.page
    page.goto(f"{mapping_address}{CUSTOMER}")
    row = page.locator("tbody", has_text="Power BI Pro")
    row.get_by_text("Do not bill it").first.click()
    row.get_by_role("button", name="Do not bill it here").click()
    expect(row.get_by_text("Say why: the reason stands beside the licence")).to_be_visible()
    row.get_by_label("Why it is not billed here").fill("A trial")
    CAMERA.take(page, "mapping-row-exclude-light-narrow")
    check_accessible(page)
    row.get_by_role("button", name="Do not bill it here").click()
    expect(row.locator(".state")).to_have_text("Do not bill")
    row.get_by_role("button", name="Bill it here again").click()
    expect(row.locator(".state")).to_have_text("Unmapped")
    assert [each.is_ended for each in world.mapped if each.sku_id == POWER_BI] == [True]
    assert len(watched.complaints) == 1, "the browser's own word about the form without a reason"
    watched.context.close()


def test_the_whole_form_by_keyboard_with_a_live_preview(
    browser: Browser, mapping_address: str, mapping: SignedIn
) -> None:
    world = begin(mapping, "typical")
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{mapping_address}{address(EXCHANGE)}")
    expect(page.locator("#preview")).to_have_text(re.compile("Choose a billing profile and an agreement"))
    page.get_by_label("Billing profile").focus()
    page.keyboard.type("Mail")
    page.keyboard.press("Tab")
    page.keyboard.type("Managed")
    preview = page.locator("#preview")
    expect(preview).to_contain_text(re.compile(r"Seats now\s*0\s*Seats after\s*12 \(\+12\)\s*From\s*22 Nov 2026"))
    expect(preview).to_contain_text(re.compile(r"A month\s*\+48.00 EUR"))
    assert page.evaluate("document.activeElement.id") == "agreement", "a preview takes the focus from nobody"
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.type("20")
    page.keyboard.press("Tab")
    page.keyboard.type("5")
    expect(page.locator("#minimum-trouble")).to_contain_text("The minimum, 20, is above the maximum, 5.")
    expect(preview).to_contain_text("Put right what is marked first.")
    page.keyboard.press("Backspace")
    page.keyboard.type("50")
    expect(page.locator("#minimum-trouble")).to_be_empty()
    expect(preview).to_contain_text(re.compile(r"Seats now\s*0\s*Seats after\s*20"))
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Map it like this":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_contain_text("Exchange Online (Plan 1) is mapped.")
    made = next(each for each in world.mapped if each.sku_id == EXCHANGE)
    assert (made.included, made.minimum, made.maximum) == (2, 20, 50)
    assert watched.complaints == []
    watched.context.close()


def test_the_floor_is_asked_where_assigned_seats_count(
    browser: Browser, mapping_address: str, mapping: SignedIn
) -> None:
    """Nobody holds the 12 mailboxes that are committed to the end of the month."""
    world = begin(mapping, "typical")
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{mapping_address}{address(EXCHANGE)}")
    page.get_by_label("Billing profile").select_option("mail")
    page.get_by_label("Agreement", exact=True).select_option("400")
    preview, floor = page.locator("#preview"), page.get_by_label("Bill at least what is committed")
    expect(preview).to_contain_text(re.compile(r"Seats now\s*0\s*Seats after\s*12"))
    expect(floor).to_be_hidden()
    page.get_by_label("Assigned The users who have the licence.").check()
    expect(floor).to_be_checked()
    expect(preview).to_contain_text("0 assigned, 12 committed until 8 Dec 2026: 12 count.")
    floor.uncheck()
    expect(preview).to_contain_text("0 assigned, 12 committed until 8 Dec 2026: 0 count. This mapping does not bill")
    floor.check()
    expect(preview).to_contain_text(re.compile(r"Seats now\s*0\s*Seats after\s*12"))
    page.get_by_role("button", name="Map it like this").click()
    expect(page.locator("#answer")).to_contain_text("Exchange Online (Plan 1) is mapped.")
    made = next(each for each in world.mapped if each.sku_id == EXCHANGE)
    assert (made.basis, made.count.committed_floor) == (Basis.ASSIGNED, True)
    assert watched.complaints == []
    watched.context.close()


def test_a_split_shows_both_halves_while_it_is_typed(browser: Browser, mapping_address: str, mapping: SignedIn) -> None:
    world = begin(mapping, "typical")
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{mapping_address}{address(PREMIUM)}")
    preview = page.locator("#preview")
    expect(preview).to_contain_text(re.compile(r"Seats now\s*10\s*Seats after\s*12"))
    expect(page.get_by_role("group", name="Annual term")).to_be_hidden()
    page.get_by_label("One line for each term").check()
    expect(page.get_by_role("group", name="Annual term")).to_be_visible()
    expect(preview).to_contain_text("Takes over")
    has_settled(page)
    look_at(page, "mapping-split-typical")
    page.get_by_role("button", name="Save this mapping").click()
    expect(page.locator("#answer")).to_contain_text("is mapped.")
    assert [each.is_ended for each in world.mapped if each.sku_id == PREMIUM] == [True, False, False]
    CAMERA.take(page, "mapping-row-split-light-narrow")
    assert watched.complaints == []
    watched.context.close()


def test_a_split_by_subscription_names_each_of_them(browser: Browser, mapping_address: str, mapping: SignedIn) -> None:
    world = begin(mapping, "typical")
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{mapping_address}{address(PREMIUM)}")
    preview = page.locator("#preview")
    expect(preview).to_contain_text(re.compile(r"Seats now\s*10\s*Seats after\s*12"))
    one = page.get_by_role("group", name=re.compile("^Subscription .*annual, renews 3 Mar 2027.: 10 seats of"))
    expect(one).to_be_hidden()
    page.get_by_label("One line for each subscription").check()
    expect(one).to_be_visible()
    expect(page.get_by_role("group", name="Annual term")).to_be_hidden()
    expect(preview).to_contain_text("Takes over")
    has_settled(page)
    look_at(page, "mapping-split-by-subscription")
    page.get_by_role("button", name="Save this mapping").click()
    expect(page.locator("#answer")).to_contain_text("Microsoft 365 Business Premium is mapped.")
    assert [each.is_ended for each in world.mapped if each.sku_id == PREMIUM] == [True, False, False]
    assert watched.complaints == []
    watched.context.close()


def test_everything_works_without_scripts(browser: Browser, mapping_address: str, mapping: SignedIn) -> None:
    world = begin(mapping, "typical")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{mapping_address}{CUSTOMER}")
    page.get_by_label("Billing profile of Power BI Pro").select_option("mail")
    page.get_by_label("Agreement for Power BI Pro").select_option("401")
    page.get_by_role("button", name="Map it: Power BI Pro").click()
    expect(page.locator("#answer")).to_contain_text("Power BI Pro is mapped.")
    page.goto(f"{mapping_address}{address(PREMIUM)}")
    page.get_by_label("At least").first.fill("30")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text(re.compile(r"Seats now\s*10\s*Seats after\s*30"))
    expect(page.get_by_label("At least").first).to_have_value("30")
    page.get_by_role("button", name="Save this mapping").click()
    expect(page.locator("#answer")).to_contain_text("Microsoft 365 Business Premium is mapped.")
    assert next(each for each in world.mapped if each.sku_id == PREMIUM).minimum == 30
    context.close()
