"""The demo MSP on the whole local stack, and what people do in it: at Microsoft, in the PSA, and on our pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo.demos import DEMO_ZONE
from local.demo.msp.customers import BY_TENANT_KEY
from local.demo.msp.events import Happening, World
from local.demo.msp.product import mapping_id
from local.demo.msp.psa import microsoft_agreement
from local.demo.msp.skus import BY_KEY
from local.night import night_of, wait_for_end
from local.stack import Stack
from plans.alerts.alert import AlertKind, KeptAlert
from store.alerts import TableAlerts
from store.run_requests import QueueRunRequests
from store.runs import TableRuns
from store.storage import Storage
from tests.scenario.forms import send_form

LONGEST_WAIT_SECONDS = 60
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

type Row = dict[str, Any]


@dataclass
class Office:
    """One stack, the browser of an administrator, and the alerts as they are kept.

    `seen` are the alerts that ever stood, by kind and customer name; one that came back stands there as it was at
    first. `cleared` are those that are solved, by id.
    """

    stack: Stack
    client: httpx.Client
    standing: dict[str, KeptAlert] = field(default_factory=dict)
    seen: dict[tuple[AlertKind, str], KeptAlert] = field(default_factory=dict)
    cleared: dict[str, KeptAlert] = field(default_factory=dict)

    def tell(self, simulator: str, method: str, path: str, body: object = None) -> Any:
        """One call to the control panel of a simulator."""
        service = next(each for each in self.stack.services if each.name == simulator)
        answer = httpx.request(method, f"{service.base_url}/__simulator{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def happens(self, happening: Happening) -> None:
        """Something of the demo's month."""
        event = happening(World(**{each.name: self.tell(each.name, "GET", "/state") for each in self.stack.services}))
        assert event is not None
        for call in event.calls:
            self.tell(call.simulator, call.method, call.path, call.body)

    def at_microsoft(self, key: str, change: Row, part: str = "") -> None:
        """A change of a tenant of the demo, or of a part of it."""
        self.tell("microsoft", "PATCH", f"/tenants/{BY_TENANT_KEY[key].id}{part}", change)

    def purchase(self, key: str, sku_key: str) -> Row:
        """The first purchase of a licence."""
        rows = self.tenant(key)["subscriptions"]
        found: Row = next(row for row in rows if row["skuId"] == BY_KEY[sku_key].id)
        return found

    def tenant(self, key: str) -> Row:
        """What Microsoft holds of a tenant."""
        rows = self.tell("microsoft", "GET", "/state")["tenants"]
        found: Row = next(row for row in rows if row["id"] == BY_TENANT_KEY[key].id)
        return found

    def change_purchase(self, key: str, sku_key: str, **change: object) -> None:
        """The same purchase, changed."""
        self.at_microsoft(key, change, f"/subscriptions/{self.purchase(key, sku_key)['id']}")

    def list_ours(self, key: str, sku_key: str) -> list[Row]:
        """The additions that Seatledger made for a licence, the newest last."""
        rows = self.tell("connectwise", "GET", "/state")["additions"]
        place, product = microsoft_agreement(BY_TENANT_KEY[key]), BY_KEY[sku_key].product_id
        return [
            row
            for row in rows
            if row["agreementId"] == place and row["product"]["id"] == product and "serialNumber" in row
        ]

    def in_psa(self, key: str, change: Row, part: str = "", method: str = "PATCH") -> Any:
        """What a person does in ConnectWise to the agreement of a customer's licences."""
        place = f"/agreements/{microsoft_agreement(BY_TENANT_KEY[key])}"
        return self.tell("connectwise", method, f"{place}{part}", change)

    def send(self, page: str, action: str = "", /, goes_to: str = "", **typed: str) -> httpx.Response:
        """A form of one of our pages; it goes to the page itself where no other path is named."""
        return send_form(self.client, page, action or page, typed, goes_to)

    def read[T](self, work: Callable[[Storage], Awaitable[T]]) -> T:
        """What stands in the stack's storage."""

        async def open_and_work() -> T:
            async with Storage.from_connection_string(self.stack.azurite.connection_string) as storage:
                return await work(storage)

        return asyncio.run(open_and_work())

    def night(self, day: date) -> None:
        """The night of that day, to its end, and the alerts after it."""
        self.move_to(max(night_of(day), self.now()))
        self.stack.fire("tick")
        self.read(lambda storage: wait_for_end(open_runs(storage), day.isoformat(), is_quiet=True))
        self.look()

    def move_to(self, moment: datetime) -> None:
        """Time passes, and whoever was signed in signs in again."""
        self.stack.clock.move_to(moment)
        person = {"person": "administrator", "post_login_redirect_uri": "/"}
        assert self.client.post("/.auth/login/aad", data=person).status_code == 303

    def now(self) -> datetime:
        return self.stack.clock.utc_now()

    def finish_runs(self) -> None:
        """Until every run that somebody asked for today has ended."""
        day = self.now().astimezone(ZoneInfo(DEMO_ZONE)).date()

        async def wait(storage: Storage) -> None:
            text = self.stack.azurite.connection_string
            requests, runs = QueueRunRequests.from_connection_string(text, storage.table("runs")), open_runs(storage)
            try:
                for asked in await requests.list_asked(day):
                    await wait_for_end(runs, asked.run_id, is_quiet=True)
            finally:
                await requests.close()

        self.read(wait)

    def notice(self, is_done: Callable[[], bool]) -> None:
        """The hourly look, until it has seen what is expected."""
        self.stack.fire("notice")
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        self.look()
        while not is_done():
            assert time.monotonic() < deadline, "the hourly look did not see it"
            time.sleep(0.2)
            self.look()

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Until something that was asked for is so."""
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while not is_done():
            assert time.monotonic() < deadline, "what was asked for did not happen"
            time.sleep(0.2)

    def look(self) -> None:
        """The alerts as they are kept now."""

        async def list_all(storage: Storage) -> tuple[tuple[KeptAlert, ...], tuple[KeptAlert, ...]]:
            alerts = TableAlerts(storage.table("open"), storage.table("config"))
            return await alerts.list_standing(), await alerts.list_cleared(LONG_AGO)

        standing, cleared = self.read(list_all)
        self.standing = {kept.id: kept for kept in standing}
        self.cleared = {kept.id: kept for kept in cleared}
        for kept in standing:
            known = self.seen.setdefault((kept.alert.kind, kept.alert.customer_name), kept)
            if known.first_seen == kept.first_seen:
                self.seen[kept.alert.kind, kept.alert.customer_name] = kept

    def stands(self, kind: AlertKind, name: str) -> bool:
        """Whether an alert of that kind about that customer stands."""
        return any((kept.alert.kind, kept.alert.customer_name) == (kind, name) for kept in self.standing.values())


def open_runs(storage: Storage) -> TableRuns:
    return TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())


def map_path(key: str, sku_key: str) -> str:
    """Where a licence of a customer of the demo is mapped."""
    return f"/customers/{key}/licences/{BY_KEY[sku_key].id}/map"


def line_path(key: str, sku_key: str, what: str) -> str:
    """A page of a mapping of the demo."""
    return f"/customers/{key}/licences/{mapping_id(key, sku_key)}/{what}"


def write_moment(day: date, days: int) -> str:
    """So many days after a day, as Microsoft writes moments."""
    return f"{(day + timedelta(days=days)).isoformat()}T00:00:00Z"


def open_browser(stack: Stack) -> httpx.Client:
    """A browser, which says where its requests come from."""
    return httpx.Client(base_url=stack.pages_url, timeout=60, headers={"Sec-Fetch-Site": "same-origin"})
