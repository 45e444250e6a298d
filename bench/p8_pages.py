"""P8: what home, customers and approvals take on the server, against Azurite: 200 mixed requests.

Every tenth is answered by an application that has read no records before, every fifth comes straight after an edit that
another process made, and that has to show. Requests go into the application as the host hands them over; what is
measured is the time until the last byte of the answer.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from app.settings import Settings
from app.wiring import Wiring, wire
from bench.figures import Figure, Size, judge
from bench.month import LAST_NIGHT, NIGHTS, Month, seed_month
from bench.msp import Msp
from local.host.azurite import start_azurite
from local.host.easy_auth.people import ADMINISTRATOR, CLIENT_ID, TENANT_ID
from local.host.easy_auth.principal import write_principal_headers
from local.host.easy_auth.signing_key import SigningKey, load_or_create_signing_key
from local.host.easy_auth.tokens import Tokens
from plans.administration import Administration
from plans.errors import Bug
from plans.journal import HistoryEntry
from plans.ports import Outside
from store.editing import TableCustomerEditor
from store.marks import Marks
from store.storage import Storage
from web.application import create_application
from web.context import WebContext
from web.security.sign_in import SignIn

GOAL_SECONDS = 0.150
COLD_EVERY, EDIT_EVERY, FEW_NIGHTS = 10, 5, 3
ISSUER = "http://127.0.0.1/issuer"
MORNING = datetime(LAST_NIGHT.year, LAST_NIGHT.month, LAST_NIGHT.day, 8, 30, tzinfo=UTC)
PATHS = (
    "/",
    "/customers",
    "/approvals",
    "/customers?q=customer+1&sort=-seats",
    "/?needs=2&changes=2",
    "/customers?state=unmapped&page=2",
    "/approvals?sort=-money",
    "/customers?sort=since&page=5",
)


@dataclass(frozen=True, slots=True)
class Taken:
    """One answer: which path, how long, and whether it was the first of its application or came after an edit."""

    path: str
    seconds: float
    processor_seconds: float
    is_cold: bool
    is_after_edit: bool


def measure(size: Size) -> list[Figure]:
    """The median and the 95th percentile of all requests, and of each kind."""
    month = Month(Msp(size.customers, size.licences, size.users), NIGHTS if size.is_full else FEW_NIGHTS)
    with tempfile.TemporaryDirectory() as folder:
        azurite = start_azurite(Path(folder) / "data", Path(folder) / "azurite.log")
        try:
            taken = asyncio.run(measure_pages(azurite.connection_string, month, size.page_requests, Path(folder)))
        finally:
            azurite.terminate()
    slow = find_percentile([each.seconds for each in taken], 0.95)
    cold = [each.seconds for each in taken if each.is_cold]
    edited = [each.seconds for each in taken if each.is_after_edit and not each.is_cold]
    return [
        Figure(
            "P8",
            f"home, customers, approvals with {size.customers:,} customers, {len(taken)} requests",
            f"p50 {write_ms(find_percentile([each.seconds for each in taken], 0.5))}, p95 {write_ms(slow)}",
            f"p95 ≤ {write_ms(GOAL_SECONDS)}",
            judge(size, slow <= GOAL_SECONDS),
            f"p95 of {len(cold)} cold {write_ms(find_percentile(cold, 0.95))}, of {len(edited)} straight after an edit "
            f"{write_ms(find_percentile(edited, 0.95))}; processor time p95 "
            f"{write_ms(find_percentile([each.processor_seconds for each in taken], 0.95))}",
        )
    ]


async def measure_pages(connection_string: str, month: Month, requests: int, folder: Path) -> list[Taken]:
    """The answers of so many mixed requests. Raises Bug where an edit does not show, or a page fails."""
    async with Storage.from_connection_string(connection_string) as storage, AsyncExitStack() as closing:
        await seed_month(storage, month)
        servers = Servers(connection_string, folder, closing)
        editor = TableCustomerEditor(storage.table("books"), Marks(storage.table("config"), lambda: servers.now))
        server = await servers.open()
        for path in PATHS:
            await server.ask(path)
        taken = []
        for number in range(requests):
            path, edited = PATHS[number % len(PATHS)], ""
            is_cold = number % COLD_EVERY == COLD_EVERY - 1
            if is_cold:
                server = await servers.open()
            if number % EDIT_EVERY == 2:
                edited = await rename(editor, month.msp, number)
            before = time.process_time()
            seconds, _ = await server.ask(path)
            taken.append(Taken(path, seconds, time.process_time() - before, is_cold, bool(edited)))
            if edited and edited not in (await server.ask(f"/customers?q={edited}"))[1]:
                raise Bug(f"{edited} does not show straight after the edit.")
        return taken


async def rename(editor: TableCustomerEditor, msp: Msp, number: int) -> str:
    """Give a customer another name, as another process does, and return the name."""
    before = msp.make_customer(number % msp.customers)
    name = f"Renamed{number}"
    told = HistoryEntry(MORNING + timedelta(seconds=number), "", 0, "", f"{before.name} is {name} now")
    if not await editor.change_customer(replace(before, name=name), before, told):
        raise Bug(f"{before.name} could not be renamed.")
    return name


class Servers:
    """Opens applications that have read nothing yet, on one storage account."""

    def __init__(self, connection_string: str, folder: Path, closing: AsyncExitStack) -> None:
        self.now = MORNING
        self._key: SigningKey = load_or_create_signing_key(folder / "key.pem")
        self._closing = closing
        secrets = folder / "secrets"
        secrets.mkdir(mode=0o700, exist_ok=True)
        self._settings = Settings(AzureWebJobsStorage=connection_string, secrets_folder=secrets)  # type: ignore[call-arg]

    async def open(self) -> Server:
        """A new application with its own wiring; what both read of the configuration, they have read."""
        wiring = wire(self._settings)
        self._closing.push_async_callback(wiring.close)
        return Server(wiring, await wiring.connect(), self._key, self.now)


class Server:
    """One application and somebody who is signed in."""

    def __init__(self, wiring: Wiring, outside: Outside, key: SigningKey, now: datetime) -> None:
        self._wiring = wiring
        self._outside = outside
        tokens = Tokens(key, ISSUER, lambda: now)
        headers = write_principal_headers(ADMINISTRATOR, tokens.get_id_token(ADMINISTRATOR))
        self._headers = [(name.decode(), value.decode()) for name, value in headers]
        context = WebContext(
            outside=self._open,
            administration=self._administer,
            configuration_changed=lambda: None,
            run_requests=self._refuse,
            tokens=self._refuse,
            sign_in=SignIn(ISSUER, CLIENT_ID, TENANT_ID),
            fetch_sign_in_keys=self._fetch_keys(key),
            zone=ZoneInfo("UTC"),
            currency="USD",
            public_url="http://127.0.0.1",
            now=lambda: now,
        )
        self._transport = httpx.ASGITransport(create_application(context))

    async def ask(self, path: str) -> tuple[float, str]:
        """How long the answer took, in seconds, and what it says. Raises Bug where it is none."""
        async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client:
            started = time.perf_counter()
            answer = await client.get(path, headers=self._headers)
            seconds = time.perf_counter() - started
        if answer.status_code != httpx.codes.OK:
            raise Bug(f"{path} answered {answer.status_code}.")
        return seconds, answer.text

    async def _open(self) -> Outside:
        return self._outside

    async def _administer(self) -> Administration:
        return self._wiring.administer(self._outside)

    async def _refuse(self) -> Any:
        raise Bug("Nothing of this is asked for by the pages that are measured.")

    def _fetch_keys(self, key: SigningKey) -> Any:
        async def fetch() -> dict[str, Any]:
            return key.as_jwks()

        return fetch


def find_percentile(seconds: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of them does not exceed; 0 where there is none."""
    return sorted(seconds)[max(0, math.ceil(share * len(seconds)) - 1)] if seconds else 0.0


def write_ms(seconds: float) -> str:
    """Milliseconds."""
    return f"{1000 * seconds:.0f} ms"
