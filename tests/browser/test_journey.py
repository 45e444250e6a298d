"""From an empty installation to the first billed seat, by mouse alone; a reader, who can change nothing; and a second
PSA beside the first one.

The real thing: the local host, its sign-in, Microsoft's worker and engine, and the stand-ins over HTTP. The reader goes
on with what the test before it made; the second PSA does so too, and connects the first one itself where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from local.demo.demos import EMPTY
from local.demo.msp.autotask import contract_id
from local.demo.msp.customers import BY_TENANT_KEY
from local.demo.newcomer import Newcomer, read_newcomer
from local.stack import Stack, start_stack
from tests.browser.journey import Mouse
from tests.browser.stacks import in_thread, sign_in
from web.security.permissions import PERMISSIONS

pytestmark = [pytest.mark.browser, pytest.mark.stack]

CUSTOMER, LICENCE, SEATS = 'O\'Brien "Quick" Plumbing', "Microsoft 365 Business Standard", 9
OTHER = "Exchange Online (Plan 1)"
AGREEMENT = "1331"
MOST_CLICKS = 12
LONGEST_RUN_MS = 60_000
# What has to be clicked for the first billed seat once both are connected, and what the journey looks at beside.
NEEDED = ("customers", "read", "profile", "map", "live")
BESIDE = ("another profile", "another licence, with its preview")
MOST_PAGES = 60
# In the other PSA: a customer of its own, one licence, what was bought of it, and how much more is bought that day.
IN_AUTOTASK, PREMIUM, BOUGHT, MORE = "alder-grove", "Microsoft 365 Business Premium", 13, 2
NAMES = r"/(?:[0-9a-f]{24}|\d{4}-\d\d-\d\d(?:-\d{3})?|[a-z0-9-]*-[0-9a-f]{6}|ms-[0-9a-f-]+|[0-9]+|[0-9a-f-]{36})(?=/|$)"
CHANGING = (
    "main form[method=post] :is(button, input:not([type=hidden]), select, textarea):enabled,"
    "main button[hx-post]:enabled, main [hx-post]:not(button, form), main [formaction]:enabled"
)
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    stack = in_thread(lambda: start_stack(folder, demo=EMPTY))
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def newcomer(stack: Stack) -> Newcomer:
    return read_newcomer(stack.stand_in_secrets, stack.connectwise.base_url)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def list_our_additions(newcomer: Newcomer) -> list[dict[str, Any]]:
    """What ConnectWise has under our marker, asked over its own API with the keys of the API member."""
    with httpx.Client(
        base_url=f"{newcomer.site_url}/v4_6_release/apis/3.0",
        auth=(f"{newcomer.company}+{newcomer.public_key}", newcomer.private_key),
        headers={"clientId": newcomer.client_id},
    ) as client:
        agreements = client.get("/finance/agreements", params={"pageSize": 1000}).raise_for_status().json()
        answers = [client.get(f"/finance/agreements/{each['id']}/additions") for each in agreements]
    return [
        {**row, "companyName": agreement["company"]["name"]}
        for agreement, answer in zip(agreements, answers, strict=True)
        for row in answer.raise_for_status().json()
        if str(row.get("serialNumber") or "").startswith("SL-")
    ]


def connect(page: Page, mouse: Mouse, newcomer: Newcomer) -> None:
    """Both sides, through their real forms, from the checklist on."""
    with mouse.doing("connect ConnectWise"):
        mouse.click(page.get_by_role("link", name="Connect the PSA"))
        typed = {
            "Name": "Our ConnectWise",
            "Site address": newcomer.site_url,
            "Company id": newcomer.company,
            "Client id": newcomer.client_id,
            "Public key": newcomer.public_key,
            "Private key": newcomer.private_key,
        }
        for label, text in typed.items():
            mouse.type_into(page.get_by_label(label), text)
        mouse.click(page.get_by_text("In advance"))
        mouse.click(page.get_by_role("button", name="Test without saving"))
        expect(page.get_by_text("ConnectWise accepts the keys")).to_be_visible()
        mouse.click(page.get_by_role("button", name="Connect ConnectWise"))
        expect(page.get_by_text("Connected.", exact=True)).to_be_visible()
    with mouse.doing("connect Microsoft"):
        mouse.click(page.get_by_role("link", name="Connect Microsoft"))
        mouse.type_into(page.get_by_label("Name"), "Our Microsoft")
        mouse.type_into(page.get_by_label("Directory (tenant) id"), newcomer.directory_id)
        mouse.type_into(page.get_by_label("Application (client) id"), newcomer.application_id)
        mouse.type_into(page.get_by_label("Client secret", exact=True), newcomer.client_secret)
        mouse.click(page.get_by_text("Directly from Microsoft"))
        mouse.click(page.get_by_role("button", name="Save it and go on to the consent"))
        mouse.click(page.get_by_role("button", name="Grant Partner Center consent"))
        expect(page.get_by_text("This is not Microsoft.")).to_be_visible()
        mouse.click(page.get_by_role("button", name="Accept"))
        expect(page).to_have_url(re.compile("told=granted$|/microsoft/[^?]*$"))
        expect(page.get_by_text(re.compile("[0-9]+ tenants found"))).to_be_visible()


def make_profile(page: Page, mouse: Mouse, name: str) -> None:
    """Called like the product, which is chosen by that; everything else as the form begins."""
    mouse.type_into(page.get_by_role("textbox", name="Name", exact=True), name)
    expect(page.get_by_role("radio", name=re.compile(f"^{re.escape(name)}"))).to_be_checked()
    mouse.click(page.get_by_role("button", name="Make this profile"))
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


def wait_for_run(page: Page) -> None:
    """The page that waits for the run becomes the run's, and that shows its end, without a click."""
    expect(page).to_have_url(re.compile(r"/runs/\d{4}-\d\d-\d\d-\d{3}$"), timeout=LONGEST_RUN_MS)
    expect(page.get_by_text(re.compile("took [0-9]+ ?(s|min)"))).to_be_visible(timeout=LONGEST_RUN_MS)


def test_from_nothing_to_the_first_billed_seat(
    page: Page, stack: Stack, newcomer: Newcomer, pytestconfig: pytest.Config
) -> None:
    mouse, terminal = Mouse(page), pytestconfig.get_terminal_writer()
    sign_in(page, stack, "Administrator")
    expect(page.get_by_text("Seven steps to the first billed seat.")).to_be_visible()
    connect(page, mouse, newcomer)
    assert list_our_additions(newcomer) == []

    with mouse.doing("customers"):
        mouse.click(page.get_by_role("link", name="Add customers", exact=True))
        mouse.click(page.get_by_role("button", name=re.compile(r"^Add \d+ safe matches$")))
        expect(page.get_by_text(re.compile(r"^\d+ customers added\."))).to_be_visible()
    with mouse.doing("read"):
        mouse.click(page.get_by_role("button", name="Read them now"))
        wait_for_run(page)
    with mouse.doing("profile"):
        mouse.click(page.get_by_role("link", name="Make a billing profile"))
        make_profile(page, mouse, LICENCE)
    with mouse.doing("another profile"):
        mouse.click(page.get_by_role("link", name="New billing profile"))
        make_profile(page, mouse, OTHER)
    with mouse.doing("map"):
        mouse.click(page.get_by_role("link", name="Map licences"))
        mouse.click(page.get_by_role("link", name=CUSTOMER))
        mouse.choose(page.get_by_label(f"Agreement for {LICENCE}"), AGREEMENT)
        mouse.click(page.get_by_role("button", name=f"Map it: {LICENCE}"))
        expect(page.get_by_text(f"{LICENCE} is mapped.")).to_be_visible()
    with mouse.doing("another licence, with its preview"):
        mouse.click(page.get_by_role("link", name=f"All options and preview of {OTHER}"))
        mouse.choose(page.get_by_label("Agreement", exact=True), AGREEMENT)
        expect(page.locator("#preview")).to_contain_text(
            re.compile(rf"{re.escape(OTHER)}\s*Seats now\s*0\s*Seats after\s*2")
        )
        mouse.click(page.get_by_role("button", name="Map it like this"))
        expect(page.get_by_text(f"{OTHER} is mapped.")).to_be_visible()
    assert list_our_additions(newcomer) == []
    with mouse.doing("live"):
        mouse.click(page.get_by_role("link", name="See what going live would write"))
        mouse.click(page.get_by_role("button", name="Switch to live and sync now"))
        wait_for_run(page)
    expect(page.get_by_text("2 additions written to the PSA, each read back and verified.")).to_be_visible()

    additions = list_our_additions(newcomer)
    assert {each["companyName"] for each in additions} == {CUSTOMER}
    assert {each["product"]["identifier"]: each["quantity"] for each in additions} == {"M365-BS": SEATS, "EXO-P1": 2}
    needed, beside = mouse.count(*NEEDED), mouse.count(*BESIDE)
    terminal.line()
    terminal.line(f"{needed} clicks from connected to the first billed seat; {beside} more for: {', '.join(BESIDE)}.")
    connecting = sum(mouse.clicks.values()) - needed - beside
    terminal.line(f"{connecting} before that, to connect both. All by part: {dict(mouse.clicks)}")
    assert needed <= MOST_CLICKS


def list_links(page: Page) -> set[str]:
    """The addresses of the app that this page leads to, without what comes after a question mark."""
    found = page.locator("a[href]").evaluate_all("links => links.map(each => each.getAttribute('href'))")
    return {each.partition("?")[0].partition("#")[0] for each in found if each.startswith("/")} - {""}


def visit_everything(page: Page, stack: Stack) -> set[str]:
    """Every page that can be reached by links alone. The pages of the API and of the sign-in are no part of it."""
    seen: set[str] = set()
    waiting = {"/"}
    while waiting and len(seen) < MOST_PAGES:
        path = min(waiting)
        answer = page.goto(f"{stack.pages_url}{path}")
        assert answer is not None and answer.status == 200, (path, answer and answer.status)
        changing = page.locator(CHANGING)
        assert [changing.nth(number).inner_html() for number in range(changing.count())] == [], path
        seen.add(path)
        fresh = {each for each in list_links(page) if not each.startswith(("/.auth", "/static", "/api"))}
        waiting = {each for each in (waiting | fresh) - seen if not each.endswith(".csv") and is_new_kind(each, seen)}
    return seen


def is_new_kind(path: str, seen: set[str]) -> bool:
    """Of what there are many of, one is enough."""
    kind = re.sub(NAMES, "/*", path)
    return all(re.sub(NAMES, "/*", each) != kind for each in seen)


def test_a_reader_sees_everything_and_can_change_nothing(page: Page, stack: Stack, newcomer: Newcomer) -> None:
    sign_in(page, stack, "Reader")
    seen = visit_everything(page, stack)
    kinds = {re.sub(NAMES, "/*", each) for each in seen}
    assert kinds >= {
        "/",
        "/approvals",
        "/customers",
        "/customers/*",
        "/customers/*/settings",
        "/invoices",
        "/profiles",
        "/profiles/*",
        "/runs",
        "/runs/*",
        "/runs/*/changes",
        "/settings",
        "/settings/connections",
        "/settings/connections/*",
        "/settings/exclusions",
        "/settings/people",
        "/settings/changes",
    }, kinds
    before = list_our_additions(newcomer)
    log_before = read_changes(page, stack)
    for (method, template), _ in sorted(PERMISSIONS.items()):
        if method == "POST" and not template.startswith("/api/"):
            address = f"{stack.pages_url}{fill(template, seen)}"
            answer = page.request.post(address, headers=OURS, form={"name": "x", "reason": "x", "do": "safe"})
            assert answer.status == 403, (template, answer.status)
            assert "Your account has no role that allows this" in answer.text()
    for path in ("/customers/add/bulk", "/profiles/new", "/settings/tokens", "/settings/connections/connectwise/new"):
        assert page.request.get(f"{stack.pages_url}{path}").status == 403, path
    assert list_our_additions(newcomer) == before
    assert read_changes(page, stack) == log_before


def read_changes(page: Page, stack: Stack) -> str:
    """The change log as a file."""
    return page.request.get(f"{stack.pages_url}/settings/changes.csv").text()


def fill(template: str, seen: set[str]) -> str:
    """The address of a route, with the names of something that there is where the reader has seen it."""
    pattern = re.compile(f"^{re.sub(r'{[^}]*}', '([^/]+)', template)}")
    there = next((found.group() for path in sorted(seen) if (found := pattern.match(path))), None)
    return there or re.sub(r"{[^}]*}", "unknown", template)


def list_units(stack: Stack, newcomer: Newcomer) -> list[tuple[str, int]]:
    """The unit rows of what we made in Autotask: the first day of each, and its units, asked over its own API."""
    keys = {
        "UserName": newcomer.autotask_user,
        "Secret": newcomer.autotask_secret,
        "ApiIntegrationCode": newcomer.autotask_code,
    }

    def ask(entity: str, *conditions: dict[str, Any]) -> list[dict[str, Any]]:
        url = f"{stack.autotask.base_url}/atservicesrest/v1.0/{entity}/query"
        rows: list[dict[str, Any]] = httpx.post(url, json={"Filter": conditions}, headers=keys).json()["items"]
        return rows

    ours = ask("ContractServices", {"op": "beginsWith", "field": "internalDescription", "value": "SL-"})
    return sorted(
        (row["startDate"][:10], row["units"])
        for service in ours
        for row in ask("ContractServiceUnits", {"op": "eq", "field": "contractServiceID", "value": service["id"]})
    )


def buy_more(stack: Stack) -> None:
    """The customer buys more of the licence at Microsoft."""
    held = next(each for each in BY_TENANT_KEY[IN_AUTOTASK].holdings if each.sku.name == PREMIUM)
    tenant = f"{stack.microsoft.base_url}/__simulator/tenants/{BY_TENANT_KEY[IN_AUTOTASK].id}"
    state = httpx.get(f"{stack.microsoft.base_url}/__simulator/state").json()
    rows = next(each for each in state["tenants"] if each["id"] == BY_TENANT_KEY[IN_AUTOTASK].id)["subscriptions"]
    bought = next(each for each in rows if each["skuId"] == held.sku.id)
    change = {"totalLicenses": bought["totalLicenses"] + MORE}
    httpx.patch(f"{tenant}/subscriptions/{bought['id']}", json=change).raise_for_status()


def connect_where_nothing_is(page: Page, stack: Stack, newcomer: Newcomer) -> None:
    """ConnectWise and Microsoft, where no test before this one connected them."""
    page.goto(f"{stack.pages_url}/settings/connections")
    if page.get_by_text("Our ConnectWise").count() == 0:
        page.goto(stack.pages_url)
        connect(page, Mouse(page), newcomer)


def connect_autotask(page: Page, stack: Stack, newcomer: Newcomer) -> None:
    """Beside the ConnectWise that is there, through the form."""
    page.goto(f"{stack.pages_url}/settings/connections")
    page.get_by_role("link", name="Connect another PSA").click()
    page.get_by_role("navigation", name="Which PSA").get_by_role("link", name="Autotask").click()
    page.get_by_label("Name", exact=True).fill("Our Autotask")
    page.get_by_label("User name").fill(newcomer.autotask_user)
    page.get_by_label("Secret").fill(newcomer.autotask_secret)
    page.get_by_label("Tracking identifier").fill(newcomer.autotask_code)
    page.get_by_role("button", name="Test without saving").click()
    expect(page.get_by_text("Autotask accepts the keys, and every right")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[0-9,]+ of 10,000 used, 0 %"))).to_be_visible()
    page.get_by_role("button", name="Connect Autotask").click()
    expect(page.get_by_text("Connected.", exact=True)).to_be_visible()


def test_a_second_psa_bills_its_own_customers(page: Page, stack: Stack, newcomer: Newcomer) -> None:
    tenant = BY_TENANT_KEY[IN_AUTOTASK]
    customer, contract = tenant.name, str(contract_id(tenant))
    sign_in(page, stack, "Administrator")
    connect_where_nothing_is(page, stack, newcomer)
    before = list_our_additions(newcomer)
    connect_autotask(page, stack, newcomer)

    page.goto(f"{stack.pages_url}/customers/add/bulk")
    page.get_by_role("button", name=re.compile(r"^Add \d+ safe match(es)?$")).click()
    expect(page.get_by_text(re.compile(r"^\d+ customers? added\."))).to_be_visible()
    page.get_by_role("button", name="Read them now").click()
    wait_for_run(page)

    page.goto(f"{stack.pages_url}/profiles/new")
    page.get_by_label("PSA", exact=True).select_option(label="Our Autotask")
    page.get_by_role("textbox", name="Name", exact=True).fill(PREMIUM)
    expect(page.get_by_role("radio", name=re.compile(f"^{re.escape(PREMIUM)}"))).to_be_checked()
    page.get_by_role("button", name="Make this profile").click()
    expect(page.get_by_role("link", name=PREMIUM, exact=True)).to_be_visible()

    page.goto(f"{stack.pages_url}/customers")
    page.get_by_role("link", name=customer).click()
    page.get_by_role("link", name=f"All options and preview of {PREMIUM}").click()
    page.get_by_label("Agreement", exact=True).select_option(value=contract)
    expect(page.locator("#preview")).to_contain_text(
        re.compile(rf"{re.escape(PREMIUM)}\s*Seats now\s*0\s*Seats after\s*{BOUGHT}")
    )
    page.get_by_role("button", name="Map it like this").click()
    expect(page.get_by_text(f"{PREMIUM} is mapped.")).to_be_visible()
    assert list_units(stack, newcomer) == []
    page.get_by_role("link", name="Settings").last.click()
    expect(page.get_by_text("Autotask, Our Autotask")).to_be_visible()
    page.get_by_role("button", name="Switch to live and sync now").click()
    wait_for_run(page)
    first = list_units(stack, newcomer)
    assert [units for _, units in first][-1] == BOUGHT, first
    assert list_our_additions(newcomer) == before, "ConnectWise is somebody else's"

    buy_more(stack)
    page.goto(f"{stack.pages_url}/customers")
    page.get_by_role("link", name=customer).click()
    page.get_by_role("button", name="Sync now").click()
    wait_for_run(page)
    assert list_units(stack, newcomer) == first, "one adjustment a day"
    page.goto(f"{stack.pages_url}/customers")
    page.get_by_role("link", name=customer).click()
    page.get_by_role("link", name="Waiting").click()
    expect(page.get_by_text(re.compile(f"{PREMIUM} becomes {BOUGHT + MORE} from "))).to_be_visible()
