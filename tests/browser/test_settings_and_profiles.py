"""Settings and billing profiles in a real browser: every state, both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect

from local.vendor import copy_vendor_files
from plans.audit import AuditEntry
from plans.controls import Controls, Pause
from plans.errors import Retry
from plans.mail import Delivery, DeliveryState
from plans.posting import DIED
from profiles.billing import CustomPrice, DatedPrice
from profiles.exclusions import LicenceExclusion, TenantExclusion
from tests.browser.looking import CROSS, LOOKS, Watched, look_at
from tests.browser.serving import SignedIn, serve
from tests.unit.web import nights, test_profile_effects
from tests.unit.web.connection_fakes import CONNECTWISE
from tests.unit.web.fakes import NOW, World
from tests.unit.web.test_mail import GRAPH, SMTP
from tests.unit.web.test_profiles import OFFERED, PREMIUM

pytestmark = pytest.mark.browser

PAGES = (
    ("general", "/settings"),
    ("mail", "/settings/mail"),
    ("exclusions", "/settings/exclusions"),
    ("people", "/settings/people"),
    ("change-log", "/settings/changes"),
    ("profiles", "/profiles"),
    ("profile", "/profiles/premium"),
    ("profile-new", "/profiles/new"),
)
HOSTILE = '<script>alert(1)</script> "‮ =cmd() 🧾 ' + "Wort" * 12


def make_typical() -> World:
    world = nights.typical_world()
    world.connections.psa[CONNECTWISE.id] = CONNECTWISE
    world.connections.catalogue = replace(OFFERED)
    prices = (DatedPrice(date(2026, 1, 1), Decimal(20)), DatedPrice(date(2027, 1, 1), Decimal("22.50")))
    world.profiles.profiles = {
        "premium": replace(PREMIUM, product_name="Microsoft 365 Business Premium", price=CustomPrice(prices)),
        "mail": replace(PREMIUM, id="mail", name="Exchange, monthly", product_id="42", product_name="Exchange Online"),
    }
    exclusions = (LicenceExclusion("f30db892", "free everywhere"), TenantExclusion("tenant", "not ours"))
    world.profiles.controls = Controls(exclusions=exclusions)
    world.mail.settings = SMTP
    world.deliveries.deliveries = make_deliveries("Last night: 25 customers right, 3 need you")
    world.audit.entries = [
        AuditEntry(
            NOW - timedelta(hours=number), "Ada Administrator", "tenant/ada", "203.0.113.7", f"profile/{number}",
            f"Ada Administrator changed the billing profile {number}.", '{"name": "Old", "price": {"kind": "psa"}}',
            '{"name": "New", "price": {"kind": "keep"}}',
        )
        for number in range(80)
    ]  # fmt: skip
    return world


def make_deliveries(subject: str) -> list[Delivery]:
    """One mail of each kind."""
    sentences = {
        DeliveryState.QUEUED: "The mail server refuses the recipient for now: 451 4.7.1 Greylisted.",
        DeliveryState.IN_DOUBT: DIED,
        DeliveryState.FAILED: "The mail server refuses the recipient: 550 5.1.1 No such user here.",
        DeliveryState.SENT: "The mail server took it: 250 2.0.0 Queued.",
    }
    return [
        Delivery(
            mail_id=f"digest:2026-11-22:{state}",
            recipient="jane.with.a.long.name@billing.msp.example",
            subject=subject,
            state=state,
            attempts=1,
            changed_at=NOW,
            sentence=sentence,
            retry_at=NOW + timedelta(minutes=15) if state is DeliveryState.QUEUED else None,
        )
        for state, sentence in sentences.items()
    ]


def make_hostile() -> World:
    world = make_typical()
    world.profiles.profiles["premium"] = replace(world.profiles.profiles["premium"], name=HOSTILE, product_name=HOSTILE)
    world.profiles.controls = Controls(
        exclusions=(LicenceExclusion("f30db892", HOSTILE),), pause=Pause(HOSTILE, NOW, HOSTILE)
    )
    world.mail.settings = GRAPH
    world.deliveries.deliveries = make_deliveries(HOSTILE)
    world.audit.entries = [replace(entry, changed_by=HOSTILE, sentence=HOSTILE) for entry in world.audit.entries[:3]]
    return world


def make_failing() -> World:
    world = make_typical()
    world.connections.catalogue.error = Retry("ConnectWise answered 503.")
    return world


def make_worlds() -> dict[str, World]:
    empty = World()
    empty.profiles.profiles = {"premium": PREMIUM}
    return {
        "typical": make_typical(),
        "hostile": make_hostile(),
        "failing": make_failing(),
        "empty": empty,
        "billed": test_profile_effects.make_world(),
    }


@pytest.fixture(scope="module")
def told() -> SignedIn:
    copy_vendor_files()
    return SignedIn(make_worlds(), "typical")


@pytest.fixture(scope="module")
def told_address(told: SignedIn) -> Iterator[str]:
    with serve(told) as address:
        yield address


@pytest.mark.parametrize("state", ["typical", "hostile", "failing", "empty"])
def test_pages_are_accessible_and_quiet(state: str, watched: Watched, told: SignedIn, told_address: str) -> None:
    told.chosen = state
    page = watched.page
    watched.complaints.clear()
    for name, path in PAGES:
        page.goto(f"{told_address}{path}")
        look_at(page, f"{name}-{state}", LOOKS if state == "typical" else CROSS)
    assert watched.complaints == []


def test_a_profile_is_made_by_hand_and_the_search_keeps_what_was_typed(
    browser: Browser, told: SignedIn, told_address: str
) -> None:
    told.chosen = "typical"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{told_address}/profiles")
    page.get_by_role("link", name="New billing profile").click()
    page.get_by_label("Name", exact=True).fill("Premium, three years")
    page.locator("#search-products").press_sequentially("premium")
    expect(page.get_by_text("Exchange Online Plan 1")).to_have_count(0)
    expect(page.locator("#search-products")).to_have_value("premium")
    page.get_by_label("Microsoft 365 Business Premium").check()
    page.get_by_role("button", name="Make this profile").click()
    expect(page.get_by_role("status").first).to_contain_text("The billing profile is made.")
    expect(page.get_by_role("link", name="Premium, three years")).to_be_visible()
    watched.context.close()


def test_a_form_that_is_on_its_way_is_sent_once(browser: Browser, told: SignedIn, told_address: str) -> None:
    """Two clicks, the second one while the first is under way; and again after the browser's way back."""
    told.chosen = "typical"
    watched = Watched(browser, "wide")
    page, sent = watched.page, list[str]()
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{told_address}/settings")
    send_twice = "form => { for (let time = 0; time < 2; time++) setTimeout(() => form.requestSubmit(), 60 * time); }"
    for count in (1, 2):
        with page.expect_navigation():
            page.locator("main form[method=post]").first.evaluate(send_twice)
        page.wait_for_timeout(200)
        assert len(sent) == count
        page.go_back()
    watched.context.close()


def test_a_price_that_is_changed_by_hand_shows_what_it_does_first(
    browser: Browser, told: SignedIn, told_address: str
) -> None:
    told.chosen = "billed"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{told_address}/profiles/premium")
    page.locator("input[name=amount]").first.fill("200")
    page.get_by_role("button", name="Save this profile").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("changes 3 additions of 3 customers, +6,480.00 EUR")
    look_at(page, "profile-effects-typical")
    page.get_by_label("Reason").fill("New contract")
    page.get_by_role("button", name="Change 3 additions: +6,480.00 EUR a month").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved. The next run plans with it.")
    assert watched.complaints == []
    watched.context.close()


def test_on_a_phone_the_tab_where_one_is_can_be_seen(browser: Browser, told: SignedIn, told_address: str) -> None:
    told.chosen = "typical"
    page = Watched(browser, "narrow").page
    page.goto(f"{told_address}/settings/changes")
    for name in ("Change log", "Settings"):
        expect(page.get_by_role("link", name=name, exact=True).first).to_be_in_viewport(ratio=0.99)
