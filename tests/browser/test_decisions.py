"""The pages on which people decide, in a real browser: every state, both themes, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect

from local.vendor import copy_vendor_files
from plans.alerts.alert import AlertKind, Severity
from plans.alerts.notifications import Mute, MuteScope
from tests.browser import decisions
from tests.browser.decisions import HOLD_ADDRESS, STORY_ADDRESS
from tests.browser.looking import (
    CAMERA,
    CROSS,
    DARK_NARROW,
    LIGHT_NARROW,
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
from tests.unit.plans.alerts.values import keep, make_alert
from tests.unit.web import test_alerts
from tests.unit.web.fakes import World
from tests.unit.web.test_alerts import HELD, UNUSED, alert_world

pytestmark = pytest.mark.browser

SEEN: tuple[tuple[str, str, str, tuple[Look, ...]], ...] = (
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
    ("webhooks", "/settings/webhooks", "story", CROSS),
    ("webhooks", "/settings/webhooks", "empty", (DARK_NARROW,)),
    ("api", "/api/v1/docs", "story", CROSS),
    ("alerts", "/alerts", "alerts", LOOKS),
    ("alerts-muted", "/alerts/muted", "alerts", CROSS),
    ("alerts-mute", f"/alerts/mute?alert={HELD.id}", "alerts", OTHER),
    ("notifications", "/settings/notifications", "alerts", CROSS),
    ("digest-next", "/settings/notifications/preview", "alerts", LOOKS),
)
# What docs show.
PICTURED = {LIGHT_WIDE: "approvals-light", DARK_NARROW: "approvals-dark-narrow"}


def alerts_world() -> World:
    """Alerts of every urgency, with money a month, once and unknown, up and down; one is muted."""
    soon, known = Severity.SOON, Severity.KNOW
    made = (
        make_alert("rise", monthly="594.00", subject="c2"),
        make_alert("writer", AlertKind.SECOND_WRITER, subject="c3"),
        replace(make_alert("credit", AlertKind.CREDIT_PROPOSAL, subject="c4"), once=Decimal("46.60"), severity=soon),
        replace(make_alert("gdap", AlertKind.GDAP_EXPIRING, subject="c5"), severity=soon),
        replace(make_alert("user", AlertKind.DISABLED_USER, "22.00", subject="c6"), severity=known),
    )
    world = alert_world(*(keep(each, test_alerts.SEEN) for each in (HELD, UNUSED, *made)))
    muted = made[-1]
    about, why = "Disabled user, Business Premium, Customer c6", "She is back in May"
    mute = Mute(MuteScope.ALERT, about, why, "Ada Administrator", test_alerts.SEEN, None, alert_id=muted.id)
    world.alerts.mutes = {muted.id: mute}
    return world


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
            "alerts": alerts_world(),
        },
        "deciding",
    )


@pytest.fixture(scope="module")
def deciding_address(deciding: SignedIn) -> Iterator[str]:
    with serve(deciding) as address:
        yield address


@pytest.mark.parametrize(("name", "path", "state", "looks"), SEEN)
def test_page_is_accessible_and_quiet(
    name: str,
    path: str,
    state: str,
    looks: tuple[Look, ...],
    watched: Watched,
    deciding_address: str,
    deciding: SignedIn,
) -> None:
    deciding.chosen = state
    page = watched.page
    watched.complaints.clear()
    page.goto(f"{deciding_address}{path}")
    look_at(
        page, write_name(name, path, state), looks, PICTURED if (path, state) == ("/approvals", "deciding") else None
    )
    assert watched.complaints == []
    # The API's own page names its words as scripts must spell them.
    if name != "api":
        check_words(page)


def write_name(name: str, path: str, state: str) -> str:
    """What its pictures are called."""
    return f"{name}{'-one' if '?' in path or path.endswith('m-3') else ''}-{state}"


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
    CAMERA.take(page, "tokens-issued-light-wide")
    show_as(page, LIGHT_NARROW)
    CAMERA.take(page, "tokens-issued-light-narrow")
    text = shown.input_value()
    page.get_by_role("link", name="I have copied it").click()
    assert text not in page.content() and text not in page.url
    page.locator("summary").click()
    CAMERA.take(page, "tokens-revoke-light-narrow")
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
    expect(page.locator("[data-ticked]")).to_have_text("1 of 4 ticked")
    page.get_by_role("link", name="Tick all (4)").press("Enter")
    expect(page.get_by_role("button", name="Refuse 4 changes")).to_be_enabled()
    expect(page.locator("[data-ticked]")).to_have_text("4 of 4 ticked")
    page.get_by_role("link", name="Untick all").press("Enter")
    expect(page.get_by_role("button", name="Approve what is ticked")).to_be_disabled()
    assert watched.complaints == []
    watched.context.close()


def test_ticking_all_needs_no_javascript(browser: Browser, deciding_address: str, deciding: SignedIn) -> None:
    deciding.chosen = "deciding"
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{deciding_address}/approvals")
    page.get_by_role("link", name="Tick all (4)").click()
    expect(page.locator("td input[type=checkbox]:checked")).to_have_count(4)
    expect(page.locator("[data-ticked]")).to_have_text("4 of 4 ticked")
    context.close()


def test_what_is_wrong_stands_once_at_the_top_and_leads_into_its_field(
    browser: Browser, deciding_address: str, deciding: SignedIn
) -> None:
    deciding.chosen = "deciding"
    watched = Watched(browser, "wide")
    page = watched.page
    page.goto(f"{deciding_address}/approvals")
    page.get_by_role("link", name="Tick all (4)").click()
    page.evaluate("document.getElementById('reason').required = false")
    page.get_by_role("button", name="Approve 4 changes").click()
    banner = page.get_by_role("alert")
    expect(banner).to_have_count(1)
    expect(banner).to_contain_text("Nothing was decided. One thing has to be put right:")
    expect(banner).to_be_focused()
    check_accessible(page)
    banner.get_by_role("link").click()
    expect(page.get_by_role("textbox", name="Reason")).to_be_focused()
    expect(page.locator("[data-ticked]")).to_have_text("4 of 4 ticked")
    watched.context.close()
