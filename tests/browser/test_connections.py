"""Connections in a real browser: every state, both themes, wide and narrow; and connecting as a person does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from local.vendor import copy_vendor_files
from plans.budget import RequestBudget
from plans.catalogue import BillingCycle
from plans.permissions import Connected, KeysRefused, PermissionReport, RightReport, Standing
from psa.autotask import rights as autotask_rights
from psa.connectwise.rights import RIGHTS
from tests.browser.looking import (
    CAMERA,
    LIGHT_WIDE,
    LOOKS,
    OTHER,
    Look,
    Watched,
    check_accessible,
    check_words,
    look_at,
    show_as,
)
from tests.browser.serving import SignedIn, serve
from tests.unit.web import nights
from tests.unit.web.connection_fakes import AUTOTASK, CONNECTWISE, FakeCatalogue, FakeConnections
from tests.unit.web.fakes import World
from tests.unit.web.nights import HOSTILE_NAMES

pytestmark = pytest.mark.browser

LIST = "/settings/connections"
NEW = f"{LIST}/connectwise/new"
ONE = f"{LIST}/connectwise"
USED = f"{LIST}/{nights.CONNECTION}"
NEW_AUTOTASK = f"{LIST}/autotask/new"
ONE_AUTOTASK = f"{LIST}/autotask"
CYCLES = (
    BillingCycle("1", "Monthly", 1),
    BillingCycle("2", "Quarterly", 3),
    BillingCycle("3", "Yearly", 12),
    BillingCycle("4", "Every second week", None),
)
CONNECTED = Connected("v2026.4.112358", True, "GMT Standard Time", codebase="v2026_4/")
MISSING = "Finance > Invoicing"
SEEN = (
    ("connections", LIST, "empty", LOOKS),
    ("connections", LIST, "typical", LOOKS),
    ("connections", LIST, "hostile", OTHER),
    ("connectwise-new", NEW, "empty", LOOKS),
    ("connectwise", f"{ONE}?look=now&told=connected", "typical", LOOKS),
    ("connectwise", f"{ONE}?look=now", "missing", LOOKS),
    ("connectwise", f"{ONE}?look=now", "failing", OTHER),
    ("connectwise", f"{ONE}?look=now", "hostile", OTHER),
    ("autotask-new", NEW_AUTOTASK, "empty", LOOKS),
    ("autotask", f"{ONE_AUTOTASK}?look=now&told=connected", "autotask", LOOKS),
    ("autotask", f"{ONE_AUTOTASK}?look=now", "autotask-stopped", OTHER),
    ("connectwise-removal", f"{USED}/remove", "typical", LOOKS),
    ("connectwise-removal-free", f"{ONE}/remove", "typical", OTHER),
)


def make_report(*missing: str) -> PermissionReport:
    """What ConnectWise says to a member without these rights."""
    rights = []
    for right in RIGHTS:
        standing, sentence = Standing.GRANTED, ""
        if not right.lists:
            standing = Standing.UNTRIED
        elif right.name in missing:
            standing = Standing.REFUSED
            sentence = (
                f"{right.name} ({right.level}) is missing. Set it to All in the security role of the API member; it is "
                f"needed for {right.needed_for}."
            )
        rights.append(RightReport(right.name, right.level, right.needed_for, standing, sentence, right.is_optional))
    return PermissionReport(CONNECTED, tuple(rights))


def make_world(report: PermissionReport, name: str = "ConnectWise") -> World:
    """A world with two connections, one of which its customers use."""
    world = nights.typical_world()
    first = replace(CONNECTWISE, name=name, confirmed_cycles=("Monthly",))
    used = replace(CONNECTWISE, id=nights.CONNECTION, name=f"{name} of the other office", company="office")
    world.connections = FakeConnections(
        {first.id: first, used.id: used}, catalogue=FakeCatalogue(report, cycles=CYCLES)
    )
    return world


def make_autotask_world(used: int, *missing: str) -> World:
    """A world with a ConnectWise and an Autotask, whose programs asked so often this hour."""
    world = nights.typical_world()
    rights = [
        RightReport(
            right.name,
            right.level,
            right.needed_for,
            Standing.REFUSED if right.name in missing else Standing.GRANTED,
            autotask_rights.describe_lack(right) if right.name in missing else "",
        )
        for right in autotask_rights.RIGHTS
    ]
    report = PermissionReport(Connected(budget=RequestBudget(used, 10_000, 60)), tuple(rights))
    world.connections = FakeConnections(
        {each.id: each for each in (CONNECTWISE, AUTOTASK)}, catalogue=FakeCatalogue(report, cycles=())
    )
    return world


def make_worlds() -> dict[str, World]:
    """Every state that the pages can be in."""
    refused = KeysRefused("ConnectWise refuses the keys. Check company id, public and private key, and client id.")
    return {
        "empty": World(connections=FakeConnections(catalogue=FakeCatalogue(make_report(), cycles=CYCLES))),
        "typical": make_world(make_report("Companies > Contacts")),
        "missing": make_world(make_report(MISSING, "Companies > Contacts")),
        "failing": make_world(PermissionReport(refused, ())),
        "hostile": make_world(make_report(), HOSTILE_NAMES[0]),
        "autotask": make_autotask_world(1234, "Contracts > Contract visibility"),
        "autotask-stopped": make_autotask_world(7612),
    }


@pytest.fixture(scope="module")
def connecting() -> SignedIn:
    copy_vendor_files()
    return SignedIn(make_worlds(), "typical")


@pytest.fixture(scope="module")
def connecting_address(connecting: SignedIn) -> Iterator[str]:
    with serve(connecting) as address:
        yield address


@pytest.mark.parametrize(("name", "path", "state", "looks"), SEEN)
def test_page_is_accessible_and_quiet(
    name: str,
    path: str,
    state: str,
    looks: tuple[Look, ...],
    watched: Watched,
    connecting_address: str,
    connecting: SignedIn,
) -> None:
    connecting.chosen = state
    page = watched.page
    watched.complaints.clear()
    page.goto(f"{connecting_address}{path}")
    page.wait_for_load_state("networkidle")
    look_at(page, f"{name}-{state}", looks)
    assert watched.complaints == []
    check_words(page)


def test_what_another_way_of_invoicing_moves_is_asked_first(
    watched: Watched, connecting_address: str, connecting: SignedIn
) -> None:
    connecting.chosen = "typical"
    page = watched.page
    show_as(page, LIGHT_WIDE)
    page.goto(f"{connecting_address}{USED}?look=now")
    page.get_by_text("In arrears").first.click()
    page.get_by_role("button", name="Save the connection").click()
    expect(page.locator("#answer")).to_contain_text("Nothing was saved yet")
    look_at(page, "connectwise-moves", LOOKS)
    check_words(page)


def test_a_person_tests_corrects_and_connects_without_typing_a_key_twice(
    browser: Browser, connecting_address: str, connecting: SignedIn
) -> None:
    connecting.chosen = "empty"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{connecting_address}{LIST}")
    page.get_by_role("link", name="Connect ConnectWise").click()
    page.get_by_label("Name", exact=True).fill("Our PSA")
    page.get_by_label("Site address").fill("https://evil.example")
    page.get_by_label("Company id").fill("demo")
    page.get_by_label("Client id").fill("9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90")
    page.get_by_label("Public key").fill("public-canary")
    page.get_by_label("Private key").fill("private-canary")
    page.get_by_role("button", name="Test without saving").click()
    expect(page.locator("#site-trouble")).to_contain_text("is not a host of ConnectWise's cloud")
    expect(page.get_by_label("Private key")).to_have_value("private-canary")
    check_accessible(page)
    CAMERA.take(page, "connectwise-new-troubled-light-wide", caret="initial")

    page.get_by_label("Site address").fill("https://psa.example.com")
    page.get_by_role("button", name="Test without saving").click()
    expect(page.locator("#answer")).to_contain_text("What ConnectWise says")
    expect(page.locator("#site-trouble")).to_be_empty()
    check_accessible(page)
    CAMERA.take(page, "connectwise-new-tested-light-wide", caret="initial")
    page.get_by_label("Quarterly").check()
    page.get_by_role("button", name="Connect ConnectWise").click()
    expect(page).to_have_url(re.compile(rf"{LIST}/our-psa-[0-9a-f]{{6}}\?told=connected$"))
    expect(page.locator("main")).to_contain_text("Set-up, step 2 of 7: Connect Microsoft.")
    expect(page.locator("#answer")).to_contain_text("What ConnectWise says")
    expect(page.get_by_label("Quarterly")).to_be_checked()
    assert "canary" not in page.content()
    assert watched.complaints == []
    watched.context.close()


def test_autotask_is_chosen_and_its_user_is_corrected_beside_the_field(
    browser: Browser, connecting_address: str, connecting: SignedIn
) -> None:
    connecting.chosen = "empty"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{connecting_address}{NEW}")
    page.get_by_role("navigation", name="Which PSA").get_by_role("link", name="Autotask").click()
    page.get_by_label("Name", exact=True).fill("Our Autotask")
    page.get_by_label("User name").fill("unknown@msp.example")
    page.get_by_label("Secret").fill("secret-canary")
    page.get_by_label("Tracking identifier").fill("code-canary")
    page.get_by_role("button", name="Test without saving").click()
    expect(page.locator("#user-trouble")).to_contain_text("Autotask knows no zone")
    expect(page.get_by_label("Secret")).to_have_value("secret-canary")
    page.get_by_label("User name").fill("k7f3q@msp.example")
    page.get_by_text("By whole periods").click()
    page.get_by_role("button", name="Connect Autotask").click()
    expect(page).to_have_url(re.compile(rf"{LIST}/our-autotask-[0-9a-f]{{6}}\?told=connected$"))
    expect(page.get_by_label("By whole periods")).to_be_checked()
    expect(page.locator("#answer")).to_contain_text("What Autotask says")
    assert "canary" not in page.content()
    assert watched.complaints == []
    watched.context.close()


def test_without_javascript_the_keys_are_asked_for_again(
    browser: Browser, connecting_address: str, connecting: SignedIn
) -> None:
    connecting.chosen = "empty"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{connecting_address}{NEW}")
    for label, typed in (
        ("Name", "Our PSA"),
        ("Site address", "https://psa.example.com"),
        ("Company id", "demo"),
        ("Client id", "9e3f2d6c-6d0f-4d0e-9a55-2c1f6b7a8d90"),
        ("Public key", "public-canary"),
        ("Private key", "private-canary"),
    ):
        page.get_by_label(label, exact=True).fill(typed)
    page.get_by_role("button", name="Test without saving").click()
    expect(page.locator("main")).to_contain_text("What ConnectWise says")
    expect(page.locator("main")).to_contain_text("Keys never come back from the server")
    expect(page.get_by_label("Site address")).to_have_value("https://psa.example.com")
    expect(page.get_by_label("Private key")).to_have_value("")
    context.close()
