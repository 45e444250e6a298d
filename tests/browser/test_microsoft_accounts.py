"""Microsoft accounts in a real browser: every state and look, and a consent there and back over two origins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import escape
from typing import cast

import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.vendor import copy_vendor_files
from plans.account_records import Errand, ErrandKind, PreConsentRecord, ReadingStep
from plans.consent import NotGranted
from plans.ports import PartnerReader
from profiles.partners import UnreadPartner
from profiles.readings import UnknownReason
from tests.browser.conftest import connect
from tests.browser.looking import CAMERA, CROSS, LOOKS, Watched, check_accessible, look_at
from tests.browser.serving import SignedIn, serve
from tests.browser.stacks import in_thread
from tests.unit.web.accounts import (
    BASE,
    DIRECT,
    GRANTED,
    NEW,
    TROUBLED,
    make_reading,
    make_tenant,
    make_world,
    tenant_id,
    work_through,
)
from tests.unit.web.consent_fakes import make_partner
from tests.unit.web.fakes import NOW, World
from web.application import create_application

pytestmark = pytest.mark.browser

PAGES = (
    ("accounts", BASE),
    ("account", f"{BASE}/ms-1"),
    ("account-new", f"{BASE}/new"),
    ("account-change", f"{BASE}/ms-1/change"),
    ("account-remove", f"{BASE}/ms-1/remove"),
    ("account-tenants", f"{BASE}/ms-1/tenants"),
    ("direct", f"{BASE}/direct/direct-1"),
    ("direct-new", f"{BASE}/direct/new"),
    ("direct-remove", f"{BASE}/direct/direct-1/remove"),
)
HOSTILE = '<script>alert(1)</script> "‮ =cmd() 🧾 ' + "Wort" * 12


def make_typical() -> World:
    world = make_world(GRANTED, TROUBLED)
    world.connections.tenants[DIRECT.id] = replace(DIRECT, consented_by="Ada", consented_at=NOW)
    record = PreConsentRecord(tenant_id(1), True, "", "Ada Administrator", NOW)
    refused = replace(record, tenant_id=tenant_id(4), is_granted=False, sentence="Ask for the role.")
    world.account_records.preconsents["ms-1"] = {each.tenant_id: each for each in (record, refused)}
    return world


def make_running() -> World:
    """A reading goes on; nothing else is known."""
    world = make_world(GRANTED)
    world.connections.tenants[DIRECT.id] = DIRECT
    begun = NOW - timedelta(seconds=20)
    world.account_records.put(Errand("ms-1", "Ada", begun, NOW, ReadingStep.RELATIONSHIPS, 300))
    return world


def make_hostile() -> World:
    tenants = [make_tenant(number, f"{number} {HOSTILE}") for number in range(60)]
    tenants[0] = replace(tenants[0], gdap=TROUBLED.tenants[1].gdap)
    name = replace(GRANTED, name=HOSTILE, user_name=HOSTILE, consented_by=HOSTILE, has_mfa=False)
    world = make_world(replace(name, secret_expires_on=NOW.date() + timedelta(days=6)), make_reading(*tenants))
    world.connections.tenants[DIRECT.id] = replace(DIRECT, name=HOSTILE)
    failure = UnreadPartner("ms-1", NOW, UnknownReason.SIGN_IN_REFUSED, HOSTILE)
    world.archive.outcomes["asked", "ms-1"] = failure
    return world


def make_empty() -> World:
    world = make_world(NEW)
    world.connections.tenants[DIRECT.id] = DIRECT
    return world


@pytest.fixture(scope="module")
def told() -> SignedIn:
    copy_vendor_files()
    worlds = {
        "typical": connect(make_typical()),
        "running": make_running(),
        "hostile": connect(make_hostile()),
        "empty": make_empty(),
    }
    return SignedIn({**worlds, "nothing": make_world(account=None), "consent": make_world(NEW)}, "typical")


@pytest.fixture(scope="module")
def told_address(told: SignedIn) -> Iterator[str]:
    with serve(told) as address:
        yield address


@pytest.mark.parametrize("state", ["typical", "running", "hostile", "empty"])
def test_pages_are_accessible_and_quiet(state: str, watched: Watched, told: SignedIn, told_address: str) -> None:
    told.chosen = state
    page = watched.page
    watched.complaints.clear()
    for name, path in PAGES:
        page.goto(f"{told_address}{path}")
        if page.locator(".folded summary").count():
            page.locator(".folded summary").click()
        look_at(page, f"{name}-{state}", LOOKS if state == "typical" else CROSS)
        assert page.locator("main script").count() == 0
        assert "0000-4000-8000" not in page.inner_text("body") or "change" in name
    assert watched.complaints == []


def test_without_an_account_the_page_says_what_to_do(browser: Browser, told: SignedIn, told_address: str) -> None:
    told.chosen = "nothing"
    watched = Watched(browser, "narrow")
    watched.page.goto(f"{told_address}{BASE}")
    check_accessible(watched.page)
    watched.page.get_by_role("link", name="Connect a partner account").click()
    expect(watched.page).to_have_url(f"{told_address}{BASE}/new")
    watched.context.close()


async def authorize(request: Request) -> Response:
    """The other origin: a page of Microsoft's, as far as a browser is concerned."""
    query = request.query_params
    back = f"{query['redirect_uri']}?code=0.code-canary&state={query['state']}&session_state=x"
    return HTMLResponse(f'<!doctype html><title>Sign in</title><a href="{escape(back, quote=True)}">Accept</a>')


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_consent_goes_there_and_back_and_the_reading_ends_in_a_number(
    has_scripts: bool, browser: Browser, told: SignedIn, told_address: str
) -> None:
    """The policy lets the form's redirect through, the cookie comes back, and nothing stays of the code."""
    world = make_world(NEW)
    found = make_partner(make_reading(*(make_tenant(number) for number in range(27))))
    world.partners = {"ms-1": cast(PartnerReader, found)}
    with serve(Starlette(routes=[Route("/{tenant}/oauth2/v2.0/authorize", authorize)])) as login:
        world.consent.login = login
        context = replace(world.context(), public_url=told_address, login_origin=login)
        told.apps["consent"], told.chosen = create_application(context), "consent"
        visit = browser.new_context(java_script_enabled=has_scripts)
        page = visit.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(f"{told_address}{BASE}/ms-1")
        page.get_by_role("button", name="Grant Partner Center consent").click()
        expect(page).to_have_title("Sign in")
        (cookie,) = visit.cookies(f"{told_address}{BASE}/callback")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax") and cookie["path"] == f"{BASE}/callback"
        page.get_by_role("link", name="Accept").click()
        expect(page).to_have_url(f"{told_address}{BASE}/ms-1?told=granted")
        expect(page.get_by_text("Asked; it begins within seconds")).to_be_visible()
        in_thread(lambda: work_through(world))
        if not has_scripts:
            page.get_by_role("link", name="Look again").click()
        expect(page.get_by_text("27 tenants found.")).to_be_visible()
        assert visit.cookies(f"{told_address}{BASE}/callback") == []
        assert "canary" not in page.content()
        assert [each for each in complaints if "Policy" in each] == []
        visit.close()
    assert world.consent.redeemed[0][1].code == "0.code-canary"


def test_a_form_may_lead_to_no_other_origin(browser: Browser, told: SignedIn, told_address: str) -> None:
    """The browser itself stops a consent that would lead anywhere but to the configured sign-in."""
    world = make_world(NEW)
    with serve(Starlette(routes=[Route("/{tenant}/oauth2/v2.0/authorize", authorize)])) as elsewhere:
        world.consent.login = elsewhere
        context = replace(world.context(), public_url=told_address, login_origin="https://login.microsoftonline.com")
        told.apps["consent"], told.chosen = create_application(context), "consent"
        watched = Watched(browser, "wide")
        watched.page.goto(f"{told_address}{BASE}/ms-1")
        watched.page.get_by_role("button", name="Grant Partner Center consent").click()
        watched.page.wait_for_timeout(500)
        assert watched.page.url == f"{told_address}{BASE}/ms-1"
        assert any("form-action" in complaint for complaint in watched.complaints)
        watched.context.close()


def test_progress_moves_by_itself_until_the_page_shows_the_end(
    browser: Browser, told: SignedIn, told_address: str
) -> None:
    world = cast(World, told.worlds["running"])
    told.chosen = "running"
    watched = Watched(browser, "narrow")
    page = watched.page
    page.goto(f"{told_address}{BASE}/ms-1")
    expect(page.locator("#progress-sentence")).to_have_text("Reading GDAP relationships: 300 so far")
    begun = world.account_records.errands["ms-1", ErrandKind.READ]
    world.account_records.put(replace(begun, step=ReadingStep.CUSTOMERS, count=500))
    expect(page.locator("#progress-sentence")).to_have_text("Reading Partner Center: 500 customers so far")
    world.account_records.put(replace(begun, ended_at=NOW, tenant_count=27))
    expect(page.get_by_text("27 tenants found.")).to_be_visible()
    world.account_records.put(begun)
    assert watched.complaints == []
    watched.context.close()


def test_what_microsoft_refuses_stands_on_the_page(browser: Browser, told: SignedIn, told_address: str) -> None:
    told.chosen = "empty"
    cast(World, told.worlds["empty"]).consent.tried = NotGranted("Microsoft does not know the app in this tenant.")
    watched = Watched(browser, "narrow")
    page = watched.page
    page.goto(f"{told_address}{BASE}/direct/direct-1")
    page.get_by_role("button", name="Try to read the tenant").click()
    expect(page.get_by_role("alert")).to_have_text("Microsoft does not know the app in this tenant.")
    check_accessible(page)
    page.goto(f"{told_address}{BASE}/callback?state=forged")
    expect(page.get_by_role("alert")).to_contain_text("never begun here")
    check_accessible(page)
    CAMERA.take(page, "account-refused-light-narrow")
    watched.context.close()
