"""Approve one change, refuse one, and take one back: the real local stack, the large demo, one real browser."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from local.demo.demos import MSP
from local.demo.msp.events import World, buy
from local.demo.msp.product import CONNECTION
from local.stack import DEMO_NOW, Stack, start_stack
from local.vendor import copy_vendor_files
from plans.runs import Run, RunPhase
from store.books import TableBooks
from store.runs import TableRuns
from store.storage import Storage

pytestmark = [pytest.mark.browser, pytest.mark.stack]

PICTURES = Path(__file__).parents[2] / ".local" / "pictures"
NIGHT_LIMIT_SECONDS = 240
APPROVED, REFUSED = ("harbour-dental", "BP"), ("lakeside-vet", "BS")
APPROVED_NAME, REFUSED_NAME = "Harbour Dental Group", "Lakeside Veterinary"


def in_thread[T](work: Callable[[], Awaitable[T]]) -> T:
    """Playwright keeps an event loop in this thread; what is awaited gets one of its own."""
    found: list[T] = []

    async def run() -> None:
        found.append(await work())

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    thread.join()
    return found[0]


def read[T](stack: Stack, work: Callable[[Storage], Awaitable[T]]) -> T:
    async def open_and_work() -> T:
        async with Storage.from_connection_string(stack.azurite.connection_string) as storage:
            return await work(storage)

    return in_thread(open_and_work)


def wait_for_run(stack: Stack, run_id: str) -> Run:
    deadline = time.monotonic() + NIGHT_LIMIT_SECONDS
    while True:
        run = read(stack, lambda storage: make_runs(storage).read_run(run_id))
        if run is not None and run.phase is RunPhase.CLOSED:
            return run
        assert time.monotonic() < deadline, f"run {run_id} did not close: {run}"
        time.sleep(0.5)


def make_runs(storage: Storage) -> TableRuns:
    return TableRuns(storage.table("runs"), storage.table("runtenants"))


def run_night(stack: Stack, at: datetime) -> None:
    stack.clock.move_to(at)
    stack.fire("tick")
    wait_for_run(stack, at.date().isoformat())


def buy_seats(stack: Stack, key: str, sku_key: str, seats: int) -> None:
    """Somebody buys seats at Microsoft."""
    with httpx.Client(timeout=30) as client:
        state = {each.name: client.get(f"{each.base_url}/__simulator/state").json() for each in stack.services}
        event = buy(key, sku_key, seats)(World(**state))
        assert event is not None
        for call in event.calls:
            address = f"{stack.microsoft.base_url}/__simulator{call.path}"
            client.request(call.method, address, json=call.body).raise_for_status()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A first night for everybody, then thirty more seats for two customers, and the night that holds them."""
    copy_vendor_files()
    folder = tmp_path_factory.mktemp("approvals")
    stack = in_thread(lambda: start_stack(folder, demo=MSP))
    try:
        run_night(stack, DEMO_NOW)
        for key, sku_key in (APPROVED, REFUSED):
            buy_seats(stack, key, sku_key, 30)
        run_night(stack, DEMO_NOW + timedelta(days=1))
        yield stack
    finally:
        stack.stop()


def sign_in(page: Page, stack: Stack, role: str) -> None:
    page.goto(f"{stack.pages_url}/approvals")
    page.get_by_role("button", name=role).click()
    expect(page.get_by_role("heading", name="Approvals")).to_be_visible()


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sign_in(page, stack, "Operator")
    PICTURES.mkdir(parents=True, exist_ok=True)
    yield page
    context.close()


def decide(page: Page, stack: Stack, customer: str, word: str, reason: str) -> Run:
    """Tick the customer's change, decide, and wait until the run has ended that carries it out."""
    row = page.get_by_role("row").filter(has_text=customer).filter(has_text="Large rise")
    row.get_by_role("checkbox").check()
    page.get_by_label("Reason", exact=True).fill(reason)
    page.get_by_role("button", name=f"{word} 1 change").click()
    past = "approved" if word == "Approve" else "refused"
    expect(page.locator("#answer")).to_contain_text(f"1 change {past}.")
    found = re.search(r"run=([0-9-]+)", page.url)
    assert found is not None
    run = wait_for_run(stack, found[1])
    page.reload()
    expect(page.locator("#answer")).to_contain_text("The run has ended")
    return run


def find_addition(stack: Stack, customer_id: str) -> str:
    """The addition of the customer's newest proved write."""

    async def look(storage: Storage) -> str:
        books = TableBooks(storage.table("books"), storage.table("config"), stack.clock.utc_now)
        desk = await books.read_desk(customer_id)
        assert desk is not None
        proved = [entry for journal in desk.journals.values() for entry in journal.evidence if entry.after is not None]
        newest = max(proved, key=lambda entry: entry.ended_at).after
        assert newest is not None
        return newest.id

    return read(stack, look)


def test_one_is_approved_one_refused_and_one_taken_back(page: Page, stack: Stack) -> None:
    page.screenshot(path=PICTURES / "approvals-real.png", full_page=True)
    approved = decide(page, stack, APPROVED_NAME, "Approve", "They grow")
    assert approved.totals.verified == 1

    page.goto(f"{stack.pages_url}/approvals")
    expect(page.get_by_role("row").filter(has_text=APPROVED_NAME).filter(has_text="Large rise")).to_have_count(0)
    refused = decide(page, stack, REFUSED_NAME, "Refuse", "A mistake of theirs")
    assert refused.totals.writes == 0
    page.goto(f"{stack.pages_url}/approvals?state=refused")
    expect(page.get_by_role("row").filter(has_text=REFUSED_NAME)).to_contain_text("A mistake of theirs")

    story = f"/customers/{APPROVED[0]}/additions/{CONNECTION}/{quote(find_addition(stack, APPROVED[0]))}"
    page.goto(f"{stack.pages_url}{story}")
    expect(page.locator("main")).to_contain_text("Read back: as it was sent")
    expect(page.locator("main")).to_contain_text("They grow")
    page.screenshot(path=PICTURES / "story-real.png", full_page=True)
    page.get_by_role("link", name="Take this back…").click()
    expect(page.get_by_role("heading", name="What taking it back writes")).to_be_visible()
    page.screenshot(path=PICTURES / "undo-real.png", full_page=True)
    page.get_by_label("Reason", exact=True).fill("It was a mistake after all")
    page.get_by_role("button", name=re.compile("Take write .* back")).click()
    expect(page.locator("main")).to_contain_text("Taking it back is asked for.")
    found = re.search(r"asked=([0-9-]+)", page.url)
    assert found is not None
    assert wait_for_run(stack, found[1]).totals.verified == 1
    page.goto(f"{stack.pages_url}{story}")
    expect(page.locator(".event").filter(has_text="Read back: as it was sent")).to_have_count(2)

    # The next night leaves it as it is: what was taken back is refused until the count changes.
    day = DEMO_NOW + timedelta(days=2)
    run_night(stack, day)
    sign_in(page, stack, "Operator")
    page.goto(f"{stack.pages_url}/approvals?state=refused")
    expect(page.get_by_role("row").filter(has_text=APPROVED_NAME)).to_contain_text("taken back by")


def test_a_reader_looks_only(browser: Browser, stack: Stack) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, stack, "Reader")
    expect(page.get_by_role("button", name=re.compile("Approve|Refuse"))).to_have_count(0)
    context.close()
