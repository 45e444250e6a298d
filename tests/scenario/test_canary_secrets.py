"""Secrets that can be recognised go through the whole local stack, and stand nowhere but in the secrets folder (S5).

Connecting, consenting, reading and a sync, each right and with everything that may go wrong; then every table, blob,
queue, log, file, mail and answer is searched. The Teams messages of the digest do not exist yet.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from local.demo.demos import EMPTY
from local.demo.newcomer import Newcomer, read_newcomer
from local.simulators.microsoft.send_mail import SEND_MAIL
from local.simulators.secret_files import (
    CONNECTWISE_PRIVATE_KEY,
    CONNECTWISE_PUBLIC_KEY,
    MAIL_PASSWORD,
    MICROSOFT_CLIENT_SECRET,
)
from local.stack import Stack, start_stack
from plans.consent import derive_nonce, derive_verifier
from plans.mail import DeliveryState, Mail
from store.outbox import TableOutbox
from store.runs import TableRuns
from store.storage import Storage
from tests.scenario.spelling import Leak, find_leaks, read_files, read_storage, spell
from web.security.permissions import PERMISSIONS

pytestmark = pytest.mark.stack

# Characters that every spelling writes in another way.
CANARIES = {
    CONNECTWISE_PUBLIC_KEY: "canary/Public+key=1&\"q'\\b~0000",
    CONNECTWISE_PRIVATE_KEY: "canary/Private+key=2&\"q'\\b~0000",
    MICROSOFT_CLIENT_SECRET: "canary/Client+secret=3&\"q'\\b~0000",
    MAIL_PASSWORD: "canary/Mail+password=5&\"q'\\b~0000",
}
WRONG = "canary/Wrong+key=4&\"q'\\b~0000"
MICROSOFT = "/settings/connections/microsoft"
MAIL_TEST = "/settings/mail/test"
NEW_PSA = "/settings/connections/connectwise/new"
# What the stand-ins and the product keep their secrets in.
SECRET_FOLDERS = frozenset({"secrets", "product-secrets", "simulators"})
DEADLINE_SECONDS = 60


@dataclass
class Watch:
    """What was said to whom: secrets that came up, and everything that a browser was shown."""

    secrets: dict[str, str] = field(default_factory=dict)
    shown: dict[str, bytes] = field(default_factory=dict)

    def keep(self, answer: httpx.Response, *without: str) -> httpx.Response:
        """Remember an answer with its headers, but for those that carry what they must."""
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name not in without)
        place = f"answer {len(self.shown)} to {answer.request.method} {answer.request.url.path}"
        self.shown[place] = f"{answer.status_code}\n{headers}\n".encode() + answer.content
        return answer


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("canary")
    (folder / "secrets").mkdir(mode=0o700)
    for name, secret in CANARIES.items():
        path = folder / "secrets" / name
        path.touch(mode=0o600)
        path.write_text(secret)
    stack = asyncio.run(start_stack(folder, demo=EMPTY))
    yield stack
    stack.stop()


@pytest.fixture
async def browser(world: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """The administrator's."""
    ours = {"Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=world.pages_url, timeout=60, headers=ours) as client:
        answer = await client.post("/.auth/login/aad", data={"person": "administrator", "post_login_redirect_uri": "/"})
        assert answer.status_code == 303
        yield client


async def test_no_secret_stands_anywhere_but_in_the_secrets_folder(
    world: Stack, browser: httpx.AsyncClient, tmp_path: Path
) -> None:
    watch = Watch({**CANARIES, "a wrong key": WRONG})
    newcomer = read_newcomer(world.stand_in_secrets, world.connectwise.base_url)
    await connect_psa(world, browser, watch, newcomer)
    account = await connect_microsoft(world, browser, watch, newcomer)
    await issue_token(world, browser, watch)
    async with Storage.from_connection_string(world.azurite.connection_string) as storage:
        await send_mails(world, browser, watch, storage, newcomer)
        await run_everything(world, browser, watch, storage)
        await fail_everything(world, browser, watch, storage, account)
        await look_at_everything(browser, watch, account)
        for path in world.product_secrets.iterdir():
            assert path.stat().st_mode & 0o777 == 0o600
            watch.secrets[f"file {path.name}"] = path.read_text().strip()
        stored = await read_storage(storage, world.azurite.connection_string)
        mails = read_files(world.folder / "simulators" / "mails", frozenset())
        assert len(mails) >= 3, "the mails that arrived are searched as well"
        found = stored | read_files(world.folder, SECRET_FOLDERS) | mails | watch.shown
        assert len(watch.secrets) >= 12 and len(stored) > 100 and len(watch.shown) > 60
        leaks = [leak for place, content in found.items() for leak in find_leaks(place, content, watch.secrets)]
        assert leaks == [], "\n".join(sorted({f"{leak.place}: {leak.secret}, {leak.spelling}" for leak in leaks}))
        await check_that_the_search_finds(storage, world, watch)


async def connect_psa(world: Stack, browser: httpx.AsyncClient, watch: Watch, newcomer: Newcomer) -> None:
    """Tried with wrong keys, with a server that fails and repeats them, and kept with the right ones."""
    form = {
        "name": "Our ConnectWise",
        "site": newcomer.site_url,
        "company": newcomer.company,
        "client": newcomer.client_id,
        "public_key": newcomer.public_key,
        "private_key": newcomer.private_key,
        "billing": "advance",
        "cycles": "Monthly",
    }
    for change in ({"private_key": WRONG}, {"site": "http://169.254.169.254"}, {"name": ""}, {"client": "no id"}):
        for path in (f"{NEW_PSA}/test", NEW_PSA):
            assert watch.keep(await browser.post(path, data=form | change)).status_code in (200, 422)
    echo = f"{newcomer.public_key} {newcomer.private_key} {basic(newcomer)}"
    for name, detail in (("status", f"400:{echo}"), ("status", f"500:{echo}"), ("truncate_body", "")):
        await add_fault(world.connectwise.base_url, name=name, detail=detail, times=12)
        watch.keep(await browser.post(f"{NEW_PSA}/test", data=form))
        await clear_faults(world.connectwise.base_url)
    made = watch.keep(await browser.post(NEW_PSA, data=form))
    assert made.status_code == 303, made.text


async def send_mails(
    world: Stack, browser: httpx.AsyncClient, watch: Watch, storage: Storage, newcomer: Newcomer
) -> None:
    """Both ways out: tried with wrong secrets, with servers that repeat them, kept, and used by the queue."""
    smtp = {
        "way": "smtp",
        "host": "127.0.0.1",
        "port": str(world.smtp_port),
        "encryption": "starttls",
        "sender": "seatledger@demomsp.example",
        "user": "seatledger",
        "secret": CANARIES[MAIL_PASSWORD],
        "recipient": "ada@msp.example",
    }
    graph = smtp | {
        "way": "graph",
        "tenant_id": newcomer.directory_id,
        "client_id": newcomer.application_id,
        "secret": newcomer.client_secret,
    }
    echo = " ".join((*CANARIES.values(), base64.b64encode(f"\0seatledger\0{smtp['secret']}".encode()).decode()))
    connection = world.azurite.connection_string
    outbox = TableOutbox.from_connection_string(connection, storage.table("outbox"), world.clock.utc_now)
    for number, (form, base_url, fault) in enumerate(
        (
            (smtp, world.mail.base_url, {"name": "refuse_data", "detail": f"554 {echo}"}),
            (graph, world.microsoft.base_url, {"name": "status", "operation": SEND_MAIL, "detail": "400:ErrorX"}),
        )
    ):
        watch.keep(await browser.post(MAIL_TEST, data=form | {"secret": WRONG}))
        await add_fault(base_url, **fault, times=2)
        watch.keep(await browser.post(MAIL_TEST, data=form))
        seen = re.search(r'name="seen" value="([^"]*)"', (await browser.get("/settings/mail")).text)
        assert seen is not None
        kept = watch.keep(await browser.post("/settings/mail", data=form | {"seen": seen[1]}))
        assert kept.status_code == 303, kept.text
        for again in ("refused", "taken"):
            name = f"canary:{number}:{again}"
            mail = Mail(name, "ada@msp.example", "Hello", "text", "<p>html</p>", world.clock.utc_now())
            assert await outbox.queue(mail)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (await outbox.list_deliveries(1))[0].state is DeliveryState.QUEUED:
                    await asyncio.sleep(0.2)
        assert "The test mail left" in watch.keep(await browser.post(MAIL_TEST, data=form | {"secret": ""})).text
    await outbox.close()


def basic(newcomer: Newcomer) -> str:
    """The header as it goes over the wire."""
    auth = httpx.BasicAuth(f"{newcomer.company}+{newcomer.public_key}", newcomer.private_key)
    request = next(auth.auth_flow(httpx.Request("GET", newcomer.site_url)))
    return request.headers["authorization"]


async def connect_microsoft(world: Stack, browser: httpx.AsyncClient, watch: Watch, newcomer: Newcomer) -> str:
    """One consent that is declined, one whose token lies, one that is replayed, and one that is granted."""
    form = {
        "name": "Our Microsoft",
        "tenant_id": newcomer.directory_id,
        "client_id": newcomer.application_id,
        "client_secret": newcomer.client_secret,
        "model": "direct_bill",
    }
    assert watch.keep(await browser.post(f"{MICROSOFT}/new", data=form | {"tenant_id": "no id"})).status_code == 422
    made = watch.keep(await browser.post(f"{MICROSOFT}/new", data=form))
    assert made.status_code == 303, made.text
    account = made.headers["location"].partition("?")[0]
    for number, fault in enumerate(
        ("consent_refused", "id_token_tampered", "id_token_wrong_nonce", "no_refresh_token", "state_altered", "")
    ):
        if fault:
            await add_fault(world.microsoft.base_url, name=fault, times=1)
        back = await consent(browser, watch, account, number)
        ended = await browser.get(back)
        watch.keep(ended, "set-cookie")
        assert ended.status_code == (400 if fault else 303), (fault, ended.text)
        assert watch.keep(await browser.get(back), "set-cookie").status_code == 400, "a state is good once"
        await clear_faults(world.microsoft.base_url)
    await wait_until(browser, account, "tenants found")
    return account


async def consent(browser: httpx.AsyncClient, watch: Watch, account: str, number: int) -> str:
    """Through Microsoft's page and to the address to which it sends the browser back."""
    asked = await browser.post(f"{account}/consent", data={"go": "on"})
    # This one answer carries state and nonce to Microsoft, and the cookie to the browser: that is what they are for.
    watch.keep(asked, "location", "set-cookie")
    address, cookie = asked.headers["location"], asked.headers["set-cookie"]
    state = parse_qs(urlsplit(address).query)["state"][0]
    secret = cookie.partition("=")[2].partition(";")[0]
    watch.secrets |= {
        f"state {number}": state,
        f"cookie {number}": secret,
        f"verifier {number}": derive_verifier(secret, state),
        f"nonce {number}": derive_nonce(secret, state),
    }
    async with httpx.AsyncClient(timeout=30) as elsewhere:
        decided = await elsewhere.post(address, data={"account": "service", "decision": "accept"})
    assert decided.status_code == 302, decided.text
    back = decided.headers["location"]
    if code := parse_qs(urlsplit(back).query).get("code"):
        watch.secrets[f"code {number}"] = code[0]
    return str(back)


async def issue_token(world: Stack, browser: httpx.AsyncClient, watch: Watch) -> None:
    """Its text is shown once: that answer is not kept. What it opens and does not open is."""
    answer = await browser.post("/settings/tokens", data={"name": "Script", "role": "operator", "days": "30"})
    found = re.search(r'value="(slt_[^"]+)"', answer.text)
    assert found is not None
    watch.secrets |= {"API token": found[1], "API token's secret": found[1].rpartition("_")[2]}
    async with httpx.AsyncClient(base_url=world.pages_url, timeout=30) as script:
        for token in (found[1], found[1][:-1] + "x"):
            for path in ("/api/v1/holds", "/api/v1/nowhere", "/approvals"):
                watch.keep(await script.get(path, headers={"X-Seatledger-Token": token}))


async def run_everything(world: Stack, browser: httpx.AsyncClient, watch: Watch, storage: Storage) -> None:
    """Customers, a profile, a mapping that is live, and a sync that writes."""
    bulk = await browser.get("/customers/add/bulk")
    shown = re.search(r'name="shown" value="([^"]+)"', bulk.text)
    assert shown is not None
    watch.keep(await browser.post("/customers/add/bulk", data={"do": "safe", "shown": shown[1]}))
    await sync(browser, watch, storage, {"which": "unread"})
    new = await browser.get("/profiles/new")
    product = re.search(r'name="product" value="([^"]+)"', new.text)
    connection = re.search(r'name="connection" value="([^"]+)"', new.text)
    assert product is not None and connection is not None
    wish = {"name": "All", "connection": connection[1], "product": product[1], "price": "psa", "billable": "billable"}
    assert watch.keep(await browser.post("/profiles/new", data=wish)).status_code == 303
    watch.keep(await browser.post("/customers/add/refresh", data={"go": "on"}))


async def sync(browser: httpx.AsyncClient, watch: Watch, storage: Storage, form: dict[str, str]) -> None:
    """Until the run is closed."""
    asked = watch.keep(await browser.post("/customers/sync", data=form))
    assert asked.status_code == 303, asked.text
    run_id = asked.headers["location"].split("/")[2]
    runs = TableRuns(storage.table("runs"), storage.table("runtenants"), storage.container())
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (run := await runs.read_run(run_id)) is None or run.closed_at is None:
            await asyncio.sleep(0.3)


async def fail_everything(
    world: Stack, browser: httpx.AsyncClient, watch: Watch, storage: Storage, account: str
) -> None:
    """Every call of a run and of a reading fails once, and the answers repeat what was sent."""
    echo = " ".join(CANARIES.values())
    customers = [row["PartitionKey"] async for row in storage.table("books").list_entities() if row["RowKey"] == "a"]
    chosen = {"customer": customers[0]}
    for base_url, name, detail in (
        (world.microsoft.base_url, "status", f"400:{echo}"),
        (world.microsoft.base_url, "status", f"500:{echo}"),
        (world.microsoft.base_url, "truncate_body", ""),
        (world.microsoft.base_url, "refresh_tokens_revoked", ""),
        (world.connectwise.base_url, "status", f"400:{echo}"),
        (world.connectwise.base_url, "unauthorized", ""),
    ):
        await add_fault(base_url, name=name, detail=detail)
        await sync(browser, watch, storage, chosen)
        watch.keep(await browser.post(f"{account}/read", data={"go": "on"}))
        watch.keep(await browser.get("/profiles/new"))
        await clear_faults(base_url)


async def look_at_everything(browser: httpx.AsyncClient, watch: Watch, account: str) -> None:
    """Every page and file, of things that there are where their names can be had."""
    home = "".join([(await browser.get(path)).text for path in ("/", "/customers", "/runs", "/profiles", account)])
    home += (await browser.get("/settings/connections")).text
    for method, template in sorted(PERMISSIONS):
        if method == "GET" and "{name:path}" not in template:
            pattern = re.sub(r"{[^}]*}", '[^/"?#]+', template)
            found = re.search(f'href="({pattern})"', home)
            path = found[1] if found else re.sub(r"{[^}]*}", "nothing", template)
            watch.keep(await browser.get(path), "set-cookie")
    watch.keep(await browser.post("/profiles/new", data={"name": WRONG}, headers={"Sec-Fetch-Site": "cross-site"}))


async def wait_until(browser: httpx.AsyncClient, path: str, words: str) -> None:
    """Until a page says so."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while words not in (await browser.get(path)).text:
            await asyncio.sleep(0.3)


async def add_fault(base_url: str, **fault: object) -> None:
    """Switch a fault of a stand-in on."""
    async with httpx.AsyncClient() as client:
        (await client.post(f"{base_url}/__simulator/faults", json=fault)).raise_for_status()


async def clear_faults(base_url: str) -> None:
    """Switch every fault off."""
    async with httpx.AsyncClient() as client:
        (await client.delete(f"{base_url}/__simulator/faults")).raise_for_status()


async def check_that_the_search_finds(storage: Storage, world: Stack, watch: Watch) -> None:
    """Whatever is put somewhere on purpose is found there, in every spelling; and the real places are looked at."""
    secret = watch.secrets[CONNECTWISE_PRIVATE_KEY]
    for spelling, written in spell(secret):
        content = b"before " + written + b" after"
        assert spelling in {leak.spelling for leak in find_leaks("here", content, {"key": secret})}
    refresh = next(text for name, text in watch.secrets.items() if "refresh" in name)
    assert Leak("x", "a token of the kind refresh", "plain") in set(find_leaks("x", refresh.encode(), {}))
    await storage.container().upload_blob("canary.gz", gzip.compress(secret.encode()))
    await storage.table("config").upsert_entity({"PartitionKey": "x", "RowKey": "x", "value": f"a {refresh} b"})
    (world.folder / "logs" / "canary.log").write_text(secret)
    stored = await read_storage(storage, world.azurite.connection_string)
    found = stored | read_files(world.folder, SECRET_FOLDERS)
    places = {leak.place for place, content in found.items() for leak in find_leaks(place, content, watch.secrets)}
    assert places >= {"blob archive/canary.gz", "table config, x, x", "file logs/canary.log"}
